"""Who is signed in, on which browser, and until when. A session's id is in the cookie only: kept hashed."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

SEEN_EVERY = timedelta(minutes=1)
"""How often it is written down that a session is in use."""


@dataclass(frozen=True, slots=True)
class Session:
    key: str
    """The hash of its id: harmless to show."""
    account: str
    started_at: datetime
    seen_at: datetime
    browser: str = ""
    """As it calls itself, shortened: to tell one's sessions apart."""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Expiry:
    idle: timedelta
    """Without a look at any page."""
    absolute: timedelta

    def is_over(self, session: Session, now: datetime) -> bool:
        return now - session.seen_at > self.idle or now - session.started_at > self.absolute


class Sessions(Protocol):
    """Every method may raise ConsoleUnavailable."""

    async def get(self, key: str) -> Session | None: ...

    async def of(self, account: str) -> Sequence[Session]:
        """Last used first."""
        ...

    async def start(self, session: Session) -> None: ...

    async def seen(self, key: str, at: datetime) -> None: ...

    async def end(self, key: str) -> None:
        """That it is not there is no error."""
        ...

    async def end_all(self, account: str, but: str | None = None) -> None:
        """On every browser, except for the session of the key `but`."""
        ...

    async def forget(self, seen_before: datetime, started_before: datetime) -> None:
        """Those that are over."""
        ...


def new_id() -> str:
    """What the cookie holds: 256 bits that nobody guesses."""
    return secrets.token_urlsafe(32)


def key_of(session_id: str) -> str:
    """By which a session, or a one-time link, is kept. No salt: there is nothing to guess in random bits."""
    return hashlib.sha256(session_id.encode()).hexdigest()


def token_of(session_id: str) -> str:
    """What each form carries, so that no other site can send it: known only to whoever read our page."""
    return hmac.new(session_id.encode(), b"comptoir console form", hashlib.sha256).hexdigest()

"""One-time links: into the console without a password, once and for a short time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from connectors.console.sessions import key_of, new_id

LASTS = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Link:
    key: str
    """The hash of what the link holds."""
    account: str
    expires_at: datetime


class Links(Protocol):
    """Every method may raise ConsoleUnavailable."""

    async def add(self, link: Link) -> None: ...

    async def get(self, key: str) -> Link | None:
        """Also one that has expired."""
        ...

    async def take(self, key: str) -> Link | None:
        """It is gone afterwards: of two who click at once, one gets it."""
        ...

    async def revoke(self, account: str) -> None:
        """All of the account's."""
        ...


async def make_link(links: Links, account: str, now: datetime, lasts: timedelta = LASTS) -> str:
    """The secret part of a new link; `path_of` makes an address of it."""
    secret = new_id()
    await links.add(Link(key_of(secret), account, now + lasts))
    return secret


def path_of(secret: str) -> str:
    return f"/console/link/{secret}"

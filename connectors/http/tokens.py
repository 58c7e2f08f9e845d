"""The token of one conversation: who holds it may read that conversation and write in it, and no other.

JSON Web Tokens (RFC 7519), HS256. Nothing is stored: a token is right when our secret signed it.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt

from connectors.http.codes import Code
from connectors.http.problems import Refused
from connectors.settings import Settings

ISSUER = "comptoir"
AUDIENCE = "comptoir/conversation"
SECRET_FILE = "secret.key"


@dataclass(frozen=True, slots=True)
class Visit:
    """What a token says: one conversation, on one site."""

    conversation_id: str
    site: str


@dataclass(frozen=True, slots=True)
class Issued:
    token: str
    expires_at: datetime


class Tokens:
    def __init__(self, secret: str, lifetime: timedelta, clock: Callable[[], datetime]) -> None:
        self._secret = secret
        self._lifetime = lifetime
        self._clock = clock

    def issue(self, visit: Visit) -> Issued:
        now = self._clock().replace(microsecond=0)
        expires_at = (now + self._lifetime).astimezone(UTC)
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": visit.conversation_id,
            "site": visit.site,
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        return Issued(jwt.encode(claims, self._secret, "HS256"), expires_at)

    def read(self, token: str) -> Visit:
        """Raises Refused."""
        try:
            claims = jwt.decode(
                token,
                self._secret,
                ["HS256"],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": ["sub", "exp", "site"], "verify_exp": False, "verify_iat": False},
            )
        except (jwt.InvalidTokenError, UnicodeError) as error:
            raise Refused(Code.TOKEN_INVALID) from error
        if claims["exp"] <= self._clock().timestamp():  # by the service's own clock
            raise Refused(Code.TOKEN_EXPIRED)
        return Visit(claims["sub"], claims["site"])


def secret_of(settings: Settings) -> str:
    """The one that is set; else the one in the data folder, made at the first start for its owner's eyes."""
    if settings.secret is not None:
        return settings.secret.get_secret_value()
    file = settings.data / SECRET_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    _make_once(file)
    return file.read_text("ascii").strip()


def _make_once(file: Path) -> None:
    """Written whole beside its place first: of two processes that start at once, both read the same."""
    if file.exists():
        return
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as written:
        written.write(secrets.token_hex(32) + "\n")
        written.flush()
        os.fsync(written.fileno())
    try:
        os.link(fresh, file)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()

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
from tempfile import mkstemp

import jwt

from connectors.http.codes import Code
from connectors.http.problems import Refused
from connectors.settings import Settings, SettingsRefused

ISSUER = "comptoir"
AUDIENCE = "comptoir/conversation"
LINK = "comptoir/link"
"""The audience of tokens in mails: such a token is exchanged for one of a conversation."""
SECRET_FILE = "secret.key"
SHORTEST = 32


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
    def __init__(
        self, secret: str, lifetime: timedelta, clock: Callable[[], datetime], audience: str = AUDIENCE
    ) -> None:
        self._secret = secret
        self._lifetime = lifetime
        self._clock = clock
        self._audience = audience

    def issue(self, visit: Visit) -> Issued:
        now = self._clock().replace(microsecond=0)
        expires_at = (now + self._lifetime).astimezone(UTC)
        claims = {
            "iss": ISSUER,
            "aud": self._audience,
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
                audience=self._audience,
                issuer=ISSUER,
                options={"require": ["sub", "exp", "site"], "verify_exp": False, "verify_iat": False},
            )
        except (jwt.InvalidTokenError, UnicodeError) as error:
            raise Refused(Code.TOKEN_INVALID) from error
        if claims["exp"] <= self._clock().timestamp():  # by the service's own clock
            raise Refused(Code.TOKEN_EXPIRED)
        return Visit(claims["sub"], claims["site"])


def secret_of(settings: Settings) -> str:
    """The one that is set; else the one in the data folder, made at the first start for its owner's eyes.

    Raises SettingsRefused when there is a file that cannot be it.
    """
    if settings.secret is not None:
        return settings.secret.get_secret_value()
    file = settings.data / SECRET_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        _make(file)
    try:
        secret = file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsRefused((f"{file}: cannot be read: {error}",)) from None
    if len(secret) < SHORTEST:
        raise SettingsRefused(
            (f"{file}: holds no secret; delete it, and a new one is made (customers then begin anew)",)
        )
    return secret


def _make(file: Path) -> None:
    """Written whole beside its place first: of two processes that start at once, both read the same."""
    number, fresh = mkstemp(prefix=".", dir=file.parent)  # readable by its owner only
    with open(number, "w", encoding="ascii") as written:
        written.write(secrets.token_hex(32) + "\n")
        written.flush()
        os.fsync(number)
    try:
        os.link(fresh, file)
    except FileExistsError:
        pass
    finally:
        os.unlink(fresh)

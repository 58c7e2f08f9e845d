"""Who the customer is, as the company's own server vouches for it: a JWT signed with the site's secret.

What a page claims is never believed: only what is signed, for a day at most.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import jwt

from bot.events import Customer
from connectors.http.codes import Code
from connectors.http.problems import Refused

LONGEST = timedelta(hours=24)
"""An identity that lasts longer is refused: a stolen one should not serve for ever."""
LEEWAY = timedelta(seconds=60)
"""How far two servers' clocks may be apart."""


class Identities:
    def __init__(self, secrets: Mapping[str, str], clock: Callable[[], datetime]) -> None:
        """`secrets` by site."""
        self._secrets = secrets
        self._clock = clock

    def read(self, site: str, identity: str) -> Customer:
        """Raises Refused."""
        if site not in self._secrets:
            raise Refused(Code.IDENTITY_NOT_OFFERED)
        try:
            claims = jwt.decode(
                identity,
                self._secrets[site],
                ["HS256"],
                options={
                    "require": ["sub", "exp"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                    "verify_aud": False,
                },
            )
        except (jwt.InvalidTokenError, UnicodeError) as error:
            raise Refused(Code.IDENTITY_INVALID) from error
        self._check_time(claims)
        return Customer(
            _text(claims, "sub", 200) or _refuse(), _text(claims, "name", 200), _text(claims, "email", 320)
        )

    def _check_time(self, claims: Mapping[str, Any]) -> None:
        """By the service's own clock."""
        now, expires = self._clock().timestamp(), claims["exp"]
        if not isinstance(expires, int | float) or expires > now + (LONGEST + LEEWAY).total_seconds():
            raise Refused(Code.IDENTITY_INVALID)
        if expires <= now - LEEWAY.total_seconds():
            raise Refused(Code.IDENTITY_EXPIRED)


def _text(claims: Mapping[str, Any], name: str, longest: int) -> str | None:
    value = claims.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        _refuse()
    return str(value).strip() or None


def _refuse() -> str:
    raise Refused(Code.IDENTITY_INVALID)

"""Passwords: hashed with argon2id, which takes a tenth of a second and 64 MiB on purpose."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
"""Length is what counts; no rules about kinds of signs (NIST SP 800-63B, 3.1.1.2)."""
LONGEST = 1000
AT_ONCE = 2
"""Hashes computed side by side, so that a flood of sign-ins cannot take all memory."""


class PasswordRefused(ValueError):
    """This cannot be a password. `code` says why: too_short, too_long, too_common or like_the_name."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Passwords:
    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def fits(self, password: str, hashed: str | None) -> bool:
        """Takes the same time for an account without a password, or for none at all."""
        if len(password) > LONGEST:
            return False
        if self._nobodys is None:
            self._nobodys = await self.hash("nobody has this password")
        async with self._turns:
            matched = await asyncio.to_thread(self._matches, password, hashed or self._nobodys)
        return matched and hashed is not None

    def is_outdated(self, hashed: str) -> bool:
        """Made with weaker settings than today's: hash it anew while the password is at hand."""
        return self._hasher.check_needs_rehash(hashed)

    def _matches(self, password: str, hashed: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False


def check_password(password: str, name: str) -> None:
    """Raises PasswordRefused."""
    folded = password.casefold()
    if len(password) < SHORTEST:
        raise PasswordRefused("too_short")
    if len(password) > LONGEST:
        raise PasswordRefused("too_long")
    if len(set(folded)) < 5 or any(common in folded and len(folded) < 16 for common in _COMMON):
        raise PasswordRefused("too_common")
    if name.casefold() in folded and len(folded) < len(name) + 8:
        raise PasswordRefused("like_the_name")


_COMMON = (
    "password",
    "motdepasse",
    "mot de passe",
    "123456789",
    "azertyuiop",
    "qwertyuiop",
    "qwertzuiop",
    "iloveyou",
    "bonjour",
    "comptoir",
    "letmein",
    "welcome",
)

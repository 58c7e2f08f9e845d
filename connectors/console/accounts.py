"""With what somebody signs in, and how they like the console. Who they are is in the roster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Theme(StrEnum):
    SYSTEM = "system"
    """As the device says."""
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Preferences:
    language: str | None = None
    """fr or en; None: as the browser says."""
    theme: Theme = Theme.SYSTEM
    notifications: bool = False
    """A note on the desktop for whoever comes into the queue."""
    sound: bool = False
    hold_seconds: int = 5
    """A reply is held back so long after "send", to be taken back."""


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    """The same as in the roster."""
    created_at: datetime
    password: str | None = None
    """Its hash. None: only a one-time link opens it."""
    password_set_at: datetime | None = None
    signed_in_at: datetime | None = None
    preferences: Preferences = field(default_factory=Preferences)


class Accounts(Protocol):
    """Every method may raise ConsoleUnavailable."""

    async def get(self, name: str) -> Account | None: ...

    async def everyone(self) -> Sequence[Account]:
        """By name."""
        ...

    async def save(self, account: Account) -> None:
        """Add, or replace by name."""
        ...


class ConsoleUnavailable(Exception):
    """The store does not answer now; try again."""

"""Who works here: the people who take over, what they can do, and whether they are there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Role(StrEnum):
    AGENT = "agent"
    LEAD = "lead"
    ADMIN = "admin"


_NAME = re.compile(r"[a-z0-9][a-z0-9._+@-]{0,99}")


@dataclass(frozen=True, slots=True)
class Agent:
    name: str
    """Of the account: unique, never changes, never shown to customers. Small letters; may be an e-mail
    address."""
    display: str
    """What customers and colleagues call them."""
    role: Role = Role.AGENT
    teams: frozenset[str] = frozenset()
    """Names in the brief. None: all of them."""
    languages: frozenset[str] = frozenset()
    """ISO 639-1. None: all of them."""
    skills: frozenset[str] = frozenset()
    """Tags of tickets that are for them first."""
    email: str | None = None
    """Where notices go."""
    on_duty: bool = False
    duty_changed_at: datetime | None = None
    active: bool = True
    """False once they have left: their words stay, they can do nothing more."""
    capacity: int | None = None
    """So many conversations at once are given to them; they may take more themselves. None: no limit."""
    handles: Mapping[str, str] = field(default_factory=dict)
    """What other doors call them: {"slack": "U123"}."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise WrongAgent(
                f"{self.name!r} cannot be an account name: small letters, digits and . _ + @ - only, "
                "at most 100, a letter or digit first"
            )
        if not self.display.strip():
            raise WrongAgent("an agent needs a name that customers can read")

    @property
    def initials(self) -> str:
        """Of the first and last word: "Zoé Le Goff" → "ZG"."""
        words = [word for word in re.split(r"[\s-]+", self.display) if word]
        return "".join(word[0] for word in (words if len(words) < 3 else (words[0], words[-1]))).upper()

    def is_in(self, team: str | None) -> bool:
        return not self.teams or team is None or team in self.teams

    def speaks(self, language: str | None) -> bool:
        return not self.languages or language is None or language in self.languages


class WrongAgent(ValueError):
    """These are no details of an account. The message says what is wrong."""


class Roster(Protocol):
    """Every method may raise RosterUnavailable."""

    async def get(self, name: str) -> Agent | None: ...

    async def everyone(self) -> Sequence[Agent]:
        """By display name, also those who have left."""
        ...

    async def by_handle(self, door: str, handle: str) -> Agent | None:
        """Who is called `handle` at another door, unless they have left."""
        ...

    async def save(self, agent: Agent) -> None:
        """Add, or replace by name."""
        ...

    async def remove(self, name: str) -> None:
        """As if they had never been here; who has left is kept, with `active` false. That they are not there
        is no error."""
        ...

    async def set_duty(self, name: str, on_duty: bool, now: datetime) -> Agent:
        """Raises UnknownAgent."""
        ...


class UnknownAgent(Exception):
    """Nobody has an account of this name."""


class RosterUnavailable(Exception):
    """The store does not answer now; try again."""

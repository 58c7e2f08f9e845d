"""The teams of the brief: who takes over, when they are there, and how soon they promise to answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from bot.brief_parts import Hours, LanguageCode, Part, Text, Zone
from bot.decisions import Priority
from knowledge.hours import check


class Assignment(StrEnum):
    """How a team's conversations find their person."""

    PULL = "pull"
    """Everybody takes the next one themselves."""
    ROUND_ROBIN = "round_robin"
    """Each is given to whoever is on duty, knows the subject and the language, and has the fewest."""


def _days_as_text(value: Any) -> Any:
    """YAML makes a date of a day."""
    return {str(days): hours for days, hours in value.items()} if isinstance(value, Mapping) else value


def _readable_exceptions(value: dict[str, str]) -> dict[str, str]:
    for days, hours in value.items():
        check(_rule(days, hours))
    return value


def _rule(days: str, hours: str) -> str:
    """ "2026-12-24", "09:00-12:00" → "2026 Dec 24 09:00-12:00", which opening hours can end with."""
    first, _, last = days.partition("/")
    return "-".join(_day(day) for day in (first, last) if day) + f" {hours}"


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(
            f"{text!r} is no day; write 2026-12-24, or 2026-12-24/2027-01-02 for all days between"
        ) from error
    return f"{day.year} {_MONTHS[day.month - 1]} {day.day:02d}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Exceptions = Annotated[dict[str, str], BeforeValidator(_days_as_text), AfterValidator(_readable_exceptions)]
Minutes = Annotated[int, Field(gt=0)]


class ServiceLevel(Part):
    """How soon customers are answered. Only open minutes count, and not while it is the customer's turn."""

    first_response: Minutes | None = Field(default=None, description="Minutes until a person's first words.")
    resolution: Minutes | None = Field(default=None, description="Minutes until it is settled.")
    warn_at: float = Field(
        default=0.75, gt=0, lt=1, description="The part of that time after which people are warned."
    )


class Team(Part):
    """People who take over."""

    title: Text = Field(
        default={},
        description="What customers read, with its article, in the singular: `l'équipe commandes`.",
    )
    hours: Hours | None = Field(
        default=None,
        description="Business hours in OpenStreetMap syntax, `Mo-Fr 09:00-18:00; Sa 10:00-16:00; PH off`. "
        "Without them no time is promised.",
    )
    timezone: Zone | None = Field(default=None, description="Of the hours. Without it, the brief's.")
    tags: tuple[str, ...] = Field(
        default=(),
        description="Articles with one of these tags are this team's: what is near them goes to it.",
    )
    exceptions: Exceptions = Field(
        default={},
        description="Days with other hours: `2026-12-24: 09:00-12:00`, `2026-12-28/2027-01-02: off`.",
    )
    topics: tuple[str, ...] = Field(
        default=(), description="Sensitive topics that are this team's, unless the topic names another."
    )
    languages: tuple[LanguageCode, ...] = Field(
        default=(), description="What it answers in. Without them, in any language."
    )
    assignment: Assignment = Field(
        default=Assignment.PULL,
        description="`pull`: everybody takes the next customer themselves. `round_robin`: each customer is "
        "given to whoever is on duty, has the skills and the language, and has the fewest; they wait until "
        "that colleague takes them up.",
    )
    service_levels: dict[Priority, ServiceLevel] = Field(
        default={},
        description="How soon its customers are answered, by priority; without them, the brief's.",
    )
    pick_up: Minutes = Field(
        default=10,
        description="Opening minutes after which a customer with whom nobody is yet is told so, with a "
        "promise.",
    )
    promise: Minutes = Field(
        default=240,
        description="Opening minutes, from then on, in which the promise is kept. Whoever still waits then "
        "is told once that it was not.",
    )
    idle: Minutes = Field(
        default=20,
        description="Opening minutes of silence after which a waiting customer is taken from whoever claimed "
        "them and is in the queue again.",
    )

    @property
    def all_hours(self) -> str | None:
        """With the exceptions."""
        if self.hours is None:
            return None
        return "; ".join([self.hours, *(_rule(days, hours) for days, hours in self.exceptions.items())])


def service_level(levels: Mapping[Priority, ServiceLevel], priority: Priority) -> ServiceLevel | None:
    """The one of the priority, else of the next lower one that has any, else of the lowest that has."""
    listed = sorted(levels, key=lambda known: known.rank)
    lower = [known for known in listed if known.rank <= priority.rank]
    return levels[(lower or listed[:1])[-1]] if listed else None

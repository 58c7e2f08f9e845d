"""A list of the queue as the address says it: "/queue?show=waiting&team=orders". Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

from bot.decisions import Priority, Reason
from escalation.queue import Filter, Order
from escalation.ticket import Closing, Status


class Show(StrEnum):
    OPEN = "open"
    """All that is not closed and not put aside."""
    WAITING = "waiting"
    MINE = "mine"
    SNOOZED = "snoozed"
    CLOSED = "closed"
    SPAM = "spam"


Word = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]
Said = Annotated[Word | None, BeforeValidator(lambda value: value or None)]


class Wanted(BaseModel):
    """What is in the address. Whatever is not said lets everything pass."""

    model_config = ConfigDict(frozen=True)

    show: Show = Show.OPEN
    team: Said = None
    reason: Reason | None = None
    language: Said = None
    site: Said = None
    priority: Priority | None = None
    tag: Said = None
    owner: Said = None
    """Account name of who has it."""
    late: bool | None = None
    q: Said = None
    """Words that stand in the question."""
    order: Order | None = None
    after: int | None = None
    """The number of the last ticket of the page before."""

    @property
    def sorted_by(self) -> Order:
        usual = Order.NEWEST if self.show in (Show.CLOSED, Show.SPAM) else Order.URGENCY
        return self.order or usual

    @property
    def query(self) -> str:
        return urlencode(self._said())

    @property
    def is_narrowed(self) -> bool:
        return bool(set(self._said()) - {"show", "order"})

    def with_(self, **changes: object) -> str:
        """The address of this list, changed: `with_(team=None)` lets all teams pass."""
        said = self._said() | {name: _text(value) for name, value in changes.items()}
        return "/queue?" + urlencode({name: value for name, value in said.items() if value})

    def narrowed_by(self) -> Iterator[tuple[str, object]]:
        """Each filter that is set, with its value."""
        for name in FILTERS:
            value = getattr(self, name)
            if value is not None:
                yield name, value

    def _said(self) -> dict[str, str]:
        said = {name: _text(getattr(self, name)) for name in ("show", *FILTERS, "order")}
        if self.show is Show.OPEN:
            del said["show"]
        return {name: value for name, value in said.items() if value}


FILTERS = ("team", "reason", "language", "site", "priority", "tag", "owner", "late", "q")


@dataclass(frozen=True, slots=True)
class Counted:
    """How many are in the lists at the side."""

    shows: Mapping[Show, int]
    teams: Mapping[str, int]
    saved: Mapping[str, int]


def filter_of(wanted: Wanted, me: str) -> Filter:
    """`me`: the account name of who looks."""
    statuses, snoozed, claimed_by, closed_how = _SHOWN[wanted.show]
    owner = me if claimed_by else wanted.owner
    return Filter(
        statuses=frozenset(statuses),
        reason=wanted.reason,
        team=wanted.team,
        language=wanted.language,
        site=wanted.site,
        priority=wanted.priority,
        tag=wanted.tag.lower() if wanted.tag else None,
        claimed_by=owner,
        closed_how=closed_how,
        snoozed=snoozed,
        breached=wanted.late,
        text=wanted.q,
    )


def wanted_of(query: str) -> Wanted:
    """Of a saved view, kept as it stood in the address; what makes no sense any more is passed over."""
    said = {name: value for name, value in parse_qsl(query) if name in Wanted.model_fields}
    while True:
        try:
            return Wanted.model_validate(said)
        except ValueError:
            said = {name: value for name, value in said.items() if _makes_sense(name, value)}


def _makes_sense(name: str, value: str) -> bool:
    try:
        Wanted.model_validate({name: value})
    except ValueError:
        return False
    return True


_LIVE = (Status.OPEN, Status.ASSIGNED, Status.CLAIMED)
_SHOWN: Mapping[Show, tuple[tuple[Status, ...], bool | None, bool, Closing | None]] = {
    Show.OPEN: (_LIVE, False, False, None),
    Show.WAITING: ((Status.OPEN,), False, False, None),
    Show.MINE: ((Status.ASSIGNED, Status.CLAIMED), False, True, None),
    Show.SNOOZED: (_LIVE, True, False, None),
    Show.CLOSED: ((Status.RESOLVED,), None, False, None),
    Show.SPAM: ((Status.RESOLVED,), None, False, Closing.SPAM),
}
"""By list: statuses, whether put aside, whether one's own only, how it was closed."""


def _text(value: object) -> str:
    if value is None or value is False:
        return ""
    return "1" if value is True else str(value)

"""The customers who need a person, and how the team has them in hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.decisions import Priority, Reason
from escalation.ticket import Closing, Status, Ticket
from knowledge.lexical import fold

WAITING = frozenset({Status.OPEN, Status.ASSIGNED})
"""The customer waits, for anybody or for somebody."""
IN_HAND = frozenset({Status.ASSIGNED, Status.CLAIMED})
"""A colleague has it."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list shows. None lets everything pass."""

    statuses: frozenset[Status] = WAITING | IN_HAND
    reason: Reason | None = None
    topic: str | None = None
    team: str | None = None
    teams: frozenset[str] | None = None
    """Any of these."""
    language: str | None = None
    site: str | None = None
    priority: Priority | None = None
    tag: str | None = None
    claimed_by: str | None = None
    customer_id: str | None = None
    contact: str | None = None
    closed_how: Closing | None = None
    snoozed: bool | None = None
    opened_from: datetime | None = None
    opened_before: datetime | None = None
    breached: bool | None = None
    """Whether a service level was missed."""
    text: str | None = None
    """Stands somewhere in the question. Case and accents do not matter."""

    def passes(self, ticket: Ticket) -> bool:
        return (
            ticket.status in self.statuses
            and self.reason in (None, ticket.reason)
            and self.topic in (None, ticket.topic)
            and self.team in (None, ticket.team)
            and (self.teams is None or ticket.team in self.teams)
            and self.language in (None, ticket.language)
            and self.site in (None, ticket.site)
            and self.priority in (None, ticket.priority)
            and (self.tag is None or self.tag in ticket.tags)
            and self.claimed_by in (None, ticket.claimed_by)
            and self.customer_id in (None, ticket.customer.id if ticket.customer else "")
            and self.contact in (None, ticket.contact)
            and self.closed_how in (None, ticket.closed_how)
            and self.snoozed in (None, ticket.is_snoozed)
            and (self.opened_from is None or ticket.opened_at >= self.opened_from)
            and (self.opened_before is None or ticket.opened_at < self.opened_before)
            and self.breached in (None, bool(ticket.breached))
            and (self.text is None or searchable(self.text) in searchable(ticket.question))
        )


class Order(StrEnum):
    OLDEST = "oldest"
    """Longest waiting first."""
    URGENCY = "urgency"
    """The highest priority first, of the same one the longest waiting."""
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Counts:
    open: int
    """Customers who wait for a person to come."""
    claimed: int


@dataclass(frozen=True, slots=True)
class PickUp:
    """How long a customer waited for the first person."""

    number: int
    opened_at: datetime
    picked_up_at: datetime


@dataclass(frozen=True, slots=True)
class Workload:
    """Of one person."""

    claimed: int
    """What they have now, taken up or only given to them."""
    last_claim_at: datetime | None


NOT_CLOSED = Filter()


def searchable(text: str) -> str:
    """As texts are compared: case and accents do not matter, and no store keeps NUL."""
    return fold(text.replace("\x00", ""))


class Queue(Protocol):
    """A projection of the log: written only by it. Every method may raise QueueUnavailable."""

    async def open_tickets(
        self,
        limit: int = 50,
        filters: Filter = NOT_CLOSED,
        order: Order = Order.OLDEST,
        after: Ticket | None = None,
    ) -> Sequence[Ticket]:
        """`after` is the last ticket of the page before, as it was listed."""
        ...

    async def get(self, number: int) -> Ticket | None: ...

    async def of(self, conversation_id: str) -> Ticket | None:
        """The newest ticket of a conversation, whatever its status."""
        ...

    async def place(self, number: int) -> int | None:
        """1 for whom the ticket's team will see next, in the order of urgency, whoever was given what; None
        when this customer does not wait. Those that are snoozed stand in nobody's way."""
        ...

    async def counts(self) -> Counts: ...

    async def count(self, filters: Filter) -> int:
        """How many pass."""
        ...

    async def tally(self, several: Sequence[Filter]) -> Sequence[int]:
        """How many pass each of them, at one moment."""
        ...

    async def pick_ups(self, team: str | None, limit: int = 50) -> Sequence[PickUp]:
        """The team's last ones, latest first."""
        ...

    async def workloads(self) -> Mapping[str, Workload]:
        """Of everyone who ever had something, by account name."""
        ...


class QueueUnavailable(Exception):
    """The store does not answer now; try again."""

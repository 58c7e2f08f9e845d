"""The customers who wait for a person, first come first served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.decisions import Reason
from escalation.ticket import Status, Ticket


@dataclass(frozen=True, slots=True)
class Filter:
    """None lets everything pass."""

    statuses: frozenset[Status] = frozenset({Status.OPEN, Status.CLAIMED})
    reason: Reason | None = None
    team: str | None = None
    language: str | None = None

    def passes(self, ticket: Ticket) -> bool:
        return (
            ticket.status in self.statuses
            and self.reason in (None, ticket.reason)
            and self.team in (None, ticket.team)
            and self.language in (None, ticket.language)
        )


@dataclass(frozen=True, slots=True)
class Counts:
    open: int
    claimed: int


NOT_CLOSED = Filter()


class Queue(Protocol):
    """A projection of the log: written only by it. Every method may raise QueueUnavailable."""

    async def open_tickets(self, limit: int = 50, filters: Filter = NOT_CLOSED) -> Sequence[Ticket]:
        """Longest waiting first."""
        ...

    async def get(self, number: int) -> Ticket | None: ...

    async def of(self, conversation_id: str) -> Ticket | None:
        """The newest ticket of a conversation, whatever its status."""
        ...

    async def place(self, number: int) -> int | None:
        """1 for whom a person will see next; None when this ticket is not open."""
        ...

    async def counts(self) -> Counts: ...


class QueueUnavailable(Exception):
    """The store does not answer now; try again."""

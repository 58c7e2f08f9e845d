"""The queue in memory, to be given to `MemoryLog` as a projection."""

from __future__ import annotations

from collections.abc import Sequence

from bot.conversation import State
from bot.events import LoggedEvent
from escalation.queue import NOT_CLOSED, Counts, Filter
from escalation.ticket import Status, Ticket, next_ticket


class MemoryQueue:
    def __init__(self) -> None:
        self._tickets: dict[int, Ticket] = {}
        self._newest: dict[str, int] = {}

    async def apply(self, transaction: None, logged: LoggedEvent, state: State) -> None:
        ticket = next_ticket(await self.of(logged.conversation_id), logged, state)
        if ticket is not None:
            self._tickets[ticket.number] = ticket
            self._newest[ticket.conversation_id] = ticket.number

    async def clear(self, transaction: None) -> None:
        self._tickets.clear()
        self._newest.clear()

    async def open_tickets(self, limit: int = 50, filters: Filter = NOT_CLOSED) -> Sequence[Ticket]:
        tickets = sorted(self._tickets.values(), key=lambda ticket: ticket.number)
        return [ticket for ticket in tickets if filters.passes(ticket)][:limit]

    async def get(self, number: int) -> Ticket | None:
        return self._tickets.get(number)

    async def of(self, conversation_id: str) -> Ticket | None:
        number = self._newest.get(conversation_id)
        return None if number is None else self._tickets[number]

    async def place(self, number: int) -> int | None:
        waiting = sorted(t.number for t in self._tickets.values() if t.status is Status.OPEN)
        return waiting.index(number) + 1 if number in waiting else None

    async def counts(self) -> Counts:
        statuses = [ticket.status for ticket in self._tickets.values()]
        return Counts(statuses.count(Status.OPEN), statuses.count(Status.CLAIMED))

"""The queue in memory, to be given to `MemoryLog` as a projection, and the roster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.conversation import State
from bot.decisions import Reason
from bot.events import LoggedEvent
from bot.log import utc
from escalation.queue import IN_HAND, NOT_CLOSED, WAITING, Counts, Filter, Order, PickUp, Workload
from escalation.roster import Agent, UnknownAgent
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

    async def open_tickets(
        self,
        limit: int = 50,
        filters: Filter = NOT_CLOSED,
        order: Order = Order.OLDEST,
        after: Ticket | None = None,
    ) -> Sequence[Ticket]:
        tickets = sorted(filter(filters.passes, self._tickets.values()), key=_KEYS[order])
        if after is not None:
            tickets = [ticket for ticket in tickets if _KEYS[order](ticket) > _KEYS[order](after)]
        return tickets[:limit]

    async def get(self, number: int) -> Ticket | None:
        return self._tickets.get(number)

    async def of(self, conversation_id: str) -> Ticket | None:
        number = self._newest.get(conversation_id)
        return None if number is None else self._tickets[number]

    async def place(self, number: int) -> int | None:
        ticket = self._tickets.get(number)
        if ticket is None or ticket.status not in WAITING:
            return None
        team = Filter(statuses=WAITING, snoozed=False)
        others = (t for t in self._tickets.values() if team.passes(t) and t.team == ticket.team)
        return 1 + sum(_urgency(other) < _urgency(ticket) for other in others)

    async def counts(self) -> Counts:
        statuses = [ticket.status for ticket in self._tickets.values()]
        return Counts(sum(s in WAITING for s in statuses), statuses.count(Status.CLAIMED))

    async def count(self, filters: Filter) -> int:
        return sum(map(filters.passes, self._tickets.values()))

    async def tally(self, several: Sequence[Filter]) -> Sequence[int]:
        return [sum(map(filters.passes, self._tickets.values())) for filters in several]

    async def pick_ups(self, team: str | None, limit: int = 50) -> Sequence[PickUp]:
        pick_ups = (
            PickUp(ticket.number, ticket.opened_at, ticket.picked_up_at)
            for ticket in self._tickets.values()
            if ticket.team == team and ticket.picked_up_at and ticket.reason is not Reason.TAKEN_OVER
        )
        return sorted(pick_ups, key=lambda p: (p.picked_up_at, p.number), reverse=True)[:limit]

    async def workloads(self) -> Mapping[str, Workload]:
        found: dict[str, Workload] = {}
        for ticket in self._tickets.values():
            if ticket.claimed_by is not None and ticket.claimed_at is not None:
                known = found.get(ticket.claimed_by, Workload(0, ticket.claimed_at))
                last = max(known.last_claim_at or ticket.claimed_at, ticket.claimed_at)
                found[ticket.claimed_by] = Workload(known.claimed + (ticket.status in IN_HAND), last)
        return found


def _urgency(ticket: Ticket) -> tuple[int, int]:
    return -ticket.priority.rank, ticket.number


_KEYS = {
    Order.OLDEST: lambda ticket: (0, ticket.number),
    Order.NEWEST: lambda ticket: (0, -ticket.number),
    Order.URGENCY: _urgency,
}


class MemoryRoster:
    def __init__(self, *agents: Agent) -> None:
        self._agents = {agent.name: agent for agent in agents}

    async def get(self, name: str) -> Agent | None:
        return self._agents.get(name)

    async def everyone(self) -> Sequence[Agent]:
        return sorted(self._agents.values(), key=lambda agent: (agent.display.lower(), agent.name))

    async def by_handle(self, door: str, handle: str) -> Agent | None:
        found = (a for a in self._agents.values() if a.active and a.handles.get(door) == handle)
        return next(found, None)

    async def save(self, agent: Agent) -> None:
        self._agents[agent.name] = agent

    async def remove(self, name: str) -> None:
        self._agents.pop(name, None)

    async def set_duty(self, name: str, on_duty: bool, now: datetime) -> Agent:
        agent = self._agents.get(name)
        if agent is None:
            raise UnknownAgent(f"nobody has an account named {name!r}")
        if agent.on_duty != on_duty:
            self._agents[name] = replace(agent, on_duty=on_duty, duty_changed_at=utc(now))
        return self._agents[name]

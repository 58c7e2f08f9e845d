"""Does what the time asks for: nobody is forgotten, however many processes look after it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from bot.brief import Brief
from bot.conversation import ConversationError
from bot.events import Author, Event, LoggedEvent, PersonAssigned
from bot.log import ConversationLog, Expected, state_of
from bot.teams import Assignment
from escalation.assignment import assignee
from escalation.due import due
from escalation.queue import Filter, Order, Queue, Workload
from escalation.roster import Agent, Roster
from escalation.ticket import Status, Ticket

INTERVAL = 5.0
"""Seconds between two looks."""
PAGE = 500
MOST_AT_ONCE = 10
"""Events for one ticket in one look: more than can be due."""

log_lines = logging.getLogger(__name__)


class Timekeeper:
    """Wakes what was put aside, releases what is neglected, warns of service levels, makes promises, and
    shares out the tickets of teams that want it.

    Safe with several processes at once: each event is written only if nothing has happened in the
    conversation since the ticket was looked at."""

    def __init__(
        self,
        log: ConversationLog,
        queue: Queue,
        roster: Roster,
        brief: Brief,
        clock: Callable[[], datetime],
        interval: float = INTERVAL,
    ) -> None:
        self._log = log
        self._queue = queue
        self._roster = roster
        self._brief = brief
        self._clock = clock
        self._interval = interval

    async def run(self) -> None:
        """For ever; cancel it to stop. What fails is reported and tried again at the next look."""
        while True:
            try:
                await self.tick(self._clock())
            except Exception:
                log_lines.exception("the timekeeper could not do its work")
            await asyncio.sleep(self._interval)

    async def tick(self, now: datetime) -> list[LoggedEvent]:
        """Do all that is due; what was done. Raises LogUnavailable, QueueUnavailable, RosterUnavailable."""
        agents = {agent.name: agent for agent in await self._roster.everyone()}
        done: list[LoggedEvent] = []
        last: Ticket | None = None
        while True:
            page = await self._queue.open_tickets(PAGE, order=Order.OLDEST, after=last)
            for ticket in page:
                done += await self._look_after(ticket, agents, now)
                await asyncio.sleep(0)  # hundreds of old tickets must not hold up a customer
            if len(page) < PAGE:
                break
            last = page[-1]
        return done + await self._share_out(agents, now)

    async def _look_after(
        self, ticket: Ticket, agents: Mapping[str, Agent], now: datetime
    ) -> list[LoggedEvent]:
        done: list[LoggedEvent] = []
        while len(done) < MOST_AT_ONCE and due(ticket, self._brief, agents, now) is not None:
            logged, fresh = await self._if_still(
                ticket, lambda seen: due(seen, self._brief, agents, now), now
            )
            if logged is None or fresh is None:
                break
            done.append(logged)
            ticket = fresh
        return done

    async def _share_out(self, agents: Mapping[str, Agent], now: datetime) -> list[LoggedEvent]:
        """The most urgent first."""
        if not any(team.assignment is Assignment.ROUND_ROBIN for team in self._brief.teams.values()):
            return []
        waiting = Filter(statuses=frozenset({Status.OPEN}), snoozed=False)
        workloads = dict(await self._queue.workloads())
        done: list[LoggedEvent] = []
        for ticket in await self._queue.open_tickets(PAGE, waiting, Order.URGENCY):
            if self._brief.team(ticket.team).assignment is not Assignment.ROUND_ROBIN:
                continue
            agent = assignee(ticket, agents.values(), workloads, self._brief.default_team)
            if agent is None:
                continue
            logged = await self._give(ticket, agent, now)
            if logged is not None:
                load = workloads.get(agent.name, Workload(0, None))
                workloads[agent.name] = Workload(load.claimed + 1, now)
                done.append(logged)
        return done

    async def _give(self, ticket: Ticket, agent: Agent, now: datetime) -> LoggedEvent | None:
        def given(seen: Ticket) -> Event | None:
            return PersonAssigned(agent.name, agent.display) if seen.status is Status.OPEN else None

        logged, _ = await self._if_still(ticket, given, now)
        return logged

    async def _if_still(
        self, ticket: Ticket, what: Callable[[Ticket], Event | None], now: datetime
    ) -> tuple[LoggedEvent | None, Ticket | None]:
        """Write it if it is still due, and give the ticket after it. The state is read before the ticket:
        whatever happens after that makes the write fail, and the next look decides anew."""
        state = await state_of(self._log, ticket.conversation_id)
        fresh = await self._queue.of(ticket.conversation_id)
        event = what(fresh) if fresh is not None else None
        if event is None:
            return None, None
        expected = Expected(state.owner, state.epoch, position=state.position)
        try:
            logged = await self._log.append(ticket.conversation_id, event, Author.SYSTEM, expected, now)
        except ConversationError:
            return None, None
        return logged, await self._queue.of(ticket.conversation_id)

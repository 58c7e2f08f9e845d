"""The app's home: what is mine, what waits, and whether I am on duty. And the digest of the day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.brief import Brief
from connectors.slack.blocks import Block, button, context, section
from connectors.slack.cards import Reader, line
from connectors.slack.people import People
from connectors.slack.posting import Posting
from connectors.slack.web import Web
from connectors.slack.words import words
from escalation.queue import Filter, Order, Queue
from escalation.roster import Agent, Roster
from escalation.ticket import Status

LISTED = 15
DAY = timedelta(days=1)
_EVER = frozenset(Status)


class Home:
    def __init__(
        self,
        queue: Queue,
        roster: Roster,
        people: People,
        web: Web,
        reader: Callable[[str | None], Reader],
        clock: Callable[[], datetime],
    ) -> None:
        self._queue = queue
        self._roster = roster
        self._people = people
        self._web = web
        self._reader = reader
        self._clock = clock

    async def show(self, user: str) -> None:
        """Raises Later, Refused."""
        person = await self._people.person(user)
        agent = await self._people.agent(user)
        blocks = (
            await self._blocks(agent, self._reader(person.language))
            if agent
            else [section(words(person.language).home_stranger)]
        )
        await self._web.call("views.publish", user_id=user, view={"type": "home", "blocks": blocks})

    async def set_duty(self, user: str, on_duty: bool) -> bool:
        """False for who has no account."""
        agent = await self._people.agent(user)
        if agent is None:
            return False
        await self._roster.set_duty(agent.name, on_duty, self._clock())
        return True

    async def _blocks(self, agent: Agent, reader: Reader) -> list[Block]:
        said = reader.words
        duty = said.on_duty if agent.on_duty else said.off_duty
        switch = button(said.go_off, "off_duty") if agent.on_duty else button(said.go_on, "on_duty")
        blocks = [section(duty, switch), *await self._mine(agent, reader)]
        return [*blocks, *await self._waiting(agent, reader)][:100]

    async def _mine(self, agent: Agent, reader: Reader) -> list[Block]:
        filters = Filter(claimed_by=agent.name)
        tickets = await self._queue.open_tickets(LISTED, filters, Order.URGENCY)
        lines = [
            section(line(t, reader), button(reader.words.reply, "reply", t.conversation_id)) for t in tickets
        ]
        return [_head(reader.words.mine), *(lines or [context(reader.words.nothing)])]

    async def _waiting(self, agent: Agent, reader: Reader) -> list[Block]:
        filters = Filter(statuses=frozenset({Status.OPEN}), teams=agent.teams or None, snoozed=False)
        tickets = await self._queue.open_tickets(LISTED, filters, Order.URGENCY)
        lines = [
            section(line(t, reader), button(reader.words.claim, "claim", t.conversation_id)) for t in tickets
        ]
        more = await self._queue.count(filters) - len(tickets)
        if more > 0:
            lines.append(context(reader.words.and_more.format(number=more)))
        return [_head(reader.words.queue), *(lines or [context(reader.words.nothing)])]


class Digest:
    def __init__(
        self,
        queue: Queue,
        posting: Posting,
        brief: Brief,
        channel: str,
        hour: int,
        reader: Callable[[str | None], Reader],
        clock: Callable[[], datetime],
    ) -> None:
        self._queue = queue
        self._posting = posting
        self._brief = brief
        self._channel = channel
        self._hour = hour
        self._reader = reader
        self._clock = clock

    async def send_if_due(self) -> bool:
        """Once a day, whichever process comes first; not for a day of which the hour is long over."""
        local = self._clock().astimezone(self._brief.zone)
        if not self._channel or local.hour != self._hour:
            return False
        reader = self._reader(None)
        text, blocks = await self._told(reader)
        id = f"digest {self._channel} {local.date()}"
        await self._posting.post(id, "digest", self._channel, None, text, blocks)
        return True

    async def _told(self, reader: Reader) -> tuple[str, list[Block]]:
        said, now = reader.words, self._clock()
        opened, ended, late = await self._queue.tally(
            [
                Filter(statuses=_EVER, opened_from=now - DAY),
                Filter(statuses=frozenset({Status.RESOLVED}), opened_from=now - DAY),
                Filter(breached=True),
            ]
        )
        counts = await self._queue.counts()
        text = said.digest.format(opened=opened, closed=ended)
        lines = [text, said.digest_open.format(open=counts.open, claimed=counts.claimed)]
        if late:
            lines.append(f"*{said.digest_late.format(late=late)}*")
        oldest = await self._queue.open_tickets(3, Filter(statuses=frozenset({Status.OPEN})), Order.URGENCY)
        waiting = [section(line(ticket, reader)) for ticket in oldest]
        return text, [section("\n".join(lines)), *waiting]


def _head(text: str) -> Block:
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": False}}

"""What a waiting customer is told of their place: which one, how long about, and when the team is back.

It is made anew from the queue each time: doors ask again when something happened in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bot.brief import Brief
from bot.handover import team_title
from bot.words.moments import moment
from bot.words.names import Phrase
from bot.words.phrases import Words
from bot.words.waiting import duration, place_in_line
from escalation.estimate import LATEST, Estimate, estimates
from escalation.queue import WAITING, Filter, Order, Queue
from escalation.roster import Roster
from escalation.ticket import Status, Ticket

MOST = 10_000
"""So many waiting customers are reckoned with at once."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Of one customer."""

    conversation_id: str
    team: str | None
    estimate: Estimate
    there: bool
    """Somebody may come any moment: the team is open, and not all of it is off duty."""
    language: str
    """The conversation's."""
    person: str | None = None
    """Who was given it and has not come yet, as customers call them."""


class Waiting:
    def __init__(self, queue: Queue, roster: Roster, brief: Brief, clock: Callable[[], datetime]) -> None:
        self._queue = queue
        self._roster = roster
        self._brief = brief
        self._clock = clock

    async def of(self, conversation_id: str) -> Wait | None:
        """None when this customer does not wait for a person."""
        ticket = await self._queue.of(conversation_id)
        place = await self._queue.place(ticket.number) if ticket else None
        if ticket is None or place is None:
            return None
        return self._told(ticket, (await self._reckoner(ticket.team))(place))

    async def everyone(self) -> Mapping[str, Wait]:
        """All who wait, by conversation: for a door with many of them open."""
        waiting = Filter(statuses=WAITING)
        by_team: defaultdict[str | None, list[Ticket]] = defaultdict(list)
        for ticket in await self._queue.open_tickets(MOST, waiting, Order.URGENCY):
            by_team[ticket.team].append(ticket)
        return {
            wait.conversation_id: wait
            for team, tickets in by_team.items()
            for wait in await self._of_team(team, tickets)
        }

    async def _of_team(self, team: str | None, tickets: Sequence[Ticket]) -> list[Wait]:
        """`tickets` are all of one team, the most urgent first."""
        reckon = await self._reckoner(team)
        waits, place = [], 1
        for ticket in tickets:
            waits.append(self._told(ticket, reckon(place)))
            place += not ticket.is_snoozed
        return waits

    def said(self, wait: Wait, language: str | None = None) -> str:
        """In the language that its reader has around it, else the conversation's: "You're 2nd in line, about
        4 minutes." """
        return wait_text(self._brief, wait, language or wait.language, self._clock())

    async def _reckoner(self, team: str | None) -> Callable[[int], _Reckoned]:
        pick_ups = await self._queue.pick_ups(team, LATEST)
        agents = [agent for agent in await self._roster.everyone() if agent.active and agent.is_in(team)]
        staffed = any(agent.on_duty for agent in agents)
        calendar, now = self._brief.calendar(team), self._clock()
        # Who works elsewhere than here, with nobody in the roster, has told us nothing of their duty.
        there = calendar.opening(now).open and (staffed or not agents)
        estimated = estimates(pick_ups, calendar, now, staffed)
        return lambda place: _Reckoned(estimated(place), there)

    def _told(self, ticket: Ticket, reckoned: _Reckoned) -> Wait:
        language = ticket.language or self._brief.languages[0]
        person = ticket.claimed_as if ticket.status is Status.ASSIGNED else None
        return Wait(ticket.conversation_id, ticket.team, reckoned.estimate, reckoned.there, language, person)


class _Reckoned(NamedTuple):
    estimate: Estimate
    there: bool


def wait_text(brief: Brief, wait: Wait, language: str, now: datetime) -> str:
    words = brief.words(language)
    coming = [words.say(Phrase.WILL_TAKE_IT, person=wait.person)] if wait.person else []
    return " ".join([_place_text(brief, wait, words, now), *coming])


def _place_text(brief: Brief, wait: Wait, words: Words, now: datetime) -> str:
    estimated, team = wait.estimate, wait.team
    place = place_in_line(estimated.place, words.language)
    title, zone = team_title(brief, words, team), brief.calendar(team).zone
    if estimated.opens_at is not None:
        back = moment(estimated.opens_at.astimezone(zone), now, words.language)
        return words.say(Phrase.IN_LINE_CLOSED, place=place, team=_capital(title), moment=back)
    if estimated.minutes is not None:
        minutes = duration(estimated.minutes, words.language)
        return words.say(Phrase.IN_LINE_MINUTES, place=place, minutes=minutes)
    if estimated.expected_at is not None:
        then = moment(estimated.expected_at.astimezone(zone), now, words.language)
        return words.say(Phrase.IN_LINE_LATER, place=place, team=_capital(title), moment=then)
    return words.say(Phrase.IN_LINE if wait.there else Phrase.IN_LINE_AWAY, place=place)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

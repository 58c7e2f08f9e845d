"""What the time asks for, ticket by ticket: events that are to be written now. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from bot.brief import Brief
from bot.events import (
    Event,
    Measure,
    PromiseMade,
    Released,
    ReleaseReason,
    ServiceLevelBreached,
    ServiceLevelWarned,
    Woken,
)
from bot.handover import team_title
from bot.teams import ServiceLevel, service_level
from bot.words.moments import moment
from bot.words.names import Phrase
from bot.words.phrases import Words
from escalation.clocks import ServiceClock, after_open_time, clocks, open_time
from escalation.roster import Agent
from escalation.ticket import Status, Ticket


def due(ticket: Ticket, brief: Brief, agents: Mapping[str, Agent], now: datetime) -> Event | None:
    """The next event, or None when nothing is due. Once it is written, ask again."""
    if ticket.status is Status.RESOLVED:
        return None
    return next(_due(ticket, brief, agents, now), None)


def level_of(ticket: Ticket, brief: Brief) -> ServiceLevel | None:
    levels = brief.team(ticket.team).service_levels or brief.service_levels
    return service_level(levels, ticket.priority)


def clocks_of(ticket: Ticket, brief: Brief, now: datetime) -> tuple[ServiceClock, ...]:
    return clocks(ticket, level_of(ticket, brief), brief.calendar(ticket.team), now)


def _due(ticket: Ticket, brief: Brief, agents: Mapping[str, Agent], now: datetime) -> Iterator[Event]:
    if ticket.snoozed_until is not None and ticket.snoozed_until <= now:
        yield Woken()
    if ticket.claimed_by is not None and (why := _why_release(ticket, brief, agents, now)):
        yield Released(ticket.claimed_by, why)
    yield from _service_levels(ticket, brief, now)
    if _has_waited_too_long(ticket, brief, now):
        yield _promise(ticket, brief, now)
    elif _was_broken(ticket, now):
        yield _apology(ticket, brief)


def _why_release(
    ticket: Ticket, brief: Brief, agents: Mapping[str, Agent], now: datetime
) -> ReleaseReason | None:
    """Only while the customer waits for words, and not what was put aside on purpose."""
    if ticket.waiting_since is None or ticket.is_snoozed:
        return None
    heard_at = ticket.heard_at or ticket.waiting_since
    agent = agents.get(ticket.claimed_by or "")
    if agent is not None and _left_since(agent, heard_at):
        return ReleaseReason.OFF_DUTY
    silent = open_time(brief.calendar(ticket.team), max(heard_at, ticket.waiting_since), now)
    return ReleaseReason.IDLE if silent >= timedelta(minutes=brief.team(ticket.team).idle) else None


def _left_since(agent: Agent, heard_at: datetime) -> bool:
    if not agent.active:
        return True
    changed = agent.duty_changed_at
    return not agent.on_duty and changed is not None and changed >= heard_at


def _service_levels(ticket: Ticket, brief: Brief, now: datetime) -> Iterator[Event]:
    if len(ticket.breached) == len(Measure):
        return
    for clock in clocks_of(ticket, brief, now):
        if clock.due_at is None or clock.measure in ticket.breached:
            continue
        if clock.is_breached:
            yield ServiceLevelBreached(clock.measure, clock.due_at)
        elif clock.is_near and clock.measure not in ticket.warned:
            yield ServiceLevelWarned(clock.measure, clock.due_at)


def _has_waited_too_long(ticket: Ticket, brief: Brief, now: datetime) -> bool:
    if not ticket.is_waiting or ticket.promised_at is not None or ticket.queued_at is None:
        return False
    waited = open_time(brief.calendar(ticket.team), ticket.queued_at, now)
    return waited >= timedelta(minutes=brief.team(ticket.team).pick_up)


def _promise(ticket: Ticket, brief: Brief, now: datetime) -> PromiseMade:
    """Honest: what is promised is a time in opening hours, and only where there are hours."""
    words = brief.words(ticket.language or brief.languages[0])
    title, calendar = team_title(brief, words, ticket.team), brief.calendar(ticket.team)
    by_when = (
        after_open_time(calendar, now, timedelta(minutes=brief.team(ticket.team).promise))
        if calendar.hours
        else None
    )
    said = (
        words.say(
            Phrase.PROMISE,
            team=title,
            moment=moment(_next_quarter(by_when.astimezone(calendar.zone)), now, words.language),
        )
        if by_when
        else words.say(Phrase.PROMISE_NO_HOURS, team=title)
    )
    return PromiseMade(" ".join([said, *_address_wanted(ticket, words)]), by_when)


def _was_broken(ticket: Ticket, now: datetime) -> bool:
    """The promise, to who has waited ever since."""
    if not (ticket.is_waiting and ticket.promised_at and ticket.promised_for and ticket.waiting_since):
        return False
    return ticket.waiting_since <= ticket.promised_at and _next_quarter(ticket.promised_for) < now


def _apology(ticket: Ticket, brief: Brief) -> PromiseMade:
    """Without another time: the first one was not kept. So it is said once."""
    words = brief.words(ticket.language or brief.languages[0])
    said = words.say(Phrase.PROMISE_BROKEN, team=team_title(brief, words, ticket.team))
    return PromiseMade(" ".join([said, *_address_wanted(ticket, words)]))


def _address_wanted(ticket: Ticket, words: Words) -> list[str]:
    return [] if ticket.contact else [words.say(Phrase.LEAVE_ADDRESS)]


def _next_quarter(then: datetime) -> datetime:
    """Nobody promises 11:07."""
    late = timedelta(minutes=then.minute % 15, seconds=then.second, microseconds=then.microsecond)
    return then + (timedelta(minutes=15) - late if late else timedelta())

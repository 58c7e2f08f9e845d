"""What the team has to take care of: a conversation that needs a person, with what the bot knew. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.conversation import Held, State
from bot.decisions import Escalate, Priority, Reason
from bot.events import (
    Author,
    ContactLeft,
    ConversationRated,
    ConversationResolved,
    Customer,
    CustomerIdentified,
    HandedBack,
    LoggedEvent,
    MarkedSpam,
    Measure,
    Merged,
    MessageReceived,
    NoteWritten,
    OutcomeGiven,
    PersonAssigned,
    PersonJoined,
    Prioritised,
    PromiseMade,
    Released,
    Reopened,
    ReplyEdited,
    ReplySent,
    ReplyWithdrawn,
    ServiceLevelBreached,
    ServiceLevelWarned,
    Snoozed,
    Tagged,
    Transferred,
    Untagged,
    Woken,
)


class Status(StrEnum):
    OPEN = "open"
    """In the queue: the customer waits and nobody has it."""
    ASSIGNED = "assigned"
    """Given to somebody who has not come yet: the customer waits for them."""
    CLAIMED = "claimed"
    RESOLVED = "resolved"
    """Nobody waits for a person any more: `closed_how` says why."""


class Closing(StrEnum):
    RESOLVED = "resolved"
    """A colleague said that it is settled."""
    LEFT = "left"
    """The customer closed it."""
    HANDED_BACK = "handed_back"
    """The bot went on, as a colleague or the customer decided."""
    SPAM = "spam"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that the bot found and did not dare to answer with."""

    entry_id: str
    title: str
    score: float


@dataclass(frozen=True, slots=True)
class Span:
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Ticket:
    number: int
    """The log's sequence of the escalation: grows with time, the same after a rebuild."""
    conversation_id: str
    reason: Reason
    topic: str | None
    """The sensitive topic, when that is the reason."""
    team: str | None
    """Its name in the brief; None: the default team."""
    question: str
    """What the customer asked last; "" when they only pressed the button."""
    language: str | None
    opened_at: datetime
    position: int
    """Of the escalation in the conversation: what led to it stands before it."""
    confidence: float
    candidates: tuple[Candidate, ...]
    """Best first."""
    priority: Priority = Priority.NORMAL
    tags: tuple[str, ...] = ()
    door: str = "terminal"
    site: str | None = None
    customer: Customer | None = None
    contact: str | None = None
    """The e-mail address the customer left, which nobody has checked."""

    status: Status = Status.OPEN
    queued_at: datetime | None = None
    """Since when it is in the queue, this time."""
    waiting_since: datetime | None = None
    """Since when the customer waits for people to say something; None while it is the customer's turn."""
    customers_turn_since: datetime | None = None
    pauses: tuple[Span, ...] = ()
    """When it was the customer's turn, as far as that is over: no clock runs then."""
    snoozed_until: datetime | None = None
    claimed_by: str | None = None
    """Account name of who has it, come or not, or had it when it was closed."""
    claimed_as: str | None = None
    """What customers call them."""
    claimed_at: datetime | None = None
    heard_at: datetime | None = None
    """When who has it last did something for it."""
    picked_up_at: datetime | None = None
    """By the first person who came."""
    first_reply_at: datetime | None = None
    replies: int = 0
    answer: str | None = None
    """The last reply of a person, as it stands; None too where that one was withdrawn."""
    answer_position: int | None = None
    """Of that reply."""
    released_from: tuple[str, ...] = ()
    """Who had it and has it no more, by account name, once for each time."""
    warned: tuple[Measure, ...] = ()
    breached: tuple[Measure, ...] = ()
    promised_at: datetime | None = None
    """When the customer was told that it takes longer."""
    promised_for: datetime | None = None
    """When they were told that they are answered at the latest."""

    closed_at: datetime | None = None
    closed_how: Closing | None = None
    closed_by: str | None = None
    merged_into: str | None = None
    """Id of the conversation in which the customer goes on."""
    came_back_at: datetime | None = None
    """When the customer first wrote again after it was closed."""
    reopenings: int = 0
    """By colleagues."""
    stars: int | None = None
    """The customer's satisfaction, 1 to 5."""
    comment: str = ""

    @property
    def is_waiting(self) -> bool:
        """The customer, for anybody or for the one it was given to."""
        return self.status in (Status.OPEN, Status.ASSIGNED)

    @property
    def is_snoozed(self) -> bool:
        """Until it is woken: by the timekeeper when it is time, by a colleague, or by the customer's word."""
        return self.snoozed_until is not None


def next_ticket(ticket: Ticket | None, logged: LoggedEvent, state: State) -> Ticket | None:
    """A conversation's newest ticket after an event, given the one before it and the state after it.

    Whoever waits for a person or has one has an open or a claimed ticket."""
    if isinstance(logged.event, OutcomeGiven) and isinstance(logged.event.outcome, Escalate):
        return _escalated(logged, logged.event, logged.event.outcome, state)
    if ticket is None or (ticket.status is Status.RESOLVED and isinstance(logged.event, _GETS_A_PERSON)):
        if state.owner.held not in (Held.WAITING, Held.PERSON):
            return ticket
        ticket = _taken_over(logged, state)
    if ticket.status is Status.RESOLVED:
        return _after_closing(ticket, logged, state)
    if state.owner.held in (Held.BOT, Held.NOBODY):
        return _closed(ticket, logged, state)
    return _going_on(ticket, logged)


_GETS_A_PERSON = (PersonJoined, PersonAssigned)


def _escalated(logged: LoggedEvent, given: OutcomeGiven, outcome: Escalate, state: State) -> Ticket:
    return replace(
        _new(logged, state, outcome.reason),
        topic=outcome.topic,
        team=outcome.team,
        priority=outcome.priority,
        tags=outcome.tags,
        question=state.exchanges[-1].question if state.exchanges else "",
        confidence=given.confidence,
        candidates=tuple(_candidates(given.trace.get("candidates"))),
    )


def _taken_over(logged: LoggedEvent, state: State) -> Ticket:
    """Nobody had asked for a person: a colleague came in, or opened a closed conversation again."""
    match logged.event:
        case PersonJoined(team=team) | PersonAssigned(team=team) | Reopened(team=team):
            return replace(_new(logged, state, Reason.TAKEN_OVER), question=state.last_message, team=team)
        case _:
            return replace(_new(logged, state, Reason.TAKEN_OVER), question=state.last_message)


def _new(logged: LoggedEvent, state: State, reason: Reason) -> Ticket:
    return Ticket(
        number=logged.sequence,
        conversation_id=logged.conversation_id,
        reason=reason,
        topic=None,
        team=None,
        question="",
        language=state.language,
        opened_at=logged.at,
        position=logged.position,
        confidence=0.0,
        candidates=(),
        door=state.door,
        site=state.site,
        customer=state.customer,
        contact=state.contact,
        queued_at=logged.at,
        waiting_since=logged.at,
    )


def _candidates(traced: Any) -> Iterator[Candidate]:
    """The trace is free-form: what does not look like a candidate is left to whoever reads the trace."""
    for item in traced if isinstance(traced, list) else ():
        match item:
            case {"entry_id": str(entry_id), "score": float() | int() as score, **rest}:
                yield Candidate(entry_id, str(rest.get("title") or entry_id), float(score))


def _going_on(ticket: Ticket, logged: LoggedEvent) -> Ticket:
    at = logged.at
    match logged.event:
        case PersonAssigned() as assigned:
            return _assigned(ticket, assigned, at)
        case PersonJoined() as joined:
            return _joined(ticket, joined, at)
        case MessageReceived():
            return _written(ticket, at)
        case ReplySent(text=text):
            return _replied(ticket, text, logged)
        case NoteWritten(by=by) if by == ticket.claimed_by:
            return replace(ticket, heard_at=at)
        case Transferred(team=team):
            return replace(_queued(ticket, at), team=team)
        case Released(name=name):
            return replace(_queued(ticket, at), released_from=(*ticket.released_from, name))
        case Snoozed(until=until, by=by):
            heard = at if by == ticket.claimed_by else ticket.heard_at
            return replace(ticket, snoozed_until=until, heard_at=heard)
        case Woken():
            return replace(ticket, snoozed_until=None, heard_at=at if ticket.heard_at else None)
        case PromiseMade(by_when=by_when):
            return replace(ticket, promised_at=at, promised_for=by_when)
        case ServiceLevelWarned(measure=measure):
            return replace(ticket, warned=_with(ticket.warned, measure))
        case ServiceLevelBreached(measure=measure):
            return replace(ticket, breached=_with(ticket.breached, measure))
        case _:
            return _remarked(ticket, logged)


def _remarked(ticket: Ticket, logged: LoggedEvent) -> Ticket:
    """What may be said of a ticket whatever its status."""
    match logged.event:
        case Tagged(tag=tag):
            return replace(ticket, tags=_with(ticket.tags, tag))
        case Untagged(tag=tag):
            return replace(ticket, tags=tuple(t for t in ticket.tags if t != tag))
        case Prioritised(priority=priority):
            return replace(ticket, priority=priority)
        case ContactLeft(email=email):
            return replace(ticket, contact=email)
        case CustomerIdentified(customer=customer):
            return replace(ticket, customer=customer)
        case ConversationRated(stars=stars, comment=comment):
            return replace(ticket, stars=stars, comment=comment)
        case ReplyEdited(position=ticket.answer_position, text=text):
            return replace(ticket, answer=text)
        case ReplyWithdrawn(position=ticket.answer_position):
            return replace(ticket, answer=None)
        case _:
            return ticket


def _assigned(ticket: Ticket, assigned: PersonAssigned, at: datetime) -> Ticket:
    """Who had a person waits again, for another one; who waited keeps their place."""
    waiting = _queued(ticket, at) if ticket.status is Status.CLAIMED else ticket
    return replace(_had_by(waiting, assigned, at), status=Status.ASSIGNED)


def _joined(ticket: Ticket, joined: PersonJoined, at: datetime) -> Ticket:
    return _come(_had_by(ticket, joined, at), at)


def _had_by(ticket: Ticket, by: PersonAssigned | PersonJoined, at: datetime) -> Ticket:
    return replace(
        ticket, snoozed_until=None, claimed_by=by.name, claimed_as=by.shown, claimed_at=at, heard_at=at
    )


def _come(ticket: Ticket, at: datetime) -> Ticket:
    return replace(ticket, status=Status.CLAIMED, picked_up_at=ticket.picked_up_at or at)


def _written(ticket: Ticket, at: datetime) -> Ticket:
    """The customer's word wakes a snoozed ticket, and the clocks run again."""
    woken = replace(ticket, snoozed_until=None)
    if ticket.waiting_since is not None:
        return woken
    return replace(woken, waiting_since=at, customers_turn_since=None, pauses=_paused(ticket, at))


def _replied(ticket: Ticket, text: str, logged: LoggedEvent) -> Ticket:
    at = logged.at
    return replace(
        _come(ticket, at),
        waiting_since=None,
        customers_turn_since=ticket.customers_turn_since or at,
        heard_at=at,
        first_reply_at=ticket.first_reply_at or at,
        replies=ticket.replies + 1,
        answer=text,
        answer_position=logged.position,
    )


def _queued(ticket: Ticket, at: datetime) -> Ticket:
    """In the queue again: whoever comes next is waited for."""
    return replace(
        ticket,
        status=Status.OPEN,
        queued_at=at,
        waiting_since=ticket.waiting_since or at,
        customers_turn_since=None,
        pauses=_paused(ticket, at),
        snoozed_until=None,
        claimed_by=None,
        claimed_as=None,
        claimed_at=None,
        heard_at=None,
    )


def _paused(ticket: Ticket, at: datetime) -> tuple[Span, ...]:
    if ticket.customers_turn_since is None:
        return ticket.pauses
    return (*ticket.pauses, Span(ticket.customers_turn_since, at))


def _closed(ticket: Ticket, logged: LoggedEvent, state: State) -> Ticket:
    closed = replace(
        ticket,
        status=Status.RESOLVED,
        closed_at=logged.at,
        snoozed_until=None,
        waiting_since=None,
        customers_turn_since=None,
        pauses=_paused(ticket, logged.at),
    )
    match logged.event:
        case MarkedSpam(by=by):
            return replace(closed, closed_how=Closing.SPAM, closed_by=by)
        case Merged(into=into, by=by):
            return replace(closed, closed_how=Closing.MERGED, closed_by=by, merged_into=into)
        case HandedBack(name=name):
            return replace(closed, closed_how=Closing.HANDED_BACK, closed_by=name)
        case ConversationResolved(name=name):
            left = logged.author is Author.CUSTOMER
            return replace(closed, closed_how=Closing.LEFT if left else Closing.RESOLVED, closed_by=name)
        case _:
            raise AssertionError(f"{logged.event.kind} closes nothing, yet {state.owner} has it")


def _after_closing(ticket: Ticket, logged: LoggedEvent, state: State) -> Ticket:
    match logged.event:
        case Reopened():
            return _reopened(ticket, logged.at)
        case MessageReceived() if ticket.came_back_at is None and state.reopened_at == logged.at:
            return replace(ticket, came_back_at=logged.at)
        case _:
            return _remarked(ticket, logged)


def _reopened(ticket: Ticket, at: datetime) -> Ticket:
    """As if it had never been closed, but for the time in between, in which no clock ran."""
    closed_at = ticket.closed_at or at
    return replace(
        _queued(ticket, at),
        pauses=(*ticket.pauses, Span(closed_at, at)),
        closed_at=None,
        closed_how=None,
        closed_by=None,
        merged_into=None,
        reopenings=ticket.reopenings + 1,
    )


def _with(values: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    return values if value in values else (*values, value)

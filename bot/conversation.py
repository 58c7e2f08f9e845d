"""A conversation is what its events add up to: who owns it, and what is still to be answered. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.asked import Exchange
from bot.decisions import Decision, Escalate, SmallTalk
from bot.events import (
    AnswerJudged,
    AnswerReviewed,
    ContactLeft,
    ConversationOpened,
    ConversationRated,
    ConversationResolved,
    CorrectionPublished,
    Customer,
    CustomerIdentified,
    Event,
    HandedBack,
    LoggedEvent,
    MarkedSpam,
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
    TranscriptRequested,
    Transferred,
    TurnDropped,
    Untagged,
    Woken,
)

EXCHANGES = 20
"""So many exchanges are remembered; older ones are in the log."""


class Held(StrEnum):
    """Who may speak to the customer now."""

    BOT = "bot"
    WAITING = "waiting"
    """In the queue: the bot is silent, no person has come yet."""
    PERSON = "person"
    NOBODY = "nobody"
    """Resolved."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Use BOT, WAITING, NOBODY, or `person(name)`."""

    held: Held
    name: str | None = None

    def __post_init__(self) -> None:
        if (self.held is Held.PERSON) != bool(self.name):
            raise ValueError("a person has a name, and nobody else has one")

    def __str__(self) -> str:
        return self.name or self.held.value


BOT = Owner(Held.BOT)
WAITING = Owner(Held.WAITING)
NOBODY = Owner(Held.NOBODY)


def person(name: str) -> Owner:
    return Owner(Held.PERSON, name)


class ConversationError(Exception):
    """What was asked for cannot happen in this conversation. The message says why."""


class UnknownTransition(ConversationError):
    """This event cannot follow while the conversation is held as it is."""


class OutOfOrder(ConversationError):
    """An event was folded that is not the next one."""


class NotYourTurn(ConversationError):
    """Somebody else owns the conversation now; what was to be said is not said."""


class AlreadyAnswered(ConversationError):
    """A message got its one outcome before, or was never received."""


class StillUnanswered(ConversationError):
    """The bot owes an outcome; the conversation cannot be closed before."""


class AnotherCustomer(ConversationError):
    """This conversation belongs to somebody else."""


class Act(StrEnum):
    """What an event does to the ownership."""

    MESSAGE = "message"
    OUTCOME = "outcome"
    ESCALATION = "escalation"
    JOIN = "join"
    REPLY = "reply"
    TRANSFER = "transfer"
    RELEASE = "release"
    PROMISE = "promise"
    HAND_BACK = "hand_back"
    RESOLVE = "resolve"
    DISMISS = "dismiss"
    """Close what needs no answer here: spam, or a customer who goes on elsewhere."""
    REOPEN = "reopen"
    QUEUE_REMARK = "queue_remark"
    """Says something about an escalation that is not closed."""
    REMARK = "remark"
    """Says something about the conversation and changes nothing of who holds it."""


TRANSITIONS: Mapping[tuple[Held, Act], Held] = {
    (Held.BOT, Act.MESSAGE): Held.BOT,
    (Held.BOT, Act.OUTCOME): Held.BOT,
    (Held.BOT, Act.ESCALATION): Held.WAITING,
    (Held.BOT, Act.JOIN): Held.PERSON,
    (Held.BOT, Act.RESOLVE): Held.NOBODY,
    (Held.WAITING, Act.MESSAGE): Held.WAITING,
    (Held.WAITING, Act.JOIN): Held.PERSON,
    (Held.WAITING, Act.TRANSFER): Held.WAITING,
    (Held.WAITING, Act.PROMISE): Held.WAITING,
    (Held.WAITING, Act.HAND_BACK): Held.BOT,
    (Held.WAITING, Act.RESOLVE): Held.NOBODY,
    (Held.WAITING, Act.DISMISS): Held.NOBODY,
    (Held.WAITING, Act.QUEUE_REMARK): Held.WAITING,
    (Held.PERSON, Act.MESSAGE): Held.PERSON,
    (Held.PERSON, Act.REPLY): Held.PERSON,
    (Held.PERSON, Act.JOIN): Held.PERSON,
    (Held.PERSON, Act.TRANSFER): Held.WAITING,
    (Held.PERSON, Act.RELEASE): Held.WAITING,
    (Held.PERSON, Act.PROMISE): Held.PERSON,
    (Held.PERSON, Act.HAND_BACK): Held.BOT,
    (Held.PERSON, Act.RESOLVE): Held.NOBODY,
    (Held.PERSON, Act.DISMISS): Held.NOBODY,
    (Held.PERSON, Act.QUEUE_REMARK): Held.PERSON,
    (Held.NOBODY, Act.MESSAGE): Held.BOT,
    (Held.NOBODY, Act.ESCALATION): Held.WAITING,
    (Held.NOBODY, Act.REOPEN): Held.WAITING,
    **{(held, Act.REMARK): held for held in Held},
}
"""What may follow what. A pair that is not here raises UnknownTransition."""


@dataclass(frozen=True, slots=True)
class Message:
    """A customer's message that nobody has answered yet."""

    position: int
    text: str


@dataclass(frozen=True, slots=True)
class LastOutcome:
    position: int
    outcome: Decision
    failed: bool = False
    """The customer said that it did not help."""


@dataclass(frozen=True, slots=True)
class State:
    owner: Owner
    epoch: int
    """Grows with each change of owner, and when who was given it comes: whoever acts on an older one acts
    too late."""
    position: int
    """Of the last event."""
    opened_at: datetime
    joined: bool = False
    """The person who owns it has come: took it, or wrote. Until then the customer waits for them."""
    given_by: str | None = None
    """The colleague who gave it to its owner, until they come."""
    language: str | None = None
    door: str = "terminal"
    site: str | None = None
    page: str | None = None
    customer: Customer | None = None
    contact: str | None = None
    """The e-mail address that the customer left, which nobody has checked."""
    reopened_at: datetime | None = None
    last_message: str = ""
    """Of the customer, since the conversation was opened or last reopened."""
    unanswered: tuple[Message, ...] = ()
    """Oldest first. The bot owes them an outcome when it owns the conversation, else the people do."""
    exchanges: tuple[Exchange, ...] = ()
    """The last ones since the bot took over, led by what a person settled just before."""
    failures: int = 0
    """Outcomes in a row that did not help."""
    last_outcome: LastOutcome | None = None
    """None also after a hand back or a reopening."""
    tags: tuple[str, ...] = ()
    """Of the entry that was nearest to the last question: a person is chosen by it. Forgotten likewise."""

    @property
    def is_waiting(self) -> bool:
        """For a person: for anyone, or for the one whom it was given to."""
        return self.owner == WAITING or (self.owner.held is Held.PERSON and not self.joined)

    @property
    def unanswered_positions(self) -> tuple[int, ...]:
        return tuple(message.position for message in self.unanswered)


def fold(events: Iterable[LoggedEvent]) -> State:
    """The state after these events of one conversation, in their order. Raises ConversationError."""
    state: State | None = None
    for logged in events:
        state = step(state, logged)
    if state is None:
        raise UnknownTransition("a conversation without events was never opened")
    return state


def step(state: State | None, logged: LoggedEvent) -> State:
    """The state after one more event; None stands for a conversation that is not open yet."""
    if state is None:
        return _opened(logged)
    if logged.position != state.position + 1:
        raise OutOfOrder(f"expected position {state.position + 1}, got {logged.position}")
    if isinstance(logged.event, ConversationResolved) and state.owner == BOT and state.unanswered:
        raise StillUnanswered("the bot still owes this customer an outcome")
    if isinstance(logged.event, PromiseMade) and not state.is_waiting:
        raise UnknownTransition("a promise is for who waits")
    owner = next_owner(state.owner, logged.event)
    joined = owner.held is Held.PERSON and _has_come(logged.event, state.joined)
    epoch = state.epoch + (owner != state.owner or joined != state.joined)
    given_by = _giver(logged.event, state.given_by) if owner.held is Held.PERSON and not joined else None
    moved = replace(
        state, owner=owner, joined=joined, given_by=given_by, epoch=epoch, position=logged.position
    )
    if state.owner == NOBODY and owner != NOBODY:
        moved = _reopened(moved, logged)
    return _learn(moved, logged)


def next_owner(owner: Owner, event: Event) -> Owner:
    """Who owns the conversation after `event`. Raises UnknownTransition, and NotYourTurn for a reply
    or release by anybody but the person who owns it."""
    held = TRANSITIONS.get((owner.held, act_of(event)))
    if held is None:
        raise UnknownTransition(f"{event.kind} cannot happen while {owner} holds the conversation")
    if isinstance(event, ReplySent | Released) and event.name != owner.name:
        raise NotYourTurn(f"{owner} holds the conversation, not {event.name}")
    if isinstance(event, PersonJoined | PersonAssigned):
        return person(event.name)
    return owner if held is owner.held else Owner(held)


def _has_come(event: Event, before: bool) -> bool:
    match event:
        case PersonJoined() | ReplySent():
            return True
        case PersonAssigned():
            return False
        case _:
            return before


def _giver(event: Event, before: str | None) -> str | None:
    return event.by if isinstance(event, PersonAssigned) else before


def act_of(event: Event) -> Act:
    match event:
        case MessageReceived():
            return Act.MESSAGE
        case OutcomeGiven(outcome=Escalate()):
            return Act.ESCALATION
        case OutcomeGiven():
            return Act.OUTCOME
        case PersonJoined() | PersonAssigned():
            return Act.JOIN
        case ReplySent():
            return Act.REPLY
        case Transferred():
            return Act.TRANSFER
        case Released():
            return Act.RELEASE
        case PromiseMade():
            return Act.PROMISE
        case HandedBack():
            return Act.HAND_BACK
        case ConversationResolved():
            return Act.RESOLVE
        case MarkedSpam() | Merged():
            return Act.DISMISS
        case Reopened():
            return Act.REOPEN
        case Snoozed() | Woken() | ServiceLevelWarned() | ServiceLevelBreached():
            return Act.QUEUE_REMARK
        case TurnDropped() | CustomerIdentified() | ContactLeft() | NoteWritten():
            return Act.REMARK
        case ReplyEdited() | ReplyWithdrawn():
            return Act.REMARK
        case Tagged() | Untagged() | Prioritised() | ConversationRated() | TranscriptRequested():
            return Act.REMARK
        case AnswerJudged() | AnswerReviewed() | CorrectionPublished():
            return Act.REMARK
        case ConversationOpened():
            raise UnknownTransition("a conversation is opened once, by its first event")


def _opened(logged: LoggedEvent) -> State:
    if not isinstance(logged.event, ConversationOpened) or logged.position != 1:
        raise UnknownTransition(f"{logged.event.kind} cannot open a conversation")
    opened = logged.event
    return State(
        BOT,
        epoch=0,
        position=1,
        opened_at=logged.at,
        language=opened.language,
        door=opened.door,
        site=opened.site,
        page=opened.page,
        customer=opened.customer,
    )


def _learn(state: State, logged: LoggedEvent) -> State:
    """What the event says beyond who owns the conversation."""
    match logged.event:
        case MessageReceived(text=text):
            unanswered = (*state.unanswered, Message(logged.position, text))
            return replace(state, unanswered=unanswered, last_message=text)
        case OutcomeGiven() as given:
            return _given(state, given)
        case PersonJoined() | PersonAssigned() | HandedBack():
            return _taken_over(state)
        case ReplySent():
            return _replied(state)
        case ConversationResolved() | MarkedSpam() | Merged():
            return replace(state, unanswered=())
        case AnswerJudged() as judged:
            return _judged(state, judged)
        case CustomerIdentified(customer=customer):
            return _identified(state, customer)
        case ContactLeft(email=email):
            return replace(state, contact=email)
        case _:
            return state


def _identified(state: State, customer: Customer) -> State:
    if state.customer is not None and state.customer.id != customer.id:
        raise AnotherCustomer("this conversation belongs to another customer")
    return replace(state, customer=customer)


def _given(state: State, given: OutcomeGiven) -> State:
    asked = [m for m in state.unanswered if m.position in given.answers]
    if len(asked) != len(given.answers):
        raise AlreadyAnswered(f"not all of the messages {given.answers} wait for an answer")
    if not asked and not isinstance(given.outcome, Escalate):
        raise AlreadyAnswered("an outcome that answers no message says nothing")
    state = replace(
        state,
        language=given.language or state.language,
        unanswered=tuple(m for m in state.unanswered if m not in asked),
        exchanges=_remembered(state, _exchange(asked, given.outcome, state.position)),
    )
    if isinstance(given.outcome, SmallTalk) and not given.rejected:
        return state
    return replace(
        state,
        failures=_failures(state, given),
        last_outcome=LastOutcome(state.position, given.outcome),
        tags=_tags(given.trace),
    )


def _tags(trace: Mapping[str, Any]) -> tuple[str, ...]:
    """The trace is free-form, and older ones have none."""
    match trace.get("judgement"):
        case {"tags": list(tags)}:
            return tuple(tag for tag in tags if isinstance(tag, str))
        case _:
            return ()


def _failures(state: State, given: OutcomeGiven) -> int:
    """An outcome counts once, whether it was the thumb or the words that turned it down."""
    if state.last_outcome is not None and state.last_outcome.failed:
        return state.failures
    return state.failures + 1 if given.rejected else 0


def _replied(state: State) -> State:
    answered = _exchange(state.unanswered, None, 0)
    return replace(state, unanswered=(), exchanges=_remembered(state, answered))


def _judged(state: State, judged: AnswerJudged) -> State:
    last = state.last_outcome
    if last is None or last.position != judged.position:
        return state
    if judged.useful:
        return replace(state, failures=0, last_outcome=replace(last, failed=False))
    if last.failed:
        return state
    return replace(state, failures=state.failures + 1, last_outcome=replace(last, failed=True))


def _taken_over(state: State) -> State:
    """Why it came here, or failed before, is no reason any more; what people answered is context."""
    said_by_people = tuple(exchange for exchange in state.exchanges if exchange.outcome is None)
    return replace(state, exchanges=said_by_people, failures=0, last_outcome=None, tags=())


def _reopened(state: State, logged: LoggedEvent) -> State:
    """What a colleague puts back into the queue is still about what was said last."""
    kept = state.last_message if isinstance(logged.event, Reopened) else ""
    return replace(
        state,
        reopened_at=logged.at,
        last_message=kept,
        exchanges=(),
        failures=0,
        last_outcome=None,
        tags=(),
    )


def _remembered(state: State, more: tuple[Exchange, ...]) -> tuple[Exchange, ...]:
    return (state.exchanges + more)[-EXCHANGES:]


def _exchange(messages: Iterable[Message], outcome: Decision | None, position: int) -> tuple[Exchange, ...]:
    question = "\n".join(message.text for message in messages)
    return (Exchange(question, outcome, position),) if question else ()

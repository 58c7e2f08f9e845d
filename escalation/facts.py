"""What the reports count: a conversation, and each thing the bot gave in it, as plain facts. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.conversation import Held, State
from bot.decisions import Answer, Clarify, Escalate, Reason, Route, SmallTalk
from bot.events import (
    AnswerJudged,
    ConversationRated,
    LoggedEvent,
    MarkedSpam,
    Merged,
    MessageReceived,
    OutcomeGiven,
    PersonJoined,
    Reopened,
    ReplySent,
)
from bot.recognisers.small_talk import Talk
from bot.understanding import Kind
from knowledge.lexical import stems

ANSWERING = ("answer", "route", "performed")
"""Kinds of outcome that answer, when nothing says that they did not."""
QUIET = timedelta(hours=24)
"""A conversation in which nobody says anything for so long rests, closed or not."""
REOPENED_WITHIN = timedelta(days=7)
"""Who comes back later than this has another matter, as far as anybody can tell."""
UNDO = timedelta(minutes=10)
"""A colleague who reopens what was closed just now takes back a slip."""


@dataclass(frozen=True, slots=True)
class ConversationFacts:
    conversation_id: str
    opened_at: datetime
    door: str
    site: str | None
    language: str | None
    messages: int = 0
    """Of the customer."""
    last_said_at: datetime | None = None
    """By whomever."""
    with_people: bool = False
    """Now: in the queue, or with a colleague."""
    last_outcome: str | None = None
    """Kind of the bot's last outcome that was more than small talk."""
    last_position: int | None = None
    """Of that outcome."""
    useful: bool | None = None
    """The customer's thumb on that outcome."""
    thanked: bool = False
    """After that outcome, an answer, the customer thanked or agreed in words."""
    escalated_at: datetime | None = None
    """When it first went to people, as somebody wished or as a colleague decided."""
    closed_at: datetime | None = None
    """None while it is open."""
    dismissed: bool = False
    """Spam, or the customer goes on elsewhere."""
    stars: int | None = None
    coming_back_at: datetime | None = None
    """The customer wrote again to a conversation at rest; whether they want something will be seen."""
    came_back_at: datetime | None = None
    """The first time that they did want something, within `REOPENED_WITHIN`, or a colleague reopened it."""


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """One outcome of the bot."""

    conversation_id: str
    position: int
    at: datetime
    site: str | None
    language: str | None
    kind: str
    hedged: bool
    reason: Reason | None
    """Of an escalation."""
    confidence: float
    question: str
    stems: str
    """The question's, each once, in alphabetical order, with spaces between them."""
    useful: bool | None = None
    comment: str = ""
    """With the customer's thumb."""
    escalated: bool = False
    """The next thing that the customer got was a person."""
    published_as: str | None = None
    """The entry that was made of what should have been said."""
    entry_id: str | None = None
    """What it answered from, first of all; of an escalation, what came nearest."""
    uncorrected: float | None = None
    """The confidence before labels corrected it; None for outcomes without a search."""
    threshold: float | None = None
    """What the confidence was held against."""


@dataclass(frozen=True, slots=True)
class Use:
    """An entry in an outcome."""

    entry_id: str
    cited: bool
    """Its words were quoted. Else it was shown: as a card, a link, or a choice."""


def next_facts(before: ConversationFacts | None, logged: LoggedEvent, state: State) -> ConversationFacts:
    """A conversation's facts after an event, given those before it and the state after it."""
    if before is None:
        return ConversationFacts(logged.conversation_id, logged.at, state.door, state.site, state.language)
    facts = _told(before, logged)
    closed = state.owner.held is Held.NOBODY
    with_people = state.owner.held in (Held.WAITING, Held.PERSON)
    return replace(
        facts,
        language=state.language,
        closed_at=(before.closed_at or logged.at) if closed else None,
        dismissed=facts.dismissed and closed,
        with_people=with_people,
        escalated_at=facts.escalated_at or (logged.at if with_people else None),
    )


def answer_of(logged: LoggedEvent, given: OutcomeGiven, state: State) -> AnswerFacts:
    question = _asked(given, state)
    outcome = given.outcome
    return AnswerFacts(
        logged.conversation_id,
        logged.position,
        logged.at,
        state.site,
        state.language,
        outcome.kind,
        hedged=isinstance(outcome, Answer) and outcome.hedged,
        reason=outcome.reason if isinstance(outcome, Escalate) else None,
        confidence=given.confidence,
        question=question,
        stems=" ".join(sorted(set(stems(question, state.language or "")))),
        entry_id=_entry_of(given),
        uncorrected=_uncorrected(given),
        threshold=number_in(given.trace, "threshold"),
    )


def _asked(given: OutcomeGiven, state: State) -> str:
    """What the customer wrote; of an objection, the question whose answer it refuses: that one is open."""
    if not given.answers or not state.exchanges:
        return ""
    understood = given.trace.get("understanding")
    if isinstance(understood, Mapping) and understood.get("kind") == Kind.WRONG_ANSWER.value:
        refused = understood.get("question")
        if isinstance(refused, str) and refused:
            return refused
    return state.exchanges[-1].question


def number_in(trace: Mapping[str, Any], name: str) -> float | None:
    """A trace is free-form: what is no number is left out."""
    value = trace.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _uncorrected(given: OutcomeGiven) -> float | None:
    """Traces from before there were corrections have the one confidence only."""
    found = number_in(given.trace, "uncorrected")
    return number_in(given.trace, "confidence") if found is None else found


def _entry_of(given: OutcomeGiven) -> str | None:
    match given.outcome:
        case Answer(more=more):
            return more.entry_id
        case Route(card=card):
            return card.entry_id
        case _:
            judgement = given.trace.get("judgement")
            best = judgement.get("best") if isinstance(judgement, Mapping) else None
            return best if isinstance(best, str) else None


def uses_in(given: OutcomeGiven) -> tuple[Use, ...]:
    """Each entry once."""
    found: dict[str, bool] = {}
    for use in _uses(given):
        found[use.entry_id] = found.get(use.entry_id, False) or use.cited
    return tuple(Use(entry_id, cited) for entry_id, cited in found.items())


def escalates(given: OutcomeGiven) -> bool:
    return isinstance(given.outcome, Escalate)


def says_something(given: OutcomeGiven) -> bool:
    """More than small talk."""
    return not isinstance(given.outcome, SmallTalk)


def _uses(given: OutcomeGiven) -> Iterator[Use]:
    match given.outcome:
        case Answer(citations=citations, more=more, card=card):
            yield from (Use(citation.entry_id, True) for citation in citations)
            yield Use(more.entry_id, False)
            if card is not None:
                yield Use(card.entry_id, False)
        case Route(card=card):
            yield Use(card.entry_id, False)
        case Clarify(choices=choices):
            yield from (Use(choice.entry_id, False) for choice in choices)
        case _:
            return


def _told(facts: ConversationFacts, logged: LoggedEvent) -> ConversationFacts:
    at = logged.at
    match logged.event:
        case MessageReceived():
            coming = at if _rests(facts, at) else facts.coming_back_at
            return replace(facts, messages=facts.messages + 1, last_said_at=at, coming_back_at=coming)
        case OutcomeGiven() as given:
            return _given(replace(facts, last_said_at=at), given, logged.position)
        case ReplySent():
            return _wanted(replace(facts, last_said_at=at))
        case PersonJoined():
            return _wanted(facts)
        case Reopened():
            meant = facts.closed_at is not None and at - facts.closed_at > UNDO and _rests(facts, at)
            return _wanted(replace(facts, coming_back_at=at if meant else facts.coming_back_at))
        case AnswerJudged(useful=useful, position=facts.last_position):
            return replace(facts, useful=useful)
        case ConversationRated(stars=stars):
            return replace(facts, stars=stars)
        case MarkedSpam() | Merged():
            return replace(facts, dismissed=True)
        case _:
            return facts


def _given(facts: ConversationFacts, given: OutcomeGiven, position: int) -> ConversationFacts:
    """Who only says thanks does not come back."""
    if not says_something(given):
        thanked = facts.last_outcome in ANSWERING and _pleases(given)
        return replace(facts, coming_back_at=None, thanked=facts.thanked or thanked)
    new = replace(
        facts,
        last_outcome=given.outcome.kind,
        last_position=position,
        useful=None,
        thanked=False,
    )
    return _wanted(new)


def _pleases(given: OutcomeGiven) -> bool:
    """Small talk in return for thanks, or for a yes."""
    match given.trace.get("understanding"):
        case {"talk": Talk.THANKS.value} | {"kind": Kind.CONFIRMS.value}:
            return not given.rejected
        case _:
            return False


def _wanted(facts: ConversationFacts) -> ConversationFacts:
    """Somebody had to do something again."""
    if facts.coming_back_at is None:
        return facts
    return replace(facts, came_back_at=facts.came_back_at or facts.coming_back_at, coming_back_at=None)


def _rests(facts: ConversationFacts, at: datetime) -> bool:
    """Something happened, it is over, and not for too long to have to do with what comes now."""
    if facts.messages == 0 and facts.escalated_at is None:
        return False
    if facts.closed_at is not None:
        return at - facts.closed_at <= REOPENED_WITHIN
    if facts.with_people or facts.last_outcome is None or facts.last_said_at is None:
        return False
    return QUIET <= at - facts.last_said_at <= REOPENED_WITHIN

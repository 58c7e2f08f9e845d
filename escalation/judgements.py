"""What is learnt from verdicts: labels for the calibration, and corrections that become knowledge."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.decisions import Answer, Clarify, Decision, Route
from bot.events import CorrectionPublished, LoggedEvent, MessageReceived, OutcomeGiven, Review
from bot.log import ConversationLog
from escalation.desk import Desk, NoSuchAnswer
from escalation.reports import Labelled, Reports, Scope
from escalation.roles import May, require
from escalation.roster import Agent
from knowledge.editing import Edited, Editor
from knowledge.entries import Entry
from knowledge.versions import Change

Answered = tuple[str, int]
"""A conversation, and the position of an outcome in it."""
PAGE = 200
"""Labels read at once."""

RIGHT: Mapping[Review, bool | None] = {
    Review.RIGHT: True,
    Review.WRONG_TONE: True,
    Review.INCOMPLETE: None,
    Review.WRONG: False,
    Review.SHOULD_HAVE_ESCALATED: False,
}
"""Whether the entry that the answer came from was the right one to answer from. An incomplete answer does not
tell: too little may have been quoted of the right entry, or all of a neighbour."""


@dataclass(frozen=True, slots=True)
class Label:
    """An outcome of the bot with what it knew then, and what people say of it now."""

    conversation_id: str
    position: int
    question: str
    language: str | None
    kind: str
    """Of the outcome: answer, route, clarify, escalate."""
    entry_id: str | None
    """What it answered from."""
    confidence: float
    threshold: float | None
    features: Mapping[str, float]
    """As the confidence was computed from them; empty for outcomes that did not come from a search."""
    review: Review | None
    """A colleague's; of several the last one."""
    useful: bool | None
    """The customer's thumb."""
    by_chance: bool = False
    """The colleague was shown it by lot. Others were picked, often because something seemed wrong."""

    @property
    def right(self) -> bool | None:
        """A colleague's word counts before the customer's thumb: customers turn thumbs down on right answers
        that they do not like."""
        return RIGHT[self.review] if self.review is not None else self.useful


async def labels(reports: Reports, log: ConversationLog) -> AsyncIterator[Label]:
    """All outcomes that a colleague marked or a customer judged, in the order in which they were given."""
    after: Labelled | None = None
    while page := await reports.labelled(PAGE, after):
        for labelled in page:
            outcome = await outcome_at(log, labelled.conversation_id, labelled.position)
            if outcome is not None:
                yield _label(labelled, outcome)
        after = page[-1]


async def outcome_at(log: ConversationLog, conversation_id: str, position: int) -> OutcomeGiven | None:
    events = await log.read(conversation_id)
    return outcome_in(events, position)


def outcome_in(events: Sequence[LoggedEvent], position: int) -> OutcomeGiven | None:
    found = next((logged.event for logged in events if logged.position == position), None)
    return found if isinstance(found, OutcomeGiven) else None


def asked_in(events: Sequence[LoggedEvent], given: OutcomeGiven) -> str:
    """What the customer wrote that this answers."""
    return "\n".join(
        logged.event.text
        for logged in events
        if isinstance(logged.event, MessageReceived) and logged.position in given.answers
    )


def entry_of(outcome: Decision) -> str | None:
    """What an outcome answered from, first of all."""
    match outcome:
        case Answer(more=more):
            return more.entry_id
        case Route(card=card):
            return card.entry_id
        case Clarify(choices=choices):
            return choices[0].entry_id if choices else None
        case _:
            return None


def answered_by(events: Sequence[LoggedEvent], position: int) -> str | None:
    """The entry that answers this outcome's question since somebody wrote or named it."""
    noted = [
        logged.event.entry_id
        for logged in events
        if isinstance(logged.event, CorrectionPublished) and logged.event.position == position
    ]
    return noted[-1] if noted else None


async def to_mark(reports: Reports, scope: Scope, seed: str) -> list[tuple[str, int]]:
    """Answers that nobody marked yet, in an order that is chance: judging them in it gives a precision that
    is true of all of them. The same seed gives the same order."""
    unmarked = sorted(await reports.unmarked(scope))
    random.Random(seed).shuffle(unmarked)
    return unmarked


class Corrections:
    """From what should have been said to knowledge. Every method raises NotAllowed for who may not."""

    def __init__(self, desk: Desk, editor: Editor, log: ConversationLog) -> None:
        self._desk = desk
        self._editor = editor
        self._log = log

    async def publish(self, entry: Entry, of: Sequence[Answered], who: Agent, change: Change) -> Edited:
        """A new entry out of corrections and unanswered questions: `of` are conversations with the positions
        of their outcomes, which are noted to be answered by it from now on.

        Raises NoSuchAnswer before anything is done, EntryRefused, EntryChanged."""
        require(who, May.PUBLISH_CORRECTION)
        for conversation_id, position in of:
            if await outcome_at(self._log, conversation_id, position) is None:
                raise NoSuchAnswer(f"the bot gave no outcome at position {position} of {conversation_id}")
        made = await self._editor.create(entry, change)
        await self.note(made.entry.id, of, who)
        return made

    async def amend(
        self, entry: Entry, seen: str, of: Sequence[Answered], who: Agent, change: Change
    ) -> Edited:
        """The same by changing an entry that there is. Raises as `publish`."""
        require(who, May.PUBLISH_CORRECTION)
        made = await self._editor.edit(entry, seen, change)
        await self.note(made.entry.id, of, who)
        return made

    async def unpublished(self, entry_id: str, of: Sequence[Answered]) -> list[Answered]:
        """Those of them that are not answered by this entry."""
        return [one for one in of if await self._published_as(one) != entry_id]

    async def take_back(self, entry_id: str, of: Sequence[Answered], who: Agent) -> None:
        """These outcomes are answered by this entry no more: their corrections wait for a lead again. What
        another entry answers since then stays so."""
        require(who, May.PUBLISH_CORRECTION)
        for conversation_id, position in of:
            if await self._published_as((conversation_id, position)) == entry_id:
                await self._desk.published(conversation_id, who, position, None)

    async def note(self, entry_id: str, of: Sequence[Answered], who: Agent) -> None:
        """These outcomes are answered by this entry from now on. Raises NoSuchAnswer."""
        for conversation_id, position in of:
            await self._desk.published(conversation_id, who, position, entry_id)

    async def _published_as(self, of: Answered) -> str | None:
        conversation_id, position = of
        return answered_by(await self._log.read(conversation_id), position)


def _label(labelled: Labelled, given: OutcomeGiven) -> Label:
    trace = given.trace
    return Label(
        labelled.conversation_id,
        labelled.position,
        labelled.question,
        labelled.language,
        given.outcome.kind,
        entry_of(given.outcome),
        given.confidence,
        _number(trace.get("threshold")),
        dict(_numbers(trace.get("features"))),
        labelled.review,
        labelled.useful,
        labelled.by_chance,
    )


def _numbers(traced: Any) -> Mapping[str, float]:
    """A trace is free-form: what is no number is not learnt from."""
    if not isinstance(traced, Mapping):
        return {}
    return {str(name): number for name, value in traced.items() if (number := _number(value)) is not None}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

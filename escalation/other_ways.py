"""A customer's question → another way to ask for the entry that answers it. Pure.

What is in doubt is not offered: a way to ask that leads elsewhere harms everybody who asks alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from bot.decisions import Answer, Route
from bot.events import (
    AnswerReviewed,
    ConversationOpened,
    CustomerIdentified,
    LoggedEvent,
    OutcomeGiven,
    Review,
)
from escalation.drafting import without_personal_data
from escalation.judgements import RIGHT, Answered, asked_in, entry_of
from knowledge.editing import MOST_QUESTIONS
from knowledge.entries import Audience, Entry
from knowledge.lexical import words

LONGEST = 300
"""Characters: whoever writes more tells a story rather than asks a question."""
COLLEAGUES_ASK = frozenset({"slack"})
"""Doors at which colleagues ask like customers: the log does not tell one from the other."""


NOT_IT = frozenset({Review.WRONG, Review.INCOMPLETE, Review.SHOULD_HAVE_ESCALATED})
"""Marks of answers that another entry might have given. A wrong tone is no matter of the entry."""


class Unfit(Enum):
    """Why a question does not belong to an entry's ways to ask."""

    FOR_STAFF = "for staff"
    """The entry."""
    COLLEAGUES = "a colleague's"
    """Or perhaps a colleague's: the door does not tell."""
    NO_QUESTION = "no question"
    """A reaction, a choice, a wish for a person, or an attack."""
    LEANS = "leans"
    """On what was said before it, or it may."""
    LANGUAGE = "language"
    """It is not in the entry's."""
    FULL = "full"
    """The entry."""
    WORDLESS = "wordless"
    LONG = "long"
    THERE = "there"
    """Already."""


@dataclass(frozen=True, slots=True)
class Posed:
    """A question, with the conversation that it was asked in."""

    of: Answered
    events: Sequence[LoggedEvent]
    given: OutcomeGiven

    @property
    def question(self) -> str:
        """In the customer's words, without personal data."""
        given = self.given
        asked = without_personal_data(asked_in(self.events, given), given.language, _names(self.events))
        return " ".join(asked.split())


@dataclass(frozen=True, slots=True)
class Led:
    """Where a question leads once somebody named the entry that answers it."""

    posed: Posed
    entry_id: str
    """The named one, or the one that says the same in the language of the question."""
    unfit: Unfit | None
    """Why it does not become another way to ask; the entry answers it all the same."""


def led(entry: Entry, twins: Sequence[Entry], questions: Sequence[Posed]) -> tuple[list[Led], list[Entry]]:
    """Each question to the entry of its own language; and those entries, with what was added to them."""
    grown = {one.id: one for one in (entry, *twins)}
    found = []
    for posed in questions:
        language = posed.given.language
        into = next((one for one in grown.values() if one.language == language), grown[entry.id])
        unfit = unfit_for(into, posed)
        if unfit is None:
            grown[into.id] = replace(into, questions=(*into.questions, posed.question))
        found.append(Led(posed, into.id, unfit))
    return found, [one for one in grown.values() if any(each.entry_id == one.id for each in found)]


def not_it(events: Sequence[LoggedEvent]) -> dict[int, OutcomeGiven]:
    """What the bot said, by its positions, of which a colleague said last that it was not the answer."""
    last = {event.position: event.review for event in _standing(events)}
    return {
        logged.position: logged.event
        for logged in events
        if isinstance(logged.event, OutcomeGiven) and last.get(logged.position) in NOT_IT
    }


def ruled_out(posed: Posed) -> str | None:
    """The entry that the bot answered from, where a colleague said last that it was the wrong one."""
    last = [event.review for event in _standing(posed.events) if event.position == posed.of[1]][-1:]
    answered = isinstance(posed.given.outcome, Answer | Route)
    wrong = any(review is not None and RIGHT[review] is False for review in last)
    return entry_of(posed.given.outcome) if answered and wrong else None


def confirmed(events: Sequence[LoggedEvent]) -> dict[int, OutcomeGiven]:
    """The answers, by their positions, of which a colleague said last that they were right, and for which
    nobody proposed other words."""
    said = _standing(events)
    doubted = {event.position for event in said if event.correction}
    last = {event.position: event.review for event in said}
    return {
        logged.position: logged.event
        for logged in events
        if isinstance(logged.event, OutcomeGiven)
        and isinstance(logged.event.outcome, Answer | Route)
        and last.get(logged.position) is Review.RIGHT
        and logged.position not in doubted
    }


def question_for(entry: Entry, posed: Posed) -> str | None:
    """As it would be added; None where it does not belong to the entry's ways to ask."""
    return posed.question if unfit_for(entry, posed) is None else None


def unfit_for(entry: Entry, posed: Posed) -> Unfit | None:
    """What stands against adding it, first of all what is so whatever the entry is."""
    return (
        unfit_anywhere(posed)
        or (Unfit.FOR_STAFF if entry.audience is not Audience.PUBLIC else None)
        or (Unfit.LANGUAGE if posed.given.language != entry.language else None)
        or (Unfit.THERE if _is_there(posed.question, entry) else None)
        or (Unfit.FULL if len(entry.questions) >= MOST_QUESTIONS else None)
    )


def unfit_anywhere(posed: Posed) -> Unfit | None:
    if _is_internal(posed.events):
        return Unfit.COLLEAGUES
    return _not_alone(posed.given) or _unwritable(posed.question)


def _unwritable(question: str) -> Unfit | None:
    if not _key(question):
        return Unfit.WORDLESS
    return Unfit.LONG if len(question) > LONGEST else None


def _is_there(question: str, entry: Entry) -> bool:
    return _key(question) in {_key(one) for one in (entry.title, *entry.questions)}


def _standing(events: Sequence[LoggedEvent]) -> list[AnswerReviewed]:
    """Each colleague's last word on each answer, in their order."""
    said: dict[tuple[int, str], AnswerReviewed] = {}
    for logged in events:
        if isinstance(event := logged.event, AnswerReviewed):
            said.pop((event.position, event.by), None)
            if event.review is not None:
                said[event.position, event.by] = event
    return list(said.values())


def _not_alone(given: OutcomeGiven) -> Unfit | None:
    """It is more or less than a question: a reaction, an attack, or asked after what it may lean on."""
    understood: Any = given.trace.get("understanding")
    if not isinstance(understood, Mapping) or understood.get("kind") != "question":
        return Unfit.NO_QUESTION
    if given.rejected or understood.get("rejects") or understood.get("injection"):
        return Unfit.NO_QUESTION
    return Unfit.LEANS if understood.get("context") or understood.get("background") else None


def _is_internal(events: Iterable[LoggedEvent]) -> bool:
    opened = (logged.event for logged in events if isinstance(logged.event, ConversationOpened))
    return any(event.door in COLLEAGUES_ASK for event in opened)


def _names(events: Iterable[LoggedEvent]) -> list[str]:
    """The customer's, as far as the company knows it."""
    customers = (
        logged.event.customer
        for logged in events
        if isinstance(logged.event, ConversationOpened | CustomerIdentified)
    )
    return [customer.name for customer in customers if customer and customer.name]


def _key(question: str) -> str:
    return " ".join(words(question))

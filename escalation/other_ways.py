"""A customer's question → another way to ask for the entry that answers it. Pure.

What is in doubt is not offered: a way to ask that leads elsewhere harms everybody who asks alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
from escalation.judgements import asked_in
from knowledge.editing import MOST_QUESTIONS
from knowledge.entries import Audience, Entry
from knowledge.lexical import words

LONGEST = 300
"""Characters: whoever writes more tells a story rather than asks a question."""
COLLEAGUES_ASK = frozenset({"slack"})
"""Doors at which colleagues ask like customers: the log does not tell one from the other."""


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


def question_for(entry: Entry, events: Sequence[LoggedEvent], given: OutcomeGiven) -> str | None:
    """In the customer's words, without personal data. None where it does not belong to the entry's ways to
    ask: it leans on what was said before, was asked by a colleague or in another language, or is there
    already; or the entry is for staff only."""
    if not _stands_alone(given) or _is_internal(events) or entry.audience is not Audience.PUBLIC:
        return None
    if given.language != entry.language or len(entry.questions) >= MOST_QUESTIONS:
        return None
    asked = without_personal_data(asked_in(events, given), given.language, _names(events))
    question = " ".join(asked.split())
    known = {_key(one) for one in (entry.title, *entry.questions)}
    if not _key(question) or len(question) > LONGEST or _key(question) in known:
        return None
    return question


def _standing(events: Sequence[LoggedEvent]) -> list[AnswerReviewed]:
    """Each colleague's last word on each answer, in their order."""
    said: dict[tuple[int, str], AnswerReviewed] = {}
    for logged in events:
        if isinstance(event := logged.event, AnswerReviewed):
            said.pop((event.position, event.by), None)
            if event.review is not None:
                said[event.position, event.by] = event
    return list(said.values())


def _stands_alone(given: OutcomeGiven) -> bool:
    """A question, and nothing else: neither a reaction nor an attack, and nothing was asked before it that it
    may lean on."""
    understood: Any = given.trace.get("understanding")
    if not isinstance(understood, Mapping) or understood.get("kind") != "question" or given.rejected:
        return False
    return not any(understood.get(name) for name in ("context", "background", "rejects", "injection"))


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

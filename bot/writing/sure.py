"""Questions for which a model has nothing to add: the entry asks them itself, and its answer is short."""

from __future__ import annotations

from bot.decisions import Answer
from bot.judging import Judgement, Verdict
from bot.restating.vocabulary import are_one, telling
from knowledge.entries import Entry

ALIKE = 0.75
"""Share of telling words that two questions must have in common, of all that either has."""
LONGER = 1.25
"""A quotation is short up to so many times the brief's length."""


def is_sure_quotation(judgement: Judgement, quoted: Answer, question: str, entry: Entry, room: int) -> bool:
    """Whether search is sure, the question is nearly the title or one of the entry's own questions, and what
    would be quoted is about as long as the brief wants answers to be."""
    return (
        judgement.verdict is Verdict.SURE
        and sum(len(citation.quote) for citation in quoted.citations) <= room * LONGER
        and any(_alike(question, head, entry.language) for head in (entry.title, *entry.questions))
    )


def _alike(question: str, head: str, language: str) -> bool:
    asked, known = set(telling(question, language)), set(telling(head, language))
    shared = sum(any(are_one(key, other) for other in known) for key in asked)
    return bool(asked) and shared / (len(asked) + len(known) - shared) >= ALIKE

"""What colleagues say of the bot's answers: labels to learn from, and corrections to publish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.events import AnswerReviewed, CorrectionPublished, LoggedEvent, Review


@dataclass(frozen=True, slots=True)
class Judgement:
    """One colleague's label on one outcome of the bot."""

    conversation_id: str
    position: int
    """Of the outcome; `ConversationLog.read` has it with its trace."""
    by: str
    review: Review
    correction: str | None
    note: str
    at: datetime
    sequence: int
    """In the log: the order in which they were given."""
    published_as: str | None = None
    """The entry that the correction became."""
    by_chance: bool = False
    """The answer was drawn by lot when they first said something of it."""


Key = tuple[str, int, str]
"""Conversation, position, colleague."""


def judged(before: Judgement | None, logged: LoggedEvent, reviewed: AnswerReviewed) -> Judgement | None:
    """What this colleague says now; None when they took it back."""
    if reviewed.review is None:
        return None
    return Judgement(
        logged.conversation_id,
        reviewed.position,
        reviewed.by,
        reviewed.review,
        reviewed.correction,
        reviewed.note,
        logged.at,
        logged.sequence,
        before.published_as if before and before.correction == reviewed.correction else None,
        before.by_chance if before else reviewed.by_chance,
    )


def published(judgement: Judgement, event: CorrectionPublished) -> Judgement:
    return replace(judgement, published_as=event.entry_id) if judgement.correction else judgement


class Reviews(Protocol):
    """A projection of the log: written only by it. Every method may raise ReviewsUnavailable."""

    async def of(self, conversation_id: str) -> Sequence[Judgement]:
        """By position, then in the order they were given."""
        ...

    async def latest(
        self,
        limit: int = 50,
        review: Review | None = None,
        to_publish: bool | None = None,
        before: int | None = None,
    ) -> Sequence[Judgement]:
        """Latest first. `to_publish`: whether it is a correction that is no entry yet; `before`: the sequence
        of the last one of the page before."""
        ...


class ReviewsUnavailable(Exception):
    """The store does not answer now; try again."""

"""What a turn may have written for it. Without a model nothing is, and the quotation stands."""

from __future__ import annotations

from typing import Any, Protocol

from bot.asked import Asked, Shown
from bot.decisions import Answer
from bot.judging import Judgement
from bot.restating.meaning import Meaning, NoMeaning
from bot.understanding import Understanding
from knowledge.evidence import Evidence


class Sheet(Protocol):
    """Of one turn. Whatever goes wrong with a model ends in what there is without one."""

    @property
    def meaning(self) -> Meaning:
        """What the last look at an answer judges likeness by."""
        ...

    async def question(self, understood: Understanding) -> Understanding:
        """A follow-up as a question that stands alone, where that worked."""
        ...

    async def answer(
        self,
        quoted: Answer,
        judgement: Judgement,
        evidence: Evidence,
        understood: Understanding,
        shown: Shown,
    ) -> Answer | None:
        """The quotation restated, or in the customer's language; None to send it as it is."""
        ...

    def refuse(self) -> None:
        """What was written last did not pass the last look."""
        ...

    async def summary(self, asked: Asked, language: str) -> None:
        """One line for the person who takes over, kept in the trace."""
        ...

    def as_trace(self) -> dict[str, Any] | None:
        """JSON-able; None when no model was asked, or might have been."""
        ...


class Blank:
    """No model."""

    meaning: Meaning = NoMeaning()

    async def question(self, understood: Understanding) -> Understanding:
        return understood

    async def answer(
        self,
        quoted: Answer,
        judgement: Judgement,
        evidence: Evidence,
        understood: Understanding,
        shown: Shown,
    ) -> Answer | None:
        return None

    def refuse(self) -> None: ...

    async def summary(self, asked: Asked, language: str) -> None: ...

    def as_trace(self) -> dict[str, Any] | None:
        return None

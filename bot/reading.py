"""Somebody reads whether a passage answers: a decision model, asked without personal data."""

from __future__ import annotations

from bot.masking import Masks
from bot.models.decider import YES_NO, Decider, DeciderFailed
from knowledge.ports import ReaderFailed

LONGEST_PASSAGE = 3000
"""Characters that are read."""
ASKED = "Does the article answer the customer's question?"


class DecidingReader:
    """Asks a decision model; where that fails it is a ReaderFailed, and the search goes on without."""

    def __init__(self, decider: Decider) -> None:
        self._decider = decider

    @property
    def name(self) -> str:
        return self._decider.name

    async def answers(self, question: str, passage: str) -> float:
        asked = Masks().mask(question)
        context = f"A customer asks: {asked}\n\nAn article says:\n{passage[:LONGEST_PASSAGE]}"
        try:
            return (await self._decider.decide(ASKED, YES_NO, context))["yes"]
        except DeciderFailed as error:
            raise ReaderFailed(str(error)) from error

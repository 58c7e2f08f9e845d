"""Somebody reads whether a passage answers: a decision model, asked without personal data."""

from __future__ import annotations

import asyncio

from bot.masking import Masks
from bot.models.decider import YES_NO, Decider, DeciderFailed
from bot.models.fuse import Fuse
from knowledge.ports import ReaderFailed

LONGEST_PASSAGE = 3000
"""Characters that are read."""
ASKED = "Does the article answer the customer's question?"


class DecidingReader:
    """Asks a decision model; whatever goes wrong is a ReaderFailed, and the search goes on without.

    One that fails again and again is left alone for a while: no customer waits for a dead server."""

    def __init__(self, decider: Decider, seconds: float, fuse: Fuse | None = None) -> None:
        self._decider = decider
        self._seconds = seconds
        self._fuse = fuse or Fuse()

    @property
    def name(self) -> str:
        return self._decider.name

    async def answers(self, question: str, passage: str) -> float:
        if self._fuse.is_open:
            raise ReaderFailed(f"{self.name}: it failed again and again, and rests")
        self._fuse.tried()
        asked = Masks().mask(question)
        context = f"A customer asks: {asked}\n\nAn article says:\n{passage[:LONGEST_PASSAGE]}"
        try:
            async with asyncio.timeout(self._seconds):
                found = await self._decider.decide(ASKED, YES_NO, context)
        except TimeoutError as error:
            self._fuse.ended(well=False)
            raise ReaderFailed(f"{self.name}: nothing within {self._seconds:g} seconds") from error
        except DeciderFailed as error:
            self._fuse.ended(well=False)
            raise ReaderFailed(str(error)) from error
        self._fuse.ended(well=True)
        return found["yes"]

    async def close(self) -> None:
        await self._decider.close()

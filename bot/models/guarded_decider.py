"""A decision model that nobody waits for: it has its time, and rests after failing again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from bot.models.decider import Decider, DeciderFailed
from bot.models.fuse import Fuse


class GuardedDecider:
    """A Decider like the one it guards."""

    def __init__(self, decider: Decider, seconds: float, fuse: Fuse | None = None) -> None:
        self._decider = decider
        self._seconds = seconds
        self._fuse = fuse or Fuse()

    @property
    def name(self) -> str:
        return self._decider.name

    async def decide(self, question: str, options: Sequence[str], context: str) -> Mapping[str, float]:
        if self._fuse.is_open:
            raise DeciderFailed(f"{self.name}: it failed again and again, and rests")
        self._fuse.tried()
        try:
            async with asyncio.timeout(self._seconds):
                found = await self._decider.decide(question, options, context)
        except TimeoutError as error:
            self._fuse.ended(well=False)
            raise DeciderFailed(f"{self.name}: nothing within {self._seconds:g} seconds") from error
        except DeciderFailed:
            self._fuse.ended(well=False)
            raise
        self._fuse.ended(well=True)
        return found

    async def close(self) -> None:
        await self._decider.close()

"""A model that fails again and again is left alone for a while: nobody waits for a dead server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from bot.models.fuse import FAILURES, REST, Fuse
from bot.models.port import ChatModel, Delta, ModelResting, Prompt

SILENT = 2.0
"""Seconds without a word, after which a listener who leaves has left a failed model."""


class Breaker:
    """Is the model it guards, while that works."""

    def __init__(
        self,
        model: ChatModel,
        *,
        failures: int = FAILURES,
        rest: float = REST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._model = model
        self._clock = clock
        self._fuse = Fuse(failures=failures, rest=rest, clock=clock)

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def is_resting(self) -> bool:
        return self._fuse.is_open

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        if self.is_resting:
            raise ModelResting(f"{self.name} failed again and again, and rests")
        self._fuse.tried()
        heard: float | None = None
        is_well = False
        try:
            async with aclosing(self._model.stream(prompt)) as deltas:
                async for delta in deltas:
                    heard = self._clock()
                    yield delta
            is_well = True
        except GeneratorExit:
            is_well = True  # whoever listens had heard enough
            raise
        except asyncio.CancelledError:
            # The listener's patience ran out: with a slow model, or with one that has fallen silent?
            is_well = heard is not None and self._clock() - heard < SILENT
            raise
        finally:
            self._fuse.ended(well=is_well)

    async def close(self) -> None:
        await self._model.close()

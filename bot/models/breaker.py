"""A model that fails again and again is left alone for a while: nobody waits for a dead server.

A circuit breaker (Nygard, Release It!, 2007): closed, open for a time, then one trial.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from bot.models.port import ChatModel, Delta, ModelResting, Prompt

FAILURES = 3
"""So many in a row, and the model rests."""
REST = 60.0
"""Seconds."""


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
        self._most = failures
        self._rest = rest
        self._clock = clock
        self._failures = 0
        self._until = 0.0

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def is_resting(self) -> bool:
        return self._failures >= self._most and self._clock() < self._until

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        if self.is_resting:
            raise ModelResting(f"{self.name} failed {self._failures} times in a row and rests")
        # Until this trial has ended, the others wait as before.
        self._until = self._clock() + self._rest
        finished = False
        try:
            async with aclosing(self._model.stream(prompt)) as deltas:
                async for delta in deltas:
                    yield delta
            finished = True
        except GeneratorExit:
            finished = True  # whoever listens had heard enough
            raise
        finally:
            # Also when the listener's patience ran out: that cancels, and raises no ModelFailed.
            self._failures = 0 if finished else self._failures + 1

    async def close(self) -> None:
        await self._model.close()

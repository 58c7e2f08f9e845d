"""When something that failed again and again is to be left alone for a while."""

from __future__ import annotations

import time
from collections.abc import Callable

FAILURES = 3
"""So many in a row, and it rests."""
REST = 60.0
"""Seconds."""


class Fuse:
    """A circuit breaker's state (Nygard, Release It!, 2007): closed, open for a time, then one trial."""

    def __init__(
        self,
        *,
        failures: int = FAILURES,
        rest: float = REST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = failures
        self._rest = rest
        self._clock = clock
        self._failures = 0
        self._until = 0.0

    @property
    def is_open(self) -> bool:
        return self._failures >= self._most and self._clock() < self._until

    def tried(self) -> None:
        """Until this trial has ended, the others wait as before."""
        self._until = self._clock() + self._rest

    def ended(self, *, well: bool) -> None:
        self._failures = 0 if well else self._failures + 1

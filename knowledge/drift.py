"""Has something changed between two periods, or is it chance? Pure. Little data never raises an alarm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CHANCE = 0.01
"""How often an alarm may be false."""
_DEVIATIONS = 2.576
"""Standard errors to either side that hold 99 in 100."""
FEWEST = 50
"""Questions that either period must have."""
FEWEST_JUDGED = 20
NOTABLE = 0.15
"""A smaller distance is of no consequence, however sure it is."""


@dataclass(frozen=True, slots=True)
class Drift:
    before: int
    now: int
    """So many were compared."""
    change: float | None
    """None where there are too few to say."""
    bound: float | None
    """What chance alone stays below, 99 times in 100."""

    @property
    def is_alarming(self) -> bool:
        return self.change is not None and self.bound is not None and abs(self.change) > self.bound


def shape_drift(before: Sequence[float], now: Sequence[float]) -> Drift:
    """Kolmogorov and Smirnov's statistic, the largest distance between the two cumulative distributions, with
    its bound for two samples (1933, 1939). No less than `NOTABLE` alarms."""
    n, m = len(before), len(now)
    if min(n, m) < FEWEST:
        return Drift(n, m, None, None)
    old, new = np.sort(before), np.sort(now)
    places = np.concatenate((old, new))
    distance = np.abs(
        np.searchsorted(old, places, side="right") / n - np.searchsorted(new, places, side="right") / m
    ).max()
    bound = math.sqrt(-math.log(CHANCE / 2) / 2 * (n + m) / (n * m))
    return Drift(n, m, float(distance), max(bound, NOTABLE))


def share_drift(right_before: int, before: int, right_now: int, now: int) -> Drift:
    """The difference of two shares against its standard error if they were one (pooled)."""
    if min(before, now) < FEWEST_JUDGED:
        return Drift(before, now, None, None)
    pooled = (right_before + right_now) / (before + now)
    error = math.sqrt(pooled * (1 - pooled) * (1 / before + 1 / now))
    return Drift(before, now, right_now / now - right_before / before, max(_DEVIATIONS * error, 0.02))

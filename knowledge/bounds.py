"""Lower bounds on a share that was only sampled. Pure."""

from __future__ import annotations

from math import lgamma

import numpy as np
from numpy.typing import NDArray

_HALVINGS = 30
"""Of the interval that a bound lies in."""


def least_share(
    share: NDArray[np.float64], count: NDArray[np.float64], sureness: float
) -> NDArray[np.float64]:
    """Clopper and Pearson's (1934) one-sided bound: with this sureness the true share is no smaller.

    Weighted counts need not be whole: they are rounded down, and what was right among them too, so that the
    bound errs to the safe side.
    """
    whole = np.floor(count + 1e-9).astype(int)
    good = np.floor(share * whole + 1e-9).astype(int)
    return np.array([_bound(int(k), int(n), sureness) for k, n in zip(good, whole, strict=True)], float)


def _bound(good: int, count: int, sureness: float) -> float:
    """The share with which `good` or more of `count` come up with a probability of 1 - sureness."""
    if good == 0:
        return 0.0
    seen = range(good, count + 1)
    choices = np.array([lgamma(count + 1) - lgamma(k + 1) - lgamma(count - k + 1) for k in seen])
    yes = np.arange(good, count + 1)
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        tail = np.exp(choices + yes * np.log(middle) + (count - yes) * np.log1p(-middle)).sum()
        low, high = (low, middle) if tail > 1 - sureness else (middle, high)
    return low

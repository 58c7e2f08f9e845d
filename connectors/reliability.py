"""Does the confidence mean what it says, and what would daring more cost? From judged answers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from escalation.reports import Share

BINS = 10
LEAST = 10
"""Judged answers in a bin."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about the same confidence."""

    said: float
    """Their mean confidence."""
    right: Share


@dataclass(frozen=True, slots=True)
class Point:
    """What answering from some confidence on would mean."""

    confidence: float
    sent: float
    """Share of all questions."""
    right: Share
    """Of those judged."""


def reliability(confidence: Sequence[float], right: Sequence[bool]) -> list[Bin]:
    """Up to ten equally full bins, the least confident first."""
    order = np.argsort(confidence, kind="stable")
    bins = np.array_split(order, max(1, min(BINS, len(order) // LEAST)))
    return [
        Bin(float(np.mean([confidence[n] for n in rows])), Share(sum(right[n] for n in rows), len(rows)))
        for rows in bins
        if len(rows)
    ]


def trade_off(
    asked: Sequence[float], confidence: Sequence[float], right: Sequence[bool], points: int = 12
) -> list[Point]:
    """The precision that was judged against the share of questions that were `asked` at least so confidently,
    the most confident first. Nothing is said of confidences below the least that was judged."""
    ordered = np.sort(np.array(asked))
    sure, marked = np.array(confidence), np.array(right, bool)
    found: list[Point] = []
    limits = np.quantile(sure, np.linspace(0, 1, points + 1)[:-1]).tolist()
    for limit in sorted(set(limits), reverse=True):
        above = sure >= limit
        sent = 1 - float(np.searchsorted(ordered, limit, side="left")) / len(ordered)
        if above.sum() >= LEAST:
            found.append(Point(limit, sent, Share(int(marked[above].sum()), int(above.sum()))))
    return found

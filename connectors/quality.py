"""How good the answers were: figures over predictions, each saying how it counts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray

from connectors.benchmark_set import JudgedQuestion

SENT = ("answer", "route")
"""Decisions that tell the customer something, and so can be wrong."""
BINS = 10


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the turn made of one question."""

    id: str
    ranked: tuple[str, ...]
    """Entry ids, best first, at least ten where there are as many."""
    confidence: float
    decision: str
    ms: float
    hedged: bool = False
    """An answer that began with "This may help"."""
    doubtful: bool = False
    """An answer below the threshold, given as one that is not certain: the target is not about it."""
    offered: tuple[str, ...] = ()
    """Entry ids that a question back chose between."""

    def as_line(self) -> dict[str, object]:
        return {
            **asdict(self),
            "ranked": list(self.ranked),
            "offered": list(self.offered),
            "ms": round(self.ms, 2),
        }


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares are of 1; None where nothing can be counted."""

    questions: int
    answerable: int
    recall_at_1: float | None
    """Of the answerable questions, with a relevant entry in first place."""
    recall_at_3: float | None
    recall_at_10: float | None
    mrr_at_10: float | None
    auroc: float | None
    """Chance that a question whose first entry is right has more confidence than one whose first is not."""
    auroc_answerable: float | None
    """The same for answerable against unanswerable questions."""
    ece: float | None
    """Expected calibration error over ten equally full bins, against "the first entry is right"."""
    coverage_at_90: float
    """Largest share of all questions whose first entries are right in 90 of 100, by falling confidence."""
    coverage_at_95: float
    target: float
    sent: float
    """Share of all questions that got an answer or a resource, and no doubtful one."""
    precision: float | None
    """Of those sent, the share whose first entry is right."""
    precision_sure: float | None
    """The same of those sent without "This may help"."""
    precision_hedged: float | None
    """And of those sent with it."""
    hedged: float
    """Share of all questions that got such an answer."""
    doubtful: float
    """Share of all questions that got an answer as one that is not certain."""
    precision_doubtful: float | None
    """Of these, the share whose first entry is right."""
    p50_ms: float
    p95_ms: float
    decisions: dict[str, int] = field(default_factory=dict)
    right_at_once: float = 0.0
    """Share of all questions that got the right answer or resource, doubtful ones included."""
    right_after_one: float = 0.0
    """The same, or a question back that offered the right entry."""
    asked_back: float = 0.0
    """Share of all questions that got a question back."""


def figures(questions: Sequence[JudgedQuestion], predictions: Sequence[Prediction], target: float) -> Figures:
    by_id = {prediction.id: prediction for prediction in predictions}
    pairs = [(q, by_id[q.id]) for q in questions if q.id in by_id]
    ranks = [_rank(q, p) for q, p in pairs if q.relevant]
    right = np.array([_rank(q, p) == 0 for q, p in pairs], bool)
    answerable = np.array([bool(q.relevant) for q, _ in pairs], bool)
    confidence = np.array([p.confidence for _, p in pairs], float)
    doubtful = np.array([p.doubtful for _, p in pairs], bool)
    sent = np.array([p.decision in SENT for _, p in pairs], bool) & ~doubtful
    asked = np.array([bool(p.offered) for _, p in pairs], bool)
    offered = np.array([not q.relevant.isdisjoint(p.offered) for q, p in pairs], bool)
    hedged = np.array([p.hedged for _, p in pairs], bool)
    times = np.array([p.ms for _, p in pairs], float)
    decisions = [p.decision for _, p in pairs]
    return Figures(
        questions=len(pairs),
        answerable=int(answerable.sum()),
        recall_at_1=_share([r == 0 for r in ranks]),
        recall_at_3=_share([r is not None and r < 3 for r in ranks]),
        recall_at_10=_share([r is not None and r < 10 for r in ranks]),
        mrr_at_10=_share([0.0 if r is None or r >= 10 else 1 / (r + 1) for r in ranks]),
        auroc=auroc(confidence, right),
        auroc_answerable=auroc(confidence, answerable),
        ece=calibration_error(confidence, right),
        coverage_at_90=coverage(confidence, right, 0.9),
        coverage_at_95=coverage(confidence, right, 0.95),
        target=target,
        sent=float(sent.mean()) if len(pairs) else 0.0,
        precision=_share(right[sent]),
        precision_sure=_share(right[sent & ~hedged]),
        precision_hedged=_share(right[sent & hedged]),
        hedged=float((hedged & ~doubtful).mean()) if len(pairs) else 0.0,
        doubtful=float(doubtful.mean()) if len(pairs) else 0.0,
        precision_doubtful=_share(right[doubtful]),
        p50_ms=float(np.percentile(times, 50)) if len(pairs) else 0.0,
        p95_ms=float(np.percentile(times, 95)) if len(pairs) else 0.0,
        decisions={name: decisions.count(name) for name in sorted(set(decisions))},
        right_at_once=_share(right & (sent | doubtful)) or 0.0,
        right_after_one=_share(right & (sent | doubtful) | offered) or 0.0,
        asked_back=_share(asked) or 0.0,
    )


def _rank(question: JudgedQuestion, prediction: Prediction) -> int | None:
    places = (n for n, entry in enumerate(prediction.ranked) if entry in question.relevant)
    return next(places, None)


def _share(values: Sequence[float | bool] | NDArray[np.bool_]) -> float | None:
    return float(np.mean(values)) if len(values) else None


def auroc(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> float | None:
    """Area under the ROC curve by ranks, ties counting half; None with one class only."""
    yes, no = scores[positive], scores[~positive]
    if not len(yes) or not len(no):
        return None
    below = np.searchsorted(np.sort(no), yes, side="left")
    equal = np.searchsorted(np.sort(no), yes, side="right") - below
    return float((below + equal / 2).sum() / (len(yes) * len(no)))


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float | None:
    if not len(confidence):
        return None
    order = np.argsort(confidence, kind="stable")
    bins = [rows for rows in np.array_split(order, BINS) if len(rows)]
    gaps = [abs(confidence[rows].mean() - right[rows].mean()) * len(rows) for rows in bins]
    return float(sum(gaps) / len(confidence))


def coverage(confidence: NDArray[np.float64], right: NDArray[np.bool_], precision: float) -> float:
    """The largest share that could be answered, by falling confidence, with at least this precision."""
    if not len(confidence):
        return 0.0
    order = np.argsort(-confidence, kind="stable")
    kept = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(kept >= precision)
    return float((enough[-1] + 1) / len(order)) if len(enough) else 0.0

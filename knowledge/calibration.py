"""From what an index says about itself to a probability: label-free calibration. Pure.

Three steps. The features are standardised by the index's own background, drawn towards a typical one as long
as few entries vouch for it, so that the shipped weights mean the same everywhere. Then, where the index could
be rehearsed, a slope and an offset (Platt, 1999) fit the result to how often this index was right, and the
thresholds come from those rehearsals. Last, what colleagues judged corrects the result (see
`knowledge.correction`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from knowledge.bounds import least_share
from knowledge.confidence import FEW, FOREIGN, HEAD, IN_WORDS, STANDARDISED, fewness, shipped_weights
from knowledge.correction import UNCORRECTED, Correction, Labels, corrected

TYPICAL_COUNTS = 25
"""Entries of its own that weigh as much as what is typical elsewhere, in an index's background."""
LEAST_SPREAD = 0.05
FEWEST_TRIALS = 60
"""With fewer rehearsals the shipped weights know better."""
MISSING = 0.35
"""Share of customers' questions that we take to be about something else: the rehearsals are weighed so."""
CAUTION = 0.01
"""Ridge towards slope 1 and offset 0, per unit of weight."""
TARGETS = tuple(n / 100 for n in range(50, 100))
SURENESS = 0.95
"""Of the lower bound on the precision (Clopper and Pearson): 95 in 100 such bounds hold."""
LEAST_KEPT = 10
"""A threshold must have let through this many rehearsals."""
SAID_AGAIN = 0.9
"""From this much of `verbatim` on, the customer asked what the entry says it answers."""
TAKEN_AT_ITS_WORD = 0.97
"""Least confidence in such an entry: the company itself wrote that the question belongs to it."""

Features = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Trial:
    """One rehearsed question."""

    features: Features
    right: bool
    missing: bool
    """Asked with its entry taken away."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What one revision of the entries told of itself."""

    revision: int
    mean: dict[str, float]
    spread: dict[str, float]
    """Of each standardised feature over the background."""
    few: float
    """What the number of entries contributes: see `knowledge.confidence.fewness`."""
    edition: str
    """Of the shipped weights that it was made with."""
    slope: float = 1.0
    offset: float = 0.0
    limits: tuple[tuple[float, float], ...] | None = None
    """(target precision, lowest confidence that keeps it), growing; None for the shipped ones."""
    correction: Correction = UNCORRECTED

    def confidence(self, features: Features) -> float:
        """Probability that the first hit answers."""
        return self.correction.confidence(self.uncorrected(features), features)

    def uncorrected(self, features: Features) -> float:
        """The same before labels and reading."""
        return self._of_standardised(self.standardised(features))

    def shortlist_confidence(self, features: Features) -> float:
        """Probability that one of the first SHORTLIST hits answers: at least that of the first."""
        odds = shipped_weights().shortlist.logit(self.standardised(features))
        return max(float(_sigmoid(np.array(odds))), self.confidence(features))

    def corrected_by(self, labels: Labels) -> Calibration:
        """Labels whose features another version computed differently are left out."""
        known = (*shipped_weights().first.coefficients, "verbatim")
        given = tuple(label for label in labels.given if all(name in label.features for name in known))
        found = [self._of_standardised(label.features) for label in given]
        return replace(self, correction=corrected(found, replace(labels, given=given)))

    @property
    def source(self) -> dict[str, str | int]:
        """What spoke, for the trace."""
        own = "shipped" if self.limits is None else "rehearsed"
        return {
            "revision": self.revision,
            "weights": self.edition,
            "thresholds": "labels" if self.correction.limits is not None else own,
            "labels": self.correction.labels,
        }

    def _of_standardised(self, features: Features) -> float:
        odds = self.slope * shipped_weights().first.logit(features) + self.offset
        found = float(_sigmoid(np.array(odds)))
        return max(found, TAKEN_AT_ITS_WORD) if features["verbatim"] >= SAID_AGAIN else found

    def threshold(self, target: float, features: Features) -> float:
        """Lowest confidence to answer from so that the answers keep `target`; above 1 when none does.

        Between two languages a few entries are no easier to tell apart than many: words say nothing there.
        """
        learnt = self.correction.threshold(target)
        if learnt is not None:
            return learnt
        if self.limits is None:
            share = 1.0 if features[FOREIGN] else own_share(self.few**-2)
            return shipped_weights().threshold(target, share)
        return next((limit for kept, limit in self.limits if kept >= target - 1e-9), 1.01)

    def standardised(self, features: Features) -> dict[str, float]:
        relative = {name: (features[name] - self.mean[name]) / self.spread[name] for name in STANDARDISED}
        silent = dict.fromkeys(IN_WORDS, 0.0) if features[FOREIGN] else {}
        untitled = {} if features[HEAD] else {HEAD: 0.0}
        return {**features, **relative, **silent, **untitled, FEW: self.few}

    def _logit(self, features: Features) -> float:
        return shipped_weights().first.logit(self.standardised(features))

    def to_json(self) -> str:
        return _JSON.dump_json(self).decode()

    @staticmethod
    def from_json(text: str | None) -> Calibration | None:
        """None for a missing note, or one made with other weights than those shipped now."""
        try:
            found = _JSON.validate_json(text) if text else None
        except ValidationError:
            return None
        return found if found and found.edition == shipped_weights().edition else None


_JSON = TypeAdapter(Calibration)


def calibrated(
    revision: int, entries: int, background: Sequence[Features], trials: Sequence[Trial]
) -> Calibration:
    own = np.array([[features[name] for name in STANDARDISED] for features in background])
    typical = np.array([shipped_weights().typical[name] for name in STANDARDISED])
    mean, spread = drawn_to(own, typical[:, 0], typical[:, 1])
    plain = Calibration(
        revision,
        dict(zip(STANDARDISED, mean.tolist(), strict=True)),
        dict(zip(STANDARDISED, spread.tolist(), strict=True)),
        fewness(entries),
        shipped_weights().edition,
    )
    return plain if len(trials) < FEWEST_TRIALS else _rehearsed(plain, trials)


def drawn_to(
    own: NDArray[np.float64], mean: NDArray[np.float64], spread: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and spread of the rows, each drawn towards what is typical: all of it without rows."""
    share = own_share(len(own))
    if len(own) < 2:
        return mean, spread
    return (
        share * own.mean(axis=0) + (1 - share) * mean,
        share * np.maximum(own.std(axis=0), LEAST_SPREAD) + (1 - share) * spread,
    )


def own_share(entries: float) -> float:
    """What so many entries of its own count against what is typical elsewhere."""
    return entries / (entries + TYPICAL_COUNTS)


def untrained() -> Calibration:
    """Before anything is known of an index."""
    return calibrated(0, TYPICAL_COUNTS, [], [])


def _rehearsed(plain: Calibration, trials: Sequence[Trial]) -> Calibration:
    logits = np.array([plain._logit(trial.features) for trial in trials])
    right = np.array([trial.right for trial in trials], float)
    missing = np.array([trial.missing for trial in trials])
    weight = np.where(missing, MISSING / max(missing.sum(), 1), (1 - MISSING) / max((~missing).sum(), 1))
    slope, offset = _platt(logits, right, weight)
    confidence = _sigmoid(slope * logits + offset)
    return replace(plain, slope=slope, offset=offset, limits=_limits(confidence, right, weight))


def _platt(
    logits: NDArray[np.float64], right: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[float, float]:
    """Slope and offset by Newton's method on the ridged, convex log loss; a step that climbs is halved."""
    design = np.column_stack((logits, np.ones_like(logits)))
    prior = np.array([1.0, 0.0])

    def loss(at: NDArray[np.float64]) -> float:
        z = design @ at
        return float(weight @ (np.logaddexp(0, z) - right * z) + CAUTION * ((at - prior) ** 2).sum())

    found = prior.copy()
    for _ in range(50):
        p = _sigmoid(design @ found)
        gradient = design.T @ (weight * (p - right)) + 2 * CAUTION * (found - prior)
        curvature = (design * (weight * p * (1 - p))[:, None]).T @ design + 2 * CAUTION * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        while loss(found - step) > loss(found) and np.abs(step).max() > 1e-8:
            step = step / 2
        found = found - step
        if np.abs(step).max() < 1e-8:
            break
    return max(float(found[0]), 0.05), float(found[1])


def _limits(
    confidence: NDArray[np.float64], right: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[tuple[float, float], ...]:
    """For each target the lowest confidence from which on a lower bound on the precision keeps it."""
    order = np.argsort(-confidence, kind="stable")
    kept = np.cumsum(weight[order])
    precision = np.cumsum((weight * right)[order]) / kept
    effective = kept**2 / np.cumsum(weight[order] ** 2)
    bound = least_share(precision, effective, SURENESS)
    enough = effective >= LEAST_KEPT
    return tuple(
        (target, float(confidence[order][rows[-1]]))
        for target in TARGETS
        if len(rows := np.flatnonzero((bound >= target) & enough))
    )


def _sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    return found

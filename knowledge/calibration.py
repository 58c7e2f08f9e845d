"""From what an index says about itself to a probability: label-free calibration. Pure.

Two steps. The features are standardised by the index's own background, so that the shipped weights mean
the same everywhere. Then, where the index could be rehearsed, a slope and an offset (Platt, 1999) fit the
result to how often this index was right, and the thresholds come from those rehearsals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from knowledge.confidence import STANDARDISED, shipped_weights

FEWEST = 8
"""With fewer entries than this there is no background to speak of."""
FEWEST_TRIALS = 60
"""With fewer rehearsals the shipped weights know better."""
MISSING = 0.35
"""Share of customers' questions that we take to be about something else: the rehearsals are weighed so."""
CAUTION = 0.01
"""Ridge towards slope 1 and offset 0, per unit of weight."""
TARGETS = tuple(n / 100 for n in range(50, 100))
SURENESS = 1.64
"""Standard errors below what was seen: 95 in 100 such bounds hold."""
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
    edition: str
    """Of the shipped weights that it was made with."""
    slope: float = 1.0
    offset: float = 0.0
    limits: tuple[tuple[float, float], ...] | None = None
    """(target precision, lowest confidence that keeps it), growing; None for the shipped ones."""

    def confidence(self, features: Features) -> float:
        """Probability that the first hit answers."""
        found = float(_sigmoid(np.array(self.slope * self._logit(features) + self.offset)))
        return max(found, TAKEN_AT_ITS_WORD) if features["verbatim"] >= SAID_AGAIN else found

    def threshold(self, target: float) -> float:
        """Lowest confidence to answer from so that the answers keep `target`; above 1 when none does."""
        if self.limits is None:
            return shipped_weights().threshold(target)
        return next((limit for kept, limit in self.limits if kept >= target - 1e-9), 1.01)

    def standardised(self, features: Features) -> dict[str, float]:
        relative = {name: (features[name] - self.mean[name]) / self.spread[name] for name in STANDARDISED}
        return {**features, **relative}

    def _logit(self, features: Features) -> float:
        return shipped_weights().logit(self.standardised(features))

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


def calibrated(revision: int, background: Sequence[Features], trials: Sequence[Trial]) -> Calibration:
    if len(background) < FEWEST:
        return untrained(revision)
    columns = {name: np.array([features[name] for features in background]) for name in STANDARDISED}
    plain = Calibration(
        revision,
        {name: float(column.mean()) for name, column in columns.items()},
        {name: max(float(column.std()), 0.05) for name, column in columns.items()},
        shipped_weights().edition,
    )
    return plain if len(trials) < FEWEST_TRIALS else _rehearsed(plain, trials)


def untrained(revision: int = 0) -> Calibration:
    """For a handful of entries: typical values of the help centres that the weights were fitted on."""
    typical = {
        "score": (10.0, 3.0),
        "head": (2.3, 0.9),
        "body": (3.2, 0.7),
        "lexical": (0.9, 0.4),
        "margin": (1.3, 1.3),
        "lead": (2.8, 1.5),
        "covered": (0.6, 0.2),
        "covered_by_passage": (0.6, 0.2),
    }
    mean, spread = zip(*typical.values(), strict=True)
    return Calibration(
        revision,
        dict(zip(typical, mean, strict=True)),
        dict(zip(typical, spread, strict=True)),
        shipped_weights().edition,
    )


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
    bound = precision - SURENESS * np.sqrt(precision * (1 - precision) / effective)
    enough = effective >= LEAST_KEPT
    return tuple(
        (target, float(confidence[order][rows[-1]]))
        for target in TARGETS
        if len(rows := np.flatnonzero((bound >= target) & enough))
    )


def _sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    return found

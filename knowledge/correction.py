"""What colleagues judged → a correction of the self-calibrated confidence, and the thresholds it gives. Pure.

Platt's (1999) slope and offset on the log odds, as a posterior: the prior is "no correction at all", worth
`PRIOR_LABELS` labels, so that few labels move little and none move nothing. A threshold must keep its target
not only by the best guess, but by nine in ten slopes and offsets that the labels leave possible; or by
Clopper and Pearson's bound on the labels alone, which asks for no model and for many labels.

Only labels drawn by lot may go in here: what people pick to judge is more often wrong than what they do not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.bounds import least_share

PRIOR_LABELS = 10
"""What it counts that the confidence needs no correction. Chosen with LEAST_LABELS and SURENESS on the sets
that the confidence was fitted on, neither held-out one among them (docs/quality.md, "With labels")."""
LEAST_LABELS = 20
"""With fewer, thresholds stay what they are without labels."""
SURENESS = 0.9
"""How probable it must be, after the labels, that a threshold keeps its target."""
BOUND_SURENESS = 0.95
"""Of Clopper and Pearson's bound."""
LEAST_KEPT = 10
STEP = 0.5
"""Log odds below the least confidence that was judged, to which a threshold may go at once. What is answered
there is judged in its turn, and the next step can be taken; further down is only extrapolation."""
TARGETS = tuple(n / 100 for n in range(50, 100))
READING = "reading"
"""The feature that something which reads the passage adds: its log odds, within ±SURE_READING."""
SURE_READING = 4.0
LEAST_READ = 40
"""Labels with a reading, from which on the reading has a weight of its own."""
LOWERS = 0.25
"""What a reading counts before that, and only downwards: at most 1 off the log odds, .9 becomes .77. A reader
that nobody has judged may make the bot more careful, never bolder."""

_INFORMATION = 0.16
"""That a label bears on the log odds where 8 in 10 are right."""
_TYPICAL = np.array([3.0, 1.0, 4.0])
"""Mean squares of log odds, one, and readings: what makes a label's information on each weight."""
_PRIOR = np.array([1.0, 0.0, 0.0])
_DRAWS = 400
_LARGEST = 7.0
"""Log odds beyond ±7 (999 to 1) are not told apart."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Label:
    """An answer that a colleague was shown by lot."""

    features: dict[str, float]
    """Standardised, as the trace keeps them."""
    right: bool


@dataclass(frozen=True, slots=True)
class Labels:
    """What is learnt from."""

    given: tuple[Label, ...]
    population: tuple[float, ...] = ()
    """Confidences before correction of what customers asked of late: what a threshold will be applied to."""


@dataclass(frozen=True, slots=True)
class Correction:
    labels: int
    slope: float = 1.0
    offset: float = 0.0
    reading: float | None = None
    """Weight of a reading; None before there are labels enough for one."""
    limits: tuple[tuple[float, float], ...] | None = None
    """(target, lowest corrected confidence that keeps it), growing; None where labels are too few to tell."""

    def confidence(self, uncorrected: float, features: Mapping[str, float]) -> float:
        if not self.labels and READING not in features:
            return uncorrected
        odds = self.slope * log_odds(uncorrected) + self.offset
        return _probability(odds + reading_counts(features.get(READING, 0.0), self.reading))

    def threshold(self, target: float) -> float | None:
        """Above 1 when no confidence keeps it; None when the labels do not tell."""
        if self.limits is None:
            return None
        return next((limit for kept, limit in self.limits if kept >= target - 1e-9), 1.01)


UNCORRECTED = Correction(labels=0)


def corrected(uncorrected: Sequence[float], labels: Labels) -> Correction:
    """`uncorrected`: for each label the confidence that the present self-calibration has in it. Without
    labels the correction is the identity."""
    if not labels.given:
        return UNCORRECTED
    right = np.array([label.right for label in labels.given], float)
    readings = np.array([label.features.get(READING, 0.0) for label in labels.given])
    reads = sum(READING in label.features for label in labels.given) >= LEAST_READ
    odds = np.array([log_odds(each) for each in uncorrected])
    ones = np.ones_like(odds)
    design = np.column_stack((odds, ones, readings) if reads else (odds, ones))
    fixed = 0.0 if reads else np.array([reading_counts(each, None) for each in readings])
    weights, spread = _posterior(design, fixed, right)
    if len(right) < LEAST_LABELS:
        limits = None
    else:
        asked = design
        if labels.population and not reads:
            own = np.array([log_odds(each) for each in labels.population])
            asked = np.column_stack((own, np.ones_like(own)))
        limits = _limits(weights, spread, asked, design @ weights + fixed, right)
    slope, offset = float(weights[0]), float(weights[1])
    return Correction(len(right), slope, offset, float(weights[2]) if reads else None, limits)


def log_odds(confidence: float) -> float:
    if not 0 < confidence < 1:
        return _LARGEST if confidence >= 1 else -_LARGEST
    return max(-_LARGEST, min(_LARGEST, math.log(confidence / (1 - confidence))))


def reading_of(probability: float) -> float:
    """What a reader's probability is as a feature."""
    return max(-SURE_READING, min(SURE_READING, log_odds(probability)))


def reading_counts(reading: float, weight: float | None) -> float:
    """What it adds to the log odds."""
    return LOWERS * min(reading, 0.0) if weight is None else weight * reading


def _posterior(design: Array, fixed: Array | float, right: Array) -> tuple[Array, Array]:
    """Mode by Newton's method, and the covariance there (Laplace). The loss is convex; a step that climbs is
    halved. A slope below zero would call doubt certainty: it stops short of it."""
    size = design.shape[1]
    prior, precision = _PRIOR[:size], PRIOR_LABELS * _INFORMATION * _TYPICAL[:size]

    def loss(at: Array) -> float:
        z = design @ at + fixed
        return float((np.logaddexp(0, z) - right * z).sum() + (precision * (at - prior) ** 2).sum() / 2)

    found = prior.copy()
    for _ in range(50):
        p = _sigmoid(design @ found + fixed)
        gradient = design.T @ (p - right) + precision * (found - prior)
        step = np.linalg.solve(_curvature(design, p, precision), gradient)
        while loss(found - step) > loss(found) and np.abs(step).max() > 1e-8:
            step = step / 2
        found = found - step
        if np.abs(step).max() < 1e-8:
            break
    found[0] = max(found[0], 0.05)
    spread = np.linalg.inv(_curvature(design, _sigmoid(design @ found + fixed), precision))
    return found, spread.astype(np.float64)


def _curvature(design: Array, p: Array, precision: Array) -> Array:
    found: Array = (design * (p * (1 - p))[:, None]).T @ design + np.diag(precision)
    return found


def _limits(
    weights: Array, spread: Array, asked: Array, judged: Array, right: Array
) -> tuple[tuple[float, float], ...]:
    """For each target the lowest confidence that keeps it by the posterior or by the labels alone. `judged`
    are the log odds of what was judged."""
    confidence, lowest = _sigmoid(judged), float(_sigmoid(judged.min() - STEP))
    supposed = _supposed(weights, spread, asked)
    order = np.argsort(-confidence, kind="stable")
    counts = np.arange(1, len(order) + 1)
    bound = least_share(np.cumsum(right[order]) / counts, counts.astype(float), BOUND_SURENESS)
    whole = np.append(confidence[order][1:] < confidence[order][:-1], True)  # equals are let through together
    ours = _sigmoid(np.sort(asked @ weights)[::-1])
    found = []
    for target in TARGETS:
        lasting = np.flatnonzero(supposed >= target)
        proven = np.flatnonzero((bound >= target) & (counts >= LEAST_KEPT) & whole)
        limits = [float(ours[lasting[-1]])] if len(lasting) else []
        limits += [float(confidence[order][proven[-1]])] if len(proven) else []
        if limits:
            found.append((target, max(min(limits), lowest)))
    return tuple(found)


def _supposed(weights: Array, spread: Array, asked: Array) -> Array:
    """For each length of the list of what was asked, most confident first: the precision that nine in ten
    draws from the posterior reach."""
    ordered = asked[np.argsort(-(asked @ weights), kind="stable")]
    chance = np.random.default_rng(0)
    draws = weights + chance.standard_normal((_DRAWS, len(weights))) @ np.linalg.cholesky(spread).T
    kept = np.cumsum(_sigmoid(ordered @ draws.T), axis=0) / np.arange(1, len(ordered) + 1)[:, None]
    found: Array = np.quantile(kept, 1 - SURENESS, axis=1)
    return found


def _probability(odds: float) -> float:
    return float(_sigmoid(np.array(odds)))


def _sigmoid(odds: Array) -> Array:
    found: Array = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
    return found

"""What scores look like in this index when the right entry is not there: its null distribution, label-free.

Each of a sample of entries is asked for by its title, with the entry itself and its near twins taken away.
What comes first then is wrong by construction, so its features are this index's background.
Without removing near twins, a help centre that says things twice would take its right answers for background.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.confidence import STANDARDISED, Weights, shipped_weights

SAMPLE = 300
"""Entries asked for; the spread of a mean over 300 is 6 % of the spread of one."""
NEAR_TWIN = 0.965
"""Titles this close (cosine) are the same question."""
FEWEST = 8
"""With fewer entries than this there is no background to speak of."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """The null distribution of each standardised feature, for one revision of the entries."""

    revision: int
    mean: Mapping[str, float]
    spread: Mapping[str, float]

    def confidence(self, features: Mapping[str, float], weights: Weights | None = None) -> float:
        """Probability that the first hit answers."""
        weights = weights or shipped_weights()
        return weights.probability(self.standardised(features))

    def standardised(self, features: Mapping[str, float]) -> dict[str, float]:
        relative = {name: (features[name] - self.mean[name]) / self.spread[name] for name in STANDARDISED}
        return {**features, **relative}

    def to_json(self) -> str:
        return json.dumps({"revision": self.revision, "mean": self.mean, "spread": self.spread})

    @staticmethod
    def from_json(text: str | None) -> Calibration | None:
        """None for a missing note, or one of another version's features."""
        raw = json.loads(text) if text else {}
        if set(raw.get("mean", ())) != set(STANDARDISED):
            return None
        return Calibration(raw["revision"], raw["mean"], raw["spread"])


def calibrated(revision: int, nulls: Sequence[Mapping[str, float]]) -> Calibration:
    """Mean and spread of the features of searches whose right entry was taken away."""
    if len(nulls) < FEWEST:
        return untrained(revision)
    columns = {name: np.array([features[name] for features in nulls]) for name in STANDARDISED}
    return Calibration(
        revision,
        {name: float(column.mean()) for name, column in columns.items()},
        {name: max(float(column.std()), 0.05) for name, column in columns.items()},
    )


def untrained(revision: int = 0) -> Calibration:
    """For a handful of entries: typical values of the help centres that the weights were fitted on."""
    mean = {
        "score": 10.0, "head": 2.3, "body": 3.2, "lexical": 0.9,
        "margin": 1.3, "lead": 2.8, "covered": 0.6, "covered_by_passage": 0.6,
    }  # fmt: skip
    spread = {
        "score": 3.0, "head": 0.9, "body": 0.7, "lexical": 0.4,
        "margin": 1.3, "lead": 1.5, "covered": 0.2, "covered_by_passage": 0.2,
    }  # fmt: skip
    return Calibration(revision, mean, spread)

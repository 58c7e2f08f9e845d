"""Features of a result → the probability that its first hit answers the question.

The weights (confidence.json beside this file) were fitted on several help centres at once, whole ones and
ones cut down to a few entries, and are applied to one that they have never seen. What makes them transfer is
that the scores are expressed against the index's own null distribution (see `knowledge.calibration`): how far
above a search for something that is *not* here?
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from knowledge.evidence import Hit
from knowledge.lexical import Reading, stems, words
from knowledge.search import LEXICAL_WEIGHT

READING = 3
"""Grows when a feature is read in another way, so that every index rehearses anew."""
SHORTLIST = 3
"""Hits that a customer may be asked to choose from."""
READ_PASSAGES = 8
"""Passages of the first hit that are read for the question's words."""

UNREAD_RARITY = 2.0
"""Of a word that the question does not hold, or nobody wrote; typical of content words."""

STANDARDISED = ("dense", "head", "body", "lexical", "margin", "lead", "covered", "covered_by_passage")
"""Features that are taken relative to the index's null distribution."""
IN_WORDS = ("lexical", "covered", "covered_by_passage")
"""Those that compare words. Between two languages they say nothing, for or against."""
PLAIN = ("agreement", "share", "unknown", "length", "verbatim", "opening")
FEW = "few"
"""A feature of the index rather than of the question: see `fewness`."""
FOREIGN = "foreign"
"""1 when the first hit is in another language than the question; no weight, but IN_WORDS is then left out."""
HEAD = "head"
"""Exactly 0 in an index without titles and alternative questions. It is then left out."""
FOREIGN_UNKNOWN = 0.1
"""Share of unknown words that is assumed of a question in another language: what is usual in one's own."""


def fewness(entries: int) -> float:
    """In a small index even the best of what is wrong stands out less, and less is wrong."""
    return 1 / math.sqrt(max(entries, 1))


def features_of(
    question: str, language: str, hits: Sequence[Hit], readings: Mapping[str, Reading]
) -> dict[str, float]:
    """What can be told of a ranking without knowing the answer; all zero when nothing was found."""
    if not hits:
        return dict.fromkeys((*STANDARDISED, *PLAIN, FOREIGN), 0.0)
    first, rivals = hits[0], _rivals(hits)
    contest = [first, *rivals][:10]
    reading = readings.get(first.entry.language)
    said_in = first.entry.language
    heads = [set(stems(head, said_in)) for head in (first.entry.title, *first.entry.questions)]
    covered, by_passage = _coverage(first, heads, reading)
    foreign = said_in != language
    return {
        "dense": first.score - LEXICAL_WEIGHT * first.signals["lexical"],
        HEAD: first.signals["head"],
        "body": first.signals["body"],
        "lexical": first.signals["lexical"],
        "margin": first.score - rivals[0].score if rivals else first.score,
        "lead": first.score - sum(hit.score for hit in contest) / len(contest),
        "covered": covered,
        "covered_by_passage": by_passage,
        "agreement": float(sum(_is_best(first, rivals, signal) for signal in ("head", "body", "lexical"))),
        "share": 1 / sum(math.exp(hit.score - first.score) for hit in contest),
        "unknown": FOREIGN_UNKNOWN if foreign else _unknown(reading),
        "length": math.log1p(len(words(question))),
        "verbatim": max(0.0, 2 * _echo(set(stems(question, said_in)), heads, reading) - 1),
        "opening": first.signals["opening"],
        FOREIGN: float(foreign),
    }


def _rivals(hits: Sequence[Hit]) -> list[Hit]:
    """The other hits that would be another answer.

    Not the first one's twins, which say the same thing, and not the form beside the article or the article
    beside the form, which go together.
    """
    first = hits[0].entry
    return [
        hit
        for hit in hits[1:]
        if type(hit.entry) is type(first) and not (first.twin and hit.entry.twin == first.twin)
    ]


def _is_best(hit: Hit, rivals: Sequence[Hit], signal: str) -> bool:
    """Where nothing has a title, the best one by its title is none."""
    if signal == HEAD and hit.signals[HEAD] == 0:
        return False
    return all(hit.signals[signal] >= other.signals[signal] for other in rivals)


def _coverage(hit: Hit, heads: Sequence[set[str]], reading: Reading | None) -> tuple[float, float]:
    """Share of the question's rarity in the entry, and in what it is asked by with its best single passage.

    It is asked by its title and the one alternative question that says most of it: all of a hundred together
    would cover anything.
    """
    if reading is None or not reading.mass:
        return 0.0, 0.0
    title, *alternatives = heads
    closest = sorted(alternatives, key=lambda each: _share(reading, each))[-1:]
    asked_by = title.union(*closest)
    passages = [
        set(stems(scored.passage.text, hit.entry.language)) for scored in hit.passages[:READ_PASSAGES]
    ]
    best = max((_share(reading, asked_by | each) for each in passages), default=_share(reading, asked_by))
    return _share(reading, asked_by.union(*passages)), best


def _echo(asked: set[str], heads: Sequence[set[str]], reading: Reading | None) -> float:
    """How nearly the question says the title or an alternative question again: 1 is word for word.

    Dice coefficient over stems, each counting by its rarity.
    """
    if reading is None:
        return 0.0
    return max((_dice(asked, head, reading) for head in heads), default=0.0)


def _dice(asked: set[str], head: set[str], reading: Reading) -> float:
    def mass(found: set[str]) -> float:
        return sum(reading.rarity.get(stem, UNREAD_RARITY) for stem in found)

    both = mass(asked) + mass(head)
    return 2 * mass(asked & head) / both if both else 0.0


def _share(reading: Reading, found: set[str]) -> float:
    return sum(reading.rarity[t] * sure for t, sure in reading.terms.items() if t in found) / reading.mass


def _unknown(reading: Reading | None) -> float:
    if reading is None or not reading.mass:
        return 1.0
    return max(0.0, 1 - sum(reading.rarity.values()) / reading.mass)


@dataclass(frozen=True, slots=True)
class Logistic:
    """Over standardised and plain features."""

    intercept: float
    coefficients: Mapping[str, float]

    def logit(self, features: Mapping[str, float]) -> float:
        """Log odds."""
        return self.intercept + sum(w * features[name] for name, w in self.coefficients.items())


@dataclass(frozen=True, slots=True)
class Weights:
    """What the first hits are worth, and what threshold keeps which promise."""

    first: Logistic
    """That the first hit answers."""
    shortlist: Logistic
    """That one of the first SHORTLIST hits does."""
    thresholds: Sequence[tuple[float, float]]
    """(target precision, lowest confidence that kept it on help centres left out of the fit), growing."""
    thresholds_of_few: Sequence[tuple[float, float]]
    """The same on help centres of a few entries."""
    typical: Mapping[str, tuple[float, float]]
    """Mean and spread of each standardised feature over the backgrounds of those help centres."""
    edition: str
    """Another one means that scores and weights are no longer what they were."""

    def threshold(self, target: float, share: float) -> float:
        """Lowest confidence to answer from so that the answers keep `target`; above 1 when none does.

        `share` is what an index's own entries count, from 0 without any to nearly 1 with many.
        """
        many, few = _limit(self.thresholds, target), _limit(self.thresholds_of_few, target)
        return share * many + (1 - share) * few


def _limit(thresholds: Sequence[tuple[float, float]], target: float) -> float:
    return next((confidence for kept, confidence in thresholds if kept >= target - 1e-9), 1.01)


@cache
def shipped_weights() -> Weights:
    """The weights that come with the product; `make confidence` fits them anew."""
    text = Path(__file__).with_name("confidence.json").read_text(encoding="utf-8")
    raw, edition = json.loads(text), hashlib.sha256(f"{READING} {text}".encode()).hexdigest()[:12]
    return Weights(
        Logistic(**raw["first"]),
        Logistic(**raw["shortlist"]),
        [(target, limit) for target, limit in raw["thresholds"]],
        [(target, limit) for target, limit in raw["thresholds_of_few"]],
        {name: (mean, spread) for name, (mean, spread) in raw["typical"].items()},
        edition,
    )

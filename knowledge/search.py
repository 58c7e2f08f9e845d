"""Candidates → one ranking of entries. Pure: what index and store returned goes in, ranked hits come out.

Four signals, each on a scale that means the same for every question and every help centre:

- head, body and opening: how far the best title (or alternative question), the best passage, and the title
  together with the first passage stand out from what this question scores against everything indexed, in
  standard deviations. Raw cosines bunch together and differ from question to question; the mean and the
  spread over the whole index follow exactly from the vectors' first and second moments, without looking at
  each vector.
- lexical: BM25 over the whole entry as a share of the question's own mass (see `knowledge.lexical`). It fades
  by itself where the entries are in another language than the question.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from knowledge.evidence import Hit, ScoredPassage
from knowledge.lexical import fold
from knowledge.ports import Matrix, StoredEntry, Vector

HEAD_WEIGHT = 1.2
LEXICAL_WEIGHT = 5.0
FIRST_PASSAGE = 2.0
"""Parts of the first passage to one of the title in an opening. How all these were chosen, and what did not
pay: docs/decisions/0004-what-the-ranking-adds-up.md."""
FULL_HEAD_WORDS = 12
"""Titles of this many words on average tell as much as a question does; shorter ones tell less."""
OWN_LANGUAGE_BONUS = 0.25
"""Decides between near equals only, for the customer's own language."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """How the dense signals add up."""

    body: float
    opening: float
    common: float
    """Share of the titles' mean that is taken out of the question."""


OWN = Weighing(body=1.2, opening=0.2, common=0.5)
"""For entries in the question's language. What all titles have in common (their language, their manner, the
subject of the help centre) tells none from another."""
FOREIGN = Weighing(body=1.0, opening=0.5, common=0.0)
"""For others: a question less the mean of another language is compared by language above all."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, sum and sum of outer products of a set of vectors: enough for any question's background."""

    count: int
    total: NDArray[np.float64]
    outer: NDArray[np.float64]

    @staticmethod
    def of(vectors: Matrix) -> Moments:
        wide = vectors.astype(np.float64)
        return Moments(len(wide), wide.sum(axis=0), wide.T @ wide)

    def __add__(self, other: Moments) -> Moments:
        return Moments(self.count + other.count, self.total + other.total, self.outer + other.outer)

    def __sub__(self, other: Moments) -> Moments:
        return Moments(self.count - other.count, self.total - other.total, self.outer - other.outer)

    def without_typical(self, number: int) -> Moments:
        """As if so many average vectors were taken away."""
        left = max(self.count - number, 0)
        share = left / self.count if self.count else 0.0
        return Moments(left, self.total * share, self.outer * share)

    def background(self) -> Background:
        if self.count == 0:
            return Background(np.zeros_like(self.total), np.zeros_like(self.outer))
        mean = self.total / self.count
        return Background(mean, self.outer / self.count - np.outer(mean, mean))


@dataclass(frozen=True, slots=True)
class Background:
    """What questions score against everything indexed."""

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]

    def standouts(self, question: Vector, cosines: Iterable[Sequence[float]]) -> list[float]:
        """How far the best of each entry's cosines stands out, in deviations; 0 where it has none."""
        middle = float(question @ self.mean)
        spread = math.sqrt(max(float(question @ self.covariance @ question), 0.0))
        return [(max(c) - middle) / max(spread, 1e-3) if c else 0.0 for c in cosines]


@dataclass(frozen=True, slots=True)
class Fields:
    """What the three dense signals are measured against, and how much the first one tells in this index."""

    heads: Background
    bodies: Background
    openings: Background
    head_words: float
    """Average number of words of a title or alternative question, each counted up to FULL_HEAD_WORDS."""

    @property
    def head_weight(self) -> float:
        return HEAD_WEIGHT * min(self.head_words, FULL_HEAD_WORDS) / FULL_HEAD_WORDS


@dataclass(frozen=True, slots=True)
class Candidate:
    stored: StoredEntry
    lexical: float


def openings_of(entries: Sequence[StoredEntry]) -> Matrix:
    """What each begins with, as one vector: the direction of its title and its first passage together."""
    together = np.stack([each.heads[0] for each in entries])
    for row, each in enumerate(entries):
        if len(each.bodies):
            together[row] = (
                together[row] + FIRST_PASSAGE * each.bodies[0] if each.entry.title else each.bodies[0]
            )
    openings: Matrix = together / np.sqrt(np.vecdot(together, together))[:, None]
    return openings


def rank(
    candidates: Iterable[Candidate], question: Vector, fields: Fields, language: str, most: int | None = None
) -> list[Hit]:
    """Best first, at most so many.

    Of twins, the one in the customer's language takes the place that the better one earned."""
    pool = list(candidates)
    own = [each for each in pool if each.stored.entry.language == language]
    foreign = [each for each in pool if each.stored.entry.language != language]
    hits = _hits(own, question, fields, OWN, OWN_LANGUAGE_BONUS) + _hits(foreign, question, fields, FOREIGN)
    found = {each.stored.entry.id: each.stored for each in pool}
    best = _own_language_first(_one_title_once(_sorted(hits)), language)[:most]
    return [replace(hit, passages=_passages(found[hit.entry.id], question)) for hit in best]


def _hits(
    pool: Sequence[Candidate], question: Vector, fields: Fields, weighing: Weighing, bonus: float = 0.0
) -> list[Hit]:
    if not pool:
        return []
    entries = [candidate.stored for candidate in pool]
    telling = np.asarray(question - weighing.common * fields.heads.mean, np.float32)
    head = fields.heads.standouts(telling, (_cosines(each.heads, telling) for each in entries))
    body = fields.bodies.standouts(telling, (_cosines(each.bodies, telling) for each in entries))
    opening = fields.openings.standouts(telling, ([c] for c in _cosines(openings_of(entries), telling)))
    return [
        _hit(candidate, fields.head_weight * h, b, o, weighing, bonus)
        for candidate, h, b, o in zip(pool, head, body, opening, strict=True)
    ]


def _cosines(vectors: Matrix, question: Vector) -> list[float]:
    """Without `@`, which waits for the threads of BLAS."""
    cosines: list[float] = np.vecdot(vectors, question).tolist()
    return cosines


def _passages(stored: StoredEntry, question: Vector) -> tuple[ScoredPassage, ...]:
    cosines = _cosines(stored.bodies, question)
    order = sorted(range(len(cosines)), key=lambda i: -cosines[i])
    return tuple(ScoredPassage(stored.passages[i], cosines[i]) for i in order)


def _hit(
    candidate: Candidate, head: float, body: float, opening: float, weighing: Weighing, bonus: float
) -> Hit:
    """Its passages are still to be put in."""
    dense = head + weighing.body * body + weighing.opening * opening
    return Hit(
        entry=candidate.stored.entry,
        score=float(dense + LEXICAL_WEIGHT * candidate.lexical + bonus),
        signals={"head": head, "body": body, "opening": opening, "lexical": candidate.lexical},
        passages=(),
    )


def _sorted(hits: Iterable[Hit]) -> list[Hit]:
    return sorted(hits, key=lambda hit: (-hit.score, hit.entry.id))


def _one_title_once(ranked: Iterable[Hit]) -> list[Hit]:
    """Of entries with the same title, those after the best go without what the title earned them.

    They answer the same question; the place is better given to one that answers another.
    """
    seen: set[tuple[type, str, str]] = set()
    hits: list[Hit] = []
    for hit in ranked:
        key = (type(hit.entry), hit.entry.language, _as_title(hit.entry.title))
        repeated = bool(key[-1]) and key in seen
        hits.append(replace(hit, score=hit.score - max(hit.signals["head"], 0.0)) if repeated else hit)
        seen.add(key)
    return _sorted(hits)


@lru_cache(maxsize=10_000)
def _as_title(title: str) -> str:
    return fold(title).strip()


def _own_language_first(hits: list[Hit], language: str) -> list[Hit]:
    own = {hit.entry.twin: hit for hit in hits if hit.entry.twin and hit.entry.language == language}
    ranked: list[Hit] = []
    placed: set[str] = set()
    for hit in hits:
        preferred = own.get(hit.entry.twin, hit) if hit.entry.twin else hit
        for each in (replace(preferred, score=max(preferred.score, hit.score)), hit):
            if each.entry.id not in placed:
                placed.add(each.entry.id)
                ranked.append(each)
    return ranked

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
BODY_WEIGHT = 1.0
OPENING_WEIGHT = 0.5
LEXICAL_WEIGHT = 5.0
FIRST_PASSAGE = 2.0
"""Parts of the first passage to one of the title in an opening. How these five were chosen, and what did not
pay: docs/decisions/0004-what-the-ranking-adds-up.md."""
FULL_HEAD_WORDS = 12
"""Titles of this many words on average tell as much as a question does; shorter ones tell less."""
OWN_LANGUAGE_BONUS = 0.25
"""Decides between near equals only, for the customer's own language."""


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
    if not pool:
        return []
    entries = [candidate.stored for candidate in pool]
    cosines = [_cosines(each.bodies, question) for each in entries]
    head = fields.heads.standouts(question, (_cosines(each.heads, question) for each in entries))
    body = fields.bodies.standouts(question, cosines)
    opening = fields.openings.standouts(question, ([c] for c in _cosines(openings_of(entries), question)))
    hits = [
        _hit(candidate, fields.head_weight * h, b, o, language)
        for candidate, h, b, o in zip(pool, head, body, opening, strict=True)
    ]
    found = dict(zip((each.entry.id for each in entries), zip(entries, cosines, strict=True), strict=True))
    best = _own_language_first(_one_title_once(_sorted(hits)), language)[:most]
    return [replace(hit, passages=_passages(*found[hit.entry.id])) for hit in best]


def _cosines(vectors: Matrix, question: Vector) -> list[float]:
    """Without `@`, which waits for the threads of BLAS."""
    cosines: list[float] = np.vecdot(vectors, question).tolist()
    return cosines


def _passages(stored: StoredEntry, cosines: Sequence[float]) -> tuple[ScoredPassage, ...]:
    order = sorted(range(len(cosines)), key=lambda i: -cosines[i])
    return tuple(ScoredPassage(stored.passages[i], cosines[i]) for i in order)


def _hit(candidate: Candidate, head: float, body: float, opening: float, language: str) -> Hit:
    """Its passages are still to be put in."""
    entry = candidate.stored.entry
    own = OWN_LANGUAGE_BONUS if entry.language == language else 0.0
    dense = head + BODY_WEIGHT * body + OPENING_WEIGHT * opening
    return Hit(
        entry=entry,
        score=float(dense + LEXICAL_WEIGHT * candidate.lexical + own),
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

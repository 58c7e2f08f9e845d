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
from collections.abc import Iterable
from dataclasses import dataclass, replace

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

    def standouts(self, question: Vector, cosines: Iterable[NDArray[np.float32]]) -> list[float]:
        """How far the best of each entry's cosines stands out, in deviations; 0 where it has none."""
        middle = float(question @ self.mean)
        spread = math.sqrt(max(float(question @ self.covariance @ question), 0.0))
        return [(float(c.max()) - middle) / max(spread, 1e-3) if len(c) else 0.0 for c in cosines]


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


def opening_of(stored: StoredEntry) -> Vector:
    """What an entry begins with, as one vector: the direction of its title and its first passage together."""
    title, first = stored.heads[0], stored.bodies[:1]
    if not len(first):
        together = title
    elif not stored.entry.title:
        together = first[0]
    else:
        together = title + FIRST_PASSAGE * first[0]
    return np.asarray(together / np.linalg.norm(together), np.float32)


def rank(candidates: Iterable[Candidate], question: Vector, fields: Fields, language: str) -> list[Hit]:
    """Best first. Of twins, the one in the customer's language takes the place that the better one earned."""
    pool = list(candidates)
    cosines = [np.vecdot(c.stored.bodies, question) for c in pool]  # `@` waits for BLAS threads
    head = fields.heads.standouts(question, (np.vecdot(c.stored.heads, question) for c in pool))
    body = fields.bodies.standouts(question, cosines)
    opening = fields.openings.standouts(
        question, (np.vecdot(opening_of(c.stored)[None], question) for c in pool)
    )
    hits = [
        _hit(candidate, fields.head_weight * h, b, o, scores, language)
        for candidate, h, b, o, scores in zip(pool, head, body, opening, cosines, strict=True)
    ]
    return _own_language_first(_one_title_once(_sorted(hits)), language)


def _hit(
    candidate: Candidate,
    head: float,
    body: float,
    opening: float,
    cosines: NDArray[np.float32],
    language: str,
) -> Hit:
    stored = candidate.stored
    own = OWN_LANGUAGE_BONUS if stored.entry.language == language else 0.0
    dense = head + BODY_WEIGHT * body + OPENING_WEIGHT * opening
    order = np.argsort(-cosines, kind="stable")
    return Hit(
        entry=stored.entry,
        score=float(dense + LEXICAL_WEIGHT * candidate.lexical + own),
        signals={"head": head, "body": body, "opening": opening, "lexical": candidate.lexical},
        passages=tuple(ScoredPassage(stored.passages[i], float(cosines[i])) for i in order),
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
        key = (type(hit.entry), hit.entry.language, fold(hit.entry.title).strip())
        repeated = bool(key[-1]) and key in seen
        hits.append(replace(hit, score=hit.score - max(hit.signals["head"], 0.0)) if repeated else hit)
        seen.add(key)
    return _sorted(hits)


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

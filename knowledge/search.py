"""Candidates → one ranking of entries. Pure: what index and store returned goes in, ranked hits come out.

Three signals, each on a scale that means the same for every question and every help centre:

- head and body: how far the best title (or alternative question) and the best passage stand out from what
  this question scores against everything indexed, in standard deviations. Raw cosines bunch together and
  differ from question to question; the mean and the spread over the whole index follow exactly from the
  vectors' first and second moments, without looking at each vector.
- lexical and lexical_head: BM25 over the whole entry, and over its title and questions, as a share of the
  question's own mass (see `knowledge.lexical`). They fade by themselves where the entries are in another
  language than the question.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from knowledge.evidence import Hit, ScoredPassage
from knowledge.ports import Matrix, StoredEntry, Vector

HEAD_WEIGHT = 1.2
BODY_WEIGHT = 1.0
LEXICAL_WEIGHT = 5.0
LEXICAL_HEAD_WEIGHT = 1.0
"""Chosen by hand over cdtn_fr, gnome, stackfaq, mtragun and clinc150, both halves (see docs/quality.md).
A fitted model of ten features did no better on sets left out of the fit."""
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
    """What the two dense signals are measured against, and how much the first one tells in this index."""

    heads: Background
    bodies: Background
    head_words: float
    """Average number of words of a title or alternative question, each counted up to FULL_HEAD_WORDS."""

    @property
    def head_weight(self) -> float:
        return HEAD_WEIGHT * min(self.head_words, FULL_HEAD_WORDS) / FULL_HEAD_WORDS


@dataclass(frozen=True, slots=True)
class Candidate:
    stored: StoredEntry
    lexical: float
    lexical_head: float


def rank(candidates: Iterable[Candidate], question: Vector, fields: Fields, language: str) -> list[Hit]:
    """Best first. Of twins, the one in the customer's language takes the place that the better one earned."""
    pool = list(candidates)
    cosines = [np.vecdot(c.stored.bodies, question) for c in pool]  # `@` waits for BLAS threads
    head = fields.heads.standouts(question, (np.vecdot(c.stored.heads, question) for c in pool))
    body = fields.bodies.standouts(question, cosines)
    hits = [
        _hit(candidate, fields.head_weight * h, b, scores, language)
        for candidate, h, b, scores in zip(pool, head, body, cosines, strict=True)
    ]
    hits.sort(key=lambda hit: (-hit.score, hit.entry.id))
    return _own_language_first(hits, language)


def _hit(candidate: Candidate, head: float, body: float, cosines: NDArray[np.float32], language: str) -> Hit:
    stored = candidate.stored
    own = OWN_LANGUAGE_BONUS if stored.entry.language == language else 0.0
    lexical = LEXICAL_WEIGHT * candidate.lexical + LEXICAL_HEAD_WEIGHT * candidate.lexical_head
    score = head + BODY_WEIGHT * body + lexical + own
    order = np.argsort(-cosines, kind="stable")
    return Hit(
        entry=stored.entry,
        score=float(score),
        signals={
            "head": float(head),
            "body": float(body),
            "lexical": candidate.lexical,
            "lexical_head": candidate.lexical_head,
        },
        passages=tuple(ScoredPassage(stored.passages[i], float(cosines[i])) for i in order),
    )


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

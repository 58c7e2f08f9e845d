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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, islice, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge.entries import Entry
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
        spread = max(math.sqrt(max(float(question @ self.covariance @ question), 0.0)), 1e-3)
        return [(max(c) - middle) / spread if c else 0.0 for c in cosines]


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
    together = np.concatenate([each.heads[:1] for each in entries])
    rows = [row for row, each in enumerate(entries) if len(each.bodies)]
    if rows:
        first = np.concatenate([entries[row].bodies[:1] for row in rows])
        begun = together[rows] + FIRST_PASSAGE * first
        untitled = [n for n, row in enumerate(rows) if not entries[row].entry.title]
        begun[untitled] = first[untitled]
        together[rows] = begun
    openings: Matrix = together / np.sqrt(np.vecdot(together, together))[:, None]
    return openings


class _Place(NamedTuple):
    """Of one candidate, in standard deviations."""

    stored: StoredEntry
    passages: Sequence[float]
    """Their cosines."""
    head: float
    body: float
    opening: float
    lexical: float
    score: float

    @property
    def entry(self) -> Entry:
        return self.stored.entry

    @property
    def hit(self) -> Hit:
        stored, cosines = self.stored, self.passages
        order = sorted(range(len(cosines)), key=lambda n: -cosines[n])
        return Hit(
            entry=stored.entry,
            score=self.score,
            signals={"head": self.head, "body": self.body, "opening": self.opening, "lexical": self.lexical},
            passages=tuple(ScoredPassage(stored.passages[n], cosines[n]) for n in order),
        )


def rank(
    candidates: Iterable[Candidate], question: Vector, fields: Fields, language: str, most: int | None = None
) -> list[Hit]:
    """Best first, at most so many.

    Of twins, the one in the customer's language takes the place that the better one earned."""
    pool = list(candidates)
    if not pool:
        return []
    entries = [candidate.stored for candidate in pool]
    passages = _cosines([each.bodies for each in entries], question)
    (openings,) = _cosines([openings_of(entries)], question)
    head = fields.heads.standouts(question, _cosines([each.heads for each in entries], question))
    body = fields.bodies.standouts(question, passages)
    opening = fields.openings.standouts(question, [[cosine] for cosine in openings])
    places = [
        _placed(candidate, cosines, fields.head_weight * h, b, o, language)
        for candidate, cosines, h, b, o in zip(pool, passages, head, body, opening, strict=True)
    ]
    ranked = _own_language_first(_one_title_once(_sorted(places)), language)
    return [place.hit for place in islice(ranked, most)]


def _cosines(matrices: Sequence[Matrix], question: Vector) -> list[list[float]]:
    """Of the vectors in each. Without `@`, which waits for the threads of BLAS."""
    cosines: list[float] = np.vecdot(np.concatenate(matrices), question).tolist()
    ends = accumulate(map(len, matrices), initial=0)
    return [cosines[start:end] for start, end in pairwise(ends)]


def _placed(
    candidate: Candidate, passages: Sequence[float], head: float, body: float, opening: float, language: str
) -> _Place:
    own = OWN_LANGUAGE_BONUS if candidate.stored.entry.language == language else 0.0
    dense = head + BODY_WEIGHT * body + OPENING_WEIGHT * opening
    score = float(dense + LEXICAL_WEIGHT * candidate.lexical + own)
    return _Place(candidate.stored, passages, head, body, opening, candidate.lexical, score)


def _sorted(places: Iterable[_Place]) -> list[_Place]:
    return sorted(places, key=lambda place: (-place.score, place.stored.entry.id))


def _one_title_once(ranked: Iterable[_Place]) -> list[_Place]:
    """Of entries with the same title, those after the best go without what the title earned them.

    They answer the same question; the place is better given to one that answers another.
    """
    seen: set[tuple[type, str, str]] = set()
    places: list[_Place] = []
    for place in ranked:
        entry = place.stored.entry
        key = (type(entry), entry.language, _as_title(entry.title))
        repeated = bool(key[-1]) and key in seen
        places.append(place._replace(score=place.score - max(place.head, 0.0)) if repeated else place)
        seen.add(key)
    return _sorted(places)


@lru_cache(maxsize=10_000)
def _as_title(title: str) -> str:
    return fold(title).strip()


def _own_language_first(places: Sequence[_Place], language: str) -> Iterator[_Place]:
    own = {
        place.entry.twin: place for place in places if place.entry.twin and place.entry.language == language
    }
    shown: set[str] = set()
    for place in places:
        preferred = own.get(place.entry.twin, place) if place.entry.twin else place
        if preferred is not place and preferred.entry.id not in shown:
            shown.add(preferred.entry.id)
            yield preferred._replace(score=max(preferred.score, place.score))
        if place.entry.id not in shown:
            shown.add(place.entry.id)
            yield place

"""Which entries hold a word, and what it is worth there: BM25 in flat arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

K1 = 1.2
B = 0.75
"""BM25 saturation and length normalisation (Robertson and Zaragoza, 2009)."""
SLACK = 1e-4
"""Wider than what float32 loses in a sum of a question's words."""

Rows = NDArray[np.int32]
Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weighted:
    """One reading of a question: its words' positions in the postings, and what each counts."""

    terms: Sequence[int]
    shares: Sequence[np.float32]


@dataclass(frozen=True, slots=True)
class Counted:
    """How often words stand in entries, as triples in any order. No two are of the same word and entry."""

    terms: Rows
    rows: Rows
    counts: NDArray[np.uint16]

    @staticmethod
    def of(starts: NDArray[np.int64], rows: Rows, counts: NDArray[np.uint16]) -> Counted:
        """From one stretch a term."""
        return Counted(np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts)), rows, counts)

    def __add__(self, other: Counted) -> Counted:
        return Counted(
            np.concatenate((self.terms, other.terms)),
            np.concatenate((self.rows, other.rows)),
            np.concatenate((self.counts, other.counts)),
        )

    def moved(self, places: Rows) -> Counted:
        """With the rows at other places; those at -1 fall away."""
        rows = places[self.rows]
        kept = rows >= 0
        return Counted(self.terms[kept], rows[kept], self.counts[kept])


@dataclass(frozen=True, slots=True)
class Postings:
    """One stretch of `rows`, `counts` and `weights` a term, rows ascending."""

    starts: NDArray[np.int64]
    """Shape (terms + 1,)."""
    rows: Rows
    counts: NDArray[np.uint16]
    weights: Scores
    """What BM25 gives the row for the term."""
    rarity: Scores
    """Inverse document frequency, shape (terms,)."""
    most: Scores
    """The largest weight of each term."""
    lengths: Scores
    """Words of each row, shape (rows of the index,); -1 for those in other languages."""
    mean_length: float
    rarest: float
    """The rarity of a word that no row has."""

    @staticmethod
    def of(counted: Counted, terms: int, lengths: Scores) -> Postings:
        """Every term stands in one row at least."""
        order = np.argsort(counted.terms * np.int64(len(lengths)) + counted.rows, kind="stable")
        in_order = Counted(counted.terms[order], counted.rows[order], counted.counts[order])
        return Postings.of_ordered(in_order, terms, lengths)

    @staticmethod
    def of_ordered(counted: Counted, terms: int, lengths: Scores) -> Postings:
        """From what `counted` gave: by terms, and by rows of each."""
        term, row, count = counted.terms, counted.rows, counted.counts
        frequency = np.bincount(term, minlength=terms)
        starts = np.concatenate(([0], np.cumsum(frequency)))
        own = lengths[lengths >= 0]
        documents = len(own)
        rarity = np.log1p((documents - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
        mean = max(float(own.sum(dtype=np.float64)) / documents, 1.0) if documents else 1.0
        norm = K1 * (1 - B + B * lengths[row] / mean)
        often = count.astype(np.float32)
        weights = (rarity[term] * often * (K1 + 1) / (often + norm)).astype(np.float32)
        most = np.maximum.reduceat(weights, starts[:-1]) if len(weights) else np.zeros(terms, np.float32)
        rarest = float(np.log1p((documents - 0.5) / 1.5)) if documents else 0.0
        return Postings(starts, row, count, weights, rarity, most, lengths, mean, rarest)

    def counted(self) -> Counted:
        return Counted.of(self.starts, self.rows, self.counts)

    def add_to(self, scores: Scores, question: Weighted) -> None:
        """Every row's score, to what stands in `scores`."""
        for term, share in zip(question.terms, question.shares, strict=True):
            start, end = self.starts[term], self.starts[term + 1]
            scores[self.rows[start:end]] += self.weights[start:end] * share

    def scores_of(self, rows: Rows, question: Weighted) -> Scores:
        """The scores of these rows, to the bit what `add_to` gives them."""
        scores = np.zeros(len(rows), np.float32)
        for term, share in zip(question.terms, question.shares, strict=True):
            start, end = self.starts[term], self.starts[term + 1]
            at = start + np.searchsorted(self.rows[start:end], rows)
            (here,) = (at < end).nonzero()
            here = here[self.rows[at[here]] == rows[here]]
            scores[here] += self.weights[at[here]] * share
        return scores

    def promising(self, worth: Mapping[int, float], k: int) -> Rows:
        """Rows among which are the k best, by what each term counts.

        Rare words are looked up first; once all the words left together could not lift a row over the k-th
        best, their long lists are left unread (MaxScore: Turtle and Flood, 1995).
        """
        waiting = sorted(worth, key=lambda term: int(self.starts[term + 1] - self.starts[term]))
        left = float(sum(worth[term] * float(self.most[term]) for term in waiting))
        scores = np.zeros(len(self.lengths), np.float32)  # untouched pages cost nothing
        found: list[Rows] = []
        seen, threshold = 0, 0.0
        for term in waiting:
            if left < threshold:
                break
            rows = self.rows[self.starts[term] : self.starts[term + 1]]
            fresh = rows[scores[rows] == 0]
            scores[rows] += self.weights[self.starts[term] : self.starts[term + 1]] * np.float32(worth[term])
            left -= worth[term] * float(self.most[term])
            found.append(fresh)
            seen += len(fresh)
            threshold = _kth(scores, found, k) - SLACK if seen >= k else 0.0
        rows = np.concatenate(found) if found else np.zeros(0, np.int32)
        return rows[scores[rows] + max(left, 0.0) >= threshold]


def _kth(scores: Scores, found: Sequence[Rows], k: int) -> float:
    values = scores[np.concatenate(found)]
    return float(np.partition(values, len(values) - k)[len(values) - k])

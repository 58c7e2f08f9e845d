"""Words as search sees them (folded, stemmed, codes kept whole), and BM25 over them.

Each language has its own vocabulary, stemmer and rarities; a question is read in every language of the
index, so that a wrong guess of its language costs nothing and an entry in another language is judged by
the words it shares (names, codes), not by how rare they are elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import Stemmer
from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.postings import K1, B, Postings, Rows, Scores, Weighted

TITLE_WEIGHT = 3
"""A word of the title counts as three of the text."""
TYPO_SIMILARITY = 0.75
"""Two words are one, misspelt, from this normalised edit similarity on: one slip in four letters."""
TYPO_CHOICES = 3

_WORD = re.compile(r"[^\W_]+(?:[-./][^\W_]+)*", re.UNICODE)
_PART = re.compile(r"[-./]")
_STEMMERS = {
    "fr": "french",
    "en": "english",
    "de": "german",
    "es": "spanish",
    "it": "italian",
    "nl": "dutch",
    "pt": "portuguese",
}


def fold(text: str) -> str:
    """Lower case without accents: « Délai » and "delai" are one word."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    """Folded words in order; a code such as MT-482913 stays whole and gives its parts too."""
    found: list[str] = []
    for match in _WORD.finditer(fold(text)):
        word = match.group()
        parts = _PART.split(word)
        if len(parts) > 1 and any(c.isdigit() for c in word):
            found.append(word)
        found.extend(part for part in parts if part)
    return found


def stems(text: str, language: str) -> list[str]:
    """Stems in order, stop words included: rarity decides what weighs."""
    return [_stem(word, language) for word in words(text)]


@lru_cache(maxsize=200_000)
def _stem(word: str, language: str) -> str:
    if any(c.isdigit() for c in word):
        return word
    stemmer = _stemmer(language)
    return stemmer.stemWord(word) if stemmer else word


def _may_be_misspelt(word: str) -> bool:
    """Short words and codes are meant as they are."""
    return len(word) >= 4 and not any(c.isdigit() for c in word)


@lru_cache(maxsize=8)
def _stemmer(language: str) -> Stemmer.Stemmer | None:
    name = _STEMMERS.get(language)
    return Stemmer.Stemmer(name, 0) if name else None


@dataclass(frozen=True, slots=True)
class Document:
    """An entry as words."""

    id: str
    language: str
    title: str
    questions: Sequence[str]
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A question read in one language of the index."""

    terms: Mapping[str, float]
    """Stem of the index → how surely the question means it (1, less for a corrected typo)."""
    rarity: Mapping[str, float]
    """The same stems → inverse document frequency."""
    mass: float
    """Rarity of all the question's words together, the unknown ones counting as the rarest."""


Mixture = Sequence[tuple[float, Mapping[str, Reading]]]
"""A question read in several ways, each with its share."""


class LexicalIndex:
    """BM25 over entries; rows are positions in `ids`."""

    def __init__(self, documents: Iterable[Document]) -> None:
        by_language: defaultdict[str, _Builder] = defaultdict(_Builder)
        self.ids: list[str] = []
        for row, document in enumerate(documents):
            self.ids.append(document.id)
            by_language[document.language].add(row, document)
        self._parts = {language: _Part(builder, len(self.ids)) for language, builder in by_language.items()}
        self._row = {entry_id: row for row, entry_id in enumerate(self.ids)}

    def row(self, entry_id: str) -> int | None:
        return self._row.get(entry_id)

    def read(self, question: str) -> dict[str, Reading]:
        """The question in each language; a word unknown everywhere is looked for as a typo."""
        tokens = list(dict.fromkeys(words(question)))
        known = {
            token
            for token in tokens
            if any(_stem(token, language) in part.terms for language, part in self._parts.items())
        }
        return {language: part.read(tokens, known, language) for language, part in self._parts.items()}

    def scores(self, readings: Mapping[str, Reading]) -> Scores:
        """Shape (entries,): BM25 divided by the question's mass, so that 0 is nothing shared and about 1 all.

        Comparable between questions, unlike BM25 itself.
        """
        scores = np.zeros(len(self.ids), np.float32)
        for language, reading in readings.items():
            if reading.mass > 0:
                part = self._parts[language]
                part.postings.add_to(scores, part.weighted(reading))
        return scores

    def scores_of(self, rows: Sequence[int] | Rows, mixture: Mixture) -> Scores:
        """What `scores` gives these rows, in the mixture's proportions."""
        wanted = np.asarray(rows, np.int32)
        return np.asarray(
            sum(share * self._scores_of(wanted, readings) for share, readings in mixture), np.float32
        )

    def best(self, mixture: Mixture, k: int) -> list[int]:
        """The k rows with the highest scores above 0, best first; of equals, the first rows."""
        found = [part.promising(language, mixture, k) for language, part in self._parts.items()]
        rows = np.sort(np.concatenate(found)) if found else np.zeros(0, np.int32)
        scores = self.scores_of(rows, mixture)
        order = np.argsort(-scores, kind="stable")[:k]
        return [int(rows[n]) for n in order if scores[n] > 0]

    def score(self, document: Document, readings: Mapping[str, Reading]) -> float:
        """What `scores` would say of a document that is not indexed: an entry with a part taken away."""
        reading = readings.get(document.language)
        if reading is None or not reading.mass:
            return 0.0
        return self._parts[document.language].score(_weighted_stems(document), reading)

    def _scores_of(self, rows: Rows, readings: Mapping[str, Reading]) -> Scores:
        scores = np.zeros(len(rows), np.float32)
        for language, reading in readings.items():
            if reading.mass > 0:
                part = self._parts[language]
                scores += part.postings.scores_of(rows, part.weighted(reading))
        return scores


def _weighted_words(document: Document) -> Counter[str]:
    counts: Counter[str] = Counter(words(document.text))
    for question in document.questions:
        counts.update(words(question))
    for word in words(document.title):
        counts[word] += TITLE_WEIGHT
    return counts


def _weighted_stems(document: Document) -> Counter[str]:
    counts: Counter[str] = Counter()
    for word, count in _weighted_words(document).items():
        counts[_stem(word, document.language)] += count
    return counts


class _Builder:
    """Collects postings of one language in flat arrays."""

    def __init__(self) -> None:
        self.terms: dict[str, int] = {}
        self.words: dict[str, str] = {}
        """Each word as it was written → its stem: typos are made in words, not in stems."""
        self.term = array("i")
        self.row = array("i")
        self.count = array("f")
        self.lengths: dict[int, float] = {}

    def add(self, row: int, document: Document) -> None:
        counts: Counter[str] = Counter()
        for word, count in _weighted_words(document).items():
            counts[self._stem_of(word, document.language)] += count
        self.lengths[row] = float(counts.total())
        for stem, count in counts.items():
            self.term.append(self.terms.setdefault(stem, len(self.terms)))
            self.row.append(row)
            self.count.append(count)

    def _stem_of(self, word: str, language: str) -> str:
        known = self.words.get(word)
        if known is None:
            known = self.words[word] = _stem(word, language)
        return known


class _Part:
    """What is known of one language."""

    def __init__(self, builder: _Builder, rows: int) -> None:
        self.terms = builder.terms
        lengths = np.zeros(rows, np.float32)
        lengths[list(builder.lengths)] = list(builder.lengths.values())
        self.postings = Postings.of(
            len(self.terms),
            np.array(builder.term, np.int32),
            np.array(builder.row, np.int32),
            np.array(builder.count, np.float32),
            lengths,
            len(builder.lengths),
        )
        self._words = builder.words
        self._by_length: defaultdict[int, list[str]] = defaultdict(list)
        for word in filter(_may_be_misspelt, builder.words):
            self._by_length[len(word)].append(word)

    def read(self, tokens: Sequence[str], known: set[str], language: str) -> Reading:
        rarity = self.postings.rarity
        terms: dict[str, float] = {}
        mass = 0.0
        for token in tokens:
            stem = _stem(token, language)
            if stem in self.terms:
                terms[stem] = 1.0
                mass += float(rarity[self.terms[stem]])
                continue
            meant = [] if token in known else self._like(token)
            for choice, similarity in meant:
                terms[choice] = max(terms.get(choice, 0.0), (similarity - 0.5) * 1.6)
            mass += float(rarity[self.terms[meant[0][0]]]) if meant else self.postings.rarest
        return Reading(terms, {t: float(rarity[self.terms[t]]) for t in terms}, mass)

    def weighted(self, reading: Reading) -> Weighted:
        return Weighted(
            [self.terms[stem] for stem in reading.terms],
            [np.float32(sure / reading.mass) for sure in reading.terms.values()],
        )

    def promising(self, language: str, mixture: Mixture, k: int) -> Rows:
        worth: defaultdict[int, float] = defaultdict(float)
        for share, readings in mixture:
            if (reading := readings.get(language)) and reading.mass > 0:
                for stem, sure in reading.terms.items():
                    worth[self.terms[stem]] += share * sure / reading.mass
        return self.postings.promising(worth, k)

    def _like(self, word: str) -> list[tuple[str, float]]:
        """Stems of the known words that `word` may be a slip of, with their similarity."""
        if not _may_be_misspelt(word):
            return []
        near = [w for size in range(len(word) - 2, len(word) + 3) for w in self._by_length.get(size, ())]
        found = process.extract(
            word,
            near,
            scorer=OSA.normalized_similarity,
            processor=None,
            score_cutoff=TYPO_SIMILARITY,
            limit=TYPO_CHOICES,
        )
        return [(self._words[choice], similarity) for choice, similarity, _ in found]

    def score(self, counts: Counter[str], reading: Reading) -> float:
        norm = K1 * (1 - B + B * counts.total() / self.postings.mean_length)
        found = (
            sure * reading.rarity[stem] * counts[stem] * (K1 + 1) / (counts[stem] + norm)
            for stem, sure in reading.terms.items()
        )
        return sum(found) / reading.mass

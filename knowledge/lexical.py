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
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import Stemmer
from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.postings import K1, B, Counted, Postings, Rows, Scores, Weighted

READING = 1
"""Grows with each change of how documents are read, so that what was kept of them is made anew."""
TITLE_WEIGHT = 3
"""A word of the title counts as three of the text."""
FEW = 2_000
"""Entries up to which every one is scored, which takes no longer than finding those that are worth it."""
TYPO_SIMILARITY = 0.75
"""Two words are one, misspelt, from this normalised edit similarity on: one slip in four letters."""
TYPO_CHOICES = 3
SHARED_WORD = 6
"""Letters from which on a word spelt alike in two languages is one word: a name, a loan, *connexion*."""
ALIKE_BY_CHANCE = 0.1
"""How surely a shorter one is meant: *or*, *on* and *car* are other words in French than in English."""

_WORD = re.compile(r"[^\W_]+(?:[-./][^\W_]+)*", re.UNICODE)
_PART = re.compile(r"[-./]")
_ACCENTS = re.compile("[\u0300-\u034e\u0350-\u036f]+")
_RARE = re.compile("[\u0370-\U0010ffff]+")
"""Where other combining characters may stand."""
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
    plain = text.casefold()
    if plain.isascii():
        return plain
    decomposed = unicodedata.normalize("NFKD", plain.replace("œ", "oe").replace("æ", "ae"))
    return _RARE.sub(_without_combining, _ACCENTS.sub("", decomposed))


def _without_combining(match: re.Match[str]) -> str:
    return "".join(c for c in match.group() if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    """Folded words in order; a code such as MT-482913 stays whole and gives its parts too."""
    found: list[str] = []
    for word in _WORD.findall(fold(text)):
        if word.isalnum():
            found.append(word)
            continue
        if any(c.isdigit() for c in word):
            found.append(word)
        found.extend(part for part in _PART.split(word) if part)
    return found


def stems(text: str, language: str) -> list[str]:
    """Stems in order, stop words included: rarity decides what weighs."""
    return [*map(_stemming(language), words(text))]


@lru_cache(maxsize=8)
def _stemming(language: str) -> Callable[[str], str]:
    """Of one language, so that what is remembered is found by the word alone."""
    name = _STEMMERS.get(language)
    stemmed = Stemmer.Stemmer(name, 0).stemWord if name else str

    @lru_cache(maxsize=100_000)
    def stem(word: str) -> str:
        return word if any(c.isdigit() for c in word) else stemmed(word)

    return stem


def _may_be_misspelt(word: str) -> bool:
    """Short words and codes are meant as they are."""
    return len(word) >= 4 and (word.isalpha() or not any(c.isdigit() for c in word))


def _may_be_another_word(word: str) -> bool:
    """In another language. Codes are the same in all."""
    return len(word) < SHARED_WORD and not any(c.isdigit() for c in word)


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
    """Stem of the index → how surely the question means it: 1, less for a typo or another language's word."""
    rarity: Mapping[str, float]
    """The same stems → inverse document frequency."""
    mass: float
    """Rarity of all the question's words together, the unknown ones counting as the rarest."""


Mixture = Sequence[tuple[float, Mapping[str, Reading]]]
"""A question read in several ways, each with its share."""


class LexicalIndex:
    """BM25 over entries; rows are positions in `ids`."""

    def __init__(self, documents: Iterable[Document] = ()) -> None:
        builder = LexicalBuilder()
        for document in documents:
            builder.add(document)
        self._hold(builder.ids, builder.parts())

    @classmethod
    def of(cls, ids: Sequence[str], parts: Mapping[str, Part]) -> LexicalIndex:
        index = cls.__new__(cls)
        index._hold(ids, parts)
        return index

    def _hold(self, ids: Sequence[str], parts: Mapping[str, Part]) -> None:
        self.ids = ids
        self.parts = parts
        self._row = {entry_id: row for row, entry_id in enumerate(ids)}

    def revised(self, gone: Set[str], documents: Sequence[Document] = ()) -> LexicalIndex:
        """Without some entries and with others, in order of id. What was read before is not read again.

        As if made anew, but that spellings nobody uses any more still help to put typos right while another
        form of the word is in use."""
        added = LexicalIndex(documents)
        left = set(self.ids) - gone - set(added.ids)
        ids = sorted(left | set(added.ids))
        place = {entry_id: row for row, entry_id in enumerate(ids)}
        own = np.array([place[i] if i in left else -1 for i in self.ids], np.int32)
        new = np.array([place[i] for i in added.ids], np.int32)
        parts: dict[str, Part] = {}
        for language in {**self.parts, **added.parts}:
            both = ((self.parts.get(language), own), (added.parts.get(language), new))
            joined = Part.joined([(part, places) for part, places in both if part], len(ids))
            if joined is not None:
                parts[language] = joined
        return LexicalIndex.of(ids, parts)

    def row(self, entry_id: str) -> int | None:
        return self._row.get(entry_id)

    def read(self, question: str, asked_in: str = "") -> dict[str, Reading]:
        """The question in each language; a word unknown everywhere is looked for as a typo."""
        tokens = list(dict.fromkeys(words(question)))
        known = {
            token
            for token in tokens
            if any(_stemming(language)(token) in part.terms for language, part in self.parts.items())
        }
        return {own: part.read(tokens, known, own, asked_in or own) for own, part in self.parts.items()}

    def scores(self, readings: Mapping[str, Reading]) -> Scores:
        """Shape (entries,): BM25 divided by the question's mass, so that 0 is nothing shared and about 1 all.
        Comparable between questions, unlike BM25 itself."""
        scores = np.zeros(len(self.ids), np.float32)
        for language, reading in readings.items():
            if reading.mass > 0:
                part = self.parts[language]
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
        rows = np.arange(len(self.ids), dtype=np.int32)
        if len(rows) > FEW:
            found = [part.promising(language, mixture, k) for language, part in self.parts.items()]
            rows = np.sort(np.concatenate(found))
        scores = self.scores_of(rows, mixture)
        order = np.argsort(-scores, kind="stable")[:k]
        return [int(rows[n]) for n in order if scores[n] > 0]

    def score(self, document: Document, readings: Mapping[str, Reading]) -> float:
        """What `scores` would say of a document that is not indexed: an entry with a part taken away."""
        reading = readings.get(document.language)
        if reading is None or not reading.mass:
            return 0.0
        return self.parts[document.language].score(_weighted_stems(document), reading)

    def _scores_of(self, rows: Rows, readings: Mapping[str, Reading]) -> Scores:
        if len(self.ids) <= FEW:
            return self.scores(readings)[rows]
        scores = np.zeros(len(rows), np.float32)
        for language, reading in readings.items():
            if reading.mass > 0:
                part = self.parts[language]
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
        counts[_stemming(document.language)(word)] += count
    return counts


class LexicalBuilder:
    """Takes documents one by one; their texts need not be kept."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._languages: defaultdict[str, _Builder] = defaultdict(_Builder)

    def add(self, document: Document) -> None:
        self._languages[document.language].add(len(self.ids), document)
        self.ids.append(document.id)

    def parts(self) -> dict[str, Part]:
        return {language: builder.part(len(self.ids)) for language, builder in self._languages.items()}


class _Builder:
    """Collects one language in flat arrays."""

    def __init__(self) -> None:
        self._terms: dict[str, int] = {}
        self._words: dict[str, str] = {}
        self._term = array("i")
        self._row = array("i")
        self._count = array("H")
        self._lengths: dict[int, float] = {}

    def add(self, row: int, document: Document) -> None:
        counts: Counter[str] = Counter()
        for word, count in _weighted_words(document).items():
            counts[self._stem_of(word, document.language)] += count
        self._lengths[row] = float(counts.total())
        for stem, count in counts.items():
            self._term.append(self._terms.setdefault(stem, len(self._terms)))
            self._row.append(row)
            self._count.append(min(count, _MOST))

    def _stem_of(self, word: str, language: str) -> str:
        known = self._words.get(word)
        if known is None:
            known = self._words[word] = _stemming(language)(word)
        return known

    def part(self, rows: int) -> Part:
        lengths = np.full(rows, -1, np.float32)
        lengths[list(self._lengths)] = list(self._lengths.values())
        counted = Counted(
            np.array(self._term, np.int32), np.array(self._row, np.int32), np.array(self._count, np.uint16)
        )
        return Part(self._terms, self._words, Postings.of(counted, len(self._terms), lengths))


_MOST = 65535
"""Times that a word is counted in an entry."""


class Part:
    """What is known of one language."""

    def __init__(self, terms: Mapping[str, int], words: Mapping[str, str], postings: Postings) -> None:
        self.terms = terms
        """Stem → its place in the postings."""
        self.words = words
        """Each word as it was written → its stem: typos are made in words, not in stems."""
        self.postings = postings
        self._by_length: defaultdict[int, list[str]] = defaultdict(list)
        for word in filter(_may_be_misspelt, words):
            self._by_length[len(word)].append(word)

    @staticmethod
    def joined(parts: Sequence[tuple[Part, Rows]], rows: int) -> Part | None:
        """Parts of one language, their rows moved to other places (-1: gone). None when nothing is left."""
        terms: dict[str, int] = {}
        words: dict[str, str] = {}
        counted = Counted(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.uint16))
        lengths = np.full(rows, -1, np.float32)
        for part, places in parts:
            numbers = np.array([terms.setdefault(stem, len(terms)) for stem in part.terms], np.int32)
            own = part.postings.counted().moved(places)
            counted += replace(own, terms=numbers[own.terms])
            lengths[places[places >= 0]] = np.maximum(
                lengths[places[places >= 0]], part.postings.lengths[places >= 0]
            )
            words |= part.words
        if not (lengths >= 0).any():
            return None
        return Part._of_those_in_use(terms, words, counted, lengths)

    @staticmethod
    def _of_those_in_use(
        terms: Mapping[str, int], words: Mapping[str, str], counted: Counted, lengths: Scores
    ) -> Part:
        used = np.bincount(counted.terms, minlength=len(terms)) > 0
        if not used.all():
            numbers = (np.cumsum(used) - 1).astype(np.int32)
            terms = {stem: int(numbers[term]) for stem, term in terms.items() if used[term]}
            words = {word: stem for word, stem in words.items() if stem in terms}
            counted = replace(counted, terms=numbers[counted.terms])
        return Part(terms, words, Postings.of(counted, len(terms), lengths))

    def read(self, tokens: Sequence[str], known: set[str], language: str, asked_in: str) -> Reading:
        rarity = self.postings.rarity
        terms: dict[str, float] = {}
        mass = 0.0
        for token in tokens:
            stem = _stemming(language)(token)
            sure = ALIKE_BY_CHANCE if asked_in != language and _may_be_another_word(token) else 1.0
            if stem in self.terms:
                terms[stem] = max(terms.get(stem, 0.0), sure)
                mass += float(rarity[self.terms[stem]])
                continue
            meant = [] if token in known else self._like(token)
            for choice, similarity in meant:
                terms[choice] = max(terms.get(choice, 0.0), sure * (similarity - 0.5) * 1.6)
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
        return [(self.words[choice], similarity) for choice, similarity, _ in found]

    def score(self, counts: Counter[str], reading: Reading) -> float:
        norm = K1 * (1 - B + B * counts.total() / self.postings.mean_length)
        found = (
            sure * reading.rarity[stem] * counts[stem] * (K1 + 1) / (counts[stem] + norm)
            for stem, sure in reading.terms.items()
        )
        return sum(found) / reading.mass

"""A question → evidence: the one thing the conversation asks of the knowledge base."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from knowledge.calibration import NEAR_TWIN, SAMPLE, Calibration, calibrated, untrained
from knowledge.confidence import features_of, shipped_weights
from knowledge.entries import Audience
from knowledge.evidence import Evidence, Hit, Question
from knowledge.lexical import Document, LexicalIndex, Reading, Scores, words
from knowledge.ports import (
    Embedder,
    EntryStore,
    Field,
    IndexStamp,
    Reranker,
    StoredEntry,
    Vector,
    VectorIndex,
)
from knowledge.search import FULL_HEAD_WORDS, Candidate, Fields, Moments, rank

CANDIDATES = 40
"""Entries taken from each signal before the exact ranking."""
WIDEST = 1024
"""Vectors asked of the index at most when many belong to few entries."""
HITS = 20
CONTEXT_TURNS = 2
"""Earlier turns that a question is read with."""
CONTEXT_SHARE = 0.5
"""How much the question with its context counts against the question alone (fitted on multi-turn data)."""
RERANKED = 10
CACHED = 20_000
"""Entries kept in memory with their vectors."""
NOTE = "calibration"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is kept in memory of the entries that one set of audiences may see."""

    lexical: LexicalIndex
    """Over whole entries."""
    lexical_heads: LexicalIndex
    """Over titles and alternative questions; its rows are those of `lexical`."""
    fields: Fields


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in the terms of the signals."""

    text: str
    language: str
    vector: Vector
    readings: Mapping[str, Reading]
    lexical: Scores
    lexical_heads: Scores
    """Both over the rows of the catalogue's lexical indexes."""


class KnowledgeBase:
    """Hybrid search with a calibrated confidence over what a store and an index hold."""

    def __init__(
        self,
        store: EntryStore,
        index: VectorIndex,
        embedder: Embedder,
        *,
        target: float = 0.9,
        reranker: Reranker | None = None,
    ) -> None:
        self._store = store
        self._index = index
        self._embedder = embedder
        self._target = target
        self._reranker = reranker
        self._stamp: IndexStamp | None = None
        self._catalogues: dict[frozenset[Audience], Catalogue] = {}
        self._entries: dict[str, StoredEntry] = {}
        self._calibration = untrained()
        self._loading = asyncio.Lock()

    async def find(self, question: Question) -> Evidence:
        """Ranked hits and the confidence in the first. Raises what the store and the embedder raise."""
        clock = _Laps()
        await self.load()
        clock.lap("load")
        asked = await self._asked(question)
        clock.lap("embed")
        hits = await self._hits(asked, question.audiences, question.excluding)
        clock.lap("search")
        hits = await self._reranked(question.text, hits)
        features = features_of(asked.text, hits, asked.readings)
        clock.lap("judge")
        return Evidence(
            question=question,
            hits=tuple(hits),
            confidence=self._calibration.confidence(features) if hits else 0.0,
            threshold=shipped_weights().threshold(self._target),
            features=self._calibration.standardised(features),
            terms=_terms(asked.readings, hits),
            degraded=getattr(self._index, "degraded", None),
            timings=clock.laps,
        )

    async def load(self) -> None:
        """Bring what is kept in memory up to the store's revision; cheap when nothing changed."""
        async with self._loading:
            stamp = await self._store.stamp()
            if stamp == self._stamp:
                return
            await self._read_store()
            self._stamp = stamp
            note = Calibration.from_json(await self._store.read_note(NOTE))
            if stamp and note and note.revision == stamp.revision:
                self._calibration = note
            elif stamp:
                self._calibration = await self._calibrate(stamp.revision)
                await self._store.write_note(NOTE, self._calibration.to_json())

    async def _read_store(self) -> None:
        gathered = {audiences: _Gathered() for audiences in _VIEWS}
        self._entries = {}
        async for batch in self._store.scan():
            for stored in batch:
                self._remember(stored)
            for audiences, part in gathered.items():
                part.add([stored for stored in batch if stored.entry.audience in audiences])
        self._catalogues = {audiences: part.catalogue() for audiences, part in gathered.items()}

    async def _calibrate(self, revision: int) -> Calibration:
        """Ask for a sample of the entries, each with itself and its near twins taken away."""
        everyone = frozenset(Audience)
        sample = random.Random(0).sample(sorted(self._catalogues[everyone].lexical.ids), self._sample_size())
        nulls: list[dict[str, float]] = []
        for stored in await self._stored(sample, everyone):
            entry = stored.entry
            title = entry.title or entry.text[:100]
            asked = await self._asked(Question(title, entry.language, everyone))
            twins = await self._near_twins(stored)
            hits = await self._hits(asked, everyone, twins)
            if hits:
                nulls.append(features_of(title, hits, asked.readings))
        return calibrated(revision, nulls)

    def _sample_size(self) -> int:
        return min(SAMPLE, len(self._catalogues[frozenset(Audience)].lexical.ids))

    async def _near_twins(self, stored: StoredEntry) -> frozenset[str]:
        near = await self._index.nearest(stored.heads[0], Field.HEAD, frozenset(Audience), 4 * CANDIDATES)
        ids = {hit.entry_id for hit in near if hit.score >= NEAR_TWIN} | {stored.entry.id}
        if stored.entry.twin:
            ids |= {i for i, other in self._entries.items() if other.entry.twin == stored.entry.twin}
        return frozenset(ids)

    async def _asked(self, question: Question) -> Asked:
        """The question alone and with its context, half and half."""
        catalogue = self._catalogues.get(question.audiences, _EMPTY)
        texts = [question.text]
        if question.context:
            texts.append(" ".join([*question.context[-CONTEXT_TURNS:], question.text]))
        vectors = await self._embedder.embed_queries(texts)
        readings = [catalogue.lexical.read(text) for text in texts]
        scores = [catalogue.lexical.scores(reading) for reading in readings]
        heads = [catalogue.lexical_heads.scores(catalogue.lexical_heads.read(text)) for text in texts]
        shares = [1 - CONTEXT_SHARE, CONTEXT_SHARE] if question.context else [1.0]
        vector = _mixed(shares, vectors)
        return Asked(
            texts[-1],
            question.language,
            np.asarray(vector / np.linalg.norm(vector), np.float32),
            readings[-1],
            _mixed(shares, scores),
            _mixed(shares, heads),
        )

    async def _hits(
        self, asked: Asked, audiences: frozenset[Audience], excluding: frozenset[str]
    ) -> list[Hit]:
        catalogue = self._catalogues.get(audiences, _EMPTY)
        wanted = await self._candidates(asked, catalogue, audiences, excluding)
        stored = await self._stored(wanted, audiences)
        candidates = [
            Candidate(each, float(asked.lexical[row]), float(asked.lexical_heads[row]))
            for each in stored
            if (row := catalogue.lexical.row(each.entry.id)) is not None
        ]
        return rank(candidates, asked.vector, catalogue.fields, asked.language)[:HITS]

    async def _candidates(
        self,
        asked: Asked,
        catalogue: Catalogue,
        audiences: frozenset[Audience],
        excluding: frozenset[str],
    ) -> list[str]:
        heads = await self._nearest(asked.vector, Field.HEAD, audiences, excluding)
        bodies = await self._nearest(asked.vector, Field.BODY, audiences, excluding)
        top = np.argsort(-asked.lexical, kind="stable")[: CANDIDATES + len(excluding)]
        shared = [catalogue.lexical.ids[row] for row in top if asked.lexical[row] > 0]
        return list(dict.fromkeys(i for i in (*heads, *bodies, *shared) if i not in excluding))

    async def _nearest(
        self, vector: Vector, part: Field, audiences: frozenset[Audience], excluding: frozenset[str]
    ) -> list[str]:
        """Entries by their nearest vectors; asks wider when many vectors belong to few entries."""
        width = 2 * CANDIDATES
        while True:
            hits = await self._index.nearest(vector, part, audiences, width)
            ids = [i for i in dict.fromkeys(hit.entry_id for hit in hits) if i not in excluding]
            if len(ids) >= CANDIDATES // 2 or len(hits) < width or width >= WIDEST:
                return ids[:CANDIDATES]
            width = min(4 * width, WIDEST)

    async def _stored(self, ids: Sequence[str], audiences: frozenset[Audience]) -> list[StoredEntry]:
        """Entries that may be seen. The audience is checked here again, whatever the index said."""
        missing = [i for i in ids if i not in self._entries]
        if missing:
            for stored in await self._store.get(missing, audiences):
                self._remember(stored)
        found = (self._entries.get(i) for i in ids)
        return [each for each in found if each is not None and each.entry.audience in audiences]

    def _remember(self, stored: StoredEntry) -> None:
        while len(self._entries) >= CACHED:
            self._entries.pop(next(iter(self._entries)))
        self._entries[stored.entry.id] = stored

    async def _reranked(self, question: str, hits: list[Hit]) -> list[Hit]:
        """The re-ranker reads the best passage of the first hits; its order counts, its scale does not."""
        if self._reranker is None or len(hits) < 2:
            return hits
        head, tail = hits[:RERANKED], hits[RERANKED:]
        texts = [f"{hit.entry.title}\n{hit.passages[0].passage.text if hit.passages else ''}" for hit in head]
        scores = await self._reranker.score(question, texts)
        order = sorted(range(len(head)), key=lambda n: (-scores[n], n))
        ranked = sorted((hit.score for hit in head), reverse=True)
        return [
            replace(head[n], score=place, signals={**head[n].signals, "reranker": float(scores[n])})
            for n, place in zip(order, ranked, strict=True)
        ] + tail


def _mixed(shares: Sequence[float], arrays: Iterable[Scores]) -> Scores:
    return np.asarray(sum(share * each for share, each in zip(shares, arrays, strict=True)), np.float32)


def _terms(readings: Mapping[str, Reading], hits: Iterable[Hit]) -> dict[str, float]:
    """The question's stems with their weights, in the languages that were found."""
    terms: dict[str, float] = {}
    for language in {hit.entry.language for hit in hits}:
        if reading := readings.get(language):
            for stem, sure in reading.terms.items():
                terms[stem] = max(terms.get(stem, 0.0), sure * reading.rarity[stem])
    return terms


class _Gathered:
    """Collects a catalogue while the store is read through."""

    def __init__(self) -> None:
        self._documents: list[Document] = []
        self._heads: Moments | None = None
        self._bodies: Moments | None = None

    def add(self, batch: Sequence[StoredEntry]) -> None:
        if not batch:
            return
        for entry in (stored.entry for stored in batch):
            document = Document(entry.id, entry.language, entry.title, entry.questions, entry.text)
            self._documents.append(document)
        heads = Moments.of(np.concatenate([stored.heads for stored in batch]))
        bodies = Moments.of(np.concatenate([stored.bodies for stored in batch]))
        self._heads = heads if self._heads is None else self._heads + heads
        self._bodies = bodies if self._bodies is None else self._bodies + bodies

    def catalogue(self) -> Catalogue:
        nothing = Moments.of(np.zeros((0, 1), np.float32))
        heads, bodies = (self._heads or nothing).background(), (self._bodies or nothing).background()
        fields = Fields(heads, bodies, self._head_words())
        titles = (replace(document, text="") for document in self._documents)
        return Catalogue(LexicalIndex(self._documents), LexicalIndex(titles), fields)

    def _head_words(self) -> float:
        lengths = [len(words(head)) for each in self._documents for head in (each.title, *each.questions)]
        return sum(min(n, FULL_HEAD_WORDS) for n in lengths) / max(len(lengths), 1)


_VIEWS = (frozenset({Audience.PUBLIC}), frozenset(Audience))
"""Customers see the public entries, staff see all."""
_EMPTY = _Gathered().catalogue()


class _Laps:
    """Milliseconds from one lap to the next."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round((now - self._last) * 1000, 3)
        self._last = now

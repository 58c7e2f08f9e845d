"""A question → ranked hits, over what a store and an index hold. No judgement of how good they are."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.entries import Audience
from knowledge.evidence import Hit, Question
from knowledge.lexical import Document, LexicalIndex, Mixture, Reading, words
from knowledge.ports import Embedder, EntryStore, Field, IndexStamp, StoredEntry, Vector, VectorIndex
from knowledge.search import FULL_HEAD_WORDS, Candidate, Fields, Moments, opening_of, rank

CANDIDATES = 40
"""Entries taken from each signal before the exact ranking."""
WIDEST = 512
"""Vectors asked of the index at most when many belong to few entries."""
HITS = 20
CONTEXT_TURNS = 3
"""Earlier turns that a question is read with, after it, the latest first: what stands first weighs most."""
CONTEXT_SHARE = 0.7
BACKGROUND_SHARE = 0.3
"""How much the question with its earlier turns counts against the question alone: where it needs them to be
understood, and where it does not. Chosen on mtragun, and on questions after unrelated ones: see
docs/decisions/0004-what-the-ranking-adds-up.md."""
CACHED = 20_000
"""Entries kept in memory with their vectors."""

EVERYONE = frozenset(Audience)
_VIEWS = (frozenset({Audience.PUBLIC}), EVERYONE)
"""Customers see the public entries, staff see all."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is kept in memory of the entries that one set of audiences may see."""

    lexical: LexicalIndex
    fields: Fields


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in the terms of the signals."""

    text: str
    language: str
    vector: Vector
    readings: Mapping[str, Reading]
    wording: Mixture
    """All the readings, with their shares."""
    catalogue: Catalogue
    """That it was read with: the next may be laid beside it before the answer is found."""


class Retrieval:
    """Hybrid search. Keeps words and vectors' moments in memory, brought up to the store by `load`."""

    def __init__(self, store: EntryStore, index: VectorIndex, embedder: Embedder) -> None:
        self._store = store
        self._index = index
        self._embedder = embedder
        self.stamp: IndexStamp | None = None
        self._catalogues: dict[frozenset[Audience], Catalogue] = {}
        self._entries: dict[str, StoredEntry] = {}
        self._loading = asyncio.Lock()

    async def load(self) -> None:
        """Cheap when the store has not changed since."""
        async with self._loading:
            stamp = await self._store.stamp()
            if stamp != self.stamp:
                await self._read_store()
                self.stamp = stamp

    def ids(self, audiences: frozenset[Audience]) -> Sequence[str]:
        return self.catalogue(audiences).lexical.ids

    def catalogue(self, audiences: frozenset[Audience]) -> Catalogue:
        return self._catalogues.get(audiences, _EMPTY)

    async def asked(self, question: Question) -> Asked:
        """The question alone, mixed with the question and its earlier turns."""
        catalogue = self.catalogue(question.audiences)
        texts = [question.text]
        if earlier := question.context or question.background:
            texts.append(" ".join([question.text, *reversed(earlier[-CONTEXT_TURNS:])]))
        share = CONTEXT_SHARE if question.context else BACKGROUND_SHARE
        vectors = await self._embedder.embed_queries(texts)
        readings = [catalogue.lexical.read(text) for text in texts]
        shares = [1 - share, share] if earlier else [1.0]
        read = -1 if question.context else 0
        vector = sum(share * each for share, each in zip(shares, vectors, strict=True))
        return Asked(
            text=texts[read],
            language=question.language,
            vector=np.asarray(vector / np.linalg.norm(vector), np.float32),
            readings=readings[read],
            wording=tuple(zip(shares, readings, strict=True)),
            catalogue=catalogue,
        )

    async def hits(
        self,
        asked: Asked,
        audiences: frozenset[Audience],
        excluding: frozenset[str] = frozenset(),
        instead: Candidate | None = None,
    ) -> list[Hit]:
        """Best first. `instead` takes the place of its entry: what if a part of it were missing?"""
        if not asked.catalogue.lexical.ids:
            return []
        ids = await self._candidates(asked, audiences, excluding)
        candidates = _candidates(asked, await self.stored(ids, audiences))
        if instead is not None:
            candidates = [c for c in candidates if c.stored.entry.id != instead.stored.entry.id] + [instead]
        return rank(candidates, asked.vector, asked.catalogue.fields, asked.language)[:HITS]

    async def stored(self, ids: Sequence[str], audiences: frozenset[Audience]) -> list[StoredEntry]:
        """Entries that may be seen. The audience is checked here again, whatever the index said."""
        missing = [i for i in ids if i not in self._entries]
        if missing:
            for stored in await self._store.get(missing, audiences):
                self._remember(stored)
        found = (self._entries.get(i) for i in ids)
        return [each for each in found if each is not None and each.entry.audience in audiences]

    async def like(self, stored: StoredEntry, closeness: float) -> frozenset[str]:
        """The entry itself, its twins, and the entries with a title or question this close to its title."""
        near = await self._index.nearest(stored.heads[0], Field.HEAD, EVERYONE, 4 * CANDIDATES)
        ids = {hit.entry_id for hit in near if hit.score >= closeness} | {stored.entry.id}
        if twin := stored.entry.twin:
            ids |= {i for i, other in self._entries.items() if other.entry.twin == twin}
        return frozenset(ids)

    async def _candidates(
        self,
        asked: Asked,
        audiences: frozenset[Audience],
        excluding: frozenset[str],
    ) -> list[str]:
        lexical = asked.catalogue.lexical
        heads = await self._nearest(asked.vector, Field.HEAD, audiences, excluding)
        bodies = await self._nearest(asked.vector, Field.BODY, audiences, excluding)
        shared = [lexical.ids[row] for row in lexical.best(asked.wording, CANDIDATES + len(excluding))]
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

    async def _read_store(self) -> None:
        gathered = {audiences: _Gathered() for audiences in _VIEWS}
        self._entries = {}
        async for batch in self._store.scan():
            for stored in batch:
                self._remember(stored)
            for audiences, part in gathered.items():
                part.add([stored for stored in batch if stored.entry.audience in audiences])
        self._catalogues = {audiences: part.catalogue() for audiences, part in gathered.items()}

    def _remember(self, stored: StoredEntry) -> None:
        while len(self._entries) >= CACHED:
            self._entries.pop(next(iter(self._entries)))
        self._entries[stored.entry.id] = stored


def document_of(stored: StoredEntry) -> Document:
    entry = stored.entry
    return Document(entry.id, entry.language, entry.title, entry.questions, entry.text)


def _candidates(asked: Asked, found: Sequence[StoredEntry]) -> list[Candidate]:
    lexical = asked.catalogue.lexical
    rows = {row: each for each in found if (row := lexical.row(each.entry.id)) is not None}
    scores = lexical.scores_of(list(rows), asked.wording)
    return [Candidate(each, float(score)) for each, score in zip(rows.values(), scores, strict=True)]


class _Gathered:
    """Collects a catalogue while the store is read through."""

    def __init__(self) -> None:
        self._documents: list[Document] = []
        self._moments: list[Moments] = []
        """Of heads, bodies and openings."""

    def add(self, batch: Sequence[StoredEntry]) -> None:
        if not batch:
            return
        self._documents.extend(map(document_of, batch))
        moments = [
            Moments.of(np.concatenate([stored.heads for stored in batch])),
            Moments.of(np.concatenate([stored.bodies for stored in batch])),
            Moments.of(np.stack([opening_of(stored) for stored in batch])),
        ]
        known = self._moments
        self._moments = [a + b for a, b in zip(known, moments, strict=True)] if known else moments

    def catalogue(self) -> Catalogue:
        moments = self._moments or [Moments.of(np.zeros((0, 1), np.float32))] * 3
        heads, bodies, openings = (each.background() for each in moments)
        fields = Fields(heads, bodies, openings, self._head_words())
        return Catalogue(LexicalIndex(self._documents), fields)

    def _head_words(self) -> float:
        lengths = [len(words(head)) for each in self._documents for head in (each.title, *each.questions)]
        return sum(min(n, FULL_HEAD_WORDS) for n in lengths) / max(len(lengths), 1)


_EMPTY = _Gathered().catalogue()

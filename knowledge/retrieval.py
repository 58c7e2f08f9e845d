"""A question → ranked hits, over what a store and an index hold. No judgement of how good they are."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge.cached_entries import CachedEntries
from knowledge.entries import Audience
from knowledge.evidence import Hit, Question
from knowledge.holdings import (
    EVERYONE,
    Catalogue,
    Gathering,
    Holdings,
    differing,
    document_of,
    no_catalogue,
    twins,
)
from knowledge.holdings_file import read_holdings, write_holdings
from knowledge.lexical import Mixture, Reading
from knowledge.ports import Embedder, EntryStore, Field, IndexStamp, StoredEntry, Vector, VectorIndex
from knowledge.search import Candidate, rank

_log = logging.getLogger(__name__)

CANDIDATES = 40
"""Entries taken from each signal before the exact ranking."""
WIDEST = 512
"""Vectors asked of the index at most when many belong to few entries."""
HITS = 20
CONTEXT_TURNS = 3
"""Earlier turns that a question is read with, after it, the latest first: what stands first weighs most."""
CONTEXT_SHARE = 0.7
"""How much the question with its earlier turns counts against the question alone. Chosen on mtragun: see
docs/decisions/0004-what-the-ranking-adds-up.md."""
CACHED = 10_000
"""Vectors kept in memory with their entries."""
LARGE = 5_000
"""Entries from which nobody waits until changed ones are read: until then they are found by what they say
now, but ranked by the words that they had."""
FEW_AT_ONCE = 500
WORTH_WRITING = 0.02
"""Part of the entries that must have changed for the holdings to be written down again."""
MOST_GUESSED = 0.01
"""Part of the entries that may be taken for average ones when they go, their vectors not being at hand."""


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

    def __init__(
        self, store: EntryStore, index: VectorIndex, embedder: Embedder, kept: Path | None = None
    ) -> None:
        """`kept` is a file that spares the next start from reading everything again."""
        self._store = store
        self._index = index
        self._embedder = embedder
        self._kept = kept
        self._unwritten = 0
        self.stamp: IndexStamp | None = None
        """Of what the catalogues were made from."""
        self._seen: IndexStamp | None = None
        self._holdings: Holdings | None = None
        self._twins: Mapping[str, Set[str]] = {}
        self._catalogues: Mapping[frozenset[Audience], Catalogue] = {}
        self._entries = CachedEntries(CACHED)
        self._changed: dict[str, StoredEntry] = {}
        """Entries as they were, to be taken out of the holdings."""
        self._loading = asyncio.Lock()
        self._following: asyncio.Task[None] | None = None

    async def load(self) -> None:
        """See what the store holds now; cheap when it has not changed since."""
        async with self._loading:
            stamp = await self._store.stamp()
            if stamp == self._seen == self.stamp:
                return
            if stamp != self._seen:
                await self._forget_changed(stamp)
                self._seen = stamp
            behind = stamp != self.stamp
            while behind:
                if self._following is None or self._following.done():
                    _report(self._following)
                    self._following = asyncio.create_task(self._follow())
                if self._holdings is not None and len(self._holdings.held) >= LARGE:
                    return
                await asyncio.shield(self._following)  # a question that is given up does not end it
                behind = stamp is not None and (self.stamp is None or self.stamp.revision < stamp.revision)

    async def settle(self) -> None:
        """`load`, and wait until all is read."""
        await self.load()
        if self._following is not None:
            await asyncio.shield(self._following)

    async def open_index(self) -> None:
        """It is opened when it is first asked: beside `settle`, since most of that is not Python's work."""
        if await self._store.stamp() is not None:
            anything = np.eye(1, self._embedder.dimensions, dtype=np.float32)[0]
            await self._index.nearest(anything, Field.HEAD, EVERYONE, 1)

    async def close(self) -> None:
        following, self._following = self._following, None
        if following is not None:
            following.cancel()
            await asyncio.wait([following])
            _report(following)

    @property
    def current(self) -> IndexStamp | None:
        """Of what the catalogues were made from, where nothing has been seen since."""
        return self.stamp if self.stamp == self._seen else None

    async def at_hand(self, ids: Sequence[str], audiences: frozenset[Audience]) -> list[StoredEntry]:
        """Entries as the store holds them at this moment, from memory where nothing has changed."""
        if self._seen is None or await self._store.stamp() != self._seen:
            return await self._store.get(ids, audiences)
        return await self.stored(ids, audiences)

    def ids(self, audiences: frozenset[Audience]) -> Sequence[str]:
        return self.catalogue(audiences).lexical.ids

    def catalogue(self, audiences: frozenset[Audience]) -> Catalogue:
        return self._catalogues.get(audiences, _EMPTY)

    async def asked(self, question: Question) -> Asked:
        """The question, mixed with the question and its earlier turns where it has some.

        By what words it is judged: with `context` by all of them, with `background` by its own.
        """
        catalogue = self.catalogue(question.audiences)
        texts = [question.text]
        if earlier := question.context or question.background:
            texts.append(" ".join([question.text, *reversed(earlier[-CONTEXT_TURNS:])]))
        read = -1 if question.context else 0
        vectors = await self._embedder.embed_queries(texts)
        readings = [catalogue.lexical.read(text, question.language) for text in texts]
        shares = [1 - CONTEXT_SHARE, CONTEXT_SHARE] if earlier else [1.0]
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
        return rank(candidates, asked.vector, asked.catalogue.fields, asked.language, HITS)

    async def stored(self, ids: Sequence[str], audiences: frozenset[Audience]) -> list[StoredEntry]:
        """Entries that may be seen. The audience is checked here again, whatever the index said."""
        found = {i: each for i in ids if (each := self._entries.get(i))}
        missing = [i for i in ids if i not in found]
        if missing:
            seen = self._seen
            for stored in await self._store.get(missing, audiences):
                found[stored.entry.id] = stored
                if seen == self._seen:  # else it may have changed since it was read
                    self._entries.keep(stored)
        return [each for i in ids if (each := found.get(i)) and each.entry.audience in audiences]

    async def like(self, stored: StoredEntry, closeness: float) -> frozenset[str]:
        """The entry itself, its twins, and the entries with a title or question this close to its title."""
        near = await self._index.nearest(stored.heads[0], Field.HEAD, EVERYONE, 4 * CANDIDATES)
        ids = {hit.entry_id for hit in near if hit.score >= closeness} | {stored.entry.id}
        return frozenset(ids | self._twins.get(stored.entry.twin or "", set()))

    def with_questions(self) -> list[str]:
        """Ids of the entries that have alternative questions."""
        held = self._holdings.held if self._holdings else {}
        return [id for id, each in held.items() if each.heads > 1]

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

    async def _forget_changed(self, stamp: IndexStamp | None) -> None:
        """What changed must not be quoted any more as it was, nor shown to those who may not see it now."""
        if stamp is None or self._seen is None or stamp.model != self._seen.model:
            self._entries.clear()
            self._changed.clear()
        elif self._entries:
            for stored in self._entries.keep_only(await self._store.contents()):
                self._changed.setdefault(stored.entry.id, stored)

    async def _follow(self) -> None:
        """Until the catalogues stand for what the store holds."""
        while (stamp := await self._store.stamp()) != self.stamp:
            holdings = await self._caught_up(stamp) if stamp else None
            self._catalogues = await asyncio.to_thread(holdings.catalogues) if holdings else {}
            self._twins = twins(holdings.held) if holdings else {}
            self._holdings = holdings
            self.stamp = stamp
        await self._write_down()

    async def _caught_up(self, stamp: IndexStamp) -> Holdings:
        before = self._holdings
        if before is None and self._kept is not None:
            before = await asyncio.to_thread(read_holdings, self._kept, stamp.model, stamp.dimensions)
        if before is None or (before.model, before.dimensions) != (stamp.model, stamp.dimensions):
            return await self._read_all(stamp)
        gone, wanted = differing(before.held, await self._store.contents())
        was = {id: self._as_it_was(id, before) for id in gone}
        guessed = before.guessed + sum(stored is None for stored in was.values())
        many = max(FEW_AT_ONCE, len(before.held) // 4)
        if len(wanted) > many or guessed > MOST_GUESSED * len(before.held):
            return await self._read_all(stamp)
        added: list[StoredEntry] = []
        for start in range(0, len(wanted), FEW_AT_ONCE):
            added += await self._store.get(wanted[start : start + FEW_AT_ONCE], EVERYONE)
        if not gone and not added:
            return before
        revised = await asyncio.to_thread(before.revised, was, added)
        self._unwritten += len(gone | {stored.entry.id for stored in added})
        for id in gone:
            self._changed.pop(id, None)
        return revised

    def _as_it_was(self, entry_id: str, holdings: Holdings) -> StoredEntry | None:
        for stored in (self._changed.get(entry_id), self._entries.get(entry_id)):
            if stored is not None and stored.content_hash == holdings.held[entry_id].content_hash:
                return stored
        return None

    async def _read_all(self, stamp: IndexStamp) -> Holdings:
        gathering = Gathering(stamp.model, stamp.dimensions)
        async for batch in self._store.scan():
            await asyncio.to_thread(gathering.add, batch)
            for stored in batch:
                self._entries.keep(stored)
        holdings = await asyncio.to_thread(gathering.holdings)
        self._changed.clear()
        self._unwritten = max(len(holdings.held), 1)
        return holdings

    async def _write_down(self) -> None:
        holdings = self._holdings
        if self._kept is None or holdings is None or not self._unwritten:
            return
        if self._unwritten >= WORTH_WRITING * len(holdings.held):
            self._unwritten = 0
            try:
                await asyncio.to_thread(write_holdings, self._kept, holdings)
            except OSError as error:
                _log.warning("the next start will take longer: %s cannot be written (%s)", self._kept, error)


def _candidates(asked: Asked, found: Sequence[StoredEntry]) -> list[Candidate]:
    """Entries that the catalogue does not know yet are scored by what they say."""
    lexical = asked.catalogue.lexical
    rows = [lexical.row(each.entry.id) for each in found]
    scores = lexical.scores_of([row if row is not None else 0 for row in rows], asked.wording)
    return [
        Candidate(each, float(score) if row is not None else _score_of_new(each, asked))
        for each, row, score in zip(found, rows, scores, strict=True)
    ]


def _score_of_new(stored: StoredEntry, asked: Asked) -> float:
    document = document_of(stored)
    return sum(share * asked.catalogue.lexical.score(document, readings) for share, readings in asked.wording)


def _report(following: asyncio.Task[None] | None) -> None:
    """Of one that is done. What went wrong in it is tried again by the next question."""
    if following is not None and not following.cancelled() and (error := following.exception()):
        _log.warning("changed entries could not be read yet: %s", error)


_EMPTY = no_catalogue()

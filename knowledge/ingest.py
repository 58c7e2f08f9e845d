"""Sources → entries → passages → vectors, kept in the store and brought to the index: only what changed."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Protocol

import numpy as np

from knowledge import chunking
from knowledge.chunking import passages_of
from knowledge.entries import Audience, Entry, Passage
from knowledge.index.rebuild import rebuild_index
from knowledge.index.records import records_of
from knowledge.ports import (
    Embedder,
    EntryStore,
    IndexStamp,
    IndexState,
    IndexUnavailable,
    Loaded,
    Matrix,
    Rejected,
    Source,
    StoredEntry,
    Vector,
    VectorIndex,
    WrongModel,
)
from knowledge.progress import Phase, Progress, unseen
from knowledge.store.texts import body_hashes, head_hashes, head_texts, refuse_other_model

__all__ = ["Detector", "IngestReport", "OriginReport", "ingest", "rebuild_index", "reembed"]

BATCH = 256
"""Texts embedded between two transactions: what a kill may cost, and what the embedder may batch."""
_AT_ONCE = 64
"""Texts given to the embedder in one call: the progress bar moves after each."""
_EVERYONE = frozenset(Audience)


class Detector(Protocol):
    def detect(self, text: str, hint: str | None = None) -> str:
        """ISO 639-1 code of the text's language."""
        ...


@dataclass(frozen=True, slots=True)
class OriginReport:
    """A row of the summary table."""

    origin: str
    added: int
    changed: int
    unchanged: int
    removed: int
    rejected: int


@dataclass(frozen=True, slots=True)
class IngestReport:
    origins: tuple[OriginReport, ...]
    rejected: tuple[Rejected, ...]
    passages: int
    """Of the entries added and changed."""
    embedded: int
    """Texts that the model had to read."""
    seconds: float
    stamp: IndexStamp | None
    index_problem: str | None = None
    """Why the index could not be brought along now; whoever searches next rebuilds it."""

    @property
    def added(self) -> int:
        return sum(row.added for row in self.origins)

    @property
    def changed(self) -> int:
        return sum(row.changed for row in self.origins)

    @property
    def unchanged(self) -> int:
        return sum(row.unchanged for row in self.origins)

    @property
    def removed(self) -> int:
        return sum(row.removed for row in self.origins)


async def ingest(
    sources: Sequence[Source],
    store: EntryStore,
    index: VectorIndex,
    embedder: Embedder,
    detector: Detector,
    progress: Progress = unseen,
    batch: int = BATCH,
) -> IngestReport:
    """Make the store hold exactly what these sources give now, and the index what the store holds.

    Idempotent. Each `batch` texts are embedded, saved and applied before the next, so whatever ends the
    process loses at most one batch of work, and the next run goes on from there. Raises WrongModel before
    anything is read, and what the store and the embedder raise.
    """
    began = time.monotonic()
    refuse_other_model(await store.stamp(), embedder.model, embedder.dimensions)
    follower = await _Follower.of(index, store)
    readings = await _read_all(sources, store, detector, progress)
    changed = [change for reading in readings for change in reading.changes]
    vectors = _Vectors(store, embedder, progress, sum(map(_text_count, changed)))
    passages = 0
    for some in _batches(changed, batch):
        entries = await vectors.of(some)
        await follower.apply(await store.save(embedder.model, entries), [], entries)
        passages += sum(len(stored.passages) for stored in entries)
    removed = [await _remove_gone(reading, store, follower) for reading in readings]
    stamp = await follower.finish(progress)
    return IngestReport(
        tuple(_row(reading, gone) for reading, gone in zip(readings, removed, strict=True)),
        tuple(rejected for reading in readings for rejected in reading.rejected),
        passages,
        vectors.embedded,
        time.monotonic() - began,
        stamp,
        follower.problem,
    )


async def reembed(
    store: EntryStore, index: VectorIndex, embedder: Embedder, progress: Progress = unseen
) -> IndexStamp | None:
    """Move the whole knowledge base to the embedder's model, then build the index anew.

    The new vectors are laid beside the old, which answer until one transaction changes over: whatever ends
    the process before loses at most a batch, and afterwards the index is rebuilt from the store. When the
    model is the present one, nothing is embedded. Gives the new stamp, None for an empty store.
    """
    stamp = await store.stamp()
    if stamp is None:
        return None
    if stamp.model == embedder.model:
        refuse_other_model(stamp, embedder.model, embedder.dimensions)
    while await store.adopt_model(embedder.model, embedder.dimensions) is None:
        await _make_missing_vectors(store, embedder, progress)
    return await rebuild_index(store, index, progress)


@dataclass(frozen=True, slots=True)
class _Change:
    entry: Entry
    origin: str
    content_hash: str
    passages: tuple[Passage, ...]


@dataclass(slots=True)
class _Reading:
    """What one source gave, against what it gave before."""

    origin: str
    known: Mapping[str, str]
    """Entry id → content hash."""
    loaded: set[str] = field(default_factory=set)
    changes: list[_Change] = field(default_factory=list)
    unreadable: list[Rejected] = field(default_factory=list)
    taken: list[Rejected] = field(default_factory=list)
    """Entries whose id is another's."""
    kept: frozenset[str] = frozenset()
    """Known entries whose files could not be read now: their old version stays."""

    @property
    def failed(self) -> bool:
        """The source as a whole could not be read, which says nothing about its entries."""
        return not self.loaded and any(
            one.source == self.origin or self.origin.endswith(f"/{one.source}") for one in self.unreadable
        )

    @property
    def rejected(self) -> list[Rejected]:
        return self.unreadable + self.taken


async def _read_all(
    sources: Sequence[Source], store: EntryStore, detector: Detector, progress: Progress
) -> list[_Reading]:
    """All sources, in their order: an id belongs to the first one that gives it or keeps it."""
    readings: list[_Reading] = []
    owners: dict[str, str] = {}
    seen = 0
    for source in sources:
        reading = _Reading(source.origin, await store.hashes(source.origin))
        readings.append(reading)
        try:
            async for outcome in source.read():
                await _take(outcome, reading, owners, detector)
                seen += 1
                progress(seen, 0, Phase.READING)
        except OSError as error:
            reading.unreadable.append(Rejected(reading.origin, f"cannot be read: {error.strerror or error}"))
        reading.kept = await _kept(reading, store)
        owners |= dict.fromkeys(reading.kept, reading.origin)
    return readings


async def _take(
    outcome: Loaded | Rejected, reading: _Reading, owners: dict[str, str], detector: Detector
) -> None:
    if isinstance(outcome, Rejected):
        reading.unreadable.append(outcome)
        return
    entry = _storable(outcome.entry)
    if entry.id in owners:
        why = f"its id “{entry.id}” is taken by another entry of {owners[entry.id]}: give it an id of its own"
        reading.taken.append(Rejected(entry.source or entry.id, why))
        return
    if not entry.language:
        language = await asyncio.to_thread(detector.detect, f"{entry.title}\n{entry.text}")
        entry = replace(entry, language=language)
    owners[entry.id] = reading.origin
    reading.loaded.add(entry.id)
    content_hash = _content_hash(entry)
    if reading.known.get(entry.id) != content_hash:
        passages = tuple(await asyncio.to_thread(passages_of, entry))
        reading.changes.append(_Change(entry, reading.origin, content_hash, passages))


def _storable(entry: Entry) -> Entry:
    """Without what no database takes: NUL, and halves of surrogate pairs. Offsets stay what they were."""
    return replace(
        entry,
        id=_clean(entry.id),
        title=_clean(entry.title),
        text=_clean(entry.text),
        questions=tuple(map(_clean, entry.questions)),
        tags=tuple(map(_clean, entry.tags)),
        source=_clean(entry.source),
    )


def _clean(text: str) -> str:
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def _content_hash(entry: Entry) -> str:
    """Of all fields, and of how they are cut: another version of chunking makes every entry a changed one."""
    fields = json.dumps([type(entry).__name__, asdict(entry), chunking.VERSION], default=str, sort_keys=True)
    return hashlib.sha256(fields.encode()).hexdigest()


async def _kept(reading: _Reading, store: EntryStore) -> frozenset[str]:
    """Entries that were not loaded now for a reason that does not say they are gone."""
    missing = [id for id in reading.known if id not in reading.loaded]
    if not missing or not reading.unreadable:
        return frozenset()
    if reading.failed:
        return frozenset(missing)
    kept: set[str] = set()
    for some in _chunked(missing, BATCH):
        for stored in await store.get(some, _EVERYONE):
            if any(_concerns(rejected.source, stored.entry) for rejected in reading.unreadable):
                kept.add(stored.entry.id)
    return frozenset(kept)


def _concerns(rejected: str, entry: Entry) -> bool:
    """That a rejected "faq.csv", "faq.csv, line 3" or "faq" may be where the entry was read from."""
    return _is_within(rejected, entry.source) or _is_within(entry.source, rejected)


def _is_within(inner: str, outer: str) -> bool:
    if not outer or not inner.startswith(outer):
        return False
    following = inner[len(outer) :]
    return not following or outer.endswith("/") or following[0] in "/,#?: "


async def _remove_gone(reading: _Reading, store: EntryStore, follower: _Follower) -> int:
    """Last of all, so that what moved to another id or source kept its vectors until it had found them."""
    known = await store.hashes(reading.origin)
    gone = [id for id in known if id not in reading.loaded and id not in reading.kept]
    if gone:
        stamp = await store.remove(gone)
        assert stamp is not None, "there was something to remove"
        await follower.apply(stamp, gone, [])
    return len(gone)


def _row(reading: _Reading, removed: int) -> OriginReport:
    changed = sum(change.entry.id in reading.known for change in reading.changes)
    return OriginReport(
        reading.origin,
        added=len(reading.changes) - changed,
        changed=changed,
        unchanged=len(reading.loaded) - len(reading.changes),
        removed=removed,
        rejected=len(reading.rejected),
    )


class _Vectors:
    """Makes entries whole: vectors that the model made before are taken from the store."""

    def __init__(self, store: EntryStore, embedder: Embedder, progress: Progress, total: int) -> None:
        self._store = store
        self._embedder = embedder
        self._progress = progress
        self._total = total
        self._done = 0
        self.embedded = 0

    async def of(self, changes: Sequence[_Change]) -> list[StoredEntry]:
        texts = {hash: text for change in changes for hash, text in _texts(change.entry, change.passages)}
        known = await self._store.known_vectors(self._embedder.model, list(texts))
        vectors = {**known, **await self.made({hash: texts[hash] for hash in texts.keys() - known.keys()})}
        self.count(sum(map(_text_count, changes)))
        return [self._whole(change, vectors) for change in changes]

    async def made(self, texts: Mapping[str, str]) -> dict[str, Vector]:
        """Embeds, texts of like length together."""
        vectors: dict[str, Vector] = {}
        for some in _chunked(sorted(texts, key=lambda hash: (len(texts[hash]), hash)), _AT_ONCE):
            rows = await self._embedder.embed_passages([texts[hash] for hash in some])
            vectors |= zip(some, rows, strict=True)
            self._progress(self._done + len(vectors), self._total, Phase.EMBEDDING)
        self.embedded += len(vectors)
        return vectors

    def count(self, texts: int) -> None:
        self._done += texts
        self._progress(self._done, self._total, Phase.EMBEDDING)

    def _whole(self, change: _Change, vectors: Mapping[str, Vector]) -> StoredEntry:
        heads = self._matrix(head_hashes(change.entry), vectors)
        bodies = self._matrix(body_hashes(change.passages), vectors)
        return StoredEntry(change.entry, change.origin, change.content_hash, change.passages, heads, bodies)

    def _matrix(self, hashes: Sequence[str], vectors: Mapping[str, Vector]) -> Matrix:
        rows = [vectors[hash] for hash in hashes]
        return np.array(rows, dtype=np.float32).reshape(len(rows), self._embedder.dimensions)


async def _make_missing_vectors(store: EntryStore, embedder: Embedder, progress: Progress) -> None:
    """Lay down what the embedder's model did not make yet, a transaction for each batch."""
    total = 0
    async for entries in store.scan():
        total += sum(len(stored.heads) + len(stored.bodies) for stored in entries)
    vectors = _Vectors(store, embedder, progress, total)
    async for entries in store.scan(BATCH // 4):
        texts = dict(pair for stored in entries for pair in _texts(stored.entry, stored.passages))
        known = await store.known_vectors(embedder.model, list(texts))
        for some in _chunked(sorted(texts.keys() - known.keys()), BATCH):
            await store.keep_vectors(embedder.model, await vectors.made({hash: texts[hash] for hash in some}))
        vectors.count(sum(len(stored.heads) + len(stored.bodies) for stored in entries))


def _texts(entry: Entry, passages: Sequence[Passage]) -> Iterator[tuple[str, str]]:
    """What is embedded of an entry, by hash. Title and questions are embedded as passages, too: the other
    side of the comparison is a query."""
    yield from zip(head_hashes(entry), head_texts(entry), strict=True)
    yield from zip(body_hashes(passages), (passage.text for passage in passages), strict=True)


def _chunked(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _text_count(change: _Change) -> int:
    return 1 + len(change.entry.questions) + len(change.passages)


def _batches(changes: Sequence[_Change], texts: int) -> Iterator[list[_Change]]:
    """In order, each with about so many texts, whole entries only."""
    some: list[_Change] = []
    for change in changes:
        some.append(change)
        if sum(map(_text_count, some)) >= texts:
            yield some
            some = []
    if some:
        yield some


class _Follower:
    """Brings the index along, change by change while it keeps up, else by building it anew at the end."""

    def __init__(self, index: VectorIndex, store: EntryStore, keeps_up: bool) -> None:
        self._index = index
        self._store = store
        self._keeps_up = keeps_up
        self.problem: str | None = None

    @staticmethod
    async def of(index: VectorIndex, store: EntryStore) -> _Follower:
        stamp = await store.stamp()
        try:
            ready = stamp is not None and await index.state(stamp) is IndexState.READY
        except (IndexUnavailable, WrongModel):
            ready = False
        return _Follower(index, store, ready)

    async def apply(self, stamp: IndexStamp, removed: Sequence[str], added: Sequence[StoredEntry]) -> None:
        if self._keeps_up:
            try:
                await self._index.apply(stamp, removed, [r for stored in added for r in records_of(stored)])
            except IndexUnavailable:
                self._keeps_up = False

    async def finish(self, progress: Progress) -> IndexStamp | None:
        if self._keeps_up:
            return await self._store.stamp()
        try:
            return await rebuild_index(self._store, self._index, progress)
        except IndexUnavailable as error:
            self.problem = str(error)
            return await self._store.stamp()

"""Sources → entries → passages → vectors, kept in the store and brought to the index: only what changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from knowledge.entries import Audience, Entry
from knowledge.index.follower import Follower
from knowledge.index.rebuild import rebuild_index
from knowledge.overriding import Overriding, Verdict
from knowledge.ports import (
    Embedder,
    EntryStore,
    IndexStamp,
    Loaded,
    Rejected,
    Source,
    StoredEntry,
    VectorIndex,
)
from knowledge.preparing import (
    Prepared,
    Vectors,
    chunked,
    content_hash,
    prepared,
    storable,
    texts_of,
)
from knowledge.progress import Phase, Progress, unseen
from knowledge.store.texts import refuse_other_model
from knowledge.versions import CONSOLE, Change, EntryChanged, Override

__all__ = ["Detector", "IngestReport", "OriginReport", "ingest", "rebuild_index", "reembed"]

BATCH = 256
"""Texts embedded between two transactions: what a kill may cost, and what the embedder may batch."""
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
    conflicts: tuple[Override, ...] = ()
    """Entries that people changed here, and their sources too, or that the sources have no more."""

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
    now: datetime | None = None,
) -> IngestReport:
    """Make the store hold exactly what these sources give now, and the index what the store holds. Only what
    people wrote or changed here stands whatever sources say (see `knowledge.overriding`).

    Idempotent. Each `batch` texts are embedded, saved and applied before the next, so whatever ends the
    process loses at most one batch of work, and the next run goes on from there. `now` dates the versions of
    what changes. Raises WrongModel before anything is read, and what the store and the embedder raise.
    """
    began = time.monotonic()
    refuse_other_model(await store.stamp(), embedder.model, embedder.dimensions)
    follower = await Follower.of(index, store)
    change = Change(now) if now else None
    overriding = await Overriding.of(store, now)
    readings = await _read_all(sources, store, detector, overriding, progress)
    changed = [change for reading in readings for change in reading.changes]
    vectors = Vectors(store, embedder, progress, sum(change.text_count for change in changed))
    passages = 0
    for some in _batches(changed, batch):
        entries = await vectors.of(some)
        saved = await _save(entries, store, embedder.model, overriding, change)
        if saved is not None:
            await follower.apply(saved.stamp, [], saved.entries)
            passages += sum(len(stored.passages) for stored in saved.entries)
    removed = [await _remove_gone(reading, store, follower, change) for reading in readings]
    stamp = await follower.finish(progress)
    return IngestReport(
        tuple(_row(reading, gone) for reading, gone in zip(readings, removed, strict=True)),
        tuple(rejected for reading in readings for rejected in reading.rejected),
        passages,
        vectors.embedded,
        time.monotonic() - began,
        stamp,
        follower.problem,
        overriding.conflicts,
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
class _Saved:
    stamp: IndexStamp
    entries: Sequence[StoredEntry]


async def _save(
    entries: Sequence[StoredEntry],
    store: EntryStore,
    model: str,
    overriding: Overriding,
    change: Change | None,
) -> _Saved | None:
    """But for what a person has changed since the sources were read: that the next ingest will find."""
    while entries:
        agreed = {
            s.entry.id: overriding.agreed[s.entry.id] for s in entries if s.entry.id in overriding.agreed
        }
        try:
            return _Saved(await store.save(model, entries, change, agreed), entries)
        except EntryChanged:
            written = await store.hashes(CONSOLE)
            entries = [
                stored for stored in entries if agreed.get(stored.entry.id) == written.get(stored.entry.id)
            ]
    return None


@dataclass(slots=True)
class _Reading:
    """What one source gave, against what it gave before."""

    origin: str
    known: Mapping[str, str]
    """Entry id → content hash."""
    loaded: set[str] = field(default_factory=set)
    changes: list[Prepared] = field(default_factory=list)
    unreadable: list[Rejected] = field(default_factory=list)
    taken: list[Rejected] = field(default_factory=list)
    """Entries whose id is another's."""
    kept: frozenset[str] = frozenset()
    """Known entries whose files could not be read now: their old version stays."""
    overridden: set[str] = field(default_factory=set)
    """What it gave stands back behind what people said here."""

    @property
    def failed(self) -> bool:
        """The source as a whole could not be read, which says nothing about its entries."""
        return not (self.loaded or self.overridden) and any(
            one.source == self.origin or self.origin.endswith(f"/{one.source}") for one in self.unreadable
        )

    @property
    def rejected(self) -> list[Rejected]:
        return self.unreadable + self.taken

    def leaves_open(self, entry: Entry) -> bool:
        """That the entry was not loaded does not say that it is gone."""
        return self.failed or any(_concerns(rejected.source, entry) for rejected in self.unreadable)


async def _read_all(
    sources: Sequence[Source],
    store: EntryStore,
    detector: Detector,
    overriding: Overriding,
    progress: Progress,
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
                await _take(outcome, reading, owners, overriding, detector)
                seen += 1
                progress(seen, 0, Phase.READING)
        except OSError as error:
            reading.unreadable.append(Rejected(reading.origin, f"cannot be read: {error.strerror or error}"))
        reading.kept = await _kept(reading, store)
        owners |= dict.fromkeys(reading.kept, reading.origin)
    for reading in readings:
        await overriding.not_given(reading.origin, reading.leaves_open)
    return readings


async def _take(
    outcome: Loaded | Rejected,
    reading: _Reading,
    owners: dict[str, str],
    overriding: Overriding,
    detector: Detector,
) -> None:
    if isinstance(outcome, Rejected):
        reading.unreadable.append(outcome)
        return
    entry = storable(outcome.entry)
    if entry.id in owners:
        why = f"its id “{entry.id}” is taken by another entry of {owners[entry.id]}: give it an id of its own"
        reading.taken.append(Rejected(entry.source or entry.id, why))
        return
    if not entry.language:
        language = await asyncio.to_thread(detector.detect, f"{entry.title}\n{entry.text}")
        entry = replace(entry, language=language)
    if overriding.concerns(entry.id):
        verdict = await overriding.given(reading.origin, entry)
        if verdict is Verdict.TAKEN:
            reading.taken.append(Rejected(entry.source or entry.id, _WRITTEN_HERE.format(id=entry.id)))
            return
        owners[entry.id] = reading.origin
        if verdict is Verdict.KEPT:
            reading.overridden.add(entry.id)
            return
    owners[entry.id] = reading.origin
    reading.loaded.add(entry.id)
    if reading.known.get(entry.id) != content_hash(entry):
        reading.changes.append(await prepared(entry, reading.origin))


_WRITTEN_HERE = "its id “{id}” is taken by an entry written in the console: give it an id of its own"


async def _kept(reading: _Reading, store: EntryStore) -> frozenset[str]:
    """Entries that were not loaded now for a reason that does not say they are gone."""
    missing = [id for id in reading.known if id not in reading.loaded]
    if not missing or not reading.unreadable:
        return frozenset()
    if reading.failed:
        return frozenset(missing)
    kept: set[str] = set()
    for some in chunked(missing, BATCH):
        for stored in await store.get(some, _EVERYONE):
            if reading.leaves_open(stored.entry):
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


async def _remove_gone(
    reading: _Reading, store: EntryStore, follower: Follower, change: Change | None
) -> int:
    """Last of all, so that what moved to another id or source kept its vectors until it had found them."""
    known = await store.hashes(reading.origin)
    gone = [id for id in known if id not in reading.loaded and id not in reading.kept]
    if gone:
        stamp = await store.remove(gone, change)
        assert stamp is not None, "there was something to remove"
        await follower.apply(stamp, gone, [])
    return len(gone)


def _row(reading: _Reading, removed: int) -> OriginReport:
    changed = sum(change.entry.id in reading.known for change in reading.changes)
    return OriginReport(
        reading.origin,
        added=len(reading.changes) - changed,
        changed=changed,
        unchanged=len(reading.loaded) - len(reading.changes) + len(reading.overridden),
        removed=removed,
        rejected=len(reading.rejected),
    )


async def _make_missing_vectors(store: EntryStore, embedder: Embedder, progress: Progress) -> None:
    """Lay down what the embedder's model did not make yet, a transaction for each batch."""
    total = 0
    async for entries in store.scan():
        total += sum(len(stored.heads) + len(stored.bodies) for stored in entries)
    vectors = Vectors(store, embedder, progress, total)
    async for entries in store.scan(BATCH // 4):
        texts = dict(pair for stored in entries for pair in texts_of(stored.entry, stored.passages))
        known = await store.known_vectors(embedder.model, list(texts))
        for some in chunked(sorted(texts.keys() - known.keys()), BATCH):
            await store.keep_vectors(embedder.model, await vectors.made({hash: texts[hash] for hash in some}))
        vectors.count(sum(len(stored.heads) + len(stored.bodies) for stored in entries))


def _batches(changes: Sequence[Prepared], texts: int) -> Iterator[list[Prepared]]:
    """In order, each with about so many texts, whole entries only."""
    some: list[Prepared] = []
    for change in changes:
        some.append(change)
        if sum(change.text_count for change in some) >= texts:
            yield some
            some = []
    if some:
        yield some

"""The entry store in memory: for tests and scratch runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from knowledge.entries import Audience, Entry, Passage
from knowledge.ports import (
    EVERYTHING,
    Browsing,
    EntryOrder,
    Expected,
    IndexStamp,
    Listed,
    Matrix,
    StoredEntry,
    Vector,
)
from knowledge.store.texts import body_hashes, hashed_vectors, head_hashes, refuse_other_model
from knowledge.versions import (
    CONSOLE,
    Change,
    Kept,
    Override,
    Version,
    override_of_removing,
    override_of_saving,
    require_spared,
    require_unchanged,
    versions_of_removing,
    versions_of_saving,
)


@dataclass(frozen=True, slots=True)
class _Row:
    entry: Entry
    origin: str
    content_hash: str
    passages: tuple[Passage, ...]
    heads: tuple[str, ...]
    """Hashes of the texts whose vectors are the heads."""
    bodies: tuple[str, ...]

    @property
    def hashes(self) -> tuple[str, ...]:
        return self.heads + self.bodies


class MemoryEntryStore:
    """Lost with the process. No call awaits anything within, so each is one transaction."""

    def __init__(self) -> None:
        self._entries: dict[str, _Row] = {}
        self._vectors: dict[tuple[str, str], Vector] = {}
        self._notes: dict[str, str] = {}
        self._stamp: IndexStamp | None = None
        self._versions: dict[str, list[Version]] = {}
        self._overrides: dict[str, Override] = {}

    async def stamp(self) -> IndexStamp | None:
        return self._stamp

    async def hashes(self, origin: str) -> Mapping[str, str]:
        return {id: kept.content_hash for id, kept in self._entries.items() if kept.origin == origin}

    async def contents(self) -> Mapping[str, str]:
        return {id: kept.content_hash for id, kept in self._entries.items()}

    async def save(
        self,
        model: str,
        entries: Sequence[StoredEntry],
        change: Change | None = None,
        expected: Expected | None = None,
    ) -> IndexStamp:
        dimensions = entries[0].heads.shape[1]
        if self._entries:
            refuse_other_model(self._stamp, model, dimensions)
        before = self._before([stored.entry.id for stored in entries])
        require_unchanged(before, expected)
        require_spared(before, {stored.entry.id: stored.origin for stored in entries}, expected)
        vectors = {(model, hash): vector for stored in entries for hash, vector in hashed_vectors(stored)}
        replaced = [self._entries.get(stored.entry.id) for stored in entries]
        self._vectors |= vectors
        for stored in entries:
            self._entries[stored.entry.id] = _Row(
                stored.entry,
                stored.origin,
                stored.content_hash,
                stored.passages,
                tuple(head_hashes(stored.entry)),
                tuple(body_hashes(stored.passages)),
            )
            self._note_saved(before.get(stored.entry.id), stored, change)
        self._forget_vectors_of([kept for kept in replaced if kept])
        revision = self._stamp.revision if self._stamp else 0
        self._stamp = IndexStamp(model, dimensions, revision + 1)
        return self._stamp

    async def remove(
        self,
        entry_ids: Sequence[str],
        change: Change | None = None,
        expected: Expected | None = None,
    ) -> IndexStamp | None:
        before = self._before(entry_ids)
        require_unchanged(before, expected)
        for old in before.values():
            self._note_removed(old, change)
        removed = [kept for id in set(entry_ids) if (kept := self._entries.pop(id, None))]
        self._forget_vectors_of(removed)
        if removed and self._stamp:
            self._stamp = replace(self._stamp, revision=self._stamp.revision + 1)
        return self._stamp

    async def get(self, entry_ids: Sequence[str], audiences: frozenset[Audience]) -> list[StoredEntry]:
        found = [kept for id in dict.fromkeys(entry_ids) if (kept := self._entries.get(id))]
        return [self._stored(kept) for kept in found if kept.entry.audience in audiences]

    async def scan(self, batch: int = 256) -> AsyncIterator[Sequence[StoredEntry]]:
        ids = sorted(self._entries)
        for start in range(0, len(ids), batch):
            chunk = [kept for id in ids[start : start + batch] if (kept := self._entries.get(id))]
            if chunk:
                yield [self._stored(kept) for kept in chunk]

    async def browse(
        self,
        shown: Browsing = EVERYTHING,
        order: EntryOrder = EntryOrder.TITLE,
        limit: int = 50,
        skip: int = 0,
    ) -> list[Listed]:
        return sorted(self._listed(shown), key=_ORDERS[order])[skip : skip + limit]

    async def count(self, shown: Browsing = EVERYTHING) -> int:
        return len(self._listed(shown))

    async def versions(self, entry_id: str) -> list[Version]:
        return self._versions.get(entry_id, [])[::-1]

    async def last_changes(self, limit: int = 50) -> list[Version]:
        newest = [versions[-1] for versions in self._versions.values()]
        dated = [(version.change.at, version) for version in newest if version.change]
        dated.sort(key=lambda pair: pair[1].entry_id)
        dated.sort(key=lambda pair: pair[0], reverse=True)
        return [version for _, version in dated[:limit]]

    async def overrides(self) -> dict[str, Override]:
        return dict(self._overrides)

    async def note_override(self, override: Override) -> None:
        if override.entry_id in self._overrides:
            self._overrides[override.entry_id] = override

    async def drop_override(self, entry_id: str) -> None:
        self._overrides.pop(entry_id, None)

    async def known_vectors(self, model: str, text_hashes: Sequence[str]) -> Mapping[str, Vector]:
        return {
            hash: vector for hash in text_hashes if (vector := self._vectors.get((model, hash))) is not None
        }

    async def keep_vectors(self, model: str, vectors: Mapping[str, Vector]) -> None:
        self._vectors |= {(model, hash): vector for hash, vector in vectors.items()}

    async def adopt_model(self, model: str, dimensions: int) -> IndexStamp | None:
        if self._stamp is None or self._stamp.model == model:
            return self._stamp
        used = {(model, hash) for kept in self._entries.values() for hash in kept.hashes}
        if not used <= self._vectors.keys():
            return None
        self._vectors = {key: vector for key, vector in self._vectors.items() if key in used}
        self._stamp = IndexStamp(model, dimensions, self._stamp.revision + 1)
        return self._stamp

    async def read_note(self, name: str) -> str | None:
        return self._notes.get(name)

    async def write_note(self, name: str, value: str) -> None:
        self._notes[name] = value

    def _before(self, entry_ids: Sequence[str]) -> dict[str, Kept]:
        found = {id: row for id in entry_ids if (row := self._entries.get(id))}
        return {id: Kept(row.entry, row.origin, row.content_hash) for id, row in found.items()}

    def _note_saved(self, old: Kept | None, stored: StoredEntry, change: Change | None) -> None:
        entry, versions = stored.entry, self._versions.get(stored.entry.id, [])
        if new := versions_of_saving(old, stored.origin, entry, len(versions), change):
            self._versions[entry.id] = [*versions, *new]
        if stored.origin != CONSOLE:
            self._overrides.pop(entry.id, None)
        elif override := override_of_saving(old, stored.origin):
            self._overrides[entry.id] = override

    def _note_removed(self, old: Kept, change: Change | None) -> None:
        id, versions = old.entry.id, self._versions.get(old.entry.id, [])
        self._versions[id] = [*versions, *versions_of_removing(old, len(versions), change)]
        if override := override_of_removing(old, change):
            self._overrides[id] = override

    def _listed(self, shown: Browsing) -> list[Listed]:
        rows = (Listed(row.entry, row.origin, row.content_hash) for row in self._entries.values())
        return [listed for listed in rows if shown.passes(listed)]

    def _stored(self, kept: _Row) -> StoredEntry:
        return StoredEntry(
            kept.entry,
            kept.origin,
            kept.content_hash,
            kept.passages,
            self._matrix(kept.heads),
            self._matrix(kept.bodies),
        )

    def _matrix(self, hashes: Sequence[str]) -> Matrix:
        assert self._stamp is not None, "entries came with a stamp"
        rows = [self._vectors[self._stamp.model, hash] for hash in hashes]
        return np.array(rows, dtype=np.float32).reshape(len(rows), self._stamp.dimensions)

    def _forget_vectors_of(self, gone: Sequence[_Row]) -> None:
        if not gone:
            return
        used = {hash for kept in self._entries.values() for hash in kept.hashes}
        unused = {hash for kept in gone for hash in kept.hashes} - used
        self._vectors = {key: vector for key, vector in self._vectors.items() if key[1] not in unused}


def _by_title(listed: Listed) -> tuple[str, str]:
    return listed.entry.title.lower(), listed.entry.id


def _by_date(listed: Listed) -> tuple[int, str]:
    updated = listed.entry.updated
    return -updated.toordinal() if updated else 0, listed.entry.id


_ORDERS = {EntryOrder.TITLE: _by_title, EntryOrder.UPDATED: _by_date}

"""The entry store in memory: for tests and scratch runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from knowledge.entries import Audience, Entry, Passage
from knowledge.ports import IndexStamp, Matrix, StoredEntry, Vector
from knowledge.store.texts import body_hashes, hashed_vectors, head_hashes, refuse_other_model


@dataclass(frozen=True, slots=True)
class _Kept:
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
        self._entries: dict[str, _Kept] = {}
        self._vectors: dict[tuple[str, str], Vector] = {}
        self._notes: dict[str, str] = {}
        self._stamp: IndexStamp | None = None

    async def stamp(self) -> IndexStamp | None:
        return self._stamp

    async def hashes(self, origin: str) -> Mapping[str, str]:
        return {id: kept.content_hash for id, kept in self._entries.items() if kept.origin == origin}

    async def save(self, model: str, entries: Sequence[StoredEntry]) -> IndexStamp:
        dimensions = entries[0].heads.shape[1]
        if self._entries:
            refuse_other_model(self._stamp, model, dimensions)
        vectors = {(model, hash): vector for stored in entries for hash, vector in hashed_vectors(stored)}
        replaced = [self._entries.get(stored.entry.id) for stored in entries]
        self._vectors |= vectors
        for stored in entries:
            self._entries[stored.entry.id] = _Kept(
                stored.entry,
                stored.origin,
                stored.content_hash,
                stored.passages,
                tuple(head_hashes(stored.entry)),
                tuple(body_hashes(stored.passages)),
            )
        self._forget_vectors_of([kept for kept in replaced if kept])
        revision = self._stamp.revision if self._stamp else 0
        self._stamp = IndexStamp(model, dimensions, revision + 1)
        return self._stamp

    async def remove(self, entry_ids: Sequence[str]) -> IndexStamp | None:
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

    def _stored(self, kept: _Kept) -> StoredEntry:
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

    def _forget_vectors_of(self, gone: Sequence[_Kept]) -> None:
        if not gone:
            return
        used = {hash for kept in self._entries.values() for hash in kept.hashes}
        unused = {hash for kept in gone for hash in kept.hashes} - used
        self._vectors = {key: vector for key, vector in self._vectors.items() if key[1] not in unused}

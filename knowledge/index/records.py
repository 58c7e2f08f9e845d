"""The vectors of the store, as an index takes them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

from knowledge.ports import (
    EntryStore,
    Field,
    Matrix,
    StoredEntry,
    Vector,
    VectorHit,
    VectorRecord,
)


def records_of(stored: StoredEntry) -> Iterator[VectorRecord]:
    """Not of empty titles: the same vector over and over says nothing, and an approximate search gets lost
    among its copies."""
    entry = stored.entry
    for position, vector in enumerate(stored.heads):
        if position or entry.title.strip():
            yield VectorRecord(entry.id, Field.HEAD, position, entry.audience, vector)
    for passage, vector in zip(stored.passages, stored.bodies, strict=True):
        yield VectorRecord(entry.id, Field.BODY, passage.position, entry.audience, vector)


async def all_records(store: EntryStore) -> AsyncIterator[Sequence[VectorRecord]]:
    async for entries in store.scan():
        yield [record for stored in entries for record in records_of(stored)]


def scored(field: Field, keys: Sequence[tuple[str, int]], vectors: Matrix, vector: Vector) -> list[VectorHit]:
    """Hits of the records (entry id, position), with exact cosines: unit vectors, multiplied in float64."""
    scores = vectors.astype("f8") @ vector.astype("f8")
    return [VectorHit(id, field, at, score) for (id, at), score in zip(keys, scores.tolist(), strict=True)]


def best(hits: Iterable[VectorHit], k: int) -> list[VectorHit]:
    return sorted(hits, key=lambda hit: (-hit.score, hit.entry_id, hit.position))[:k]

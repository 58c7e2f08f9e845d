"""One whole set of collections, from one build."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from knowledge.entries import Audience
from knowledge.index.chroma.places import PLACES, place_of
from knowledge.index.chroma.pointer import Pointer
from knowledge.index.chroma.readers import Readers
from knowledge.index.records import scored
from knowledge.ports import Field, IndexUnavailable, Vector, VectorHit, VectorRecord

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

_SPARE = 16
"""Candidates beyond k, so that exact scores decide who is in."""


@dataclass(frozen=True, slots=True)
class Generation:
    """Its methods block: call them in a thread."""

    pointer: Pointer
    client: Client
    collections: Mapping[str, Collection]
    is_there: Callable[[], bool]
    readers: Readers = field(default_factory=Readers)

    def add(self, records: Sequence[VectorRecord]) -> None:
        for place, some in _by_place(records):
            most = self.client.get_max_batch_size()
            for start in range(0, len(some), most):
                self._add_to(self.collections[place], some[start : start + most])

    def _add_to(self, collection: Collection, records: Sequence[VectorRecord]) -> None:
        collection.upsert(
            ids=[f"{record.position}:{record.entry_id}" for record in records],
            embeddings=np.array([record.vector for record in records], dtype=np.float32),
            metadatas=[{"entry": record.entry_id} for record in records],
        )

    def change(self, removed: Sequence[str], added: Sequence[VectorRecord]) -> Mapping[str, int]:
        gone = sorted({*removed, *(record.entry_id for record in added)})
        for collection in self.collections.values():
            for start in range(0, len(gone), 500):
                collection.delete(where={"entry": {"$in": gone[start : start + 500]}})  # type: ignore[dict-item]
        self.add(added)
        return {place: collection.count() for place, collection in self.collections.items()}

    def nearest(self, vector: Vector, field: Field, audiences: Sequence[Audience], k: int) -> list[VectorHit]:
        hits: list[VectorHit] = []
        for audience in audiences:
            hits += self._nearest_in(place_of(audience, field), vector, field, k + _SPARE)
        return hits

    def _nearest_in(self, place: str, vector: Vector, field: Field, k: int) -> list[VectorHit]:
        found = self.collections[place].query(
            query_embeddings=vector.reshape(1, -1), n_results=k, include=["embeddings"]
        )
        keys, rows = found["ids"][0], found["embeddings"]
        if not keys or rows is None:
            return []
        return scored(field, [_key(id) for id in keys], np.asarray(rows[0], dtype=np.float32), vector)

    def probe(self) -> None:
        """Raises IndexUnavailable unless every row is there and a row's own vector finds it or its equal."""
        if not self.is_there():
            raise IndexUnavailable("The index's files are gone.")
        for place, collection in self.collections.items():
            wanted = self.pointer.counts[place]
            if wanted:
                self._probe_one(place, collection)  # reads the graph, in which time count stops all of Python
            rows = collection.count()
            if rows != wanted:
                raise IndexUnavailable(f"The index lost rows: {rows} of {wanted} in {place}.")

    def _probe_one(self, place: str, collection: Collection) -> None:
        sample = collection.get(limit=1, include=["embeddings"])["embeddings"]
        if sample is None or not len(sample):
            raise IndexUnavailable(f"The index gives no vectors of {place}.")
        vector = np.asarray(sample[0], dtype=np.float32)
        found = self._nearest_in(place, vector, Field(place.partition("-")[2]), 1)
        if not found or found[0].score < float(vector @ vector) - 1e-3:
            raise IndexUnavailable(f"The index does not find its own vectors in {place}.")


def _by_place(records: Sequence[VectorRecord]) -> Iterator[tuple[str, list[VectorRecord]]]:
    for place in PLACES:
        some = [record for record in records if place_of(record.audience, record.field) == place]
        if some:
            yield place, some


def _key(id: str) -> tuple[str, int]:
    position, _, entry_id = id.partition(":")
    return entry_id, int(position)

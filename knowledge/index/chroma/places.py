"""One collection per audience and field, since a `where` filter costs more than the search itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING, Any, cast

from knowledge.entries import Audience
from knowledge.ports import Field

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection

PLACES = tuple(f"{audience}-{field}" for audience, field in product(Audience, Field))
BUILDING = 5_000
KEPT = 1_000
"""Rows after which Chroma writes its graph, while an index is built and later. Until then they stand in a
log, which is read again at every start. The names of all rows are written each time."""
AT_ONCE = 2
"""The lowest that Chroma takes."""
EFFORT = 600
"""Candidates that a search of a graph keeps: enough up to EFFORT_FOR rows, more where there are more."""
EFFORT_FOR = 100_000
_HNSW: Mapping[str, Any] = {
    "space": "ip",
    "max_neighbors": 32,
    "ef_construction": 200,
    "ef_search": EFFORT,
    "sync_threshold": BUILDING,
}
"""Inner product is the cosine of unit vectors, and takes a zero vector too. A smaller effort
builds in half the time, and graphs that fall to pieces: docs/decisions/0010-how-the-index-is-built.md."""


def place_of(audience: Audience, field: Field) -> str:
    return f"{audience}-{field}"


def collections_of(client: Client, prefix: str, *, create: bool) -> Mapping[str, Collection]:
    if not create:
        return {place: client.get_collection(prefix + place, embedding_function=None) for place in PLACES}
    return {
        place: client.create_collection(
            prefix + place,
            configuration={"hnsw": cast("CreateHNSWConfiguration", dict(_HNSW))},
            embedding_function=None,
        )
        for place in PLACES
    }


def effort_in(rows: int) -> int:
    """Grows with the square root: a million rows take three times as many as 100,000."""
    return max(EFFORT, round(EFFORT * math.sqrt(rows / EFFORT_FOR)))


def settle(write_every: int, collections: Mapping[str, Collection]) -> None:
    """As they are searched, and written, from now on.

    Chroma heeds it when it opens them next. What `collection` itself remembers of its configuration stays:
    its own `modify` takes our want of an embedding function for a deprecated one, and warns."""
    for collection in collections.values():
        effort = effort_in(collection.count())
        collection._client._modify(
            id=collection.id,
            new_configuration={"hnsw": {"sync_threshold": write_every, "ef_search": effort}},
            tenant=collection.tenant,
            database=collection.database,
        )

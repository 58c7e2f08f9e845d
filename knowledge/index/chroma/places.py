"""One collection per audience and field, since a `where` filter costs more than the search itself."""

from __future__ import annotations

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
_HNSW: Mapping[str, Any] = {"space": "ip", "max_neighbors": 32, "ef_construction": 200, "ef_search": 400}
"""Inner product is the cosine of unit vectors, and takes a zero vector too. Sizes as measured: with 100,000
passages a search of 200 gave a few questions only four of their ten nearest, one of 800 all of them."""


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

"""A Chroma server as the home, for several processes and several services."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from knowledge.index.chroma.clients import hang_up, server_client
from knowledge.index.chroma.generation import Generation
from knowledge.index.chroma.names import is_abandoned
from knowledge.index.chroma.places import KEPT, collections_of, settle
from knowledge.index.chroma.pointer import Pointer

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection


class ServerHome:
    """Each generation is a set of collections; the pointer is the metadata of one more collection."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url.rstrip("/")
        self._name = name
        self._connected: Client | None = None

    def pointer(self) -> Pointer | None:
        metadata = self._pointing().metadata or {}
        return Pointer.from_json(str(metadata.get("pointer", "")))

    def point(self, pointer: Pointer) -> None:
        self._pointing().modify(metadata={"pointer": pointer.to_json()})

    def create(self, generation: str) -> Generation:
        return self._at(Pointer.unbuilt(generation), create=True)

    def open(self, pointer: Pointer) -> Generation:
        return self._at(pointer, create=False)

    def settled(self, built: Generation) -> Generation:
        """The server looks after its log when it is started next."""
        settle(KEPT, built.collections)
        built.probe()
        return built

    def discard(self, generation: Generation) -> None:
        self._drop(name for name in self._names() if self._built_as(name) == generation.pointer.generation)

    def sweep(self, old: Generation | None, current: Generation) -> None:
        replaced = old.pointer.generation if old else None
        pointer = self.pointer()
        keep = {current.pointer.generation, pointer.generation if pointer else None}
        self._drop(
            name
            for name in self._names()
            if (built := self._built_as(name))
            and built not in keep
            and (built == replaced or is_abandoned(built, time.time()))
        )

    def close(self, current: Generation | None) -> None:
        if self._connected:
            hang_up(self._connected)
            self._connected = None

    def _at(self, pointer: Pointer, *, create: bool) -> Generation:
        client = self._client()
        collections = collections_of(client, f"{self._name}-{pointer.generation}-", create=create)
        return Generation(pointer, client, collections, lambda: True)

    def _pointing(self) -> Collection:
        return self._client().get_or_create_collection(f"{self._name}-current", embedding_function=None)

    def _names(self) -> list[str]:
        return [collection.name for collection in self._client().list_collections()]

    def _built_as(self, name: str) -> str | None:
        """The generation that a collection of ours belongs to."""
        prefix = f"{self._name}-g-"
        return "g-" + "-".join(name.removeprefix(prefix).split("-")[:2]) if name.startswith(prefix) else None

    def _drop(self, names: Iterable[str]) -> None:
        for name in names:
            self._client().delete_collection(name)

    def _client(self) -> Client:
        if self._connected is None:
            self._connected = server_client(self._url)
        return self._connected

"""The index in Chroma, embedded or as a server. The only importer of chromadb.

One collection per audience and field, since a `where` filter costs more than the search itself. All
collections of one build form a *generation*; a pointer says which generation is the index and what it was
made from, and moving the pointer is the only step that a reader can notice.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterable, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast
from urllib.parse import urlsplit

import httpx
import numpy as np
from filelock import FileLock, Timeout

from knowledge.entries import Audience
from knowledge.index.records import best, scored
from knowledge.index.stamps import require_dimensions, require_next
from knowledge.ports import (
    Field,
    IndexStamp,
    IndexState,
    IndexUnavailable,
    Vector,
    VectorHit,
    VectorRecord,
    WrongModel,
)
from knowledge.store.texts import refuse_other_model

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateHNSWConfiguration
    from chromadb.api.models.Collection import Collection

_T = TypeVar("_T")
_PLACES = tuple(f"{audience}-{field}" for audience, field in product(Audience, Field))
_HNSW: Mapping[str, Any] = {"space": "ip", "max_neighbors": 32, "ef_construction": 200, "ef_search": 200}
"""Inner product is the cosine of unit vectors, and takes a zero vector too. Sizes as measured."""
_SPARE = 16
"""Candidates beyond k, so that exact scores decide who is in."""
_ANSWER_SECONDS = 5.0
_OPEN_SECONDS = 60.0
"""Opening imports chromadb, and the first search of a large index reads it from the disk."""
_ABANDONED_SECONDS = 3600
"""A build that another process left unfinished for so long will not be finished."""


class ChromaIndex:
    """Give a folder (this process alone may have it open) or a server's address, not both.

    Nothing is opened before the first call. Whatever Chroma does wrong comes out as IndexUnavailable.
    """

    def __init__(
        self, *, path: Path | None = None, server: str | None = None, name: str = "comptoir"
    ) -> None:
        """`name` begins the names of all collections on a server, which several services may share."""
        if (path is None) == (server is None):
            raise ValueError("give either path or server")
        self._home: _Home = _Folder(path) if path else _Server(server or "", name)
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="chroma")
        self._writing = asyncio.Lock()
        self._opening = asyncio.Lock()
        self._current: _Generation | None = None

    async def state(self, stamp: IndexStamp) -> IndexState:
        pointer = await self._call(self._home.pointer, seconds=_OPEN_SECONDS)
        if pointer is None:
            return IndexState.MISSING
        refuse_other_model(pointer.stamp, stamp.model, stamp.dimensions)
        if pointer.stamp != stamp:
            return IndexState.STALE
        try:
            generation = await self._generation(pointer)
            await self._call(generation.probe, seconds=_OPEN_SECONDS)
        except IndexUnavailable:
            return IndexState.BROKEN
        return IndexState.READY

    async def rebuild(self, stamp: IndexStamp, records: AsyncIterable[Sequence[VectorRecord]]) -> None:
        async with self._writing:
            new = await self._call(self._home.create, _new_name())
            try:
                counts: Counter[str] = Counter()
                async for some in records:
                    await self._call(new.add, some)
                    counts.update(_place(record.audience, record.field) for record in some)
                pointer = replace(
                    new.pointer, stamp=stamp, counts={place: counts[place] for place in _PLACES}
                )
                built = replace(new, pointer=pointer)
                await self._call(built.probe)
                await self._call(self._home.point, pointer)
            except BaseException:
                with suppress(IndexUnavailable):
                    await asyncio.shield(self._call(self._home.discard, new))
                raise
            old, self._current = self._current, built
            await self._retire(old)

    async def apply(self, stamp: IndexStamp, removed: Sequence[str], added: Sequence[VectorRecord]) -> None:
        async with self._writing:
            pointer = await self._call(self._home.pointer)
            require_next(pointer.stamp if pointer else None, stamp)
            assert pointer is not None, "require_next refuses an index that is not there"
            generation = await self._generation(pointer)
            counts = await self._call(generation.change, removed, added)
            changed = replace(pointer, stamp=stamp, counts=counts)
            await self._call(self._home.point, changed)
            self._current = replace(generation, pointer=changed)

    async def nearest(
        self, vector: Vector, field: Field, audiences: frozenset[Audience], k: int
    ) -> list[VectorHit]:
        generation = self._current or await self._generation(await self._pointed())
        try:
            return await self._search(generation, vector, field, audiences, k)
        except IndexUnavailable:
            pointer = await self._pointed()
            if pointer.generation == generation.pointer.generation:
                raise
            moved = await self._generation(pointer)  # another process built anew and dropped what we had
            return await self._search(moved, vector, field, audiences, k)

    async def close(self) -> None:
        current, self._current = self._current, None
        with suppress(IndexUnavailable):
            await self._call(self._home.close, current)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _search(
        self,
        generation: _Generation,
        vector: Vector,
        field: Field,
        audiences: frozenset[Audience],
        k: int,
    ) -> list[VectorHit]:
        require_dimensions(vector, generation.pointer.stamp.dimensions)
        with generation.readers.one():
            found = await self._call(
                generation.nearest, vector, field, sorted(audiences), k, seconds=_ANSWER_SECONDS
            )
        return best(found, k)

    async def _pointed(self) -> _Pointer:
        pointer = await self._call(self._home.pointer, seconds=_OPEN_SECONDS)
        if pointer is None:
            raise IndexUnavailable("The index was never built, or is gone.")
        return pointer

    async def _generation(self, pointer: _Pointer) -> _Generation:
        """The pointed generation, opened; opens a folder only once however many ask."""
        async with self._opening:
            held = self._current
            if held and held.pointer.generation == pointer.generation:
                self._current = replace(held, pointer=pointer)
            else:
                self._current = await self._call(self._home.open, pointer)
            return self._current

    async def _retire(self, old: _Generation | None) -> None:
        """The new generation answers already: a failure here leaves litter for the next build, no more."""
        if old:
            await old.readers.gone()
        with suppress(IndexUnavailable):
            await self._call(self._home.sweep, old, self._current)

    async def _call(self, call: Callable[..., _T], *args: object, seconds: float | None = None) -> _T:
        """In a thread of our own, so that a server that hangs takes no thread from others."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                return await loop.run_in_executor(self._threads, partial(_plainly, call, *args))
        except TimeoutError as error:
            raise IndexUnavailable(f"Chroma did not answer within {seconds:g} s.") from error
        except RuntimeError as error:  # the threads were shut down
            raise IndexUnavailable("The index is closed.") from error


def _plainly(call: Callable[..., _T], *args: object) -> _T:
    """Chroma fails by its own errors, ValueError, AttributeError, httpx errors, and panics of its Rust part
    (`pyo3_runtime.PanicException`, derived from BaseException; each extension module has a class of its own).
    All mean the same here: this index, which is derived, does not answer."""
    try:
        return call(*args)
    except (IndexUnavailable, WrongModel):
        raise
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            said = " ".join(str(error).split()) or type(error).__name__
            raise IndexUnavailable(f"Chroma failed: {said[:300]}") from error
        raise


@dataclass(frozen=True, slots=True)
class _Pointer:
    generation: str
    stamp: IndexStamp
    counts: Mapping[str, int]
    """Rows by place, to notice what got lost."""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> _Pointer | None:
        """None for what is no pointer: the index is then as good as missing."""
        try:
            values = json.loads(text)
            return _Pointer(values["generation"], IndexStamp(**values["stamp"]), values["counts"])
        except (ValueError, TypeError, KeyError):
            return None


class _Readers:
    """Who searches in a generation now; it is only thrown away when nobody does."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    @contextmanager
    def one(self) -> Iterator[None]:
        self._count += 1
        self._none.clear()
        try:
            yield
        finally:
            self._count -= 1
            if self._count == 0:
                self._none.set()

    async def gone(self) -> None:
        await self._none.wait()


@dataclass(frozen=True, slots=True)
class _Generation:
    """Its methods block: call them in a thread."""

    pointer: _Pointer
    client: Client
    collections: Mapping[str, Collection]
    is_there: Callable[[], bool]
    readers: _Readers = field(default_factory=_Readers)

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
            hits += self._nearest_in(_place(audience, field), vector, field, k + _SPARE)
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
            rows = collection.count()
            if rows != self.pointer.counts[place]:
                raise IndexUnavailable(
                    f"The index lost rows: {rows} of {self.pointer.counts[place]} in {place}."
                )
            if rows:
                self._probe_one(place, collection)

    def _probe_one(self, place: str, collection: Collection) -> None:
        sample = collection.get(limit=1, include=["embeddings"])["embeddings"]
        if sample is None or not len(sample):
            raise IndexUnavailable(f"The index gives no vectors of {place}.")
        vector = np.asarray(sample[0], dtype=np.float32)
        found = self._nearest_in(place, vector, Field(place.partition("-")[2]), 1)
        if not found or found[0].score < float(vector @ vector) - 1e-3:
            raise IndexUnavailable(f"The index does not find its own vectors in {place}.")


class _Home(Protocol):
    """Where generations live. All methods block."""

    def pointer(self) -> _Pointer | None: ...

    def point(self, pointer: _Pointer) -> None: ...

    def create(self, generation: str) -> _Generation: ...

    def open(self, pointer: _Pointer) -> _Generation: ...

    def discard(self, generation: _Generation) -> None: ...

    def sweep(self, old: _Generation | None, current: _Generation) -> None:
        """Drop all generations but the current, if nobody builds them."""
        ...

    def close(self, current: _Generation | None) -> None: ...


class _Folder:
    """Each generation is a folder with a Chroma of its own, so that damage to one spares the next.

    folder/lock, folder/current.json, folder/g-…/chroma.sqlite3
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = FileLock(path / "lock", blocking=False, thread_local=False)

    def pointer(self) -> _Pointer | None:
        self._take()
        with suppress(FileNotFoundError):
            return _Pointer.from_json((self._path / "current.json").read_text("utf-8"))
        return None

    def point(self, pointer: _Pointer) -> None:
        draft = self._path / "current.json.new"
        with draft.open("w", encoding="utf-8") as file:
            file.write(pointer.to_json())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path / "current.json")

    def create(self, generation: str) -> _Generation:
        self._take()
        return self._at(_unbuilt(generation), create=True)

    def open(self, pointer: _Pointer) -> _Generation:
        self._take()
        folder = self._path / pointer.generation
        if not (folder / "chroma.sqlite3").is_file():
            raise IndexUnavailable(f"The index's folder {folder} is gone.")
        return self._at(pointer, create=False)

    def discard(self, generation: _Generation) -> None:
        generation.client.close()
        shutil.rmtree(self._path / generation.pointer.generation, ignore_errors=True)

    def sweep(self, old: _Generation | None, current: _Generation) -> None:
        if old:
            old.client.close()
        for folder in self._path.glob("g-*"):
            if folder.name != current.pointer.generation:
                shutil.rmtree(folder, ignore_errors=True)

    def close(self, current: _Generation | None) -> None:
        try:
            if current:
                current.client.close()
        finally:
            self._lock.release()

    def _take(self) -> None:
        """One process only: a second would not see the first one's rows, and would damage them by writing."""
        if self._lock.is_locked:
            return
        self._path.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire()
        except Timeout as error:
            raise IndexUnavailable(
                f"The index in {self._path} is open in another Comptoir process, which looks after it. "
                "For several processes, run a Chroma server and set index to its address."
            ) from error

    def _at(self, pointer: _Pointer, *, create: bool) -> _Generation:
        import chromadb

        folder = self._path / pointer.generation
        client = cast("Client", chromadb.PersistentClient(folder, settings=_settings()))
        try:
            collections = _collections(client, "", create=create)
        except BaseException:
            client.close()
            raise
        return _Generation(pointer, client, collections, (folder / "chroma.sqlite3").is_file)


class _Server:
    """Each generation is a set of collections; the pointer is the metadata of one more collection."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url.rstrip("/")
        self._name = name
        self._connected: Client | None = None

    def pointer(self) -> _Pointer | None:
        metadata = self._pointing().metadata or {}
        return _Pointer.from_json(str(metadata.get("pointer", "")))

    def point(self, pointer: _Pointer) -> None:
        self._pointing().modify(metadata={"pointer": pointer.to_json()})

    def create(self, generation: str) -> _Generation:
        return self._at(_unbuilt(generation), create=True)

    def open(self, pointer: _Pointer) -> _Generation:
        return self._at(pointer, create=False)

    def discard(self, generation: _Generation) -> None:
        self._drop(name for name in self._names() if self._built_as(name) == generation.pointer.generation)

    def sweep(self, old: _Generation | None, current: _Generation) -> None:
        replaced = old.pointer.generation if old else None
        pointer = self.pointer()
        keep = {current.pointer.generation, pointer.generation if pointer else None}
        self._drop(
            name
            for name in self._names()
            if (built := self._built_as(name))
            and built not in keep
            and (built == replaced or _is_abandoned(built, time.time()))
        )

    def close(self, current: _Generation | None) -> None:
        if self._connected:
            for session in _sessions(self._connected):
                session.close()  # Chroma's own close leaves the connections open
            self._connected.close()
            self._connected = None

    def _at(self, pointer: _Pointer, *, create: bool) -> _Generation:
        client = self._client()
        collections = _collections(client, f"{self._name}-{pointer.generation}-", create=create)
        return _Generation(pointer, client, collections, lambda: True)

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
            self._connected = self._connect()
        return self._connected

    def _connect(self) -> Client:
        """Chroma's client waits for ever, so we find out first whether the server answers."""
        import chromadb

        try:
            httpx.get(f"{self._url}/api/v2/heartbeat", timeout=_ANSWER_SECONDS).raise_for_status()
        except httpx.HTTPError as error:
            raise IndexUnavailable(f"The Chroma server at {self._url} does not answer ({error}).") from error
        address = urlsplit(self._url)
        secure = address.scheme == "https"
        client = cast(
            "Client",
            chromadb.HttpClient(
                host=address.hostname or "",
                port=address.port or (443 if secure else 80),
                ssl=secure,
                settings=_settings(),
            ),
        )
        for session in _sessions(client):
            session.timeout = httpx.Timeout(_OPEN_SECONDS)
        return client


def _sessions(client: Client) -> Iterator[httpx.Client]:
    """The connections of a client, which Chroma hides: they have no time limit, and nothing closes them."""
    parts: tuple[Any, ...] = (client, client._admin_client)
    for part in parts:
        yield part._server._session


def _settings() -> Any:
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)


def _collections(client: Client, prefix: str, *, create: bool) -> Mapping[str, Collection]:
    if not create:
        return {place: client.get_collection(prefix + place, embedding_function=None) for place in _PLACES}
    return {
        place: client.create_collection(
            prefix + place,
            configuration={"hnsw": cast("CreateHNSWConfiguration", dict(_HNSW))},
            embedding_function=None,
        )
        for place in _PLACES
    }


def _new_name() -> str:
    """When it was begun (seconds, hexadecimal) and something that no other process has."""
    return f"g-{int(time.time()):x}-{secrets.token_hex(4)}"


def _is_abandoned(generation: str, now: float) -> bool:
    try:
        return int(generation.split("-")[1], 16) < now - _ABANDONED_SECONDS
    except ValueError:
        return False


def _unbuilt(generation: str) -> _Pointer:
    return _Pointer(generation, IndexStamp("", 0, 0), {})


def _place(audience: Audience, field: Field) -> str:
    return f"{audience}-{field}"


def _key(id: str) -> tuple[str, int]:
    position, _, entry_id = id.partition(":")
    return entry_id, int(position)


def _by_place(records: Sequence[VectorRecord]) -> Iterator[tuple[str, list[VectorRecord]]]:
    for place in _PLACES:
        some = [record for record in records if _place(record.audience, record.field) == place]
        if some:
            yield place, some

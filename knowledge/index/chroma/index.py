"""The adapter: builds generations, moves the pointer, and searches where it points."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from knowledge.entries import Audience
from knowledge.index.chroma.clients import ANSWER_SECONDS, OPEN_SECONDS
from knowledge.index.chroma.folder import FolderHome
from knowledge.index.chroma.generation import Generation
from knowledge.index.chroma.home import Home
from knowledge.index.chroma.names import new_name
from knowledge.index.chroma.places import PLACES, place_of
from knowledge.index.chroma.pointer import Pointer
from knowledge.index.chroma.server import ServerHome
from knowledge.index.chroma.threads import Threads
from knowledge.index.records import best
from knowledge.index.stamps import require_dimensions, require_next
from knowledge.ports import (
    Field,
    IndexStamp,
    IndexState,
    IndexUnavailable,
    Vector,
    VectorHit,
    VectorRecord,
)
from knowledge.store.texts import refuse_other_model


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
        self._home: Home = FolderHome(path) if path else ServerHome(server or "", name)
        self._threads = Threads()
        self._writing = asyncio.Lock()
        self._opening = asyncio.Lock()
        self._current: Generation | None = None

    async def state(self, stamp: IndexStamp) -> IndexState:
        pointer = await self._threads.run(self._home.pointer, seconds=OPEN_SECONDS)
        if pointer is None:
            return IndexState.MISSING
        refuse_other_model(pointer.stamp, stamp.model, stamp.dimensions)
        if pointer.stamp != stamp:
            return IndexState.STALE
        try:
            generation = await self._generation(pointer)
            await self._threads.run(generation.probe, seconds=OPEN_SECONDS)
        except IndexUnavailable:
            return IndexState.BROKEN
        return IndexState.READY

    async def rebuild(self, stamp: IndexStamp, records: AsyncIterable[Sequence[VectorRecord]]) -> None:
        async with self._writing:
            new = await self._threads.run(self._home.create, new_name())
            try:
                counts: Counter[str] = Counter()
                async for some in records:
                    await self._threads.run(new.add, some)
                    counts.update(place_of(record.audience, record.field) for record in some)
                pointer = replace(new.pointer, stamp=stamp, counts={place: counts[place] for place in PLACES})
                built = await self._threads.run(self._home.settled, replace(new, pointer=pointer))
                await self._threads.run(self._home.point, pointer)
            except BaseException:
                with suppress(IndexUnavailable):
                    await asyncio.shield(self._threads.run(self._home.discard, new))
                raise
            old, self._current = self._current, built
            await self._retire(old)

    async def apply(self, stamp: IndexStamp, removed: Sequence[str], added: Sequence[VectorRecord]) -> None:
        async with self._writing:
            pointer = await self._threads.run(self._home.pointer)
            require_next(pointer.stamp if pointer else None, stamp)
            assert pointer is not None, "require_next refuses an index that is not there"
            generation = await self._generation(pointer)
            counts = await self._threads.run(generation.change, removed, added)
            changed = replace(pointer, stamp=stamp, counts=counts)
            await self._threads.run(self._home.point, changed)
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
            await self._threads.run(self._home.close, current)
        self._threads.close()

    async def _search(
        self,
        generation: Generation,
        vector: Vector,
        field: Field,
        audiences: frozenset[Audience],
        k: int,
    ) -> list[VectorHit]:
        require_dimensions(vector, generation.pointer.stamp.dimensions)
        with generation.readers.one():
            found = await self._threads.run(
                generation.nearest, vector, field, sorted(audiences), k, seconds=ANSWER_SECONDS
            )
        return best(found, k)

    async def _pointed(self) -> Pointer:
        pointer = await self._threads.run(self._home.pointer, seconds=OPEN_SECONDS)
        if pointer is None:
            raise IndexUnavailable("The index was never built, or is gone.")
        return pointer

    async def _generation(self, pointer: Pointer) -> Generation:
        """The pointed generation, opened; opens a folder only once however many ask."""
        async with self._opening:
            held = self._current
            if held and held.pointer.generation == pointer.generation:
                self._current = replace(held, pointer=pointer)
            else:
                self._current = await self._threads.run(self._home.open, pointer)
            return self._current

    async def _retire(self, old: Generation | None) -> None:
        """The new generation answers already: a failure here leaves litter for the next build, no more."""
        if old:
            await old.readers.gone()
        with suppress(IndexUnavailable):
            await self._threads.run(self._home.sweep, old, self._current)

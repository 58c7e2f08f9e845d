"""Brings an index along while entries change."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.index.rebuild import rebuild_index
from knowledge.index.records import records_of
from knowledge.ports import (
    EntryStore,
    IndexStamp,
    IndexState,
    IndexUnavailable,
    StoredEntry,
    VectorIndex,
    WrongModel,
)
from knowledge.progress import Progress


class Follower:
    """Brings the index along, change by change while it keeps up, else by building it anew at the end."""

    def __init__(self, index: VectorIndex, store: EntryStore, keeps_up: bool) -> None:
        self._index = index
        self._store = store
        self._keeps_up = keeps_up
        self.problem: str | None = None

    @staticmethod
    async def of(index: VectorIndex, store: EntryStore) -> Follower:
        stamp = await store.stamp()
        try:
            ready = stamp is not None and await index.state(stamp) is IndexState.READY
        except (IndexUnavailable, WrongModel):
            ready = False
        return Follower(index, store, ready)

    async def apply(self, stamp: IndexStamp, removed: Sequence[str], added: Sequence[StoredEntry]) -> None:
        if self._keeps_up:
            try:
                await self._index.apply(stamp, removed, [r for stored in added for r in records_of(stored)])
            except IndexUnavailable:
                self._keeps_up = False

    async def finish(self, progress: Progress) -> IndexStamp | None:
        if self._keeps_up:
            return await self._store.stamp()
        try:
            return await rebuild_index(self._store, self._index, progress)
        except IndexUnavailable as error:
            self.problem = str(error)
            return await self._store.stamp()

"""Entries at hand with their vectors, those used last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from knowledge.ports import StoredEntry


class CachedEntries:
    """As many as have `vectors` vectors together: memory is bounded however long entries are."""

    def __init__(self, vectors: int) -> None:
        self._most = vectors
        self._vectors = 0
        self._entries: OrderedDict[str, StoredEntry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, entry_id: str) -> StoredEntry | None:
        found = self._entries.get(entry_id)
        if found is not None:
            self._entries.move_to_end(entry_id)
        return found

    def keep(self, stored: StoredEntry) -> None:
        self._drop(stored.entry.id)
        self._entries[stored.entry.id] = stored
        self._vectors += _vectors(stored)
        while self._vectors > self._most:
            self._drop(next(iter(self._entries)))

    def keep_only(self, contents: Mapping[str, str]) -> list[StoredEntry]:
        """Those that still have this content hash, by id. Gives the others."""
        changed = [
            stored
            for entry_id, stored in self._entries.items()
            if contents.get(entry_id) != stored.content_hash
        ]
        for stored in changed:
            self._drop(stored.entry.id)
        return changed

    def clear(self) -> None:
        self._entries.clear()
        self._vectors = 0

    def _drop(self, entry_id: str) -> None:
        gone = self._entries.pop(entry_id, None)
        if gone is not None:
            self._vectors -= _vectors(gone)


def _vectors(stored: StoredEntry) -> int:
    return len(stored.heads) + len(stored.bodies)

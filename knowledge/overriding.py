"""What people wrote or changed here, while sources are read again: what a person said stands.

The rule: a source never overwrites or deletes what a person wrote. Says it the same as the person by now, the
entry goes back to the source. Says it what it said before, nothing happens. Says it something else, or has it
no more, that is laid beside the entry as a conflict, for somebody to decide.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from enum import StrEnum

from knowledge.entries import Audience, Entry
from knowledge.ports import EntryStore, StoredEntry
from knowledge.versions import CONSOLE, Override, missing, read_again, same_words


class Verdict(StrEnum):
    """What becomes of an entry that a source gives and a person wrote or changed here."""

    TAKEN = "taken"
    """A person wrote an entry of this id, which has nothing to do with the source."""
    KEPT = "kept"
    """What the person said stands, with or without a conflict."""
    AGREED = "agreed"
    """Both say the same: it is the source's again."""


class Overriding:
    def __init__(
        self,
        store: EntryStore,
        overrides: Mapping[str, Override],
        written: Collection[str],
        now: datetime | None,
    ) -> None:
        """`written` are the ids of the entries that are the console's now."""
        self._store = store
        self._overrides = dict(overrides)
        self._written = frozenset(written)
        self._now = now
        self._seen: set[str] = set()
        self.agreed: dict[str, str | None] = {}
        """Entry id → content hash here, of what is the source's again."""

    @staticmethod
    async def of(store: EntryStore, now: datetime | None) -> Overriding:
        return Overriding(store, await store.overrides(), await store.hashes(CONSOLE), now)

    @property
    def conflicts(self) -> tuple[Override, ...]:
        found = (override for _, override in sorted(self._overrides.items()) if override.conflict)
        return tuple(found)

    def concerns(self, entry_id: str) -> bool:
        return entry_id in self._written or entry_id in self._overrides

    async def given(self, origin: str, entry: Entry) -> Verdict:
        override = self._overrides.get(entry.id)
        if override is None:
            return Verdict.TAKEN
        self._seen.add(entry.id)
        here = await self._here(entry.id)
        if here is not None and same_words(here.entry, entry):
            self.agreed[entry.id] = here.content_hash
            del self._overrides[entry.id]
            return Verdict.AGREED
        await self._note(override, read_again(override, origin, entry, self._now))
        return Verdict.KEPT

    async def not_given(self, origin: str, is_kept: Callable[[Entry], bool]) -> None:
        """After all sources: `origin` has no more what it did not give, unless `is_kept` knows why."""
        for id, override in list(self._overrides.items()):
            if override.origin != origin or id in self._seen or is_kept(override.latest):
                continue
            if id in self._written:
                await self._note(override, missing(override, self._now))
            else:
                del self._overrides[id]
                await self._store.drop_override(id)

    async def _here(self, entry_id: str) -> StoredEntry | None:
        if entry_id not in self._written:
            return None
        return next(iter(await self._store.get([entry_id], frozenset(Audience))), None)

    async def _note(self, before: Override, after: Override) -> None:
        self._overrides[after.entry_id] = after
        if after != before:
            await self._store.note_override(after)

"""People write and change entries: at once in the store, in the index, and so in the next answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from knowledge.entries import Article, Audience, Entry, Resource
from knowledge.index.records import records_of
from knowledge.ingest import Detector
from knowledge.ports import Embedder, EntryStore, Expected, IndexUnavailable, StoredEntry, VectorIndex
from knowledge.preparing import Vectors, prepared, storable
from knowledge.sources.reading import slug
from knowledge.store.texts import refuse_other_model
from knowledge.versions import CONSOLE, Change, Conflict, EntryChanged, Override

LONGEST_TITLE = 300
LONGEST_TEXT = 100_000
MOST_QUESTIONS = 50
_EVERYONE = frozenset(Audience)


class EntryRefused(ValueError):
    """This cannot be an entry. `part` is the field's name, `why` a code: missing, too_long or too_many."""

    def __init__(self, part: str, why: str) -> None:
        super().__init__(f"{part}: {why}")
        self.part = part
        self.why = why


class NoSuchEntry(Exception):
    """Nothing has this id, or no version this number."""


class Side(StrEnum):
    """Who is right in a conflict."""

    HERE = "here"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Edited:
    entry: Entry
    content_hash: str
    index_problem: str | None = None
    """Why the index could not follow at once. Exact search answers until it is repaired."""


class Editor:
    def __init__(self, store: EntryStore, index: VectorIndex, embedder: Embedder, detector: Detector) -> None:
        self._store = store
        self._index = index
        self._embedder = embedder
        self._detector = detector

    async def create(self, entry: Entry, change: Change) -> Edited:
        """A new entry; without an id it gets one after its title. Raises EntryRefused, EntryChanged when the
        id is taken."""
        entry = replace(entry, id=entry.id or await self._free_id(entry))
        return await self._save(_dated(entry, change), CONSOLE, change, {entry.id: None})

    async def edit(self, entry: Entry, seen: str, change: Change) -> Edited:
        """`seen` is the content hash of what was edited. Raises EntryRefused, EntryChanged."""
        return await self._save(_dated(entry, change), CONSOLE, change, {entry.id: seen})

    async def restore(self, entry_id: str, number: int, seen: str | None, change: Change) -> Edited:
        """Let an entry say again what it said in a version; `seen` is None when it was removed since.
        Raises NoSuchEntry, EntryChanged."""
        versions = await self._store.versions(entry_id)
        found = next((v.entry for v in versions if v.number == number and v.entry is not None), None)
        if found is None:
            raise NoSuchEntry(f"the entry {entry_id!r} has no version {number} to restore")
        return await self._save(_dated(found, change), CONSOLE, change, {entry_id: seen})

    async def remove(self, entry_id: str, seen: str, change: Change) -> None:
        """From the answers; its versions stay. Raises EntryChanged."""
        stamp = await self._store.remove([entry_id], change, {entry_id: seen})
        assert stamp is not None, "there was an entry, as expected"
        try:
            await self._index.apply(stamp, [entry_id], [])
        except IndexUnavailable:
            return  # whoever searches next finds the index behind, and repairs it

    async def settle(self, override: Override, right: Side, change: Change) -> None:
        """Decide a conflict as it was seen. Raises NoSuchEntry when there is none any more, EntryChanged when
        it is another one by now."""
        known = (await self._store.overrides()).get(override.entry_id)
        if known is None:
            raise NoSuchEntry(f"nobody has to decide about {override.entry_id!r} any more")
        if known != override or override.conflict is None:
            raise EntryChanged(f"the source of {override.entry_id!r} says something else by now")
        if right is Side.HERE:
            await self._keep(override)
        elif override.theirs is not None:
            here = await self._stored(override.entry_id)
            seen: Expected = {override.entry_id: here.content_hash if here else None}
            await self._save(override.theirs, override.origin, change, seen)
        else:
            await self._follow_removal(override, change)

    async def _keep(self, override: Override) -> None:
        if override.theirs is None:
            await self._store.drop_override(override.entry_id)
        else:
            await self._store.note_override(Override(override.entry_id, override.origin, override.theirs))

    async def _follow_removal(self, override: Override, change: Change) -> None:
        assert override.conflict is Conflict.GONE, "a source that says nothing has it no more"
        here = await self._stored(override.entry_id)
        if here is not None:
            await self.remove(override.entry_id, here.content_hash, change)
        await self._store.drop_override(override.entry_id)

    async def _save(self, entry: Entry, origin: str, change: Change, expected: Expected) -> Edited:
        entry = await self._checked(entry)
        refuse_other_model(await self._store.stamp(), self._embedder.model, self._embedder.dimensions)
        [stored] = await Vectors(self._store, self._embedder).of([await prepared(entry, origin)])
        stamp = await self._store.save(self._embedder.model, [stored], change, expected)
        try:
            await self._index.apply(stamp, [], list(records_of(stored)))
        except IndexUnavailable as error:
            return Edited(entry, stored.content_hash, str(error))
        return Edited(entry, stored.content_hash)

    async def _checked(self, entry: Entry) -> Entry:
        entry = neat(storable(entry))
        if not entry.title:
            raise EntryRefused("title", "missing")
        if len(entry.title) > LONGEST_TITLE:
            raise EntryRefused("title", "too_long")
        if isinstance(entry, Article) and not entry.text:
            raise EntryRefused("text", "missing")
        if len(entry.text) > LONGEST_TEXT:
            raise EntryRefused("text", "too_long")
        if len(entry.questions) > MOST_QUESTIONS:
            raise EntryRefused("questions", "too_many")
        if entry.language:
            return entry
        language = await asyncio.to_thread(self._detector.detect, f"{entry.title}\n{entry.text}")
        return replace(entry, language=language)

    async def _stored(self, entry_id: str) -> StoredEntry | None:
        return next(iter(await self._store.get([entry_id], _EVERYONE)), None)

    async def _free_id(self, entry: Entry) -> str:
        """Resources are exported as rows of a table, whose ids look so. No version has it either: what was
        removed may come back."""
        wish = slug(entry.title) or "entry"
        if isinstance(entry, Resource):
            wish = f"{CONSOLE}#{wish}"
        number = 1
        while True:
            id = wish if number == 1 else f"{wish}-{number}"
            if await self._stored(id) is None and not await self._store.versions(id):
                return id
            number += 1


def neat(entry: Entry) -> Entry:
    """As a file would give it: one line in each field but the text, no line twice."""
    return replace(
        entry,
        title=_line(entry.title),
        text=entry.text.replace("\r\n", "\n").replace("\r", "\n").strip(),
        questions=_lines(entry.questions),
        tags=_lines(entry.tags),
    )


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _lines(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for text in texts if (line := _line(text))))


def _dated(entry: Entry, change: Change) -> Entry:
    return replace(entry, updated=change.at.date())

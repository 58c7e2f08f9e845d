"""How entries came to say what they say: their versions, and where people changed what a source gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from knowledge.entries import Entry

CONSOLE = "console"
"""The origin of entries that people write or change here. No source has it, so no ingest removes them."""


class EntryChanged(Exception):
    """Somebody changed, removed or made this entry since it was read. Look at it again, then decide."""


@dataclass(frozen=True, slots=True)
class Change:
    """Who changes entries, when and why: it is kept with the versions that come of it."""

    at: datetime
    by: str | None = None
    """Account name. None: a source gave something else than before."""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """What an entry said from then on. The newest one is what it says now.

    Kept from the first change: an entry that never changed has none."""

    entry_id: str
    number: int
    """1, 2, … of this entry."""
    origin: str
    entry: Entry | None
    """None: it was removed."""
    change: Change | None
    """None for what stood there before anybody kept versions."""


class Conflict(StrEnum):
    CHANGED = "changed"
    """The source says something else now than when a person changed the entry."""
    GONE = "gone"
    """The source has it no more."""


@dataclass(frozen=True, slots=True)
class Override:
    """A person changed or removed an entry that a source gives. What the person said counts; what the source
    says later is laid beside it, for somebody to decide."""

    entry_id: str
    origin: str
    """Of the source."""
    base: Entry
    """What the source said when a person last decided."""
    theirs: Entry | None = None
    """What it says now, where that is another thing."""
    conflict: Conflict | None = None
    noticed_at: datetime | None = None

    @property
    def latest(self) -> Entry:
        """What the source said last."""
        return self.theirs or self.base


def read_again(override: Override, origin: str, entry: Entry, at: datetime | None) -> Override:
    """The override after its source gave `entry`."""
    if same_words(entry, override.base):
        return Override(override.entry_id, origin, entry)
    if override.theirs is not None and same_words(entry, override.theirs):
        at = override.noticed_at
    return Override(override.entry_id, origin, override.base, entry, Conflict.CHANGED, at)


def missing(override: Override, at: datetime | None) -> Override:
    """The override after its source was read and did not give the entry."""
    if override.conflict is Conflict.GONE:
        return override
    return replace(override, theirs=None, conflict=Conflict.GONE, noticed_at=at)


def same_words(a: Entry, b: Entry) -> bool:
    """Whether two entries differ in nothing but where they were read from and when they were last changed."""
    return a == replace(b, source=a.source, updated=a.updated)


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry as the store had it before a change."""

    entry: Entry
    origin: str
    content_hash: str


def require_unchanged(before: Mapping[str, Kept], expected: Mapping[str, str | None] | None) -> None:
    """Raises EntryChanged."""
    for entry_id, content_hash in (expected or {}).items():
        found = before.get(entry_id)
        if (found.content_hash if found else None) != content_hash:
            raise EntryChanged(f"the entry {entry_id!r} is not any more as it was read")


def require_spared(
    before: Mapping[str, Kept], origins: Mapping[str, str], expected: Mapping[str, str | None] | None
) -> None:
    """What is the console's goes over to a source only if whoever saves it says to have seen it.
    Raises EntryChanged."""
    for entry_id, old in before.items():
        if old.origin == CONSOLE != origins[entry_id] and entry_id not in (expected or {}):
            raise EntryChanged(f"a person has changed the entry {entry_id!r}")


def versions_of_saving(
    old: Kept | None, origin: str, entry: Entry, newest: int, change: Change | None
) -> list[Version]:
    """What a saved entry adds to its versions, of which `newest` is the last (0: it has none).

    The first ingest of an entry adds nothing: most entries never change."""
    if old is not None and same_words(old.entry, entry):
        return []
    by_person = change is not None and change.by is not None
    if old is None and not newest and not by_person:
        return []
    first = [Version(entry.id, 1, old.origin, old.entry, None)] if old is not None and not newest else []
    return [*first, Version(entry.id, newest + len(first) + 1, origin, entry, change)]


def versions_of_removing(old: Kept, newest: int, change: Change | None) -> list[Version]:
    first = [] if newest else [Version(old.entry.id, 1, old.origin, old.entry, None)]
    return [*first, Version(old.entry.id, newest + len(first) + 1, old.origin, None, change)]


def override_of_saving(old: Kept | None, origin: str) -> Override | None:
    """What stays when an entry goes over to the console from its source."""
    if old is None or origin != CONSOLE or old.origin == CONSOLE:
        return None
    return Override(old.entry.id, old.origin, old.entry)


def override_of_removing(old: Kept, change: Change | None) -> Override | None:
    """What stays when a person removes what a source gives: the next ingest does not bring it back."""
    if change is None or change.by is None or old.origin == CONSOLE:
        return None
    return Override(old.entry.id, old.origin, old.entry)


class EntryHistory(Protocol):
    """Part of the entry store: written by its `save` and `remove`, in their transactions."""

    async def versions(self, entry_id: str) -> list[Version]:
        """Newest first."""
        ...

    async def last_changes(self, limit: int = 50) -> list[Version]:
        """The newest version of the entries that people or sources changed last, latest first."""
        ...

    async def overrides(self) -> dict[str, Override]:
        """By entry id."""
        ...

    async def note_override(self, override: Override) -> None:
        """Replace what is known of it; nothing happens when there is none any more."""
        ...

    async def drop_override(self, entry_id: str) -> None: ...

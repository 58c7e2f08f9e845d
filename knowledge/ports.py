"""What the knowledge base needs from outside.

Each port has a memory and a real adapter, and one contract suite for both.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.entries import Audience, Entry, Passage, Resource
from knowledge.versions import Change, EntryHistory

Vector = NDArray[np.float32]
"""Shape (dimensions,), unit length."""
Matrix = NDArray[np.float32]
"""Shape (texts, dimensions), rows of unit length."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """An entry that a source read."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Rejected:
    """A file, row or page that a source could not read; the rest goes on."""

    source: str
    reason: str


class Source(Protocol):
    """Where entries come from: a folder, a table, a website."""

    @property
    def origin(self) -> str:
        """Stable name of the source: what was read from it before and is gone now gets removed."""
        ...

    def read(self) -> AsyncIterator[Loaded | Rejected]: ...


class Embedder(Protocol):
    @property
    def model(self) -> str:
        """Name that an index remembers; two models with one name must give the same vectors."""
        ...

    @property
    def dimensions(self) -> int: ...

    async def embed_queries(self, texts: Sequence[str]) -> Matrix: ...

    async def embed_passages(self, texts: Sequence[str]) -> Matrix: ...


class Reranker(Protocol):
    async def score(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """How well each text answers the question; higher is better, scale as the model has it."""
        ...


class ReaderFailed(Exception):
    """Nothing was read. The message says why; the search does without."""


class Reader(Protocol):
    @property
    def name(self) -> str: ...

    async def answers(self, question: str, passage: str) -> float:
        """How probable it is that the passage answers, as the reader sees it: calibrated here, never raw.

        Raises ReaderFailed."""
        ...


class Field(StrEnum):
    """What of an entry a vector stands for."""

    HEAD = "head"
    """The title (position 0) and each alternative question (1, 2, …)."""
    BODY = "body"
    """Each passage, by its position."""


@dataclass(frozen=True, slots=True)
class VectorRecord:
    entry_id: str
    field: Field
    position: int
    audience: Audience
    vector: Vector


class VectorHit(NamedTuple):
    entry_id: str
    field: Field
    position: int
    score: float
    """Cosine, computed exactly."""


@dataclass(frozen=True, slots=True)
class IndexStamp:
    """What an index was made from. Another revision is stale; another model is refused."""

    model: str
    dimensions: int
    revision: int


class IndexState(StrEnum):
    READY = "ready"
    MISSING = "missing"
    STALE = "stale"
    BROKEN = "broken"


class IndexUnavailable(Exception):
    """The index cannot answer now (gone, corrupt, server away). Search exactly and rebuild."""


class WrongModel(Exception):
    """The vectors were made by another embedding model. The message says what to do."""


class ModelUnavailable(Exception):
    """An embedding or re-ranking model cannot be loaded. The message says what to do."""


class VectorIndex(Protocol):
    """Nearest vectors. Derived from the store: it may be dropped and rebuilt at any time."""

    async def state(self, stamp: IndexStamp) -> IndexState:
        """How this index stands to the store's stamp; probes it.

        Raises WrongModel, and IndexUnavailable when it cannot be reached at all (server away, folder taken).
        """
        ...

    async def rebuild(self, stamp: IndexStamp, records: AsyncIterable[Sequence[VectorRecord]]) -> None:
        """Make a new index beside the old one and swap it in when it is whole."""
        ...

    async def apply(self, stamp: IndexStamp, removed: Sequence[str], added: Sequence[VectorRecord]) -> None:
        """Bring the index to `stamp`: drop all records of the entries removed or added, then add. Idempotent.

        `stamp` is the index's own or the very next revision; after a gap, or without an index, a change
        would be missed: raises IndexUnavailable, and a rebuild is due.
        """
        ...

    async def nearest(
        self, vector: Vector, field: Field, audiences: frozenset[Audience], k: int
    ) -> list[VectorHit]:
        """Best first, at most k, of these audiences only; equal scores in order of entry id and position.

        Raises IndexUnavailable, and WrongModel for a vector of another length than the index's.
        """
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry with all that ingest made of it. `heads[0]` is the title's vector."""

    entry: Entry
    origin: str
    content_hash: str
    passages: tuple[Passage, ...]
    heads: Matrix
    bodies: Matrix
    """One row a passage; shape (0, dimensions) for an entry without text."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry without its passages and vectors."""

    entry: Entry
    origin: str
    content_hash: str


class EntryOrder(StrEnum):
    TITLE = "title"
    UPDATED = "updated"
    """Last updated first; those without a date at the end."""


@dataclass(frozen=True, slots=True)
class Browsing:
    """What a list of entries shows. None lets everything pass."""

    audience: Audience | None = None
    language: str | None = None
    resources: bool | None = None
    """True: resources only; False: articles only."""
    tag: str | None = None
    origin: str | None = None
    twin: str | None = None
    ids: frozenset[str] | None = None

    def passes(self, listed: Listed) -> bool:
        entry = listed.entry
        return (
            self.audience in (None, entry.audience)
            and self.language in (None, entry.language)
            and self.resources in (None, isinstance(entry, Resource))
            and (self.tag is None or self.tag in entry.tags)
            and self.origin in (None, listed.origin)
            and self.twin in (None, entry.twin)
            and (self.ids is None or entry.id in self.ids)
        )


EVERYTHING = Browsing()

Expected = Mapping[str, str | None]
"""Entry id → the content hash it must still have; None: there must be no such entry yet."""


class EntryStore(EntryHistory, Protocol):
    """The source of truth for entries, passages and vectors. Each call is one transaction."""

    async def stamp(self) -> IndexStamp | None:
        """None while nothing was ever ingested."""
        ...

    async def hashes(self, origin: str) -> Mapping[str, str]:
        """Entry id → content hash of what this origin gave before."""
        ...

    async def contents(self) -> Mapping[str, str]:
        """Entry id → content hash, of all entries."""
        ...

    async def save(
        self,
        model: str,
        entries: Sequence[StoredEntry],
        change: Change | None = None,
        expected: Expected | None = None,
    ) -> IndexStamp:
        """Insert or replace; the revision grows by one. Raises WrongModel when others were made by another,
        and EntryChanged, with nothing done, when an entry is not as expected.

        At least one entry. A vector belongs to (model, text): the same text in two entries has one vector.
        What other words replace, and what a person makes, gets a version. An entry that goes over to the
        console from a source leaves an override, and one that a source takes back has none any more: that
        needs its hash in `expected`, so that nobody takes back what they have not seen.
        """
        ...

    async def remove(
        self,
        entry_ids: Sequence[str],
        change: Change | None = None,
        expected: Expected | None = None,
    ) -> IndexStamp | None:
        """Ids that are not there are passed over; the revision grows by one when any was there.

        What is removed keeps its versions. When a person removes what a source gives, an override stays.
        Raises EntryChanged.
        """
        ...

    async def browse(
        self,
        shown: Browsing = EVERYTHING,
        order: EntryOrder = EntryOrder.TITLE,
        limit: int = 50,
        skip: int = 0,
    ) -> list[Listed]:
        """Of all audiences; titles in the order that the database has for words."""
        ...

    async def count(self, shown: Browsing = EVERYTHING) -> int: ...

    async def get(self, entry_ids: Sequence[str], audiences: frozenset[Audience]) -> list[StoredEntry]:
        """Those that exist and may be seen, in no particular order."""
        ...

    def scan(self, batch: int = 256) -> AsyncIterator[Sequence[StoredEntry]]:
        """All entries of all audiences, ordered by id."""
        ...

    async def known_vectors(self, model: str, text_hashes: Sequence[str]) -> Mapping[str, Vector]:
        """Vectors that this model already made, by `text_hash(kind, text)`: these need no embedding."""
        ...

    async def keep_vectors(self, model: str, vectors: Mapping[str, Vector]) -> None:
        """Lay vectors by text hash beside those in use, for `known_vectors` and `adopt_model` to find."""
        ...

    async def adopt_model(self, model: str, dimensions: int) -> IndexStamp | None:
        """Let all entries use the vectors kept for `model` from now on, and forget the others.

        None, and nothing changed, while a text has no vector of that model yet.
        """
        ...

    async def read_note(self, name: str) -> str | None:
        """Small derived facts kept beside the entries (the calibration), as JSON text."""
        ...

    async def write_note(self, name: str, value: str) -> None: ...

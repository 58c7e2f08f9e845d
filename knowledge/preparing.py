"""What ingest and editing make of an entry before it is kept: cleaned, cut into passages, embedded."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from knowledge import chunking
from knowledge.chunking import passages_of
from knowledge.entries import Entry, Passage
from knowledge.ports import Embedder, EntryStore, Matrix, StoredEntry, Vector
from knowledge.progress import Phase, Progress, unseen
from knowledge.store.texts import body_hashes, head_hashes, head_texts

AT_ONCE = 64
"""Texts given to the embedder in one call: the progress bar moves after each."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An entry that lacks only its vectors."""

    entry: Entry
    origin: str
    content_hash: str
    passages: tuple[Passage, ...]

    @property
    def text_count(self) -> int:
        return 1 + len(self.entry.questions) + len(self.passages)


async def prepared(entry: Entry, origin: str) -> Prepared:
    """Of a storable entry."""
    passages = tuple(await asyncio.to_thread(passages_of, entry))
    return Prepared(entry, origin, content_hash(entry), passages)


def storable(entry: Entry) -> Entry:
    """Without what no database takes: NUL, and halves of surrogate pairs. Offsets stay what they were."""
    return replace(
        entry,
        id=_clean(entry.id),
        title=_clean(entry.title),
        text=_clean(entry.text),
        questions=tuple(map(_clean, entry.questions)),
        tags=tuple(map(_clean, entry.tags)),
        source=_clean(entry.source),
    )


def _clean(text: str) -> str:
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def content_hash(entry: Entry) -> str:
    """Of all fields, and of how they are cut: another version of chunking makes every entry a changed one."""
    fields = json.dumps([type(entry).__name__, asdict(entry), chunking.VERSION], default=str, sort_keys=True)
    return hashlib.sha256(fields.encode()).hexdigest()


class Vectors:
    """Makes entries whole: vectors that the model made before are taken from the store."""

    def __init__(
        self, store: EntryStore, embedder: Embedder, progress: Progress = unseen, total: int = 0
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._progress = progress
        self._total = total
        self._done = 0
        self.embedded = 0

    async def of(self, changes: Sequence[Prepared]) -> list[StoredEntry]:
        texts = {hash: text for change in changes for hash, text in texts_of(change.entry, change.passages)}
        known = await self._store.known_vectors(self._embedder.model, list(texts))
        vectors = {**known, **await self.made({hash: texts[hash] for hash in texts.keys() - known.keys()})}
        self.count(sum(change.text_count for change in changes))
        return [self._whole(change, vectors) for change in changes]

    async def made(self, texts: Mapping[str, str]) -> dict[str, Vector]:
        """Embeds, texts of like length together."""
        vectors: dict[str, Vector] = {}
        for some in chunked(sorted(texts, key=lambda hash: (len(texts[hash]), hash)), AT_ONCE):
            rows = await self._embedder.embed_passages([texts[hash] for hash in some])
            vectors |= zip(some, rows, strict=True)
            self._progress(self._done + len(vectors), self._total, Phase.EMBEDDING)
        self.embedded += len(vectors)
        return vectors

    def count(self, texts: int) -> None:
        self._done += texts
        self._progress(self._done, self._total, Phase.EMBEDDING)

    def _whole(self, change: Prepared, vectors: Mapping[str, Vector]) -> StoredEntry:
        heads = self._matrix(head_hashes(change.entry), vectors)
        bodies = self._matrix(body_hashes(change.passages), vectors)
        return StoredEntry(change.entry, change.origin, change.content_hash, change.passages, heads, bodies)

    def _matrix(self, hashes: Sequence[str], vectors: Mapping[str, Vector]) -> Matrix:
        rows = [vectors[hash] for hash in hashes]
        return np.array(rows, dtype=np.float32).reshape(len(rows), self._embedder.dimensions)


def texts_of(entry: Entry, passages: Sequence[Passage]) -> Iterator[tuple[str, str]]:
    """What is embedded of an entry, by hash. Title and questions are embedded as passages, too: the other
    side of the comparison is a query."""
    yield from zip(head_hashes(entry), head_texts(entry), strict=True)
    yield from zip(body_hashes(passages), (passage.text for passage in passages), strict=True)


def chunked(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]

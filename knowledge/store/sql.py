"""The entry store in SQLite or PostgreSQL."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, TypeVar

import numpy as np
from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    cast,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from knowledge.entries import Article, Audience, Entry, Passage, Resource, ResourceKind
from knowledge.ports import (
    EVERYTHING,
    Browsing,
    EntryOrder,
    Expected,
    IndexStamp,
    Listed,
    Matrix,
    StoredEntry,
    Vector,
)
from knowledge.store import history
from knowledge.store.database import reading, writing
from knowledge.store.glance import Glance, Missed, can_glance
from knowledge.store.tables import entries as entries_table
from knowledge.store.tables import heads, notes, passages, state, vectors
from knowledge.store.texts import body_hashes, hashed_vectors, head_hashes, refuse_other_model
from knowledge.versions import Change, Kept, Override, Version, require_spared, require_unchanged

_T = TypeVar("_T")
_IN_ONE_STATEMENT = 1000
"""Both databases stop at some 32,000 parameters."""
FEW = 8
"""Entries that are read without a thread: an answer cites no more."""


class SqlEntryStore:
    """Needs the tables of `knowledge.store.tables`. Every method may raise DatabaseUnavailable."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._glance = Glance(engine, _STAMP) if can_glance(engine) else None

    async def stamp(self) -> IndexStamp | None:
        if self._glance is not None:
            with suppress(Missed):
                row = self._glance.row()
                return IndexStamp(*row) if row else None
        async with reading(self._engine, brief=True) as connection:
            return await _stamp(connection)

    async def hashes(self, origin: str) -> Mapping[str, str]:
        query = select(entries_table.c.id, entries_table.c.content_hash).where(
            entries_table.c.origin == origin
        )
        async with reading(self._engine) as connection:
            return {row.id: row.content_hash for row in await connection.execute(query)}

    async def contents(self) -> Mapping[str, str]:
        query = select(entries_table.c.id, entries_table.c.content_hash)
        async with reading(self._engine) as connection:
            return {row.id: row.content_hash for row in await connection.execute(query)}

    async def save(
        self,
        model: str,
        entries: Sequence[StoredEntry],
        change: Change | None = None,
        expected: Expected | None = None,
    ) -> IndexStamp:
        dimensions = entries[0].heads.shape[1]
        made = {hash: vector for stored in entries for hash, vector in hashed_vectors(stored)}
        ids = [stored.entry.id for stored in entries]
        async with writing(self._engine) as connection:
            stamp = await _locked_stamp(connection)
            if await connection.scalar(select(exists(select(entries_table.c.id)))):
                refuse_other_model(stamp, model, dimensions)
            before = await _before(connection, ids, expected)
            require_spared(before, {stored.entry.id: stored.origin for stored in entries}, expected)
            gone = await _delete(connection, ids)
            await _insert_entries(connection, entries)
            saved = [(stored.origin, stored.entry) for stored in entries]
            await history.note_saved(connection, before, saved, change)
            await _keep(connection, model, made)
            await _forget_unused(connection, model, gone - made.keys())
            return await _advance(connection, model, dimensions, stamp)

    async def remove(
        self,
        entry_ids: Sequence[str],
        change: Change | None = None,
        expected: Expected | None = None,
    ) -> IndexStamp | None:
        async with writing(self._engine) as connection:
            stamp = await _locked_stamp(connection)
            before = await _before(connection, entry_ids, expected)
            if stamp is None or not before:
                return stamp
            gone = await _delete(connection, entry_ids)
            await history.note_removed(connection, before, change)
            await _forget_unused(connection, stamp.model, gone)
            return await _advance(connection, stamp.model, stamp.dimensions, stamp)

    async def get(self, entry_ids: Sequence[str], audiences: frozenset[Audience]) -> list[StoredEntry]:
        found: list[StoredEntry] = []
        async with reading(self._engine, brief=len(entry_ids) <= FEW) as connection:
            for some in _batches(dict.fromkeys(entry_ids), _IN_ONE_STATEMENT):
                query = select(entries_table).where(
                    entries_table.c.id.in_(some), entries_table.c.audience.in_(sorted(audiences))
                )
                found += await _load(connection, query)
        return found

    async def scan(self, batch: int = 256) -> AsyncIterator[Sequence[StoredEntry]]:
        """Each batch is one snapshot; between two, others may write."""
        first = select(entries_table).order_by(entries_table.c.id).limit(min(batch, _IN_ONE_STATEMENT))
        query = first
        while True:
            async with reading(self._engine) as connection:
                found = await _load(connection, query)
            if not found:
                return
            yield found
            query = first.where(entries_table.c.id > found[-1].entry.id)

    async def browse(
        self,
        shown: Browsing = EVERYTHING,
        order: EntryOrder = EntryOrder.TITLE,
        limit: int = 50,
        skip: int = 0,
    ) -> list[Listed]:
        ordered = select(entries_table).where(*_conditions(shown)).order_by(*_ORDERS[order])
        async with reading(self._engine) as connection:
            rows = await connection.execute(ordered.limit(limit).offset(skip))
            return [Listed(_entry(row), row.origin, row.content_hash) for row in rows]

    async def count(self, shown: Browsing = EVERYTHING) -> int:
        query = select(func.count()).select_from(entries_table).where(*_conditions(shown))
        async with reading(self._engine) as connection:
            return int((await connection.execute(query)).scalar_one())

    async def versions(self, entry_id: str) -> list[Version]:
        async with reading(self._engine) as connection:
            return await history.read_versions(connection, entry_id)

    async def last_changes(self, limit: int = 50) -> list[Version]:
        async with reading(self._engine) as connection:
            return await history.read_last_changes(connection, limit)

    async def overrides(self) -> dict[str, Override]:
        async with reading(self._engine) as connection:
            return await history.read_overrides(connection)

    async def note_override(self, override: Override) -> None:
        async with writing(self._engine) as connection:
            await history.replace_override(connection, override)

    async def drop_override(self, entry_id: str) -> None:
        async with writing(self._engine) as connection:
            await history.forget_override(connection, entry_id)

    async def known_vectors(self, model: str, text_hashes: Sequence[str]) -> Mapping[str, Vector]:
        async with reading(self._engine) as connection:
            blobs = await _blobs(connection, model, text_hashes)
        return {hash: _vector(blob) for hash, blob in blobs.items()}

    async def keep_vectors(self, model: str, vectors: Mapping[str, Vector]) -> None:
        async with writing(self._engine) as connection:
            await _keep(connection, model, vectors)

    async def adopt_model(self, model: str, dimensions: int) -> IndexStamp | None:
        async with writing(self._engine) as connection:
            stamp = await _locked_stamp(connection)
            if stamp is None or stamp.model == model:
                return stamp
            if await _lacks_vectors(connection, model):
                return None
            await connection.execute(delete(vectors).where(or_(vectors.c.model != model, ~_used())))
            return await _advance(connection, model, dimensions, stamp)

    async def read_note(self, name: str) -> str | None:
        async with reading(self._engine, brief=True) as connection:
            value: str | None = await connection.scalar(select(notes.c.value).where(notes.c.name == name))
            return value

    async def write_note(self, name: str, value: str) -> None:
        async with writing(self._engine) as connection:
            row = _insert_into(connection, notes).values(name=name, value=value)
            await connection.execute(
                row.on_conflict_do_update(index_elements=["name"], set_={"value": value})
            )


_STAMP = select(state.c.model, state.c.dimensions, state.c.revision).where(
    state.c.id == 1, state.c.model.is_not(None)
)


async def _stamp(connection: AsyncConnection) -> IndexStamp | None:
    row = (await connection.execute(_STAMP)).one_or_none()
    return IndexStamp(*row) if row else None


async def _locked_stamp(connection: AsyncConnection) -> IndexStamp | None:
    """The stamp, held until the transaction ends: on PostgreSQL its row makes writers queue up.

    The row is laid down first, so that even two first writers have something to lock.
    """
    first = _insert_into(connection, state).values(id=1, model=None, dimensions=0, revision=0)
    await connection.execute(first.on_conflict_do_nothing())
    await connection.execute(select(state.c.id).where(state.c.id == 1).with_for_update())
    return await _stamp(connection)


async def _advance(
    connection: AsyncConnection, model: str, dimensions: int, old: IndexStamp | None
) -> IndexStamp:
    new = IndexStamp(model, dimensions, old.revision + 1 if old else 1)
    await connection.execute(
        update(state).values(model=model, dimensions=dimensions, revision=new.revision).where(state.c.id == 1)
    )
    return new


async def _before(
    connection: AsyncConnection, entry_ids: Sequence[str], expected: Expected | None
) -> dict[str, Kept]:
    """What is there now. Raises EntryChanged."""
    found: dict[str, Kept] = {}
    for some in _batches(dict.fromkeys(entry_ids), _IN_ONE_STATEMENT):
        rows = await connection.execute(select(entries_table).where(entries_table.c.id.in_(some)))
        found |= {row.id: Kept(_entry(row), row.origin, row.content_hash) for row in rows}
    require_unchanged(found, expected)
    return found


def _conditions(shown: Browsing) -> list[ColumnElement[bool]]:
    c = entries_table.c
    equal = {
        c.audience: shown.audience,
        c.language: shown.language,
        c.origin: shown.origin,
        c.twin: shown.twin,
    }
    conditions: list[ColumnElement[bool]] = [
        column == value for column, value in equal.items() if value is not None
    ]
    if shown.resources is not None:
        conditions.append(c.type == ("resource" if shown.resources else "article"))
    if shown.tag is not None:
        conditions.append(cast(c.tags, Text).contains(json.dumps(shown.tag), autoescape=True))
    if shown.ids is not None:
        conditions.append(c.id.in_(sorted(shown.ids)))
    return conditions


_ORDERS = {
    EntryOrder.TITLE: (func.lower(entries_table.c.title), entries_table.c.id),
    EntryOrder.UPDATED: (entries_table.c.updated.desc().nulls_last(), entries_table.c.id),
}


async def _delete(connection: AsyncConnection, entry_ids: Sequence[str]) -> set[str]:
    """Drops the entries; gives the hashes of the texts that they had."""
    gone: set[str] = set()
    for some in _batches(dict.fromkeys(entry_ids), _IN_ONE_STATEMENT):
        for table in (heads, passages):
            query = select(table.c.text_hash).where(table.c.entry_id.in_(some))
            gone.update(await connection.scalars(query))
        await connection.execute(delete(entries_table).where(entries_table.c.id.in_(some)))
    return gone


async def _insert_entries(connection: AsyncConnection, entries: Sequence[StoredEntry]) -> None:
    await connection.execute(insert(entries_table), [_entry_row(stored) for stored in entries])
    await connection.execute(insert(heads), [row for stored in entries for row in _head_rows(stored)])
    body_rows = [row for stored in entries for row in _passage_rows(stored)]
    if body_rows:
        await connection.execute(insert(passages), body_rows)


async def _keep(connection: AsyncConnection, model: str, made: Mapping[str, Vector]) -> None:
    rows = [
        {"model": model, "text_hash": hash, "vector": np.ascontiguousarray(vector, "<f4").tobytes()}
        for hash, vector in sorted(made.items())
    ]
    if rows:
        row = _insert_into(connection, vectors)
        newest = row.on_conflict_do_update(
            index_elements=["model", "text_hash"], set_={"vector": row.excluded.vector}
        )
        await connection.execute(newest, rows)


async def _forget_unused(connection: AsyncConnection, model: str, text_hashes: Iterable[str]) -> None:
    """Those of another model, that are being made, go when it is adopted."""
    for some in _batches(text_hashes, _IN_ONE_STATEMENT):
        of_these = (vectors.c.model == model, vectors.c.text_hash.in_(some))
        await connection.execute(delete(vectors).where(*of_these, ~_used()))


def _used() -> ColumnElement[bool]:
    """That the vector of the outer query stands for a text of some entry."""
    return or_(*(exists().where(table.c.text_hash == vectors.c.text_hash) for table in (heads, passages)))


async def _lacks_vectors(connection: AsyncConnection, model: str) -> bool:
    for table in (heads, passages):
        made = exists().where(vectors.c.model == model, vectors.c.text_hash == table.c.text_hash)
        if await connection.scalar(select(exists(select(table.c.entry_id).where(~made)))):
            return True
    return False


async def _load(connection: AsyncConnection, query: Select[Any]) -> list[StoredEntry]:
    """The entries that the query finds, in its order."""
    rows = (await connection.execute(query)).all()
    stamp = await _stamp(connection)
    if not rows or stamp is None:
        return []
    ids = [row.id for row in rows]
    head_rows = await _rows_of(connection, heads, ids)
    body_rows = await _rows_of(connection, passages, ids)
    hashes = (row.text_hash for rows in (head_rows, body_rows) for some in rows.values() for row in some)
    blobs = await _blobs(connection, stamp.model, hashes)
    return [_stored(row, head_rows[row.id], body_rows[row.id], blobs, stamp.dimensions) for row in rows]


async def _rows_of(
    connection: AsyncConnection, table: Any, entry_ids: Sequence[str]
) -> defaultdict[str, list[Row[Any]]]:
    """By entry, in order of position."""
    query = select(table).where(table.c.entry_id.in_(entry_ids)).order_by(table.c.entry_id, table.c.position)
    by_entry: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in await connection.execute(query):
        by_entry[row.entry_id].append(row)
    return by_entry


async def _blobs(connection: AsyncConnection, model: str, text_hashes: Iterable[str]) -> dict[str, bytes]:
    """Vectors by hash; a text always has one, both were written in one transaction. Not joined to the texts:
    SQLite would go through all vectors of the model to find a hundred."""
    found: dict[str, bytes] = {}
    for some in _batches(dict.fromkeys(text_hashes), _IN_ONE_STATEMENT):
        query = select(vectors.c.text_hash, vectors.c.vector).where(
            vectors.c.model == model, vectors.c.text_hash.in_(some)
        )
        found |= {row.text_hash: row.vector for row in await connection.execute(query)}
    return found


def _stored(
    row: Row[Any],
    head_rows: Sequence[Row[Any]],
    body_rows: Sequence[Row[Any]],
    blobs: Mapping[str, bytes],
    dimensions: int,
) -> StoredEntry:
    entry = _entry(row)
    return StoredEntry(
        entry,
        row.origin,
        row.content_hash,
        tuple(_passage(entry, body) for body in body_rows),
        _matrix(head_rows, blobs, dimensions),
        _matrix(body_rows, blobs, dimensions),
    )


def _entry(row: Row[Any]) -> Entry:
    common: dict[str, Any] = {
        "id": row.id,
        "title": row.title,
        "text": row.text,
        "language": row.language,
        "audience": Audience(row.audience),
        "questions": tuple(row.questions),
        "tags": tuple(row.tags),
        "url": row.url,
        "twin": row.twin,
        "updated": row.updated,
        "source": row.source,
    }
    if row.type == "article":
        return Article(**common)
    return Resource(kind=ResourceKind(row.kind), target=row.target, hours=row.hours, **common)


def _entry_row(stored: StoredEntry) -> dict[str, Any]:
    entry = stored.entry
    resource = entry if isinstance(entry, Resource) else None
    return {
        "id": entry.id,
        "type": "resource" if resource else "article",
        "title": entry.title,
        "text": entry.text,
        "language": entry.language,
        "audience": entry.audience.value,
        "questions": list(entry.questions),
        "tags": list(entry.tags),
        "url": entry.url,
        "twin": entry.twin,
        "updated": entry.updated,
        "source": entry.source,
        "kind": resource.kind.value if resource else None,
        "target": resource.target if resource else None,
        "hours": resource.hours if resource else None,
        "origin": stored.origin,
        "content_hash": stored.content_hash,
    }


def _head_rows(stored: StoredEntry) -> Iterator[dict[str, Any]]:
    for position, hash in enumerate(head_hashes(stored.entry)):
        yield {"entry_id": stored.entry.id, "position": position, "text_hash": hash}


def _passage_rows(stored: StoredEntry) -> Iterator[dict[str, Any]]:
    for passage, hash in zip(stored.passages, body_hashes(stored.passages), strict=True):
        yield {
            "entry_id": stored.entry.id,
            "position": passage.position,
            "heading": list(passage.heading),
            "start_offset": passage.start,
            "end_offset": passage.end,
            "text_hash": hash,
        }


def _passage(entry: Entry, row: Row[Any]) -> Passage:
    start, end = row.start_offset, row.end_offset
    return Passage(entry.id, row.position, tuple(row.heading), start, end, entry.text[start:end])


def _matrix(rows: Sequence[Row[Any]], blobs: Mapping[str, bytes], dimensions: int) -> Matrix:
    joined = b"".join(blobs[row.text_hash] for row in rows)
    return np.frombuffer(joined, dtype="<f4").astype(np.float32).reshape(len(rows), dimensions)


def _vector(blob: bytes) -> Vector:
    return np.frombuffer(blob, dtype="<f4").astype(np.float32)


def _insert_into(connection: AsyncConnection, table: Any) -> Any:
    """An INSERT that knows ON CONFLICT: both databases spell it alike, SQLAlchemy twice."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(table)


def _batches(values: Iterable[_T], size: int) -> Iterator[list[_T]]:
    remaining = iter(values)
    while some := list(islice(remaining, size)):
        yield some

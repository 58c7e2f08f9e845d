"""Versions and overrides in SQLite or PostgreSQL: written where entries are saved and removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, and_, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge.entries import Entry
from knowledge.store.snapshots import restored, snapshot
from knowledge.store.tables import overrides, versions
from knowledge.versions import (
    CONSOLE,
    Change,
    Conflict,
    Kept,
    Override,
    Version,
    override_of_removing,
    override_of_saving,
    versions_of_removing,
    versions_of_saving,
)

_IN_ONE_STATEMENT = 500


async def note_saved(
    connection: AsyncConnection,
    before: Mapping[str, Kept],
    saved: Sequence[tuple[str, Entry]],
    change: Change | None,
) -> None:
    """`saved` are the entries with their new origins."""
    numbers = await _numbers(connection, [entry.id for _, entry in saved])
    await _write(
        connection,
        [
            version
            for origin, entry in saved
            for version in versions_of_saving(
                before.get(entry.id), origin, entry, numbers.get(entry.id, 0), change
            )
        ],
    )
    for origin, entry in saved:
        if origin != CONSOLE:
            await forget_override(connection, entry.id)
        elif override := override_of_saving(before.get(entry.id), origin):
            await _lay_override(connection, override)


async def note_removed(
    connection: AsyncConnection, before: Mapping[str, Kept], change: Change | None
) -> None:
    numbers = await _numbers(connection, list(before))
    await _write(
        connection,
        [
            version
            for id, old in before.items()
            for version in versions_of_removing(old, numbers.get(id, 0), change)
        ],
    )
    for old in before.values():
        if override := override_of_removing(old, change):
            await _lay_override(connection, override)


async def forget_override(connection: AsyncConnection, entry_id: str) -> None:
    await connection.execute(delete(overrides).where(overrides.c.entry_id == entry_id))


async def _lay_override(connection: AsyncConnection, override: Override) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    values = _override_row(override)
    row = dialect.insert(overrides).values(values)
    await connection.execute(row.on_conflict_do_update(index_elements=["entry_id"], set_=values))


async def replace_override(connection: AsyncConnection, override: Override) -> None:
    same = overrides.c.entry_id == override.entry_id
    await connection.execute(update(overrides).where(same).values(_override_row(override)))


async def read_overrides(connection: AsyncConnection) -> dict[str, Override]:
    return {row.entry_id: _override(row) for row in await connection.execute(select(overrides))}


async def read_versions(connection: AsyncConnection, entry_id: str) -> list[Version]:
    query = select(versions).where(versions.c.entry_id == entry_id).order_by(versions.c.number.desc())
    return [_version(row) for row in await connection.execute(query)]


async def read_last_changes(connection: AsyncConnection, limit: int) -> list[Version]:
    newest = select(versions.c.entry_id, func.max(versions.c.number).label("number"))
    last = newest.group_by(versions.c.entry_id).subquery()
    query = (
        select(versions)
        .join(last, and_(last.c.entry_id == versions.c.entry_id, last.c.number == versions.c.number))
        .where(versions.c.at.is_not(None))
        .order_by(versions.c.at.desc(), versions.c.entry_id)
        .limit(limit)
    )
    return [_version(row) for row in await connection.execute(query)]


async def _numbers(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, int]:
    """The newest version's number, of those that have any."""
    found: dict[str, int] = {}
    for start in range(0, len(ids), _IN_ONE_STATEMENT):
        some = ids[start : start + _IN_ONE_STATEMENT]
        query = select(versions.c.entry_id, func.max(versions.c.number)).where(versions.c.entry_id.in_(some))
        rows = await connection.execute(query.group_by(versions.c.entry_id))
        found |= {row[0]: int(row[1]) for row in rows}
    return found


async def _write(connection: AsyncConnection, new: Sequence[Version]) -> None:
    if new:
        await connection.execute(insert(versions), [_row(version) for version in new])


def _row(version: Version) -> dict[str, Any]:
    change = version.change
    return {
        "entry_id": version.entry_id,
        "number": version.number,
        "origin": version.origin,
        "entry": snapshot(version.entry) if version.entry else None,
        "at": change.at if change else None,
        "by": change.by if change else None,
        "why": change.why if change else "",
    }


def _version(row: Row[Any]) -> Version:
    change = Change(row.at, row.by, row.why) if row.at else None
    entry = restored(row.entry) if row.entry else None
    return Version(row.entry_id, row.number, row.origin, entry, change)


def _override_row(override: Override) -> dict[str, Any]:
    return {
        "entry_id": override.entry_id,
        "origin": override.origin,
        "base": snapshot(override.base),
        "theirs": snapshot(override.theirs) if override.theirs else None,
        "conflict": override.conflict.value if override.conflict else None,
        "noticed_at": override.noticed_at,
    }


def _override(row: Row[Any]) -> Override:
    return Override(
        row.entry_id,
        row.origin,
        restored(row.base),
        restored(row.theirs) if row.theirs else None,
        Conflict(row.conflict) if row.conflict else None,
        row.noticed_at,
    )

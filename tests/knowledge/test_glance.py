"""A look at one row: what it sees, and what it leaves to a transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from knowledge.store.database import open_database, writing
from knowledge.store.glance import Glance, Missed, can_glance

counts = Table("counts", MetaData(), Column("id", Integer, primary_key=True), Column("number", Integer))
NUMBER = select(counts.c.number).where(counts.c.id == 1)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    opened = open_database(f"sqlite:///{tmp_path}/a shop? 100 % #1.db")
    async with writing(opened) as connection:
        await connection.run_sync(counts.metadata.create_all)
    yield opened
    await opened.dispose()


async def test_each_look_sees_what_was_committed_last_and_nothing_sooner(engine: AsyncEngine) -> None:
    glance = Glance(engine, NUMBER)
    assert glance.row() is None
    async with writing(engine) as connection:
        await connection.execute(insert(counts), {"id": 1, "number": 1})
        assert glance.row() is None
    assert glance.row() == (1,)
    other = open_database(str(engine.url))
    async with writing(other) as connection:
        await connection.execute(update(counts), {"number": 2})
    await other.dispose()
    assert glance.row() == (2,)


async def test_what_cannot_be_seen_is_left_to_a_transaction_and_looked_at_again_later(
    engine: AsyncEngine,
) -> None:
    glance = Glance(engine, NUMBER)
    async with writing(engine) as connection:
        await connection.run_sync(counts.metadata.drop_all)
    with pytest.raises(Missed):
        glance.row()
    async with writing(engine) as connection:
        await connection.run_sync(counts.metadata.create_all)
        await connection.execute(insert(counts), {"id": 1, "number": 3})
    assert glance.row() == (3,)


def test_a_look_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(Missed):
        Glance(open_database(f"sqlite:///{tmp_path}/none.db"), NUMBER).row()
    assert not list(tmp_path.iterdir())


def test_a_database_in_memory_is_seen_by_its_own_connection_only() -> None:
    assert not can_glance(open_database("sqlite:///:memory:"))

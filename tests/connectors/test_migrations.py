"""The schema that the migrations build is the one that the code expects, on both databases."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.migrations import migrate, newest_revision
from connectors.migrations.upgrading import NewerDatabase
from knowledge.store.database import (
    DatabaseUnavailable,
    metadata,
    migrating,
    open_database,
    reading,
    writing,
)

for module in (
    "knowledge.store.tables",
    "bot.store.tables",
    "escalation.store.tables",
    "escalation.store.report_tables",
    "connectors.console.store.tables",
    "connectors.outbox.tables",
    "connectors.slack.store.tables",
):
    importlib.import_module(module)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = open_database(database_url)
    yield engine
    await engine.dispose()


_MIGRATE = """
import asyncio, sys
from connectors.migrations import migrate
from knowledge.store.database import open_database

async def main():
    engine = open_database(sys.argv[1])
    await migrate(engine)
    await engine.dispose()

asyncio.run(main())
"""
"""A process of its own."""


def _differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    return list(compare_metadata(context, metadata))


async def test_the_migrated_schema_is_the_one_the_code_expects(engine: AsyncEngine) -> None:
    await migrate(engine)
    async with engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_migrating_again_changes_nothing(engine: AsyncEngine) -> None:
    await migrate(engine)
    async with writing(engine) as connection:
        await connection.execute(text("INSERT INTO knowledge_notes (name, value) VALUES ('a', 'b')"))
    await migrate(engine)
    async with reading(engine) as connection:
        assert (await connection.execute(text("SELECT name, value FROM knowledge_notes"))).all() == [
            ("a", "b")
        ]


async def test_a_database_of_a_newer_version_is_left_alone(engine: AsyncEngine) -> None:
    await migrate(engine)
    async with writing(engine) as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerDatabase, match="newer Comptoir"):
        await migrate(engine)


def test_the_newest_file_is_the_last_step_that_alembic_knows() -> None:
    versions = Path(__file__).parents[2] / "connectors/migrations"
    assert ScriptDirectory(str(versions)).get_heads() == [newest_revision()]


async def test_a_database_of_this_version_is_opened_without_alembic(
    engine: AsyncEngine, database_url: str
) -> None:
    """It takes a tenth of a second of every start to load."""
    await migrate(engine)
    assert await _run(_MIGRATE + "assert 'alembic' not in sys.modules", database_url) == 0


async def test_two_processes_may_start_at_once(database_url: str) -> None:
    assert await asyncio.gather(*(_run(_MIGRATE, database_url) for _ in range(3))) == [0, 0, 0]


async def _run(script: str, database_url: str) -> int:
    project = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, database_url, cwd=project)
    return await process.wait()


async def test_a_migration_that_fails_half_way_leaves_nothing_behind(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the power went out")

    monkeypatch.setattr("alembic.op.create_index", fail)
    with pytest.raises(RuntimeError):
        await migrate(engine)
    async with engine.connect() as connection:
        assert await connection.run_sync(lambda sync: inspect(sync).get_table_names()) == []


async def test_a_table_can_be_rebuilt_without_losing_the_rows_that_refer_to_it(sqlite_url: str) -> None:
    engine = open_database(sqlite_url)
    async with writing(engine) as connection:
        await connection.execute(text("CREATE TABLE parent (id INTEGER PRIMARY KEY)"))
        await connection.execute(
            text("CREATE TABLE child (id INTEGER REFERENCES parent (id) ON DELETE CASCADE)")
        )
        await connection.execute(text("INSERT INTO parent VALUES (1)"))
        await connection.execute(text("INSERT INTO child VALUES (1)"))
    async with migrating(engine) as connection:
        await connection.execute(text("CREATE TABLE new_parent (id INTEGER PRIMARY KEY, name TEXT)"))
        await connection.execute(text("INSERT INTO new_parent (id) SELECT id FROM parent"))
        await connection.execute(text("DROP TABLE parent"))
        await connection.execute(text("ALTER TABLE new_parent RENAME TO parent"))
    with pytest.raises(DatabaseUnavailable, match="refer to rows that are gone"):
        async with migrating(engine) as connection:
            await connection.execute(text("DELETE FROM parent"))
    async with writing(engine) as connection:
        assert (await connection.execute(text("SELECT count(*) FROM child"))).scalar() == 1
        await connection.execute(text("DELETE FROM parent"))
        assert (await connection.execute(text("SELECT count(*) FROM child"))).scalar() == 0
    await engine.dispose()

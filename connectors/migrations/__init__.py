"""The database's schema, brought up to this version."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from knowledge.store.database import migrating, reading

_ONE_AT_A_TIME = 0x436F6D70746F6972
"""Of the advisory lock on PostgreSQL: "Comptoir" in ASCII."""


async def migrate(engine: AsyncEngine) -> None:
    """Bring the schema to this version: all or nothing, in one transaction. Nothing to do is no error, and
    seen at a glance.

    Two processes may start at once: the second waits, then finds the work done.
    Raises NewerDatabase, DatabaseUnavailable.
    """
    async with reading(engine) as connection:
        if await connection.run_sync(_revisions) == {newest_revision()}:
            return
    from connectors.migrations.upgrading import upgrade

    async with migrating(engine) as connection:
        if engine.dialect.name == "postgresql":
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})"))
        await connection.run_sync(upgrade)


def newest_revision() -> str:
    """The steps' files are named by their numbers, in the order in which they are taken."""
    return max(file.name for file in Path(__file__).with_name("versions").glob("[0-9]*.py")).partition("_")[0]


def _revisions(connection: Connection) -> set[str]:
    """As Alembic keeps them; none in a new database."""
    if not inspect(connection).has_table("alembic_version"):
        return set()
    return set(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())

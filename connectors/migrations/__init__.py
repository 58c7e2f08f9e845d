"""The database's schema, brought up to this version by Alembic."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from knowledge.store.database import DatabaseUnavailable, migrating

_ONE_AT_A_TIME = 0x436F6D70746F6972
"""Of the advisory lock on PostgreSQL: "Comptoir" in ASCII."""


class NewerDatabase(DatabaseUnavailable):
    """A later version of Comptoir changed this database; this one would damage it."""


async def migrate(engine: AsyncEngine) -> None:
    """Bring the schema to this version: all or nothing, in one transaction. Nothing to do is no error.

    Two processes may start at once: the second waits, then finds the work done.
    Raises NewerDatabase, DatabaseUnavailable.
    """
    async with migrating(engine) as connection:
        if engine.dialect.name == "postgresql":
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})"))
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", "connectors:migrations")
    config.attributes["connection"] = connection
    _refuse_newer(connection, ScriptDirectory.from_config(config))
    command.upgrade(config, "head")


def _refuse_newer(connection: Connection, scripts: ScriptDirectory) -> None:
    known = {script.revision for script in scripts.walk_revisions()}
    found = MigrationContext.configure(connection).get_current_heads()
    if unknown := set(found) - known:
        raise NewerDatabase(
            f"This database was changed by a newer Comptoir (schema {', '.join(sorted(unknown))}): "
            "install that version again, or put back the backup from before its upgrade."
        )

"""The schema's steps, taken by Alembic: loaded only where there are any to take."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from knowledge.store.database import DatabaseUnavailable


class NewerDatabase(DatabaseUnavailable):
    """A later version of Comptoir changed this database; this one would damage it."""


def upgrade(connection: Connection) -> None:
    """Raises NewerDatabase."""
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

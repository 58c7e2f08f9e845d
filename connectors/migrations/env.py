"""Alembic runs this for each command; `migrate` hands it the open connection and its transaction."""

from __future__ import annotations

from alembic import context

from knowledge.store.database import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by making it anew
)
context.run_migrations()

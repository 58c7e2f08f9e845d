"""One row of a SQLite file, looked up by its key between two awaits.

A transaction with all that belongs to it takes half a millisecond, the look-up in it a hundredth of that.
What is asked at every question is asked here, on a connection of its own that can only read and is never in a
transaction: each look sees what was committed last, by whatever process.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Select, event
from sqlalchemy.ext.asyncio import AsyncEngine


class Missed(Exception):
    """Nothing could be seen now: look in a transaction, which knows how to wait and what is wrong."""


class Glance:
    """At the first row that `query`, which has no parameters, finds. SQLite only: see `can_glance`."""

    def __init__(self, engine: AsyncEngine, query: Select[Any]) -> None:
        self._file = engine.url.database
        self._query = str(query.compile(engine.sync_engine, compile_kwargs={"literal_binds": True}))
        self._connection: sqlite3.Connection | None = None
        event.listen(engine.sync_engine, "engine_disposed", lambda _: self._close())

    def row(self) -> tuple[Any, ...] | None:
        """Raises Missed."""
        try:
            if self._connection is None:
                self._connection = _opened(f"file:{_escaped(self._file)}?mode=ro")
            row: tuple[Any, ...] | None = self._connection.execute(self._query).fetchone()
        except sqlite3.Error as error:
            self._close()
            raise Missed(str(error)) from error
        return row

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def can_glance(engine: AsyncEngine) -> bool:
    """At a file. What a connection has in its memory no other one sees."""
    return engine.dialect.name == "sqlite" and engine.url.database not in (None, "", ":memory:")


def _opened(address: str) -> sqlite3.Connection:
    """Waits for nobody: whoever must wait does so in a transaction."""
    return sqlite3.connect(address, uri=True, timeout=0, isolation_level=None, check_same_thread=False)


def _escaped(file: str | None) -> str:
    return (file or "").replace("%", "%25").replace("?", "%3f").replace("#", "%23")

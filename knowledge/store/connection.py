"""SQLite's connection: a thread does what may take long, the event loop what is done before a thread wakes.

aiosqlite gives each connection a thread and sends it every call: to make a cursor, to run a statement, to
fetch its rows, to close the cursor. Cursors are made and closed at once here. What is brief as a whole needs
no such connection: see `knowledge.store.brief`.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiosqlite import Connection


class SqliteConnection(Connection):
    def __init__(self, file: str | Path, **options: Any) -> None:
        super().__init__(lambda: sqlite3.connect(file, **options), iter_chunk_size=64)
        self._thread.daemon = True  # as SQLAlchemy has it
        self._under_way: deque[None] = deque()
        """One for each call that the thread has not finished. After a task was cancelled in one, whatever
        comes next must queue up behind it."""

    async def rollback(self) -> None:
        """Asked of each connection that is given back, though its transaction has ended."""
        if self._under_way or self.in_transaction:
            await super().rollback()

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Every call passes through here, a cursor's too."""
        if self._running and self._connection and not self._under_way and _is_instant(fn):
            return fn(*args, **kwargs)

        def run() -> Any:
            try:
                return fn(*args, **kwargs)
            finally:
                self._under_way.pop()

        self._under_way.append(None)
        try:
            return await super()._execute(run)  # type: ignore[no-untyped-call]
        except ValueError:  # it is closed: nothing was sent
            self._under_way.clear()
            raise


def _is_instant(fn: Callable[..., Any]) -> bool:
    """Makes or closes a cursor."""
    it, name = getattr(fn, "__self__", None), getattr(fn, "__name__", "")
    return (isinstance(it, sqlite3.Connection) and name == "cursor") or (
        isinstance(it, sqlite3.Cursor) and name == "close"
    )

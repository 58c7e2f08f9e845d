"""Brief transactions on a SQLite file: a few rows looked up and written by their keys.

An asynchronous driver gives each connection a thread and sends it every call: a transaction of a dozen
statements works for one millisecond then, and waits for several. Here its statements are run at once, on
sqlite3 itself; only what waits for others is left to a thread: the write lock where somebody has it, and the
disk.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


class BriefConnection(AsyncConnection):
    """An asynchronous connection to look at, whose every statement is done when it is asked for."""

    async def execute(self, statement: Any, parameters: Any = None, *, execution_options: Any = None) -> Any:
        assert self.sync_connection is not None
        return self.sync_connection.execute(statement, parameters, execution_options=execution_options)


class BriefTransactions:
    """`engine` is a synchronous one to the same file; it is never waited for on the event loop."""

    def __init__(self, engine: Engine, beside: AsyncEngine, busy_seconds: float) -> None:
        self._engine = engine
        self._beside = beside
        self._busy = int(busy_seconds * 1000)
        self._writing = asyncio.Lock()
        """SQLite has one writer at a time anyway: those of this process take turns in the order they came."""
        self._thread: ThreadPoolExecutor | None = None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[BriefConnection]:
        await asyncio.sleep(0)  # whoever reads again and again leaves room for others
        with self._engine.connect() as connection, connection.begin():
            connection.exec_driver_sql("BEGIN")
            yield BriefConnection(self._beside, connection)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[BriefConnection]:
        async with self._writing:
            with self._engine.connect() as connection, connection.begin():
                driver: Any = connection.connection.driver_connection
                if not _begun_at_once(driver, self._busy):
                    await self._in_thread(lambda: connection.exec_driver_sql("BEGIN IMMEDIATE"))
                before = driver.total_changes
                yield BriefConnection(self._beside, connection)
                if driver.in_transaction and driver.total_changes != before:
                    await self._in_thread(lambda: connection.exec_driver_sql("COMMIT"))

    def close(self) -> None:
        """Of use again afterwards, as an engine is."""
        self._engine.dispose()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.shutdown(wait=False)

    async def _in_thread(self, act: Callable[[], object]) -> None:
        """Who is cancelled meanwhile waits until it is done: before that the connection is nobody's."""
        self._thread = self._thread or ThreadPoolExecutor(1, thread_name_prefix="sqlite-brief")
        doing = asyncio.get_running_loop().run_in_executor(self._thread, act)
        try:
            await asyncio.shield(doing)
        except asyncio.CancelledError:
            while not doing.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([doing])
            doing.exception()  # nobody is left to hear of it
            raise


def _begun_at_once(driver: sqlite3.Connection, busy: int) -> bool:
    """With the write lock, if nobody has it."""
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False  # somebody has it, or whatever else it is will be said by the thread's attempt
    finally:
        driver.execute(f"PRAGMA busy_timeout = {busy}")
    return True

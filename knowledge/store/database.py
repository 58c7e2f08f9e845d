"""The one database: how it is opened, what a transaction is, and which errors it has.

Only the store modules of knowledge, bot and escalation (and connectors/migrations) may know SQLAlchemy.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, text
from sqlalchemy.engine import URL, Dialect, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from knowledge.store.brief import BriefTransactions
from knowledge.store.connection import SqliteConnection

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every table of the product. Names are fixed here so that migrations can find each constraint again."""

BUSY_SECONDS = 10
"""How long a writer waits for another process's write before it gives up."""
MAPPED_BYTES = 1 << 24
"""Of SQLite's file: read where the system keeps it, not copied page by page. It counts as the service's
memory, and four times as much made no search quicker."""


class DatabaseUnavailable(Exception):
    """The database cannot be used now. The message is one line: what happened and what to do."""


def open_database(url: str) -> AsyncEngine:
    """An engine for `sqlite:///path/to/file.db` or `postgresql://user:password@host/name`.

    A missing SQLite file is created, with its folder. Nothing is connected yet; whatever connects or runs
    a statement later raises DatabaseUnavailable when the file, disk or server is not there.
    SQLAlchemy's own errors remain for what is our fault: a broken constraint, a wrong statement.
    """
    address = _with_driver(url)
    if address.get_backend_name() == "sqlite":
        _make_folder(address)
        return _open_sqlite(address)
    engine = create_async_engine(address, pool_pre_ping=True, connect_args={"timeout": BUSY_SECONDS})
    _listen(engine.sync_engine)
    return engine


def _open_sqlite(address: URL) -> AsyncEngine:
    engine = SqliteEngine(
        create_async_engine(
            address, connect_args={"timeout": BUSY_SECONDS, "async_creator_fn": SqliteConnection}
        ).sync_engine
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    _listen(engine.sync_engine)
    if address.database and address.database != ":memory:":
        at_once = create_engine(address.set(drivername="sqlite"), max_overflow=-1)
        event.listen(at_once, "connect", _prepare_sqlite)
        _listen(at_once)
        engine.brief = BriefTransactions(at_once, engine, BUSY_SECONDS)
    return engine


def _listen(engine: Engine) -> None:
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "handle_error", _translate)


class SqliteEngine(AsyncEngine):
    brief: BriefTransactions | None = None
    """None for a database in memory, which no second connection sees."""

    async def dispose(self, close: bool = True) -> None:
        await super().dispose(close)
        if self.brief is not None:
            self.brief.close()


@asynccontextmanager
async def writing(engine: AsyncEngine, *, brief: bool = False) -> AsyncIterator[AsyncConnection]:
    """A transaction that writes: committed at the end of the block, rolled back when it raises.

    `brief`: it looks up and writes a few rows by their keys, which SQLite then does without a thread.

    SQLite takes its one write lock at the start (BEGIN IMMEDIATE), so that what is read in the block is
    still true when it is written, and no writer fails half-way for having started as a reader.
    On PostgreSQL writers run side by side: compare-and-swap with `UPDATE … WHERE`, or lock the row.
    """
    if brief and isinstance(engine, SqliteEngine) and engine.brief:
        async with engine.brief.writing() as at_once:
            yield at_once
        return
    async with engine.connect() as connection, connection.begin():
        yield connection


@asynccontextmanager
async def reading(engine: AsyncEngine, *, brief: bool = False) -> AsyncIterator[AsyncConnection]:
    """A transaction that only reads: one snapshot for all its statements, and never in a writer's way.

    `brief`: it looks up a few rows by their keys, which SQLite then does without a thread."""
    if brief and isinstance(engine, SqliteEngine) and engine.brief:
        async with engine.brief.reading() as at_once:
            yield at_once
        return
    options: dict[str, Any] = (
        {"read_only": True}
        if engine.dialect.name == "sqlite"
        else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    )
    async with engine.connect() as connection:
        await connection.execution_options(**options)
        async with connection.begin():
            yield connection


_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}


@asynccontextmanager
async def migrating(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A writing transaction that may rebuild tables: SQLite checks foreign keys at its end only.

    While they are enforced, dropping a table first deletes its rows, and with them those that refer to them;
    and they cannot be switched off within a transaction (sqlite.org/lang_altertable.html, section 7).
    """
    async with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            async with connection.begin():
                yield connection
            return
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await (await driver.execute("PRAGMA foreign_keys = OFF")).close()
        try:
            async with connection.begin():
                yield connection
                lost = (await connection.execute(text("PRAGMA foreign_key_check"))).all()
                if lost:
                    raise DatabaseUnavailable(f"{len(lost)} rows refer to rows that are gone: {lost[0]}.")
        finally:
            await (await driver.execute("PRAGMA foreign_keys = ON")).close()


def _with_driver(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise DatabaseUnavailable(
            f"{url!r} is no database address; write sqlite:///comptoir.db or postgresql://user@host/name."
        ) from error
    backend = address.drivername.partition("+")[0]
    if backend not in _DRIVERS:
        raise DatabaseUnavailable(f"A database of kind {backend!r} is not known; use sqlite or postgresql.")
    return address.set(drivername=_DRIVERS[backend])


def _make_folder(address: URL) -> None:
    if address.database and address.database != ":memory:":
        folder = Path(address.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DatabaseUnavailable(f"The folder {folder} cannot be made: {error.strerror}.") from error


def _connect(dialect: Dialect, record: Any, args: Any, parameters: Any) -> Any:
    """Drivers report an absent server or a wrong password by errors that SQLAlchemy does not wrap."""
    try:
        return dialect.connect(*args, **parameters)
    except OSError as error:
        where = parameters.get("host") or args
        raise DatabaseUnavailable(
            f"The database server at {where} does not answer ({error}). Does it run, is the address right?"
        ) from error
    except dialect.loaded_dbapi.Error as error:
        _raise_if_unavailable(error)
        raise


def _prepare_sqlite(connection: Any, record: Any) -> None:
    """WAL: readers and the writer do not wait for each other, across processes.

    synchronous=FULL rather than NORMAL: what a customer was told is received must survive a power cut,
    and 500 commits a second is more than enough.
    """
    connection.isolation_level = None  # the driver must not begin transactions: _begin_sqlite does
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}")
    except sqlite3.Error as error:
        _raise_if_unavailable(error)
        raise
    finally:
        cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """The write lock is waited for in the connection's thread; a reader waits for nothing."""
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _translate(context: ExceptionContext) -> None:
    _raise_if_unavailable(context.original_exception)


def _raise_if_unavailable(error: BaseException) -> None:
    unavailable = _unavailable(error)
    if unavailable is not None:
        raise unavailable from error


_SQLITE_TROUBLES = {
    "unable to open database file": "The database file cannot be opened: is its folder there, and writable?",
    "readonly database": "The database is read-only: Comptoir's user must be let write its file and folder.",
    "database or disk is full": "The disk is full: nothing can be saved until there is space again.",
    "file is not a database": "The database file is damaged, or is none: put the last backup in its place.",
    "disk image is malformed": "The database file is damaged: put the last backup in its place.",
    "disk i/o error": "The disk failed on reading or writing the database: check it and its free space.",
    "database is locked": f"Another process kept the database locked for {BUSY_SECONDS} s: try again.",
}
"""By the words of sqlite.org/src/file/src/main.c, sqlite3ErrStr."""

_POSTGRES_TROUBLES = {
    "08": "The connection to the database server broke.",
    "28": "The database server refuses this user or password.",
    "3D": "The database named in the address does not exist on the server: create it first.",
    "53": "The database server is out of disk, memory or connections.",
    "57": "The database server is starting, stopping or was told to stop this statement: try again.",
    "25006": "The database server is read-only: the address must name the primary.",
}
"""By SQLSTATE, whole or class: postgresql.org/docs/current/errcodes-appendix.html."""


def _unavailable(error: BaseException) -> DatabaseUnavailable | None:
    """None when the error is no outage but a mistake of ours."""
    said = str(error)
    for sign, message in _SQLITE_TROUBLES.items():
        if sign in said.lower():
            return DatabaseUnavailable(message)
    state = getattr(error, "sqlstate", None) or ""
    broken = "connection is closed" in said or "ConnectionDoesNotExistError" in said
    message = _POSTGRES_TROUBLES.get(state) or _POSTGRES_TROUBLES.get("08" if broken else state[:2], "")
    return DatabaseUnavailable(f"{message} It said: {said.splitlines()[0]}") if message else None

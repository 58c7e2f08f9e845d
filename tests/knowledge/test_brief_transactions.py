"""What a brief transaction does without a thread, and what never."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from knowledge.store.connection import SqliteConnection
from knowledge.store.database import open_database, reading, writing

visits = Table("visits", MetaData(), Column("number", Integer, primary_key=True))


@pytest.fixture
async def engine(sqlite_url: str) -> AsyncIterator[AsyncEngine]:
    opened = open_database(sqlite_url)
    async with writing(opened) as connection:
        await connection.run_sync(visits.metadata.create_all)
    yield opened
    await opened.dispose()


@pytest.fixture
def threaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was sent to a connection's thread, in order."""
    sent: list[str] = []
    execute = SqliteConnection._execute

    async def noted(
        self: SqliteConnection, fn: Callable[..., object], *args: object, **kwargs: object
    ) -> object:
        def run(*args: object, **kwargs: object) -> object:
            if threading.current_thread() is not threading.main_thread():
                sent.append(str(args[0]) if args else fn.__name__)
            return fn(*args, **kwargs)

        return await execute(self, run, *args, **kwargs)

    monkeypatch.setattr(SqliteConnection, "_execute", noted)
    return sent


async def test_a_brief_write_waits_in_the_thread_for_the_lock_and_the_disk_only(
    engine: AsyncEngine, threaded: list[str]
) -> None:
    async with writing(engine, brief=True) as connection:
        await connection.execute(insert(visits), {"number": 1})
        assert (await connection.execute(select(visits.c.number))).scalars().all() == [1]
    assert [each for each in threaded if "SELECT" in each or "INSERT" in each] == []
    assert threaded.index("BEGIN IMMEDIATE") < threaded.index("commit")


async def test_a_brief_read_needs_no_thread(engine: AsyncEngine, threaded: list[str]) -> None:
    async with reading(engine, brief=True) as connection:
        assert (await connection.execute(select(visits.c.number))).all() == []
    assert [each for each in threaded if each not in {"cursor", "close"}] == []


async def test_whatever_may_take_long_stays_in_the_thread(engine: AsyncEngine, threaded: list[str]) -> None:
    async with reading(engine, brief=True):
        pass
    async with reading(engine) as connection:
        await connection.execute(select(visits.c.number))
    assert any("SELECT" in each for each in threaded)


async def test_a_brief_write_that_fails_leaves_nothing(engine: AsyncEngine) -> None:
    with pytest.raises(ZeroDivisionError):
        await _write_and_fail(engine)
    async with reading(engine) as connection:
        assert (await connection.execute(select(visits.c.number))).all() == []


async def test_a_writer_that_waits_for_another_stops_nobody(engine: AsyncEngine, sqlite_url: str) -> None:
    """Two brief writers of the same file: the second one's wait leaves the event loop to the first."""
    other = open_database(sqlite_url)
    begun, written = asyncio.Event(), []

    async def second() -> None:
        await begun.wait()
        async with writing(other, brief=True) as connection:
            written.append("second")
            await connection.execute(insert(visits), {"number": 2})

    async def first() -> None:
        async with writing(engine, brief=True) as connection:
            begun.set()
            for _ in range(50):
                await asyncio.sleep(0)
            await connection.execute(insert(visits), {"number": 1})
            written.append("first")

    await asyncio.gather(first(), second())
    await other.dispose()
    assert written == ["first", "second"]


async def test_who_gives_up_waiting_for_the_lock_does_not_disturb_the_next(
    engine: AsyncEngine, sqlite_url: str
) -> None:
    other = open_database(sqlite_url)
    async with writing(other) as holding:
        await holding.execute(insert(visits), {"number": 1})
        given_up = asyncio.create_task(_write(engine, 2))
        await asyncio.sleep(0.05)  # it is in the thread by now, or will never begin: both must end well
        given_up.cancel()
        await asyncio.wait([given_up], timeout=0.05)
    await asyncio.wait([given_up])
    await _write(engine, 3)
    await other.dispose()
    async with reading(engine) as connection:
        assert (await connection.execute(select(visits.c.number))).scalars().all() == [1, 3]


async def _write(engine: AsyncEngine, number: int) -> None:
    async with writing(engine, brief=True) as connection:
        await connection.execute(insert(visits), {"number": number})


async def _write_and_fail(engine: AsyncEngine) -> None:
    async with writing(engine, brief=True) as connection:
        await connection.execute(insert(visits), {"number": 1})
        raise ZeroDivisionError

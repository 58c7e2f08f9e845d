"""What a brief transaction does without a thread, and what never."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from knowledge.store.brief import BriefTransactions
from knowledge.store.connection import SqliteConnection
from knowledge.store.database import DatabaseUnavailable, open_database, reading, writing

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
    """What was sent to a thread, in order: an aiosqlite connection's, or that of the brief ones."""
    sent: list[str] = []
    execute, in_thread = SqliteConnection._execute, BriefTransactions._in_thread

    async def noted(
        self: SqliteConnection, fn: Callable[..., object], *args: object, **kwargs: object
    ) -> object:
        def run(*args: object, **kwargs: object) -> object:
            if threading.current_thread() is not threading.main_thread():
                sent.append(str(args[0]) if args else fn.__name__)
            return fn(*args, **kwargs)

        return await execute(self, run, *args, **kwargs)

    async def noted_too(self: BriefTransactions, act: Callable[[], object]) -> None:
        sent.append("brief")
        await in_thread(self, act)

    monkeypatch.setattr(SqliteConnection, "_execute", noted)
    monkeypatch.setattr(BriefTransactions, "_in_thread", noted_too)
    return sent


async def test_a_brief_write_waits_in_a_thread_for_the_disk_only(
    engine: AsyncEngine, threaded: list[str]
) -> None:
    async with writing(engine, brief=True) as connection:
        await connection.execute(insert(visits), {"number": 1})
        assert (await connection.execute(select(visits.c.number))).scalars().all() == [1]
        assert threaded == []
    assert threaded == ["brief"]
    assert await _numbers(engine) == [1]


async def test_a_brief_write_waits_in_a_thread_for_a_lock_that_somebody_has(
    engine: AsyncEngine, threaded: list[str]
) -> None:
    async with writing(engine) as holding:
        await holding.execute(insert(visits), {"number": 1})
        waiting = asyncio.create_task(_write(engine, 2))
        for _ in range(100):
            await asyncio.sleep(0)
        assert threaded[-1] == "brief"
    await waiting
    assert await _numbers(engine) == [1, 2]


async def test_a_brief_read_needs_no_thread(engine: AsyncEngine, threaded: list[str]) -> None:
    async with reading(engine, brief=True) as connection:
        assert (await connection.execute(select(visits.c.number))).all() == []
    assert threaded == []


async def test_a_brief_read_is_one_snapshot(engine: AsyncEngine) -> None:
    async with reading(engine, brief=True) as connection:
        assert (await connection.execute(select(visits.c.number))).all() == []
        await _write(engine, 1)
        assert (await connection.execute(select(visits.c.number))).all() == []
    assert await _numbers(engine) == [1]


async def test_whatever_may_take_long_stays_in_the_thread(engine: AsyncEngine, threaded: list[str]) -> None:
    async with reading(engine) as connection:
        await connection.execute(select(visits.c.number))
    assert any("SELECT" in each for each in threaded)


async def test_many_write_at_once_and_each_is_kept(engine: AsyncEngine) -> None:
    await asyncio.gather(*(_write(engine, number) for number in range(60)))
    assert await _numbers(engine) == list(range(60))


async def test_who_is_cancelled_while_the_disk_works_leaves_no_lock_behind(engine: AsyncEngine) -> None:
    writers = [asyncio.create_task(_write(engine, number)) for number in range(20)]
    for turn, writer in enumerate(writers):
        for _ in range(turn):  # each is at another point of its transaction
            await asyncio.sleep(0)
        writer.cancel()
        writer.cancel()
    await asyncio.wait(writers)
    await _write(engine, 100)
    kept = {number for number, writer in enumerate(writers) if not writer.cancelled()}
    assert kept | {100} <= set(await _numbers(engine))


async def test_a_full_or_broken_disk_is_told_in_words(engine: AsyncEngine) -> None:
    await _write(engine, 1)
    async with writing(engine, brief=True) as connection:
        await connection.execute(text("PRAGMA max_page_count = 1"))
    with pytest.raises(DatabaseUnavailable, match="disk is full"):
        await _fill(engine)
    assert await _numbers(engine) == [1]


async def test_a_brief_write_that_fails_leaves_nothing(engine: AsyncEngine) -> None:
    with pytest.raises(ZeroDivisionError):
        await _write_and_fail(engine)
    assert await _numbers(engine) == []


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
    assert await _numbers(engine) == [1, 3]


async def _write(engine: AsyncEngine, number: int) -> None:
    async with writing(engine, brief=True) as connection:
        await connection.execute(insert(visits), {"number": number})


async def _fill(engine: AsyncEngine) -> None:
    async with writing(engine, brief=True) as connection:
        await connection.execute(insert(visits), [{"number": number} for number in range(2, 5000)])


async def _numbers(engine: AsyncEngine) -> list[int]:
    async with reading(engine) as connection:
        return list((await connection.execute(select(visits.c.number).order_by(visits.c.number))).scalars())


async def _write_and_fail(engine: AsyncEngine) -> None:
    async with writing(engine, brief=True) as connection:
        await connection.execute(insert(visits), {"number": 1})
        raise ZeroDivisionError

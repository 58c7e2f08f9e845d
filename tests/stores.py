"""The log and the queue on each store that they have, empty and ready."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.log import ConversationLog, Projection
from bot.store.memory import MemoryLog
from bot.store.sql import SqlLog
from bot.store.tables import (
    answered_messages,
    conversation_events,
    conversations,
    derived_tables,
    log_head,
)
from escalation.queue import Queue
from escalation.store.memory import MemoryQueue
from escalation.store.sql import SqlQueue
from escalation.store.tables import agents, tickets
from knowledge.store.database import open_database

TABLES = [agents, tickets, answered_messages, conversation_events, conversations, log_head, derived_tables]


@dataclass(frozen=True)
class Stores:
    log: MemoryLog | SqlLog
    rival: ConversationLog
    """As another process has it: the same conversations through other connections."""
    queue: Queue
    engine: AsyncEngine | None = None


def in_memory(*more: Projection[None]) -> Stores:
    queue = MemoryQueue()
    log = MemoryLog([queue, *more])
    return Stores(log, log, queue)


@asynccontextmanager
async def in_database(url: str, more: Sequence[Projection[Any]] = ()) -> AsyncIterator[Stores]:
    """The tables are made where they are missing, and emptied."""
    engine, other = open_database(url), open_database(url)
    queue = SqlQueue(engine)
    try:
        await make_tables(engine)
        yield Stores(SqlLog(engine, [queue, *more]), SqlLog(other, [SqlQueue(other), *more]), queue, engine)
    finally:
        await engine.dispose()
        await other.dispose()


async def make_tables(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        for table in reversed(TABLES):
            await connection.run_sync(table.create, checkfirst=True)
        for table in TABLES:
            await connection.execute(delete(table))

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
from escalation.directory import Directory
from escalation.queue import Queue
from escalation.reports import Reports
from escalation.reviews import Reviews
from escalation.roster import Roster
from escalation.store.memory import MemoryQueue, MemoryRoster
from escalation.store.memory_directory import MemoryDirectory
from escalation.store.memory_reports import MemoryReports
from escalation.store.memory_reviews import MemoryReviews
from escalation.store.report_tables import answer_facts, conversation_facts, entry_uses
from escalation.store.sql import SqlQueue
from escalation.store.sql_directory import SqlDirectory
from escalation.store.sql_reports import SqlReports
from escalation.store.sql_reviews import SqlReviews
from escalation.store.sql_roster import SqlRoster
from escalation.store.tables import agents, cards, judgements, tickets
from knowledge.store.database import open_database

TABLES = [
    agents,
    cards,
    judgements,
    tickets,
    entry_uses,
    answer_facts,
    conversation_facts,
    answered_messages,
    conversation_events,
    conversations,
    log_head,
    derived_tables,
]


@dataclass(frozen=True)
class Stores:
    log: MemoryLog | SqlLog
    rival: ConversationLog
    """As another process has it: the same conversations through other connections."""
    queue: Queue
    directory: Directory
    reviews: Reviews
    reports: Reports
    roster: Roster
    engine: AsyncEngine | None = None


def in_memory(*more: Projection[None]) -> Stores:
    queue = MemoryQueue()
    directory, reviews = MemoryDirectory(), MemoryReviews()
    reports = MemoryReports(queue, reviews)
    log = MemoryLog([queue, directory, reviews, reports, *more])
    return Stores(log, log, queue, directory, reviews, reports, MemoryRoster())


@asynccontextmanager
async def in_database(url: str, more: Sequence[Projection[Any]] = ()) -> AsyncIterator[Stores]:
    """The tables are made where they are missing, and emptied."""
    engine, other = open_database(url), open_database(url)
    try:
        await make_tables(engine)
        derived = _derived(engine)
        log, rival = SqlLog(engine, [*derived, *more]), SqlLog(other, [*_derived(other), *more])
        yield Stores(log, rival, *derived, SqlRoster(engine), engine)
    finally:
        await engine.dispose()
        await other.dispose()


def _derived(engine: AsyncEngine) -> tuple[SqlQueue, SqlDirectory, SqlReviews, SqlReports]:
    return SqlQueue(engine), SqlDirectory(engine), SqlReviews(engine), SqlReports(engine)


async def make_tables(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        for table in reversed(TABLES):
            await connection.run_sync(table.create, checkfirst=True)
        for table in TABLES:
            await connection.execute(delete(table))

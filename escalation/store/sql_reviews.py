"""Labels in SQLite or PostgreSQL, to be given to `SqlLog` as a projection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, insert, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.conversation import State
from bot.events import AnswerReviewed, CorrectionPublished, LoggedEvent, Review
from escalation.reviews import Judgement, ReviewsUnavailable, judged, published
from escalation.store.tables import judgements
from knowledge.store.database import DatabaseUnavailable, reading

VERSION = "2"
"""Of what this module derives from the log: another one makes the log derive it again."""


class SqlReviews:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def apply(self, transaction: AsyncConnection, logged: LoggedEvent, state: State) -> None:
        match logged.event:
            case AnswerReviewed() as reviewed:
                mine = and_(_of(logged, reviewed.position), judgements.c.by == reviewed.by)
                before = next(iter(await _all(transaction, select(judgements).where(mine))), None)
                after = judged(before, logged, reviewed)
                await transaction.execute(delete(judgements).where(mine))
                if after is not None:
                    await transaction.execute(insert(judgements).values(_row(after)))
            case CorrectionPublished() as event:
                its = _of(logged, event.position)
                found = await _all(transaction, select(judgements).where(its))
                await transaction.execute(delete(judgements).where(its))
                for judgement in found:
                    await transaction.execute(insert(judgements).values(_row(published(judgement, event))))

    async def clear(self, transaction: AsyncConnection) -> None:
        await transaction.execute(delete(judgements))

    async def of(self, conversation_id: str) -> Sequence[Judgement]:
        query = select(judgements).where(judgements.c.conversation_id == conversation_id)
        async with self._reading() as connection:
            return await _all(connection, query.order_by(judgements.c.position, judgements.c.sequence))

    async def latest(
        self,
        limit: int = 50,
        review: Review | None = None,
        to_publish: bool | None = None,
        before: int | None = None,
    ) -> Sequence[Judgement]:
        query = select(judgements).order_by(judgements.c.sequence.desc()).limit(limit)
        if review is not None:
            query = query.where(judgements.c.review == review.value)
        if to_publish is not None:
            open_ = and_(judgements.c.correction.is_not(None), judgements.c.published_as.is_(None))
            query = query.where(open_ if to_publish else not_(open_))
        if before is not None:
            query = query.where(judgements.c.sequence < before)
        async with self._reading() as connection:
            return await _all(connection, query)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with reading(self._engine) as connection:
                yield connection
        except DatabaseUnavailable as error:
            raise ReviewsUnavailable(str(error)) from error


def _of(logged: LoggedEvent, position: int) -> ColumnElement[bool]:
    return and_(judgements.c.conversation_id == logged.conversation_id, judgements.c.position == position)


async def _all(connection: AsyncConnection, query: Select[Any]) -> list[Judgement]:
    return [_judgement(row) for row in await connection.execute(query)]


def _row(judgement: Judgement) -> dict[str, Any]:
    return asdict(judgement) | {"review": judgement.review.value}


def _judgement(row: Row[Any]) -> Judgement:
    fields: dict[str, Any] = dict(row._mapping)
    return Judgement(**fields | {"review": Review(row.review)})

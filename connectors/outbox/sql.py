"""The outbox in SQLite or PostgreSQL: a table is the queue."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, Select, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.outbox.jobs import Claim, DeadLetter, Job, OutboxUnavailable, Standing, Status
from connectors.outbox.tables import deliveries, delivery_doors
from knowledge.store.database import DatabaseUnavailable, reading, writing

_Transactions = Callable[[AsyncEngine], AbstractAsyncContextManager[AsyncConnection]]


class SqlOutbox:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def begin(self, door: str, head: int, now: datetime) -> int:
        cursor = select(delivery_doors.c.cursor).where(delivery_doors.c.door == door)
        async with self._transaction(reading) as connection:
            known = (await connection.execute(cursor)).scalar()
        if known is not None:
            return int(known)
        first = {"door": door, "cursor": head, "switched_on_at": now}
        async with self._transaction(writing) as connection:
            await connection.execute(self._insert(delivery_doors).values(first).on_conflict_do_nothing())
            return int((await connection.execute(cursor)).scalar_one())

    async def take_in(
        self,
        door: str,
        jobs: Sequence[Job],
        after: int,
        upto: int,
        now: datetime,
        refused: Sequence[DeadLetter] = (),
    ) -> bool:
        rows = [_row(job, now) for job in jobs] + [_dead_row(letter) for letter in refused]
        moved = (
            update(delivery_doors)
            .where(delivery_doors.c.door == door, delivery_doors.c.cursor == after)
            .values(cursor=upto)
        )
        async with self._transaction(writing) as connection:
            if (await connection.execute(moved)).rowcount == 0:
                return False
            for row in rows:
                await connection.execute(self._insert(deliveries).values(row).on_conflict_do_nothing())
            return True

    async def claim(self, door: str, now: datetime, until: datetime, limit: int) -> Sequence[Claim]:
        due = _due(door, now, limit)
        async with self._transaction(reading) as connection:
            if (await connection.execute(due.limit(1))).first() is None:
                return []
        holder = uuid4().hex
        if self._engine.dialect.name == "postgresql":
            due = due.with_for_update(of=_one, skip_locked=True)
        ready = due.cte("ready")
        taken = (
            update(deliveries)
            .where(deliveries.c.id.in_(select(ready.c.id)))
            .values(claimed_by=holder, claimed_until=until, attempts=deliveries.c.attempts + 1)
            .returning(*deliveries.c)
        )
        async with self._transaction(writing) as connection:
            rows = (await connection.execute(taken)).all()
        in_order = sorted(rows, key=lambda row: (row.due_at, row.sequence, row.id))
        return [Claim(_job(row), holder, row.attempts, row.since) for row in in_order]

    async def settle(self, claim: Claim, status: Status, reason: str, now: datetime) -> bool:
        done = {"status": status.value, "reason": reason, "finished_at": now}
        return await self._let_go(claim, **done)

    async def put_off(self, claim: Claim, due_at: datetime, reason: str, *, failed: bool) -> bool:
        return await self._let_go(
            claim, due_at=due_at, reason=reason, attempts=claim.attempt if failed else claim.attempt - 1
        )

    async def dead_letters(self, door: str | None = None, limit: int = 100) -> Sequence[DeadLetter]:
        query = (
            select(deliveries)
            .where(deliveries.c.status == Status.REFUSED.value)
            .order_by(deliveries.c.finished_at.desc(), deliveries.c.sequence.desc())
            .limit(limit)
        )
        if door is not None:
            query = query.where(deliveries.c.door == door)
        async with self._transaction(reading) as connection:
            return [
                DeadLetter(_job(row), row.reason or "", row.finished_at)
                for row in await connection.execute(query)
            ]

    async def take_up_again(self, now: datetime, door: str | None = None) -> int:
        again = update(deliveries).where(deliveries.c.status == Status.REFUSED.value)
        if door is not None:
            again = again.where(deliveries.c.door == door)
        fresh = {"status": Status.WAITING.value, "due_at": now, "since": now, "attempts": 0}
        return await self._write(again.values(**fresh, finished_at=None))

    async def doors(self) -> Sequence[str]:
        query = select(delivery_doors.c.door).order_by(delivery_doors.c.door)
        async with self._transaction(reading) as connection:
            return list((await connection.execute(query)).scalars())

    async def standing(self, door: str, now: datetime) -> Standing:
        of_door = deliveries.c.door == door
        waiting = and_(of_door, deliveries.c.status == Status.WAITING.value)
        overdue = and_(waiting, deliveries.c.due_at <= now)
        troubled = and_(waiting, deliveries.c.attempts > 0, deliveries.c.reason.is_not(None))
        async with self._transaction(reading) as connection:
            count = select(func.count()).select_from(deliveries)
            in_line = (await connection.execute(count.where(waiting))).scalar_one()
            oldest = await connection.execute(select(func.min(deliveries.c.since)).where(overdue))
            last = select(deliveries.c.reason).where(troubled).order_by(deliveries.c.due_at.desc()).limit(1)
            trouble = (await connection.execute(last)).scalar()
            refused = and_(of_door, deliveries.c.status == Status.REFUSED.value)
            dead = (await connection.execute(count.where(refused))).scalar_one()
            return Standing(door, in_line, oldest.scalar(), trouble, dead)

    async def forget(self, before: datetime) -> int:
        return await self._write(delete(deliveries).where(deliveries.c.finished_at < before))

    async def _let_go(self, claim: Claim, **values: Any) -> bool:
        mine = (deliveries.c.id == claim.job.id, deliveries.c.claimed_by == claim.holder)
        free = update(deliveries).where(*mine).values(**values, claimed_by=None, claimed_until=None)
        return await self._write(free) == 1

    async def _write(self, statement: Any) -> int:
        async with self._transaction(writing) as connection:
            return int((await connection.execute(statement)).rowcount)

    def _insert(self, table: Any) -> Any:
        """The dialect's own insert: both know ON CONFLICT, SQLAlchemy's common one does not."""
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        return dialect.insert(table)

    @asynccontextmanager
    async def _transaction(self, kind: _Transactions) -> AsyncIterator[AsyncConnection]:
        try:
            async with kind(self._engine) as connection:
                yield connection
        except DatabaseUnavailable as error:
            raise OutboxUnavailable(str(error)) from error


_one = deliveries.alias("one")
_earlier = deliveries.alias("earlier")


def _due(door: str, now: datetime, limit: int) -> Select[Any]:
    first_in_lane = ~(
        select(_earlier.c.id)
        .where(
            _earlier.c.door == _one.c.door,
            _earlier.c.lane == _one.c.lane,
            _earlier.c.status == Status.WAITING.value,
            or_(
                _earlier.c.sequence < _one.c.sequence,
                and_(_earlier.c.sequence == _one.c.sequence, _earlier.c.id < _one.c.id),
            ),
        )
        .exists()
    )
    return (
        select(_one.c.id)
        .where(
            _one.c.door == door,
            _one.c.status == Status.WAITING.value,
            _one.c.due_at <= now,
            or_(_one.c.claimed_until.is_(None), _one.c.claimed_until <= now),
            first_in_lane,
        )
        .order_by(_one.c.due_at, _one.c.sequence, _one.c.id)
        .limit(limit)
    )


def _row(job: Job, now: datetime) -> dict[str, Any]:
    return {
        "id": job.id,
        "door": job.door,
        "sequence": job.sequence,
        "conversation_id": job.conversation_id,
        "position": job.position,
        "kind": job.kind,
        "recipient": job.recipient,
        "lane": job.lane,
        "detail": dict(job.detail),
        "status": Status.WAITING.value,
        "due_at": job.due_at,
        "since": now,
        "attempts": 0,
    }


def _dead_row(letter: DeadLetter) -> dict[str, Any]:
    dead = {"status": Status.REFUSED.value, "reason": letter.reason, "finished_at": letter.at}
    return _row(letter.job, letter.at) | dead


def _job(row: Row[Any]) -> Job:
    return Job(
        door=row.door,
        sequence=row.sequence,
        conversation_id=row.conversation_id,
        position=row.position,
        kind=row.kind,
        recipient=row.recipient,
        due_at=row.due_at,
        lane=row.lane,
        detail=row.detail,
    )

"""The queue in SQLite or PostgreSQL, to be given to `SqlLog` as a projection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.conversation import State
from bot.events import LoggedEvent
from escalation.queue import NOT_CLOSED, Counts, Filter, QueueUnavailable
from escalation.store.tables import tickets
from escalation.ticket import Status, Ticket, next_ticket
from knowledge.store.database import DatabaseUnavailable, reading

TICKET = TypeAdapter(Ticket)
_DATABASE_TYPES = frozenset({"opened_at", "claimed_at", "closed_at"})
"""What the columns turn into text themselves."""


class SqlQueue:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def apply(self, transaction: AsyncConnection, logged: LoggedEvent, state: State) -> None:
        before = await _one(transaction, _newest(logged.conversation_id))
        after = next_ticket(before, logged, state)
        if after is None or after == before:
            return
        if before is not None and after.number == before.number:
            await transaction.execute(update(tickets).where(_is(after.number)).values(_row(after)))
        else:
            await transaction.execute(insert(tickets).values(_row(after)))

    async def clear(self, transaction: AsyncConnection) -> None:
        await transaction.execute(delete(tickets))

    async def open_tickets(self, limit: int = 50, filters: Filter = NOT_CLOSED) -> Sequence[Ticket]:
        query = select(tickets).where(*_conditions(filters)).order_by(tickets.c.number).limit(limit)
        async with self._reading() as connection:
            return [_ticket(row) for row in (await connection.execute(query)).mappings()]

    async def get(self, number: int) -> Ticket | None:
        async with self._reading() as connection:
            return await _one(connection, select(tickets).where(_is(number)))

    async def of(self, conversation_id: str) -> Ticket | None:
        async with self._reading() as connection:
            return await _one(connection, _newest(conversation_id))

    async def place(self, number: int) -> int | None:
        waiting = select(tickets.c.number).where(tickets.c.status == Status.OPEN.value)
        before = select(func.count()).select_from(waiting.where(tickets.c.number < number).subquery())
        async with self._reading() as connection:
            if (await connection.execute(waiting.where(_is(number)))).first() is None:
                return None
            return int((await connection.execute(before)).scalar_one()) + 1

    async def counts(self) -> Counts:
        query = select(tickets.c.status, func.count()).group_by(tickets.c.status)
        async with self._reading() as connection:
            by_status = {row[0]: row[1] for row in await connection.execute(query)}
        return Counts(by_status.get(Status.OPEN.value, 0), by_status.get(Status.CLAIMED.value, 0))

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with reading(self._engine) as connection:
                yield connection
        except DatabaseUnavailable as error:
            raise QueueUnavailable(str(error)) from error


def _is(number: int) -> ColumnElement[bool]:
    return tickets.c.number == number


def _newest(conversation_id: str) -> Select[Any]:
    query = select(tickets).where(tickets.c.conversation_id == conversation_id)
    return query.order_by(tickets.c.number.desc()).limit(1)


def _conditions(filters: Filter) -> list[ColumnElement[bool]]:
    wanted = {"reason": filters.reason, "team": filters.team, "language": filters.language}
    equal = [tickets.c[name] == value for name, value in wanted.items() if value is not None]
    return [tickets.c.status.in_([status.value for status in filters.statuses]), *equal]


async def _one(connection: AsyncConnection, query: Select[Any]) -> Ticket | None:
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else _ticket(row)


def _row(ticket: Ticket) -> dict[str, Any]:
    plain: dict[str, Any] = TICKET.dump_python(ticket, mode="json", exclude=set(_DATABASE_TYPES))
    return plain | {name: getattr(ticket, name) for name in _DATABASE_TYPES}


def _ticket(row: Any) -> Ticket:
    return TICKET.validate_python(dict(row))

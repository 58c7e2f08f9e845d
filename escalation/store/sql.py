"""The queue in SQLite or PostgreSQL, to be given to `SqlLog` as a projection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.conversation import State
from bot.decisions import Reason
from bot.events import LoggedEvent
from escalation.queue import (
    IN_HAND,
    NOT_CLOSED,
    WAITING,
    Counts,
    Filter,
    Order,
    PickUp,
    QueueUnavailable,
    Workload,
    searchable,
)
from escalation.store.changes import changes
from escalation.store.tables import tickets
from escalation.ticket import Ticket, next_ticket
from knowledge.store.database import DatabaseUnavailable, reading

VERSION = "4"
"""Of what this module and `next_ticket` derive from the log: another one makes the log derive it again."""

TICKET = TypeAdapter(Ticket)
_MOMENTS = frozenset(
    {
        "opened_at",
        "queued_at",
        "waiting_since",
        "customers_turn_since",
        "snoozed_until",
        "claimed_at",
        "heard_at",
        "picked_up_at",
        "first_reply_at",
        "promised_at",
        "promised_for",
        "closed_at",
        "came_back_at",
    }
)
"""What the columns turn into text themselves."""
_SEARCHED_BY = frozenset({"urgency", "tag_words", "customer_id", "is_breached", "searched"})


class SqlQueue:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def apply(self, transaction: AsyncConnection, logged: LoggedEvent, state: State) -> None:
        if state.epoch == 0:
            return  # it has been the bot's from the beginning
        before = await _one(transaction, _NEWEST, of_conversation=logged.conversation_id)
        after = next_ticket(before, logged, state)
        if after is None or after == before:
            return
        if before is not None and after.number == before.number:
            changed = changes(_row(before), _row(after))
            await transaction.execute(_UPDATE, {**changed, "of_number": after.number})
        else:
            await transaction.execute(_INSERT, _row(after))

    async def clear(self, transaction: AsyncConnection) -> None:
        await transaction.execute(delete(tickets))

    async def open_tickets(
        self,
        limit: int = 50,
        filters: Filter = NOT_CLOSED,
        order: Order = Order.OLDEST,
        after: Ticket | None = None,
    ) -> Sequence[Ticket]:
        query = select(tickets).where(*_conditions(filters)).limit(limit)
        if after is not None:
            query = query.where(_beyond(after, order))
        async with self._reading() as connection:
            return [_ticket(row) for row in (await connection.execute(_ordered(query, order))).mappings()]

    async def get(self, number: int) -> Ticket | None:
        async with self._reading() as connection:
            return await _one(connection, select(tickets).where(_is(number)))

    async def of(self, conversation_id: str) -> Ticket | None:
        async with self._reading() as connection:
            return await _one(connection, _NEWEST, of_conversation=conversation_id)

    async def place(self, number: int) -> int | None:
        async with self._reading() as connection:
            ticket = await _one(connection, select(tickets).where(_is(number)))
            if ticket is None or ticket.status not in WAITING:
                return None
            before = _count(
                tickets.c.status.in_(WAITING),
                tickets.c.snoozed_until.is_(None),
                tickets.c.team.is_not_distinct_from(ticket.team),
                _more_urgent(ticket),
            )
            return int((await connection.execute(before)).scalar_one()) + 1

    async def counts(self) -> Counts:
        async with self._reading() as connection:
            open_, claimed = [
                int((await connection.execute(_count(tickets.c.status.in_(statuses)))).scalar_one())
                for statuses in (WAITING, IN_HAND - WAITING)
            ]
        return Counts(open_, claimed)

    async def count(self, filters: Filter) -> int:
        async with self._reading() as connection:
            return int((await connection.execute(_count(*_conditions(filters)))).scalar_one())

    async def tally(self, several: Sequence[Filter]) -> Sequence[int]:
        counts = [_count(*_conditions(filters)).scalar_subquery() for filters in several]
        if not counts:
            return []
        async with self._reading() as connection:
            return list((await connection.execute(select(*counts))).one())

    async def pick_ups(self, team: str | None, limit: int = 50) -> Sequence[PickUp]:
        query = (
            select(tickets.c.number, tickets.c.opened_at, tickets.c.picked_up_at)
            .where(tickets.c.team.is_not_distinct_from(team))
            .where(tickets.c.picked_up_at.is_not(None), tickets.c.reason != Reason.TAKEN_OVER.value)
            .order_by(tickets.c.picked_up_at.desc(), tickets.c.number.desc())
            .limit(limit)
        )
        async with self._reading() as connection:
            return [PickUp(*row) for row in await connection.execute(query)]

    async def workloads(self) -> Mapping[str, Workload]:
        claimed = func.count().filter(tickets.c.status.in_(IN_HAND))
        query = (
            select(
                tickets.c.claimed_by, claimed, func.max(tickets.c.claimed_at, type_=tickets.c.claimed_at.type)
            )
            .where(tickets.c.claimed_by.is_not(None))
            .group_by(tickets.c.claimed_by)
        )
        async with self._reading() as connection:
            return {row[0]: Workload(row[1], row[2]) for row in await connection.execute(query)}

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with reading(self._engine) as connection:
                yield connection
        except DatabaseUnavailable as error:
            raise QueueUnavailable(str(error)) from error


def _is(number: int) -> ColumnElement[bool]:
    return tickets.c.number == number


# Made once: to put a statement together takes longer than to run it.

_NEWEST = (
    select(tickets)
    .where(tickets.c.conversation_id == bindparam("of_conversation"))
    .order_by(tickets.c.number.desc())
    .limit(1)
)
_INSERT = insert(tickets)
_UPDATE = update(tickets).where(tickets.c.number == bindparam("of_number"))


def _count(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(func.count()).select_from(tickets).where(*conditions)


def _ordered(query: Select[Any], order: Order) -> Select[Any]:
    match order:
        case Order.OLDEST:
            return query.order_by(tickets.c.number)
        case Order.NEWEST:
            return query.order_by(tickets.c.number.desc())
        case Order.URGENCY:
            return query.order_by(tickets.c.urgency.desc(), tickets.c.number)


def _beyond(last: Ticket, order: Order) -> ColumnElement[bool]:
    """What comes after the last one of the page before."""
    match order:
        case Order.OLDEST:
            return tickets.c.number > last.number
        case Order.NEWEST:
            return tickets.c.number < last.number
        case Order.URGENCY:
            same = and_(tickets.c.urgency == last.priority.rank, tickets.c.number > last.number)
            return or_(tickets.c.urgency < last.priority.rank, same)


def _more_urgent(ticket: Ticket) -> ColumnElement[bool]:
    same = and_(tickets.c.urgency == ticket.priority.rank, tickets.c.number < ticket.number)
    return or_(tickets.c.urgency > ticket.priority.rank, same)


def _conditions(filters: Filter) -> list[ColumnElement[bool]]:
    c = tickets.c
    equal = {
        c.reason: filters.reason,
        c.topic: filters.topic,
        c.team: filters.team,
        c.language: filters.language,
        c.site: filters.site,
        c.priority: filters.priority,
        c.claimed_by: filters.claimed_by,
        c.customer_id: filters.customer_id,
        c.contact: filters.contact,
        c.closed_how: filters.closed_how,
        c.is_breached: filters.breached,
    }
    conditions: list[ColumnElement[bool]] = [c.status.in_([status.value for status in filters.statuses])]
    conditions += [column == value for column, value in equal.items() if value is not None]
    if filters.teams is not None:
        conditions.append(c.team.in_(filters.teams))
    if filters.tag is not None:
        conditions.append(c.tag_words.contains(f"|{filters.tag}|", autoescape=True))
    if filters.snoozed is not None:
        conditions.append(c.snoozed_until.is_not(None) if filters.snoozed else c.snoozed_until.is_(None))
    if filters.opened_from is not None:
        conditions.append(c.opened_at >= filters.opened_from)
    if filters.opened_before is not None:
        conditions.append(c.opened_at < filters.opened_before)
    if filters.text is not None:
        conditions.append(c.searched.contains(searchable(filters.text), autoescape=True))
    return conditions


async def _one(connection: AsyncConnection, query: Select[Any], **values: str) -> Ticket | None:
    row = (await connection.execute(query, values)).mappings().first()
    return None if row is None else _ticket(row)


def _row(ticket: Ticket) -> dict[str, Any]:
    plain: dict[str, Any] = TICKET.dump_python(ticket, mode="json", exclude=set(_MOMENTS))
    return {
        **plain,
        **{name: getattr(ticket, name) for name in _MOMENTS},
        "urgency": ticket.priority.rank,
        "tag_words": f"|{'|'.join(ticket.tags)}|",
        "customer_id": ticket.customer.id if ticket.customer else None,
        "is_breached": bool(ticket.breached),
        "searched": searchable(ticket.question),
    }


def _ticket(row: Mapping[Any, Any]) -> Ticket:
    return TICKET.validate_python({name: value for name, value in row.items() if name not in _SEARCHED_BY})

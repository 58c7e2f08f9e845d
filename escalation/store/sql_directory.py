"""All conversations in SQLite or PostgreSQL, to be given to `SqlLog` as a projection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.conversation import State
from bot.events import LoggedEvent
from escalation.card import Card, next_card
from escalation.directory import ALL, DirectoryUnavailable, Search, searched_text
from escalation.queue import searchable
from escalation.store.changes import changes
from escalation.store.tables import cards
from knowledge.store.database import DatabaseUnavailable, reading

VERSION = "1"
"""Of what this module and `next_card` derive from the log: another one makes the log derive it again."""

CARD = TypeAdapter(Card)
_MOMENTS = frozenset({"opened_at", "updated_at", "closed_at"})
"""What the columns turn into text themselves."""
_SEARCHED_BY = frozenset({"customer_id", "searched", "not_useful", "reviews"})


class SqlDirectory:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def apply(self, transaction: AsyncConnection, logged: LoggedEvent, state: State) -> None:
        before = await _one(transaction, logged.conversation_id)
        values = _row(next_card(before, logged, state))
        if before is None:
            await transaction.execute(_INSERT, values)
        elif changed := changes(_row(before), values):
            await transaction.execute(_UPDATE, {**changed, "of_conversation": logged.conversation_id})

    async def clear(self, transaction: AsyncConnection) -> None:
        await transaction.execute(delete(cards))

    async def get(self, conversation_id: str) -> Card | None:
        async with self._reading() as connection:
            return await _one(connection, conversation_id)

    async def find(self, search: Search = ALL, limit: int = 50, after: Card | None = None) -> Sequence[Card]:
        query = (
            select(cards)
            .where(*_conditions(search))
            .order_by(cards.c.updated_at.desc(), cards.c.conversation_id.desc())
            .limit(limit)
        )
        if after is not None:
            same = and_(
                cards.c.updated_at == after.updated_at, cards.c.conversation_id < after.conversation_id
            )
            query = query.where(or_(cards.c.updated_at < after.updated_at, same))
        async with self._reading() as connection:
            return [_card(row) for row in (await connection.execute(query)).mappings()]

    async def count(self, search: Search = ALL) -> int:
        query = select(func.count()).select_from(cards).where(*_conditions(search))
        async with self._reading() as connection:
            return int((await connection.execute(query)).scalar_one())

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with reading(self._engine) as connection:
                yield connection
        except DatabaseUnavailable as error:
            raise DirectoryUnavailable(str(error)) from error


# Made once: to put a statement together takes longer than to run it.

_IS = cards.c.conversation_id == bindparam("of_conversation")
_SELECT = select(cards).where(_IS)
_INSERT = insert(cards)
_UPDATE = update(cards).where(_IS)


async def _one(connection: AsyncConnection, conversation_id: str) -> Card | None:
    row = (await connection.execute(_SELECT, {"of_conversation": conversation_id})).mappings().first()
    return None if row is None else _card(row)


def _conditions(search: Search) -> list[ColumnElement[bool]]:
    c = cards.c
    equal = {
        c.owner: search.owner,
        c.site: search.site,
        c.language: search.language,
        c.door: search.door,
        c.customer_id: search.customer_id,
        c.contact: search.contact,
        c.spam: search.spam,
    }
    conditions: list[ColumnElement[bool]] = [c_ == value for c_, value in equal.items() if value is not None]
    for counted, wanted in (
        (c.escalations, search.escalated),
        (c.not_useful, search.not_useful),
        (c.reviews, search.reviewed),
    ):
        if wanted is not None:
            conditions.append(counted > 0 if wanted else counted == 0)
    if search.held is not None:
        conditions.append(c.held.in_([held.value for held in search.held]))
    if search.opened_from is not None:
        conditions.append(c.opened_at >= search.opened_from)
    if search.opened_before is not None:
        conditions.append(c.opened_at < search.opened_before)
    if search.text is not None:
        conditions.append(c.searched.contains(searchable(search.text), autoescape=True))
    return conditions


def _row(card: Card) -> dict[str, Any]:
    plain: dict[str, Any] = CARD.dump_python(card, mode="json", exclude=set(_MOMENTS))
    return {
        **plain,
        **{name: getattr(card, name) for name in _MOMENTS},
        "customer_id": card.customer.id if card.customer else None,
        "searched": searched_text(card),
        "not_useful": card.not_useful,
        "reviews": len(card.labels),
    }


def _card(row: Mapping[Any, Any]) -> Card:
    return CARD.validate_python({name: value for name, value in row.items() if name not in _SEARCHED_BY})

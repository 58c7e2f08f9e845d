"""What the reports count, in SQLite or PostgreSQL: to be given to `SqlLog` as a projection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    bindparam,
    delete,
    exists,
    func,
    not_,
    or_,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.conversation import State
from bot.decisions import Reason
from bot.events import AnswerJudged, CorrectionPublished, LoggedEvent, OutcomeGiven, Review
from escalation.facts import ANSWERING
from escalation.reports import (
    FAULTS,
    LACKING,
    BeganBy,
    Counted,
    Dimension,
    Given,
    Labelled,
    OpenQuestion,
    ReportsUnavailable,
    Scope,
    Searched,
    Use,
)
from escalation.store import sql_counts as counts
from escalation.store.report_conditions import drawn, last_labels, same, with_answers, within
from escalation.store.report_tables import answer_facts, conversation_facts, entry_uses
from escalation.store.sql_facts import note, note_answer, note_conversation
from escalation.store.tables import judgements
from knowledge.store.database import DatabaseUnavailable, reading

VERSION = "3"
"""Of what this module and `escalation.facts` derive from the log: another one makes it be derived again."""


class SqlReports:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def apply(self, transaction: AsyncConnection, logged: LoggedEvent, state: State) -> None:
        await note_conversation(transaction, logged, state)
        match logged.event:
            case OutcomeGiven() as given:
                await note_answer(transaction, logged, given, state)
            case AnswerJudged(position=position, useful=useful, comment=comment):
                await note(transaction, logged.conversation_id, position, useful=useful, comment=comment)
            case CorrectionPublished(position=position, entry_id=entry_id):
                await note(transaction, logged.conversation_id, position, published_as=entry_id)

    async def clear(self, transaction: AsyncConnection) -> None:
        for table in (entry_uses, answer_facts, conversation_facts):
            await transaction.execute(delete(table))

    async def counted(self, scope: Scope, now: datetime, zone: ZoneInfo) -> Counted:
        async with self._reading() as connection:
            return Counted(
                await counts.began(connection, scope, now, zone),
                await counts.hours(connection, scope, zone),
                await counts.handled(connection, scope),
                await counts.given(connection, scope),
                await counts.stars(connection, scope),
            )

    async def given(self, scope: Scope) -> Sequence[Given]:
        async with self._reading() as connection:
            return await counts.given(connection, scope)

    async def began_by(self, scope: Scope, dimension: Dimension, zone: ZoneInfo) -> Sequence[BeganBy]:
        c = conversation_facts.c
        day, value = counts.day_of_beginning(scope, zone), c[dimension.value]
        query = (
            select(day, value, func.count())
            .where(*within(scope, conversation_facts, c.opened_at), not_(counts.uncounted()))
            .group_by(day, value)
        )
        async with self._reading() as connection:
            return [BeganBy(*row) for row in (await connection.execute(query)).all()]

    async def uses(self, entry_ids: Collection[str], since: datetime) -> Mapping[str, Use]:
        if not entry_ids:
            return {}
        cited = entry_uses.c.cited
        useful = answer_facts.c.useful

        def number(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
            return func.count().filter(and_(*conditions))

        query = (
            select(
                entry_uses.c.entry_id,
                number(cited),
                number(not_(cited)),
                number(cited, useful.is_(True)),
                number(cited, useful.is_(False)),
                number(answer_facts.c.escalated),
                func.max(answer_facts.c.at, type_=answer_facts.c.at.type),
            )
            .select_from(with_answers(entry_uses))
            .where(entry_uses.c.entry_id.in_(sorted(entry_ids)), answer_facts.c.at >= since)
            .group_by(entry_uses.c.entry_id)
        )
        async with self._reading() as connection:
            return {row[0]: Use(*row[1:]) for row in await connection.execute(query)}

    async def open_questions(self, scope: Scope, limit: int = 1000) -> Sequence[OpenQuestion]:
        a, label = answer_facts.c, last_labels().subquery()
        faulty = or_(a.useful.is_(False), _marked_faulty())
        lacking = a.reason.in_([reason.value for reason in LACKING])
        c = conversation_facts.c
        dismissed = exists().where(c.conversation_id == a.conversation_id, c.dismissed)
        query = (
            select(a.conversation_id, a.position, a.at, a.language, a.question, a.stems)
            .add_columns(a.reason, label.c.review, a.useful, a.published_as)
            .outerjoin_from(answer_facts, label, same(answer_facts, label))
            .where(*within(scope, answer_facts, a.at), a.question != "")
            .where(or_(lacking, and_(a.kind.in_(ANSWERING), faulty)), not_(dismissed))
            .order_by(a.at.desc(), a.conversation_id.desc(), a.position.desc())
            .limit(limit)
        )
        async with self._reading() as connection:
            return [_question(row) for row in (await connection.execute(query)).all()]

    async def labelled(self, limit: int, after: Labelled | None = None) -> Sequence[Labelled]:
        a, label = answer_facts.c, last_labels().subquery()
        order = tuple_(a.at, a.conversation_id, a.position)
        query = (
            select(
                a.conversation_id,
                a.position,
                a.at,
                a.language,
                a.question,
                label.c.review,
                a.useful,
                drawn(),
            )
            .outerjoin_from(answer_facts, label, same(answer_facts, label))
            .where(or_(label.c.review.is_not(None), a.useful.is_not(None)))
            .order_by(a.at, a.conversation_id, a.position)
            .limit(limit)
        )
        if after is not None:
            last = [
                bindparam(None, value, type_=column.type)
                for value, column in (
                    (after.at, a.at),
                    (after.conversation_id, a.conversation_id),
                    (after.position, a.position),
                )
            ]
            query = query.where(order > tuple_(*last))
        async with self._reading() as connection:
            return [_labelled(row) for row in (await connection.execute(query)).all()]

    async def searched(self, scope: Scope, limit: int = 20_000) -> Sequence[Searched]:
        a, label = answer_facts.c, last_labels().subquery()
        query = (
            select(a.at, a.language, a.kind, a.hedged, a.confidence, a.uncorrected, a.threshold, a.entry_id)
            .add_columns(label.c.review, drawn(), a.useful)
            .outerjoin_from(answer_facts, label, same(answer_facts, label))
            .where(*within(scope, answer_facts, a.at), a.threshold.is_not(None), a.uncorrected.is_not(None))
            .order_by(a.at.desc(), a.conversation_id.desc(), a.position.desc())
            .limit(limit)
        )
        async with self._reading() as connection:
            return [_searched(row) for row in (await connection.execute(query)).all()]

    async def unmarked(self, scope: Scope) -> Sequence[tuple[str, int]]:
        a, j = answer_facts.c, judgements.c
        marked = exists().where(j.conversation_id == a.conversation_id, j.position == a.position)
        query = select(a.conversation_id, a.position).where(
            *within(scope, answer_facts, a.at), a.kind.in_(ANSWERING), ~marked
        )
        async with self._reading() as connection:
            return [(row[0], row[1]) for row in (await connection.execute(query)).all()]

    async def sites(self) -> Sequence[str]:
        return await self._all(conversation_facts.c.site)

    async def languages(self) -> Sequence[str]:
        return await self._all(conversation_facts.c.language)

    async def _all(self, column: Any) -> Sequence[str]:
        query = select(column).where(column.is_not(None)).distinct()
        async with self._reading() as connection:
            return sorted((await connection.execute(query)).scalars())

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with reading(self._engine) as connection:
                yield connection
        except DatabaseUnavailable as error:
            raise ReportsUnavailable(str(error)) from error


def _marked_faulty() -> ColumnElement[bool]:
    """Asked before the labels are joined: so that is done for the few that are shown alone."""
    label = last_labels().subquery()
    marked = select(label.c.conversation_id, label.c.position).where(
        label.c.review.in_([review.value for review in FAULTS])
    )
    return tuple_(answer_facts.c.conversation_id, answer_facts.c.position).in_(marked)


def _labelled(row: Row[Any]) -> Labelled:
    fields: dict[str, Any] = dict(row._mapping)
    return Labelled(**fields | {"review": _review(row.review)})


def _searched(row: Row[Any]) -> Searched:
    fields: dict[str, Any] = dict(row._mapping)
    return Searched(**fields | {"review": _review(row.review)})


def _review(value: str | None) -> Review | None:
    return Review(value) if value else None


def _question(row: Row[Any]) -> OpenQuestion:
    conversation_id, position, at, language, question, stems, reason, review, useful, entry_id = tuple(row)
    return OpenQuestion(
        conversation_id,
        position,
        at,
        language,
        question,
        frozenset(stems.split()),
        Reason(reason) if reason else None,
        _review(review),
        useful,
        entry_id,
    )

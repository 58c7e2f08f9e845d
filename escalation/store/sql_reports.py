"""What the reports count, in SQLite or PostgreSQL: to be given to `SqlLog` as a projection."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Label,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal_column,
    not_,
    null,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.conversation import State
from bot.decisions import Reason
from bot.events import AnswerJudged, CorrectionPublished, LoggedEvent, OutcomeGiven, Review
from escalation.endings import CONTENT, DISCONTENT, Ending
from escalation.facts import ANSWERING, QUIET, ConversationFacts, answer_of, escalates, next_facts, uses_in
from escalation.reports import (
    FAULTS,
    LACKING,
    Began,
    BeganBy,
    Counted,
    Dimension,
    Given,
    Handled,
    Labelled,
    OpenQuestion,
    ReportsUnavailable,
    Scope,
    Searched,
    Use,
)
from escalation.slots import DAY_SLOTS, EPOCH_WEEK_HOUR, HOUR_SLOTS, WEEK_HOURS, shifts, slot_of
from escalation.store.report_tables import answer_facts, conversation_facts, entry_uses
from escalation.store.tables import judgements, tickets
from escalation.ticket import Closing
from knowledge.store.database import DatabaseUnavailable, reading

VERSION = "2"
"""Of what this module and `escalation.facts` derive from the log: another one makes it be derived again."""


class SqlReports:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def apply(self, transaction: AsyncConnection, logged: LoggedEvent, state: State) -> None:
        await _note_conversation(transaction, logged, state)
        match logged.event:
            case OutcomeGiven() as given:
                await _note_answer(transaction, logged, given, state)
            case AnswerJudged(position=position, useful=useful, comment=comment):
                await _note(transaction, logged.conversation_id, position, useful=useful, comment=comment)
            case CorrectionPublished(position=position, entry_id=entry_id):
                await _note(transaction, logged.conversation_id, position, published_as=entry_id)

    async def clear(self, transaction: AsyncConnection) -> None:
        for table in (entry_uses, answer_facts, conversation_facts):
            await transaction.execute(delete(table))

    async def counted(self, scope: Scope, now: datetime, zone: ZoneInfo) -> Counted:
        async with self._reading() as connection:
            return Counted(
                await _began(connection, scope, now, zone),
                await _hours(connection, scope, zone),
                await _handled(connection, scope),
                await _given(connection, scope),
                await _stars(connection, scope),
            )

    async def given(self, scope: Scope) -> Sequence[Given]:
        async with self._reading() as connection:
            return await _given(connection, scope)

    async def began_by(self, scope: Scope, dimension: Dimension, zone: ZoneInfo) -> Sequence[BeganBy]:
        c = conversation_facts.c
        day, value = _day(scope, zone), c[dimension.value]
        query = (
            select(day, value, func.count())
            .where(*_in(scope, conversation_facts, c.opened_at), not_(_uncounted()))
            .group_by(day, value)
        )
        async with self._reading() as connection:
            return [BeganBy(*row) for row in await connection.execute(query)]

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
            .select_from(_with_answers(entry_uses))
            .where(entry_uses.c.entry_id.in_(sorted(entry_ids)), answer_facts.c.at >= since)
            .group_by(entry_uses.c.entry_id)
        )
        async with self._reading() as connection:
            return {row[0]: Use(*row[1:]) for row in await connection.execute(query)}

    async def open_questions(self, scope: Scope, limit: int = 1000) -> Sequence[OpenQuestion]:
        a, label = answer_facts.c, _last_labels().subquery()
        faulty = or_(a.useful.is_(False), label.c.review.in_([review.value for review in FAULTS]))
        lacking = a.reason.in_([reason.value for reason in LACKING])
        c = conversation_facts.c
        dismissed = exists().where(c.conversation_id == a.conversation_id, c.dismissed)
        query = (
            select(a.conversation_id, a.position, a.at, a.language, a.question, a.stems)
            .add_columns(a.reason, label.c.review, a.useful, a.published_as)
            .outerjoin_from(answer_facts, label, _same(answer_facts, label))
            .where(*_in(scope, answer_facts, a.at), a.question != "")
            .where(or_(lacking, and_(a.kind.in_(ANSWERING), faulty)), not_(dismissed))
            .order_by(a.at.desc(), a.conversation_id.desc(), a.position.desc())
            .limit(limit)
        )
        async with self._reading() as connection:
            return [_question(row) for row in await connection.execute(query)]

    async def labelled(self, limit: int, after: Labelled | None = None) -> Sequence[Labelled]:
        a, label = answer_facts.c, _last_labels().subquery()
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
                _drawn(),
            )
            .outerjoin_from(answer_facts, label, _same(answer_facts, label))
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
            return [_labelled(row) for row in await connection.execute(query)]

    async def searched(self, scope: Scope, limit: int = 20_000) -> Sequence[Searched]:
        a, label = answer_facts.c, _last_labels().subquery()
        query = (
            select(a.at, a.language, a.kind, a.hedged, a.confidence, a.uncorrected, a.threshold, a.entry_id)
            .add_columns(label.c.review, _drawn(), a.useful)
            .outerjoin_from(answer_facts, label, _same(answer_facts, label))
            .where(*_in(scope, answer_facts, a.at), a.threshold.is_not(None), a.uncorrected.is_not(None))
            .order_by(a.at.desc(), a.conversation_id.desc(), a.position.desc())
            .limit(limit)
        )
        async with self._reading() as connection:
            return [_searched(row) for row in await connection.execute(query)]

    async def unmarked(self, scope: Scope) -> Sequence[tuple[str, int]]:
        a, j = answer_facts.c, judgements.c
        marked = exists().where(j.conversation_id == a.conversation_id, j.position == a.position)
        query = select(a.conversation_id, a.position).where(
            *_in(scope, answer_facts, a.at), a.kind.in_(ANSWERING), ~marked
        )
        async with self._reading() as connection:
            return [(row[0], row[1]) for row in await connection.execute(query)]

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


# Writing down


# Made once: to put a statement together takes longer than to run it.

_FACTS_OF = conversation_facts.c.conversation_id == bindparam("of_conversation")
_SELECT_FACTS = select(conversation_facts).where(_FACTS_OF)
_INSERT_FACTS = insert(conversation_facts)
_UPDATE_FACTS = update(conversation_facts).where(_FACTS_OF)
_INSERT_ANSWER = insert(answer_facts)
_INSERT_USE = insert(entry_uses)


async def _note_conversation(connection: AsyncConnection, logged: LoggedEvent, state: State) -> None:
    its = {"of_conversation": logged.conversation_id}
    row = (await connection.execute(_SELECT_FACTS, its)).mappings().first()
    before = _facts(row) if row else None
    after = next_facts(before, logged, state)
    if before is None:
        values = {**asdict(after), "slot": slot_of(after.opened_at)}
        await connection.execute(_INSERT_FACTS, values)
    elif after != before:
        await connection.execute(_UPDATE_FACTS, {**asdict(after), **its})


def _facts(row: Mapping[Any, Any]) -> ConversationFacts:
    return ConversationFacts(**{name: value for name, value in row.items() if name != "slot"})


async def _note_answer(
    connection: AsyncConnection, logged: LoggedEvent, given: OutcomeGiven, state: State
) -> None:
    if escalates(given):
        await _note_escalated(connection, logged.conversation_id)
    await connection.execute(_INSERT_ANSWER, asdict(answer_of(logged, given, state)))
    key = {"conversation_id": logged.conversation_id, "position": logged.position}
    if uses := [{**key, **asdict(use)} for use in uses_in(given)]:
        await connection.execute(_INSERT_USE, uses)


async def _note_escalated(connection: AsyncConnection, conversation_id: str) -> None:
    a = answer_facts.c
    its = and_(a.conversation_id == conversation_id, a.kind != "small_talk")
    last = (await connection.execute(select(func.max(a.position)).where(its))).scalar()
    if last is not None:
        await _note(connection, conversation_id, last, escalated=True)


async def _note(connection: AsyncConnection, conversation_id: str, position: int, **known: Any) -> None:
    a = answer_facts.c
    its = and_(a.conversation_id == conversation_id, a.position == position)
    await connection.execute(update(answer_facts).where(its).values(**known))


# Counting


async def _began(connection: AsyncConnection, scope: Scope, now: datetime, zone: ZoneInfo) -> list[Began]:
    day, ending = _day(scope, zone), _ending(now).label("ending")
    query = (
        select(day, ending, func.count())
        .where(*_in(scope, conversation_facts, conversation_facts.c.opened_at))
        .group_by(day, ending)
    )
    return [
        Began(number, Ending(ending) if ending else None, count)
        for number, ending, count in await connection.execute(query)
    ]


async def _hours(connection: AsyncConnection, scope: Scope, zone: ZoneInfo) -> dict[int, int]:
    hour = ((_local_slot(scope, zone) // HOUR_SLOTS + EPOCH_WEEK_HOUR) % WEEK_HOURS).label("hour")
    query = (
        select(hour, func.count())
        .where(*_in(scope, conversation_facts, conversation_facts.c.opened_at), not_(_uncounted()))
        .group_by(hour)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}


def _day(scope: Scope, zone: ZoneInfo) -> Label[int]:
    return (_local_slot(scope, zone) // DAY_SLOTS).label("day")


def _local_slot(scope: Scope, zone: ZoneInfo) -> ColumnElement[int]:
    """As the clocks on the wall counted when a conversation began."""
    slot = conversation_facts.c.slot
    first, *later = shifts(scope.start, scope.end, zone)
    changed: list[Any] = [
        (slot >= shift.since, literal_column(str(shift.slots))) for shift in reversed(later)
    ]
    return slot + (case(*changed, else_=first.slots) if changed else first.slots)


def _ending(now: datetime) -> ColumnElement[Any]:
    """`escalation.endings.ending_of`, for many at once."""
    c = conversation_facts.c
    content = or_(c.useful.is_(True), c.thanked, func.coalesce(c.stars, 0) >= CONTENT)
    discontent = or_(c.useful.is_(False), func.coalesce(c.stars, DISCONTENT + 1) <= DISCONTENT)
    unanswered = or_(c.last_outcome.is_(None), c.last_outcome.not_in(ANSWERING))
    return case(
        (_uncounted(), null()),
        (c.came_back_at.is_not(None), Ending.REOPENED.value),
        (c.escalated_at.is_not(None), Ending.ESCALATED.value),
        (content, Ending.CONFIRMED.value),
        (and_(c.closed_at.is_(None), c.last_said_at > now - QUIET), Ending.UNDER_WAY.value),
        (or_(discontent, unanswered), Ending.ABANDONED.value),
        else_=Ending.ASSUMED.value,
    )


def _uncounted() -> ColumnElement[bool]:
    c = conversation_facts.c
    return or_(c.dismissed, and_(c.messages == 0, c.escalated_at.is_(None)))


async def _handled(connection: AsyncConnection, scope: Scope) -> list[Handled]:
    t = tickets.c
    query = select(t.reason, t.opened_at, t.picked_up_at, t.first_reply_at, t.closed_at, t.is_breached).where(
        *_in(scope, tickets, t.opened_at),
        or_(t.closed_how.is_(None), t.closed_how.not_in([Closing.SPAM.value, Closing.MERGED.value])),
    )
    return [
        Handled(
            Reason(reason), _seconds(opened, taken), _seconds(opened, replied), _seconds(opened, closed), late
        )
        for reason, opened, taken, replied, closed, late in await connection.execute(query)
    ]


async def _given(connection: AsyncConnection, scope: Scope) -> list[Given]:
    """Few answers are marked, so the marked ones are counted apart and taken off."""
    a = answer_facts.c
    common = (a.kind, a.hedged, a.useful)
    scoped = _in(scope, answer_facts, a.at)
    all_of_them = select(*common, func.count()).where(*scoped).group_by(*common)
    label = _last_labels().subquery()
    marked = (
        select(*common, label.c.review, func.count())
        .join(label, _same(answer_facts, label))
        .where(*scoped)
        .group_by(*common, label.c.review)
    )
    found = [
        Given(kind, hedged, useful, Review(review), number)
        for kind, hedged, useful, review, number in await connection.execute(marked)
    ]
    taken: Counter[tuple[Any, ...]] = Counter()
    for given in found:
        taken[given.kind, given.hedged, given.useful] += given.number
    rest = [
        Given(kind, hedged, useful, None, number - taken[kind, hedged, useful])
        for kind, hedged, useful, number in await connection.execute(all_of_them)
    ]
    return found + [given for given in rest if given.number]


async def _stars(connection: AsyncConnection, scope: Scope) -> dict[int, int]:
    c = conversation_facts.c
    query = (
        select(c.stars, func.count())
        .where(*_in(scope, conversation_facts, c.opened_at), c.stars.is_not(None), not_(c.dismissed))
        .group_by(c.stars)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}


def _last_labels() -> Select[Any]:
    """Of each outcome that has any, the label that was given last."""
    j = judgements.c
    last = select(func.max(j.sequence)).group_by(j.conversation_id, j.position)
    return select(j.conversation_id, j.position, j.review).where(j.sequence.in_(last))


def _drawn() -> Label[bool]:
    """Whether a colleague was shown the outcome by lot."""
    a, j = answer_facts.c, judgements.c
    its = (j.conversation_id == a.conversation_id, j.position == a.position, j.by_chance)
    return exists().where(*its).correlate(answer_facts).label("by_chance")


def _with_answers(table: Table) -> FromClause:
    return table.join(answer_facts, _same(answer_facts, table))


def _same(a: FromClause, b: FromClause) -> ColumnElement[bool]:
    """The same outcome."""
    return and_(a.c.conversation_id == b.c.conversation_id, a.c.position == b.c.position)


def _in(scope: Scope, table: Table, moment: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [moment >= scope.start, moment < scope.end]
    if scope.site is not None:
        conditions.append(table.c.site == scope.site)
    if scope.language is not None:
        conditions.append(table.c.language == scope.language)
    return conditions


def _labelled(row: Row[Any]) -> Labelled:
    fields: dict[str, Any] = dict(row._mapping)
    return Labelled(**fields | {"review": _review(row.review)})


def _searched(row: Row[Any]) -> Searched:
    fields: dict[str, Any] = dict(row._mapping)
    return Searched(**fields | {"review": _review(row.review)})


def _review(value: str | None) -> Review | None:
    return Review(value) if value else None


def _question(row: Row[Any]) -> OpenQuestion:
    return OpenQuestion(
        row.conversation_id,
        row.position,
        row.at,
        row.language,
        row.question,
        frozenset(row.stems.split()),
        Reason(row.reason) if row.reason else None,
        _review(row.review),
        row.useful,
        row.published_as,
    )


def _seconds(start: datetime, end: datetime | None) -> float | None:
    return (end - start).total_seconds() if end else None

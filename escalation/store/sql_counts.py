"""What the overview counts: one query each."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Label,
    and_,
    case,
    func,
    literal_column,
    not_,
    null,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.decisions import Reason
from bot.events import Review
from escalation.endings import CONTENT, DISCONTENT, Ending
from escalation.facts import ANSWERING, QUIET
from escalation.reports import Began, Given, Handled, Scope
from escalation.slots import DAY_SLOTS, EPOCH_WEEK_HOUR, HOUR_SLOTS, WEEK_HOURS, shifts
from escalation.store.report_conditions import last_labels, same, within
from escalation.store.report_tables import answer_facts, conversation_facts
from escalation.store.tables import tickets
from escalation.ticket import Closing


async def began(connection: AsyncConnection, scope: Scope, now: datetime, zone: ZoneInfo) -> list[Began]:
    day, ending = day_of_beginning(scope, zone), _ending(now).label("ending")
    query = (
        select(day, ending, func.count())
        .where(*within(scope, conversation_facts, conversation_facts.c.opened_at))
        .group_by(day, ending)
    )
    return [
        Began(number, Ending(ending) if ending else None, count)
        for number, ending, count in await connection.execute(query)
    ]


async def hours(connection: AsyncConnection, scope: Scope, zone: ZoneInfo) -> dict[int, int]:
    hour = ((_local_slot(scope, zone) // HOUR_SLOTS + EPOCH_WEEK_HOUR) % WEEK_HOURS).label("hour")
    query = (
        select(hour, func.count())
        .where(*within(scope, conversation_facts, conversation_facts.c.opened_at), not_(uncounted()))
        .group_by(hour)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}


def day_of_beginning(scope: Scope, zone: ZoneInfo) -> Label[int]:
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
        (uncounted(), null()),
        (c.came_back_at.is_not(None), Ending.REOPENED.value),
        (c.escalated_at.is_not(None), Ending.ESCALATED.value),
        (content, Ending.CONFIRMED.value),
        (and_(c.closed_at.is_(None), c.last_said_at > now - QUIET), Ending.UNDER_WAY.value),
        (or_(discontent, unanswered), Ending.ABANDONED.value),
        else_=Ending.ASSUMED.value,
    )


def uncounted() -> ColumnElement[bool]:
    c = conversation_facts.c
    return or_(c.dismissed, and_(c.messages == 0, c.escalated_at.is_(None)))


async def handled(connection: AsyncConnection, scope: Scope) -> list[Handled]:
    """The one query that brings thousands of rows: their moments stay as the database gives them."""
    t = tickets.c
    moments = (t.opened_at, t.picked_up_at, t.first_reply_at, t.closed_at)
    query = select(t.reason, t.is_breached, *(type_coerce(moment, DateTime()) for moment in moments)).where(
        *within(scope, tickets, t.opened_at),
        or_(t.closed_how.is_(None), t.closed_how.not_in([Closing.SPAM.value, Closing.MERGED.value])),
    )
    return [
        Handled(
            _REASONS[reason],
            _seconds(opened, taken),
            _seconds(opened, replied),
            _seconds(opened, closed),
            late,
        )
        for reason, late, opened, taken, replied, closed in (await connection.execute(query)).all()
    ]


_REASONS = {reason.value: reason for reason in Reason}


async def given(connection: AsyncConnection, scope: Scope) -> list[Given]:
    """Few answers are marked, so the marked ones are counted apart and taken off."""
    a = answer_facts.c
    common = (a.kind, a.hedged, a.useful)
    scoped = within(scope, answer_facts, a.at)
    all_of_them = select(*common, func.count()).where(*scoped).group_by(*common)
    label = last_labels().subquery()
    marked = (
        select(*common, label.c.review, func.count())
        .join(label, same(answer_facts, label))
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


async def stars(connection: AsyncConnection, scope: Scope) -> dict[int, int]:
    c = conversation_facts.c
    query = (
        select(c.stars, func.count())
        .where(*within(scope, conversation_facts, c.opened_at), c.stars.is_not(None), not_(c.dismissed))
        .group_by(c.stars)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}


def _seconds(start: datetime, end: datetime | None) -> float | None:
    return (end - start).total_seconds() if end else None

"""Conditions and joins that the reports' queries have in common."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Label, Select, Table, and_, exists, func, select

from escalation.reports import Scope
from escalation.store.report_tables import answer_facts
from escalation.store.tables import judgements


def last_labels() -> Select[Any]:
    """Of each outcome that has any, the label that was given last."""
    j = judgements.c
    last = select(func.max(j.sequence)).group_by(j.conversation_id, j.position)
    return select(j.conversation_id, j.position, j.review).where(j.sequence.in_(last))


def drawn() -> Label[bool]:
    """Whether a colleague was shown the outcome by lot."""
    a, j = answer_facts.c, judgements.c
    its = (j.conversation_id == a.conversation_id, j.position == a.position, j.by_chance)
    return exists().where(*its).correlate(answer_facts).label("by_chance")


def with_answers(table: Table) -> FromClause:
    return table.join(answer_facts, same(answer_facts, table))


def same(a: FromClause, b: FromClause) -> ColumnElement[bool]:
    """The same outcome."""
    return and_(a.c.conversation_id == b.c.conversation_id, a.c.position == b.c.position)


def within(scope: Scope, table: Table, moment: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [moment >= scope.start, moment < scope.end]
    if scope.site is not None:
        conditions.append(table.c.site == scope.site)
    if scope.language is not None:
        conditions.append(table.c.language == scope.language)
    return conditions

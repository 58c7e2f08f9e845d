"""Writing down what the reports count, with each event of the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation import State
from bot.events import LoggedEvent, OutcomeGiven
from escalation.facts import ConversationFacts, answer_of, escalates, next_facts, uses_in
from escalation.slots import slot_of
from escalation.store.changes import changes
from escalation.store.report_tables import answer_facts, conversation_facts, entry_uses

# Made once: to put a statement together takes longer than to run it.

_FACTS_OF = conversation_facts.c.conversation_id == bindparam("of_conversation")
_SELECT_FACTS = select(conversation_facts).where(_FACTS_OF)
_INSERT_FACTS = insert(conversation_facts)
_UPDATE_FACTS = update(conversation_facts).where(_FACTS_OF)
_INSERT_ANSWER = insert(answer_facts)
_INSERT_USE = insert(entry_uses)


async def note_conversation(connection: AsyncConnection, logged: LoggedEvent, state: State) -> None:
    its = {"of_conversation": logged.conversation_id}
    row = (await connection.execute(_SELECT_FACTS, its)).mappings().first()
    before = _facts(row) if row else None
    after = next_facts(before, logged, state)
    if before is None:
        values = {**_columns(after), "slot": slot_of(after.opened_at)}
        await connection.execute(_INSERT_FACTS, values)
    elif changed := changes(_columns(before), _columns(after)):
        await connection.execute(_UPDATE_FACTS, {**changed, **its})


def _columns(facts: ConversationFacts) -> dict[str, Any]:
    return {field.name: getattr(facts, field.name) for field in fields(facts)}


def _facts(row: Mapping[Any, Any]) -> ConversationFacts:
    return ConversationFacts(**{name: value for name, value in row.items() if name != "slot"})


async def note_answer(
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
        await note(connection, conversation_id, last, escalated=True)


async def note(connection: AsyncConnection, conversation_id: str, position: int, **known: Any) -> None:
    a = answer_facts.c
    its = and_(a.conversation_id == conversation_id, a.position == position)
    await connection.execute(update(answer_facts).where(its).values(**known))

"""The log in SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, TypeAdapter
from sqlalchemy import Row, bindparam, delete, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.conversation import AlreadyAnswered, Held, State, fold, step
from bot.events import Author, ConversationOpened, Event, LoggedEvent, OutcomeGiven
from bot.log import Expected, LogUnavailable, Projection, UnknownConversation, client_id_of, utc
from bot.store.tables import (
    answered_messages,
    conversation_events,
    conversations,
    derived_tables,
    log_head,
)
from knowledge.store.database import DatabaseUnavailable, reading, writing

EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])
STATE = TypeAdapter(State)
_IN_ONE_STATEMENT = 500
VERSION = "2"
"""Of what this module derives from the log: another one makes `renew` derive it again."""


class SqlLog:
    def __init__(self, engine: AsyncEngine, projections: Sequence[Projection[AsyncConnection]] = ()) -> None:
        self._engine = engine
        self._projections = tuple(projections)

    async def open(self, conversation_id: str, opened: ConversationOpened, now: datetime) -> LoggedEvent:
        draft = LoggedEvent(0, conversation_id, 1, utc(now), Author.CUSTOMER, opened)
        state = step(None, draft)
        async with self._writing(brief=True) as connection:
            if not await _begin(connection, conversation_id, state, draft.at):
                return (await _events(connection, conversation_id, limit=1))[0]
            return await self._write(connection, draft, None, state)

    async def append(
        self, conversation_id: str, event: Event, author: Author, expected: Expected | None, now: datetime
    ) -> LoggedEvent:
        async with self._writing(brief=True) as connection:
            snapshot = await _lock(connection, conversation_id)
            if (client_id := client_id_of(event)) is not None:
                first = await _first(connection, conversation_id, event.kind, client_id)
                if first is not None:
                    return first
            state = await _state(connection, conversation_id, snapshot)
            if expected is not None:
                expected.require(state)
            draft = LoggedEvent(0, conversation_id, state.position + 1, utc(now), author, event)
            return await self._write(connection, draft, state, step(state, draft))

    async def read(self, conversation_id: str) -> Sequence[LoggedEvent]:
        async with self._reading(brief=True) as connection:
            return await _events(connection, conversation_id)

    async def state(self, conversation_id: str) -> State:
        async with self._reading(brief=True) as connection:
            row = (await connection.execute(_SNAPSHOT, {"of_conversation": conversation_id})).first()
            if row is None:
                raise UnknownConversation(f"there is no conversation {conversation_id!r}")
            return await _state(connection, conversation_id, row.snapshot)

    async def after(self, sequence: int, limit: int) -> Sequence[LoggedEvent]:
        async with self._reading(brief=True) as connection:
            rows = await connection.execute(_AFTER, {"sequence_before": sequence, "most": limit})
            return [_logged(row) for row in rows]

    async def head(self) -> int:
        async with self._reading(brief=True) as connection:
            return (await connection.execute(select(log_head.c.sequence))).scalar() or 0

    async def unanswered(self) -> Sequence[str]:
        query = (
            select(conversations.c.id)
            .join(conversation_events, conversation_events.c.conversation_id == conversations.c.id)
            .where(conversation_events.c.position == conversations.c.first_unanswered)
            .where(conversations.c.owner == Held.BOT.value)
            .order_by(conversation_events.c.sequence)
        )
        async with self._reading() as connection:
            return list((await connection.execute(query)).scalars())

    async def rebuild(self) -> None:
        """Make the conversations' states and every projection anew from the events, in one transaction."""
        async with self._writing() as connection:
            await self._rebuild(connection)

    async def forget(self, conversation_ids: Collection[str]) -> int:
        gone = 0
        async with self._writing() as connection:
            await self._clear(connection)
            ids = sorted(conversation_ids)
            for some in (ids[n : n + _IN_ONE_STATEMENT] for n in range(0, len(ids), _IN_ONE_STATEMENT)):
                its = conversation_events.c.conversation_id.in_(some)
                await connection.execute(delete(conversation_events).where(its))
                taken = await connection.execute(delete(conversations).where(conversations.c.id.in_(some)))
                gone += taken.rowcount
            await self._rebuild(connection)
        return gone

    async def renew(self, version: str) -> bool:
        """Rebuild if another version of the code made what is there; whether it was needed. Of several
        processes that start at once, one does it."""
        async with self._writing() as connection:
            made = _insert(connection)(derived_tables).values(id=1, version=version)
            same = made.on_conflict_do_update(
                index_elements=[derived_tables.c.id],
                set_={"version": version},
                where=derived_tables.c.version != version,
            )
            if (await connection.execute(same)).rowcount == 0:
                return False
            await self._rebuild(connection)
            return True

    async def _clear(self, connection: AsyncConnection) -> None:
        """What was derived, while nobody else writes."""
        if connection.dialect.name == "postgresql":
            await connection.execute(text("LOCK TABLE conversations IN EXCLUSIVE MODE"))
        await connection.execute(delete(answered_messages))
        for projection in self._projections:
            await projection.clear(connection)

    async def _rebuild(self, connection: AsyncConnection) -> None:
        await self._clear(connection)
        for conversation_id in (await connection.execute(select(conversations.c.id))).scalars().all():
            state: State | None = None
            for logged in await _events(connection, conversation_id):
                before, state = state, step(state, logged)
                await self._derive(connection, logged, before, state)

    async def _write(
        self, connection: AsyncConnection, draft: LoggedEvent, before: State | None, after: State
    ) -> LoggedEvent:
        logged = replace(draft, sequence=await _next_sequence(connection))
        await connection.execute(_INSERT_EVENT, _row(logged))
        await self._derive(connection, logged, before, after)
        return logged

    async def _derive(
        self, connection: AsyncConnection, logged: LoggedEvent, before: State | None, after: State
    ) -> None:
        await _note_answered(connection, logged, _answered(logged.event, before, after))
        summary = {**_summary(after, logged.at), "of_conversation": logged.conversation_id}
        await connection.execute(_UPDATE_CONVERSATION, summary)
        for projection in self._projections:
            await projection.apply(connection, logged, after)

    @asynccontextmanager
    async def _writing(self, *, brief: bool = False) -> AsyncIterator[AsyncConnection]:
        try:
            async with writing(self._engine, brief=brief) as connection:
                yield connection
        except DatabaseUnavailable as error:
            raise LogUnavailable(str(error)) from error

    @asynccontextmanager
    async def _reading(self, *, brief: bool = False) -> AsyncIterator[AsyncConnection]:
        try:
            async with reading(self._engine, brief=brief) as connection:
                yield connection
        except DatabaseUnavailable as error:
            raise LogUnavailable(str(error)) from error


# Made once: to put a statement together takes longer than to run it.

_SNAPSHOT = select(conversations.c.snapshot).where(conversations.c.id == bindparam("of_conversation"))
_LOCKED_SNAPSHOT = _SNAPSHOT.with_for_update()
_UPDATE_CONVERSATION = update(conversations).where(conversations.c.id == bindparam("of_conversation"))
_INSERT_EVENT = insert(conversation_events)
_AFTER = (
    select(conversation_events)
    .where(conversation_events.c.sequence > bindparam("sequence_before"))
    .order_by(conversation_events.c.sequence)
    .limit(bindparam("most"))
)
_OF_CLIENT = select(conversation_events).where(
    conversation_events.c.conversation_id == bindparam("of_conversation"),
    conversation_events.c.kind == bindparam("of_kind"),
    conversation_events.c.client_id == bindparam("of_client"),
)


def _next_in_log(insert_into: Any) -> Any:
    first = insert_into(log_head).values(id=1, sequence=1)
    following = first.on_conflict_do_update(
        index_elements=[log_head.c.id], set_={"sequence": log_head.c.sequence + 1}
    )
    return following.returning(log_head.c.sequence)


_NEXT_SEQUENCE = {"sqlite": _next_in_log(sqlite.insert), "postgresql": _next_in_log(postgresql.insert)}


async def _begin(connection: AsyncConnection, conversation_id: str, state: State, at: datetime) -> bool:
    """False when the conversation is there already; of two who open it at once, one waits for the other."""
    values = {"id": conversation_id, **_summary(state, at)}
    added = await connection.execute(
        _insert(connection)(conversations).values(values).on_conflict_do_nothing()
    )
    return added.rowcount == 1


async def _lock(connection: AsyncConnection, conversation_id: str) -> str | None:
    """The snapshot. On PostgreSQL, writers of this conversation take turns here; on SQLite all writers do
    already."""
    row = (await connection.execute(_LOCKED_SNAPSHOT, {"of_conversation": conversation_id})).first()
    if row is None:
        raise UnknownConversation(f"there is no conversation {conversation_id!r}")
    snapshot: str | None = row.snapshot
    return snapshot


async def _state(connection: AsyncConnection, conversation_id: str, snapshot: str | None) -> State:
    """The fold is the truth; the snapshot is the same, sooner."""
    if snapshot is not None:
        return STATE.validate_json(snapshot)
    return fold(await _events(connection, conversation_id))


async def _first(
    connection: AsyncConnection, conversation_id: str, kind: str, client_id: str
) -> LoggedEvent | None:
    wanted = {"of_conversation": conversation_id, "of_kind": kind, "of_client": client_id}
    row = (await connection.execute(_OF_CLIENT, wanted)).first()
    return _logged(row) if row else None


async def _events(
    connection: AsyncConnection, conversation_id: str, limit: int | None = None
) -> list[LoggedEvent]:
    query = (
        select(conversation_events)
        .where(conversation_events.c.conversation_id == conversation_id)
        .order_by(conversation_events.c.position)
        .limit(limit)
    )
    return [_logged(row) for row in await connection.execute(query)]


async def _next_sequence(connection: AsyncConnection) -> int:
    """Held until the commit: taken as late as the transaction can."""
    following = _NEXT_SEQUENCE[connection.dialect.name]
    return int((await connection.execute(following)).scalar_one())


async def _note_answered(connection: AsyncConnection, logged: LoggedEvent, messages: Iterable[int]) -> None:
    rows = [
        {"conversation_id": logged.conversation_id, "message": message, "answered_by": logged.position}
        for message in messages
    ]
    if not rows:
        return
    try:
        await connection.execute(insert(answered_messages), rows)
    except IntegrityError as error:
        raise AlreadyAnswered("one of these messages has its outcome") from error


def _answered(event: Event, before: State | None, after: State) -> set[int]:
    """What an outcome names, and what a person's reply or resolving settles."""
    if isinstance(event, OutcomeGiven):
        return set(event.answers)
    return set(before.unanswered_positions if before else ()) - set(after.unanswered_positions)


def _insert(connection: AsyncConnection) -> Any:
    """The dialect's own insert: both know ON CONFLICT, SQLAlchemy's common one does not."""
    return postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert


def _summary(state: State, at: datetime) -> dict[str, Any]:
    return {
        "owner": state.owner.held.value,
        "owner_name": state.owner.name,
        "epoch": state.epoch,
        "position": state.position,
        "first_unanswered": next(iter(state.unanswered_positions), None),
        "opened_at": state.opened_at,
        "updated_at": at,
        "snapshot": STATE.dump_json(state).decode(),
    }


def _row(logged: LoggedEvent) -> dict[str, Any]:
    return {
        "sequence": logged.sequence,
        "conversation_id": logged.conversation_id,
        "position": logged.position,
        "at": logged.at,
        "author": logged.author.value,
        "kind": logged.event.kind,
        "client_id": client_id_of(logged.event),
        "payload": EVENT.dump_python(logged.event, mode="json"),
    }


def _logged(row: Row[Any]) -> LoggedEvent:
    return LoggedEvent(
        row.sequence,
        row.conversation_id,
        row.position,
        row.at,
        Author(row.author),
        EVENT.validate_python(row.payload),
    )

"""The console's records in SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, Table, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.console.accounts import Account, ConsoleUnavailable, Preferences
from connectors.console.canned_replies import CannedReply
from connectors.console.drafts import Kind, WrittenDraft
from connectors.console.links import Link
from connectors.console.records import ConsoleRecords
from connectors.console.saved_views import SavedView
from connectors.console.sessions import Session
from connectors.console.store.tables import accounts, canned_replies, drafts, links, saved_views, sessions
from knowledge.store.database import DatabaseUnavailable, reading, writing

PREFERENCES = TypeAdapter(Preferences)
_Transactions = Callable[[AsyncEngine], AbstractAsyncContextManager[AsyncConnection]]


def sql_records(engine: AsyncEngine) -> ConsoleRecords:
    return ConsoleRecords(
        SqlAccounts(engine),
        SqlSessions(engine),
        SqlLinks(engine),
        SqlDrafts(engine),
        SqlSavedViews(engine),
        SqlCannedReplies(engine),
    )


class _Store:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def _rows(self, query: Any) -> Sequence[Row[Any]]:
        async with self._transaction(reading) as connection:
            return (await connection.execute(query)).all()

    async def _row(self, query: Any) -> Row[Any] | None:
        async with self._transaction(reading) as connection:
            return (await connection.execute(query)).first()

    async def _write(self, statement: Any) -> int:
        async with self._transaction(writing) as connection:
            return int((await connection.execute(statement)).rowcount)

    async def _put(self, table: Table, values: dict[str, Any]) -> None:
        """Insert, or replace by primary key."""
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        added = dialect.insert(table).values(values)
        keys = [column.name for column in table.primary_key]
        changed = {name: value for name, value in values.items() if name not in keys}
        await self._write(added.on_conflict_do_update(index_elements=keys, set_=changed))

    @asynccontextmanager
    async def _transaction(self, kind: _Transactions) -> AsyncIterator[AsyncConnection]:
        try:
            async with kind(self._engine) as connection:
                yield connection
        except DatabaseUnavailable as error:
            raise ConsoleUnavailable(str(error)) from error


class SqlAccounts(_Store):
    async def get(self, name: str) -> Account | None:
        row = await self._row(select(accounts).where(accounts.c.name == name))
        return None if row is None else _account(row)

    async def everyone(self) -> Sequence[Account]:
        return [_account(row) for row in await self._rows(select(accounts).order_by(accounts.c.name))]

    async def save(self, account: Account) -> None:
        await self._put(
            accounts,
            {
                "name": account.name,
                "created_at": account.created_at,
                "password": account.password,
                "password_set_at": account.password_set_at,
                "signed_in_at": account.signed_in_at,
                "preferences": PREFERENCES.dump_python(account.preferences, mode="json"),
            },
        )


class SqlSessions(_Store):
    async def get(self, key: str) -> Session | None:
        row = await self._row(select(sessions).where(sessions.c.key == key))
        return None if row is None else Session(**row._mapping)

    async def of(self, account: str) -> Sequence[Session]:
        theirs = select(sessions).where(sessions.c.account == account).order_by(sessions.c.seen_at.desc())
        return [Session(**row._mapping) for row in await self._rows(theirs)]

    async def start(self, session: Session) -> None:
        await self._write(
            insert(sessions).values(
                key=session.key,
                account=session.account,
                started_at=session.started_at,
                seen_at=session.seen_at,
                browser=session.browser,
                address=session.address,
            )
        )

    async def seen(self, key: str, at: datetime) -> None:
        await self._write(update(sessions).where(sessions.c.key == key).values(seen_at=at))

    async def end(self, key: str) -> None:
        await self._write(delete(sessions).where(sessions.c.key == key))

    async def end_all(self, account: str, but: str | None = None) -> None:
        theirs = delete(sessions).where(sessions.c.account == account)
        await self._write(theirs if but is None else theirs.where(sessions.c.key != but))

    async def forget(self, seen_before: datetime, started_before: datetime) -> None:
        over = or_(sessions.c.seen_at < seen_before, sessions.c.started_at < started_before)
        await self._write(delete(sessions).where(over))


class SqlLinks(_Store):
    async def add(self, link: Link) -> None:
        await self._write(
            insert(links).values(key=link.key, account=link.account, expires_at=link.expires_at)
        )

    async def get(self, key: str) -> Link | None:
        row = await self._row(select(links).where(links.c.key == key))
        return None if row is None else Link(**row._mapping)

    async def take(self, key: str) -> Link | None:
        async with self._transaction(writing) as connection:
            taken = await connection.execute(delete(links).where(links.c.key == key).returning(links))
            row = taken.first()
        return None if row is None else Link(**row._mapping)

    async def revoke(self, account: str) -> None:
        await self._write(delete(links).where(links.c.account == account))


class SqlDrafts(_Store):
    async def of(self, account: str, conversation_id: str) -> dict[Kind, WrittenDraft]:
        theirs = select(drafts).where(
            drafts.c.account == account, drafts.c.conversation_id == conversation_id
        )
        found = [
            WrittenDraft(row.account, row.conversation_id, Kind(row.kind), row.text, row.updated_at)
            for row in await self._rows(theirs)
        ]
        return {draft.kind: draft for draft in found}

    async def save(self, draft: WrittenDraft) -> None:
        place = {
            "account": draft.account,
            "conversation_id": draft.conversation_id,
            "kind": draft.kind.value,
        }
        if draft.text:
            await self._put(drafts, {**place, "text": draft.text, "updated_at": draft.updated_at})
        else:
            await self._write(delete(drafts).filter_by(**place))


class SqlSavedViews(_Store):
    async def of(self, account: str) -> Sequence[SavedView]:
        theirs = select(saved_views).where(or_(saved_views.c.account == account, saved_views.c.shared))
        views = [SavedView(**row._mapping) for row in await self._rows(theirs)]
        return sorted(views, key=lambda view: (view.name.lower(), view.id))

    async def save(self, view: SavedView) -> None:
        await self._put(
            saved_views,
            {
                "id": view.id,
                "account": view.account,
                "name": view.name,
                "query": view.query,
                "shared": view.shared,
            },
        )

    async def remove(self, id: str, account: str | None) -> bool:
        gone = delete(saved_views).where(saved_views.c.id == id)
        if account is not None:
            gone = gone.where(saved_views.c.account == account)
        return await self._write(gone) > 0


class SqlCannedReplies(_Store):
    async def all(self) -> Sequence[CannedReply]:
        replies = [CannedReply(**row._mapping) for row in await self._rows(select(canned_replies))]
        return sorted(replies, key=lambda reply: (reply.title.lower(), reply.id))

    async def get(self, id: str) -> CannedReply | None:
        row = await self._row(select(canned_replies).where(canned_replies.c.id == id))
        return None if row is None else CannedReply(**row._mapping)

    async def save(self, reply: CannedReply) -> None:
        await self._put(
            canned_replies,
            {
                "id": reply.id,
                "title": reply.title,
                "text": reply.text,
                "language": reply.language,
                "by": reply.by,
                "updated_at": reply.updated_at,
            },
        )

    async def remove(self, id: str) -> None:
        await self._write(delete(canned_replies).where(canned_replies.c.id == id))


def _account(row: Row[Any]) -> Account:
    return Account(
        row.name,
        row.created_at,
        row.password,
        row.password_set_at,
        row.signed_in_at,
        PREFERENCES.validate_python(row.preferences),
    )

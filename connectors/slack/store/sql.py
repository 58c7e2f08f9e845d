"""The records of Slack's door in SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.outbox.jobs import OutboxUnavailable
from connectors.slack.records import Ask, Post
from connectors.slack.store.tables import slack_asks, slack_posts
from knowledge.store.database import DatabaseUnavailable, reading, writing

_Transactions = Callable[[AsyncEngine], AbstractAsyncContextManager[AsyncConnection]]


class SqlSlackRecords:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def asked(self, ask: Ask) -> Ask:
        changed = {"internal": ask.internal} | ({"respond_at": ask.respond_at} if ask.respond_at else {})
        kept = (
            self._insert(slack_asks)
            .values(asdict(ask))
            .on_conflict_do_update(index_elements=["conversation_id"], set_=changed)
        )
        async with self._transaction(writing) as connection:
            await connection.execute(kept)
        found = await self.ask(ask.conversation_id)
        assert found is not None
        return found

    async def ask(self, conversation_id: str) -> Ask | None:
        row = await self._first(slack_asks, slack_asks.c.conversation_id == conversation_id)
        return Ask(**row._mapping) if row else None

    async def begin(self, post: Post) -> Post | None:
        begun = self._insert(slack_posts).values(asdict(post)).on_conflict_do_nothing()
        async with self._transaction(writing) as connection:
            if (await connection.execute(begun)).rowcount == 1:
                return None
        return await self.post(post.id)

    async def posted(self, id: str, ts: str) -> None:
        await self._write(update(slack_posts).where(slack_posts.c.id == id).values(ts=ts))

    async def forget(self, id: str) -> None:
        await self._write(delete(slack_posts).where(slack_posts.c.id == id, slack_posts.c.ts.is_(None)))

    async def post(self, id: str) -> Post | None:
        row = await self._first(slack_posts, slack_posts.c.id == id)
        return Post(**row._mapping) if row else None

    async def sweep(self, before: datetime) -> None:
        old = (slack_posts.c.began_at < before, ~slack_posts.c.id.startswith("card ", autoescape=True))
        await self._write(delete(slack_posts).where(*old))

    async def thread(self, channel: str, ts: str) -> Post | None:
        card = slack_posts.c.id.startswith("card ", autoescape=True)
        here = (slack_posts.c.channel == channel, slack_posts.c.ts == ts, card)
        row = await self._first(slack_posts, *here)
        return Post(**row._mapping) if row else None

    async def cards(self, conversation_id: str) -> list[Post]:
        query = (
            select(slack_posts)
            .where(
                slack_posts.c.conversation_id == conversation_id,
                slack_posts.c.id.startswith("card ", autoescape=True),
                slack_posts.c.ts.is_not(None),
            )
            .order_by(slack_posts.c.began_at)
        )
        async with self._transaction(reading) as connection:
            return [Post(**row._mapping) for row in await connection.execute(query)]

    async def _first(self, table: Any, *where: Any) -> Row[Any] | None:
        async with self._transaction(reading) as connection:
            return (await connection.execute(select(table).where(*where).limit(1))).first()

    async def _write(self, statement: Any) -> None:
        async with self._transaction(writing) as connection:
            await connection.execute(statement)

    def _insert(self, table: Any) -> Any:
        """The dialect's own insert: both know ON CONFLICT, SQLAlchemy's common one does not."""
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        return dialect.insert(table)

    @asynccontextmanager
    async def _transaction(self, kind: _Transactions) -> AsyncIterator[AsyncConnection]:
        try:
            async with kind(self._engine) as connection:
                yield connection
        except DatabaseUnavailable as error:
            raise OutboxUnavailable(str(error)) from error

"""The roster in SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.log import utc
from escalation.roster import Agent, Role, RosterUnavailable, UnknownAgent
from escalation.store.tables import agents
from knowledge.store.database import DatabaseUnavailable, reading, writing

_Transactions = Callable[[AsyncEngine], AbstractAsyncContextManager[AsyncConnection]]


class SqlRoster:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def get(self, name: str) -> Agent | None:
        async with self._transaction(reading) as connection:
            return await _one(connection, name)

    async def everyone(self) -> Sequence[Agent]:
        async with self._transaction(reading) as connection:
            found = [_agent(row) for row in await connection.execute(select(agents))]
        return sorted(found, key=lambda agent: (agent.display.lower(), agent.name))

    async def by_handle(self, door: str, handle: str) -> Agent | None:
        everyone = await self.everyone()
        return next((a for a in everyone if a.active and a.handles.get(door) == handle), None)

    async def save(self, agent: Agent) -> None:
        async with self._transaction(writing) as connection:
            await connection.execute(delete(agents).where(agents.c.name == agent.name))
            await connection.execute(insert(agents).values(_row(agent)))

    async def remove(self, name: str) -> None:
        async with self._transaction(writing) as connection:
            await connection.execute(delete(agents).where(agents.c.name == name))

    async def set_duty(self, name: str, on_duty: bool, now: datetime) -> Agent:
        changed = update(agents).where(agents.c.name == name, agents.c.on_duty != on_duty)
        async with self._transaction(writing) as connection:
            await connection.execute(changed.values(on_duty=on_duty, duty_changed_at=utc(now)))
            agent = await _one(connection, name)
        if agent is None:
            raise UnknownAgent(f"nobody has an account named {name!r}")
        return agent

    @asynccontextmanager
    async def _transaction(self, kind: _Transactions) -> AsyncIterator[AsyncConnection]:
        try:
            async with kind(self._engine) as connection:
                yield connection
        except DatabaseUnavailable as error:
            raise RosterUnavailable(str(error)) from error


async def _one(connection: AsyncConnection, name: str) -> Agent | None:
    row = (await connection.execute(select(agents).where(agents.c.name == name))).first()
    return None if row is None else _agent(row)


def _row(agent: Agent) -> dict[str, Any]:
    return {
        "name": agent.name,
        "display": agent.display,
        "role": agent.role.value,
        "teams": sorted(agent.teams),
        "languages": sorted(agent.languages),
        "skills": sorted(agent.skills),
        "email": agent.email,
        "on_duty": agent.on_duty,
        "duty_changed_at": agent.duty_changed_at,
        "active": agent.active,
        "capacity": agent.capacity,
        "handles": dict(agent.handles),
    }


def _agent(row: Row[Any]) -> Agent:
    return Agent(
        name=row.name,
        display=row.display,
        role=Role(row.role),
        teams=frozenset(row.teams),
        languages=frozenset(row.languages),
        skills=frozenset(row.skills),
        email=row.email,
        on_duty=row.on_duty,
        duty_changed_at=row.duty_changed_at,
        active=row.active,
        capacity=row.capacity,
        handles=row.handles,
    )

"""The log in memory: for tests, and for trying things out."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.conversation import BOT, State, step
from bot.events import Author, ConversationOpened, Event, LoggedEvent
from bot.log import Expected, Projection, UnknownConversation, client_id_of, utc


@dataclass(slots=True)
class _Conversation:
    state: State
    events: list[LoggedEvent]
    clients: dict[tuple[str, str], LoggedEvent] = field(default_factory=dict)
    """By kind of event and client id."""


class MemoryLog:
    def __init__(self, projections: Sequence[Projection[None]] = ()) -> None:
        self._projections = tuple(projections)
        self._events: list[LoggedEvent] = []
        self._head = 0
        self._conversations: dict[str, _Conversation] = {}
        self._writing = asyncio.Lock()

    async def open(self, conversation_id: str, opened: ConversationOpened, now: datetime) -> LoggedEvent:
        async with self._writing:
            known = self._conversations.get(conversation_id)
            if known is not None:
                return known.events[0]
            logged = self._next(conversation_id, 1, opened, Author.CUSTOMER, now)
            state = step(None, logged)
            await self._project(logged, state)
            self._conversations[conversation_id] = _Conversation(state, [logged])
            self._events.append(logged)
            self._head = logged.sequence
            return logged

    async def append(
        self, conversation_id: str, event: Event, author: Author, expected: Expected | None, now: datetime
    ) -> LoggedEvent:
        async with self._writing:
            conversation = self._conversations.get(conversation_id)
            if conversation is None:
                raise UnknownConversation(f"there is no conversation {conversation_id!r}")
            client_id = client_id_of(event)
            if client_id is not None and (event.kind, client_id) in conversation.clients:
                return conversation.clients[event.kind, client_id]
            if expected is not None:
                expected.require(conversation.state)
            logged = self._next(conversation_id, conversation.state.position + 1, event, author, now)
            state = step(conversation.state, logged)
            await self._project(logged, state)
            conversation.state = state
            conversation.events.append(logged)
            if client_id is not None:
                conversation.clients[event.kind, client_id] = logged
            self._events.append(logged)
            self._head = logged.sequence
            return logged

    async def read(self, conversation_id: str) -> Sequence[LoggedEvent]:
        conversation = self._conversations.get(conversation_id)
        return tuple(conversation.events) if conversation else ()

    async def state(self, conversation_id: str) -> State:
        conversation = self._conversations.get(conversation_id)
        if conversation is None:
            raise UnknownConversation(f"there is no conversation {conversation_id!r}")
        return conversation.state

    async def after(self, sequence: int, limit: int) -> Sequence[LoggedEvent]:
        start = bisect_right(self._events, sequence, key=lambda logged: logged.sequence)
        return tuple(self._events[start : start + limit])

    async def head(self) -> int:
        return self._head

    async def unanswered(self) -> Sequence[str]:
        owed = {
            conversation_id: conversation.events[conversation.state.unanswered[0].position - 1].sequence
            for conversation_id, conversation in self._conversations.items()
            if conversation.state.owner == BOT and conversation.state.unanswered
        }
        return sorted(owed, key=owed.__getitem__)

    async def forget(self, conversation_ids: Collection[str]) -> int:
        known = [id for id in dict.fromkeys(conversation_ids) if self._conversations.pop(id, None)]
        gone = frozenset(known)
        self._events = [logged for logged in self._events if logged.conversation_id not in gone]
        await self.rebuild()
        return len(known)

    async def rebuild(self) -> None:
        """Make every projection anew from the events."""
        async with self._writing:
            for projection in self._projections:
                await projection.clear(None)
            for conversation in self._conversations.values():
                state: State | None = None
                for logged in conversation.events:
                    state = step(state, logged)
                    await self._project(logged, state)

    def _next(
        self, conversation_id: str, position: int, event: Event, author: Author, now: datetime
    ) -> LoggedEvent:
        return LoggedEvent(self._head + 1, conversation_id, position, utc(now), author, event)

    async def _project(self, logged: LoggedEvent, state: State) -> None:
        for projection in self._projections:
            await projection.apply(None, logged, state)

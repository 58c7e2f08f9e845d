"""The log as this process writes into it: whoever writes, those who listen hear of it at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from bot.conversation import State
from bot.events import Author, ConversationOpened, Event, LoggedEvent
from bot.log import ConversationLog, Expected


class HeardLog:
    """A `ConversationLog`. No door has to remember to say that it wrote something."""

    def __init__(self, log: ConversationLog, written: Callable[[LoggedEvent], None]) -> None:
        self._log = log
        self._written = written

    async def open(self, conversation_id: str, opened: ConversationOpened, now: datetime) -> LoggedEvent:
        logged = await self._log.open(conversation_id, opened, now)
        self._written(logged)
        return logged

    async def append(
        self, conversation_id: str, event: Event, author: Author, expected: Expected | None, now: datetime
    ) -> LoggedEvent:
        logged = await self._log.append(conversation_id, event, author, expected, now)
        self._written(logged)
        return logged

    async def state(self, conversation_id: str) -> State:
        return await self._log.state(conversation_id)

    async def read(self, conversation_id: str) -> Sequence[LoggedEvent]:
        return await self._log.read(conversation_id)

    async def after(self, sequence: int, limit: int) -> Sequence[LoggedEvent]:
        return await self._log.after(sequence, limit)

    async def head(self) -> int:
        return await self._log.head()

    async def forget(self, conversation_ids: Collection[str]) -> int:
        return await self._log.forget(conversation_ids)

    async def unanswered(self) -> Sequence[str]:
        return await self._log.unanswered()

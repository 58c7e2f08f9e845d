"""The bot's answers, given in the background: who posts a message does not wait, and none is forgotten."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager

from bot.log import ConversationLog, LogUnavailable
from bot.reception import Reception

AT_ONCE = 32
"""Turns under way at a time; the others wait for their place."""
AT_WORK = 4
"""Of these, as many are in their first moments, in which a turn needs the processor and the database rather
than somebody else's answer: more at once are done no sooner, and a colleague's reply would wait for all."""
MOMENTS = 0.5
"""Seconds. Who takes longer waits for others, such as a language model, and stands in nobody's way."""
SWEEP = 10.0
"""Seconds between two looks for messages that nobody is answering: the store was away when their turn came,
or another process left them. What is found twice in a row is answered."""

_logging = logging.getLogger(__name__)


class Answers:
    def __init__(self, reception: Reception, log: ConversationLog, sweep: float = SWEEP) -> None:
        self._reception = reception
        self._log = log
        self._sweep = sweep
        self._tasks: dict[asyncio.Task[None], str] = {}
        self._places = asyncio.Semaphore(AT_ONCE)
        self._at_work = asyncio.Semaphore(AT_WORK)

    def owe(self, conversation_id: str) -> None:
        """Answer what waits in this conversation, soon."""
        task = asyncio.create_task(self._answer(conversation_id), name=f"answer {conversation_id}")
        self._tasks[task] = conversation_id
        task.add_done_callback(self._done)

    async def run(self) -> None:
        """First what was left at the last stop, then whatever else is left lying. Until it is cancelled."""
        seen: set[str] | None = None
        while True:
            waiting = await self._waiting()
            for conversation_id in waiting:
                if seen is None or conversation_id in seen:
                    self.owe(conversation_id)
            seen = waiting
            await asyncio.sleep(self._sweep)

    async def finish(self, seconds: float, hurry: Callable[[], bool] = lambda: False) -> int:
        """Wait for those under way, so long or until `hurry`; drop the rest, which stay unanswered in the log
        for the next start. Returns how many were dropped."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while self._tasks and loop.time() < until and not hurry():
            await asyncio.wait(self._tasks, timeout=0.1)
        left = list(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        return len(left)

    async def _waiting(self) -> set[str]:
        try:
            owed = await self._log.unanswered()
        except LogUnavailable as error:
            _logging.warning("cannot look for messages that wait: %s", error)
            return set()
        except Exception:  # whatever it is, messages that wait must be looked for again
            _logging.exception("cannot look for messages that wait")
            return set()
        return set(owed) - set(self._tasks.values())

    async def _answer(self, conversation_id: str) -> None:
        async with self._places, self._first_moments():
            await self._reception.answer(conversation_id)

    @asynccontextmanager
    async def _first_moments(self) -> AsyncIterator[None]:
        """Over with the turn, or when it takes longer."""
        await self._at_work.acquire()
        over = ExitStack()
        over.callback(self._at_work.release)
        timer = asyncio.get_running_loop().call_later(MOMENTS, over.close)
        try:
            yield
        finally:
            timer.cancel()
            over.close()

    def _done(self, task: asyncio.Task[None]) -> None:
        conversation_id = self._tasks.pop(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _logging.error("conversation %s is not answered yet", conversation_id, exc_info=error)

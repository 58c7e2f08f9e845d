"""How many customers are answered at a time."""

from __future__ import annotations

import asyncio

from bot.asked import Asked, Response, Shown, to_nobody
from bot.events import OutcomeGiven
from bot.reception import Reception
from bot.store.memory import MemoryLog
from connectors.http.answers import AT_WORK, Answers
from tests.builders import MONDAY, ScriptedResponder, told
from tests.web import eventually

CUSTOMERS = [f"c{n}" for n in range(3 * AT_WORK)]


class Counted(ScriptedResponder):
    """Notes how many it answers at once; who is in `held` waits until they are let go."""

    def __init__(self, *held: str) -> None:
        super().__init__()
        self.at_once = self.most = 0
        self.held = frozenset(held)
        self.let_go = asyncio.Event()

    async def respond(self, asked: Asked, shown: Shown = to_nobody) -> Response:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            for _ in range(5):
                await asyncio.sleep(0)
            if asked.conversation_id in self.held:
                await self.let_go.wait()
            return await super().respond(asked, shown)
        finally:
            self.at_once -= 1


async def written(responder: Counted) -> tuple[MemoryLog, Answers]:
    """Each customer has written, and all are owed their answer at the same moment."""
    log = MemoryLog()
    reception = Reception(log, responder, lambda: MONDAY, hand_over=told)
    answers = Answers(reception, log)
    for customer in CUSTOMERS:
        await reception.open(customer)
        await reception.receive(customer, "m1", "Hello")
    for customer in CUSTOMERS:
        answers.owe(customer)
    return log, answers


async def answered(log: MemoryLog) -> set[str]:
    return {each.conversation_id for each in await log.after(0, 1000) if isinstance(each.event, OutcomeGiven)}


async def test_a_crowd_is_answered_a_few_at_a_time() -> None:
    """So that whoever else wants something meanwhile does not wait for all of them."""
    responder = Counted()
    log, answers = await written(responder)
    assert await answers.finish(10) == 0
    assert await answered(log) == set(CUSTOMERS)
    assert 1 < responder.most <= AT_WORK


async def test_answers_that_wait_for_somebody_else_hold_up_nobody() -> None:
    """As those of a language model, which may think for seconds."""
    slow = CUSTOMERS[:AT_WORK]
    responder = Counted(*slow)
    log, answers = await written(responder)

    async def others() -> bool:
        return await answered(log) == set(CUSTOMERS) - set(slow)

    await eventually(others)
    responder.let_go.set()
    assert await answers.finish(10) == 0
    assert await answered(log) == set(CUSTOMERS)

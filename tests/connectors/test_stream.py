"""What a stream hears, whoever wrote it and whatever is being composed meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from bot.asked import Draft
from bot.events import Author, ConversationOpened, Event, LoggedEvent, MessageReceived, PersonJoined
from bot.log import LogUnavailable
from bot.store.memory import MemoryLog
from connectors.heard_log import HeardLog
from connectors.stream import Composed, Composing, Hub, Item, Stopping, Stream
from tests.builders import MONDAY, an_outcome

PATIENCE = 10.0


def message(client_id: str) -> MessageReceived:
    return MessageReceived(client_id, "Hello")


async def append(log: MemoryLog, event: Event, conversation_id: str = "c1") -> LoggedEvent:
    return await log.append(conversation_id, event, Author.SYSTEM, None, MONDAY)


@asynccontextmanager
async def running(hub: Hub) -> AsyncIterator[Hub]:
    task = asyncio.create_task(hub.run())
    await asyncio.sleep(0)
    yield hub
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def log() -> MemoryLog:
    log = MemoryLog()
    for conversation_id in ("c1", "c2"):
        await log.open(conversation_id, ConversationOpened(), MONDAY)
    return log


async def taken(stream: Stream, count: int) -> list[Item]:
    items: list[Item] = []
    async with asyncio.timeout(PATIENCE):
        while len(items) < count and not stream.ended:
            items += await stream.take(PATIENCE)
    return items


async def test_a_stream_hears_its_own_conversation_in_order(log: MemoryLog) -> None:
    async with running(Hub(log, pause=0.01)) as hub:
        stream = await hub.open("c1")
        logged = [await append(log, message(f"m{n}")) for n in range(3)]
        await append(log, message("other"), "c2")
        assert await taken(stream, 3) == logged


async def test_what_was_logged_before_is_for_the_replay(log: MemoryLog) -> None:
    async with running(Hub(log, pause=0.01)) as hub:
        await append(log, message("before"))
        stream = await hub.open("c1")
        after = await append(log, message("after"))
        assert await taken(stream, 1) == [after]


async def test_nothing_falls_between_two_readers(log: MemoryLog) -> None:
    """The last stream closes, others open, while somebody writes all the time."""
    async with running(Hub(log, pause=0.001)) as hub:
        written: list[LoggedEvent] = []

        async def write() -> None:
            for n in range(60):
                written.append(await append(log, message(f"m{n}")))
                await asyncio.sleep(0.001)

        async def listen() -> Sequence[LoggedEvent]:
            stream = await hub.open("c1")
            known = list(await log.read("c1"))
            heard = [i for i in await taken(stream, 3) if isinstance(i, LoggedEvent)]
            hub.close(stream)
            return known + [event for event in heard if event.position > known[-1].position]

        writing = asyncio.create_task(write())
        while not writing.done():
            seen = await asyncio.wait_for(listen(), PATIENCE) if len(written) < 50 else []
            assert [event.position for event in seen] == list(range(1, len(seen) + 1))
            await asyncio.sleep(0)
        await writing


async def test_what_this_process_writes_is_heard_without_waiting_for_the_next_look(log: MemoryLog) -> None:
    """Whoever writes: a customer, a colleague at the console, a clock."""
    async with running(Hub(log, pause=3600)) as hub:
        heard = HeardLog(log, hub.heard)
        stream = await hub.open("c1")
        assert await stream.take(0.05) == ()
        reply = await heard.append("c1", message("m1"), Author.SYSTEM, None, MONDAY)
        assert await taken(stream, 1) == [reply]
        everything = await hub.open(None)
        assert await everything.take(0.05) == ()
        opened = await heard.open("c3", ConversationOpened(), MONDAY)
        assert await taken(everything, 1) == [opened]


async def test_what_another_process_wrote_before_comes_first(log: MemoryLog) -> None:
    """Though this one hears of its own at once, and of that at its next look."""
    async with running(Hub(log, pause=3600)) as hub:
        ours = HeardLog(log, hub.heard)
        stream = await hub.open("c1")
        assert await stream.take(0.05) == ()
        written = []
        for n in range(5):
            written.append(await append(log, message(f"theirs {n}")))
            written.append(await ours.append("c1", message(f"ours {n}"), Author.SYSTEM, None, MONDAY))
        assert await taken(stream, 10) == written
        again = await ours.append("c1", message("ours 1"), Author.SYSTEM, None, MONDAY)
        last = await ours.append("c1", message("the last"), Author.SYSTEM, None, MONDAY)
        assert (again, await taken(stream, 1)) == (written[3], [last]), "what was repeated is told once"


async def test_another_process_is_heard_however_much_this_one_writes(log: MemoryLog) -> None:
    async with running(Hub(log, pause=0.01)) as hub:
        stream = await hub.open("c1")
        theirs = await append(log, message("theirs"))
        heard: list[Item] = []
        async with asyncio.timeout(PATIENCE):
            while theirs not in heard:
                hub.draft("c2", Draft("being written", ()))
                heard += await stream.take(0.001)


async def test_drafts_stand_between_the_question_and_the_answer(log: MemoryLog) -> None:
    async with running(Hub(log, pause=0.01)) as hub:
        stream = await hub.open("c1")
        question = await append(log, message("m1"))
        hub.nudge()
        assert await taken(stream, 1) == [question]
        hub.begun("c1")
        assert await taken(stream, 1) == [Composing()]
        hub.draft("c1", Draft("Within", ()))
        assert await taken(stream, 1) == [Draft("Within", ())]
        answer = await append(log, an_outcome(2))
        hub.ended("c1")
        assert await taken(stream, 2) == [Composed(), answer]


async def test_a_slow_reader_gets_the_newest_draft_only(log: MemoryLog) -> None:
    async with running(Hub(log, pause=0.01)) as hub:
        stream, other = await hub.open("c1"), await hub.open("c1")
        hub.begun("c1")
        assert await taken(other, 1) == [Composing()]
        for n in range(500):
            hub.draft("c1", Draft(f"draft {n}", ()))
            assert await taken(other, 1) == [Draft(f"draft {n}", ())]
        assert not stream.ended
        assert await taken(stream, 2) == [Composing(), Draft("draft 499", ())]


async def test_who_opens_late_sees_what_is_being_composed(log: MemoryLog) -> None:
    async with running(Hub(log, pause=0.01)) as hub:
        first = await hub.open("c1")
        hub.begun("c1")
        hub.draft("c1", Draft("Within", ()))
        assert await taken(first, 2) == [Composing(), Draft("Within", ())]
        late = await hub.open("c1")
        assert await taken(late, 2) == [Composing(), Draft("Within", ())]


async def test_a_person_who_comes_in_makes_the_draft_void(log: MemoryLog) -> None:
    async with running(Hub(log, pause=0.01)) as hub:
        stream = await hub.open("c1")
        hub.begun("c1")
        hub.draft("c1", Draft("Within", ()))
        assert await taken(stream, 2) == [Composing(), Draft("Within", ())]
        joined = await append(log, PersonJoined("Zoé"))
        assert await taken(stream, 2) == [Composed(), joined]
        hub.draft("c1", Draft("Within 30 days", ()))
        hub.ended("c1")
        last = await append(log, message("m1"))
        assert await taken(stream, 1) == [last], "no word of the bot any more"
        assert await (await hub.open("c1")).take(0.05) == ()


async def test_a_turn_that_starts_again_takes_its_draft_back(log: MemoryLog) -> None:
    async with running(Hub(log, pause=0.01)) as hub:
        stream = await hub.open("c1")
        hub.begun("c1")
        hub.draft("c1", Draft("Old", ()))
        assert await taken(stream, 2) == [Composing(), Draft("Old", ())]
        hub.begun("c1")
        assert await taken(stream, 2) == [Composed(), Composing()]


async def test_an_answer_that_was_quick_is_not_followed_by_typing(log: MemoryLog) -> None:
    async with running(Hub(log, pause=0.01)) as hub:
        stream = await hub.open("c1")
        await append(log, message("m1"))
        hub.begun("c1")
        await append(log, an_outcome(2))
        hub.ended("c1")
        items = await taken(stream, 2)
        assert not isinstance(items[-1], Composing | Composed)
        more = await append(log, message("m2"))
        assert (await taken(stream, 1))[-1] == more


async def test_who_does_not_read_is_ended_and_costs_no_more(log: MemoryLog) -> None:
    async with running(Hub(log, pause=0.01, room=5)) as hub:
        stream, quick = await hub.open("c1"), await hub.open("c1")
        for n in range(8):
            await append(log, message(f"m{n}"))
            await taken(quick, 1)
        assert stream.ended
        assert await stream.take(0.01) == ()


async def test_a_store_that_is_away_for_a_while_loses_nothing(log: MemoryLog) -> None:
    class Unsteady(MemoryLog):
        away = False

        async def after(self, sequence: int, limit: int) -> Sequence[LoggedEvent]:
            if self.away:
                raise LogUnavailable("away")
            return await log.after(sequence, limit)

        async def head(self) -> int:
            return await log.head()

    unsteady = Unsteady()
    async with running(Hub(unsteady, pause=0.01)) as hub:
        stream = await hub.open("c1")
        unsteady.away = True
        logged = await append(log, message("m1"))
        hub.begun("c1")
        assert await stream.take(0.1) == ()
        assert hub.trouble == "away"
        unsteady.away = False
        assert await taken(stream, 2) == [logged, Composing()]
        assert hub.trouble is None


async def test_nobody_is_let_in_when_the_service_stops_and_those_inside_hear_the_last_word(
    log: MemoryLog,
) -> None:
    async with running(Hub(log, pause=60)) as hub:
        stream = await hub.open("c1")
        await asyncio.sleep(0.05)
        last = await append(log, message("m1"))
        await hub.stop()
        assert await stream.take(1) == (last,)
        assert stream.ended
        with pytest.raises(Stopping):
            await hub.open("c1")


async def test_a_hub_that_does_not_run_keeps_nothing(log: MemoryLog) -> None:
    """As in the terminal, where nobody listens."""
    hub = Hub(log)
    for n in range(3):
        hub.begun("c1")
        hub.draft("c1", Draft(f"draft {n}", ()))
        hub.ended("c1")
    async with running(hub):
        assert await (await hub.open("c1")).take(0.05) == ()

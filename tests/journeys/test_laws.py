"""What must hold whatever customers, people and machines do, in whatever order.

The checks read the log's rows themselves and do not trust the fold that they check.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Coroutine, Iterable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.conversation import BOT, WAITING, ConversationError, fold
from bot.decisions import Decision, Escalate
from bot.events import (
    Author,
    ConversationOpened,
    ConversationResolved,
    HandedBack,
    LoggedEvent,
    MessageReceived,
    OutcomeGiven,
    PersonJoined,
    ReplySent,
)
from escalation.desk import Desk
from escalation.queue import Filter, Queue
from escalation.ticket import Status, Ticket
from tests.builders import (
    MONDAY,
    Clock,
    ScriptedResponder,
    a_reception,
    an_agent,
    an_answer,
    an_escalation,
    an_outcome,
    folded_stepwise,
)
from tests.stores import Stores, in_database, in_memory

T = TypeVar("T")

CONVERSATIONS = ("c1", "c2")
PEOPLE = ("zoe", "ali")


def answered_by(events: Iterable[LoggedEvent]) -> Counter[int]:
    """How often each message was given an outcome, by position."""
    return Counter(n for e in events if isinstance(e.event, OutcomeGiven) for n in e.event.answers)


def assert_one_speaker_at_a_time(events: Iterable[LoggedEvent]) -> None:
    speaker: str | None = None
    resolved = False
    for e in events:
        match e.event:
            case ConversationOpened() | HandedBack():
                speaker = "the bot"
            case MessageReceived() if resolved:
                speaker, resolved = "the bot", False
            case OutcomeGiven(outcome=Escalate()):
                assert speaker == "the bot" or resolved
                speaker, resolved = None, False
            case OutcomeGiven():
                assert speaker == "the bot"
            case PersonJoined(name=name):
                speaker = name
            case ReplySent(name=name):
                assert speaker == name
            case ConversationResolved():
                speaker, resolved = None, True


def assert_lawful(events: list[LoggedEvent]) -> None:
    messages = [e for e in events if isinstance(e.event, MessageReceived)]
    assert len({e.event.client_id for e in messages if isinstance(e.event, MessageReceived)}) == len(messages)
    outcomes = answered_by(events)
    assert all(count == 1 for count in outcomes.values())
    assert set(outcomes) <= {e.position for e in messages}
    assert [e.position for e in events] == list(range(1, len(events) + 1))
    assert_one_speaker_at_a_time(events)
    assert fold(events) == fold(events) == folded_stepwise(events)


async def every_ticket(queue: Queue) -> list[Ticket]:
    return list(await queue.open_tickets(10_000, Filter(statuses=frozenset(Status))))


class Interrupted(ScriptedResponder):
    """While it composes, something happens elsewhere; then it does as told."""

    def __init__(self, outcome: Decision | None, meanwhile: Coroutine[Any, Any, object] | None) -> None:
        super().__init__(outcome or RuntimeError("the model died"))
        self.meanwhile = (lambda: _whatever(meanwhile)) if meanwhile is not None else None


async def _whatever(happening: Coroutine[Any, Any, object]) -> None:
    """Others may be too late too: they are told so, and that is all."""
    with suppress(ConversationError):
        await happening


conversations = st.sampled_from(CONVERSATIONS)
people = st.sampled_from(["the owner", "the owner", *PEOPLE])
texts = st.text(min_size=1, max_size=20).filter(lambda text: bool(text.replace("\x00", "").strip()))
outcomes = st.sampled_from([an_answer(), an_escalation(), None])
"""None: the responder breaks."""
acts = st.sampled_from(
    [
        "write",
        "try again",
        "answer",
        "claim",
        "reply",
        "hand back",
        "resolve",
        "ask for a person",
    ]
)


class TheCounter(RuleBasedStateMachine):
    """The shop's counter: customers write (and retry), the bot answers and is interrupted, people come and
    go, processes die between the two transactions. Two receptions stand for two processes."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = Clock()
        self.acknowledged: dict[tuple[str, str], LoggedEvent] = {}

    def stores(self) -> Stores:
        return in_memory()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @initialize()
    def the_doors_open(self) -> None:
        self.store = self.stores()
        self.desk = Desk(self.store.rival, self.clock)
        for name in CONVERSATIONS:
            self.run(self.store.log.open(name, ConversationOpened(), MONDAY))

    @rule(name=conversations, text=texts)
    def a_customer_writes(self, name: str, text: str) -> None:
        self.run(self.write(name, text))

    @rule(name=conversations, outcome=outcomes, act=st.none() | acts, who=people)
    def the_bot_answers(self, name: str, outcome: Decision | None, act: str | None, who: str) -> None:
        meanwhile = None if act is None else self.act(act, name, who)
        self.run(a_reception(self.store.log, Interrupted(outcome, meanwhile)).answer(name))
        if meanwhile is not None:
            meanwhile.close()

    @rule(name=conversations)
    def the_process_dies_between_the_transactions(self, name: str) -> None:
        async def composes_until_killed() -> None:
            responder = ScriptedResponder()
            responder.meanwhile = asyncio.Event().wait
            turn = asyncio.create_task(a_reception(self.store.log, responder).answer(name))
            await asyncio.wait([turn], timeout=0.01)
            turn.cancel()
            await asyncio.wait([turn])

        self.run(composes_until_killed())

    @rule(name=conversations, act=acts, who=people)
    def something_happens(self, name: str, act: str, who: str) -> None:
        self.run(_whatever(self.act(act, name, who)))

    @rule(name=conversations, endings=st.lists(st.sampled_from(["write", "reply", "hand back", "resolve"])))
    def a_person_comes_as_asked(self, name: str, endings: list[str]) -> None:
        for act in ("ask for a person", "claim", *endings):
            self.run(_whatever(self.act(act, name, "the owner")))

    @rule(name=conversations, author=st.sampled_from([Author.BOT, Author.STAFF]), who=st.sampled_from(PEOPLE))
    def somebody_speaks_without_looking(self, name: str, author: Author, who: str) -> None:
        """Straight to the log: it must hold even against our own mistakes."""
        messages = [e.position for e in self.events(name) if isinstance(e.event, MessageReceived)]
        event = an_outcome(*messages[-1:]) if author is Author.BOT else ReplySent(who, "Hello")
        self.run(_whatever(self.store.log.append(name, event, author, None, MONDAY)))

    @rule(name=conversations, useful=st.booleans(), position=st.integers(1, 12))
    def a_customer_judges(self, name: str, useful: bool, position: int) -> None:
        self.run(_whatever(a_reception(self.store.log).judge(name, position, useful)))

    @rule()
    def everything_derived_is_made_anew(self) -> None:
        before = self.run(every_ticket(self.store.queue)), list(self.run(self.store.log.unanswered()))
        self.run(self.store.log.rebuild())
        after = self.run(every_ticket(self.store.queue)), list(self.run(self.store.log.unanswered()))
        assert after == before

    async def act(self, act: str, name: str, who: str) -> None:
        reception = a_reception(self.store.rival)
        owner = fold(await self.store.rival.read(name)).owner
        speaker = owner.name or "zoe" if who == "the owner" else who
        match act:
            case "write":
                await self.write(name, "meanwhile")
            case "try again":
                for sent_to, client_id in list(self.acknowledged)[-1:]:
                    await self.send(sent_to, client_id, "again")
            case "answer":
                await reception.answer(name)
            case "claim":
                await self.desk.claim(name, an_agent(speaker))
            case "reply":
                await self.desk.reply(name, an_agent(speaker), "Hello")
            case "hand back":
                await self.desk.hand_back(name, an_agent(speaker))
            case "resolve":
                await self.desk.resolve(name, an_agent(speaker))
            case "ask for a person":
                await reception.request_person(name)

    async def write(self, name: str, text: str) -> None:
        await self.send(name, f"m{len(self.acknowledged)}", text)

    async def send(self, name: str, client_id: str, text: str) -> None:
        logged = await a_reception(self.store.log).receive(name, client_id, text)
        assert self.acknowledged.setdefault((name, client_id), logged) == logged

    @invariant()
    def each_message_has_one_outcome_and_there_is_one_speaker(self) -> None:
        for name in CONVERSATIONS:
            assert_lawful(self.events(name))

    @invariant()
    def nothing_acknowledged_is_lost(self) -> None:
        for (name, _), logged in self.acknowledged.items():
            assert self.events(name)[logged.position - 1] == logged

    @invariant()
    def a_reader_has_seen_it_all(self) -> None:
        read = self.run(self.store.rival.after(0, 10_000))
        assert [e.sequence for e in read] == list(range(1, len(read) + 1))
        assert sorted(read, key=lambda e: (e.conversation_id, e.position)) == [
            e for name in CONVERSATIONS for e in self.events(name)
        ]

    @invariant()
    def who_waits_for_a_person_has_the_ticket(self) -> None:
        for name in CONVERSATIONS:
            ticket = self.run(self.store.queue.of(name))
            owner = fold(self.events(name)).owner
            assert (owner == WAITING) == (ticket is not None and ticket.status is Status.OPEN)
            if ticket is not None and ticket.status is Status.CLAIMED:
                assert owner.name == ticket.claimed_by

    def events(self, name: str) -> list[LoggedEvent]:
        return list(self.run(self.store.log.read(name)))

    def teardown(self) -> None:
        """After a restart the bot owes nobody anything."""
        self.run(a_reception(self.store.log).resume())
        assert list(self.run(self.store.log.unanswered())) == []
        for name in CONVERSATIONS:
            events = self.events(name)
            assert_lawful(events)
            state = fold(events)
            assert not (state.owner == BOT and state.unanswered)
        self.close()
        self.runner.close()

    def close(self) -> None: ...


class TheCounterOnDisk(TheCounter):
    """The same, with two connections to one file."""

    def stores(self) -> Stores:
        self.folder = tempfile.TemporaryDirectory()
        self.exits = AsyncExitStack()
        url = f"sqlite:///{self.folder.name}/comptoir.db"
        return self.run(self.exits.enter_async_context(in_database(url)))

    def close(self) -> None:
        self.run(self.exits.aclose())
        self.folder.cleanup()


_slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
TestTheLawsInMemory = TheCounter.TestCase
TestTheLawsInMemory.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=_slow
)
TestTheLawsInSqlite = TheCounterOnDisk.TestCase
TestTheLawsInSqlite.settings = settings(
    max_examples=5, stateful_step_count=15, deadline=None, suppress_health_check=_slow
)


async def test_a_message_has_one_outcome_though_many_processes_race_for_it(database_url: str) -> None:
    """Every reception has its own connections; each message is sent to all of them at once."""
    async with AsyncExitStack() as exits:
        first = await exits.enter_async_context(in_database(database_url))
        logs = [first.log, first.rival]
        responders = [ScriptedResponder() for _ in range(6)]
        receptions = [a_reception(logs[n % 2], responder) for n, responder in enumerate(responders)]
        desk = Desk(first.rival, Clock())
        names = [f"c{n}" for n in range(4)]
        for name in names:
            await receptions[0].open(name)
        sent = [(name, f"m{n}") for name in names for n in range(3)]
        work = [r.handle(name, client_id, "My chair") for name, client_id in sent for r in receptions]
        claims = [_whatever(desk.claim(name, an_agent(who))) for name in names[:2] for who in PEOPLE]
        async with asyncio.timeout(60):
            await asyncio.gather(*work, *claims)
        for name in names:
            events = list(await first.log.read(name))
            assert_lawful(events)
            assert sum(isinstance(e.event, MessageReceived) for e in events) == 3
        assert list(await first.log.unanswered()) == []
        for name in names[2:]:
            assert sum(answered_by(await first.log.read(name)).values()) == 3


COMPOSES_FOR_EVER = """
import asyncio, sys
from bot.store.sql import SqlLog
from escalation.store.sql import SqlQueue
from knowledge.store.database import open_database
from tests.builders import ScriptedResponder, a_reception

async def main():
    engine = open_database(sys.argv[1])
    responder = ScriptedResponder()
    async def compose():
        print("composing", flush=True)
        await asyncio.sleep(600)
    responder.meanwhile = compose
    reception = a_reception(SqlLog(engine, [SqlQueue(engine)]), responder, time_limit=600.0)
    await reception.receive("c1", "m1", "Where is my chair?")
    await reception.receive("c1", "m2", "The red one")
    await reception.answer("c1")

asyncio.run(main())
"""


async def test_a_process_killed_between_the_transactions_loses_nothing(sqlite_url: str) -> None:
    async with in_database(sqlite_url) as stores:
        await stores.log.open("c1", ConversationOpened(), MONDAY)
        await asyncio.to_thread(killed_while_composing, sqlite_url)
        assert list(await stores.log.unanswered()) == ["c1"]
        reception = a_reception(stores.log)
        resumed = await reception.resume()
        assert [e.event.answers for e in resumed if isinstance(e.event, OutcomeGiven)] == [(2, 3)]
        assert await reception.handle("c1", "m1", "Where is my chair?") is None
        assert_lawful(list(await stores.log.read("c1")))


def killed_while_composing(url: str) -> None:
    command = [sys.executable, "-c", COMPOSES_FOR_EVER, url]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "composing"
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL

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
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.brief import Brief
from bot.conversation import BOT, WAITING, ConversationError, fold
from bot.decisions import Decision, Escalate, Priority
from bot.events import (
    Author,
    ConversationOpened,
    ConversationResolved,
    HandedBack,
    LoggedEvent,
    MarkedSpam,
    Merged,
    MessageReceived,
    OutcomeGiven,
    PersonAssigned,
    PersonJoined,
    PromiseMade,
    Released,
    Reopened,
    ReplySent,
    Review,
    Transferred,
)
from bot.teams import Assignment, ServiceLevel, Team
from escalation.card import Card
from escalation.desk import Desk
from escalation.directory import Search
from escalation.queue import Filter, Queue
from escalation.reviews import Judgement
from escalation.roster import Agent, Role
from escalation.ticket import Status, Ticket
from escalation.timekeeper import Timekeeper
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
PEOPLE = ("zoe", "ali", "lea")
"""Two agents and a lead."""
LEVELS = {Priority.NORMAL: ServiceLevel(first_response=5, resolution=30)}
TEAMS = {
    "support": Team(hours="Mo-Fr 09:00-18:00", service_levels=LEVELS, pick_up=5, idle=10),
    "orders": Team(assignment=Assignment.ROUND_ROBIN, idle=3, pick_up=2),
}
BRIEF = Brief(teams=TEAMS, timezone="UTC")


def agent(name: str) -> Agent:
    return an_agent(name, Role.LEAD if name == "lea" else Role.AGENT, on_duty=name != "ali")


def answered_by(events: Iterable[LoggedEvent]) -> Counter[int]:
    """How often each message was given an outcome, by position."""
    return Counter(n for e in events if isinstance(e.event, OutcomeGiven) for n in e.event.answers)


def assert_one_speaker_at_a_time(events: Iterable[LoggedEvent]) -> None:
    """`speaker` None: the customer waits, or all is said; for `given`, where it was given to somebody."""
    speaker: str | None = None
    given: str | None = None
    resolved = False
    for e in events:
        match e.event:
            case ConversationOpened():
                speaker = "the bot"
            case HandedBack():
                assert speaker != "the bot"
                assert not resolved
                speaker, given = "the bot", None
            case MessageReceived() if resolved:
                speaker, resolved = "the bot", False
            case OutcomeGiven(outcome=Escalate()):
                assert speaker == "the bot" or resolved
                speaker, resolved = None, False
            case OutcomeGiven():
                assert speaker == "the bot"
            case PersonAssigned(name=name):
                assert not resolved
                speaker, given = None, name
            case PersonJoined(name=name):
                speaker = name
            case ReplySent(name=name):
                assert name in (speaker, given)
                assert speaker in (None, name)
                speaker = name
            case Released(name=name):
                assert name in (speaker, given)
                speaker = given = None
            case PromiseMade():
                assert speaker is None
                assert not resolved
            case Transferred():
                assert speaker != "the bot"
                assert not resolved
                speaker = given = None
            case ConversationResolved() | MarkedSpam() | Merged():
                speaker, given, resolved = None, None, True
            case Reopened():
                assert resolved
                resolved = False


def assert_nobody_takes_it_from_another(events: Iterable[LoggedEvent]) -> None:
    """But the lead, and whoever gave it away while it is on its way."""
    owner: str | None = None
    giver: str | None = None
    for e in events:
        match e.event:
            case PersonAssigned(name=name, by=by):
                assert owner is None or by in (owner, giver, "lea")
                owner, giver = name, by
            case PersonJoined(name=name):
                assert owner is None or name in (owner, giver, "lea")
                owner, giver = name, None
            case ReplySent():
                giver = None
            case Released(by=by):
                assert by is None or by in (giver, "lea")
                owner = giver = None
            case HandedBack() | Transferred() | ConversationResolved() | MarkedSpam() | Merged():
                owner = giver = None


def assert_lawful(events: list[LoggedEvent]) -> None:
    messages = [e for e in events if isinstance(e.event, MessageReceived)]
    assert len({e.event.client_id for e in messages if isinstance(e.event, MessageReceived)}) == len(messages)
    outcomes = answered_by(events)
    assert all(count == 1 for count in outcomes.values())
    assert set(outcomes) <= {e.position for e in messages}
    assert [e.position for e in events] == list(range(1, len(events) + 1))
    assert_one_speaker_at_a_time(events)
    assert_nobody_takes_it_from_another(events)
    assert fold(events) == fold(events) == folded_stepwise(events)


async def every_ticket(queue: Queue, *statuses: Status) -> list[Ticket]:
    return list(await queue.open_tickets(10_000, Filter(statuses=frozenset(statuses or Status))))


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
        "go back to the bot",
        "close",
        "leave an address",
        "assign",
        "take back",
        "release",
        "transfer",
        "snooze",
        "wake",
        "tag",
        "prioritise",
        "spam",
        "merge",
        "reopen",
        "note",
        "review",
        "time passes",
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
        self.desk = Desk(self.store.rival, self.clock, tuple(TEAMS))
        parts = self.store.queue, self.store.roster, BRIEF, self.clock
        self.timekeepers = [Timekeeper(log, *parts) for log in (self.store.log, self.store.rival)]
        for person in PEOPLE:
            self.run(self.store.roster.save(agent(person)))
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

    @rule(minutes=st.integers(0, 45))
    def time_passes(self, minutes: int) -> None:
        """Both processes look at the clock at once, and then there is nothing left to do."""
        self.clock.pass_by(minutes)

        async def both() -> None:
            now = self.clock()
            await asyncio.gather(*(timekeeper.tick(now) for timekeeper in self.timekeepers))
            await self.timekeepers[0].tick(now)
            assert await self.timekeepers[1].tick(now) == []

        self.run(both())

    @rule(name=conversations, author=st.sampled_from([Author.BOT, Author.STAFF]), who=st.sampled_from(PEOPLE))
    def somebody_speaks_without_looking(self, name: str, author: Author, who: str) -> None:
        """Straight to the log: it must hold even against our own mistakes."""
        messages = [e.position for e in self.events(name) if isinstance(e.event, MessageReceived)]
        event = an_outcome(*messages[-1:]) if author is Author.BOT else ReplySent(who, "Hello")
        self.run(_whatever(self.store.log.append(name, event, author, None, MONDAY)))

    @rule(name=conversations, claims=st.sampled_from(PEOPLE), speaks=st.sampled_from(PEOPLE))
    def a_colleague_speaks_without_looking(self, name: str, claims: str, speaks: str) -> None:
        self.run(_whatever(self.act("ask for a person", name, claims)))
        self.run(_whatever(self.act("claim", name, claims)))
        for event in (ReplySent(speaks, "Hello"), Released(speaks)):
            self.run(_whatever(self.store.log.append(name, event, Author.STAFF, None, MONDAY)))

    @rule(name=conversations, useful=st.booleans(), position=st.integers(1, 12))
    def a_customer_judges(self, name: str, useful: bool, position: int) -> None:
        self.run(_whatever(a_reception(self.store.log).judge(name, position, useful)))

    @rule()
    def everything_derived_is_made_anew(self) -> None:
        before = self.run(self.derived())
        self.run(self.store.log.rebuild())
        assert self.run(self.derived()) == before

    async def derived(self) -> tuple[list[Ticket], list[str], list[Card], list[list[Judgement]]]:
        return (
            await every_ticket(self.store.queue),
            list(await self.store.log.unanswered()),
            list(await self.store.directory.find(Search(spam=None))),
            [list(await self.store.reviews.of(name)) for name in CONVERSATIONS],
        )

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
            case "ask for a person":
                await reception.request_person(name)
            case "go back to the bot":
                await reception.return_to_bot(name)
            case "close":
                await reception.close(name)
            case "leave an address":
                await reception.leave_contact(name, "jean@example.com")
            case _:
                await self.staff(act, name, agent(speaker))

    async def staff(self, act: str, name: str, who: Agent) -> None:
        other = next(other for other in CONVERSATIONS if other != name)
        match act:
            case "claim":
                await self.desk.claim(name, who)
            case "assign":
                await self.desk.assign(name, who, agent("ali"))
            case "take back":
                await self.desk.assign(name, who, who)
            case "reply":
                await self.desk.reply(name, who, "Hello")
            case "note":
                await self.desk.note(name, who, "Only for us")
            case "hand back":
                await self.desk.hand_back(name, who)
            case "resolve":
                await self.desk.resolve(name, who)
            case "release":
                await self.desk.release(name, who)
            case "transfer":
                await self.desk.transfer(name, who, "orders")
            case "snooze":
                await self.desk.snooze(name, who, self.clock() + timedelta(minutes=20))
            case "wake":
                await self.desk.wake(name, who)
            case "tag":
                await self.desk.tag(name, who, "Returns")
            case "prioritise":
                await self.desk.prioritise(name, who, Priority.URGENT)
            case "spam":
                await self.desk.mark_spam(name, who)
            case "merge":
                await self.desk.merge(name, who, other)
            case "reopen":
                await self.desk.reopen(name, who)
            case "review":
                await self.desk.review(name, who, 3, Review.WRONG)
            case "time passes":
                self.clock.pass_by(15)
                await self.timekeepers[0].tick(self.clock())
            case _:
                raise AssertionError(act)

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
    def who_waits_for_a_person_is_in_the_queue_exactly_once(self) -> None:
        open_ = self.run(every_ticket(self.store.queue, Status.OPEN))
        claimed = self.run(every_ticket(self.store.queue, Status.ASSIGNED, Status.CLAIMED))
        for name in CONVERSATIONS:
            owner = fold(self.events(name)).owner
            assert [t.conversation_id for t in open_].count(name) == (owner == WAITING)
            assert [t.claimed_by for t in claimed if t.conversation_id == name] == [
                *filter(None, [owner.name])
            ]
            ticket = self.run(self.store.queue.of(name))
            assert ticket is None or ticket in open_ + claimed or ticket.status is Status.RESOLVED

    @invariant()
    def everyone_in_the_queue_has_a_place_of_their_own(self) -> None:
        open_ = self.run(every_ticket(self.store.queue, Status.OPEN))
        for team in {ticket.team for ticket in open_}:
            awake = [t for t in open_ if t.team == team and not t.is_snoozed]
            places = [self.run(self.store.queue.place(ticket.number)) for ticket in awake]
            assert sorted(places, key=lambda place: place or 0) == list(range(1, len(awake) + 1))

    @invariant()
    def what_is_kept_ready_is_what_the_events_add_up_to(self) -> None:
        for name in CONVERSATIONS:
            state, card = fold(self.events(name)), self.run(self.store.directory.get(name))
            assert self.run(self.store.log.state(name)) == state
            assert card is not None
            assert (card.held, card.owner) == (state.owner.held, state.owner.name)

    @invariant()
    def a_promise_is_made_once_for_each_escalation(self) -> None:
        for name in CONVERSATIONS:
            promises = [e for e in self.events(name) if isinstance(e.event, PromiseMade)]
            tickets = [t for t in self.run(every_ticket(self.store.queue)) if t.conversation_id == name]
            assert len(promises) == sum(ticket.promised_at is not None for ticket in tickets)

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

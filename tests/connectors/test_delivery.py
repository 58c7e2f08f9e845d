"""Deliveries from the log: nothing is lost, nothing is sent twice on purpose, whatever is away or dies."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from bot.conversation import Held, State
from bot.events import (
    Author,
    ConversationOpened,
    Event,
    LoggedEvent,
    MessageReceived,
    PersonJoined,
    ReplySent,
)
from bot.log import ConversationLog
from connectors.delivery import (
    GIVE_UP,
    KEPT,
    LEASE,
    LONGEST_RETRY,
    Courier,
    Later,
    NotNeeded,
    Refused,
    backoff,
)
from connectors.outbox.jobs import Job, Outbox, OutboxUnavailable, job_for
from connectors.outbox.memory import MemoryOutbox
from connectors.outbox.sql import SqlOutbox
from connectors.outbox.tables import TABLES
from tests.builders import MONDAY
from tests.stores import Stores, in_database, in_memory

MINUTE = timedelta(minutes=1)


@dataclass
class Watch:
    """A clock that stands still until it is set."""

    now: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def passes(self, time: timedelta) -> None:
        self.now += time


@dataclass
class World:
    log: ConversationLog
    outbox: Outbox
    there: tuple[ConversationLog, Outbox]
    """The same, as another process has it."""
    watch: Watch = field(default_factory=Watch)

    async def happens(self, *events: Event, conversation: str = "c1") -> None:
        for event in events:
            await self.log.append(conversation, event, Author.SYSTEM, None, self.watch.now)

    async def with_person(self, conversation: str = "c1") -> None:
        await self.log.open(conversation, ConversationOpened(), self.watch.now)
        await self.happens(MessageReceived("m", "Hello?"), PersonJoined("zoe"), conversation=conversation)

    def courier(self, *doors: Door, there: bool = False) -> Courier:
        log, outbox = self.there if there else (self.log, self.outbox)
        return Courier(log, outbox, doors, self.watch, pause=0.01, chance=lambda: 0.5)


@dataclass
class Door:
    """Wants each reply delivered; says and does what it is told."""

    door: str = "pigeon"
    hears: tuple[type[Event], ...] = (ReplySent,)
    got: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    seen: list[State] = field(default_factory=list)
    does: Callable[[Job], object] = lambda job: None

    async def jobs_of(self, logged: LoggedEvent, state: State) -> Sequence[Job]:
        assert isinstance(logged.event, ReplySent)
        self.seen.append(state)
        return [job_for(self.door, logged, "reply", logged.event.text)]

    async def deliver(self, job: Job) -> None:
        self.tried.append(job.recipient)
        done = self.does(job)
        if asyncio.iscoroutine(done):
            await done
        self.got.append(job.recipient)


def failing(*errors: Exception) -> Callable[[Job], object]:
    """One after the other, then no more."""
    left = list(errors)

    def does(job: Job) -> None:
        if left:
            raise left.pop(0)

    return does


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "memory":
        stores, outbox = in_memory(), MemoryOutbox()
        yield World(stores.log, outbox, (stores.rival, outbox))
        return
    url = request.getfixturevalue(f"{request.param}_url")
    async with in_database(url) as stores, in_database(url) as others:
        yield World(stores.log, await an_outbox(stores), (others.log, await an_outbox(others)))


async def an_outbox(stores: Stores) -> SqlOutbox:
    assert stores.engine is not None
    async with stores.engine.begin() as connection:
        for table in reversed(TABLES):
            await connection.run_sync(table.create, checkfirst=True)
    return SqlOutbox(stores.engine)


def a_reply(text: str = "Hello") -> ReplySent:
    return ReplySent("zoe", text)


async def test_what_is_said_after_a_door_was_switched_on_is_delivered_there_once(world: World) -> None:
    await world.with_person()
    await world.happens(a_reply("said before"))
    door = Door()
    courier = world.courier(door)
    await courier.round()
    await world.happens(a_reply("one"), MessageReceived("m2", "I see"), a_reply("two"))
    for _ in range(3):
        await courier.round()
    assert door.got == ["one", "two"]


async def test_after_a_restart_it_goes_on_where_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.delivery.BATCH", 10)
    await world.with_person()
    await world.courier(Door()).round()
    await world.happens(*(a_reply(f"{n}") for n in range(25)))
    first, second = Door(), Door()
    await world.courier(first).round()
    await world.happens(a_reply("last"))
    await world.courier(second).round()
    assert first.got == [f"{n}" for n in range(25)], "more than are read at once"
    assert second.got == ["last"]


async def test_a_door_is_told_how_the_conversation_was_then_not_how_it_is_now(world: World) -> None:
    await world.with_person()
    door = Door()
    courier = world.courier(door)
    await courier.round()
    await world.happens(a_reply("one"), MessageReceived("m2", "and?"), PersonJoined("max"))
    await courier.round()
    (state,) = door.seen
    assert (state.owner.held, state.owner.name, state.unanswered) == (Held.PERSON, "zoe", ())


async def test_each_door_has_its_own_cursor(world: World) -> None:
    await world.with_person()
    pigeon, raven = Door("pigeon"), Door("raven")
    await world.courier(pigeon).round()
    await world.happens(a_reply("one"))
    both = world.courier(pigeon, raven)
    await both.round()
    await world.happens(a_reply("two"))
    await both.round()
    assert (pigeon.got, raven.got) == (["one", "two"], ["two"])


async def test_a_door_that_is_away_for_an_hour_misses_nothing_and_gets_nothing_twice(world: World) -> None:
    away = True

    def knocked(job: Job) -> None:
        if away:
            raise Later("nobody opens")

    await world.with_person()
    door = Door(does=knocked)
    courier = world.courier(door)
    await courier.round()
    said = []
    for n in range(20):
        said.append(f"{n}")
        await world.happens(a_reply(f"{n}"))
        await courier.round()
        world.watch.passes(3 * MINUTE)
    away = False
    assert door.got == []
    for _ in range(10):
        await courier.round()
        world.watch.passes(3 * MINUTE)
    assert door.got == said
    assert len(door.tried) < len(said) + 12, "it knocks ever more rarely"


async def test_a_door_that_says_when_is_asked_again_then_and_it_is_no_failure(world: World) -> None:
    await world.with_person()
    busy = [Later("busy", timedelta(seconds=7))] * 5
    door = Door(does=failing(*busy, Later("broken")))
    courier = world.courier(door)
    await courier.round()
    await world.happens(a_reply())
    for _ in busy:
        tried = len(door.tried)
        await courier.round()
        assert len(door.tried) == tried + 1
        world.watch.passes(timedelta(seconds=6.9))
        await courier.round()
        assert len(door.tried) == tried + 1, "not before its time"
        world.watch.passes(timedelta(seconds=0.1))
    await courier.round()
    world.watch.passes(timedelta(seconds=31))
    await courier.round()
    assert door.got == ["Hello"], "one failure means the first pause"


async def test_what_is_refused_is_a_dead_letter_with_its_reason_and_stops_nobody(world: World) -> None:
    await world.with_person()
    door = Door(does=failing(Refused("no such nest")))
    courier = world.courier(door)
    await courier.round()
    await world.happens(a_reply("lost"), a_reply("found"))
    await courier.round()
    world.watch.passes(LONGEST_RETRY * 2)
    await courier.round()
    assert (door.tried, door.got) == (["lost", "found"], ["found"])
    (letter,) = await world.outbox.dead_letters("pigeon")
    assert (letter.job.recipient, letter.reason) == ("lost", "no such nest")
    await world.outbox.take_up_again(world.watch.now)
    await courier.round()
    assert door.got == ["found", "lost"]


async def test_what_is_not_needed_any_more_is_done(world: World) -> None:
    await world.with_person()
    door = Door(does=failing(NotNeeded("she came by")))
    courier = world.courier(door)
    await courier.round()
    await world.happens(a_reply())
    for _ in range(2):
        await courier.round()
        world.watch.passes(LONGEST_RETRY)
    assert len(door.tried) == 1
    assert await world.outbox.dead_letters() == []
    assert (await world.outbox.standing("pigeon", world.watch.now)).waiting == 0


async def test_a_door_that_stays_away_is_given_up_and_told(world: World) -> None:
    await world.with_person()
    door = Door(does=failing(*[Later("nobody opens")] * 1000))
    courier = world.courier(door)
    await courier.round()
    await world.happens(a_reply())
    for _ in range(8):
        await courier.round()
        world.watch.passes(GIVE_UP / 6)
    (letter,) = await world.outbox.dead_letters()
    assert letter.reason == "given up after 3 days: nobody opens"
    assert letter.at - MONDAY >= GIVE_UP


async def test_what_nobody_foresaw_is_tried_again(world: World) -> None:
    await world.with_person()
    door = Door(does=failing(ZeroDivisionError("oops"), TimeoutError()))
    courier = world.courier(door)
    await courier.round()
    await world.happens(a_reply())
    for _ in range(3):
        await courier.round()
        world.watch.passes(LONGEST_RETRY)
    assert door.got == ["Hello"]


async def test_an_event_that_a_door_stumbles_over_is_told_and_the_next_ones_go_on(world: World) -> None:
    @dataclass
    class Clumsy(Door):
        async def jobs_of(self, logged: LoggedEvent, state: State) -> Sequence[Job]:
            if logged.event == a_reply("stone"):
                raise ZeroDivisionError("oops")
            return await Door.jobs_of(self, logged, state)

    await world.with_person()
    door = Clumsy()
    courier = world.courier(door)
    await courier.round()
    await world.happens(a_reply("stone"), a_reply("grass"))
    await courier.round()
    assert door.got == ["grass"]
    (letter,) = await world.outbox.dead_letters()
    assert (letter.job.kind, letter.reason) == ("reply_sent", "not understood: ZeroDivisionError: oops")


async def test_what_was_said_in_a_conversation_that_is_forgotten_just_then_is_passed_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.with_person()
    door = Door()
    courier = world.courier(door)
    await courier.round()
    await world.happens(a_reply())
    after = world.log.after

    async def after_and_forget(sequence: int, limit: int) -> Sequence[LoggedEvent]:
        events = await after(sequence, limit)
        await world.log.forget(["c1"])
        return events

    monkeypatch.setattr(world.log, "after", after_and_forget)
    await courier.round()
    assert (door.got, await world.outbox.dead_letters()) == ([], [])


async def test_a_store_that_is_away_while_events_are_read_loses_none(world: World) -> None:
    @dataclass
    class Forgetful(Door):
        away: bool = True

        async def jobs_of(self, logged: LoggedEvent, state: State) -> Sequence[Job]:
            if self.away:
                raise OutboxUnavailable("the roster does not answer")
            return await Door.jobs_of(self, logged, state)

    await world.with_person()
    door = Forgetful()
    courier = world.courier(door)
    await courier.round()
    await world.happens(a_reply())
    with pytest.raises(OutboxUnavailable):
        await courier.round()
    door.away = False
    await courier.round()
    assert door.got == ["Hello"]


async def test_two_processes_share_the_work_and_do_nothing_twice(world: World) -> None:
    door = Door(does=lambda job: asyncio.sleep(0))
    here, there = world.courier(door), world.courier(door, there=True)
    await here.round()
    everyone = [f"c{n}" for n in range(10)]
    for conversation in everyone:
        await world.with_person(conversation)
    for turn in range(3):
        for conversation in everyone:
            await world.happens(a_reply(f"{conversation} {turn}"), conversation=conversation)
        await asyncio.gather(here.round(), there.round())
    await asyncio.gather(here.round(), there.round())
    assert Counter(door.got) == Counter(f"{c} {turn}" for c in everyone for turn in range(3))
    for conversation in everyone:
        theirs = [text for text in door.got if text.startswith(f"{conversation} ")]
        assert theirs == sorted(theirs), "in the order in which they were said"


async def test_a_process_that_dies_after_delivering_leaves_at_most_one_more_with_the_same_id(
    world: World,
) -> None:
    delivered: list[str] = []

    async def dies(job: Job) -> None:
        delivered.append(job.id)
        if len(delivered) == 1:
            raise asyncio.CancelledError

    await world.with_person()
    door = Door(does=dies)
    await world.courier(door).round()
    await world.happens(a_reply())
    with suppress(asyncio.CancelledError):
        await world.courier(door).round()
    survivor = world.courier(door, there=True)
    await survivor.round()
    assert len(delivered) == 1, "it may still be on its way"
    world.watch.passes(LEASE)
    await survivor.round()
    await survivor.round()
    assert delivered == [delivered[0]] * 2


async def test_what_was_delivered_is_marked_even_if_the_store_is_away_just_then(world: World) -> None:
    await world.with_person()
    door = Door()
    courier = world.courier(door)
    await courier.round()
    await world.happens(a_reply())
    settle = world.outbox.settle
    failures = [OutboxUnavailable("away")]

    async def stumbling(*arguments: object) -> bool:
        if failures:
            raise failures.pop()
        return await settle(*arguments)  # type: ignore[arg-type]

    world.outbox.settle = stumbling  # type: ignore[assignment, method-assign]
    await courier.round()
    world.watch.passes(LEASE * 2)
    await courier.round()
    assert door.got == ["Hello"]


async def test_a_stopped_courier_ends_what_it_began_and_begins_nothing(world: World) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(job: Job) -> None:
        begun.set()
        await go_on.wait()

    await world.with_person()
    door = Door(does=slowly)
    courier = world.courier(door)
    await courier.round()
    await world.happens(a_reply("one"), a_reply("two"))
    running = asyncio.create_task(courier.run())
    await begun.wait()
    stopping = asyncio.create_task(courier.stop(30))
    go_on.set()
    await stopping
    await running
    assert door.got == ["one"]
    other = Door()
    await world.courier(other, there=True).round()
    assert other.got == ["two"]


async def test_it_goes_on_by_itself_when_the_store_was_away(world: World) -> None:
    await world.with_person()
    door = Door()
    courier = world.courier(door)
    await courier.round()
    await world.happens(a_reply())
    claim = world.outbox.claim
    failures: list[Exception] = [OutboxUnavailable("away"), OutboxUnavailable("still away")]

    async def stumbling(*arguments: object) -> object:
        if failures:
            raise failures.pop()
        return await claim(*arguments)  # type: ignore[arg-type]

    world.outbox.claim = stumbling  # type: ignore[assignment, method-assign]
    got = asyncio.Event()
    door.does = lambda job: got.set()
    running = asyncio.create_task(courier.run())
    await asyncio.wait_for(got.wait(), 30)
    await courier.stop(30)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert door.got == ["Hello"]


async def test_what_happened_while_a_door_was_switched_off_for_long_is_not_news_any_more(
    world: World,
) -> None:
    await world.with_person()
    await world.courier(Door()).round()
    await world.happens(a_reply("old"))
    world.watch.passes(GIVE_UP - MINUTE)
    await world.happens(a_reply("new"))
    world.watch.passes(2 * MINUTE)
    door = Door()
    await world.courier(door).round()
    assert door.got == ["new"]


async def test_what_was_done_is_forgotten_in_time(world: World) -> None:
    await world.with_person()
    door = Door(does=failing(Refused("no such nest")))
    courier = world.courier(door)
    await courier.round()
    await world.happens(a_reply())
    await courier.round()
    world.watch.passes(KEPT + MINUTE)
    await courier.round()
    assert await world.outbox.dead_letters() == []


def test_pauses_grow_to_a_limit_and_differ() -> None:
    middle = [backoff(attempt, 0.5) for attempt in range(1, 40)]
    assert middle[:3] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert max(middle) == LONGEST_RETRY
    assert backoff(1, 0) == timedelta(seconds=22.5)
    assert backoff(1, 1) == timedelta(seconds=37.5)

"""Nobody is forgotten: what the time asks for is done, once, whoever looks after it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from bot.brief import Brief
from bot.conversation import WAITING, person
from bot.decisions import Priority, Reason
from bot.events import (
    Author,
    ContactLeft,
    ConversationOpened,
    Event,
    LoggedEvent,
    Measure,
    MessageReceived,
    NoteWritten,
    OutcomeGiven,
    PersonAssigned,
    PersonJoined,
    PromiseMade,
    Released,
    ReleaseReason,
    ReplySent,
    ServiceLevelBreached,
    ServiceLevelWarned,
    Snoozed,
    Woken,
)
from bot.log import state_of
from bot.teams import Assignment, ServiceLevel, Team
from escalation.queue import QueueUnavailable
from escalation.ticket import Status
from escalation.timekeeper import Timekeeper
from tests.builders import MONDAY, Clock, an_agent, an_escalation
from tests.stores import Stores, in_database, in_memory

LEVELS = {Priority.NORMAL: ServiceLevel(first_response=60, resolution=600, warn_at=0.75)}
BRIEF = Brief(
    teams={
        "support": Team(
            title={"fr": "l'équipe", "en": "our team"},
            hours="Mo-Fr 09:00-18:00",
            pick_up=10,
            promise=120,
            idle=20,
        ),
        "levels": Team(service_levels=LEVELS, pick_up=10_000, idle=10_000),
        "shared": Team(assignment=Assignment.ROUND_ROBIN, pick_up=10_000, idle=20),
    },
    timezone="UTC",
)


@pytest.fixture
def stores() -> Stores:
    return in_memory()


def minutes(n: float) -> datetime:
    return MONDAY + timedelta(minutes=n)


def timekeeper(stores: Stores) -> Timekeeper:
    return Timekeeper(stores.log, stores.queue, stores.roster, BRIEF, Clock())


async def escalated(
    stores: Stores, team: str | None = None, name: str = "c1", at: float = 0, language: str = "en"
) -> None:
    await stores.log.open(name, ConversationOpened(), minutes(at))
    await happens(stores, MessageReceived("m1", "My chair?"), at, name)
    outcome = OutcomeGiven(an_escalation(Reason.LOW_CONFIDENCE, team=team), (2,), 0.4, {}, language)
    await happens(stores, outcome, at, name)


async def happens(stores: Stores, event: Event, at: float, name: str = "c1") -> None:
    await stores.log.append(name, event, Author.STAFF, None, minutes(at))


async def tick(stores: Stores, at: float) -> list[Event]:
    done = await timekeeper(stores).tick(minutes(at))
    assert all(logged.author is Author.SYSTEM for logged in done)
    assert await timekeeper(stores).tick(minutes(at)) == []
    return [logged.event for logged in done]


async def test_a_claim_that_someone_sits_on_is_released(stores: Stores) -> None:
    await escalated(stores)
    await happens(stores, PersonJoined("zoe"), 1)
    assert await tick(stores, 20) == []
    assert await tick(stores, 21) == [Released("zoe", ReleaseReason.IDLE)]
    assert (await state_of(stores.log, "c1")).owner == WAITING


@pytest.mark.parametrize("sign", [ReplySent("zoe", "I look into it"), NoteWritten("zoe", "Ask Ali")])
async def test_a_sign_of_life_keeps_the_claim(stores: Stores, sign: Event) -> None:
    await escalated(stores)
    await happens(stores, PersonJoined("zoe"), 1)
    await happens(stores, sign, 15)
    await happens(stores, MessageReceived("m2", "Hello?"), 16)
    assert await tick(stores, 30) == []
    assert await tick(stores, 37) == [Released("zoe", ReleaseReason.IDLE)]


async def test_silence_while_it_is_the_customers_turn_is_nobodys_fault(stores: Stores) -> None:
    await escalated(stores)
    await happens(stores, PersonJoined("zoe"), 1)
    await happens(stores, ReplySent("zoe", "Which one?"), 2)
    assert await tick(stores, 300) == []


async def test_a_night_is_no_silence(stores: Stores) -> None:
    await escalated(stores, at=8 * 60 + 55)
    await happens(stores, PersonJoined("zoe"), 8 * 60 + 56)
    assert await tick(stores, 23 * 60) == []
    assert await tick(stores, 24 * 60 + 17) == [Released("zoe", ReleaseReason.IDLE)]


async def test_who_goes_off_duty_leaves_the_waiting_customers_to_others(stores: Stores) -> None:
    await stores.roster.save(an_agent("zoe", on_duty=True))
    await escalated(stores)
    await happens(stores, PersonJoined("zoe"), 1)
    assert await tick(stores, 2) == []
    await stores.roster.set_duty("zoe", False, minutes(3))
    assert await tick(stores, 4) == [Released("zoe", ReleaseReason.OFF_DUTY)]


async def test_who_claims_while_off_duty_may(stores: Stores) -> None:
    await stores.roster.save(an_agent("zoe", on_duty=True))
    await stores.roster.set_duty("zoe", False, minutes(-5))
    await escalated(stores)
    await happens(stores, PersonJoined("zoe"), 1)
    assert await tick(stores, 2) == []


async def test_what_was_put_aside_comes_back_at_its_time(stores: Stores) -> None:
    await escalated(stores)
    await happens(stores, PersonJoined("zoe"), 1)
    await happens(stores, Snoozed(minutes(90), "zoe"), 2)
    assert await tick(stores, 89) == []
    assert await tick(stores, 90) == [Woken()]
    assert await tick(stores, 100) == []
    assert await tick(stores, 110) == [Released("zoe", ReleaseReason.IDLE)]


async def test_people_are_warned_before_they_are_late_and_told_when_they_are(stores: Stores) -> None:
    await escalated(stores, "levels")
    assert await tick(stores, 44) == []
    assert await tick(stores, 45) == [ServiceLevelWarned(Measure.FIRST_RESPONSE, minutes(60))]
    assert await tick(stores, 60) == []
    assert await tick(stores, 61) == [ServiceLevelBreached(Measure.FIRST_RESPONSE, minutes(60))]
    await happens(stores, PersonJoined("zoe"), 70)
    await happens(stores, ReplySent("zoe", "Sorry!"), 71)
    await happens(stores, MessageReceived("m2", "And?"), 81)
    assert await tick(stores, 459) == []
    assert await tick(stores, 460) == [ServiceLevelWarned(Measure.RESOLUTION, minutes(610))]


async def test_who_was_away_for_long_is_told_only_of_the_breach(stores: Stores) -> None:
    await escalated(stores, "levels")
    assert await tick(stores, 300) == [ServiceLevelBreached(Measure.FIRST_RESPONSE, minutes(60))]


@pytest.mark.parametrize(
    ("language", "said", "address"),
    [
        ("en", "our team will answer you at 11:15 at the latest", "Leave us an address"),
        ("fr", "l'équipe vous répondra au plus tard à 11\u00a0h\u00a015", "Laissez-nous une adresse"),
    ],
)
async def test_a_customer_with_whom_nobody_is_in_time_gets_an_honest_promise(
    stores: Stores, language: str, said: str, address: str
) -> None:
    await escalated(stores, language=language)
    assert await tick(stores, 9) == []
    [promise] = await tick(stores, 10)
    assert isinstance(promise, PromiseMade)
    assert said in promise.text
    assert address in promise.text
    assert promise.by_when == minutes(130)
    assert await tick(stores, 135) == []


async def test_who_left_an_address_is_not_asked_for_it_again(stores: Stores) -> None:
    await escalated(stores)
    await happens(stores, ContactLeft("jean@example.com"), 1)
    [promise] = await tick(stores, 10)
    assert isinstance(promise, PromiseMade)
    assert "address" not in promise.text


async def test_a_promise_that_was_not_kept_is_apologised_for_once(stores: Stores) -> None:
    await escalated(stores, language="fr")
    [promise] = await tick(stores, 10)
    assert isinstance(promise, PromiseMade)
    assert await tick(stores, 135) == [], "11:15 was said"
    [apology] = await tick(stores, 136)
    assert isinstance(apology, PromiseMade)
    assert "vous devriez déjà avoir une réponse" in apology.text
    assert apology.by_when is None, "nobody believes a second one"
    assert await tick(stores, 1000) == []


async def test_a_promise_that_was_kept_is_not_apologised_for(stores: Stores) -> None:
    await escalated(stores)
    assert len(await tick(stores, 10)) == 1
    await happens(stores, PersonJoined("zoe"), 100)
    await happens(stores, ReplySent("zoe", "I ask a colleague."), 101)
    await happens(stores, PersonAssigned("ali", by="zoe"), 102)
    assert not any(isinstance(event, PromiseMade) for event in await tick(stores, 140))


async def test_nothing_is_promised_for_the_night_in_which_nobody_is_there(stores: Stores) -> None:
    await escalated(stores, at=8 * 60 + 55)
    assert await tick(stores, 20 * 60) == []
    [promise] = await tick(stores, 24 * 60 + 5)
    assert isinstance(promise, PromiseMade)
    assert promise.by_when == minutes(26 * 60 + 5)


async def test_without_hours_no_time_is_promised() -> None:
    stores = in_memory()
    brief = Brief(teams={"support": Team(pick_up=10)})
    await escalated(stores)
    keeper = Timekeeper(stores.log, stores.queue, stores.roster, brief, Clock())
    [logged] = await keeper.tick(minutes(10))
    assert isinstance(logged.event, PromiseMade)
    assert logged.event.by_when is None
    assert "our team will answer you" in logged.event.text


async def test_customers_are_shared_out_among_those_who_are_there(stores: Stores) -> None:
    for name, on_duty in (("zoe", True), ("ali", True), ("tom", False)):
        await stores.roster.save(an_agent(name, on_duty=on_duty))
    for n in range(4):
        await escalated(stores, "shared", f"c{n}")
    await escalated(stores, "support", "pulled")
    assert await tick(stores, 1) == [
        PersonAssigned(name, name.title()) for name in ("ali", "zoe", "ali", "zoe")
    ]
    assert (await state_of(stores.log, "c0")).owner == person("ali")
    assert (await state_of(stores.log, "pulled")).owner == WAITING


async def test_who_let_a_customer_wait_does_not_get_them_again_at_once(stores: Stores) -> None:
    for name in ("zoe", "ali"):
        await stores.roster.save(an_agent(name, on_duty=True))
    await escalated(stores, "shared")
    assert await tick(stores, 1) == [PersonAssigned("ali", "Ali")]
    assert await tick(stores, 21) == [Released("ali", ReleaseReason.IDLE), PersonAssigned("zoe", "Zoe")]


async def test_who_is_alone_and_does_not_come_is_not_given_the_same_customer_for_ever(
    stores: Stores,
) -> None:
    await stores.roster.save(an_agent("ali", on_duty=True))
    await escalated(stores, "shared")
    given, released = PersonAssigned("ali", "Ali"), Released("ali", ReleaseReason.IDLE)
    assert await tick(stores, 1) == [given]
    assert await tick(stores, 21) == [released, given]
    assert await tick(stores, 41) == [released]
    assert await tick(stores, 300) == []
    assert (await state_of(stores.log, "c1")).owner == WAITING


async def test_to_be_given_a_customer_is_neither_a_pick_up_nor_a_first_response(stores: Stores) -> None:
    """The customer waits as before: who has it has not come, the promise is made, the clock runs."""
    levels = {Priority.NORMAL: ServiceLevel(first_response=30)}
    team = Team(assignment=Assignment.ROUND_ROBIN, pick_up=10, idle=60, service_levels=levels)
    brief = Brief(teams={"shared": team}, timezone="UTC")
    keeper = Timekeeper(stores.log, stores.queue, stores.roster, brief, Clock())
    await stores.roster.save(an_agent("zoe", on_duty=True))
    await escalated(stores, "shared")
    assert [e.event for e in await keeper.tick(minutes(1))] == [PersonAssigned("zoe", "Zoe")]
    ticket = await stores.queue.of("c1")
    assert ticket is not None
    assert (ticket.status, ticket.claimed_by, ticket.picked_up_at) == (Status.ASSIGNED, "zoe", None)
    assert await stores.queue.place(ticket.number) == 1
    assert await stores.queue.pick_ups("shared") == []
    assert (await stores.queue.workloads())["zoe"].claimed == 1
    [promise] = await keeper.tick(minutes(10))
    assert isinstance(promise.event, PromiseMade)
    assert [e.event.kind for e in await keeper.tick(minutes(31))] == ["service_level_breached"]
    await happens(stores, ReplySent("zoe", "Hello"), 40)
    ticket = await stores.queue.of("c1")
    assert ticket is not None
    assert (ticket.status, ticket.picked_up_at) == (Status.CLAIMED, minutes(40))
    assert ticket.first_reply_at == minutes(40)
    assert await stores.queue.place(ticket.number) is None


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    async with in_database(request.getfixturevalue(f"{request.param}_url")) as stores:
        yield stores


async def test_several_processes_do_each_thing_once(database: Stores) -> None:
    await database.roster.save(an_agent("zoe", on_duty=True))
    for n in range(3):
        await escalated(database, "shared", f"shared{n}")
        await escalated(database, name=f"late{n}")
    parts = database.queue, database.roster, BRIEF, Clock()
    keepers = [Timekeeper(log, *parts) for log in [database.log, database.rival] * 2]
    done = await asyncio.gather(*(keeper.tick(minutes(15)) for keeper in keepers))
    events = [logged for one in done for logged in one]
    assert sorted(logged.conversation_id for logged in events) == sorted(
        [*(f"late{n}" for n in range(3)), *(f"shared{n}" for n in range(3))]
    )
    for n in range(3):
        assert sum(isinstance(e.event, PromiseMade) for e in await database.log.read(f"late{n}")) == 1
        assert sum(isinstance(e.event, PersonAssigned) for e in await database.log.read(f"shared{n}")) == 1


async def test_a_reply_on_the_way_saves_the_claim(stores: Stores) -> None:
    """The person speaks after the ticket was looked at and before it is released."""
    await escalated(stores)
    await happens(stores, PersonJoined("zoe"), 1)

    class SpeaksFirst:
        async def state(self, conversation_id: str) -> object:
            state = await stores.log.state(conversation_id)
            await happens(stores, ReplySent("zoe", "Here I am"), 30)
            return state

        def __getattr__(self, name: str) -> object:
            return getattr(stores.log, name)

    keeper = Timekeeper(SpeaksFirst(), stores.queue, stores.roster, BRIEF, Clock())  # type: ignore[arg-type]
    assert await keeper.tick(minutes(30)) == []
    assert (await state_of(stores.log, "c1")).owner == person("zoe")


async def test_what_fails_is_reported_and_tried_again(
    stores: Stores, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks: list[datetime] = []

    async def fails_once(now: datetime) -> list[LoggedEvent]:
        ticks.append(now)
        if len(ticks) == 1:
            raise QueueUnavailable("the disk is full")
        if len(ticks) == 3:
            running.cancel()
        return []

    keeper = Timekeeper(stores.log, stores.queue, stores.roster, BRIEF, Clock(), interval=0)
    monkeypatch.setattr(keeper, "tick", fails_once)
    running = asyncio.create_task(keeper.run())
    with caplog.at_level(logging.ERROR), suppress(asyncio.CancelledError):
        await running
    assert len(ticks) == 3
    assert "the disk is full" in caplog.text

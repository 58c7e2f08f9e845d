"""What every conversation log keeps to: in memory, in a SQLite file, in a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import delete, insert, update

from bot.conversation import (
    BOT,
    AlreadyAnswered,
    AnotherCustomer,
    ConversationError,
    NotYourTurn,
    State,
    UnknownTransition,
    fold,
)
from bot.decisions import Card, Clarify, EntryLink, Priority, Route, SmallTalk
from bot.events import (
    AnswerJudged,
    AnswerReviewed,
    Author,
    ContactLeft,
    ConversationOpened,
    ConversationRated,
    ConversationResolved,
    CorrectionPublished,
    Customer,
    CustomerIdentified,
    Event,
    HandedBack,
    LoggedEvent,
    MarkedSpam,
    Measure,
    Merged,
    MessageReceived,
    NoteWritten,
    OutcomeGiven,
    PersonAssigned,
    PersonJoined,
    Prioritised,
    PromiseMade,
    Released,
    ReleaseReason,
    Reopened,
    ReplyEdited,
    ReplySent,
    ReplyWithdrawn,
    Review,
    ServiceLevelBreached,
    ServiceLevelWarned,
    Snoozed,
    Tagged,
    TranscriptRequested,
    Transferred,
    TurnDropped,
    Untagged,
    Woken,
)
from bot.log import (
    ConversationLog,
    ConversationMoved,
    Expected,
    LogUnavailable,
    MessagesChanged,
    UnknownConversation,
    state_of,
)
from bot.store.sql import SqlLog
from bot.store.tables import answered_messages, conversations
from escalation.store.sql import SqlQueue
from escalation.store.tables import cards
from knowledge.entries import ResourceKind
from knowledge.store.database import open_database
from tests.builders import MONDAY, an_answer, an_escalation, an_outcome
from tests.stores import Stores, in_database, in_memory


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    if request.param == "memory":
        yield in_memory()
        return
    async with in_database(request.getfixturevalue(f"{request.param}_url")) as stores:
        yield stores


async def opened(stores: Stores, conversation_id: str = "c1") -> None:
    await stores.log.open(conversation_id, ConversationOpened("fr", "widget"), MONDAY)


async def append(
    stores: Stores, event: Event, expected: Expected | None = None, conversation_id: str = "c1"
) -> LoggedEvent:
    return await stores.log.append(conversation_id, event, Author.SYSTEM, expected, MONDAY)


async def expecting(stores: Stores, *, messages: bool = False) -> Expected:
    state = await state_of(stores.log, "c1")
    return Expected(state.owner, state.epoch, state.unanswered_positions if messages else None)


def message(client_id: str, text: str = "How do I return a chair?") -> MessageReceived:
    return MessageReceived(client_id, text)


async def test_opening_twice_gives_the_conversation_that_is_there(stores: Stores) -> None:
    first = await stores.log.open("c1", ConversationOpened("fr"), MONDAY)
    again = await stores.rival.open("c1", ConversationOpened("en"), MONDAY + timedelta(days=1))
    assert again == first
    assert [e.event for e in await stores.log.read("c1")] == [ConversationOpened("fr")]


async def test_nothing_is_appended_to_a_conversation_that_nobody_opened(stores: Stores) -> None:
    with pytest.raises(UnknownConversation):
        await append(stores, message("m1"))
    assert list(await stores.log.read("c1")) == []
    with pytest.raises(UnknownConversation):
        await state_of(stores.log, "c1")


async def test_every_kind_of_event_comes_back_as_it_went_in(stores: Stores) -> None:
    card = Card(
        "phone", ResourceKind.PHONE, "Téléphone", "Appelez-nous", "+33 1 23", "Mo-Fr 09:00-18:00", True, "…"
    )
    events: list[Event] = [
        *(message(f"m{n}", "Où est ma commande ?\n🪑") for n in range(5)),
        an_outcome(2),
        an_outcome(3, outcome=Route("Appelez :", card)),
        an_outcome(
            4,
            outcome=Clarify("A or B?", (EntryLink("a", "A", "https://shop.example/a"), EntryLink("b", "B"))),
        ),
        an_outcome(5, outcome=SmallTalk("Bonjour !"), rejected=True),
        AnswerJudged(7, useful=False, comment="no"),
        TurnDropped((6,), "late"),
        an_outcome(6, outcome=an_escalation(topic="fraud", team="trust")),
        PromiseMade("It takes longer.", MONDAY + timedelta(hours=2)),
        PersonAssigned("zoe", "Zoé", by="lea"),
        PersonJoined("zoe", "Zoé", team="care"),
        ReplySent("zoe", "Hello", "Zoé", "r1"),
        ReplyEdited(15, "Hello Jean", "zoe", "Zoé", "e1"),
        ReplyWithdrawn(15, "lea", "Zoé"),
        NoteWritten("ali", "He called yesterday 🔒", "n1"),
        Snoozed(MONDAY + timedelta(days=1), "zoe"),
        Woken(),
        Tagged("returns", "zoe"),
        Untagged("returns", "zoe"),
        Prioritised(Priority.URGENT, "zoe"),
        ServiceLevelWarned(Measure.FIRST_RESPONSE, MONDAY),
        ServiceLevelBreached(Measure.RESOLUTION, MONDAY),
        Released("zoe", ReleaseReason.IDLE),
        Transferred("orders", "lea"),
        ContactLeft("jean@example.com"),
        TranscriptRequested("jean@example.com"),
        CustomerIdentified(Customer("42", "Jean", "jean@example.com", "gold")),
        MarkedSpam("zoe"),
        Reopened("lea"),
        Merged("c2", "zoe"),
        Reopened("lea"),
        HandedBack("zoe"),
        ConversationResolved("zoe"),
        ConversationRated(4, "merci"),
        AnswerReviewed(7, "zoe", Review.WRONG, "30 days", "changed"),
        AnswerReviewed(7, "zoe", None),
        CorrectionPublished(7, "returns-2", "lea"),
    ]
    assert {type(event) for event in events} == set(get_args(Event)) - {ConversationOpened}
    await opened(stores)
    written = [await append(stores, event) for event in events]
    read = list(await stores.log.read("c1"))
    assert read[1:] == written
    assert [e.event for e in read[1:]] == events
    assert [e.position for e in read] == list(range(1, len(events) + 2))
    assert [e.sequence for e in read] == list(range(1, len(events) + 2))
    assert await stores.log.state("c1") == fold(read)
    assert await stores.rival.state("c1") == fold(read)


async def test_times_are_kept_in_utc_and_never_without_zone(stores: Stores) -> None:
    paris = timezone(timedelta(hours=1))
    logged = await stores.log.open("c1", ConversationOpened(), datetime(2026, 11, 23, 10, tzinfo=paris))
    assert (logged.at, logged.at.tzinfo) == (datetime(2026, 11, 23, 9, tzinfo=UTC), UTC)
    assert (await stores.log.read("c1"))[0] == logged
    with pytest.raises(ValueError, match="zone"):
        await stores.log.append("c1", message("m1"), Author.CUSTOMER, None, MONDAY.replace(tzinfo=None))


async def test_a_message_sent_again_is_the_message_that_is_there(stores: Stores) -> None:
    await opened(stores)
    first = await append(stores, message("m1", "Hello"))
    await append(stores, PersonJoined("Zoé"))
    assert await append(stores, message("m1", "Hello?")) == first
    assert len(await stores.log.read("c1")) == 3


async def test_a_message_sent_twice_at_once_is_there_once(stores: Stores) -> None:
    await opened(stores)
    logs = [stores.log, stores.rival] * 4
    rows = await asyncio.gather(
        *(log.append("c1", message("m1"), Author.CUSTOMER, None, MONDAY) for log in logs)
    )
    assert len(set(rows)) == 1
    assert len(await stores.log.read("c1")) == 2


async def test_what_a_colleague_sends_again_is_what_is_there(stores: Stores) -> None:
    await opened(stores)
    await append(stores, PersonJoined("zoe"))
    for event in (
        ReplySent("zoe", "Hello", client_id="x"),
        NoteWritten("zoe", "Hm", "x"),
        ReplyEdited(3, "Hello!", "zoe", "Zoé", "x"),
    ):
        assert await append(stores, event) == await append(stores, event)
    await append(stores, message("x"))
    assert len(await stores.log.read("c1")) == 6
    await append(stores, ReplySent("zoe", "Hello"))
    await append(stores, ReplySent("zoe", "Hello"))
    assert len(await stores.log.read("c1")) == 8


async def test_two_customers_may_use_the_same_client_id(stores: Stores) -> None:
    await opened(stores)
    await opened(stores, "c2")
    one, two = await append(stores, message("m1")), await append(stores, message("m1"), conversation_id="c2")
    assert (one.conversation_id, two.conversation_id) == ("c1", "c2")


async def test_who_comes_too_late_writes_nothing(stores: Stores) -> None:
    await opened(stores)
    await append(stores, message("m1"))
    as_the_bot_saw_it = await expecting(stores)
    await append(stores, PersonJoined("Zoé"))
    with pytest.raises(NotYourTurn):
        await append(stores, an_outcome(2), as_the_bot_saw_it)
    assert (await stores.log.read("c1"))[-1].event == PersonJoined("Zoé")


async def test_the_owner_alone_is_not_enough_when_it_went_and_came_back(stores: Stores) -> None:
    await opened(stores)
    await append(stores, message("m1"))
    as_the_bot_saw_it = await expecting(stores)
    await append(stores, PersonJoined("Zoé"))
    await append(stores, HandedBack())
    with pytest.raises(NotYourTurn):
        await append(stores, an_outcome(2), as_the_bot_saw_it)


async def test_an_outcome_for_all_messages_is_refused_when_there_is_a_newer_one(stores: Stores) -> None:
    await opened(stores)
    await append(stores, message("m1"))
    expected = await expecting(stores, messages=True)
    await append(stores, message("m2"))
    with pytest.raises(MessagesChanged):
        await append(stores, an_outcome(2), expected)


async def test_who_saw_another_conversation_than_it_is_now_may_insist_on_that(stores: Stores) -> None:
    await opened(stores)
    seen = Expected(BOT, 0, position=1)
    await append(stores, ContactLeft("jean@example.com"))
    with pytest.raises(ConversationMoved):
        await append(stores, PersonJoined("zoe"), seen)
    await append(stores, PersonJoined("zoe"), replace(seen, position=2))


async def test_of_many_who_do_the_same_for_what_they_saw_one_does_it(stores: Stores) -> None:
    await opened(stores)
    seen = Expected(BOT, 0, position=1)
    tries = [
        log.append("c1", Tagged(f"{n}", "zoe"), Author.SYSTEM, seen, MONDAY)
        for n, log in enumerate([stores.log, stores.rival] * 4)
    ]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(result, LoggedEvent) for result in results) == 1
    assert sum(isinstance(result, ConversationMoved) for result in results) == 7


async def test_the_state_is_the_fold_without_reading_it_all(stores: Stores) -> None:
    with pytest.raises(UnknownConversation):
        await stores.log.state("c1")
    await opened(stores)
    for n in range(30):
        received = await append(stores, message(f"m{n}"))
        await append(stores, an_outcome(received.position))
        assert await stores.log.state("c1") == fold(await stores.log.read("c1"))
    assert len((await stores.log.state("c1")).exchanges) == 20


async def test_a_conversation_from_before_states_were_kept_goes_on(database_url: str) -> None:
    async with in_database(database_url) as stores:
        await opened(stores)
        await append(stores, message("m1"))
        assert stores.engine is not None
        async with stores.engine.begin() as connection:
            await connection.execute(update(conversations).values(snapshot=None))
        assert (await state_of(stores.log, "c1")).unanswered_positions == (2,)
        await append(stores, an_outcome(2))
        assert await stores.log.state("c1") == fold(await stores.log.read("c1"))


async def test_what_an_older_version_derived_is_derived_again_once(database_url: str) -> None:
    async with in_database(database_url) as stores:
        log = stores.log
        assert isinstance(log, SqlLog)
        await opened(stores)
        assert stores.engine is not None
        assert await log.renew("1")
        async with stores.engine.begin() as connection:
            await connection.execute(delete(cards))
        assert not await log.renew("1")
        assert await stores.directory.get("c1") is None
        renewed = await asyncio.gather(*(log.renew("2") for _ in range(3)))
        assert sorted(renewed) == [False, False, True]
        assert await stores.directory.get("c1") is not None


async def test_what_may_not_follow_is_refused(stores: Stores) -> None:
    await opened(stores)
    with pytest.raises(UnknownTransition):
        await append(stores, HandedBack())
    with pytest.raises(AlreadyAnswered):
        await append(stores, an_outcome(2))


async def test_of_many_answers_to_one_message_one_is_kept(stores: Stores) -> None:
    await opened(stores)
    await append(stores, message("m1"))
    expected = await expecting(stores)
    tries = [
        log.append("c1", an_outcome(2, outcome=an_answer(f"{n}")), Author.BOT, expected, MONDAY)
        for n, log in enumerate([stores.log, stores.rival] * 4)
    ]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(r, LoggedEvent) for r in results) == 1
    assert sum(isinstance(r, AlreadyAnswered) for r in results) == 7
    assert sum(isinstance(e.event, OutcomeGiven) for e in await stores.log.read("c1")) == 1


async def test_the_database_itself_lets_a_message_have_one_outcome(database_url: str) -> None:
    """Should the fold ever be wrong, the key is not."""
    async with in_database(database_url) as stores:
        await opened(stores)
        await append(stores, message("m1"))
        assert stores.engine is not None
        async with stores.engine.begin() as connection:
            answered = {"conversation_id": "c1", "message": 2, "answered_by": 3}
            await connection.execute(insert(answered_messages), [answered])
        with pytest.raises(AlreadyAnswered):
            await append(stores, an_outcome(2))
        assert len(await stores.log.read("c1")) == 2


async def test_of_people_who_claim_at_once_one_gets_it(stores: Stores) -> None:
    await opened(stores)
    expected = await expecting(stores)
    tries = [
        log.append("c1", PersonJoined(f"person {n}"), Author.STAFF, expected, MONDAY)
        for n, log in enumerate([stores.log, stores.rival] * 4)
    ]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(r, LoggedEvent) for r in results) == 1
    assert sum(isinstance(r, NotYourTurn) for r in results) == 7


async def test_a_reader_with_a_cursor_sees_every_event_once(stores: Stores) -> None:
    await opened(stores)
    for n in range(5):
        await append(stores, message(f"m{n}"))
    first = await stores.log.after(0, 4)
    rest = await stores.rival.after(first[-1].sequence, 100)
    assert [e.sequence for e in (*first, *rest)] == [1, 2, 3, 4, 5, 6]
    assert list(await stores.log.after(6, 10)) == []


async def test_a_reader_may_begin_with_what_comes_next(stores: Stores) -> None:
    assert await stores.log.head() == 0
    await opened(stores)
    await append(stores, message("m1"))
    head = await stores.rival.head()
    assert list(await stores.log.after(head, 10)) == []
    late = await append(stores, message("m2"))
    assert list(await stores.rival.after(head, 10)) == [late]


async def test_a_conversation_stays_with_the_customer_it_belongs_to(stores: Stores) -> None:
    await opened(stores)
    await append(stores, CustomerIdentified(Customer("u1")))
    await append(stores, CustomerIdentified(Customer("u1", "Zoé")))
    with pytest.raises(AnotherCustomer):
        await append(stores, CustomerIdentified(Customer("u2")))
    assert (await state_of(stores.log, "c1")).customer == Customer("u1", "Zoé")


async def test_a_reader_never_misses_what_is_committed_late(stores: Stores) -> None:
    """Writers of many conversations commit in any order; what a reader has passed stays passed."""
    names = [f"c{n}" for n in range(6)]
    for name in names:
        await opened(stores, name)
    seen: list[int] = []
    writing = asyncio.Event()

    async def read_on() -> None:
        while len(seen) < 36:
            fresh = await stores.rival.after(seen[-1] if seen else 0, 3)
            seen.extend(e.sequence for e in fresh)
            await writing.wait()

    async def write(log: ConversationLog, name: str) -> None:
        for n in range(5):
            await log.append(name, message(f"m{n}"), Author.CUSTOMER, None, MONDAY)
            writing.set()

    logs = [stores.log, stores.rival] * 3
    async with asyncio.timeout(30):
        await asyncio.gather(read_on(), *(write(log, name) for log, name in zip(logs, names, strict=True)))
    assert seen == list(range(1, 37))


async def test_the_bot_finds_what_it_still_owes_oldest_first(stores: Stores) -> None:
    for name in ("answered", "b", "a", "with a person", "quiet"):
        await opened(stores, name)
    for name in ("b", "a", "answered", "with a person", "b"):
        await append(stores, message(f"{name} {len(await stores.log.read(name))}"), conversation_id=name)
    await append(stores, an_outcome(2), conversation_id="answered")
    await append(stores, PersonJoined("Zoé"), conversation_id="with a person")
    assert list(await stores.log.unanswered()) == ["b", "a"]


class Tally:
    """Counts events, and breaks when told to."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.broken = False

    async def apply(self, transaction: object, logged: LoggedEvent, state: State) -> None:
        if self.broken:
            raise ConversationError("the projection is broken")
        self.seen.append(state.position)

    async def clear(self, transaction: object) -> None:
        self.seen.clear()


async def test_what_is_forgotten_leaves_nothing_behind(stores: Stores) -> None:
    for name in ("kept", "gone", "gone too"):
        await stores.log.open(name, ConversationOpened(), MONDAY)
        await stores.log.append(name, MessageReceived("m1", f"{name}?"), Author.CUSTOMER, None, MONDAY)
        await stores.log.append(name, OutcomeGiven(an_escalation(), (2,), 0.1), Author.BOT, None, MONDAY)
    head = await stores.log.head()
    kept, ticket = await stores.log.read("kept"), await stores.queue.of("kept")
    assert await stores.log.forget(["gone", "gone too", "never there"]) == 2
    assert list(await stores.log.read("gone")) == []
    with pytest.raises(UnknownConversation):
        await stores.log.state("gone")
    assert await stores.queue.of("gone") is None
    assert list(await stores.log.after(0, 100)) == list(kept)
    assert await stores.queue.of("kept") == ticket
    assert await stores.log.head() == head
    again = await stores.log.open("gone", ConversationOpened(), MONDAY)
    assert again.sequence == head + 1


@pytest.mark.parametrize("store", ["memory", "sqlite"])
async def test_what_a_projection_cannot_take_is_not_in_the_log_either(store: str, sqlite_url: str) -> None:
    tally = Tally()

    async def story(stores: Stores) -> None:
        await opened(stores)
        tally.broken = True
        with pytest.raises(ConversationError, match="broken"):
            await append(stores, message("m1"))
        tally.broken = False
        logged = await append(stores, message("m1"))
        assert (logged.sequence, logged.position) == (2, 2)
        await stores.log.rebuild()
        assert tally.seen == [1, 2]

    if store == "memory":
        await story(in_memory(tally))
    else:
        async with in_database(sqlite_url, [tally]) as stores:
            await story(stores)


async def test_a_damaged_file_is_reported_in_one_line(tmp_path: Path, sqlite_url: str) -> None:
    (tmp_path / "comptoir.db").write_bytes(b"not a database, whatever its name says" * 100)
    engine = open_database(sqlite_url)
    with pytest.raises(LogUnavailable, match="damaged"):
        await SqlLog(engine, [SqlQueue(engine)]).open("c1", ConversationOpened(), MONDAY)
    await engine.dispose()

"""What every queue keeps to, as a projection of its log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.decisions import Priority, Reason
from bot.events import (
    Author,
    ContactLeft,
    ConversationOpened,
    ConversationRated,
    ConversationResolved,
    Customer,
    CustomerIdentified,
    Event,
    HandedBack,
    MarkedSpam,
    Measure,
    Merged,
    MessageReceived,
    OutcomeGiven,
    PersonAssigned,
    PersonJoined,
    Prioritised,
    Released,
    ReleaseReason,
    Reopened,
    ReplySent,
    ServiceLevelBreached,
    Snoozed,
    Tagged,
    Transferred,
)
from escalation.queue import Counts, Filter, Order, QueueUnavailable, Workload
from escalation.store.sql import SqlQueue
from escalation.ticket import Candidate, Closing, Status, Ticket
from knowledge.store.database import open_database
from tests.builders import MONDAY, a_trace, an_escalation
from tests.stores import Stores, in_database, in_memory


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    if request.param == "memory":
        yield in_memory()
        return
    async with in_database(request.getfixturevalue(f"{request.param}_url")) as stores:
        yield stores


async def escalated(
    stores: Stores, name: str, reason: Reason = Reason.LOW_CONFIDENCE, language: str = "fr", **more: str
) -> Ticket:
    await stores.log.open(name, ConversationOpened(), MONDAY)
    received = await happens(
        stores, name, MessageReceived(f"m{len(await stores.log.read(name))}", f"{name}?")
    )
    outcome = an_escalation(reason, **more)
    trace = a_trace(("returns", 2.5), ("refunds", 2.0))
    await happens(stores, name, OutcomeGiven(outcome, (received,), 0.4, trace, language))
    return await newest(stores, name)


async def happens(stores: Stores, name: str, event: Event) -> int:
    return (await stores.log.append(name, event, Author.SYSTEM, None, MONDAY)).position


async def newest(stores: Stores, name: str) -> Ticket:
    ticket = await stores.queue.of(name)
    assert ticket is not None
    return ticket


async def test_a_ticket_tells_a_person_all_that_the_bot_knew(stores: Stores) -> None:
    ticket = await escalated(stores, "c1", Reason.SENSITIVE_TOPIC, topic="fraud", team="trust")
    assert ticket == Ticket(
        number=3,
        conversation_id="c1",
        reason=Reason.SENSITIVE_TOPIC,
        topic="fraud",
        team="trust",
        question="c1?",
        language="fr",
        opened_at=MONDAY,
        position=3,
        confidence=0.4,
        candidates=(Candidate("returns", "Returns", 2.5), Candidate("refunds", "Refunds", 2.0)),
        queued_at=MONDAY,
        waiting_since=MONDAY,
    )
    assert await stores.queue.get(3) == ticket
    assert list(await stores.queue.open_tickets()) == [ticket]


async def test_an_answered_conversation_has_no_ticket(stores: Stores) -> None:
    await stores.log.open("c1", ConversationOpened(), MONDAY)
    assert (await stores.queue.of("c1"), await stores.queue.get(1)) == (None, None)
    assert await stores.queue.counts() == Counts(0, 0)


async def test_customers_wait_in_the_order_they_came(stores: Stores) -> None:
    first, second, third = [await escalated(stores, name) for name in ("c", "a", "b")]
    assert [t.conversation_id for t in await stores.queue.open_tickets()] == ["c", "a", "b"]
    await happens(stores, "c", PersonJoined("Zoé"))
    assert [await stores.queue.place(t.number) for t in (first, second, third)] == [None, 1, 2]
    assert await stores.queue.place(9999) is None
    assert await stores.queue.counts() == Counts(open=2, claimed=1)
    assert len(await stores.queue.open_tickets(limit=1)) == 1


async def test_a_ticket_is_claimed_and_resolved(stores: Stores) -> None:
    await escalated(stores, "c1")
    await happens(stores, "c1", PersonJoined("Zoé"))
    await happens(stores, "c1", ReplySent("Zoé", "Hello"))
    claimed = await newest(stores, "c1")
    assert (claimed.status, claimed.claimed_by, claimed.claimed_at) == (Status.CLAIMED, "Zoé", MONDAY)
    await happens(stores, "c1", ConversationResolved())
    resolved = await newest(stores, "c1")
    assert (resolved.status, resolved.closed_at) == (Status.RESOLVED, MONDAY)
    assert list(await stores.queue.open_tickets()) == []


@pytest.mark.parametrize("people", [(), (PersonJoined("Zoé"),)])
async def test_a_hand_back_closes_the_ticket(stores: Stores, people: tuple[Event, ...]) -> None:
    await escalated(stores, "c1")
    for event in (*people, HandedBack()):
        await happens(stores, "c1", event)
    assert (await newest(stores, "c1")).status is Status.RESOLVED


async def test_a_second_escalation_is_another_ticket(stores: Stores) -> None:
    first = await escalated(stores, "c1")
    await happens(stores, "c1", HandedBack())
    second = await escalated(stores, "c1", Reason.FRUSTRATED)
    assert second.number > first.number
    assert [t.number for t in await stores.queue.open_tickets()] == [second.number]
    closed = await stores.queue.get(first.number)
    assert closed is not None
    assert closed.status is Status.RESOLVED


async def test_a_team_sees_its_own(stores: Stores) -> None:
    await escalated(stores, "c1", Reason.SENSITIVE_TOPIC, team="trust")
    await escalated(stores, "c2", Reason.FRUSTRATED, language="en")

    async def shown(filters: Filter) -> list[str]:
        return [t.conversation_id for t in await stores.queue.open_tickets(filters=filters)]

    assert await shown(Filter(team="trust")) == ["c1"]
    assert await shown(Filter(reason=Reason.FRUSTRATED)) == ["c2"]
    assert await shown(Filter(language="en")) == ["c2"]
    assert await shown(Filter(statuses=frozenset({Status.CLAIMED}))) == []
    assert await shown(Filter(team="trust", language="en")) == []


async def test_the_most_urgent_is_seen_first_and_the_longest_waiting_of_those(stores: Stores) -> None:
    tickets = [await escalated(stores, name) for name in ("a", "b", "c", "d")]
    for name in ("c", "b"):
        await happens(stores, name, Prioritised(Priority.HIGH, "zoe"))
    listed: list[str] = []
    page = await stores.queue.open_tickets(2, order=Order.URGENCY)
    while page:
        listed += [ticket.conversation_id for ticket in page]
        page = await stores.queue.open_tickets(2, order=Order.URGENCY, after=page[-1])
    assert listed == ["b", "c", "a", "d"]
    assert [await stores.queue.place(ticket.number) for ticket in tickets] == [3, 1, 2, 4]
    newest = await stores.queue.open_tickets(3, order=Order.NEWEST)
    assert [t.conversation_id for t in newest] == ["d", "c", "b"]
    after = await stores.queue.open_tickets(3, order=Order.NEWEST, after=newest[-1])
    assert [t.conversation_id for t in after] == ["a"]


async def test_each_team_has_its_own_line_and_the_snoozed_stand_in_nobodys_way(stores: Stores) -> None:
    first, second = [await escalated(stores, name, team="orders") for name in ("a", "b")]
    other = await escalated(stores, "c")
    await happens(stores, "a", Snoozed(MONDAY + timedelta(hours=1), "zoe"))
    assert await stores.queue.place(second.number) == 1
    assert await stores.queue.place(other.number) == 1
    assert await stores.queue.place(first.number) == 1
    await happens(stores, "a", MessageReceived("more", "Hello?"))
    assert await stores.queue.place(second.number) == 2


async def test_who_is_released_or_transferred_is_back_in_line(stores: Stores) -> None:
    first = await escalated(stores, "a")
    second = await escalated(stores, "b")
    await happens(stores, "a", PersonJoined("zoe"))
    assert await stores.queue.place(second.number) == 1
    await happens(stores, "a", Released("zoe", ReleaseReason.IDLE))
    released = await newest(stores, "a")
    assert (released.number, released.claimed_by, released.released_from) == (first.number, None, ("zoe",))
    assert await stores.queue.place(second.number) == 2
    await happens(stores, "a", Transferred("orders", "ali"))
    assert (await newest(stores, "a")).team == "orders"
    assert await stores.queue.place(second.number) == 1


async def test_a_list_shows_what_was_asked_for(stores: Stores) -> None:
    await escalated(stores, "a", team="orders")
    await escalated(stores, "b")
    await happens(stores, "a", Tagged("returns", "zoe"))
    await happens(stores, "b", Tagged("returns and more", "zoe"))
    await happens(stores, "b", Prioritised(Priority.URGENT, "zoe"))
    await happens(stores, "b", CustomerIdentified(Customer("42", "Jean")))
    await happens(stores, "b", ContactLeft("jean@example.com"))
    await happens(stores, "b", ServiceLevelBreached(Measure.FIRST_RESPONSE, MONDAY))
    await happens(stores, "a", Snoozed(MONDAY + timedelta(hours=1), "zoe"))
    await happens(stores, "b", PersonJoined("zoe", "Zoé"))

    async def shown(**wanted: object) -> list[str]:
        filters = Filter(**wanted)  # type: ignore[arg-type]
        listed = [t.conversation_id for t in await stores.queue.open_tickets(filters=filters)]
        assert await stores.queue.count(filters) == len(listed)
        assert await stores.queue.tally([filters, filters]) == [len(listed)] * 2
        return listed

    assert await shown(tag="returns") == ["a"]
    assert await shown(priority=Priority.URGENT) == ["b"]
    assert await shown(customer_id="42") == ["b"]
    assert await shown(contact="jean@example.com") == ["b"]
    assert await shown(breached=True) == ["b"]
    assert await shown(breached=False) == ["a"]
    assert await shown(snoozed=True) == ["a"]
    assert await shown(claimed_by="zoe") == ["b"]
    assert await shown(teams=frozenset({"orders", "pro"})) == ["a"]
    assert await shown(teams=frozenset()) == []
    assert await shown(text="A?") == ["a"]
    assert await shown(text="%") == []
    assert await shown(opened_from=MONDAY + timedelta(seconds=1)) == []
    assert await shown(opened_before=MONDAY + timedelta(seconds=1)) == ["a", "b"]
    await happens(stores, "a", MarkedSpam("zoe"))
    assert await shown(statuses=frozenset({Status.RESOLVED}), closed_how=Closing.SPAM) == ["a"]


async def test_a_colleague_who_comes_in_unasked_has_a_ticket_too(stores: Stores) -> None:
    await stores.log.open("c1", ConversationOpened(), MONDAY)
    await happens(stores, "c1", MessageReceived("m1", "My chair broke"))
    await happens(stores, "c1", PersonJoined("zoe"))
    ticket = await newest(stores, "c1")
    assert (ticket.reason, ticket.question, ticket.status) == (
        Reason.TAKEN_OVER,
        "My chair broke",
        Status.CLAIMED,
    )
    await happens(stores, "c1", Released("zoe"))
    assert await stores.queue.place(ticket.number) == 1


@pytest.mark.parametrize(
    ("closing", "how"),
    [
        (ConversationResolved("zoe"), Closing.RESOLVED),
        (MarkedSpam("zoe"), Closing.SPAM),
        (Merged("c2", "zoe"), Closing.MERGED),
        (HandedBack("zoe"), Closing.HANDED_BACK),
    ],
)
async def test_how_it_ended_is_kept_and_a_colleague_can_take_it_back(
    stores: Stores, closing: Event, how: Closing
) -> None:
    opened = await escalated(stores, "c1")
    await happens(stores, "c1", PersonJoined("zoe"))
    await happens(stores, "c1", closing)
    closed = await newest(stores, "c1")
    assert (closed.status, closed.closed_how, closed.closed_by) == (Status.RESOLVED, how, "zoe")
    assert closed.merged_into == ("c2" if how is Closing.MERGED else None)
    if how is Closing.HANDED_BACK:
        return
    await happens(stores, "c1", Reopened("zoe"))
    again = await newest(stores, "c1")
    assert (again.number, again.status, again.closed_how) == (opened.number, Status.OPEN, None)
    assert (again.reopenings, again.merged_into, await stores.queue.place(again.number)) == (1, None, 1)


async def test_satisfaction_and_coming_back_stay_with_the_ticket(stores: Stores) -> None:
    await escalated(stores, "c1")
    await happens(stores, "c1", ConversationResolved())
    await happens(stores, "c1", ConversationRated(2, "slow"))
    await happens(stores, "c1", MessageReceived("again", "And now?"))
    ticket = await newest(stores, "c1")
    assert (ticket.stars, ticket.comment, ticket.came_back_at) == (2, "slow", MONDAY)
    assert ticket.status is Status.RESOLVED


async def test_the_last_pick_ups_of_a_team_say_how_quick_it_is(stores: Stores) -> None:
    for n, name in enumerate(("a", "b", "c")):
        await escalated(stores, name, team="orders")
        at = MONDAY + timedelta(minutes=5 - n)
        await stores.log.append(name, PersonJoined("zoe"), Author.STAFF, None, at)
    await escalated(stores, "other")
    await happens(stores, "other", PersonJoined("zoe"))
    latest = await stores.queue.pick_ups("orders", 2)
    assert [p.picked_up_at - p.opened_at for p in latest] == [timedelta(minutes=5), timedelta(minutes=4)]
    assert len(await stores.queue.pick_ups(None)) == 1


async def test_who_was_given_to_a_colleague_waits_until_that_one_comes(stores: Stores) -> None:
    for name in ("a", "b"):
        await escalated(stores, name)
        await happens(stores, name, PersonAssigned("zoe", "Zoé"))
    given, other = await newest(stores, "a"), await newest(stores, "b")
    assert (given.status, given.claimed_by, given.picked_up_at) == (Status.ASSIGNED, "zoe", None)
    assert [await stores.queue.place(one.number) for one in (given, other)] == [1, 2]
    assert await stores.queue.counts() == Counts(open=2, claimed=0)
    assert await stores.queue.pick_ups(given.team) == []
    assert await stores.queue.workloads() == {"zoe": Workload(2, MONDAY)}
    await happens(stores, "a", PersonJoined("zoe", "Zoé"))
    assert (await newest(stores, "a")).status is Status.CLAIMED
    assert await stores.queue.place(other.number) == 1
    assert await stores.queue.counts() == Counts(open=1, claimed=1)
    assert len(await stores.queue.pick_ups(given.team)) == 1


async def test_everyones_workload_is_known(stores: Stores) -> None:
    for name, who in (("a", "zoe"), ("b", "zoe"), ("c", "ali")):
        await escalated(stores, name)
        await happens(stores, name, PersonJoined(who))
    await happens(stores, "c", ConversationResolved())
    assert await stores.queue.workloads() == {"zoe": Workload(2, MONDAY), "ali": Workload(0, MONDAY)}


async def test_the_queue_is_the_same_after_a_rebuild(stores: Stores) -> None:
    for name in ("c1", "c2", "c3"):
        await escalated(stores, name)
    await happens(stores, "c1", PersonJoined("Zoé"))
    await happens(stores, "c2", HandedBack())
    await escalated(stores, "c2")
    everything = Filter(statuses=frozenset(Status))
    before = list(await stores.queue.open_tickets(filters=everything))
    await stores.log.rebuild()
    assert list(await stores.queue.open_tickets(filters=everything)) == before
    assert len(before) == 4


async def test_a_candidate_that_is_none_is_left_out(stores: Stores) -> None:
    await stores.log.open("c1", ConversationOpened(), MONDAY)
    trace = {"candidates": ["returns", {"entry_id": "refunds", "score": 1}, {"score": 2.0}]}
    await happens(stores, "c1", OutcomeGiven(an_escalation(Reason.ASKED_FOR_PERSON), (), 0.0, trace))
    ticket = await newest(stores, "c1")
    assert (ticket.question, ticket.candidates) == ("", (Candidate("refunds", "refunds", 1.0),))


async def test_a_damaged_file_is_reported_in_one_line(tmp_path: Path, sqlite_url: str) -> None:
    (tmp_path / "comptoir.db").write_bytes(b"not a database, whatever its name says" * 100)
    engine = open_database(sqlite_url)
    with pytest.raises(QueueUnavailable, match="damaged"):
        await SqlQueue(engine).counts()
    await engine.dispose()

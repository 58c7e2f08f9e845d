"""What every queue keeps to, as a projection of its log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.decisions import Reason
from bot.events import (
    Author,
    ConversationOpened,
    ConversationResolved,
    Event,
    HandedBack,
    MessageReceived,
    OutcomeGiven,
    PersonJoined,
    ReplySent,
)
from escalation.queue import Counts, Filter, QueueUnavailable
from escalation.store.sql import SqlQueue
from escalation.ticket import Candidate, Status, Ticket
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

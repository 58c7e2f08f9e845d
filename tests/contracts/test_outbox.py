"""What every outbox keeps to: in memory, in a SQLite file, in a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from connectors.outbox.jobs import DeadLetter, Job, Outbox, OutboxUnavailable, Status
from connectors.outbox.memory import MemoryOutbox
from connectors.outbox.sql import SqlOutbox
from connectors.outbox.tables import TABLES
from knowledge.store.database import open_database
from tests.builders import MONDAY

MINUTE = timedelta(minutes=1)
LEASE = timedelta(minutes=5)


@dataclass(frozen=True)
class Outboxes:
    here: Outbox
    there: Outbox
    """The same, as another process has it."""


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def outboxes(request: pytest.FixtureRequest) -> AsyncIterator[Outboxes]:
    if request.param == "memory":
        outbox = MemoryOutbox()
        yield Outboxes(outbox, outbox)
        return
    url = request.getfixturevalue(f"{request.param}_url")
    here, there = open_database(url), open_database(url)
    async with here.begin() as connection:
        for table in reversed(TABLES):
            await connection.run_sync(table.create)
    yield Outboxes(SqlOutbox(here), SqlOutbox(there))
    await here.dispose()
    await there.dispose()


def a_job(sequence: int = 1, recipient: str = "zoe@shop.example", **more: object) -> Job:
    lane = str(more.pop("lane", f"lane {sequence}"))
    job = Job("mail", sequence, f"c{sequence}", 3, "answer", recipient, MONDAY, lane)
    return replace(job, **more)  # type: ignore[arg-type]


async def holding(outbox: Outbox, *jobs: Job) -> None:
    assert await outbox.begin("mail", 0, MONDAY) == 0
    assert await outbox.take_in("mail", jobs, 0, 10, MONDAY)


async def claimed(outbox: Outbox, minutes: float = 0, limit: int = 10) -> list[str]:
    now = MONDAY + minutes * MINUTE
    return [claim.job.recipient for claim in await outbox.claim("mail", now, now + LEASE, limit)]


async def test_a_door_begins_where_the_log_was_when_it_was_first_switched_on(outboxes: Outboxes) -> None:
    assert await outboxes.here.begin("mail", 7, MONDAY) == 7
    assert await outboxes.there.begin("mail", 99, MONDAY + MINUTE) == 7
    assert await outboxes.here.begin("slack", 99, MONDAY) == 99
    assert await outboxes.there.doors() == ["mail", "slack"]


async def test_of_two_that_begin_at_once_one_says_where(outboxes: Outboxes) -> None:
    begun = await asyncio.gather(
        outboxes.here.begin("mail", 7, MONDAY), outboxes.there.begin("mail", 8, MONDAY)
    )
    assert len(set(begun)) == 1


async def test_a_job_comes_back_as_it_went_in(outboxes: Outboxes) -> None:
    job = a_job(detail={"who": "Zoé", "until": [1, 2]})
    await holding(outboxes.here, job)
    (claim,) = await outboxes.there.claim("mail", MONDAY, MONDAY + LEASE, 10)
    assert (claim.job, claim.attempt, claim.since) == (job, 1, MONDAY)
    assert claim.job.id == job.id


async def test_events_are_taken_in_once_whoever_reads_them(outboxes: Outboxes) -> None:
    await outboxes.here.begin("mail", 0, MONDAY)
    taken = await asyncio.gather(
        outboxes.here.take_in("mail", [a_job(1, "one@shop.example")], 0, 1, MONDAY),
        outboxes.there.take_in("mail", [a_job(1, "two@shop.example")], 0, 1, MONDAY),
    )
    assert sorted(taken) == [False, True]
    assert len(await claimed(outboxes.here)) == 1


async def test_a_job_that_is_there_already_stays_as_it_is(outboxes: Outboxes) -> None:
    await holding(outboxes.here, a_job())
    (claim,) = await outboxes.here.claim("mail", MONDAY, MONDAY + LEASE, 10)
    await outboxes.here.settle(claim, Status.DELIVERED, "", MONDAY)
    assert await outboxes.here.take_in("mail", [a_job()], 10, 11, MONDAY)
    assert await claimed(outboxes.here) == []


async def test_a_job_is_in_one_pair_of_hands_only(outboxes: Outboxes) -> None:
    everyone = [f"{n}@shop.example" for n in range(20)]
    await holding(outboxes.here, *(a_job(n, recipient) for n, recipient in enumerate(everyone)))
    claims = await asyncio.gather(
        *(claimed(box, limit=3) for box in (outboxes.here, outboxes.there) for _ in range(5))
    )
    assert sorted(recipient for part in claims for recipient in part) == sorted(everyone)


async def test_nothing_is_claimed_before_its_time_and_the_longest_due_comes_first(
    outboxes: Outboxes,
) -> None:
    await holding(
        outboxes.here,
        a_job(1, "later@shop.example", due_at=MONDAY + 2 * MINUTE),
        a_job(2, "soon@shop.example", due_at=MONDAY + MINUTE),
    )
    assert await claimed(outboxes.here, minutes=0) == []
    assert await claimed(outboxes.here, minutes=3) == ["soon@shop.example", "later@shop.example"]


async def test_jobs_of_one_lane_go_one_after_the_other(outboxes: Outboxes) -> None:
    jobs = [a_job(n, f"{n}@shop.example", lane="c1") for n in (1, 2)]
    await holding(outboxes.here, *reversed(jobs), a_job(3, "other@shop.example"))
    (first, _) = await outboxes.here.claim("mail", MONDAY, MONDAY + LEASE, 10)
    assert first.job == jobs[0]
    assert await claimed(outboxes.there) == []
    await outboxes.here.put_off(first, MONDAY + MINUTE, "away", failed=True)
    assert await claimed(outboxes.there) == [], "the second does not overtake the first"
    (first,) = await outboxes.here.claim("mail", MONDAY + MINUTE, MONDAY + LEASE, 10)
    await outboxes.here.settle(first, Status.REFUSED, "no such address", MONDAY)
    assert await claimed(outboxes.there) == ["2@shop.example"]


async def test_a_lane_of_one_door_is_no_lane_of_another(outboxes: Outboxes) -> None:
    await holding(outboxes.here, a_job(1, lane="c1"))
    await outboxes.here.begin("slack", 0, MONDAY)
    await outboxes.here.take_in("slack", [a_job(2, lane="c1", door="slack")], 0, 10, MONDAY)
    (claim,) = await outboxes.here.claim("slack", MONDAY, MONDAY + LEASE, 10)
    assert claim.job.door == "slack"


async def test_what_a_dead_process_had_in_hand_is_free_when_its_lease_is_over(outboxes: Outboxes) -> None:
    await holding(outboxes.here, a_job())
    (lost,) = await outboxes.here.claim("mail", MONDAY, MONDAY + LEASE, 10)
    assert await claimed(outboxes.there, minutes=4.9) == []
    (again,) = await outboxes.there.claim("mail", MONDAY + LEASE, MONDAY + 2 * LEASE, 10)
    assert (again.job.id, again.attempt) == (lost.job.id, 2)
    assert not await outboxes.here.settle(lost, Status.DELIVERED, "", MONDAY), "it was not dead but slow"
    assert not await outboxes.here.put_off(lost, MONDAY, "late", failed=True)
    assert await outboxes.there.settle(again, Status.DELIVERED, "", MONDAY)


async def test_only_attempts_that_failed_are_counted(outboxes: Outboxes) -> None:
    await holding(outboxes.here, a_job())
    attempts = []
    for failed in (True, False, True, True):
        (claim,) = await outboxes.here.claim("mail", MONDAY, MONDAY + LEASE, 10)
        attempts.append(claim.attempt)
        await outboxes.here.put_off(claim, MONDAY, "away", failed=failed)
    assert attempts == [1, 2, 2, 3]


async def test_dead_letters_are_shown_with_their_reason_and_can_be_taken_up_again(outboxes: Outboxes) -> None:
    await holding(outboxes.here, *(a_job(n, f"{n}@shop.example") for n in (1, 2, 3)))
    for n, claim in enumerate(await outboxes.here.claim("mail", MONDAY, MONDAY + LEASE, 2)):
        await outboxes.here.settle(claim, Status.REFUSED, f"550 no {n}", MONDAY + n * MINUTE)
    letters = await outboxes.there.dead_letters("mail")
    assert [(letter.job.recipient, letter.reason, letter.at) for letter in letters] == [
        ("2@shop.example", "550 no 1", MONDAY + MINUTE),
        ("1@shop.example", "550 no 0", MONDAY),
    ]
    assert await outboxes.there.dead_letters("slack") == []
    assert len(await outboxes.there.dead_letters(limit=1)) == 1
    assert await outboxes.there.take_up_again(MONDAY + MINUTE, "slack") == 0
    assert await outboxes.there.take_up_again(MONDAY + MINUTE) == 2
    assert sorted(await claimed(outboxes.here, 1)) == [f"{n}@shop.example" for n in (1, 2, 3)]


async def test_what_was_dead_on_arrival_is_kept_beside_the_jobs(outboxes: Outboxes) -> None:
    await outboxes.here.begin("mail", 0, MONDAY)
    dead = DeadLetter(a_job(1), "not understood", MONDAY)
    assert await outboxes.here.take_in("mail", [a_job(2, "ok@shop.example")], 0, 2, MONDAY, [dead])
    assert await claimed(outboxes.here) == ["ok@shop.example"]
    assert list(await outboxes.here.dead_letters()) == [dead]


async def test_the_standing_says_what_waits_and_why(outboxes: Outboxes) -> None:
    await holding(
        outboxes.here,
        a_job(1, "stuck@shop.example"),
        a_job(2, "dead@shop.example"),
        a_job(3, "later@shop.example", due_at=MONDAY + 60 * MINUTE),
    )
    stuck, dead = await outboxes.here.claim("mail", MONDAY, MONDAY + LEASE, 10)
    await outboxes.here.put_off(stuck, MONDAY + MINUTE, "connection refused", failed=True)
    await outboxes.here.settle(dead, Status.REFUSED, "no such address", MONDAY)
    standing = await outboxes.there.standing("mail", MONDAY + 2 * MINUTE)
    assert (standing.waiting, standing.refused) == (2, 1)
    assert (standing.overdue_since, standing.trouble) == (MONDAY, "connection refused")
    untouched = await outboxes.there.standing("slack", MONDAY)
    assert (untouched.waiting, untouched.refused, untouched.overdue_since) == (0, 0, None)


async def test_what_was_done_long_ago_is_forgotten(outboxes: Outboxes) -> None:
    await holding(outboxes.here, a_job(1, "done@shop.example"), a_job(2, "waits@shop.example"))
    (claim,) = await outboxes.here.claim("mail", MONDAY, MONDAY + LEASE, 1)
    await outboxes.here.settle(claim, Status.DELIVERED, "", MONDAY)
    assert await outboxes.here.forget(MONDAY) == 0
    assert await outboxes.here.forget(MONDAY + MINUTE) == 1
    assert (await outboxes.here.standing("mail", MONDAY)).waiting == 1


async def test_a_database_that_is_away_is_told_as_such() -> None:
    engine = open_database("postgresql://shop@127.0.0.1:9/shop")
    with pytest.raises(OutboxUnavailable, match="does not answer"):
        await SqlOutbox(engine).begin("mail", 0, MONDAY)
    await engine.dispose()

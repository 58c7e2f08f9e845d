"""How quickly the console's pages answer when there is much to look through.

    python -m tests.bench.console [CONVERSATIONS …]      by default 10000 and 100000

Builds a database of that many conversations (three in ten came to people, of the newest tenth all of these
still wait or are with a colleague), starts the real server on it, and asks for each page as a browser would.
Figures are milliseconds from request to last byte, median and 95th percentile, and what the processor worked
for the median one (server and asking browser together): on a busy machine the last is the one to go by.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation import State, step
from bot.decisions import Priority, Reason
from bot.events import (
    Author,
    ConversationOpened,
    ConversationResolved,
    Customer,
    Event,
    LoggedEvent,
    MessageReceived,
    OutcomeGiven,
    PersonJoined,
    Prioritised,
    ReplySent,
)
from bot.store import sql as log_store
from bot.store.tables import conversation_events, conversations, log_head
from connectors.assembly import Service
from connectors.records import open_records
from connectors.settings import Settings
from escalation.card import Card, next_card
from escalation.facts import ConversationFacts, answer_of, next_facts, uses_in
from escalation.roster import Role
from escalation.slots import slot_of
from escalation.store import sql as queue_store
from escalation.store import sql_directory
from escalation.store.report_tables import answer_facts, conversation_facts, entry_uses
from escalation.store.tables import cards, tickets
from escalation.ticket import Ticket, next_ticket
from knowledge.store.database import open_database, writing
from tests.builders import a_trace, an_answer, an_escalation
from tests.console import Browser, an_office, hired
from tests.web import served

ASKED = 20
"""Times that each page is asked for."""
BATCH = 2000
"""Conversations that are written at once."""
WORDS = ("lampe", "commande", "colis", "retour", "facture", "ampoule", "remboursement", "order")


@dataclass
class Rows:
    events: list[dict[str, Any]] = field(default_factory=list)
    conversations: list[dict[str, Any]] = field(default_factory=list)
    tickets: list[dict[str, Any]] = field(default_factory=list)
    cards: list[dict[str, Any]] = field(default_factory=list)
    facts: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    uses: list[dict[str, Any]] = field(default_factory=list)

    async def write(self, connection: AsyncConnection) -> None:
        pairs = (
            (conversations, self.conversations),
            (conversation_events, self.events),
            (tickets, self.tickets),
            (cards, self.cards),
            (conversation_facts, self.facts),
            (answer_facts, self.answers),
            (entry_uses, self.uses),
        )
        for table, rows in pairs:
            if rows:
                await connection.execute(insert(table), rows)
                rows.clear()


async def build(folder: Path, amount: int) -> None:
    """What the log and its projections would hold, written row by row: the log itself would take hours."""
    settings = Settings(data=folder)
    async with await open_records(settings):
        pass
    engine = open_database(settings.database_url)
    chance, sequence, rows = random.Random(7), 0, Rows()
    start = datetime.now(UTC) - timedelta(days=120)
    for number in range(amount):
        opened_at = start + timedelta(days=120) * (number / amount)
        sequence = _add(rows, f"c{number:06}", opened_at, number / amount, sequence, chance)
        if (number + 1) % BATCH == 0 or number + 1 == amount:
            async with writing(engine) as connection:
                await rows.write(connection)
    async with writing(engine) as connection:
        await connection.execute(insert(log_head).values(id=1, sequence=sequence))
    await engine.dispose()


def _add(rows: Rows, id: str, at: datetime, age: float, sequence: int, chance: random.Random) -> int:
    state: State | None = None
    ticket: Ticket | None = None
    card: Card | None = None
    facts: ConversationFacts | None = None
    known: list[Ticket] = []
    for position, (author, event) in enumerate(_story(age, chance), start=1):
        sequence += 1
        at += timedelta(seconds=chance.randint(5, 300))
        logged = LoggedEvent(sequence, id, position, at, author, event)
        state = step(state, logged)
        ticket, card = next_ticket(ticket, logged, state), next_card(card, logged, state)
        facts = next_facts(facts, logged, state)
        if isinstance(event, OutcomeGiven):
            rows.answers.append(asdict(answer_of(logged, event, state)))
            key = {"conversation_id": id, "position": position}
            rows.uses += [{**key, **asdict(use)} for use in uses_in(event)]
        rows.events.append(log_store._row(logged))
    assert state is not None
    assert card is not None
    rows.conversations.append({"id": id, **log_store._summary(state, at)})
    rows.cards.append(sql_directory._row(card))
    assert facts is not None
    rows.facts.append({**asdict(facts), "slot": slot_of(facts.opened_at)})
    if ticket is not None:
        known.append(ticket)
    rows.tickets += [queue_store._row(one) for one in known]
    return sequence


def _story(age: float, chance: random.Random) -> Iterator[tuple[Author, Event]]:
    """`age` is 1 for the newest: what waits is among the last tenth."""
    who = chance.randrange(20_000)
    customer = (
        Customer(f"u{who}", f"Customer {who}", f"u{who}@example.org") if chance.random() < 0.5 else None
    )
    yield Author.CUSTOMER, ConversationOpened(chance.choice(["fr", "en"]), "widget", "shop", customer)
    position = 1
    for turn in range(chance.randint(1, 3)):
        yield Author.CUSTOMER, MessageReceived(f"m{turn}", " ".join(chance.choices(WORDS, k=8)) + " ?")
        yield Author.BOT, OutcomeGiven(an_answer(), (position + 1,), 0.9, a_trace(("returns", 2.5)), "en")
        position += 2
    if chance.random() > 0.3:
        return
    yield Author.CUSTOMER, MessageReceived("p", " ".join(chance.choices(WORDS, k=10)))
    team = chance.choice(["support", "orders"])
    passed_on = an_escalation(chance.choice(list(Reason)), team=team)
    yield Author.BOT, OutcomeGiven(passed_on, (position + 1,), 0.2, a_trace(("returns", 1.5)), "en")
    if chance.random() < 0.2:
        yield Author.STAFF, Prioritised(chance.choice(list(Priority)), "zoe")
    fresh = age > 0.9
    if fresh and chance.random() < 0.5:
        return
    yield Author.STAFF, PersonJoined(chance.choice(["zoe", "paul"]) if fresh else "paul", "Colleague")
    name = "paul"
    if not fresh:
        yield Author.STAFF, ReplySent(name, "Your parcel is on its way.", "Paul")
        yield Author.STAFF, ConversationResolved(name)


async def measure(amount: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        await build(Path(folder), amount)
        print(f"\n{amount:,} conversations, built in {time.perf_counter() - began:.0f} s")
        async with an_office(Path(folder)) as service:
            await hired(service, "zoe", Role.LEAD)
            await hired(service, "paul")
            async with served(service) as (_, client):
                await _ask_for_pages(service, Browser(client), amount)


async def _ask_for_pages(service: Service, browser: Browser, amount: int) -> None:
    await browser.sign_in("zoe")
    await _quiet(service)
    counts = await service.queue.counts()
    print(f"{counts.open:,} wait, {counts.claimed:,} are with a colleague")
    some = f"c{amount - amount // 40:06}"
    pages = {
        "queue": "/queue",
        "queue, one team": "/queue?team=orders",
        "queue, words": "/queue?q=remboursement",
        "queue, words that nobody wrote": "/queue?q=wombat",
        "queue, mine": "/queue?show=mine",
        "queue, closed": "/queue?show=closed",
        "queue, closed, words": "/queue?show=closed&q=wombat",
        "the rows alone": "/queue/rows",
        "the side alone": "/queue/side",
        "conversation": f"/conversations/{some}",
        "conversation, its parts": f"/conversations/{some}/fresh",
        "evidence": f"/conversations/{some}/evidence",
        "judge": "/judge",
        "judge, corrections": "/judge?show=corrections",
        "knowledge": "/knowledge",
        "knowledge, what is missing": "/knowledge/missing",
        "overview, a fortnight": "/overview",
        "overview, 90 days": "/overview?days=90",
        "find by words": "/find?q=remboursement",
        "find by a name": "/find?q=customer 1234",
        "account": "/account",
    }
    print(f"{'page':34}{'median':>8}{'p95':>8}{'worked':>8}{'KB':>8}")
    for name, path in pages.items():
        times, worked, size = await _time(browser, path)
        middle, late = statistics.median(times), sorted(times)[int(len(times) * 0.95) - 1]
        print(f"{name:34}{middle:8.1f}{late:8.1f}{statistics.median(worked):8.1f}{size / 1000:8.0f}")


async def _quiet(service: Service) -> None:
    """The timekeeper has written down what was late when it started."""
    before = -1
    while before != (before := await service.log.head()):  # noqa: ASYNC110 - nothing tells when it is done
        await asyncio.sleep(5)


async def _time(browser: Browser, path: str) -> tuple[Sequence[float], Sequence[float], int]:
    times, worked, answer = [], [], httpx.Response(204)
    for _ in range(ASKED + 3):
        began, busy = time.perf_counter(), time.process_time()
        answer = await browser.get(path)
        times.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - busy) * 1000)
        assert answer.status_code == 200, answer.text
    return times[3:], worked[3:], len(answer.content)


async def main(amounts: Sequence[int]) -> None:
    for amount in amounts:
        await measure(amount)


if __name__ == "__main__":
    asyncio.run(main([int(amount) for amount in sys.argv[1:]] or [10_000, 100_000]))

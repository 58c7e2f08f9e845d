"""Mails from real processes, real databases, a real server: killed in the middle, and two at once."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.events import Author, ContactLeft, ConversationOpened, MessageReceived, PersonJoined, ReplySent
from connectors.delivery import AT_ONCE, LEASE
from connectors.records import Records, open_records
from connectors.settings import Settings
from tests.mail_server import MailServer, Received, a_mail_server
from tests.web import eventually

ROOT = Path(__file__).parents[3]
WORKER = """
import asyncio, sys
from datetime import UTC, datetime, timedelta
from connectors.assembly import assemble
from connectors.settings import Settings
from knowledge.embedders.hashing import HashingEmbedder

later = timedelta(seconds=float(sys.argv[2]))

async def work():
    settings = Settings.model_validate_json(sys.argv[1])
    clock = lambda: datetime.now(UTC) + later
    async with await assemble(settings, clock=clock, embedder=HashingEmbedder()) as service:
        await service.courier.run()

asyncio.run(work())
"""


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with a_mail_server() as server:
        yield server


@pytest.fixture
async def settings(database_url: str, tmp_path: Path, server: MailServer) -> Settings:
    return Settings(
        data=tmp_path,
        database="" if database_url.startswith("sqlite") else database_url,
        index="exact",
        public_address="https://help.shop.example",
        mail=server.settings(),
    )


@pytest.fixture
async def records(settings: Settings) -> AsyncIterator[Records]:
    async with await open_records(settings) as records:
        yield records


async def answered(records: Records, count: int) -> set[str]:
    """So many customers left, and have an answer each since ten minutes. Their addresses."""
    before = datetime.now(UTC) - timedelta(minutes=10)
    await records.outbox.begin("mail", await records.log.head(), before)
    for n in range(count):
        await records.log.open(f"c{n}", ConversationOpened("en", "widget", "default"), before)
        for author, event in (
            (Author.CUSTOMER, MessageReceived("m1", "Where is my parcel?")),
            (Author.CUSTOMER, ContactLeft(f"customer{n}@home.example")),
            (Author.STAFF, PersonJoined("zoe", "Zoé")),
            (Author.STAFF, ReplySent("zoe", f"Answer {n}.", "Zoé")),
        ):
            await records.log.append(f"c{n}", event, author, None, before)
    return {f"customer{n}@home.example" for n in range(count)}


@asynccontextmanager
async def a_worker(
    settings: Settings, later: timedelta = timedelta(0)
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WORKER, settings.model_dump_json(), str(later.total_seconds())),
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("COMPTOIR_")},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def all_sent(records: Records, server: MailServer, count: int) -> None:
    async def sent() -> bool:
        standing = await records.outbox.standing("mail", datetime.now(UTC))
        return len(server.received) >= count and standing.waiting == 0

    await eventually(sent, patience=120)


def by_recipient(server: MailServer) -> Counter[str]:
    return Counter(mail.recipients[0] for mail in server.received)


async def test_two_processes_send_each_mail_once(
    records: Records, settings: Settings, server: MailServer
) -> None:
    expected = await answered(records, 24)
    async with a_worker(settings), a_worker(settings):
        await all_sent(records, server, len(expected))
    assert by_recipient(server) == Counter(expected)
    assert await records.outbox.dead_letters() == []


@pytest.mark.slow
async def test_a_kill_in_the_middle_loses_no_mail_and_a_second_one_has_the_same_id(
    records: Records, settings: Settings, server: MailServer
) -> None:
    expected = await answered(records, 16)
    worker: asyncio.subprocess.Process
    kill_at = [1, 7]

    async def kills(received: Received) -> str:
        """The server has the mail, and its sender never hears of it."""
        if kill_at and len(server.received) >= kill_at[0]:
            kill_at.pop(0)
            worker.kill()
            await worker.wait()
        return "250 OK"

    server.at_data = kills
    for start in range(3):
        async with a_worker(settings, later=(LEASE + timedelta(minutes=1)) * start) as worker:
            if start < 2:
                await worker.wait()
            else:
                await all_sent(records, server, len(expected))
    assert kill_at == []
    assert set(by_recipient(server)) == expected
    ids = {(mail.recipients[0], mail.id) for mail in server.received}
    assert len(ids) == len(expected), "the same mail has the same id"
    assert len(server.received) - len(expected) <= 2 * AT_ONCE, "only what was under way comes again"
    assert len(server.received) > len(expected), "the server had at least one that was not marked"

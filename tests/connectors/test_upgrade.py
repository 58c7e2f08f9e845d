"""A database of the first version goes on working: its conversations, its queue, and who waits in it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversation import WAITING, fold, person
from bot.events import Author, MessageReceived, ReplySent
from bot.store.sql import SqlLog
from connectors.migrations import migrate
from escalation.store.sql import SqlQueue
from escalation.store.sql_directory import SqlDirectory
from escalation.ticket import Status
from knowledge.store.database import migrating, open_database, writing
from tests.builders import MONDAY

ASKED = {"client_id": "m1", "text": "Where is my chair?", "kind": "message_received"}
ESCALATED = {
    "outcome": {
        "text": "A colleague takes over.",
        "reason": "low_confidence",
        "topic": None,
        "team": "support",
        "kind": "escalate",
    },
    "answers": [2],
    "confidence": 0.4,
    "trace": {"candidates": [{"entry_id": "returns", "title": "Returns", "score": 2.5}]},
    "language": "en",
    "rejected": False,
    "kind": "outcome_given",
}
OPENED = {"language": None, "door": "terminal", "kind": "conversation_opened"}
CONVERSATIONS = {
    "waits": [OPENED, ASKED, ESCALATED],
    "talks": [OPENED, ASKED, ESCALATED, {"name": "Zoé", "kind": "person_joined"}],
    "done": [OPENED, ASKED, ESCALATED, {"kind": "handed_back"}, {"kind": "conversation_resolved"}],
}
"""As the first version wrote them."""


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = open_database(database_url)
    async with migrating(engine) as connection:
        await connection.run_sync(_first_version)
    async with writing(engine) as connection:
        sequence = 0
        for name, payloads in CONVERSATIONS.items():
            await connection.execute(
                text(
                    "INSERT INTO conversations (id, owner, epoch, position, opened_at, updated_at) "
                    "VALUES (:id, 'bot', 0, 1, '2026-11-23 09:00:00', '2026-11-23 09:00:00')"
                ),
                {"id": name},
            )
            for position, payload in enumerate(payloads, 1):
                sequence += 1
                await connection.execute(_INSERT, _row(sequence, name, position, payload))
        await connection.execute(text(f"INSERT INTO log_head (id, sequence) VALUES (1, {sequence})"))
    await migrate(engine)
    yield engine
    await engine.dispose()


_INSERT = text(
    "INSERT INTO conversation_events "
    "(sequence, conversation_id, position, at, author, kind, client_id, payload) "
    "VALUES (:sequence, :name, :position, '2026-11-23 09:00:00', 'customer', :kind, :client_id, :payload)"
)


def _row(sequence: int, name: str, position: int, payload: dict[str, Any]) -> dict[str, Any]:
    return {
        "sequence": sequence,
        "name": name,
        "position": position,
        "kind": payload["kind"],
        "client_id": payload.get("client_id"),
        "payload": json.dumps(payload),
    }


def _first_version(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", "connectors:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "0002")


async def test_who_waited_before_the_upgrade_waits_after_it(engine: AsyncEngine) -> None:
    queue, directory = SqlQueue(engine), SqlDirectory(engine)
    log = SqlLog(engine, [queue, directory])
    assert await log.renew("now")
    assert [(t.conversation_id, t.status) for t in await queue.open_tickets()] == [
        ("waits", Status.OPEN),
        ("talks", Status.CLAIMED),
    ]
    assert (await log.state("waits")).owner == WAITING
    assert (await log.state("talks")).owner == person("Zoé")
    for name, payloads in CONVERSATIONS.items():
        events = await log.read(name)
        assert len(events) == len(payloads)
        assert await log.state(name) == fold(events)
        card = await directory.get(name)
        assert card is not None
        assert card.question == "Where is my chair?"


async def test_a_conversation_from_before_goes_on(engine: AsyncEngine) -> None:
    queue = SqlQueue(engine)
    log = SqlLog(engine, [queue])
    await log.renew("now")
    again = await log.append("talks", MessageReceived("m1", "again"), Author.CUSTOMER, None, MONDAY)
    assert again.position == 2
    await log.append("talks", ReplySent("Zoé", "Here I am"), Author.STAFF, None, MONDAY)
    ticket = await queue.of("talks")
    assert ticket is not None
    assert (ticket.answer, ticket.claimed_by) == ("Here I am", "Zoé")

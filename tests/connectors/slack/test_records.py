"""What Slack's door remembers, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.slack.records import Ask, Post, SlackRecords
from connectors.slack.store.sql import SqlSlackRecords
from connectors.slack.store.tables import slack_asks, slack_posts
from knowledge.store.database import open_database
from tests.builders import MONDAY

ASK = Ask("slack-C1-1", "C1", "1.0", "U1", "T1", internal=True, respond_at="https://hooks.slack.com/1")
CARD = Post("card c1 7 C1", "c1", "C1", None, None, MONDAY)


@pytest.fixture
async def records(database_url: str) -> AsyncIterator[SlackRecords]:
    engine = open_database(database_url)
    async with engine.begin() as connection:
        for table in (slack_asks, slack_posts):
            await connection.run_sync(table.create)
    yield SqlSlackRecords(engine)
    await engine.dispose()


async def test_what_is_begun_twice_is_known(records: SlackRecords) -> None:
    assert await records.begin(CARD) is None
    again = await records.begin(replace(CARD, began_at=MONDAY + timedelta(hours=1)))
    assert again == CARD
    await records.posted(CARD.id, "17.1")
    assert await records.begin(CARD) == replace(CARD, ts="17.1")
    await records.forget(CARD.id)  # what is there is not forgotten
    assert await records.post(CARD.id) == replace(CARD, ts="17.1")
    assert await records.thread("C1", "17.1") == replace(CARD, ts="17.1")
    assert await records.thread("C2", "17.1") is None
    assert await records.cards("c1") == [replace(CARD, ts="17.1")]


async def test_what_slack_refused_may_be_begun_anew(records: SlackRecords) -> None:
    assert await records.begin(CARD) is None
    await records.forget(CARD.id)
    assert await records.begin(CARD) is None


async def test_an_ask_keeps_its_place_and_learns_who_reads(records: SlackRecords) -> None:
    assert await records.ask(ASK.conversation_id) is None
    assert await records.asked(ASK) == ASK
    other = replace(ASK, channel="C9", internal=False, respond_at=None)
    assert await records.asked(other) == replace(ASK, internal=False)
    newer = await records.asked(replace(ASK, respond_at="https://hooks.slack.com/2"))
    assert newer.respond_at == "https://hooks.slack.com/2"


async def test_only_cards_are_kept_for_ever(records: SlackRecords) -> None:
    said = replace(CARD, id="0123456789abcdef")
    for post in (CARD, said):
        await records.begin(post)
    await records.sweep(MONDAY + timedelta(days=30))
    assert await records.post(said.id) is None
    assert await records.post(CARD.id) == CARD

"""What the console keeps, kept alike in memory, in SQLite and in PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.events import ConversationOpened
from connectors.console.accounts import Account, Preferences, Theme
from connectors.console.canned_replies import CannedReply
from connectors.console.drafts import Kind, WrittenDraft
from connectors.console.links import Link
from connectors.console.records import ConsoleRecords
from connectors.console.saved_views import SavedView
from connectors.console.sessions import Session
from connectors.console.store.memory import memory_records
from connectors.console.store.sql import sql_records
from connectors.console.store.tables import TABLES
from knowledge.store.database import open_database
from tests.builders import MONDAY
from tests.stores import in_database

ZOE = Account("zoe", MONDAY, "$argon2id$…", MONDAY, None, Preferences("fr", Theme.DARK, True, True, 10))
PAUL = Account("paul", MONDAY)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def records(request: pytest.FixtureRequest) -> AsyncIterator[ConsoleRecords]:
    """With the accounts of Zoé and Paul."""
    if request.param == "memory":
        kept = memory_records()
        await kept.accounts.save(ZOE)
        await kept.accounts.save(PAUL)
        yield kept
        return
    url = str(request.getfixturevalue(f"{request.param}_url"))
    async with in_database(url) as stores:
        engine = open_database(url)
        async with engine.begin() as connection:
            for table in reversed(TABLES):
                await connection.run_sync(table.create, checkfirst=True)
        for conversation in ("c1", "c2"):
            await stores.log.open(conversation, ConversationOpened(), MONDAY)
        kept = sql_records(engine)
        await kept.accounts.save(ZOE)
        await kept.accounts.save(PAUL)
        yield kept
        await engine.dispose()


async def test_an_account_is_found_as_it_was_saved(records: ConsoleRecords) -> None:
    assert await records.accounts.get("zoe") == ZOE
    assert await records.accounts.get("nobody") is None
    assert await records.accounts.everyone() == [PAUL, ZOE]


async def test_a_saved_account_replaces_the_one_before(records: ConsoleRecords) -> None:
    later = replace(ZOE, signed_in_at=MONDAY + timedelta(hours=1), preferences=Preferences("en"))
    await records.accounts.save(later)
    assert await records.accounts.get("zoe") == later
    assert len(await records.accounts.everyone()) == 2


def a_session(key: str, account: str = "zoe", seen: int = 0, started: int = 0) -> Session:
    """`seen` and `started` in minutes after Monday."""
    return Session(
        key, account, MONDAY + timedelta(minutes=started), MONDAY + timedelta(minutes=seen), "Firefox", "::1"
    )


async def test_sessions_are_those_of_an_account_last_used_first(records: ConsoleRecords) -> None:
    for session in (a_session("a", seen=1), a_session("b", seen=2), a_session("c", "paul")):
        await records.sessions.start(session)
    assert await records.sessions.get("a") == a_session("a", seen=1)
    assert [session.key for session in await records.sessions.of("zoe")] == ["b", "a"]
    await records.sessions.seen("a", MONDAY + timedelta(minutes=3))
    assert [session.key for session in await records.sessions.of("zoe")] == ["a", "b"]


async def test_sessions_end_one_by_one_or_all_but_one(records: ConsoleRecords) -> None:
    for session in (a_session("a"), a_session("b"), a_session("c"), a_session("d", "paul")):
        await records.sessions.start(session)
    await records.sessions.end("a")
    await records.sessions.end("a")
    await records.sessions.end_all("zoe", but="b")
    assert [await records.sessions.get(key) is not None for key in "abcd"] == [False, True, False, True]
    await records.sessions.end_all("zoe")
    assert await records.sessions.of("zoe") == []


async def test_sessions_that_are_over_are_forgotten(records: ConsoleRecords) -> None:
    for session in (
        a_session("idle", seen=9, started=9),
        a_session("old", seen=60),
        a_session("good", seen=60, started=9),
    ):
        await records.sessions.start(session)
    await records.sessions.forget(MONDAY + timedelta(minutes=10), MONDAY + timedelta(minutes=5))
    assert [session.key for session in await records.sessions.of("zoe")] == ["good"]


async def test_of_two_who_take_a_link_one_gets_it(records: ConsoleRecords) -> None:
    link = Link("k", "zoe", MONDAY)
    await records.links.add(link)
    assert await records.links.get("k") == link
    taken = await asyncio.gather(*(records.links.take("k") for _ in range(4)))
    assert [one for one in taken if one] == [link]
    assert await records.links.get("k") is None


async def test_revoked_links_are_gone(records: ConsoleRecords) -> None:
    for key, account in (("a", "zoe"), ("b", "zoe"), ("c", "paul")):
        await records.links.add(Link(key, account, MONDAY))
    await records.links.revoke("zoe")
    assert [await records.links.take(key) is not None for key in "abc"] == [False, False, True]


async def test_drafts_are_kept_apart_by_person_conversation_and_kind(records: ConsoleRecords) -> None:
    drafts = [
        WrittenDraft(account, conversation, kind, f"{account} {conversation} {kind}", MONDAY)
        for account in ("zoe", "paul")
        for conversation in ("c1", "c2")
        for kind in Kind
    ]
    for draft in drafts:
        await records.drafts.save(draft)
    assert await records.drafts.of("zoe", "c1") == {Kind.REPLY: drafts[0], Kind.NOTE: drafts[1]}


async def test_an_empty_draft_is_none(records: ConsoleRecords) -> None:
    draft = WrittenDraft("zoe", "c1", Kind.REPLY, "Hello", MONDAY)
    await records.drafts.save(draft)
    await records.drafts.save(replace(draft, text="Hello again"))
    assert (await records.drafts.of("zoe", "c1"))[Kind.REPLY].text == "Hello again"
    await records.drafts.save(replace(draft, text=""))
    assert await records.drafts.of("zoe", "c1") == {}


async def test_one_sees_ones_own_lists_and_what_is_shared(records: ConsoleRecords) -> None:
    views = [
        SavedView("1", "zoe", "Mine", "show=mine"),
        SavedView("2", "paul", "Orders", "team=orders", shared=True),
        SavedView("3", "paul", "Late", "late=1"),
    ]
    for view in views:
        await records.views.save(view)
    assert await records.views.of("zoe") == [views[0], views[1]]
    assert await records.views.of("paul") == [views[2], views[1]]


async def test_a_list_is_removed_by_who_made_it_or_by_anybody_who_may(records: ConsoleRecords) -> None:
    await records.views.save(SavedView("1", "zoe", "Mine", "show=mine", shared=True))
    assert not await records.views.remove("1", "paul")
    assert await records.views.remove("1", None)
    assert not await records.views.remove("1", None)


async def test_canned_replies_are_sorted_by_title(records: ConsoleRecords) -> None:
    hello = CannedReply("1", "hello", "Hello {{first_name}}", "en", "zoe", MONDAY)
    bye = CannedReply("2", "Bye", "Bye!")
    for reply in (hello, bye):
        await records.canned.save(reply)
    assert await records.canned.all() == [bye, hello]
    await records.canned.save(replace(hello, text="Hi"))
    assert (await records.canned.get("1")) == replace(hello, text="Hi")
    await records.canned.remove("1")
    await records.canned.remove("1")
    assert await records.canned.get("1") is None

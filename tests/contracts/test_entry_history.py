"""Versions and overrides, as every entry store keeps them: in memory, in SQLite, in a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from connectors.migrations import migrate
from knowledge.entries import Article, Audience, Entry, Resource, ResourceKind
from knowledge.ports import Browsing, EntryOrder, EntryStore, Listed
from knowledge.store.database import open_database
from knowledge.store.memory import MemoryEntryStore
from knowledge.store.sql import SqlEntryStore
from knowledge.versions import (
    CONSOLE,
    Change,
    Conflict,
    EntryChanged,
    Override,
    Version,
    missing,
    read_again,
)
from tests.entries_at_hand import an_article, stored

EVERYONE = frozenset(Audience)
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
ZOE = Change(MONDAY, "zoe", "typo")
INGEST = Change(MONDAY + timedelta(hours=1))

ARTICLE = Article(
    "help/délai",
    "Où est mon colis ?",
    "Deux jours.",
    "fr",
    questions=("pas reçu",),
    tags=("livraison", "colis"),
    url="https://example.com/delai",
    twin="delay",
    updated=date(2026, 11, 1),
    source="help/délai.md",
)
PHONE = Resource("call", "Call us", "", "en", ResourceKind.PHONE, "+33 1 23 45 67 89", "Mo-Fr 09:00-18:00")


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[EntryStore]:
    if request.param == "memory":
        yield MemoryEntryStore()
        return
    engine = open_database(request.getfixturevalue(f"{request.param}_url"))
    await migrate(engine)
    yield SqlEntryStore(engine)
    await engine.dispose()


async def save(store: EntryStore, entry: Entry, origin: str = "help", change: Change | None = None) -> None:
    await store.save("small", [stored(entry, origin)], change)


def told(versions: Sequence[Version]) -> list[tuple[int, str | None, str | None]]:
    return [
        (v.number, v.entry.text if v.entry else None, v.change.by if v.change else None) for v in versions
    ]


async def test_an_entry_that_never_changed_has_no_versions(store: EntryStore) -> None:
    await save(store, ARTICLE, change=INGEST)
    await save(store, replace(ARTICLE, source="moved/délai.md", updated=date(2026, 11, 2)))
    assert await store.versions(ARTICLE.id) == []
    assert await store.last_changes() == []


@pytest.mark.parametrize("entry", [ARTICLE, PHONE])
async def test_what_was_changed_can_be_read_as_it_was(store: EntryStore, entry: Entry) -> None:
    await save(store, entry)
    changed = replace(entry, text="Trois jours.")
    await save(store, changed, CONSOLE, ZOE)
    assert await store.versions(entry.id) == [
        Version(entry.id, 2, CONSOLE, changed, ZOE),
        Version(entry.id, 1, "help", entry, None),
    ]


async def test_each_change_is_the_next_version_whoever_makes_it(store: EntryStore) -> None:
    await save(store, an_article("a", "one"))
    await save(store, an_article("a", "two"), change=INGEST)
    await save(store, an_article("a", "three"), CONSOLE, ZOE)
    await save(store, an_article("a", "three"), CONSOLE, ZOE)
    assert told(await store.versions("a")) == [(3, "three", "zoe"), (2, "two", None), (1, "one", None)]
    [last] = await store.last_changes()
    assert (last.number, last.change) == (3, ZOE)


async def test_what_a_person_writes_has_a_version_from_the_start(store: EntryStore) -> None:
    await save(store, an_article("a", "new"), CONSOLE, ZOE)
    assert told(await store.versions("a")) == [(1, "new", "zoe")]
    assert await store.overrides() == {}


async def test_what_is_removed_can_still_be_read(store: EntryStore) -> None:
    await save(store, an_article("a", "one"))
    await store.remove(["a", "never there"], ZOE)
    assert told(await store.versions("a")) == [(2, None, "zoe"), (1, "one", None)]
    assert await store.versions("never there") == []
    await save(store, an_article("a", "one"), CONSOLE, ZOE)
    assert told(await store.versions("a"))[0] == (3, "one", "zoe")


async def test_the_last_changes_come_first(store: EntryStore) -> None:
    for n, id in enumerate(["a", "b", "c"]):
        await save(store, an_article(id, "new"), CONSOLE, Change(MONDAY + timedelta(minutes=n), "zoe"))
    await save(store, an_article("a", "newer"), CONSOLE, Change(MONDAY + timedelta(hours=1), "karim"))
    assert [(v.entry_id, v.number) for v in await store.last_changes(2)] == [("a", 2), ("c", 1)]


async def test_who_changes_an_entry_of_a_source_leaves_an_override(store: EntryStore) -> None:
    await save(store, ARTICLE)
    await save(store, replace(ARTICLE, text="Trois jours."), CONSOLE, ZOE)
    await save(store, replace(ARTICLE, text="Quatre jours."), CONSOLE, ZOE)
    assert await store.overrides() == {ARTICLE.id: Override(ARTICLE.id, "help", ARTICLE)}
    fifth = replace(ARTICLE, text="Cinq jours.")
    with pytest.raises(EntryChanged):
        await save(store, fifth, "help", INGEST)
    [seen] = await store.get([ARTICLE.id], EVERYONE)
    await store.save("small", [stored(fifth)], ZOE, {ARTICLE.id: seen.content_hash})
    assert await store.overrides() == {}


async def test_only_a_person_removes_what_a_source_gives_for_good(store: EntryStore) -> None:
    await save(store, an_article("a"))
    await save(store, an_article("b"))
    await store.remove(["a"], INGEST)
    await store.remove(["b"], ZOE)
    assert await store.overrides() == {"b": Override("b", "help", an_article("b"))}


async def test_a_conflict_is_kept_until_it_is_settled(store: EntryStore) -> None:
    await save(store, ARTICLE)
    await save(store, replace(ARTICLE, text="Trois jours."), CONSOLE, ZOE)
    theirs = replace(ARTICLE, text="Six jours.")
    [override] = (await store.overrides()).values()
    conflict = read_again(override, "help", theirs, MONDAY)
    assert conflict == Override(ARTICLE.id, "help", ARTICLE, theirs, Conflict.CHANGED, MONDAY)
    await store.note_override(conflict)
    assert await store.overrides() == {ARTICLE.id: conflict}
    await store.drop_override(ARTICLE.id)
    await store.note_override(conflict)
    assert await store.overrides() == {}


def test_a_source_that_says_again_what_it_said_is_no_conflict() -> None:
    override = Override(ARTICLE.id, "help", ARTICLE)
    conflict = read_again(override, "help", replace(ARTICLE, text="Six jours."), MONDAY)
    later = MONDAY + timedelta(days=1)
    assert read_again(conflict, "help", replace(ARTICLE, text="Six jours."), later).noticed_at == MONDAY
    assert read_again(conflict, "help", replace(ARTICLE, source="b.md"), later).conflict is None
    gone = missing(conflict, later)
    assert (gone.conflict, gone.theirs, gone.latest) == (Conflict.GONE, None, ARTICLE)
    assert missing(gone, later + timedelta(days=1)).noticed_at == later


async def test_nobody_overwrites_what_they_have_not_seen(store: EntryStore) -> None:
    seen = stored(an_article("a", "one"))
    await store.save("small", [seen], None, {"a": None})
    await store.save("small", [stored(an_article("a", "two"))], ZOE, {"a": seen.content_hash})
    for expected in ({"a": seen.content_hash}, {"a": None}):
        with pytest.raises(EntryChanged):
            await store.save("small", [stored(an_article("a", "three"))], ZOE, expected)
        with pytest.raises(EntryChanged):
            await store.remove(["a"], ZOE, expected)
    [found] = await store.get(["a"], EVERYONE)
    assert found.entry.text == "two"
    assert (await store.stamp()).revision == 2  # type: ignore[union-attr]
    assert [number for number, *_ in told(await store.versions("a"))] == [2, 1]


async def test_entries_are_listed_as_asked(store: EntryStore) -> None:
    internal = replace(an_article("staff", audience=Audience.INTERNAL), title="anger")
    english = replace(ARTICLE, id="delay", title="late parcel", language="en", tags=(), updated=None)
    for entry in (internal, english, PHONE):
        await save(store, entry)
    await save(store, replace(ARTICLE, title="Colis"), CONSOLE, ZOE)

    async def ids(
        order: EntryOrder = EntryOrder.TITLE, limit: int = 50, skip: int = 0, **shown: object
    ) -> str:
        browsing = Browsing(**shown)  # type: ignore[arg-type]
        found = await store.browse(browsing, order, limit, skip)
        if limit == 50:
            assert await store.count(browsing) == len(found)
        return " ".join(listed.entry.id for listed in found)

    assert await ids() == "staff call help/délai delay"
    assert await ids(limit=2, skip=1) == "call help/délai"
    assert await ids(EntryOrder.UPDATED) == "help/délai call delay staff"
    assert await ids(audience=Audience.INTERNAL) == "staff"
    assert await ids(language="fr") == "help/délai"
    assert await ids(resources=True) == "call"
    assert await ids(resources=False, language="en") == "staff delay"
    assert await ids(tag="colis") == "help/délai"
    assert await ids(tag="col") == ""
    assert await ids(origin=CONSOLE) == "help/délai"
    assert await ids(twin="delay") == "help/délai delay"
    assert await ids(ids=frozenset({"call", "delay", "x"})) == "call delay"
    [listed] = await store.browse(Browsing(ids=frozenset({"call"})))
    assert listed == Listed(PHONE, "help", stored(PHONE).content_hash)

"""What every entry store does: in memory, in a SQLite file, in a real PostgreSQL."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.migrations import migrate
from knowledge.entries import Article, Audience, Resource, ResourceKind
from knowledge.ports import EntryStore, IndexStamp, StoredEntry, WrongModel
from knowledge.store.database import DatabaseUnavailable, open_database, reading, writing
from knowledge.store.memory import MemoryEntryStore
from knowledge.store.sql import SqlEntryStore
from knowledge.store.texts import body_hashes, hashed_vectors, head_hashes, text_hash
from tests.entries_at_hand import DIMENSIONS, an_article, stored, vector_of

EVERYONE = frozenset(Audience)
CUSTOMERS = frozenset({Audience.PUBLIC})

FULL_ARTICLE = Article(
    id="help/fr/délai.md",
    title="Où est ma commande ?",
    text="# Délai 🚚\n\nDeux jours.\n\n## Corse\n\nQuatre jours.",
    language="fr",
    questions=("Mon colis n'arrive pas", "Suivre mon colis"),
    tags=("livraison",),
    url="https://example.com/delai",
    twin="delay",
    updated=date(2026, 11, 1),
    source="help/fr/délai.md",
)
FULL_RESOURCE = Resource(
    id="resources#7",
    title="Call us",
    text="",
    language="en",
    kind=ResourceKind.PHONE,
    target="+33 1 23 45 67 89",
    hours="Mo-Fr 09:00-18:00",
    audience=Audience.INTERNAL,
    questions=("What is your number?",),
)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[EntryStore]:
    if request.param == "memory":
        yield MemoryEntryStore()
        return
    engine = open_database(request.getfixturevalue(f"{request.param}_url"))
    await migrate(engine)
    yield SqlEntryStore(engine)
    await engine.dispose()


def same(a: StoredEntry, b: StoredEntry) -> bool:
    def plain(one: StoredEntry) -> object:
        return (one.entry, one.origin, one.content_hash, one.passages)

    return plain(a) == plain(b) and np.array_equal(a.heads, b.heads) and np.array_equal(a.bodies, b.bodies)


async def everything(store: EntryStore, batch: int = 256) -> list[StoredEntry]:
    return [entry async for some in store.scan(batch) for entry in some]


async def test_a_new_store_has_nothing(store: EntryStore) -> None:
    assert await store.stamp() is None
    assert await store.hashes("help") == {}
    assert await store.get(["a"], EVERYONE) == []
    assert await everything(store) == []
    assert await store.remove(["a"]) is None
    assert await store.read_note("calibration") is None


async def test_what_is_saved_comes_back_whole(store: EntryStore) -> None:
    article, resource = stored(FULL_ARTICLE), stored(FULL_RESOURCE, origin="resources")
    stamp = await store.save("small", [article, resource])
    assert stamp == IndexStamp("small", DIMENSIONS, 1) == await store.stamp()
    found = {one.entry.id: one for one in await store.get([article.entry.id, resource.entry.id], EVERYONE)}
    assert same(found[article.entry.id], article)
    assert same(found[resource.entry.id], resource)
    assert found[resource.entry.id].bodies.shape == (0, DIMENSIONS)
    assert found[article.entry.id].bodies.dtype == np.float32
    assert await store.hashes("resources") == {resource.entry.id: resource.content_hash}
    assert await store.contents() == {one.entry.id: one.content_hash for one in (article, resource)}


async def test_a_customer_is_not_given_an_internal_entry(store: EntryStore) -> None:
    await store.save("small", [stored(an_article("a")), stored(an_article("b", audience=Audience.INTERNAL))])
    assert [one.entry.id for one in await store.get(["a", "b"], CUSTOMERS)] == ["a"]
    assert await store.get(["a", "b"], frozenset()) == []


async def test_an_entry_saved_again_replaces_the_old_one(store: EntryStore) -> None:
    await store.save("small", [stored(replace(FULL_ARTICLE, id="a")), stored(an_article("b"))])
    newer = stored(an_article("a", "Shorter now."), origin="other")
    assert (await store.save("small", [newer])).revision == 2
    [found] = await store.get(["a"], EVERYONE)
    assert same(found, newer)
    assert await store.hashes("help") == {"b": stored(an_article("b")).content_hash}


async def test_a_removed_entry_is_gone_and_only_real_changes_count(store: EntryStore) -> None:
    await store.save("small", [stored(an_article("a")), stored(an_article("b"))])
    assert await store.remove(["a", "a", "never there"]) == IndexStamp("small", DIMENSIONS, 2)
    assert await store.remove(["a"]) == IndexStamp("small", DIMENSIONS, 2)
    assert [one.entry.id for one in await everything(store)] == ["b"]


async def test_a_scan_gives_every_entry_in_order_of_id(store: EntryStore) -> None:
    ids = ["b", "B", "a/2", "a-1", "é", "z", "10", "9", "_"]
    await store.save("small", [stored(an_article(id)) for id in ids])
    for batch in (1, 4, 100):
        assert [one.entry.id for one in await everything(store, batch)] == sorted(ids)
    assert all(same(one, stored(an_article(one.entry.id))) for one in await everything(store, 2))


async def test_vectors_are_known_by_their_text_while_an_entry_uses_it(store: EntryStore) -> None:
    a, twin = stored(an_article("a", "The same text.")), stored(an_article("b", "The same text."))
    shared = text_hash("passage", "The same text.")
    await store.save("small", [a, twin])
    known = await store.known_vectors(
        "small", [shared, text_hash("query", "The same text."), *head_hashes(a.entry)]
    )
    assert set(known) == {shared, *head_hashes(a.entry)}
    assert np.array_equal(known[shared], vector_of("The same text."))
    assert await store.known_vectors("large", [shared]) == {}
    await store.remove(["a"])
    assert set(await store.known_vectors("small", [shared, *head_hashes(a.entry)])) == {shared}
    await store.save("small", [stored(an_article("b", "Another."))])
    assert await store.known_vectors("small", [shared]) == {}


async def test_vectors_of_another_model_are_refused_with_what_to_do(store: EntryStore) -> None:
    await store.save("small", [stored(an_article("a"))])
    with pytest.raises(WrongModel, match=r"made with small; settings name large.*comptoir index rebuild"):
        await store.save("large", [stored(an_article("b"), model="large")])
    with pytest.raises(WrongModel, match="another model under the same name"):
        await store.save("small", [stored(an_article("b"), dimensions=8)])
    assert await store.stamp() == IndexStamp("small", DIMENSIONS, 1)
    assert [one.entry.id for one in await everything(store)] == ["a"]


async def test_an_emptied_store_takes_any_model(store: EntryStore) -> None:
    await store.save("small", [stored(an_article("a"))])
    await store.remove(["a"])
    stamp = await store.save("large", [stored(an_article("a"), model="large", dimensions=8)])
    assert stamp == IndexStamp("large", 8, 3)


async def test_a_new_model_is_adopted_only_when_every_text_has_its_vector(store: EntryStore) -> None:
    old = [stored(an_article("a")), stored(an_article("b"))]
    new = [stored(an_article(id), model="large", dimensions=8) for id in "ab"]
    await store.save("small", old)
    made = dict(pair for one in new for pair in hashed_vectors(one))
    last = body_hashes(new[1].passages)[0]
    await store.keep_vectors("large", {hash: vector for hash, vector in made.items() if hash != last})
    assert await store.adopt_model("large", 8) is None
    assert await store.stamp() == IndexStamp("small", DIMENSIONS, 1)
    assert all(map(same, await everything(store), old))
    await store.keep_vectors("large", {last: made[last]})
    assert await store.adopt_model("large", 8) == IndexStamp("large", 8, 2) == await store.stamp()
    assert all(map(same, await everything(store), new))
    assert await store.known_vectors("small", list(made)) == {}
    assert await store.adopt_model("large", 8) == IndexStamp("large", 8, 2)


async def test_notes_are_overwritten(store: EntryStore) -> None:
    await store.write_note("calibration", '{"bias": 1}')
    await store.write_note("calibration", '{"bias": 2}')
    assert await store.read_note("calibration") == '{"bias": 2}'


async def test_writers_at_the_same_time_each_get_their_own_revision(store: EntryStore) -> None:
    stamps = await asyncio.gather(*(store.save("small", [stored(an_article(f"a{n}"))]) for n in range(8)))
    assert sorted(stamp.revision for stamp in stamps) == list(range(1, 9))
    assert len(await everything(store)) == 8


async def test_more_entries_than_one_statement_takes(store: EntryStore) -> None:
    many = [stored(Article(f"{n:05}", f"Title {n}", "", "en")) for n in range(2300)]
    await store.save("small", many)
    ids = [one.entry.id for one in many]
    assert len(await store.get(ids, EVERYONE)) == 2300
    assert len(await store.known_vectors("small", [head_hashes(one.entry)[0] for one in many])) == 2300
    assert (await store.remove(ids)) == IndexStamp("small", DIMENSIONS, 2)
    assert await everything(store) == []


async def test_a_reader_does_not_wait_for_a_writer_nor_see_half_its_work(database_url: str) -> None:
    engine = open_database(database_url)
    await migrate(engine)
    store = SqlEntryStore(engine)
    await store.save("small", [stored(an_article("a"))])
    async with writing(engine) as connection:
        await connection.exec_driver_sql("DELETE FROM knowledge_entries")
        assert len(await asyncio.wait_for(everything(store), 2)) == 1
    assert await everything(store) == []
    await engine.dispose()


async def test_a_reading_transaction_cannot_write_on_postgres(postgres_url: str) -> None:
    engine = open_database(postgres_url)
    await migrate(engine)
    with pytest.raises(DatabaseUnavailable, match="read-only"):
        async with reading(engine) as connection:
            await connection.exec_driver_sql("DELETE FROM knowledge_entries")
    await SqlEntryStore(engine).write_note("a", "b")
    await engine.dispose()


@pytest.mark.parametrize("damage", ["not a database", "torn"])
async def test_a_damaged_file_is_one_clear_line(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "comptoir.db"
    if damage == "not a database":
        path.write_bytes(b"This is a diary, not a database. " * 300)
    else:
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE knowledge_notes (name TEXT PRIMARY KEY, value TEXT)")
            connection.executemany(
                "INSERT INTO knowledge_notes VALUES (?, ?)", [(str(n), "x" * 500) for n in range(100)]
            )
        connection.close()
        path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 40_000)
    engine = open_database(f"sqlite:///{path}")
    with pytest.raises(DatabaseUnavailable, match=r"^The database file is damaged[^\n]*backup[^\n]*$"):
        await SqlEntryStore(engine).read_note("42")
    await engine.dispose()


async def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DatabaseUnavailable, match=r"The folder .*file.* cannot be made: "):
        open_database(f"sqlite:///{tmp_path / 'file' / 'comptoir.db'}")


async def test_a_database_that_may_not_be_written_is_one_clear_line(sqlite_url: str) -> None:
    engine = open_database(sqlite_url)
    await migrate(engine)
    async with engine.connect() as connection:
        await connection.exec_driver_sql("PRAGMA query_only = ON")
        with pytest.raises(DatabaseUnavailable, match="read-only"):
            await connection.exec_driver_sql("DELETE FROM knowledge_notes")
    await engine.dispose()


async def test_a_full_disk_is_one_clear_line(sqlite_url: str) -> None:
    engine = open_database(sqlite_url)
    await migrate(engine)
    with pytest.raises(DatabaseUnavailable, match="disk is full"):
        await _fill(engine)
    await engine.dispose()


async def _fill(engine: AsyncEngine) -> None:
    async with writing(engine) as connection:
        await connection.exec_driver_sql("PRAGMA max_page_count = 1")
        await connection.exec_driver_sql("INSERT INTO knowledge_notes VALUES ('a', ?)", ("x" * 10_000_000,))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://nobody@127.0.0.1:1/none", "does not answer"),
        ("oracle://host/name", "use sqlite or postgresql"),
        ("comptoir.db", "is no database address"),
    ],
)
async def test_a_server_that_is_not_there_is_one_clear_line(url: str, says: str) -> None:
    with pytest.raises(DatabaseUnavailable, match=says):
        await _stamp_at(url)


async def test_a_database_that_the_server_lacks_is_one_clear_line(postgres_url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="does not exist on the server"):
        await _stamp_at(postgres_url.replace("comptoir_", "missing_"))


async def _stamp_at(url: str) -> None:
    engine = open_database(url)
    try:
        await SqlEntryStore(engine).stamp()
    finally:
        await engine.dispose()

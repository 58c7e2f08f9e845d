"""Whatever happens to the index, questions are answered, and it becomes whole again by itself."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from pathlib import Path

import pytest

from knowledge.entries import Audience
from knowledge.index.chroma import ChromaIndex
from knowledge.index.exact import ExactIndex
from knowledge.index.guarded import GuardedIndex, Patience
from knowledge.index.rebuild import rebuild_index
from knowledge.index.records import records_of
from knowledge.ports import (
    Field,
    IndexStamp,
    IndexState,
    IndexUnavailable,
    Vector,
    VectorHit,
    VectorIndex,
    VectorRecord,
    WrongModel,
)
from knowledge.store.memory import MemoryEntryStore
from tests.entries_at_hand import an_article, stored, vector_of

CUSTOMERS = frozenset({Audience.PUBLIC})
HASTY = Patience(look=0, stale=0, probe=0, first_pause=0.02, longest_pause=0.1, reload_share=1e9)


class Primary(ExactIndex):
    """An index that can be told to fail."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.searches_fail = False
        self.rebuilt = 0
        self.held = asyncio.Event()
        self.held.set()
        self.opens_in = 0.0

    async def state(self, stamp: IndexStamp) -> IndexState:
        if self.away:
            raise IndexUnavailable("the server is away")
        await asyncio.sleep(self.opens_in)
        return await super().state(stamp)

    async def rebuild(self, stamp: IndexStamp, records: AsyncIterable[Sequence[VectorRecord]]) -> None:
        if self.away:
            raise IndexUnavailable("the server is away")
        await self.held.wait()
        await super().rebuild(stamp, records)
        self.searches_fail = False
        self.rebuilt += 1

    async def nearest(
        self, vector: Vector, field: Field, audiences: frozenset[Audience], k: int
    ) -> list[VectorHit]:
        if self.away or self.searches_fail:
            raise IndexUnavailable("the search failed")
        return await super().nearest(vector, field, audiences, k)


@pytest.fixture
async def store() -> MemoryEntryStore:
    store = MemoryEntryStore()
    await store.save("small", [stored(an_article(id)) for id in ("a", "b", "c")])
    return store


@pytest.fixture
def primary() -> Primary:
    return Primary()


@pytest.fixture
async def guarded(primary: Primary, store: MemoryEntryStore) -> AsyncIterator[GuardedIndex]:
    guarded = GuardedIndex(primary, store, patience=HASTY)
    yield guarded
    await guarded.close()


async def found(index: VectorIndex) -> list[str]:
    hits = await index.nearest(vector_of("Title of b"), Field.HEAD, CUSTOMERS, 10)
    return [hit.entry_id for hit in hits]


async def whole_again(guarded: GuardedIndex) -> None:
    async with asyncio.timeout(20):
        while guarded.degraded is not None:
            assert (await found(guarded))[0] == "b"
            await asyncio.sleep(0.01)


async def test_a_missing_index_is_built_while_exact_search_answers(
    guarded: GuardedIndex, primary: Primary
) -> None:
    primary.held.clear()
    assert (await found(guarded))[0] == "b"
    assert guarded.degraded == "the index is not built yet"
    primary.held.set()
    await whole_again(guarded)
    assert primary.rebuilt == 1
    assert (await found(primary))[0] == "b"


async def test_an_index_that_is_away_comes_back(
    guarded: GuardedIndex, primary: Primary, store: MemoryEntryStore
) -> None:
    await rebuild_index(store, primary)
    assert (await found(guarded))[0] == "b"
    assert guarded.degraded is None
    primary.away = True
    assert (await found(guarded))[0] == "b"
    assert guarded.degraded is not None
    assert "away" in guarded.degraded or "failed" in guarded.degraded
    await asyncio.sleep(0.1)
    assert (await found(guarded))[0] == "b"
    primary.away = False
    await whole_again(guarded)
    assert primary.rebuilt == 1, "it was whole: no need to build it again"


async def test_an_index_that_probes_well_but_fails_in_searches_is_built_anew(
    primary: Primary, store: MemoryEntryStore
) -> None:
    await rebuild_index(store, primary)
    guarded = GuardedIndex(primary, store, patience=Patience(look=0, first_pause=0.02))
    await found(guarded)
    primary.searches_fail = True
    async with asyncio.timeout(5):
        while primary.rebuilt < 2:
            assert (await found(guarded))[0] == "b"
            await asyncio.sleep(0.01)
    await whole_again(guarded)
    assert guarded.degraded is None
    await guarded.close()


async def test_a_start_waits_for_a_large_index_and_a_later_search_does_not(
    primary: Primary, store: MemoryEntryStore
) -> None:
    await rebuild_index(store, primary)
    primary.opens_in = 0.2
    patience = Patience(look=0, probe=0, opening=0.02, first_opening=20, first_pause=20)
    guarded = GuardedIndex(primary, store, patience=patience)
    assert (await found(guarded))[0] == "b"
    assert guarded.degraded is None
    assert (await found(guarded))[0] == "b"
    assert guarded.degraded == "the index does not answer"
    await guarded.close()


async def test_what_another_process_saved_is_found(
    guarded: GuardedIndex, primary: Primary, store: MemoryEntryStore
) -> None:
    await rebuild_index(store, primary)
    await found(guarded)
    await store.save("small", [stored(an_article("d"))])
    await store.remove(["a"])
    assert sorted(await found(guarded)) == ["b", "c", "d"]
    await whole_again(guarded)
    assert sorted(await found(primary)) == ["b", "c", "d"]


async def test_an_index_that_is_being_brought_along_is_given_a_moment(
    primary: Primary, store: MemoryEntryStore
) -> None:
    await rebuild_index(store, primary)
    guarded = GuardedIndex(primary, store, patience=Patience(look=0, stale=60))
    await found(guarded)
    new = stored(an_article("d"))
    stamp = await store.save("small", [new])
    assert sorted(await found(guarded)) == ["a", "b", "c"]
    await primary.apply(stamp, [], list(records_of(new)))
    assert sorted(await found(guarded)) == ["a", "b", "c", "d"]
    assert guarded.degraded is None
    assert primary.rebuilt == 1
    await guarded.close()


async def test_changes_pass_through_to_the_index(
    guarded: GuardedIndex, primary: Primary, store: MemoryEntryStore
) -> None:
    await rebuild_index(store, guarded)
    new = stored(an_article("d"))
    await guarded.apply(await store.save("small", [new]), [], list(records_of(new)))
    stamp = await store.stamp()
    assert stamp is not None
    assert await guarded.state(stamp) is IndexState.READY
    assert sorted(await found(guarded)) == sorted(await found(primary)) == ["a", "b", "c", "d"]
    assert guarded.degraded is None


async def test_without_an_index_exact_search_is_the_index(store: MemoryEntryStore) -> None:
    guarded = GuardedIndex(None, store, patience=HASTY)
    assert (await found(guarded))[0] == "b"
    assert guarded.degraded is None
    await store.remove(["b"])
    assert sorted(await found(guarded)) == ["a", "c"]
    await guarded.close()


async def test_nothing_is_found_before_anything_was_ingested(primary: Primary) -> None:
    guarded = GuardedIndex(primary, MemoryEntryStore())
    assert await found(guarded) == []
    assert guarded.degraded is None
    await guarded.close()


async def test_vectors_of_another_model_are_refused(primary: Primary, store: MemoryEntryStore) -> None:
    guarded = GuardedIndex(primary, store, model="large")
    with pytest.raises(WrongModel, match="made with small; settings name large"):
        await found(guarded)
    await rebuild_index(store, primary)
    with pytest.raises(WrongModel):
        await guarded.state(IndexStamp("large", 16, 1))
    await guarded.close()


async def test_an_index_left_behind_by_a_change_of_model_is_built_anew(
    guarded: GuardedIndex, primary: Primary
) -> None:
    async def nothing() -> AsyncIterator[Sequence[VectorRecord]]:
        return
        yield

    await primary.rebuild(IndexStamp("former", 16, 9), nothing())
    assert (await found(guarded))[0] == "b"
    await whole_again(guarded)
    assert (await found(primary))[0] == "b"


@pytest.mark.parametrize("damage", ["torn", "gone"])
async def test_a_chroma_folder_destroyed_while_running_becomes_whole_again(
    tmp_path: Path, store: MemoryEntryStore, damage: str
) -> None:
    folder = tmp_path / "index"
    guarded = GuardedIndex(ChromaIndex(path=folder), store, patience=HASTY)
    await found(guarded)
    await whole_again(guarded)
    destroyed = _generations(folder)
    _destroy(folder, damage)
    answers = [await found(guarded) for _ in range(20)]
    assert all(answer[0] == "b" for answer in answers)
    await whole_again(guarded)
    await guarded.close()
    assert not _generations(folder) & destroyed
    reopened = ChromaIndex(path=folder)
    stamp = await store.stamp()
    assert stamp is not None
    assert await reopened.state(stamp) is IndexState.READY
    assert (await found(reopened))[0] == "b"
    await reopened.close()


def _generations(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("g-*")}


def _destroy(folder: Path, damage: str) -> None:
    for generation in folder.glob("g-*"):
        if damage == "gone":
            shutil.rmtree(generation)
            continue
        for file in generation.rglob("*"):
            if file.is_file():
                file.write_bytes(os.urandom(file.stat().st_size))


async def test_a_folder_held_by_another_process_is_taken_over_when_that_ends(
    tmp_path: Path, store: MemoryEntryStore
) -> None:
    other = ChromaIndex(path=tmp_path / "index")
    await rebuild_index(store, other)
    guarded = GuardedIndex(ChromaIndex(path=tmp_path / "index"), store, patience=HASTY)
    assert (await found(guarded))[0] == "b"
    assert guarded.degraded is not None
    assert "open in another Comptoir process" in guarded.degraded
    await other.close()
    await whole_again(guarded)
    await guarded.close()


async def test_few_entries_need_no_index_and_many_get_one(primary: Primary, store: MemoryEntryStore) -> None:
    guarded = GuardedIndex(primary, store, few=4, patience=HASTY)
    assert (await found(guarded))[0] == "b"
    assert guarded.degraded is None
    assert primary.rebuilt == 0
    stamp = await store.save("small", [stored(an_article(id)) for id in ("d", "e")])
    assert stamp is not None
    async with asyncio.timeout(20):
        while await primary.state(stamp) is not IndexState.READY:
            assert (await found(guarded))[0] == "b"
            await asyncio.sleep(0.01)
    await whole_again(guarded)
    await guarded.close()


async def test_an_entry_saved_among_few_is_found_at_once(primary: Primary, store: MemoryEntryStore) -> None:
    guarded = GuardedIndex(primary, store, few=10, patience=HASTY)
    stamp = await store.stamp()
    assert stamp is not None
    assert await guarded.state(stamp) is IndexState.READY
    await rebuild_index(store, guarded)
    article = stored(an_article("d"))
    saved = await store.save("small", [article])
    assert saved is not None
    await guarded.apply(saved, [], list(records_of(article)))
    hits = await guarded.nearest(vector_of("Title of d"), Field.HEAD, CUSTOMERS, 10)
    assert hits[0].entry_id == "d"
    assert primary.rebuilt == 0
    await guarded.close()

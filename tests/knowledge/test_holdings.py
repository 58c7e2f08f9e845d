"""What search remembers of the entries follows them, and outlives a restart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.embedders.hashing import HashingEmbedder
from knowledge.entries import Article, Audience
from knowledge.evidence import Question
from knowledge.holdings import CUSTOMERS, EVERYONE, VIEWS, Gathering, Holdings, differing
from knowledge.holdings_file import read_holdings, write_holdings
from knowledge.index.exact import ExactIndex
from knowledge.index.records import records_of
from knowledge.ports import StoredEntry
from knowledge.preparing import Vectors, prepared
from knowledge.retrieval import Retrieval
from knowledge.store.memory import MemoryEntryStore

EMBEDDER = HashingEmbedder(32)
WORDS = ("lampe", "retour", "colis", "order", "refund", "ordering", "1234")


def an_entry(
    number: int, words: Sequence[str] = ("lampe",), language: str = "fr", internal: bool = False
) -> Article:
    audience = Audience.INTERNAL if internal else Audience.PUBLIC
    text = " ".join(words)
    return Article(f"e{number}", text, f"{text} {WORDS[number % len(WORDS)]}", language, audience, twin="t")


async def stored(*entries: Article) -> list[StoredEntry]:
    vectors = Vectors(MemoryEntryStore(), EMBEDDER)
    return await vectors.of([await prepared(entry, "test") for entry in entries]) if entries else []


def gathered(entries: Sequence[StoredEntry]) -> Holdings:
    gathering = Gathering(EMBEDDER.model, EMBEDDER.dimensions)
    gathering.add(sorted(entries, key=lambda each: each.entry.id))
    return gathering.holdings()


def require_same(one: Holdings, other: Holdings, question: str) -> None:
    assert one.held == other.held
    for view in VIEWS:
        mine, theirs = one.catalogues()[view], other.catalogues()[view]
        assert list(mine.lexical.ids) == list(theirs.lexical.ids)
        readings = mine.lexical.read(question)
        assert readings == theirs.lexical.read(question)
        assert mine.lexical.scores(readings).tolist() == theirs.lexical.scores(readings).tolist()
        assert mine.fields.head_words == theirs.fields.head_words
        assert np.allclose(mine.fields.bodies.covariance, theirs.fields.bodies.covariance, atol=1e-9)
        assert np.allclose(mine.fields.openings.mean, theirs.fields.openings.mean, atol=1e-9)


ENTRIES = st.builds(
    an_entry,
    st.integers(0, 12),
    st.lists(st.sampled_from(WORDS), max_size=5),
    st.sampled_from(["fr", "en"]),
    st.booleans(),
)
SHELVES = st.lists(ENTRIES, max_size=10, unique_by=lambda entry: entry.id)


@settings(max_examples=40, deadline=None)
@given(SHELVES, SHELVES)
async def test_holdings_that_followed_the_changes_are_those_made_anew(
    before: list[Article], after: list[Article]
) -> None:
    old = {each.entry.id: each for each in await stored(*before)}
    new = {each.entry.id: each for each in await stored(*after)}
    holdings = gathered(list(old.values()))
    gone, wanted = differing(holdings.held, {id: each.content_hash for id, each in new.items()})
    followed = holdings.revised({id: old[id] for id in gone}, [new[id] for id in wanted])
    require_same(followed, gathered(list(new.values())), "lampe order 1234")


async def test_an_entry_whose_vectors_are_gone_counts_as_an_average_one() -> None:
    some = await stored(*(an_entry(n, (WORDS[n % 7], "lampe")) for n in range(40)))
    followed = gathered(some).revised({"e3": None}, [])
    exact = gathered([each for each in some if each.entry.id != "e3"])
    assert followed.guessed == 1
    mine, theirs = followed.spreads[EVERYONE].heads, exact.spreads[EVERYONE].heads
    assert mine.count == theirs.count
    assert np.allclose(mine.total / mine.count, theirs.total / theirs.count, atol=0.03)


async def test_holdings_are_the_same_after_a_restart(tmp_path: Path) -> None:
    holdings = gathered(await stored(*(an_entry(n, WORDS[: n % 5], internal=n % 4 == 0) for n in range(12))))
    write_holdings(tmp_path / "new" / "kept.npz", holdings)
    again = read_holdings(tmp_path / "new" / "kept.npz", EMBEDDER.model, EMBEDDER.dimensions)
    assert again is not None
    require_same(again, holdings, "retour lampee 1234")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["kept.npz"]


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "other model"])
async def test_a_file_that_does_not_fit_is_as_good_as_none(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "kept.npz"
    write_holdings(path, gathered(await stored(an_entry(1))))
    match damage:
        case "missing":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(path.read_bytes()[:-200])
    model = "another" if damage == "other model" else EMBEDDER.model
    assert read_holdings(path, model, EMBEDDER.dimensions) is None


class Shelves:
    """A store with its index, changed as ingest and editing do."""

    def __init__(self, kept: Path) -> None:
        self.store, self.index, self._kept = MemoryEntryStore(), ExactIndex(), kept

    def retrieval(self) -> Retrieval:
        return Retrieval(self.store, self.index, EMBEDDER, self._kept)

    async def put(self, *entries: Article) -> None:
        some = await stored(*entries)
        stamp = await self.store.save(EMBEDDER.model, some)
        records = [record for each in some for record in records_of(each)]
        if stamp.revision == 1:

            async def first():  # type: ignore[no-untyped-def]
                yield records

            await self.index.rebuild(stamp, first())
        else:
            await self.index.apply(stamp, [], records)


async def found(retrieval: Retrieval, text: str) -> dict[str, str]:
    await retrieval.load()
    asked = await retrieval.asked(Question(text, "fr", CUSTOMERS))
    return {hit.entry.id: hit.entry.text for hit in await retrieval.hits(asked, CUSTOMERS)}


async def test_an_edit_is_seen_by_the_next_question_and_after_a_restart(tmp_path: Path) -> None:
    shelves = Shelves(tmp_path / "kept.npz")
    await shelves.put(*(an_entry(n, ("colis", "order")) for n in range(15)))
    running = shelves.retrieval()
    assert "e3" in await found(running, "colis order")
    changed = replace(an_entry(3), title="garantie", text="La garantie dure deux ans.")
    await shelves.put(changed)
    for retrieval in (running, shelves.retrieval()):
        assert (await found(retrieval, "garantie"))["e3"] == changed.text
        readings = retrieval.catalogue(CUSTOMERS).lexical.read("garantie")
        assert readings["fr"].terms.keys() == {"garant"}


async def test_in_a_large_help_centre_nobody_waits_for_an_edit_and_what_is_hidden_is_hidden_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelves = Shelves(tmp_path / "kept.npz")
    await shelves.put(*(an_entry(n, ("colis", "order")) for n in range(15)))
    running = shelves.retrieval()
    monkeypatch.setattr("knowledge.retrieval.LARGE", 10)
    assert {"e3", "e4"} <= (await found(running, "colis order")).keys()
    new = an_entry(99, ("garantie",))
    await shelves.put(an_entry(3, ("colis", "order"), internal=True), an_entry(4, ("lampe",)), new)
    at_once = await found(running, "colis order garantie")
    assert "e3" not in at_once
    assert at_once["e4"] == an_entry(4, ("lampe",)).text
    assert at_once["e99"] == new.text
    await running.settle()
    assert "e99" in running.ids(CUSTOMERS)
    assert "e3" not in running.ids(CUSTOMERS)
    await running.close()

"""The same question again: what is at hand, for whom, and until when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.embedders.hashing import HashingEmbedder
from knowledge.entries import Article, Audience
from knowledge.evidence import Evidence, Question
from knowledge.index.exact import ExactIndex
from knowledge.index.guarded import GuardedIndex
from knowledge.ingest import ingest
from knowledge.knowledge_base import KnowledgeBase
from knowledge.language import LanguageDetector
from knowledge.ports import Loaded, ReaderFailed
from knowledge.remembered import RememberingKnowledge
from knowledge.store.memory import MemoryEntryStore

STAFF = frozenset(Audience)
RETURN = Article("return", "Return an item", "You have 30 days to send an item back.", "en")
REFUND = Article("refund", "When will I be refunded?", "Within 5 working days of its arrival.", "en")
GOODWILL = Article("goodwill", "Goodwill refunds", "You may refund 15 euros.", "en", Audience.INTERNAL)


class Source:
    origin = "listed"

    def __init__(self, *entries: Article) -> None:
        self._entries = entries

    async def read(self):  # type: ignore[no-untyped-def]
        for entry in self._entries:
            yield Loaded(entry)


class Reader:
    name = "reader"

    def __init__(self) -> None:
        self.fails = True

    async def answers(self, question: str, passage: str) -> float:
        if self.fails:
            raise ReaderFailed("it is away")
        return 0.9


class Shop:
    """A small help centre; `searches` counts what was not at hand."""

    def __init__(self, remembered: int = 10, reader: Reader | None = None) -> None:
        self.store, self.embedder = MemoryEntryStore(), HashingEmbedder()
        self.now = 0.0
        self.index = GuardedIndex(None, self.store, clock=lambda: self.now)
        self.knowledge = KnowledgeBase(self.store, self.index, self.embedder, reader=reader)
        self.asked = RememberingKnowledge(self.knowledge, remembered)
        self.searches = 0
        search = self.knowledge.find

        async def counted(question: Question) -> Evidence:
            self.searches += 1
            return await search(question)

        self.knowledge.find = counted  # type: ignore[method-assign]

    async def now_has(self, *entries: Article) -> None:
        await ingest([Source(*entries)], self.store, self.index, self.embedder, LanguageDetector())
        await self.knowledge.prepare()

    async def finds(
        self, text: str, audiences: frozenset[Audience] = frozenset({Audience.PUBLIC})
    ) -> Evidence:
        return await self.asked.find(Question(text, "en", audiences))


@pytest.fixture
async def shop() -> Shop:
    opened = Shop()
    await opened.now_has(RETURN, REFUND, GOODWILL)
    return opened


async def test_the_same_words_again_have_the_same_evidence_without_a_search(shop: Shop) -> None:
    first = await shop.finds("how do I return an item?")
    again = await shop.finds("how do I  return an item?\n")
    assert shop.searches == 1
    assert again.question.text == "how do I  return an item?\n"
    assert replace(again, question=first.question, timings=first.timings) == first


async def test_other_words_another_language_and_other_turns_are_other_questions(shop: Shop) -> None:
    question = Question("a refund", "en")
    await shop.asked.find(question)
    for other in (
        replace(question, text="a refund!"),
        replace(question, language="fr"),
        replace(question, context=("an item",)),
        replace(question, background=("an item",)),
        replace(question, excluding=frozenset({"refund"})),
    ):
        found = await shop.asked.find(other)
        assert not any(hit.entry.id in other.excluding for hit in found.hits)
    assert shop.searches == 6


async def test_what_staff_were_shown_is_not_at_hand_for_customers(shop: Shop) -> None:
    question = "goodwill refund of 15 euros"
    assert "goodwill" in {hit.entry.id for hit in (await shop.finds(question, STAFF)).hits}
    assert "goodwill" not in {hit.entry.id for hit in (await shop.finds(question)).hits}
    assert "goodwill" in {hit.entry.id for hit in (await shop.finds(question, STAFF)).hits}


async def test_an_edit_is_seen_by_the_next_who_asks(shop: Shop) -> None:
    await shop.finds("how do I return an item?")
    await shop.now_has(replace(RETURN, text="You have 60 days to send an item back."), REFUND, GOODWILL)
    (first, *_) = (await shop.finds("how do I return an item?")).hits
    assert "60 days" in first.entry.text
    await shop.now_has(replace(RETURN, audience=Audience.INTERNAL), REFUND, GOODWILL)
    assert "return" not in {hit.entry.id for hit in (await shop.finds("how do I return an item?")).hits}
    assert await shop.knowledge.get(["return"], frozenset({Audience.PUBLIC})) == []


async def test_nothing_is_kept_while_the_index_does_not_know_of_an_edit_yet(shop: Shop) -> None:
    elsewhere = ExactIndex()  # as another process that ingests: this one's index hears of it later
    added = Article("gift", "Give an item as a gift", "Cards are at the till.", "en")
    await ingest(
        [Source(RETURN, REFUND, GOODWILL, added)], shop.store, elsewhere, shop.embedder, LanguageDetector()
    )
    await shop.knowledge.prepare()
    await shop.finds("give an item as a gift")
    await shop.finds("give an item as a gift")
    assert shop.searches == 2
    shop.now = 60.0  # it looks, and reads what is new
    await shop.finds("give an item as a gift")
    await shop.finds("give an item as a gift")
    await shop.finds("give an item as a gift")
    assert shop.searches == 4


async def test_what_was_found_with_a_part_away_is_looked_for_again() -> None:
    reader = Reader()
    shop = Shop(reader=reader)
    await shop.now_has(RETURN, REFUND)
    assert (await shop.finds("how do I return an item?")).calibration["reading"] == "failed: it is away"
    reader.fails = False
    assert (await shop.finds("how do I return an item?")).calibration["reading"] == "reader"
    await shop.finds("how do I return an item?")
    assert shop.searches == 2


async def test_the_questions_asked_last_are_kept() -> None:
    shop = Shop(remembered=2)
    await shop.now_has(RETURN, REFUND)
    for question in ("an item", "a refund", "an item", "working days", "an item", "a refund"):
        await shop.finds(question)
    assert shop.searches == 4

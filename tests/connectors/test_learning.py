"""Colleagues judge answers by lot, and the confidence learns from it."""

from __future__ import annotations

import pytest

from bot.decisions import Answer, EntryLink
from bot.events import Author, ConversationOpened, MessageReceived, OutcomeGiven, Review
from connectors.learning import Learner
from escalation.desk import Desk
from knowledge.correction import LEAST_LABELS
from knowledge.embedders.hashing import HashingEmbedder
from knowledge.entries import Article
from knowledge.evidence import Evidence, Question
from knowledge.index.exact import ExactIndex
from knowledge.ingest import ingest
from knowledge.knowledge_base import KnowledgeBase
from knowledge.language import LanguageDetector
from knowledge.ports import Loaded
from knowledge.store.memory import MemoryEntryStore
from tests.builders import Clock, an_agent
from tests.stores import in_memory

ZOE = an_agent("zoe")
ASKED = Question("how do I return a kettle", "en")


class Centre:
    """A source with little in it."""

    origin = "centre"

    def __init__(self, *more: str) -> None:
        self._titles = ("Return an item", "Descale a kettle", "Invoices", "Opening hours", *more)

    async def read(self):  # type: ignore[no-untyped-def]
        for title in self._titles:
            yield Loaded(Article(title, title, f"{title}: all about it, kettles and lamps alike.", "en"))


class Office:
    """Answers given and judged, and a knowledge base that learns from it."""

    def __init__(self) -> None:
        self.stores, self.clock = in_memory(), Clock()
        self.desk = Desk(self.stores.log, self.clock)
        self.entries, self.index, self.embedder = MemoryEntryStore(), ExactIndex(), HashingEmbedder()
        self.knowledge = self.opened()
        self.learner = Learner(self.stores.reports, self.stores.log, self.knowledge, self.clock)

    def opened(self) -> KnowledgeBase:
        return KnowledgeBase(self.entries, self.index, self.embedder)

    async def ingested(self, *more: str) -> None:
        await ingest([Centre(*more)], self.entries, self.index, self.embedder, LanguageDetector())
        await self.knowledge.prepare()

    async def asked(self, id: str, evidence: Evidence) -> int:
        log = self.stores.log
        await log.open(id, ConversationOpened("en"), self.clock())
        await log.append(id, MessageReceived(id, evidence.question.text), Author.CUSTOMER, None, self.clock())
        trace = {
            "features": dict(evidence.features),
            "confidence": evidence.confidence,
            "uncorrected": evidence.uncorrected,
            "threshold": evidence.threshold,
        }
        answer = Answer("So.", (), EntryLink("Return an item", "Return an item"))
        given = OutcomeGiven(answer, (2,), evidence.confidence, trace, "en")
        return (await log.append(id, given, Author.BOT, None, self.clock())).position

    async def judged(self, review: Review, by_chance: bool, times: int) -> None:
        evidence = await self.knowledge.find(ASKED)
        for n in range(times):
            id = f"{review}-{by_chance}-{n}-{self.clock():%H%M%S}"
            position = await self.asked(id, evidence)
            await self.desk.review(id, ZOE, position, review, by_chance=by_chance)


@pytest.fixture
async def office() -> Office:
    office = Office()
    await office.ingested()
    return office


async def test_what_was_judged_wrong_by_lot_is_dared_less(office: Office) -> None:
    before = await office.knowledge.find(ASKED)
    await office.judged(Review.WRONG, True, LEAST_LABELS)
    assert await office.learner.learn()
    after = await office.knowledge.find(ASKED)
    assert after.confidence < before.confidence == after.uncorrected == before.uncorrected
    assert after.threshold > 1
    assert (after.calibration["labels"], after.calibration["thresholds"]) == (LEAST_LABELS, "labels")
    assert (before.calibration["labels"], before.calibration["thresholds"]) == (0, "shipped")
    assert not await office.learner.learn(), "nobody said anything new"


async def test_what_colleagues_picked_or_were_unsure_of_teaches_nothing(office: Office) -> None:
    before = await office.knowledge.find(ASKED)
    await office.judged(Review.WRONG, False, LEAST_LABELS)
    await office.judged(Review.INCOMPLETE, True, LEAST_LABELS)
    assert not await office.learner.learn()
    assert (await office.knowledge.find(ASKED)).confidence == before.confidence


async def test_the_correction_outlives_a_restart_and_new_entries(office: Office) -> None:
    await office.judged(Review.WRONG, True, LEAST_LABELS)
    await office.learner.learn()
    learnt = await office.knowledge.find(ASKED)
    again = office.opened()
    await again.prepare()
    assert (await again.find(ASKED)).confidence == pytest.approx(learnt.confidence)
    await office.ingested("Gift vouchers")
    changed = await office.knowledge.find(ASKED)
    assert changed.calibration["revision"] != learnt.calibration["revision"]
    assert changed.calibration["labels"] == LEAST_LABELS
    assert changed.confidence < (changed.uncorrected or 0)

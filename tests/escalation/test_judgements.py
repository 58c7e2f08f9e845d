"""Verdicts become labels, and corrections become knowledge."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.decisions import Clarify, Decision, EntryLink, Escalate, Reason
from bot.events import AnswerJudged, Author, ConversationOpened, MessageReceived, OutcomeGiven, Review
from escalation.desk import Desk, NoSuchAnswer
from escalation.judgements import Corrections, Label, labels, to_mark
from escalation.reports import Scope
from escalation.roles import NotAllowed
from escalation.roster import Role
from knowledge.editing import Editor, EntryRefused
from knowledge.embedders.hashing import HashingEmbedder
from knowledge.entries import Article, Audience
from knowledge.index.exact import ExactIndex
from knowledge.index.guarded import GuardedIndex
from knowledge.language import LanguageDetector
from knowledge.store.memory import MemoryEntryStore
from knowledge.versions import Change
from tests.builders import MONDAY, Clock, an_agent, an_answer
from tests.stores import Stores, in_database, in_memory

ZOE = an_agent("zoe", Role.LEAD)
KARIM = an_agent("karim")
ALWAYS = Scope(MONDAY - timedelta(days=1), MONDAY + timedelta(days=30))
CHANGE = Change(MONDAY, "zoe", "corrected")


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    if request.param == "memory":
        yield in_memory()
        return
    async with in_database(request.getfixturevalue(f"{request.param}_url")) as stores:
        yield stores


class Shop:
    def __init__(self, stores: Stores) -> None:
        self.stores = stores
        self.clock = Clock()
        self.desk = Desk(stores.log, self.clock)
        self.entries = MemoryEntryStore()
        index = GuardedIndex(ExactIndex(), self.entries)
        editor = Editor(self.entries, index, HashingEmbedder(16), LanguageDetector())
        self.corrections = Corrections(self.desk, editor, stores.log)

    async def asked(self, id: str, outcome: Decision | None = None, **trace: object) -> int:
        await self.stores.log.open(id, ConversationOpened("en"), self.clock())
        message = MessageReceived(id, f"{id}?")
        position = (await self.stores.log.append(id, message, Author.CUSTOMER, None, self.clock())).position
        given = OutcomeGiven(outcome or an_answer(), (position,), 0.7, dict(trace), "en")
        return (await self.stores.log.append(id, given, Author.BOT, None, self.clock())).position

    async def thumb(self, id: str, position: int, useful: bool) -> None:
        await self.stores.log.append(id, AnswerJudged(position, useful), Author.CUSTOMER, None, self.clock())

    async def labels(self) -> list[Label]:
        return [label async for label in labels(self.stores.reports, self.stores.log)]


@pytest.fixture
def shop(stores: Stores) -> Shop:
    return Shop(stores)


async def test_a_label_has_what_the_bot_knew_and_what_people_say(shop: Shop) -> None:
    trace = {"features": {"score": 2.5, "margin": 1, "odd": "x"}, "threshold": 0.6}
    first = await shop.asked("returns", **trace)
    await shop.asked("nobody said anything")
    third = await shop.asked("which", Clarify("A or B?", (EntryLink("a", "A"), EntryLink("b", "B"))))
    await shop.thumb("which", third, False)
    await shop.thumb("returns", first, False)
    await shop.desk.review("returns", KARIM, first, Review.WRONG)
    await shop.desk.review("returns", ZOE, first, Review.RIGHT)
    found = await shop.labels()
    assert found == [
        Label(
            "returns", first, "returns?", "en", "answer", "returns", 0.7, 0.6,
            {"score": 2.5, "margin": 1.0}, Review.RIGHT, False,
        ),
        Label("which", third, "which?", "en", "clarify", "a", 0.7, None, {}, None, False),
    ]  # fmt: skip
    assert [label.right for label in found] == [True, False]
    await shop.desk.review("returns", ZOE, first, None)
    await shop.desk.review("returns", KARIM, first, None)
    assert [label.right for label in await shop.labels()] == [False, False]


async def test_labels_are_read_to_the_end(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("escalation.judgements.PAGE", 2)
    for n in range(5):
        await shop.thumb(f"c{n}", await shop.asked(f"c{n}"), n % 2 == 0)
    assert [label.question for label in await shop.labels()] == [f"c{n}?" for n in range(5)]


async def test_what_nobody_marked_is_offered_by_chance(shop: Shop) -> None:
    asked = {(f"c{n}", await shop.asked(f"c{n}")) for n in range(8)}
    await shop.desk.review("c3", KARIM, 3, Review.RIGHT)
    order = await to_mark(shop.stores.reports, ALWAYS, "zoe on Monday")
    assert set(order) == asked - {("c3", 3)}
    assert order == await to_mark(shop.stores.reports, ALWAYS, "zoe on Monday")
    assert order != await to_mark(shop.stores.reports, ALWAYS, "karim on Monday")


async def test_how_sure_the_bot_was_and_who_was_shown_it_by_lot_is_kept(shop: Shop) -> None:
    sure = {"confidence": 0.9, "uncorrected": 0.8, "threshold": 0.7}
    drawn = await shop.asked("drawn", **sure)
    picked = await shop.asked("picked", **sure)
    nearest = {"confidence": 0.3, "threshold": 0.7, "judgement": {"best": "returns"}}
    await shop.asked("passed on", Escalate("Soon.", Reason.LOW_CONFIDENCE), **nearest)
    await shop.asked("no search")
    await shop.desk.review("drawn", ZOE, drawn, Review.WRONG, by_chance=True)
    await shop.desk.review("drawn", ZOE, drawn, Review.RIGHT)
    await shop.desk.review("picked", ZOE, picked, Review.WRONG)
    found = await shop.stores.reports.searched(ALWAYS)
    assert [(one.kind, one.entry_id, one.uncorrected, one.review, one.by_chance) for one in found] == [
        ("escalate", "returns", 0.3, None, False),
        ("answer", "returns", 0.8, Review.WRONG, False),
        ("answer", "returns", 0.8, Review.RIGHT, True),
    ]
    assert [(label.conversation_id, label.by_chance) for label in await shop.labels()] == [
        ("drawn", True),
        ("picked", False),
    ]


async def test_a_correction_that_a_lead_agrees_with_becomes_an_entry(shop: Shop) -> None:
    position = await shop.asked("engraving")
    other = await shop.asked("engrave")
    await shop.desk.review("engraving", KARIM, position, Review.WRONG, "Up to twenty characters.")
    entry = Article("", "engraving?", "Up to twenty characters.", "en", questions=("engrave?",))
    made = await shop.corrections.publish(entry, [("engraving", position), ("engrave", other)], ZOE, CHANGE)
    [judgement] = await shop.stores.reviews.of("engraving")
    assert judgement.published_as == made.entry.id == "engraving"
    [stored] = await shop.entries.get(["engraving"], frozenset(Audience))
    assert stored.entry.questions == ("engrave?",)
    changed = Article("engraving", "engraving?", "Up to thirty characters.", "en")
    await shop.corrections.amend(changed, made.content_hash, [("engraving", position)], ZOE, CHANGE)
    assert [v.number for v in await shop.entries.versions("engraving")] == [2, 1]


async def test_only_a_lead_publishes_and_only_what_is_an_entry(shop: Shop) -> None:
    position = await shop.asked("engraving")
    entry = Article("", "engraving?", "Up to twenty characters.", "en")
    with pytest.raises(NotAllowed):
        await shop.corrections.publish(entry, [("engraving", position)], KARIM, CHANGE)
    with pytest.raises(NoSuchAnswer):
        await shop.corrections.publish(entry, [("engraving", 99)], ZOE, CHANGE)
    with pytest.raises(EntryRefused):
        await shop.corrections.publish(Article("", "", "", "en"), [("engraving", position)], ZOE, CHANGE)
    assert await shop.entries.count() == 0
    assert [e.event.kind for e in await shop.stores.log.read("engraving")][-1] == "outcome_given"

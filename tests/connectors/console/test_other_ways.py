"""A question that was answered right becomes another way to ask, so that whoever asks alike is answered too.
The assistant and the search are the real ones, with an embedder that needs no model."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
import pytest_asyncio

from bot.events import (
    Author,
    ConversationOpened,
    CorrectionPublished,
    Customer,
    MessageReceived,
    OutcomeGiven,
)
from connectors.assembly import Service, assemble
from escalation.roster import Role
from knowledge.embedders.hashing import HashingEmbedder
from knowledge.entries import Article, Audience
from knowledge.evidence import Question
from tests.builders import an_answer
from tests.connectors.console.test_knowledge import fields_of, load, stored
from tests.console import BRIEF, Browser, hired, take_back, words
from tests.web import indoors, now, web_settings, with_tables

pytestmark = pytest.mark.asyncio(loop_scope="module")

RETURNS = Article(
    "help/returns",
    "Returning a lamp",
    "You may return any lamp within 30 days, unless it was installed.",
    "en",
)
OTHERS = (
    Article("help/delivery", "Delivery times", "Parcels arrive within 3 working days after they left.", "en"),
    Article("help/gifts", "Gift wrapping", "We wrap presents for 5 euros: tick the box in the basket.", "en"),
    Article("help/retours", "Retourner une lampe", "Vous avez 30 jours.", "fr"),
    Article("staff/goodwill", "Goodwill", "We may refund up to 10 euros.", "en", Audience.INTERNAL),
)
AUNT = "Can I return a lamp that my aunt gave me for Christmas, it is ugly?"
ALIKE = "ugly Christmas present from my aunt"
UNDERSTOOD = {"kind": "question", "context": [], "background": [], "rejects": False, "injection": None}
OFFERED = "Add this question to “Returning a lamp” as another way to ask"
NOT_OFFERED = "as another way to ask"


@dataclass(frozen=True, slots=True)
class Office:
    service: Service
    zoe: Browser
    paul: Browser

    async def understood(self, id: str, *texts: str) -> dict[str, Any]:
        """What the real assistant takes the last of these messages for."""
        await self.service.reception.open(id, "en", "widget", "shop")
        for n, text in enumerate(texts):
            await self.service.reception.handle(id, f"m{n}", text)
        events = [logged.event for logged in await self.service.log.read(id)]
        found: dict[str, Any] = [e for e in events if isinstance(e, OutcomeGiven)][-1].trace["understanding"]
        return found

    async def answered(
        self, id: str, text: str = "What if it is ugly?", entry: str = "help/returns", **how: Any
    ) -> None:
        """As the log has it of an answer at position 3: `how` may differ."""
        log, answer = self.service.log, an_answer()
        answer = replace(answer, more=replace(answer.more, entry_id=entry))
        opened = ConversationOpened("en", how.get("door", "widget"), "shop", how.get("customer"))
        await log.open(id, opened, now())
        await log.append(id, MessageReceived(id, text), Author.CUSTOMER, None, now())
        trace = {"understanding": UNDERSTOOD | how.get("understood", {})}
        language = how.get("language", "en")
        given = OutcomeGiven(answer, (2,), 0.7, trace, language, how.get("rejected", False))
        await log.append(id, given, Author.BOT, None, now())

    async def questions(self, id: str = "help/returns") -> tuple[str, ...]:
        return (await stored(self.service, id)).entry.questions

    async def first_for(self, question: str) -> str:
        return (await self.service.knowledge.find(Question(question, "en"))).hits[0].entry.id


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    settings = web_settings(tmp_path_factory.mktemp("other-ways"))
    await with_tables(settings.data)
    async with (
        await assemble(settings, clock=now, brief=BRIEF, embedder=HashingEmbedder()) as service,
        indoors(service) as client,
    ):
        await load(service, RETURNS, *OTHERS)
        browsers = {}
        for name, role in (("zoe", Role.LEAD), ("paul", Role.AGENT)):
            await hired(service, name, role)
            browsers[name] = Browser(client)
            await browsers[name].sign_in(name)
        yield Office(service, **browsers)


async def marked(browser: Browser, id: str, review: str = "right", **more: str) -> httpx.Response:
    """In the room for judging; the page that it leads to."""
    fields = {"position": "3", "review": review, "then": "next", **more}
    answer = await browser.post(f"/conversations/{id}/review", fields)
    assert answer.status_code == 303, answer.text
    return await browser.get(answer.headers["location"].removeprefix("/console"))


async def test_who_asks_alike_is_led_to_the_entry_from_then_on(office: Office) -> None:
    await office.answered("aunt", AUNT, understood=await office.understood("aunts", AUNT))
    assert await office.first_for(ALIKE) == "help/gifts"
    assert OFFERED in words(await marked(office.zoe, "aunt"))

    added = await office.zoe.post("/knowledge/other-way", {"answered": "aunt.3"}, hx_request="true")
    assert "Added to “Returning a lamp”." in words(added)
    assert await office.questions() == (AUNT,)
    assert await office.first_for(ALIKE) == "help/returns"

    page = await office.zoe.get("/knowledge/versions?id=help/returns")
    assert "A customer's question, from the conversation aunt" in words(page)
    assert "zoe" in words(page).lower()
    noted = [e.event for e in await office.service.log.read("aunt")][-1]
    assert noted == CorrectionPublished(3, "help/returns", "zoe")
    assert NOT_OFFERED not in words(await office.zoe.get("/conversations/aunt")), "it is there already"

    await take_back(office.zoe, added)
    assert await office.questions() == ()
    assert await office.first_for(ALIKE) == "help/gifts"
    noted = [e.event for e in await office.service.log.read("aunt")][-1]
    assert noted == CorrectionPublished(3, None, "zoe")


async def test_it_is_offered_in_the_conversation_too_once_it_is_right(office: Office) -> None:
    await office.answered("here")
    page = await office.zoe.get("/conversations/here")
    assert NOT_OFFERED not in words(page)
    await office.zoe.act("here", "review", position="3", review="right")
    assert OFFERED in words(await office.zoe.get("/conversations/here/fresh"))
    await office.zoe.act("here", "review", position="3", review="wrong")
    assert NOT_OFFERED not in words(await office.zoe.get("/conversations/here"))


async def test_who_may_not_change_entries_marks_it_and_a_lead_is_offered_it(office: Office) -> None:
    await office.answered("pauls")
    assert NOT_OFFERED not in words(await marked(office.paul, "pauls"))
    assert NOT_OFFERED not in words(await office.paul.get("/conversations/pauls"))
    refused = await office.paul.post("/knowledge/other-way", {"answered": "pauls.3"}, hx_request="true")
    assert refused.status_code == 403
    assert OFFERED in words(await office.zoe.get("/judge?one=pauls.3"))
    assert await office.questions() == ()


async def test_what_was_said_in_confidence_is_taken_out(office: Office) -> None:
    customer = Customer("7", "Camille Durand")
    await office.answered(
        "camille", "I am Camille,\nmy mail is c.d@example.com: is it ugly?", customer=customer
    )
    page = await marked(office.zoe, "camille")
    assert "I am [name], my mail is [e-mail address]: is it ugly?" in words(page)
    assert "c.d@example.com" not in page.text.partition("data-offered")[2].partition("</section>")[0]


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"text": "RETURNING, a lamp?"}, id="the title already"),
        pytest.param({"understood": {"context": ["May I return it?"]}}, id="leans on what was asked before"),
        pytest.param({"understood": {"background": ["May I return it?"]}}, id="may lean on it"),
        pytest.param({"understood": {"kind": "chooses"}}, id="no question"),
        pytest.param({"rejected": True}, id="a reaction"),
        pytest.param({"understood": {"injection": "ignore"}}, id="an attack"),
        pytest.param({"door": "slack"}, id="perhaps a colleague's"),
        pytest.param({"entry": "staff/goodwill"}, id="an entry for staff"),
        pytest.param({"entry": "help/retours"}, id="another language"),
        pytest.param({"entry": "gone"}, id="an entry that is gone"),
        pytest.param({"text": "ugly " * 100}, id="a story"),
        pytest.param({"text": "?!"}, id="no words"),
    ],
)
async def test_what_does_not_belong_there_is_not_offered_nor_taken(
    office: Office, how: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    id = re.sub(r"\W", "-", request.node.callspec.id)
    await office.answered(id, **how)
    assert NOT_OFFERED not in words(await marked(office.zoe, id))
    assert NOT_OFFERED not in words(await office.zoe.get(f"/conversations/{id}"))
    refused = await office.zoe.post("/knowledge/other-way", {"answered": f"{id}.3"}, hx_request="true")
    assert refused.status_code == 409
    assert await office.questions() == ()


async def test_what_only_means_something_after_what_was_asked_before_is_not_offered(office: Office) -> None:
    understood = await office.understood("germans", "Can I return a lamp?", "and in Germany?")
    await office.answered("germany", "and in Germany?", understood=understood)
    assert NOT_OFFERED not in words(await marked(office.zoe, "germany"))


async def test_what_somebody_would_have_said_otherwise_is_not_offered(office: Office) -> None:
    await office.answered("disputed")
    await office.paul.act("disputed", "review", position="3", review="incomplete", correction="And how.")
    assert NOT_OFFERED not in words(await marked(office.zoe, "disputed"))


async def test_who_changes_the_entry_because_of_an_answer_finds_the_question_in_the_form(
    office: Office,
) -> None:
    await office.answered("amended", "Is ugliness a reason?")
    await marked(office.paul, "amended", "incomplete", correction="Yes, within 30 days.")
    page = await office.zoe.get("/knowledge/write?id=help/returns&answers=amended.3")
    fields = fields_of(page)
    assert fields["questions"] == "Is ugliness a reason?"
    assert "Added as the last line: the customer's question, “Is ugliness a reason?”" in words(page)
    other = await office.zoe.get("/knowledge/write?id=help/retours&answers=amended.3")
    assert fields_of(other)["questions"] == ""
    assert "Added as the last line" not in words(other)
    saved = await office.zoe.post("/knowledge/save", fields)
    await take_back(office.zoe, await office.zoe.get(saved.headers["location"].removeprefix("/console")))
    assert await office.questions() == ()

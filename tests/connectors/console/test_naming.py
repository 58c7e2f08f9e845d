"""An entry answers what was asked in vain: a lead names it, and whoever asks alike is answered from it. The
assistant and the search are the real ones, with an embedder that needs no model."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from html import unescape
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from bot.decisions import Answer, EntryLink
from bot.events import Author, ConversationOpened, CorrectionPublished, MessageReceived, OutcomeGiven
from connectors.assembly import Service, assemble
from escalation.roster import Role
from knowledge.editing import Edited
from knowledge.embedders.hashing import HashingEmbedder
from knowledge.entries import Article, Audience, Entry
from knowledge.versions import Change
from tests.builders import an_answer, an_escalation
from tests.connectors.console.test_knowledge import load, stored
from tests.console import BRIEF, Browser, hired, take_back, words
from tests.web import indoors, now, web_settings, with_tables

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENTRIES = (
    Article("returns", "Returning a lamp", "You may return any lamp within 30 days.", "en", twin="returns"),
    Article("retours", "Retourner une lampe", "Vous avez 30 jours.", "fr", twin="returns"),
    Article("delivery", "Delivery times", "Parcels arrive within 3 working days after they left.", "en"),
    Article("gifts", "Gift wrapping", "We wrap presents for 5 euros: tick the box in the basket.", "en"),
    Article("invoices", "Invoices", "They are in your account.", "en", twin="invoices"),
    Article("factures", "Factures", "Elles sont dans votre compte.", "fr", twin="invoices"),
    Article("rechnungen", "Rechnungen", "Im Konto.", "de", Audience.INTERNAL, twin="invoices"),
    Article("goodwill", "Goodwill", "We may refund up to 10 euros.", "en", Audience.INTERNAL),
)
OFFER = "An entry answers it"
UGLY = "What about the chandelier of my aunt, which is ugly?"
UGLY_TOO = "My aunt's chandelier is ugly, write to c.d@example.com"
UNDERSTOOD = {"kind": "question", "context": [], "background": [], "rejects": False, "injection": None}


@dataclass(frozen=True, slots=True)
class Office:
    service: Service
    zoe: Browser
    paul: Browser

    async def asks(self, id: str, text: str) -> OutcomeGiven:
        """What the real assistant says to this customer."""
        await self.service.reception.open(id, "en", "widget", "shop")
        await self.service.reception.handle(id, "m1", text)
        return [e.event for e in await self.service.log.read(id) if isinstance(e.event, OutcomeGiven)][-1]

    async def asked(self, id: str, text: str = "Is it ugly?", **how: Any) -> None:
        """As the log has it of a question that went to a person, at position 3: `how` may differ."""
        log = self.service.log
        await log.open(id, ConversationOpened("en", how.get("door", "widget"), "shop"), now())
        await log.append(id, MessageReceived(id, text), Author.CUSTOMER, None, now())
        considered = [{"entry_id": id, "title": id, "score": 1.0} for id in how.get("considered", ())]
        trace = {"understanding": UNDERSTOOD | how.get("understood", {}), "candidates": considered}
        outcome = how.get("outcome", an_escalation())
        given = OutcomeGiven(outcome, (2,), 0.1, trace, how.get("language", "en"))
        await log.append(id, given, Author.BOT, None, now())

    async def names(self, id: str, entry: str) -> httpx.Response:
        """From what was asked to the page on which the note stands."""
        return await self.confirms(await self.zoe.get(f"/knowledge/answered-by?of={id}.3&entry={entry}"))

    async def confirms(self, page: httpx.Response) -> httpx.Response:
        answer = await self.zoe.post("/knowledge/answered-by", fields_of(page))
        assert answer.status_code == 303, words(answer)
        return await self.zoe.get(answer.headers["location"].removeprefix("/console"))

    async def questions(self, id: str = "returns") -> tuple[str, ...]:
        return (await stored(self.service, id)).entry.questions

    async def noted(self, id: str) -> list[str | None]:
        events = [logged.event for logged in await self.service.log.read(id)]
        return [event.entry_id for event in events if isinstance(event, CorrectionPublished)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    settings = web_settings(tmp_path_factory.mktemp("naming"))
    await with_tables(settings.data)
    async with (
        await assemble(settings, clock=now, brief=BRIEF, embedder=HashingEmbedder()) as service,
        indoors(service) as client,
    ):
        await load(service, *ENTRIES)
        browsers = {}
        for name, role in (("zoe", Role.LEAD), ("paul", Role.AGENT)):
            await hired(service, name, role)
            browsers[name] = Browser(client)
            await browsers[name].sign_in(name)
        yield Office(service, **browsers)


def fields_of(page: httpx.Response) -> dict[str, Any]:
    """What the form holds, as a browser would send it."""
    [form] = re.findall(r'<form[^>]*action="/console/knowledge/answered-by".*?</form>', page.text, re.DOTALL)
    fields = {n: unescape(v) for n, v in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)}
    return fields | {"of": re.findall(r'name="of" value="([^"]*)"', form)}


def links(page: httpx.Response, text: str) -> list[str]:
    """Where the links that say this lead."""
    found = re.findall(r'<a [^>]*href="/console([^"]*)"[^>]*>(.*?)</a>', page.text, re.DOTALL)
    return [unescape(to) for to, inside in found if text in re.sub(r"<[^>]+>", "", inside)]


async def test_a_hole_is_closed_by_an_entry_that_was_there_all_along(office: Office) -> None:
    assert (await office.asks("ugly", UGLY)).outcome.kind == "escalate"
    assert (await office.asks("ugly-too", UGLY_TOO)).outcome.kind != "answer"
    [hole] = links(await office.zoe.get("/knowledge/missing"), OFFER)
    page = await office.zoe.get(hole)
    assert "Goodwill" not in words(page)
    [lamp] = links(page, "Returning a lamp")
    page = await office.zoe.get(lamp)
    done = await office.confirms(page)
    assert "“Returning a lamp” answers it from now on: 2 questions were added." in words(done)

    masked = "My aunt's chandelier is ugly, write to [e-mail address]"
    assert set(await office.questions()) == {UGLY, masked}
    assert links(done, OFFER) == [], "the hole is closed"
    assert links(done, "answered since") == ["/knowledge/entry?id=returns"]
    again = (await office.asks("ugly-again", UGLY)).outcome
    assert isinstance(again, Answer)
    assert again.more is not None
    assert again.more.entry_id == "returns"
    history = words(await office.zoe.get("/knowledge/versions?id=returns"))
    assert "2 questions of customers that it answers" in history

    back = await take_back(office.zoe, done)
    assert back.headers["hx-redirect"] == "/console/knowledge/missing"
    assert await office.questions() == ()
    assert await office.noted("ugly") == await office.noted("ugly-too") == ["returns", None]
    assert len(links(await office.zoe.get("/knowledge/missing"), OFFER)) == 1


async def test_an_answer_from_the_wrong_entry_is_corrected_by_naming_the_right_one(office: Office) -> None:
    from_gifts = replace(an_answer(), more=EntryLink("gifts", "Gift wrapping"))
    considered = ("gifts", "gone", "goodwill", "delivery", "returns")
    await office.asked(
        "wrong", "Is a hideous lampshade taken again?", outcome=from_gifts, considered=considered
    )
    fields = {"position": "3", "review": "incomplete", "then": "next", "correction": "Yes: see returns."}
    assert OFFER not in words(await office.zoe.get("/judge?one=wrong.3")), "nobody has marked it"
    await office.paul.post("/conversations/wrong/review", fields)
    assert OFFER in words(await office.zoe.get("/judge?show=corrections"))
    assert OFFER in words(await office.zoe.get("/conversations/wrong"))

    judged = await office.zoe.get("/judge?one=wrong.3")
    assert re.search(r"<a [^>]*data-other-way[^>]*answered-by", judged.text), "the key a is its key"
    [offer] = links(judged, OFFER)
    assert entries_in(await office.zoe.get(offer)) == ["gifts", "delivery", "returns"]
    await office.zoe.act("wrong", "review", position="3", review="wrong")
    page = await office.zoe.get(offer)
    assert entries_in(page) == ["delivery", "returns"], "it was the wrong one"

    done = await office.confirms(await office.zoe.get(links(page, "Returning a lamp")[0]))
    assert await office.questions() == ("Is a hideous lampshade taken again?",)
    assert OFFER not in words(await office.zoe.get("/judge?show=corrections")), "it is taken as done"
    assert "is knowledge now" in words(await office.zoe.get("/judge?show=marked"))
    assert "an entry answers it since" in words(await office.zoe.get("/conversations/wrong"))
    await take_back(office.zoe, done)
    assert OFFER in words(await office.zoe.get("/judge?show=corrections"))
    assert OFFER in words(await office.zoe.get("/judge?show=marked"))
    assert await office.questions() == ()


async def test_a_wrong_tone_is_no_matter_of_the_entry(office: Office) -> None:
    await office.asked("rude", outcome=an_answer())
    await office.zoe.act("rude", "review", position="3", review="wrong_tone")
    assert OFFER not in words(await office.zoe.get("/judge?one=rude.3"))


async def test_what_the_assistant_did_not_consider_is_searched_for(office: Office) -> None:
    await office.asked("searched", "Do you wrap presents?", considered=("delivery",))
    page = await office.zoe.get("/knowledge/answered-by?of=searched.3&q=gift+wrapping&then=/judge")
    assert "gifts" in entries_in(page)
    assert "goodwill" not in entries_in(page)
    await office.zoe.get(links(page, "Gift wrapping")[0])
    assert "Does this entry answer it?" in office.zoe.text
    await office.asked("unsearched", "Do you wrap presents?")
    found = entries_in(await office.zoe.get("/knowledge/answered-by?of=unsearched.3"))
    assert "gifts" in found, "nothing was considered: the question itself is searched for"


async def test_who_may_not_change_entries_neither_sees_nor_does_it(office: Office) -> None:
    await office.asked("pauls")
    await office.paul.act("pauls", "review", position="3", review="wrong")
    for page in ("/knowledge/missing", "/judge?one=pauls.3", "/judge?show=marked", "/conversations/pauls"):
        assert OFFER not in words(await office.paul.get(page)), page
    assert (await office.paul.get("/knowledge/answered-by?of=pauls.3")).status_code == 403
    fields = fields_of(await office.zoe.get("/knowledge/answered-by?of=pauls.3&entry=returns"))
    refused = await office.paul.post("/knowledge/answered-by", fields)
    assert refused.status_code == 403
    assert (await office.paul.post("/knowledge/answered-by/undo", {"steps": "[]"})).status_code == 403
    assert await office.noted("pauls") == []
    assert await office.questions() == ()


@pytest.mark.parametrize(
    ("how", "why"),
    [
        pytest.param({"door": "slack"}, "perhaps by a colleague", id="slack"),
        pytest.param({"understood": {"background": ["May I?"]}}, "may lean on what was asked", id="leans"),
        pytest.param({"understood": {"kind": "wants_person"}}, "no question that stands alone", id="person"),
        pytest.param({"language": "de"}, "in another language", id="german"),
        pytest.param({"text": "ugly " * 100}, "too long for a question", id="story"),
        pytest.param({"text": "?!"}, "there are no words in it", id="wordless"),
        pytest.param({"text": "RETURNING, a lamp"}, "the entry has it already", id="there"),
    ],
)
async def test_what_may_not_be_added_is_told_and_answered_all_the_same(
    office: Office, how: dict[str, Any], why: str, request: pytest.FixtureRequest
) -> None:
    id = request.node.callspec.id
    await office.asked(id, **how)
    page = await office.zoe.get(f"/knowledge/answered-by?of={id}.3&entry=returns")
    assert re.search(f"Not added: [^.]*{why}", words(page))
    assert "Nothing will be added to the entry." in words(page)
    done = await office.confirms(page)
    assert "Noted: “Returning a lamp” answers it. Nothing was added to it." in words(done)
    assert await office.noted(id) == ["returns"]
    assert await office.questions() == ()
    await take_back(office.zoe, done)
    assert await office.noted(id) == ["returns", None]


async def test_of_several_only_what_fits_is_added_and_each_to_its_language(office: Office) -> None:
    """A French question goes to the entry that says the same in French."""
    await office.asked("english", "Is a monstrous lampshade refunded?")
    await office.asked("french", "Un monstrous lampshade refunded ?", language="fr")
    await office.asked("leaning", "And a monstrous lampshade refunded?", understood={"context": ["May I?"]})
    page = await office.zoe.get("/knowledge/answered-by?of=english.3&days=30&entry=returns")
    assert "Added to “Retourner une lampe”, which says the same in its language." in words(page)
    assert "Not added: it may lean on what was asked before it." in words(page)
    done = await office.confirms(page)
    assert await office.questions("returns") == ("Is a monstrous lampshade refunded?",)
    assert await office.questions("retours") == ("Un monstrous lampshade refunded ?",)
    assert [await office.noted(id) for id in ("english", "french", "leaning")] == [
        ["returns"], ["retours"], ["returns"],
    ]  # fmt: skip
    await take_back(office.zoe, done)
    assert await office.questions("returns") == await office.questions("retours") == ()
    assert (await office.noted("french"))[-1] is None


async def test_what_is_unticked_stays_open(office: Office) -> None:
    await office.asked("meant", "Are gaudy sconces recycled?")
    await office.asked("other", "Are gaudy sconces recycled now?")
    page = await office.zoe.get("/knowledge/answered-by?of=meant.3&days=30&entry=gifts")
    fields = fields_of(page)
    assert set(fields["of"]) == {"meant.3", "other.3"}
    refused = await office.zoe.post("/knowledge/answered-by", fields | {"of": []})
    assert (refused.status_code, "Tick at least one question" in words(refused)) == (422, True)
    answer = await office.zoe.post("/knowledge/answered-by", fields | {"of": ["meant.3"]})
    assert await office.questions("gifts") == ("Are gaudy sconces recycled?",)
    assert (await office.noted("meant"), await office.noted("other")) == (["gifts"], [])
    await take_back(office.zoe, await office.zoe.get(answer.headers["location"].removeprefix("/console")))


async def test_an_entry_for_staff_is_refused_in_plain_words(office: Office) -> None:
    await office.asked("forged")
    refused = await office.zoe.get("/knowledge/answered-by?of=forged.3&entry=goodwill")
    assert refused.status_code == 422
    fields = fields_of(await office.zoe.get("/knowledge/answered-by?of=forged.3&entry=returns"))
    seen = (await stored(office.service, "goodwill")).content_hash
    forged = fields | {"entry": "goodwill", "seen": seen}
    refused = await office.zoe.post("/knowledge/answered-by", forged)
    assert refused.status_code == 422
    assert "“Goodwill” is for staff only: it cannot answer customers." in words(refused)
    assert (await office.zoe.post("/knowledge/answered-by", fields | {"entry": "gone"})).status_code == 404
    assert (await office.zoe.post("/knowledge/answered-by", fields | {"of": ["forged.2"]})).status_code == 404
    assert await office.noted("forged") == []
    assert await office.questions("goodwill") == ()


async def test_an_entry_that_changed_meanwhile_is_looked_at_again(office: Office) -> None:
    await office.asked("overtaken")
    page = await office.zoe.get("/knowledge/answered-by?of=overtaken.3&entry=delivery")
    await rewritten(office, "delivery", "Parcels arrive within a week.")
    refused = await office.zoe.post("/knowledge/answered-by", fields_of(page))
    assert refused.status_code == 409
    assert await office.noted("overtaken") == []

    done = await office.names("overtaken", "delivery")
    await rewritten(office, "delivery", "Parcels arrive within a month.")
    with pytest.raises(AssertionError, match="Somebody changed this entry"):
        await take_back(office.zoe, done)
    assert await office.noted("overtaken") == ["delivery"], "nothing is half taken back"
    assert await office.questions("delivery") == ("Is it ugly?",)


async def test_when_a_colleague_is_quicker_at_the_twin_nothing_is_half_done(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.asked("first", "Is a garish lantern refunded?")
    await office.asked("second", "Une garish lantern refunded ?", language="fr")
    page = await office.zoe.get("/knowledge/answered-by?of=first.3&days=30&entry=returns")
    edit = office.service.editor.edit

    async def overtaken(entry: Entry, seen: str, change: Change) -> Edited:
        """Paul saves the French one while the English one is being saved."""
        if (entry.id, change.by) == ("returns", "zoe"):
            await rewritten(office, "retours", "Vous avez un mois.")
        return await edit(entry, seen, change)

    monkeypatch.setattr(office.service.editor, "edit", overtaken)
    refused = await office.zoe.post("/knowledge/answered-by", fields_of(page))
    assert refused.status_code == 409
    assert await office.questions("returns") == await office.questions("retours") == ()
    assert await office.noted("first") == ["returns", None]
    assert await office.noted("second") == []


async def test_a_twin_for_staff_is_given_nothing(office: Office) -> None:
    await office.asked("german-too", "Wo ist die Rechnung?", language="de")
    page = await office.zoe.get("/knowledge/answered-by?of=german-too.3&entry=invoices")
    assert "nothing in that language is the same entry" in words(page)
    await office.confirms(page)
    assert await office.noted("german-too") == ["invoices"]
    assert await office.questions("rechnungen") == ()


async def test_nothing_is_half_taken_back(office: Office) -> None:
    """A colleague has changed the French entry since."""
    await office.asked("bill", "Is my receipt archived?")
    await office.asked("facture", "Receipt archived, mon ticket ?", language="fr")
    page = await office.zoe.get("/knowledge/answered-by?of=bill.3&days=30&entry=invoices")
    done = await office.confirms(page)
    await rewritten(office, "factures", "Elles sont sous Mes commandes.")
    with pytest.raises(AssertionError, match="Somebody changed this entry"):
        await take_back(office.zoe, done)
    assert await office.questions("invoices") == ("Is my receipt archived?",)
    assert (await office.noted("bill"), await office.noted("facture")) == (["invoices"], ["factures"])


async def test_nobody_is_led_out_of_the_console(office: Office) -> None:
    await office.asked("led")
    for place in ("https://elsewhere.example/console", "//elsewhere.example"):
        page = await office.zoe.get(f"/knowledge/answered-by?of=led.3&entry=returns&then={place}")
        answer = await office.zoe.post("/knowledge/answered-by", fields_of(page))
        assert answer.headers["location"].startswith("/console/")


def entries_in(page: httpx.Response) -> list[str]:
    """Their ids, as they are offered."""
    return re.findall(r'class="entry-link" href="[^"]*[?;]entry=([^"&]*)', page.text)


async def rewritten(office: Office, id: str, text: str) -> None:
    before = await stored(office.service, id)
    change = Change(now(), "paul")
    await office.service.editor.edit(replace(before.entry, text=text), before.content_hash, change)


async def test_fifty_are_named_at_once_and_one_undo_has_room_for_all(office: Office) -> None:
    """Also without a script, where a cookie takes the undo to the next page."""
    ids = [str(uuid4()) for _ in range(51)]
    for n, id in enumerate(ids):
        await office.asked(id, f"Is the girandole gilded? {n}")
    fields = fields_of(await office.zoe.get(f"/knowledge/answered-by?of={ids[0]}.3&entry=gifts"))
    too_many = fields | {"of": [f"{id}.3" for id in ids]}
    assert (await office.zoe.post("/knowledge/answered-by", too_many)).status_code == 422
    answer = await office.zoe.post("/knowledge/answered-by", fields | {"of": [f"{id}.3" for id in ids[1:]]})
    done = await office.zoe.get(answer.headers["location"].removeprefix("/console"))
    assert len(await office.questions("gifts")) == 50
    await take_back(office.zoe, done)
    assert await office.questions("gifts") == ()
    assert {tuple(await office.noted(id)) for id in ids[1:]} == {("gifts", None)}

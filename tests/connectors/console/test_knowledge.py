"""Leads write what the bot answers from; everybody reads it."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from bot.events import Review
from connectors.assembly import Service
from connectors.console.pages import knowledge
from knowledge.entries import Article, Audience, Entry, Resource, ResourceKind
from knowledge.evidence import Question
from knowledge.ingest import ingest
from knowledge.ports import Loaded, StoredEntry
from knowledge.versions import CONSOLE
from tests.builders import an_agent, an_answer
from tests.console import Browser, an_office, escalated, hired, words
from tests.web import indoors

EVERYONE = frozenset(Audience)
RETURNS = Article(
    "help/returns", "Returns", "# Returns\n\nWithin **30 days**.", "en", questions=("send it back",),
    tags=("returns",), url="https://shop.example/returns", twin="returns", source="help/returns.md",
)  # fmt: skip
RETOURS = Article("help/retours", "Retours", "Sous 30 jours.", "fr", twin="returns", source="help/retours.md")
CLAIMS = Article("staff/claims", "Carrier claims", "Call the carrier.", "en", Audience.INTERNAL)
PHONE = Resource("res#phone", "Call us", "We answer.", "en", ResourceKind.PHONE, "+33 1 23 45 67 89")


class Given:
    origin = "help"

    def __init__(self, *entries: Entry) -> None:
        self.entries = entries

    async def read(self) -> AsyncIterator[Loaded]:
        for entry in self.entries:
            yield Loaded(entry)


async def load(service: Service, *entries: Entry) -> None:
    await ingest(
        [Given(*entries)],
        service.entries,
        service.index,
        service.embedder,
        service.detector,
        now=datetime.now(UTC),
    )


@pytest.fixture
async def stocked(service: Service) -> Service:
    await load(service, RETURNS, RETOURS, CLAIMS, PHONE)
    return service


def fields_of(page: httpx.Response) -> dict[str, Any]:
    """What the form of an entry holds, as a browser would send it."""
    form = page.text.partition('class="writing"')[2]
    fields: dict[str, Any] = {"of": re.findall(r'name="of" value="([^"]*)"', form)}
    for name in ("id", "seen", "twin", "title", "tags", "url", "why", "target", "hours"):
        found = re.search(rf'name="{name}"[^>]*? value="([^"]*)"', form)
        if found:
            fields[name] = found[1]
    for name in ("text", "questions"):
        found = re.search(rf'<textarea name="{name}"[^>]*>(.*?)</textarea>', form, re.DOTALL)
        fields[name] = found[1] if found else ""
    for name in ("language", "kind"):
        chosen = re.search(rf'<select name="{name}".*?</select>', form, re.DOTALL)
        if chosen and (option := re.search(r'value="([^"]*)" selected', chosen[0])):
            fields[name] = option[1]
    audience = re.search(r'name="audience" value="([^"]*)" checked', form)
    fields["audience"] = audience[1] if audience else "public"
    return fields


async def stored(service: Service, id: str) -> StoredEntry:
    [found] = await service.entries.get([id], EVERYONE)
    return found


async def edited(browser: Browser, id: str, **changes: Any) -> httpx.Response:
    page = await browser.get(f"/knowledge/write?id={id}")
    return await browser.post("/knowledge/save", fields_of(page) | changes)


async def test_everybody_browses_what_there_is(stocked: Service, paul: Browser) -> None:
    await paul.get("/knowledge")
    for entry in (RETURNS, RETOURS, CLAIMS, PHONE):
        assert entry.title in paul.text
    assert "Write an article" not in paul.text
    await paul.get("/knowledge?audience=internal")
    assert "Carrier claims" in paul.text
    assert "Retours" not in paul.text
    await paul.get("/knowledge?kind=resources")
    assert "Call us" in paul.text
    assert "Retours" not in paul.text
    await paul.get("/knowledge?language=fr&kind=articles")
    assert "Retours" in paul.text
    assert "Call us" not in paul.text
    await paul.get("/knowledge?tag=nothing")
    assert "Nothing passes these filters." in paul.text


async def test_a_search_sees_what_a_customer_would_be_given(stocked: Service, paul: Browser) -> None:
    await paul.get("/knowledge?q=carrier+claims")
    assert "Carrier claims" not in paul.text
    assert "the assistant would" in paul.text
    await paul.get("/knowledge?q=carrier+claims&eyes=staff")
    assert "Carrier claims" in paul.text


async def test_an_entry_shows_all_that_is_known_of_it(stocked: Service, paul: Browser) -> None:
    page = await paul.get("/knowledge/entry?id=help/returns")
    assert "<h2>Returns</h2>" in page.text
    assert "<strong>30 days</strong>" in page.text
    for said in ("send it back", "Retours", "help/returns.md", "quoted in answers 0", "#returns"):
        assert said in paul.text
    assert (await paul.get("/knowledge/entry?id=nothing")).status_code == 404


async def test_a_lead_changes_an_entry_and_takes_it_back(stocked: Service, zoe: Browser) -> None:
    answer = await edited(zoe, "help/returns", text="Within **60 days**.", why="new rule")
    assert answer.status_code == 303
    entry = await stored(stocked, "help/returns")
    assert (entry.entry.text, entry.origin, entry.entry.source) == (
        "Within **60 days**.",
        CONSOLE,
        "help/returns.md",
    )
    assert entry.entry.questions == RETURNS.questions
    page = await zoe.get("/knowledge/versions?id=help/returns")
    for said in ("Version 2", "new rule", "Zoé Le Goff", "Version 1", "Restore version 1"):
        assert said in zoe.text
    assert re.search(r'<li class="removed">.*Within \*\*<mark>30</mark> days', page.text)
    undone = await zoe.post(
        "/knowledge/restore", {"id": "help/returns", "number": "1", "seen": entry.content_hash}
    )
    assert undone.status_code == 303
    assert (await stored(stocked, "help/returns")).entry.text == RETURNS.text


async def test_of_two_leads_the_later_one_sees_what_the_first_wrote(stocked: Service, zoe: Browser) -> None:
    page = await zoe.get("/knowledge/write?id=help/returns")
    mine = fields_of(page) | {"text": "Zoé's text."}
    await edited(zoe, "help/returns", text="The other text.")
    late = await zoe.post("/knowledge/save", mine)
    assert late.status_code == 409
    assert "changed this entry while you wrote" in words(late)
    assert "Zoé&#39;s text." in late.text
    assert (await stored(stocked, "help/returns")).entry.text == "The other text."
    again = await zoe.post("/knowledge/save", fields_of(late) | {"text": "Zoé's text."})
    assert again.status_code == 303
    assert (await stored(stocked, "help/returns")).entry.text == "Zoé's text."


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": " "}, "Give it a title"),
        ({"text": ""}, "Write the answer."),
        ({"url": "javascript:alert(1)"}, "This is no web address"),
        ({"language": "xx"}, "does not list this language"),
        ({"questions": "\n".join(map(str, range(60)))}, "Fifty other ways"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_written_is_lost(
    stocked: Service, zoe: Browser, changes: dict[str, str], said: str
) -> None:
    answer = await edited(zoe, "help/returns", **{"why": "because of me"} | changes)
    assert answer.status_code == 422
    assert said in words(answer)
    assert "because of me" in answer.text
    assert (await stored(stocked, "help/returns")).entry == RETURNS


async def test_a_resource_is_written_with_where_it_leads(stocked: Service, zoe: Browser) -> None:
    page = await zoe.get("/knowledge/write?resource=1&language=en")
    new = {"title": "Write to us", "kind": "email", "target": "not an address", "language": "en"}
    refused = await zoe.post("/knowledge/save", fields_of(page) | new)
    assert "does not fit the kind" in words(refused)
    await zoe.post(
        "/knowledge/save",
        fields_of(page) | new | {"target": "help@shop.example", "hours": "Mo-Fr 09:00-18:00"},
    )
    found = (await stored(stocked, "console#write-to-us")).entry
    assert isinstance(found, Resource)
    assert (found.kind, found.target, found.hours) == (
        ResourceKind.EMAIL, "help@shop.example", "Mo-Fr 09:00-18:00",
    )  # fmt: skip


async def test_a_twin_begins_with_the_words_of_the_other_language(stocked: Service, zoe: Browser) -> None:
    page = await zoe.get("/knowledge/write?twin=staff/claims&language=fr")
    fields = fields_of(page)
    assert (fields["title"], fields["language"], fields["twin"], fields["audience"]) == (
        "Carrier claims", "fr", "staff/claims", "internal",
    )  # fmt: skip


async def test_what_is_removed_answers_no_more_and_can_come_back(stocked: Service, zoe: Browser) -> None:
    seen = (await stored(stocked, "help/returns")).content_hash
    await zoe.get("/knowledge/entry?id=help/returns")
    assert (await zoe.post("/knowledge/remove", {"id": "help/returns", "seen": seen})).status_code == 303
    evidence = await stocked.knowledge.find(Question("returns", "en"))
    assert "help/returns" not in [hit.entry.id for hit in evidence.hits]
    await zoe.get("/knowledge/versions?id=help/returns")
    assert "removed, it answers no more" in zoe.text
    await zoe.post("/knowledge/restore", {"id": "help/returns", "number": "1", "seen": ""})
    assert (await stored(stocked, "help/returns")).entry.text == RETURNS.text


async def test_a_file_that_changed_too_is_laid_beside_it(stocked: Service, zoe: Browser) -> None:
    from dataclasses import replace

    await edited(zoe, "help/returns", text="Within **60 days**.")
    await load(stocked, replace(RETURNS, text="Within **45 days**."), RETOURS, CLAIMS, PHONE)
    await zoe.get("/knowledge/entry?id=help/returns")
    assert "Its file changed after it was changed here." in zoe.text
    page = await zoe.get("/knowledge/conflicts")
    assert "<mark>45</mark>" in page.text
    noticed = re.search(r'name="noticed" value="([^"]*)"', page.text)
    assert noticed
    fields = {"id": "help/returns", "right": "source", "noticed": noticed[1]}
    assert (await zoe.post("/knowledge/settle", fields)).status_code == 422, "asked first, as in the page"
    assert page.text.count('action="/console/knowledge/settle"') == page.text.count('name="sure"') == 2
    fields["sure"] = "1"
    await zoe.post("/knowledge/settle", fields)
    found = await stored(stocked, "help/returns")
    assert (found.entry.text, found.origin) == ("Within **45 days**.", "help")
    assert (await zoe.post("/knowledge/settle", fields)).status_code == 404
    await zoe.get("/knowledge/conflicts")
    assert "Nothing to decide." in zoe.text


async def test_an_agent_reads_and_changes_nothing(stocked: Service, paul: Browser) -> None:
    seen = (await stored(stocked, "help/returns")).content_hash
    await paul.get("/knowledge/entry?id=help/returns")
    assert (await paul.get("/knowledge/write?id=help/returns")).status_code == 403
    for path in ("/knowledge/save", "/knowledge/remove", "/knowledge/restore", "/knowledge/settle"):
        refused = await paul.post(path, {"id": "help/returns", "seen": seen}, token=paul.token or None)
        assert refused.status_code == 403, path
    assert (await paul.get("/knowledge/export.zip")).status_code == 403
    assert (await stored(stocked, "help/returns")).entry == RETURNS


async def test_all_of_it_can_be_taken_along(stocked: Service, zoe: Browser) -> None:
    packed = await zoe.get("/knowledge/export.zip")
    with zipfile.ZipFile(io.BytesIO(packed.content)) as folder:
        assert sorted(folder.namelist()) == [
            "help/retours.md",
            "help/returns.md",
            "res.csv",
            "staff/claims.md",
        ]
    one = await zoe.get("/knowledge/entry.md?id=help/retours")
    assert one.text.endswith("Sous 30 jours.\n")


async def test_a_preview_shows_what_is_written_and_runs_nothing(stocked: Service, zoe: Browser) -> None:
    await zoe.get("/knowledge/write")
    shown = await zoe.post("/knowledge/preview", {"text": "# Hi\n\n<script>alert(1)</script> **there**"})
    assert "<h2>Hi</h2>" in shown.text
    assert "<strong>there</strong>" in shown.text
    assert "<script>" not in shown.text


async def test_the_assistant_can_be_asked_without_a_customer(tmp_path: Any) -> None:
    async with an_office(tmp_path, an_answer()) as service, indoors(service) as client:
        await hired(service, "zoe", an_agent().role)
        await load(service, RETURNS)
        browser = Browser(client)
        await browser.sign_in("zoe")
        await browser.get("/knowledge/ask?q=returns%3F&id=returns")
        assert "From this entry." in browser.text
        assert await service.log.head() == 0


async def test_a_reply_becomes_an_article_without_anybodys_data(stocked: Service, zoe: Browser) -> None:
    await escalated(stocked, "c1", "Do you engrave lamps? I am at a.b@example.com")
    lead = an_agent("zoe", (await stocked.roster.get("zoe")).role, display="Zoé Le Goff")  # type: ignore[union-attr]
    await stocked.desk.claim("c1", lead)
    await stocked.desk.reply("c1", lead, "Hello,\nYes, call 06 12 34 56 78.\nKind regards\nZoé Le Goff")
    await stocked.desk.resolve("c1", lead)
    fields = fields_of(await zoe.get("/knowledge/write?conversation=c1"))
    assert fields["title"] == "Do you engrave lamps? I am at [e-mail address]"
    assert fields["text"] == "Yes, call [phone]."
    assert "2 personal details were taken out" in zoe.text
    published = await zoe.post("/knowledge/save", fields | {"title": "Do you engrave lamps?"})
    assert published.status_code == 303
    assert (await stored(stocked, "do-you-engrave-lamps")).entry.text == "Yes, call [phone]."
    await zoe.get("/knowledge/missing")
    assert "Answered since" in zoe.text


async def test_a_hole_is_closed_for_all_who_fell_into_it(stocked: Service, zoe: Browser) -> None:
    await escalated(stocked, "c1", "Do you engrave lamps?")
    await escalated(stocked, "c2", "can you engrave a lamp with a name")
    await escalated(stocked, "c3", "Which sofa is washable?")
    await zoe.get("/knowledge/missing")
    assert "Do you engrave lamps?" in zoe.text
    page = await zoe.get("/knowledge/write?answers=c1.3")
    fields = fields_of(page)
    assert (fields["title"], fields["questions"]) == (
        "Do you engrave lamps?", "can you engrave a lamp with a name",
    )  # fmt: skip
    assert sorted(fields["of"]) == ["c1.3", "c2.3"]
    await zoe.post("/knowledge/save", fields | {"text": "Up to twenty characters."})
    groups = await zoe.get("/knowledge/missing")
    still, _, closed = words(groups).partition("Answered since")
    assert "sofa" in still
    assert "engrave" not in still
    assert "engrave" in closed


async def test_many_holes_come_in_pages(
    stocked: Service, zoe: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(knowledge, "PAGE", 2)
    for number, thing in enumerate(["engraving", "sofas", "curtains", "mirrors", "carpets"]):
        await escalated(stocked, f"c{number}", f"Anything about {thing}?")
    seen = []
    page = await zoe.get("/knowledge/missing?days=7")
    while address := next(iter(re.findall(r'href="([^"]*)" rel="next"', page.text)), None):
        seen += re.findall(r"about (\w+)\?</p>", page.text)
        page = await zoe.get(html.unescape(address).removeprefix("/console"))
    assert "5 to 5 of 5" in zoe.text
    assert "days=7" in page.text
    seen += re.findall(r"about (\w+)\?</p>", page.text)
    assert seen == ["carpets", "mirrors", "curtains", "sofas", "engraving"]


async def test_of_a_question_asked_very_often_a_few_wordings_are_shown(
    stocked: Service, zoe: Browser
) -> None:
    for number in range(23):
        await escalated(stocked, f"c{number}", "Do you engrave lamps?")
    await zoe.get("/knowledge/missing")
    assert "and 3 more" in zoe.text


async def test_a_correction_is_agreed_to_and_is_knowledge(
    stocked: Service, paul: Browser, zoe: Browser
) -> None:
    await escalated(stocked, "c1", "Do you engrave lamps?")
    await paul.get("/conversations/c1")
    marked = await paul.act(
        "c1", "review", position="3", review="wrong", correction="Up to twenty characters."
    )
    assert "A lead can make it knowledge now." in marked.text
    await zoe.get("/judge?show=corrections")
    assert "Paul Martin would have said Up to twenty characters." in zoe.text
    fields = fields_of(await zoe.get("/knowledge/write?answers=c1.3"))
    assert fields["text"] == "Up to twenty characters."
    await zoe.post("/knowledge/save", fields)
    [label] = await stocked.reviews.of("c1")
    assert (label.review, label.published_as) == (Review.WRONG, "do-you-engrave-lamps")
    await zoe.get("/judge?show=corrections")
    assert "No correction waits." in zoe.text
    found = await stocked.knowledge.find(Question("do you engrave lamps", "en"))
    assert found.hits[0].entry.id == "do-you-engrave-lamps"

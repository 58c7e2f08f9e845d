"""Judging, correcting, writing knowledge and reading the figures: what a lead does in the other rooms."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.decisions import Answer, EntryLink
from bot.events import Author, ConversationOpened, MessageReceived, OutcomeGiven, Review
from knowledge.entries import Audience
from tests.builders import an_agent, an_escalation
from tests.journeys.console.conftest import SignedIn
from tests.journeys.console.office import Colleague, Office
from tests.web import Chat

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

ENGRAVING = "Do you engrave lamps with a name?"
PLOTTED = """() => {
  const plot = window.Chart?.getChart(document.querySelector("canvas"));
  return plot && plot.data.datasets.some((one) => one.data.some((number) => number > 0));
}"""
UGLY = "What if my aunt gave it to me and it is ugly?"
ENGRAVED = "Yes: brass lamps take up to twenty letters, for 12 euros."


async def asked(office: Office, text: str) -> Chat:
    """A customer who has got the assistant's word on it."""
    chat = await office.customer()
    await chat.say(text)

    async def has_its_outcome() -> bool:
        return bool(await outcomes(office, chat))

    await office.until(has_its_outcome)
    return chat


async def outcomes(office: Office, chat: Chat) -> list[OutcomeGiven]:
    events = [logged.event for logged in await office.service.log.read(chat.id)]
    return [event for event in events if isinstance(event, OutcomeGiven)]


def read_sheet(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))


DRAWN_ANEW = """new Promise((swapped) => {
    document.addEventListener("htmx:after:swap", ({ detail }) => {
        if (detail.ctx.sourceElement.id === "transcript") swapped();
    });
    document.body.dispatchEvent(new CustomEvent("comptoir:refresh"));
})"""
"""The open conversation, as after what somebody else did."""


async def test_an_answer_is_judged_in_two_keys(office: Office, zoe: Colleague) -> None:
    chat = await asked(office, "How many days do I have to return a lamp?")
    await zoe.goes_to(f"/conversations/{chat.id}")
    await zoe.presses("m")
    await zoe.page.evaluate(DRAWN_ANEW)
    await zoe.presses("1")
    await zoe.is_told("Marked: Right.")
    await expect(zoe.lines.locator(".label")).to_contain_text("Zoé Le Goff: Right")
    [mark] = await office.service.reviews.of(chat.id)
    assert (mark.review, mark.by) == (Review.RIGHT, "zoe")
    await zoe.presses("Escape", "z")
    await zoe.is_told("The mark is gone.")
    assert await office.service.reviews.of(chat.id) == []


async def test_the_question_of_a_right_answer_is_another_way_to_ask_in_one_more_key(
    office: Office, zoe: Colleague
) -> None:
    log, moment = office.service.log, office.service.clock()
    answer = Answer("Within 30 days.", (), EntryLink("returns", "Returning a lamp"))
    given = OutcomeGiven(answer, (2,), 0.7, {"understanding": {"kind": "question"}}, "en")
    await log.open("ugly", ConversationOpened("en", "widget", "shop"), moment)
    await log.append("ugly", MessageReceived("m", UGLY), Author.CUSTOMER, None, moment)
    await log.append("ugly", given, Author.BOT, None, moment)

    async def ways_to_ask() -> tuple[str, ...]:
        [found] = await office.service.entries.get(["returns"], frozenset(Audience))
        return found.entry.questions

    await zoe.goes_to("/judge")
    await zoe.presses("1")
    offered = zoe.page.locator("[data-offered]")
    await expect(offered).to_contain_text(UGLY)
    await zoe.presses("a")
    await zoe.is_told("Added to “Returning a lamp”.")
    await expect(offered).to_have_count(0)
    assert await ways_to_ask() == (UGLY,)
    await zoe.presses("z")
    await zoe.is_told("“Returning a lamp” says again what it said in version 1.")
    assert await ways_to_ask() == ()

    await zoe.goes_to("/conversations/ugly")
    await zoe.presses("m", "a")
    await zoe.is_told("Added to “Returning a lamp”.")
    await expect(zoe.lines.locator(".offer")).to_have_count(0)
    assert await ways_to_ask() == (UGLY,)


async def test_the_entry_that_answers_what_was_asked_in_vain_is_named_without_a_mouse(
    office: Office, zoe: Colleague
) -> None:
    log, moment = office.service.log, office.service.clock()
    considered = [{"entry_id": "returns", "title": "Returning a lamp", "score": 2.0}]
    trace = {"understanding": {"kind": "question"}, "candidates": considered}
    await log.open("vain", ConversationOpened("en", "widget", "shop"), moment)
    await log.append("vain", MessageReceived("m", UGLY), Author.CUSTOMER, None, moment)
    given = OutcomeGiven(an_escalation(), (2,), 0.1, trace, "en")
    await log.append("vain", given, Author.BOT, None, moment)

    await zoe.goes_to("/conversations/vain")
    await zoe.presses("m", "2")
    await expect(zoe.page.get_by_label("The answer as it should have been (Markdown)")).to_be_focused()
    await zoe.page.keyboard.type("As for any lamp: ")
    await expect(zoe.lines.get_by_role("link", name="An entry answers it")).to_be_visible()
    await zoe.presses("Escape", "a")
    entry = zoe.page.get_by_role("link", name="Returning a lamp")
    await expect(entry).to_be_focused()
    await entry.press("Enter")
    yes = zoe.page.get_by_role("button", name="Yes, it answers it")
    await expect(yes).to_be_focused()
    await yes.press("Enter")
    await zoe.is_told("“Returning a lamp” answers it from now on: 1 question was added.")
    [found] = await office.service.entries.get(["returns"], frozenset(Audience))
    assert found.entry.questions == (UGLY,)
    await zoe.presses("z")
    await zoe.is_told("Taken back: the question has no answer again.")


async def test_an_agents_correction_that_a_lead_agrees_to_is_the_next_answer(
    office: Office, zoe: Colleague, paul: Colleague
) -> None:
    chat = await asked(office, ENGRAVING)
    [before] = await outcomes(office, chat)
    assert ENGRAVED not in before.outcome.text

    await paul.goes_to(f"/conversations/{chat.id}")
    await paul.presses("m", "4")
    correction = paul.page.get_by_label("The answer as it should have been (Markdown)")
    await expect(correction).to_be_focused()
    await correction.fill(ENGRAVED)
    await correction.press("Control+Enter")
    await paul.is_told("A lead can make it knowledge now.")

    await zoe.goes_to("/judge?show=corrections")
    proposed = zoe.page.get_by_role("article", name=ENGRAVING)
    await expect(proposed).to_contain_text("Paul Martin would have said")
    await proposed.get_by_role("link", name="Make it knowledge").click()
    await expect(zoe.page.locator("#text")).to_have_value(ENGRAVED)
    await zoe.button("Publish").click()
    await zoe.is_told("Published. It answers from now on.")

    again = await asked(office, ENGRAVING)
    [now] = await outcomes(office, again)
    assert ENGRAVED in now.outcome.text


async def test_a_settled_conversation_becomes_an_article_without_the_customers_data(
    office: Office, zoe: Colleague
) -> None:
    chat = await office.somebody_waits("A person please: do you engrave? I am camille@example.fr")
    lead, desk = an_agent("zoe", display="Zoé Le Goff"), office.service.desk
    await desk.claim(chat.id, lead)
    await desk.reply(
        chat.id, lead, f"Hello Camille,\n\n{ENGRAVED} Call 06 12 34 56 78 if in doubt.\n\nZoé Le Goff"
    )
    await desk.resolve(chat.id, lead)
    await zoe.goes_to(f"/conversations/{chat.id}")
    await zoe.page.get_by_role("link", name="Make an article of it").click()
    text = zoe.page.locator("#text")
    await expect(text).to_have_value(f"{ENGRAVED} Call [phone] if in doubt.")
    await expect(zoe.page.locator("main")).to_contain_text("personal details were taken out")
    await expect(zoe.page.locator("main")).not_to_contain_text("camille@example.fr")
    await zoe.page.fill("[name=title]", "Do you engrave lamps?")
    await text.fill(ENGRAVED)
    await zoe.button("Publish").click()
    await zoe.is_told("Published. It answers from now on.")
    await expect(zoe.page.locator("h1")).to_have_text("Do you engrave lamps?")


async def test_an_entry_is_found_changed_compared_and_restored(zoe: Colleague) -> None:
    page = zoe.page
    await zoe.goes_to("/knowledge")
    await page.get_by_role("searchbox").fill("return a lamp")
    await page.get_by_role("searchbox").press("Enter")
    await page.get_by_role("link", name="Returning a lamp").click()
    await page.get_by_role("link", name="Change it").click()
    await page.locator("#text").fill("You may return any lamp within **sixty** days.")
    await expect(page.locator("#preview strong")).to_have_text("sixty")
    await page.reload()
    await expect(page.locator("#text")).to_have_value("You may return any lamp within **sixty** days.")
    await page.get_by_label("Why it is changed").fill("new rule")
    await zoe.button("Save").click()
    await zoe.is_told("Saved. It answers so from now on.")
    await page.get_by_role("link", name="Versions").click()
    difference = page.locator(".difference")
    await expect(difference.locator(".removed", has_text="within 30 days")).to_be_visible()
    await expect(difference.locator(".added", has_text="sixty")).to_be_visible()
    await expect(page.locator("main")).to_contain_text("new rule")
    await page.get_by_role("button", name="Restore version 1").first.click()
    await zoe.is_told("It says again what it said in version 1.")
    await expect(page.locator("article")).to_contain_text("within 30 days")
    await page.locator("#toasts").get_by_role("button", name="Undo").click()
    await expect(page.locator("article")).to_contain_text("sixty")


async def test_a_long_canned_reply_that_was_removed_comes_back(zoe: Colleague) -> None:
    """Longer than a note on the next page could keep."""
    await zoe.goes_to("/canned")
    await zoe.page.fill("[name=title]", "Has left")
    await zoe.page.fill("[name=text]", "Your parcel has left. " * 400)
    await zoe.button("Save").click()
    replies = zoe.page.locator(".cards > li")
    await expect(replies).to_have_count(1)
    await zoe.page.get_by_label("Remove “Has left”").click()
    await zoe.is_told("“Has left” is removed.")
    await expect(replies).to_have_count(0)
    await zoe.presses("z")
    await expect(replies).to_have_count(1)


async def test_a_colleague_is_asked_before_other_browsers_are_signed_out(colleague: SignedIn) -> None:
    here, elsewhere = await colleague("zoe"), await colleague("zoe", "fr")
    await here.goes_to("/account")
    await here.page.locator("summary", has_text="Sign out everywhere else").click()
    await expect(here.page.get_by_text("everywhere else you must sign in again")).to_be_in_viewport()
    await here.button("Sign them all out").click()
    await here.is_told("You are signed out everywhere else.")
    await elsewhere.goes_to("/account")
    await expect(elsewhere.button("Sign in")).to_be_visible()


async def test_the_overview_shows_what_it_counts_and_lets_it_be_taken_along(
    office: Office, colleague: SignedIn
) -> None:
    await office.somebody_waits()
    await asked(office, "How many days do I have to return a lamp?")
    zoe = await colleague("zoe", color_scheme="dark")
    await zoe.goes_to("/overview")
    page = zoe.page
    await expect(page.locator("#figure-conversations .tile-value")).to_have_text("2")
    await page.locator("#figure-conversations .rule summary").click()
    await expect(page.locator("#figure-conversations .rule p")).to_contain_text("Spam and what was merged")
    await page.wait_for_function(PLOTTED)
    await page.get_by_role("link", name="Language", exact=True).click()
    await page.wait_for_url("**by=language**")
    await page.locator("summary", has_text="Take along").click()
    async with page.expect_download() as taken:
        await page.get_by_role("link", name="Figures (CSV)").click()
    rows = read_sheet(await (await taken.value).path())
    assert rows[0][-1] == "How it is counted"
    assert next(row for row in rows if row[0] == "Conversations")[1] == "2"
    assert zoe.errors == []

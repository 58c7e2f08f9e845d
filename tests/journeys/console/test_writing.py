"""What somebody writes is not lost, not sent too soon, and looks as the customer will see it."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio
from playwright.async_api import Route, expect

from bot.events import NoteWritten, ReplySent
from connectors.console.canned_replies import CannedReply
from connectors.console.drafts import Kind
from knowledge.entries import Resource, ResourceKind
from knowledge.versions import Change
from tests.console import PASSWORD
from tests.journeys.console.conftest import SignedIn
from tests.journeys.console.office import Colleague, Office
from tests.web import Chat, now

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


@pytest_asyncio.fixture(loop_scope="session")
async def customer(office: Office) -> Chat:
    return await office.somebody_waits()


@pytest_asyncio.fixture(loop_scope="session")
async def zoe(zoe: Colleague, customer: Chat) -> Colleague:
    """In a conversation that is hers."""
    await zoe.goes_to(f"/conversations/{customer.id}")
    await zoe.button("Claim").click()
    await expect(zoe.bar).to_contain_text("Yours")
    return zoe


async def replies(office: Office, customer: Chat) -> list[str]:
    said = [one.event for one in await office.service.log.read(customer.id)]
    return [event.text for event in said if isinstance(event, ReplySent)]


async def kept(office: Office, customer: Chat, kind: Kind) -> str:
    drafts = await office.service.console.drafts.of("zoe", customer.id)
    return drafts[kind].text if kind in drafts else ""


async def test_drafts_survive_a_reload_each_in_its_place(
    office: Office, zoe: Colleague, customer: Chat
) -> None:
    await zoe.field.fill("Dear customer, <b>hello</b>")
    await zoe.page.get_by_role("tab", name="Internal note").click()
    await zoe.field.fill("Ask logistics & co")
    await zoe.page.reload()
    await expect(zoe.field).to_have_value("Dear customer, <b>hello</b>")
    await zoe.page.get_by_role("tab", name="Internal note").click()
    await expect(zoe.field).to_have_value("Ask logistics & co")
    await zoe.page.get_by_role("tab", name="Reply").click()
    await expect(zoe.field).to_have_value("Dear customer, <b>hello</b>")

    async def on_the_server() -> bool:
        return await kept(office, customer, Kind.NOTE) == "Ask logistics & co"

    await office.until(on_the_server)


async def test_a_draft_that_arrives_while_the_page_is_on_its_way_is_in_that_page_too(
    office: Office, zoe: Colleague, customer: Chat
) -> None:
    async def after_the_draft(route: Route) -> None:
        page = await route.fetch()  # as it was before
        await office.until(on_the_server)
        await route.fulfill(response=page)

    async def on_the_server() -> bool:
        return await kept(office, customer, Kind.REPLY) == "Nearly too late"

    address = zoe.page.url
    await zoe.page.route(address, after_the_draft)
    await zoe.field.fill("Nearly too late")
    await zoe.page.reload()
    await zoe.page.unroute(address)
    await expect(zoe.field).to_have_value("Nearly too late")


async def test_drafts_wait_while_another_conversation_is_open(
    office: Office, zoe: Colleague, customer: Chat
) -> None:
    other = await office.somebody_waits("I want a person for my invoice")
    await zoe.field.fill("To the first")
    await zoe.page.locator("#new-rows").click()
    await zoe.opens(other.id)
    await expect(zoe.field).to_have_value("")
    await zoe.opens(customer.id)
    await expect(zoe.field).to_have_value("To the first")


async def test_a_reply_is_taken_back_before_it_goes(office: Office, zoe: Colleague, customer: Chat) -> None:
    await zoe.sends("Too soon")
    await expect(zoe.page.locator("#toasts")).to_contain_text("Sending in")
    await expect(zoe.field).to_have_value("")
    await zoe.presses("Escape", "z")
    await expect(zoe.field).to_have_value("Too soon")
    await zoe.page.wait_for_timeout(6_000)
    assert await replies(office, customer) == []


async def test_whoever_has_just_claimed_it_may_be_quicker_than_the_page(
    office: Office, colleague: SignedIn
) -> None:
    customer, zoe = await office.somebody_waits(), await colleague("zoe")
    await zoe.goes_to(f"/conversations/{customer.id}")
    pressed = asyncio.Event()

    async def only_then(route: Route) -> None:
        await pressed.wait()
        await route.continue_()

    await zoe.page.route("**/fresh", only_then)
    await zoe.button("Claim").click()
    await zoe.is_told("It is yours.")
    await expect(zoe.page.locator("#standing")).to_contain_text("claim it to reply")
    await zoe.sends("On its way")
    pressed.set()
    await zoe.is_told("Sending in")
    await expect(zoe.field).to_have_value("")


async def test_leaving_the_page_sends_what_was_being_sent(
    office: Office, zoe: Colleague, customer: Chat
) -> None:
    await zoe.sends("On its way")
    await expect(zoe.page.locator("#toasts")).to_contain_text("Sending in")
    await zoe.goes_to("/account")

    async def arrived() -> bool:
        return await replies(office, customer) == ["On its way"]

    await office.until(arrived)


async def test_the_other_conversation_does_not_get_what_was_being_sent(
    office: Office, zoe: Colleague, customer: Chat
) -> None:
    other = await office.somebody_waits("I want a person for my invoice")
    await zoe.sends("For the first")
    await zoe.page.locator("#new-rows").click()
    await zoe.opens(other.id)

    async def arrived() -> bool:
        return await replies(office, customer) == ["For the first"]

    await office.until(arrived)
    assert await replies(office, other) == []


async def test_what_could_not_be_sent_is_in_its_place_again(
    office: Office, zoe: Colleague, customer: Chat
) -> None:
    await zoe.page.route("**/reply", lambda route: route.abort())
    await zoe.sends("Are you there?")
    await expect(zoe.page.locator(".toast.wrong")).to_contain_text("Your words are kept.")
    await expect(zoe.field).to_have_value("Are you there?")
    await zoe.page.unroute("**/reply")
    await zoe.field.press("Control+Enter")
    await zoe.is_told("Sent to")
    assert await replies(office, customer) == ["Are you there?"]


async def test_an_answer_that_was_lost_on_the_way_back_is_not_sent_twice(
    office: Office, zoe: Colleague, customer: Chat
) -> None:
    """The server has it, the browser never heard so: sending it again is the same message."""

    async def lose_the_answer(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await zoe.page.route("**/reply", lose_the_answer)
    await zoe.sends("Only once")
    await expect(zoe.page.locator(".toast.wrong")).to_contain_text("Your words are kept.")
    await zoe.page.unroute("**/reply")
    await expect(zoe.field).to_have_value("Only once")
    await zoe.field.press("Control+Enter")
    await zoe.is_told("Sent to")
    assert await replies(office, customer) == ["Only once"]


async def test_the_preview_is_as_the_customer_will_see_it(zoe: Colleague) -> None:
    await zoe.field.fill("**Yes**\n\n- one\n- two\n\n<script>alert(1)</script>")
    await zoe.button("Preview").click()
    shown = zoe.page.locator("#preview")
    await expect(shown.locator("strong")).to_have_text("Yes")
    await expect(shown.locator("li")).to_have_count(2)
    await expect(shown).to_contain_text("<script>alert(1)</script>")
    await zoe.button("Preview").click()
    await expect(zoe.field).to_be_visible()


async def test_a_canned_reply_is_filled_in_and_not_sent_with_a_gap(
    office: Office, zoe: Colleague, customer: Chat
) -> None:
    text = "Hello, {{agent}} of {{company}} here. Your order {{order}} has left."
    await office.service.console.canned.save(CannedReply("1", "Has left", text))
    await zoe.page.get_by_label("Insert a canned reply").click()
    await zoe.page.get_by_role("button", name="Has left").click()
    filled = "Hello, Zoé Le Goff of Maison Tilleul here. Your order {{order}} has left."
    await expect(zoe.field).to_have_value(filled)
    await zoe.field.press("Control+Enter")
    await expect(zoe.page.locator(".toast.wrong")).to_contain_text("Fill in {{order}} first.")
    await expect(zoe.field).to_have_value(filled)
    assert await replies(office, customer) == []


async def test_an_article_is_inserted_with_its_source_an_internal_one_in_notes_only(
    zoe: Colleague,
) -> None:
    articles = zoe.page.locator("#articles")
    await zoe.page.get_by_label("Insert an article").first.click()
    await articles.locator("input").fill("return a lamp")
    await articles.get_by_role("button", name="Returning a lamp").click()
    value = await zoe.field.input_value()
    assert "> You may return any lamp within 30 days" in value
    assert "[Returning a lamp](https://shop.example/help/returns)" in value
    await zoe.page.get_by_label("Insert an article").first.click()
    await articles.locator("input").fill("goodwill refund euros")
    await expect(articles.locator(".article-choice").first).to_be_visible()
    await expect(articles).not_to_contain_text("10 euros")
    await zoe.presses("Escape")
    await zoe.page.get_by_role("tab", name="Internal note").click()
    await zoe.page.get_by_label("Insert an article").first.click()
    await articles.locator("input").fill("goodwill refund euros without asking")
    await expect(articles).to_contain_text("10 euros")


async def test_a_note_is_taken_back_before_colleagues_read_it(
    office: Office, zoe: Colleague, customer: Chat
) -> None:
    await zoe.presses("i")
    await zoe.sends("Just among us")
    await zoe.is_told("The note goes to your team in")
    await expect(zoe.field).to_have_value("")
    await zoe.presses("Escape", "r", "Escape", "z")
    await expect(zoe.field).to_have_value("Just among us")
    await expect(zoe.page.get_by_role("tab", name="Internal note")).to_have_attribute("aria-selected", "true")
    await zoe.field.press("Control+Enter")
    await zoe.is_told("Only your team sees it.")
    notes = [
        one.event for one in await office.service.log.read(customer.id) if isinstance(one.event, NoteWritten)
    ]
    assert [note.text for note in notes] == ["Just among us"], "once: it was not on its way already"
    assert await replies(office, customer) == []


async def test_a_resource_is_inserted_with_where_it_leads(office: Office, zoe: Colleague) -> None:
    line = Resource("res#line", "Lamp line", "We help with lamps.", "en", ResourceKind.PHONE, "+33 1 23 45")
    await office.service.editor.create(line, Change(now(), "zoe"))
    await zoe.field.fill("Dear customer,")
    await zoe.page.get_by_label("Insert an article").first.click()
    await zoe.page.locator("#articles input").fill("lamp line")
    await zoe.page.locator("#articles").get_by_role("button", name="Lamp line").click()
    await expect(zoe.field).to_have_value("Dear customer,\n\nLamp line: +33 1 23 45\n")


async def test_how_an_answer_came_about_opens_and_stays_open(
    office: Office, zoe: Colleague, customer: Chat
) -> None:
    trace = zoe.lines.locator(".trace").first
    await trace.locator("summary").click()
    await expect(trace).to_contain_text("Decision")
    await customer.say("Hello?", "m2")
    await expect(zoe.lines).to_contain_text("Hello?")
    await expect(trace).to_contain_text("Decision")
    await expect(trace).to_have_attribute("open", "")


async def test_whose_session_ends_while_they_write_signs_in_and_writes_on(
    office: Office, zoe: Colleague, customer: Chat
) -> None:
    await zoe.field.fill("It comes")
    await zoe.page.context.clear_cookies()
    await zoe.field.press_sequentially(" tomorrow.")
    await zoe.is_told("your draft is kept")
    await zoe.page.locator(".toast a", has_text="Sign in").click()
    await signs_in_again(zoe)
    await zoe.page.wait_for_url(f"**/conversations/{customer.id}")
    await expect(zoe.field).to_have_value("It comes tomorrow.")


async def test_an_article_that_was_sent_too_late_is_there_again_and_forgotten_once_it_is_saved(
    zoe: Colleague,
) -> None:
    title, text = zoe.page.locator("[name=title]"), zoe.page.locator("#text")
    await zoe.goes_to("/knowledge/write")
    await title.fill("Do you engrave?")
    await text.fill("Up to twenty characters.")
    await zoe.page.context.clear_cookies()
    await zoe.button("Publish").click()
    await signs_in_again(zoe)
    await expect(zoe.page.locator("#restored")).to_be_visible()
    await expect(text).to_have_value("Up to twenty characters.")
    await zoe.button("Publish").click()
    await zoe.page.wait_for_url("**/knowledge/entry?id=*")
    await zoe.goes_to("/knowledge/write")
    await expect(title).to_have_value("")


async def signs_in_again(zoe: Colleague) -> None:
    await zoe.page.fill("[name=name]", "zoe")
    await zoe.page.fill("[name=password]", PASSWORD)
    await zoe.page.press("[name=password]", "Enter")

"""The list is true at every moment, and nothing in it jumps."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from playwright.async_api import Route, expect

from tests.builders import an_agent
from tests.journeys.console.conftest import SignedIn
from tests.journeys.console.office import Colleague, Office, a_tab

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

PAUL = an_agent("paul", display="Paul Martin")


async def order(colleague: Colleague) -> list[str]:
    rows = colleague.page.locator("#rows .ticket")
    return [str(await row.get_attribute("data-conversation")) for row in await rows.all()]


async def test_new_ones_wait_until_they_are_wanted(office: Office, colleague: SignedIn) -> None:
    first = await office.somebody_waits()
    zoe = await colleague("zoe")
    await zoe.row(first.id).wait_for()
    await zoe.row(first.id).locator(".ticket-link").focus()
    second, third = (
        await office.somebody_waits("A person please"),
        await office.somebody_waits("I want a human"),
    )
    button = zoe.page.locator("#new-rows")
    await expect(button).to_contain_text("2 new")
    assert await order(zoe) == [first.id], "nothing moved under the pointer"
    await expect(zoe.row(first.id).locator(".ticket-link")).to_be_focused()
    await expect(zoe.page).to_have_title("(2) Queue · Maison Tilleul")
    await zoe.presses("n")
    await expect(button).to_be_hidden()
    assert await order(zoe) == [first.id, second.id, third.id]


async def test_who_comes_between_the_page_and_its_stream_is_shown(
    office: Office, colleague: SignedIn
) -> None:
    zoe, there_is_one = await colleague(), asyncio.Event()

    async def late(route: Route) -> None:
        await there_is_one.wait()
        await route.continue_()

    await zoe.page.route("**/console/live*", late)
    await zoe.is_signed_in("zoe")
    await expect(zoe.page.locator("#rows .ticket")).to_have_count(0)
    chat = await office.somebody_waits()
    there_is_one.set()
    await expect(zoe.row(chat.id)).to_be_visible()


async def test_rows_change_and_fade_where_they_are(office: Office, colleague: SignedIn) -> None:
    chats = [await office.somebody_waits() for _ in range(3)]
    zoe = await colleague("zoe")
    before = await order(zoe)
    assert before == [chat.id for chat in chats]
    desk = office.service.desk
    await desk.claim(chats[0].id, PAUL)
    await desk.claim(chats[1].id, PAUL)
    await desk.resolve(chats[1].id, PAUL)
    await desk.tag(chats[2].id, PAUL, "parcel")
    await expect(zoe.row(chats[0].id).locator(".owner > .face")).to_have_attribute("title", "Paul Martin")
    await expect(zoe.row(chats[1].id)).to_have_class("ticket waits gone")
    await expect(zoe.row(chats[2].id)).to_contain_text("#parcel")
    assert await order(zoe) == before


async def test_what_is_counted_at_the_side_is_true(office: Office, zoe: Colleague) -> None:
    waiting = zoe.page.locator("#side a", has_text="Waiting")
    await expect(waiting.locator(".number")).to_have_text("0")
    chat = await office.somebody_waits()
    await expect(waiting.locator(".number")).to_have_text("1")
    await office.service.desk.claim(chat.id, PAUL)
    await expect(waiting.locator(".number")).to_have_text("0")


async def test_all_of_it_by_keyboard(office: Office, colleague: SignedIn) -> None:
    chats = [await office.somebody_waits(f"A person please, for lamp {n}") for n in range(3)]
    zoe = await colleague("zoe")
    await zoe.row(chats[0].id).wait_for()
    await zoe.presses("j", "j", "k")
    await expect(zoe.row(chats[0].id).locator(".ticket-link")).to_be_focused()
    await zoe.presses("j", "c")
    await zoe.is_told("It is yours.")
    await expect(zoe.row(chats[1].id).locator(".owner > .face")).to_have_attribute("title", "Zoé Le Goff")
    await zoe.presses("Enter")
    await zoe.page.locator(f'#work[data-conversation="{chats[1].id}"]').wait_for()
    await zoe.presses("r")
    await expect(zoe.field).to_be_focused()
    await zoe.page.keyboard.type("jkce")
    await expect(zoe.field).to_have_value("jkce")
    await zoe.presses("Escape", "j")
    await zoe.page.locator(f'#work[data-conversation="{chats[2].id}"]').wait_for()
    await zoe.presses("e")
    await zoe.is_told("Resolved.")
    await expect(zoe.bar).to_contain_text("Resolved")
    await zoe.presses("z")
    await expect(zoe.bar).to_contain_text("Waiting for a person")
    await zoe.presses("s")
    await zoe.page.get_by_role("button", name="Tomorrow morning").click()
    await zoe.is_told("Put aside until")
    await zoe.presses("Escape")
    await expect(zoe.page.locator("#work.none")).to_be_attached()
    await zoe.presses("?")
    await expect(zoe.page.get_by_role("dialog")).to_contain_text("Next conversation")
    await zoe.presses("Escape", "/")
    await expect(zoe.page.get_by_role("searchbox", name="Search the questions")).to_be_focused()


async def test_several_at_once(office: Office, colleague: SignedIn) -> None:
    chats = [await office.somebody_waits() for _ in range(3)]
    zoe = await colleague("zoe")
    await zoe.presses("j", "x", "j", "x")
    bar = zoe.page.locator("#several")
    await expect(bar).to_contain_text("2 selected")
    await bar.get_by_role("button", name="Claim").click()
    await zoe.is_told("Done with 2 conversations.")
    await expect(bar).to_be_hidden()
    queue = office.service.queue
    tickets = [await queue.of(chat.id) for chat in chats]
    assert [ticket.claimed_by for ticket in tickets if ticket] == ["zoe", "zoe", None]
    chosen = asyncio.Event()

    async def only_then(route: Route) -> None:
        response = await route.fetch()
        await chosen.wait()
        await route.fulfill(response=response)

    await zoe.page.route("**/queue/undo", only_then)
    await zoe.page.locator("#toasts").get_by_role("button", name="Undo").click()
    await expect(zoe.page.locator(".owner .nobody")).to_have_count(3)
    await zoe.row(chats[2].id).locator(".pick input").check()
    chosen.set()
    await expect(zoe.page.locator("#toasts .used")).to_have_count(0)
    await bar.locator("summary", has_text="Give").click()
    await bar.get_by_role("button", name="Paul Martin").click()
    await expect(zoe.row(chats[2].id).locator(".owner > .face")).to_have_attribute("title", "Paul Martin")


async def test_filters_are_links_and_lists_are_saved(office: Office, zoe: Colleague) -> None:
    await zoe.page.get_by_label("Filter", exact=True).click()
    await zoe.page.get_by_role("link", name="Asked for a person").click()
    await zoe.page.wait_for_url("**/queue?reason=asked_for_person")
    await zoe.page.get_by_label("Save this list", exact=True).click()
    await zoe.page.get_by_label("Save this list as").fill("People wanted")
    await zoe.button("Save").click()
    await zoe.is_told("Saved as “People wanted”.")
    link = zoe.page.locator("#side a", has_text="People wanted")
    await expect(link.locator(".number")).to_have_text("0")
    await office.somebody_waits()
    await expect(link.locator(".number")).to_have_text("1")
    await zoe.page.get_by_role("link", name="Asked for a person Remove this filter").click()
    await zoe.page.wait_for_url("**/queue?")


async def test_everything_is_found_from_the_palette(office: Office, zoe: Colleague) -> None:
    await office.somebody_waits("A person please, my wombat lamp is broken")
    await zoe.presses("Control+k")
    await zoe.page.keyboard.type("wombat")
    option = zoe.page.get_by_role("option").first
    await expect(option).to_contain_text("wombat lamp")
    await zoe.presses("Enter")
    await expect(zoe.lines).to_contain_text("wombat lamp")
    await zoe.presses("Control+k")
    await zoe.page.keyboard.type("claim")
    await expect(zoe.page.get_by_role("option").first).to_contain_text("Claim")
    await zoe.presses("Enter")
    await zoe.is_told("It is yours.")


async def test_back_and_forth_by_the_browsers_own_buttons(office: Office, colleague: SignedIn) -> None:
    first, second = await office.somebody_waits(), await office.somebody_waits("A person please")
    zoe = await colleague("zoe")
    await zoe.opens(first.id)
    await zoe.opens(second.id)
    await zoe.page.go_back()
    await zoe.page.locator(f'#work[data-conversation="{first.id}"]').wait_for()
    await zoe.page.go_back()
    await expect(zoe.page.locator("#work.none")).to_be_attached()
    await zoe.page.go_forward()
    await zoe.page.locator(f'#work[data-conversation="{first.id}"]').wait_for()
    await first.say("Still there?", "m2")
    await expect(zoe.lines).to_contain_text("Still there?")


WATCH_NOTES = """
  window.told = [];
  window.Notification = class { static permission = "granted"; static requestPermission() {}
    constructor(title, options) { told.push(`${title}: ${options.body}`); } };
  Object.defineProperty(document, "hasFocus", { value: () => false });
"""


async def test_news_come_to_the_desktop_once_however_many_tabs_are_open(
    office: Office, colleague: SignedIn
) -> None:
    zoe = await colleague()
    await zoe.page.context.add_init_script(WATCH_NOTES)
    await zoe.signs_in("zoe")
    await zoe.page.wait_for_url("**/queue")
    await zoe.goes_to("/account")
    await zoe.page.get_by_label("Tell me on the desktop when somebody comes into the queue").check()
    await zoe.button("Save").click()
    await zoe.is_told("Saved.")
    await zoe.goes_to("/queue")
    other = await (await a_tab(office, zoe.page.context)).goes_to("/queue")
    chat = await office.somebody_waits("A person please, it smokes")

    async def told() -> list[str]:
        return [note for tab in (zoe, other) for note in await tab.page.evaluate("told")]

    async def one_note() -> bool:
        return len(await told()) > 0

    await office.until(one_note)
    await expect(zoe.page.locator("#rows")).to_contain_text("it smokes")
    await expect(other.page.locator("#rows")).to_contain_text("it smokes")
    assert len(await told()) == 1
    assert "Asked for a person: A person please, it smokes" in (await told())[0]
    await office.service.desk.claim(chat.id, an_agent("zoe", display="Zoé Le Goff"))
    await chat.say("Hurry!", "m2")

    async def two_notes() -> bool:
        return len(await told()) > 1

    await office.until(two_notes)
    assert (await told())[-1].endswith(": Hurry!") or (await told())[0].endswith(": Hurry!")


async def test_a_lost_connection_is_told_and_comes_back(office: Office, zoe: Colleague) -> None:
    note = zoe.page.locator("#offline")
    await zoe.page.context.set_offline(True)
    await expect(note).to_contain_text("Connection lost")
    chat = await office.somebody_waits()
    await zoe.page.context.set_offline(False)
    await expect(note).to_be_hidden()
    await zoe.row(chat.id).wait_for()


async def test_who_is_signed_out_elsewhere_is_led_to_the_door(office: Office, zoe: Colleague) -> None:
    chat = await office.somebody_waits()
    await zoe.row(chat.id).wait_for()
    await office.service.console.sessions.end_all("zoe")
    await zoe.row(chat.id).locator(".ticket-link").click()
    await zoe.page.wait_for_url("**/sign-in?next=*")
    await zoe.page.fill("[name=name]", "zoe")


async def test_off_duty_and_back(office: Office, zoe: Colleague) -> None:
    switch: Any = zoe.page.get_by_role("switch", name="On duty")
    await expect(switch).to_be_checked()
    await switch.click()
    await zoe.is_told("You are off duty.")
    await expect(switch).not_to_be_checked()
    agent = await office.service.roster.get("zoe")
    assert agent is not None
    assert not agent.on_duty
    await zoe.presses("z")
    await zoe.is_told("You are on duty")
    await expect(switch).to_be_checked()


async def test_a_fault_that_nobody_foresaw_is_told_in_words(zoe: Colleague) -> None:
    await zoe.page.route("**/duty", lambda route: route.fulfill(status=500, body="Internal Server Error"))
    await zoe.page.get_by_role("switch", name="On duty").click()
    await zoe.is_told("The service has met with a fault.")
    await expect(zoe.page.locator("#toasts")).not_to_contain_text("Internal")

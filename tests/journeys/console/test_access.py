"""With a keyboard, a screen reader, a phone, in the dark, in French: everybody can work here."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, cast

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from bot.events import Review
from connectors.console.canned_replies import CannedReply
from escalation.roster import Agent, Role
from knowledge.entries import Audience
from knowledge.versions import Change
from tests.builders import an_agent
from tests.journeys.console.conftest import SignedIn
from tests.journeys.console.office import Colleague, Office
from tests.web import Chat, an_identity, now

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

DESK: dict[str, Any] = {}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}
AXE = Axe().axe_script
LOOK = """async (rules) => {
  const found = await axe.run({ resultTypes: ["violations"], preload: false, ...rules });
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 200))}`);
}"""
OF_CUSTOMERS = ("lamp", "person", "parcel", "goodwill")
"""Words that are in what customers and articles say: these are English everywhere."""
ROOMS = (
    "/queue?show=closed",
    "/queue?show=mine",
    "/judge",
    "/judge?show=corrections",
    "/judge?show=marked",
    "/knowledge",
    "/knowledge?q=lamp",
    "/knowledge/entry?id=returns",
    "/knowledge/write?id=returns",
    "/knowledge/versions?id=returns",
    "/knowledge/missing",
    "/knowledge/conflicts",
    "/overview",
    "/quality",
    "/account",
    "/canned",
    "/people",
    "/people?edit=paul",
    "/nowhere",
)


async def no_violations(colleague: Colleague, state: str) -> None:
    """All of it by light; by dark what differs there."""
    page = colleague.page
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE)
    told = []
    for colours, rules in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
        await page.emulate_media(color_scheme=cast(Any, colours))
        await page.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")
        told += [f"{colours}, {one}" for one in await page.evaluate(LOOK, rules)]
    assert told == [], state


async def a_full_office(office: Office) -> Chat:
    """Something of everything: each kind of line, rows in every state."""
    desk, zoe, paul = office.service.desk, an_agent("zoe", Role.LEAD), an_agent("paul")
    chat = await office.customer(identity=an_identity(name="Camille Durand", email="camille@example.fr"))
    await chat.say("How many days do I have to return a lamp?", "m1")
    await office.until(lambda: _has(office, chat, 3))
    await chat.post("feedback", {"position": 3, "useful": False, "comment": "Too short"})
    await chat.say("I want a person", "m2")
    await office.until(lambda: _waits(office, chat))
    await desk.claim(chat.id, paul)
    await desk.reply(chat.id, paul, "Which **lamp**?\n\n- the green one\n- the blue one")
    await desk.release(chat.id, paul)
    await desk.note(chat.id, zoe, "The third this month")
    await desk.tag(chat.id, zoe, "returns")
    await desk.claim(chat.id, zoe)
    await desk.review(chat.id, paul, 3, Review.WRONG, "Thirty days.", "too long")
    await a_changed_entry(office, zoe)
    for act in ("open", "theirs", "closed"):
        other = await office.somebody_waits()
        if act != "open":
            await desk.claim(other.id, paul)
        if act == "closed":
            await desk.resolve(other.id, paul)
    await office.service.console.canned.save(CannedReply("1", "Hello", "Hello {{first_name}}", "en", "zoe"))
    return chat


async def a_changed_entry(office: Office, lead: Agent) -> None:
    service = office.service
    [stored] = await service.entries.get(["returns"], frozenset(Audience))
    changed = replace(stored.entry, text="# Returning a lamp\n\n- Within **60 days**\n- in its box")
    await service.corrections.amend(
        changed, stored.content_hash, [], lead, Change(now(), lead.name, "new rule")
    )


async def _has(office: Office, chat: Chat, position: int) -> bool:
    return (await office.service.log.state(chat.id)).position >= position


async def _waits(office: Office, chat: Chat) -> bool:
    return await office.service.queue.of(chat.id) is not None


@pytest.mark.parametrize(("language", "device"), [("en", DESK), ("fr", PHONE)], ids=["desk", "phone"])
async def test_axe_finds_nothing_on_any_page(
    office: Office, colleague: SignedIn, language: str, device: dict[str, Any]
) -> None:
    chat = await a_full_office(office)
    guest = await colleague(language=language, **device)
    _ = guest.words
    await guest.goes_to("/sign-in")
    await no_violations(guest, "signing in")
    await guest.signs_in("ada", "wrong")
    await no_violations(guest, "refused")
    await guest.signs_in("ada")
    await guest.page.wait_for_url("**/queue")
    await no_violations(guest, "queue")
    naming = f"/knowledge/answered-by?of={chat.id}.3"
    for path in (*ROOMS, naming, f"{naming}&entry=returns"):
        await guest.goes_to(path)
        await no_violations(guest, path)
        await fits_the_width(guest, path)
        if language == "fr":
            await nothing_is_english(guest, path)
    await guest.goes_to(f"/conversations/{chat.id}")
    await expect(guest.page.locator("#evidence")).to_contain_text(_("Why it came to you"))
    await no_violations(guest, "a conversation")
    await fits_the_width(guest, "a conversation")
    if device:
        await guest.button("Evidence").click()
        await no_violations(guest, "the evidence on a phone")
        await guest.button("Conversation").click()
    await guest.lines.locator(".trace summary").first.click()
    await expect(guest.lines.locator(".trace").first).to_contain_text(_("Decision"))
    await guest.lines.locator(".judging summary").first.click()
    await guest.page.get_by_role("tab", name=_("Internal note")).click()
    await no_violations(guest, "a trace, marks, and a note under the pen")
    await guest.bar.get_by_label(_("More")).click()
    await no_violations(guest, "a menu")


async def fits_the_width(colleague: Colleague, state: str) -> None:
    """Tables and explanations that are opened as well."""
    folded = ".as-table, .rule"
    await colleague.page.eval_on_selector_all(folded, "all => all.forEach((one) => { one.open = true; })")
    wide = await colleague.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{state} does not scroll sideways"
    scrolling = "all => all.filter((one) => one.scrollWidth > one.clientWidth).length"
    assert not await colleague.page.eval_on_selector_all(".scrolls", scrolling), f"no table of {state} does"
    await colleague.page.eval_on_selector_all(folded, "all => all.forEach((one) => { one.open = false; })")


async def test_axe_finds_nothing_in_dialogs(office: Office, zoe: Colleague) -> None:
    await office.somebody_waits()
    await zoe.presses("?")
    await no_violations(zoe, "the keys")
    await zoe.presses("Escape")
    await expect(zoe.page.locator("#keys")).to_be_hidden()
    await zoe.presses("Control+k")
    await no_violations(zoe, "the palette")
    await zoe.presses("Escape")
    await expect(zoe.page.locator("#palette")).to_be_hidden()
    await zoe.presses("j", "x")
    await expect(zoe.page.locator("#several")).to_contain_text("1 selected")
    await zoe.page.locator("#several summary", has_text="More").click()
    await no_violations(zoe, "several at once")


async def test_on_a_phone_there_is_one_pane_at_a_time(office: Office, colleague: SignedIn) -> None:
    chat = await office.somebody_waits("A person please, " + "for a very long question " * 20)
    zoe = await colleague("zoe", **PHONE)
    page = zoe.page
    await page.get_by_label("Menu").click()
    await expect(page.locator("#side")).to_be_visible()
    await page.locator("#side").get_by_role("link", name="Waiting").click()
    await page.wait_for_url("**/queue?show=waiting")
    await expect(page.locator("#side")).to_be_hidden()
    await zoe.opens(chat.id)
    await expect(page.locator("#list")).to_be_hidden()
    await expect(page.locator("#transcript")).to_be_visible()
    await expect(page.locator(".aside")).to_be_hidden()
    await page.get_by_role("button", name="Evidence").click()
    await expect(page.locator(".aside")).to_be_visible()
    await expect(page.locator("#transcript")).to_be_hidden()
    await page.get_by_role("button", name="Conversation", exact=True).click()
    await zoe.button("Claim").click()
    await expect(zoe.bar).to_contain_text("Yours")
    for path in ("/queue", f"/conversations/{chat.id}"):
        await zoe.goes_to(path)
        await fits_the_width(zoe, path)
    await zoe.goes_to(f"/conversations/{chat.id}")
    await zoe.bar.get_by_label("Back to the list").click()
    await expect(page.locator("#list")).to_be_visible()


async def test_in_french_all_of_it_is_french(office: Office, colleague: SignedIn) -> None:
    await a_full_office(office)
    zoe = await colleague("zoe", "fr")
    await expect(zoe.page.locator("html")).to_have_attribute("lang", "fr")
    await expect(zoe.page.locator("#list-title")).to_have_text("Toutes")
    chat = await office.somebody_waits()
    await zoe.goes_to(f"/conversations/{chat.id}")
    await zoe.button("Claim").click()
    await zoe.is_told("Elle est à vous.")
    await expect(zoe.bar).to_contain_text("À vous")
    await expect(zoe.page.locator("#evidence")).to_contain_text("Pourquoi elle vous arrive")
    await zoe.sends("Bonjour")
    await expect(zoe.page.locator("#toasts")).to_contain_text("Envoi dans")
    await zoe.is_told("Envoyé à Visiteur")
    await zoe.button("Resolve").click()
    await zoe.is_told("Résolue.")
    await zoe.goes_to(f"/conversations/{chat.id}")
    await nothing_is_english(zoe, "a conversation")


ENGLISH = re.compile(r"\b(the|conversation with|waiting|queue|nobody|customer)\b", re.IGNORECASE)


async def nothing_is_english(colleague: Colleague, state: str) -> None:
    names = await colleague.page.locator("button, a, label, h1, h2, h3, summary").all_inner_texts()
    labels = await colleague.page.eval_on_selector_all(
        "[aria-label], [title], [placeholder]",
        "all => all.flatMap(one => [one.ariaLabel, one.title, one.placeholder])",
    )
    said = [text for text in (*names, *labels) if text]
    own = [text for text in said if not any(word in text.lower() for word in OF_CUSTOMERS)]
    assert [text for text in own if ENGLISH.search(text)] == [], state


async def test_the_switch_to_the_dark_is_kept(zoe: Colleague) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = await zoe.page.evaluate(ground)
    await zoe.page.locator(".side-foot .menu summary").click()
    await zoe.page.get_by_role("button", name="Dark").click()
    await zoe.is_told("Saved.")
    await expect(zoe.page.locator("html")).to_have_attribute("data-theme", "dark")
    assert await zoe.page.evaluate(ground) != light
    await zoe.goes_to("/account")
    await expect(zoe.page.locator("html")).to_have_attribute("data-theme", "dark")
    await expect(zoe.page.locator("select[name=theme]")).to_have_value("dark")


async def test_times_are_those_of_the_colleagues_own_clock(office: Office, colleague: SignedIn) -> None:
    chat = await office.somebody_waits()
    montreal = await colleague("zoe", timezone_id="America/Montreal")
    paris = await colleague("paul", timezone_id="Europe/Paris")
    told = []
    for one in (montreal, paris):
        await one.goes_to("/queue")
        told.append(await one.row(chat.id).locator(".waited time").get_attribute("title"))
    hours = [int(re.search(r" at (\d\d):", title or "")[1]) for title in told]  # type: ignore[index]
    assert (hours[1] - hours[0]) % 24 in (5, 6)


async def test_the_order_of_focus_is_the_order_of_reading(office: Office, colleague: SignedIn) -> None:
    await office.somebody_waits()
    zoe = await colleague("zoe")
    await zoe.presses("Tab")
    await expect(zoe.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await zoe.presses("Enter")
    await expect(zoe.page.locator("#main")).to_be_focused()


async def test_a_customers_name_is_only_what_the_company_vouches_for(office: Office, zoe: Colleague) -> None:
    chat = await office.customer(identity=an_identity(sub="7", name='<img src=x onerror="boom()">'))
    await chat.say("I want a person")
    await zoe.page.locator(f'[data-conversation="{chat.id}"]').wait_for()
    await expect(zoe.row(chat.id).locator(".who-name")).to_have_text('<img src=x onerror="boom()">')
    assert zoe.errors == []

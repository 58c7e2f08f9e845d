"""A company has a Rasa widget on its website and puts Comptoir behind it: Chromium, nobody's code changed."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, async_playwright, expect

from bot.decisions import Clarify, EntryLink
from connectors.assembly import Service
from tests.builders import ScriptedResponder, an_agent, an_escalation
from tests.connectors.rasa.assistant import conversation_with
from tests.connectors.rasa.webchat import PAGE, webchat_script
from tests.journeys.widget.elsewhere import Elsewhere
from tests.web import a_service, eventually, served, web_settings

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
QUIET = ("no-sandbox", "disable-background-networking", "disable-component-update", "disable-sync")


@pytest.fixture(scope="module")
def shop() -> Iterator[Elsewhere]:
    server = Elsewhere()
    server.put("/webchat.js", webchat_script(), "text/javascript; charset=utf-8")
    server.start()
    yield server
    server.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory, shop: Elsewhere) -> AsyncIterator[Service]:
    settings = web_settings(
        tmp_path_factory.mktemp("webchat"),
        sites=[{"id": "shop", "origins": [shop.origin]}],
        rasa={"socketio": True},
    )
    bot = ScriptedResponder()
    async with a_service(settings, bot) as service:
        yield service


@pytest_asyncio.fixture(loop_scope="module")
async def page(service: Service, shop: Elsewhere) -> AsyncIterator[Page]:
    async with served(service) as (_, client), async_playwright() as playwright:
        address = shop.put("/", PAGE.format(service=str(client.base_url).rstrip("/")))
        arguments = [f"--{name}" for name in QUIET]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        page = await browser.new_page()
        await page.goto(address)
        yield page
        await browser.close()


def bubble(page: Page, text: str) -> Locator:
    return page.locator(".rw-message").filter(has_text=text)


async def write(page: Page, text: str) -> None:
    await page.locator(".rw-new-message").fill(text)
    await page.locator(".rw-new-message").press("Enter")


async def test_the_widget_that_a_company_has_shows_answers_buttons_and_people(
    page: Page, service: Service
) -> None:
    bot = service.turn
    assert isinstance(bot, ScriptedResponder)
    await page.locator(".rw-launcher").click()
    await expect(bubble(page, "Ask away")).to_be_visible()

    await write(page, "May I return a lamp?")
    await expect(bubble(page, "[1] Returns")).to_be_visible()

    choices = (EntryLink("l", "The floor lamp"), EntryLink("b", "The bulb"))
    bot.next(Clarify("Which one is broken?", choices), an_escalation())
    await write(page, "It is broken")
    await page.locator(".rw-reply", has_text="The bulb").click()
    await expect(bubble(page, "A colleague takes over.")).to_be_visible()

    conversation_id, events = await conversation_with(service, "It is broken")
    assert "The bulb" in [getattr(event, "text", None) for event in events]
    zoe = an_agent()
    await service.desk.claim(conversation_id, zoe)
    await service.desk.reply(conversation_id, zoe, "We send a [new one](https://shop.example/bulbs).")
    service.hub.nudge()
    await expect(bubble(page, "Zoe has joined the conversation.")).to_be_visible()
    reply = bubble(page, "Zoe: We send a new one")
    await expect(reply.get_by_role("link")).to_have_attribute("href", "https://shop.example/bulbs")

    await page.goto("about:blank")
    await service.desk.reply(conversation_id, zoe, "It left today.")
    await page.go_back()
    await expect(bubble(page, "May I return a lamp?").first).to_be_attached()
    if not await page.locator(".rw-new-message").is_visible():
        await page.locator(".rw-launcher").click()
    await expect(bubble(page, "Zoe: It left today.")).to_be_visible()
    await write(page, "Thank you, Zoe")

    async def has_arrived() -> bool:
        events = await service.log.read(conversation_id)
        return "Thank you, Zoe" in [getattr(logged.event, "text", None) for logged in events]

    await eventually(has_arrived)

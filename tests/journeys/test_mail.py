"""A customer leaves, is answered by mail, and comes back through it: real Chromium, server, mail server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.events import MessageReceived
from connectors.assembly import Service
from connectors.http.app import make_app
from connectors.http.door import make_door
from connectors.http.listening import listen
from connectors.http.server import Server
from connectors.http.tokens import Visit
from tests.builders import an_agent
from tests.journeys.widget.conftest import CHROMIUM, QUIET
from tests.journeys.widget.elsewhere import Elsewhere, page_with_widget
from tests.journeys.widget.running import free_port
from tests.mail_server import MailServer, Received, a_mail_server
from tests.web import a_service, eventually, now, web_settings

pytestmark = pytest.mark.slow

ZOE = an_agent("zoe", display="Zoé", email="zoe@shop.example", on_duty=True)
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@dataclass
class Shop:
    service: Service
    address: str
    page: str
    mails: MailServer
    browser: Browser

    async def visitor(self, address: str | None = None, **how: Any) -> Page:
        """Somebody in a browser that has never been here."""
        context = await self.browser.new_context(**{"locale": "en-GB", **how})
        context.set_default_timeout(20_000)
        page = await context.new_page()
        await page.goto(address or self.page)
        return page

    async def mail(self, nth: int = 0) -> Received:
        async def there() -> bool:
            return len(self.mails.received) > nth

        await eventually(there, patience=30)
        return self.mails.received[nth]

    async def replies(self, conversation: str, text: str) -> None:
        await self.service.desk.claim(conversation, ZOE)
        await self.service.desk.reply(conversation, ZOE, text)

    def link_to(self, conversation: str, site: str = "shop") -> str:
        return f"{self.address}/c/{make_door(self.service).links.issue(Visit(conversation, site)).token}"


@pytest.fixture
def elsewhere() -> Any:
    server = Elsewhere()
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def shop(tmp_path: Path, elsewhere: Elsewhere) -> AsyncIterator[Shop]:
    async with a_mail_server() as mails, a_browser() as browser:
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        page = page_with_widget(elsewhere, address, "/help")
        settings = web_settings(
            tmp_path,
            public_address=address,
            mail=mails.settings(wait_seconds=0),
            sites=[
                {"id": "shop", "origins": [elsewhere.origin], "page": page},
                {"id": "outlet", "languages": ["fr", "en"]},
            ],
        )
        async with a_service(settings) as service, serving(service, port):
            await service.roster.save(ZOE)
            yield Shop(service, address, page, mails, browser)


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox", *(f"--{name}" for name in QUIET)]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        await browser.close()


@asynccontextmanager
async def serving(service: Service, port: int) -> AsyncIterator[None]:
    ready = asyncio.Event()
    with listen("127.0.0.1", port) as bound:
        server = Server(make_app(make_door(service)), ready.set)
        running = asyncio.create_task(server.serve([bound]))
        await ready.wait()
        yield
        server.should_exit = True
        await running


async def asks(page: Page, text: str) -> None:
    field = page.locator(".box textarea")
    await field.fill(text)
    await field.press("Enter")


async def conversation_in(page: Page) -> str:
    kept = await page.evaluate(
        "JSON.parse(Object.entries(localStorage).find(([name]) => name.endsWith(' conversation'))[1]).id"
    )
    return str(kept)


async def a_customer_who_left(shop: Shop, question: str = "Where is my parcel?") -> str:
    """They asked for a person, left an address and closed the browser. Gives the conversation."""
    page = await shop.visitor()
    await page.locator(".launcher").click()
    await asks(page, question)
    await page.locator(".said.answer").wait_for()
    await page.get_by_role("button", name="Talk to a person").click()
    await page.locator(".said.escalation").wait_for()
    conversation = await conversation_in(page)
    await shop.service.reception.leave_contact(conversation, "camille@home.example")
    await page.context.close()
    return conversation


def link_in(mail: Received) -> str:
    found = re.search(r"https?://\S+/c/\S+", mail.text)
    assert found
    return found[0]


async def written(shop: Shop, conversation: str) -> list[str]:
    events = await shop.service.log.read(conversation)
    return [e.event.text for e in events if isinstance(e.event, MessageReceived)]


async def harmless_to_axe(page: Page) -> None:
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("device", [{"viewport": {"width": 1100, "height": 800}}, PHONE])
async def test_who_left_is_answered_by_mail_and_goes_on_from_there(
    shop: Shop, device: dict[str, Any]
) -> None:
    conversation = await a_customer_who_left(shop)
    await shop.replies(conversation, "It waits at the **parcel shop**.")
    mail = await shop.mail()
    assert mail.recipients == ["camille@home.example"]
    assert "It waits at the parcel shop." in mail.text

    page = await shop.visitor(link_in(mail), **device)
    await expect(page.locator(".panel")).to_be_visible()
    await expect(page.locator(".said.staff")).to_contain_text("It waits at the parcel shop.")
    await expect(page.locator(".said.own").first).to_contain_text("Where is my parcel?")
    assert page.url == shop.page, "nothing is left in the address"

    await asks(page, "Thank you, I will fetch it.")
    await expect(page.locator(".said.own").nth(1)).to_contain_text("I will fetch it")

    async def arrived() -> bool:
        return await written(shop, conversation) == ["Where is my parcel?", "Thank you, I will fetch it."]

    await eventually(arrived)
    await page.reload()
    await expect(page.locator(".said.own")).to_have_count(2)
    assert len(shop.mails.received) == 1


async def test_the_link_takes_the_place_of_another_conversation_in_every_tab(shop: Shop) -> None:
    conversation = await a_customer_who_left(shop)
    page = await shop.visitor()
    await page.locator(".launcher").click()
    await asks(page, "Something else entirely")
    await page.locator(".said.answer").wait_for()
    assert await conversation_in(page) != conversation

    tab = await page.context.new_page()
    await tab.goto(shop.link_to(conversation))
    await expect(tab.locator(".said.own")).to_have_text(re.compile("Where is my parcel"))
    await page.bring_to_front()
    await expect(page.locator(".said.own")).to_have_text(re.compile("Where is my parcel"))
    assert await conversation_in(page) == conversation


async def test_a_link_that_is_clicked_twice_only_goes_on(shop: Shop) -> None:
    conversation = await a_customer_who_left(shop)
    await shop.replies(conversation, "It is on its way.")
    link = link_in(await shop.mail())
    page = await shop.visitor(link)
    await expect(page.locator(".said.staff")).to_have_count(1)
    await page.goto(link)
    await expect(page.locator(".said.staff")).to_have_count(1)
    await expect(page.locator(".panel")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_site_without_a_page_gets_ours_in_the_customers_language(shop: Shop, scheme: Any) -> None:
    await shop.service.reception.open("c-outlet", "fr", "widget", site="outlet")
    await shop.service.reception.receive("c-outlet", "m1", "Où est mon colis ?")
    page = await shop.visitor(
        shop.link_to("c-outlet", "outlet"),
        locale="fr-FR",
        color_scheme=scheme,
        viewport={"width": 1100, "height": 800},
    )
    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre conversation avec Maison Tilleul")
    await expect(page.locator(".said.own")).to_have_text(re.compile("Où est mon colis"))
    assert page.url == f"{shop.address}/c?site=outlet"
    await harmless_to_axe(page)


async def test_a_link_that_has_expired_says_what_to_do(shop: Shop) -> None:
    service = shop.service
    conversation = await a_customer_who_left(shop)
    door = make_door(service)
    door.links._clock = lambda: now() - timedelta(days=15)
    link = f"{shop.address}/c/{door.links.issue(Visit(conversation, 'shop')).token}"
    page = await shop.visitor(link)
    await expect(page.get_by_role("heading", level=1)).to_have_text("This link does not work any more")
    await harmless_to_axe(page)


@pytest.mark.parametrize(
    "fragment", ["#comptoir=", "#comptoir=x", "#comptoir=a.b.c&d", "#top", "#comptoir=<b>.x"]
)
async def test_what_only_looks_like_a_link_is_left_alone(shop: Shop, fragment: str) -> None:
    page = await shop.visitor(shop.page + fragment)
    await expect(page.locator(".launcher")).to_be_visible()
    await expect(page.locator(".panel")).to_be_hidden()
    assert "#" in page.url


async def test_a_made_up_link_takes_nobodys_conversation_away(shop: Shop) -> None:
    page = await shop.visitor()
    await page.locator(".launcher").click()
    await asks(page, "Something that matters")
    await page.locator(".said.answer").wait_for()
    conversation = await conversation_in(page)
    await page.goto("about:blank")
    await page.goto(f"{shop.page}#comptoir=11111111-2222-3333-4444-555555555555.a.b.c")
    await expect(page.locator(".said.own")).to_have_text(re.compile("Something that matters"))
    assert await conversation_in(page) == conversation

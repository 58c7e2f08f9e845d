"""An office in front of real browsers: the service, colleagues at its console, customers at its web door."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from connectors.assembly import Service, assemble
from connectors.console.sessions import Session, key_of, new_id
from connectors.console.visit import COOKIE
from connectors.console.words import Words
from connectors.factories import make_detector, make_index, make_source
from connectors.records import open_records
from connectors.settings import Settings, SourceSettings
from escalation.roster import Role
from knowledge.embedders.hashing import HashingEmbedder
from knowledge.entries import Audience
from knowledge.ingest import ingest
from tests.console import BRIEF, PASSWORD, hired
from tests.web import Chat, now, opened, served, web_settings

ARTICLES = {
    "returns.md": "# Returning a lamp\n\nYou may return any lamp within 30 days, unless it was installed.",
    "delivery.md": "# Delivery times\n\nParcels arrive within 3 working days after they are sent.",
    "invoices.md": "# Invoices\n\nYour invoice is in your account, under Orders, once the parcel is sent.",
}
INTERNAL = "# Goodwill\n\nWe may refund up to 10 euros without asking anybody."


async def furnished(folder: Path) -> Path:
    """A data folder with the articles and the colleagues: every story begins with a copy of it."""
    settings = settings_of(folder / "data")
    await _write_articles(folder, settings)
    async with assembled(settings) as service:
        for name, display, role in _STAFF:
            await hired(service, name, role, display=display)
    return settings.data


@asynccontextmanager
async def an_open_office(data: Path, **more: Any) -> AsyncIterator[Office]:
    """The real parts, but for an embedder that needs no model. `more`: settings."""
    async with assembled(settings_of(data, **more)) as service, served(service) as (_, client):
        yield Office(service, client)


def settings_of(data: Path, **more: Any) -> Settings:
    return web_settings(data, rates={"conversations_per_address": "10000/hour"}, **more)


@asynccontextmanager
async def assembled(settings: Settings) -> AsyncIterator[Service]:
    async with await assemble(settings, clock=now, brief=BRIEF, embedder=HashingEmbedder()) as service:
        yield service


_STAFF = (
    ("zoe", "Zoé Le Goff", Role.LEAD),
    ("paul", "Paul Martin", Role.AGENT),
    ("ada", "Ada Lovelace", Role.ADMIN),
)


async def _write_articles(folder: Path, settings: Settings) -> None:
    help, staff = folder / "help", folder / "staff"
    for place in (help, staff):
        place.mkdir(parents=True, exist_ok=True)
    for name, text in ARTICLES.items():
        (help / name).write_text(f"---\nurl: https://shop.example/help/{name[:-3]}\n---\n\n{text}", "utf-8")
    (staff / "goodwill.md").write_text(INTERNAL, "utf-8")
    sources = [
        make_source(SourceSettings(path=path, audience=audience), settings)
        for path, audience in ((help, Audience.PUBLIC), (staff, Audience.INTERNAL))
    ]
    async with await open_records(settings) as records:
        embedder = HashingEmbedder()
        index = make_index(settings, records.entries, embedder.model)
        await ingest(sources, records.entries, index, embedder, make_detector(BRIEF))
        await index.close()


@dataclass
class Office:
    service: Service
    client: httpx.AsyncClient
    contexts: list[BrowserContext] = field(default_factory=list)
    colleagues: list[Colleague] = field(default_factory=list)

    @property
    def address(self) -> str:
        return str(self.client.base_url).rstrip("/")

    async def customer(self, **who: Any) -> Chat:
        """One who has opened a conversation on the shop's site."""
        return await opened(self.client, **who)

    async def somebody_waits(self, text: str = "I want to talk to a person about my lamp") -> Chat:
        chat = await self.customer()
        await chat.say(text)
        await self.until(lambda: self._is_waiting(chat.id))
        return chat

    async def _is_waiting(self, conversation: str) -> bool:
        return await self.service.queue.of(conversation) is not None

    async def until(self, check: Any, patience: float = 20) -> None:
        async with asyncio.timeout(patience):
            while not await check():  # noqa: ASYNC110 - nothing in the log tells us
                await asyncio.sleep(0.02)


@dataclass
class Colleague:
    """Somebody at the console, in the words of a story."""

    page: Page
    office: Office
    words: Words
    errors: list[str]
    """What the browser complained about: a policy that was broken among it."""

    async def goes_to(self, path: str = "/queue") -> Colleague:
        await self.page.goto(f"{self.office.address}/console{path}")
        return self

    async def is_signed_in(self, name: str) -> Colleague:
        """With a session that was begun before: as after lunch."""
        id, moment = new_id(), now()
        await self.office.service.console.sessions.start(Session(key_of(id), name, moment, moment))
        await self.page.context.add_cookies([{"name": COOKIE, "value": id, "url": self.office.address}])
        return await self.goes_to()

    async def signs_in(self, name: str, password: str = PASSWORD) -> Colleague:
        await self.goes_to("/sign-in")
        await self.page.fill("[name=name]", name)
        await self.page.fill("[name=password]", password)
        await self.page.press("[name=password]", "Enter")
        return self

    def row(self, conversation: str) -> Locator:
        return self.page.locator(f'.ticket[data-conversation="{conversation}"]')

    async def opens(self, conversation: str) -> None:
        await self.row(conversation).locator(".ticket-link").click()
        await self.page.locator(f'#work[data-conversation="{conversation}"]').wait_for()

    @property
    def bar(self) -> Locator:
        return self.page.locator("#bar")

    @property
    def lines(self) -> Locator:
        return self.page.locator("#lines")

    @property
    def field(self) -> Locator:
        return self.page.locator("#composer-text")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=self.words(name), exact=True)

    async def presses(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def is_told(self, text: str) -> None:
        await expect(self.page.locator("#toasts")).to_contain_text(text)

    async def sends(self, text: str) -> None:
        await self.field.fill(text)
        await self.field.press("Control+Enter")


async def a_colleague(
    office: Office, browser: Browser, name: str | None = None, language: str = "en", **how: Any
) -> Colleague:
    locale = {"en": "en-GB", "fr": "fr-FR"}[language]
    how = {
        "viewport": {"width": 1440, "height": 900},
        "locale": locale,
        "timezone_id": "Europe/Paris",
        "reduced_motion": "reduce",
        **how,
    }
    context = await browser.new_context(**how)
    context.set_default_timeout(20_000)
    office.contexts.append(context)
    colleague = await a_tab(office, context, language)
    if name is not None:
        await colleague.is_signed_in(name)
    return colleague


async def a_tab(office: Office, context: BrowserContext, language: str = "en") -> Colleague:
    page = await context.new_page()
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    colleague = Colleague(page, office, Words(language), errors)
    office.colleagues.append(colleague)
    return colleague

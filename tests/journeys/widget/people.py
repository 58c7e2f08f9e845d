"""Who is in the stories: customers in a browser, and a colleague who answers them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page

from connectors.assembly import system_clock
from connectors.records import open_records
from connectors.settings import load_settings
from escalation.desk import Desk
from tests.builders import an_agent
from tests.journeys.widget.running import Service


@dataclass
class Customer:
    """What somebody does with the widget in one tab, in the words of a story."""

    page: Page
    errors: list[str]
    """What the browser's console complained about."""

    @property
    def launcher(self) -> Locator:
        return self.page.locator(".launcher")

    @property
    def panel(self) -> Locator:
        return self.page.locator(".panel")

    @property
    def field(self) -> Locator:
        return self.page.locator(".box textarea")

    def said(self, kind: str = "") -> Locator:
        """Messages of a kind: own, answer, route, clarify, escalation, staff, …"""
        return self.page.locator(f".said{'.' + kind if kind else ''}")

    async def goes_to(self, address: str) -> Customer:
        await self.page.goto(address)
        return self

    async def opens(self) -> None:
        await self.launcher.click()

    async def asks(self, text: str) -> None:
        await self.field.fill(text)
        await self.field.press("Enter")

    async def hears(self, kind: str, nth: int = 0) -> Locator:
        """The nth message of that kind, once it is there."""
        heard = self.said(kind).nth(nth)
        await heard.wait_for()
        return heard

    async def hears_instead(self, events: list[dict[str, Any]]) -> None:
        """From now on the stream brings these, for what the service says rarely, or never should."""
        told = "".join(
            (f"id: {event['position']}\n" if "position" in event else "")
            + f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
            for event in events
        )
        headers = {"Content-Type": "text/event-stream", "Access-Control-Allow-Origin": "*"}
        await self.page.route("**/events", lambda route: route.fulfill(body=told, headers=headers))

    async def conversation(self) -> str:
        """Its id."""
        kept = await self.page.wait_for_function(
            "Object.entries(localStorage).find(([name]) => name.endsWith(' conversation'))?.[1]"
        )
        return str(json.loads(await kept.json_value())["id"])


class Customers:
    """Each `new` is another person; `tab` is the same one once more."""

    def __init__(self, browser: Browser, home: str) -> None:
        self._browser = browser
        self._home = home
        self._contexts: list[BrowserContext] = []

    async def new(self, address: str | None = None, **how: Any) -> Customer:
        how = {"viewport": {"width": 1000, "height": 760}, "locale": "en-GB", **how}
        context = await self._browser.new_context(**how)
        context.set_default_timeout(20_000)
        self._contexts.append(context)
        return await self.tab(context, address)

    async def tab(self, context: BrowserContext, address: str | None = None) -> Customer:
        page = await context.new_page()
        errors: list[str] = []
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return await Customer(page, errors).goes_to(address or self._home)

    async def leave(self) -> None:
        for context in self._contexts:
            await context.close()


class Colleague:
    """A person of the company, at work in another process than the service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._agent = an_agent("marie", display="Marie Le Goff")

    async def takes_over(self, conversation: str) -> None:
        async with self._desk() as desk:
            await desk.claim(conversation, self._agent)

    async def replies(self, conversation: str, text: str) -> None:
        async with self._desk() as desk:
            await desk.reply(conversation, self._agent, text)

    async def hands_back(self, conversation: str) -> None:
        async with self._desk() as desk:
            await desk.hand_back(conversation, self._agent)

    async def resolves(self, conversation: str) -> None:
        async with self._desk() as desk:
            await desk.resolve(conversation, self._agent)

    @contextlib.asynccontextmanager
    async def _desk(self) -> AsyncIterator[Desk]:
        settings = load_settings(self._service.folder / "comptoir.toml", data=self._service.folder / "data")
        async with await open_records(settings) as records:
            yield Desk(records.log, system_clock, ())

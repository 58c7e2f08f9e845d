"""Colleagues at the console, by HTTP: they sign in, look at pages, and send its forms."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from html import unescape
from typing import Any

import httpx
from argon2 import PasswordHasher

from bot.brief import Brief
from connectors.assembly import Service
from connectors.console.enrolment import enrol
from connectors.console.links import make_link, path_of
from escalation.roster import Agent, Role
from tests.builders import ScriptedResponder, an_agent, an_escalation
from tests.web import a_service, web_settings

PASSWORD = "lamps and lime trees"
BRIEF = Brief.model_validate(
    {
        "company": "Maison Tilleul",
        "teams": {
            "support": {"title": {"fr": "l'équipe du service client", "en": "our customer care team"}},
            "orders": {"title": {"fr": "l'équipe commandes", "en": "our order team"}},
        },
        "default_team": "support",
        "service_levels": {"normal": {"first_response": 30, "resolution": 240}},
    }
)


@asynccontextmanager
async def an_office(data: Any, *outcomes: Any, **more: Any) -> AsyncIterator[Service]:
    """A service in which the bot passes everybody on, unless it is told otherwise."""
    settings = web_settings(data, **more.pop("settings", {}))
    responder = ScriptedResponder(*(outcomes or [an_escalation() for _ in range(300)]))
    async with a_service(settings, responder, brief=BRIEF, **more) as service:
        yield service


async def hired(service: Service, name: str, role: Role = Role.AGENT, **more: Any) -> Agent:
    """In the roster, with an account and the password of the tests."""
    agent = an_agent(name, role, **{"on_duty": True, **more})
    account = await enrol(service.console, service.roster, agent, datetime.now(UTC))
    await service.console.accounts.save(replace(account, password=_hashed()))
    return agent


@cache
def _hashed() -> str:
    """As real as any, made once."""
    return PasswordHasher().hash(PASSWORD)


async def a_link(service: Service, name: str) -> str:
    return path_of(await make_link(service.console.links, name, service.clock()))


class Browser:
    """What a colleague's browser does. `last` is the page that it shows."""

    def __init__(self, client: httpx.AsyncClient, address: str = "203.0.113.7") -> None:
        transport = client._transport
        if isinstance(transport, httpx.ASGITransport):
            transport = httpx.ASGITransport(transport.app, client=(address, 1000), raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url=client.base_url)
        self.origin = str(client.base_url).rstrip("/")
        self.last = httpx.Response(204)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        self.last = await self.client.get("/console" + path, headers=_named(headers))
        return self.last

    async def post(
        self, path: str, fields: Mapping[str, Any] | None = None, *, token: str | None = None, **headers: str
    ) -> httpx.Response:
        """With the token of the page that was shown last, and our own origin, unless said otherwise."""
        sent = {"token": self.token if token is None else token, **(fields or {})}
        named = {"origin": self.origin} | _named(headers)
        named = {name: value for name, value in named.items() if value}
        return await self.client.post("/console" + path, data=sent, headers=named)

    async def sign_in(self, name: str, password: str = PASSWORD, next: str = "/") -> httpx.Response:
        await self.get("/sign-in")
        answer = await self.post("/sign-in", {"name": name, "password": password, "next": next})
        if answer.status_code == 303:
            await self.get("/account")
        return answer

    async def act(self, conversation: str, act: str, **fields: Any) -> httpx.Response:
        """As the script sends it."""
        return await self.post(f"/conversations/{conversation}/{act}", fields, hx_request="true")

    @property
    def token(self) -> str:
        found = re.search(r'name="token" value="([0-9a-f]{64})"', self.last.text)
        return found[1] if found else ""

    @property
    def text(self) -> str:
        return words(self.last)


def words(page: httpx.Response) -> str:
    """What a page says, without its tags."""
    bare = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", bare)).split())


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


async def escalated(service: Service, conversation: str, text: str = "Where is my lamp?", **more: Any) -> str:
    """A customer whom the bot has passed on."""
    await service.reception.open(conversation, "en", "widget", "shop", **more)
    await service.reception.handle(conversation, "m1", text)
    return conversation


async def take_back(browser: Browser, page: httpx.Response) -> httpx.Response:
    """Presses the link in the note that the page shows. The answer."""
    forms = re.findall(r'<form[^>]*action="/console([^"]*)"[^>]*>(.*?)</form>', page.text, re.DOTALL)
    path, inside = next((path, inside) for path, inside in forms if "data-undo" in inside)
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="([^"]*)" value="([^"]*)"', inside):
        fields.setdefault(name, []).append(unescape(value))
    del fields["token"]
    answer = await browser.post(path, fields, hx_request="true")
    assert answer.status_code in (200, 204), answer.text
    return answer

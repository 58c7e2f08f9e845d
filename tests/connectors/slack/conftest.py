"""A shop with Slack: a strict server, a running service, colleagues, a guest, and a partner from outside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from bot.asked import Asked, Draft, Response, Shown, to_nobody
from bot.brief import Brief
from bot.conversation import State
from bot.decisions import Answer, Clarify, EntryLink, Escalate, Reason
from bot.events import LoggedEvent
from connectors.assembly import Service, assemble
from connectors.settings import Settings
from escalation.roster import Role
from knowledge.embedders.hashing import HashingEmbedder
from knowledge.entries import Article, Audience, Citation
from knowledge.versions import Change
from tests.builders import an_agent
from tests.slack_server import APP_TOKEN, BOT_TOKEN, SECRET, Json, SlackServer, a_slack, until
from tests.web import served, web_settings, with_tables

HELP, ORDERS, SALES, PARTNERS, CHAT = "C0HELP", "C0ORDERS", "C0SALES", "C0PARTNERS", "C0CHAT"
ZOE, PAUL, NEMO, GUEST, PARTNER = "U0ZOE", "U0PAUL", "U0NEMO", "U0GUEST", "U0PARTNER"
RETURNS = Article(
    "returns", "Returns", "You may return it within 30 days.", "en", url="https://shop.example/returns"
)
MARGINS = Article("margins", "Discounts", "We may give 15 % off.", "en", Audience.INTERNAL)
BRIEF = Brief.model_validate(
    {
        "company": "Maison Tilleul",
        "languages": ["en", "fr"],
        "teams": {"support": {}, "orders": {}},
        "default_team": "support",
        "service_levels": {"normal": {"first_response": 30}},
    }
)


class Librarian:
    """Knows two articles, and looks only where it may. "perhaps" makes it less sure, "which one?" makes it
    ask back, and who wants a person gets one."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.drafts: list[str] = []
        """What it shows while it composes, each once somebody has seen the one before: see `goes_on`."""
        self.seen = asyncio.Event()

    def goes_on(self) -> None:
        """After a draft, and after the last one to its answer."""
        self.seen.set()

    async def respond(self, asked: Asked, shown: Shown = to_nobody) -> Response:
        self.asked.append(asked)
        for draft in self.drafts:
            self.seen.clear()
            shown(Draft(draft, (_cited(RETURNS),)))
            await self.seen.wait()
        question = " ".join((*(e.question for e in asked.exchanges), *asked.messages)).lower()
        known = {"return": RETURNS, "discount": MARGINS}
        if question == "which one?":
            links = tuple(EntryLink(entry.id, entry.title) for entry in (RETURNS, MARGINS))
            return Response(Clarify("Which one do you mean?", links), 0.4, {}, "en")
        found = next((known[word] for word in known if word in question and "person" not in question), None)
        language = "fr" if "combien" in question else "en"
        if found is None or found.audience not in asked.audiences:
            return Response(
                Escalate("A colleague takes over.", Reason.NOT_IN_KNOWLEDGE_BASE), 0.1, {}, language
            )
        return Response(_quoted(found, "perhaps" in question), 0.9, {}, language)


def _quoted(article: Article, hedged: bool) -> Answer:
    link = EntryLink(article.id, article.title)
    return Answer(f"{article.text} [1]", (_cited(article),), link, hedged)


def _cited(article: Article) -> Citation:
    return Citation(article.id, article.title, (), 0, len(article.text), article.text, article.url)


@dataclass
class Place:
    slack: SlackServer
    service: Service
    client: httpx.AsyncClient
    librarian: Librarian

    async def ask(self, user: str, channel: str, text: str, thread: str | None = None) -> str:
        return await self.slack.say(user, channel, f"<@U0BOT> {text}", thread)

    async def answered(self, channel: str, thread: str, number: int = 1) -> Json:
        """The answer in a thread, the first one if no other is wanted."""
        await until(lambda: len(self.bots(channel, thread)) >= number)
        return self.bots(channel, thread)[number - 1]

    def bots(self, channel: str, thread: str) -> list[Json]:
        return [m for m in self.slack.thread(channel, thread) if m.get("bot_id")]

    async def told(self, user: str, number: int = 1) -> Json:
        """What only they are shown; the last of so many."""
        found = await until(lambda: len(self.told_to(user)) >= number and self.told_to(user))
        return dict(found[-1])

    def told_to(self, user: str) -> list[Json]:
        return [m for m in self.slack.ephemeral if m["user"] == user]

    async def view(self, number: int = 1) -> Json:
        await until(lambda: len(self.slack.views) >= number)
        return self.slack.views[number - 1]

    async def customer(self, text: str = "Where is my lamp?", name: str = "c1", **more: Any) -> str:
        """Writes in the widget; the bot passes them on, and their card is in Slack. Its ts."""
        before = len(self.slack.roots(HELP))
        await self.service.reception.open(name, "en", "widget", "shop", **more)
        await self.service.reception.handle(name, "m1", text)
        await until(lambda: len(self.slack.roots(HELP)) > before)
        card = self.slack.roots(HELP)[-1]
        await until(lambda: self.slack.thread(HELP, card["ts"]))  # what was said before
        return str(card["ts"])

    def card(self, ts: str, channel: str = HELP) -> Json:
        return next(m for m in self.slack.messages[channel] if m["ts"] == ts)

    async def events(self, name: str = "c1") -> list[LoggedEvent]:
        return list(await self.service.log.read(name))

    async def state(self, name: str = "c1") -> State:
        return await self.service.log.state(name)

    async def happens(self, kind: type, name: str = "c1", number: int = 1) -> Any:
        """The event of this kind, once it is in the log."""
        return await eventually(lambda: self._event(kind, name, number))

    async def _event(self, kind: type, name: str, number: int) -> Any:
        found = [e.event for e in await self.events(name) if isinstance(e.event, kind)]
        return found[number - 1] if len(found) >= number else None

    async def quiet(self) -> None:
        """Whatever Slack sent is dealt with, and whatever was to be said is said."""
        await eventually(self._is_quiet)

    async def _is_quiet(self) -> bool:
        outbox, log, now = self.service.outbox, self.service.log, datetime.now(UTC)
        assert self.service.slack
        if [d for d in ("slack", "slack events") if (await outbox.standing(d, now)).waiting]:
            return False
        if self.service.slack.asking.thinking:
            return False
        return not await log.unanswered() and await outbox.begin("slack", 0, now) == await log.head()

    async def tidy(self) -> None:
        """As it was before the story."""
        await self.quiet()
        cards = await self.service.directory.find(limit=500)
        await self.service.log.forget([card.conversation_id for card in cards])
        self.slack.forget()
        self.librarian.asked.clear()
        self.librarian.drafts.clear()


async def eventually(check: Callable[[], Awaitable[Any]]) -> Any:
    async def found() -> Any:
        return await check()

    for _ in range(750):
        if value := await found():
            return value
        await asyncio.sleep(0.02)
    raise AssertionError("it never came to be")


@asynccontextmanager
async def a_place(
    folder: Path, mode: str = "socket", origins: tuple[str, ...] = (), **more: Any
) -> AsyncIterator[Place]:
    """`origins` of pages with the widget; `more` settings of Slack's."""
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(a_slack())
        people(slack)
        librarian = Librarian()
        settings = some_settings(folder, slack, mode, origins, more)
        service = await stack.enter_async_context(a_shop(settings, librarian))
        _, client = await stack.enter_async_context(served(service))
        if mode == "http":
            slack.url = f"{client.base_url}/slack/events"
        else:
            await until(lambda: slack.connections)
        yield Place(slack, service, client, librarian)


def some_settings(
    folder: Path, slack: SlackServer, mode: str, origins: tuple[str, ...], more: dict[str, Any]
) -> Settings:
    about = {"mode": mode, "api": slack.api, "channel": HELP, "team_channels": {"orders": ORDERS}}
    sites = {"sites": [{"id": "shop", "origins": origins}], "site_secrets": {}} if origins else {}
    return web_settings(
        folder,
        slack={**about, "answers": {CHAT: "sure"}, **more},
        slack_bot_token=BOT_TOKEN,
        slack_app_token=APP_TOKEN,
        slack_signing_secret=SECRET,
        public_address="https://help.shop.example",
        **sites,
    )


@asynccontextmanager
async def a_shop(settings: Settings, librarian: Librarian) -> AsyncIterator[Service]:
    await with_tables(settings.data)
    embedder = HashingEmbedder()
    async with await assemble(settings, brief=BRIEF, embedder=embedder, responder=librarian) as service:
        for entry in (RETURNS, MARGINS):
            await service.editor.create(entry, Change(datetime.now(UTC), "zoe", "new"))
        for name, role in (("zoe", Role.LEAD), ("paul", Role.AGENT)):
            await service.roster.save(
                an_agent(name, role, display=name.title(), email=f"{name}@shop.example", on_duty=True)
            )
        service.courier._pause = 0.1  # tests do not rest between two looks
        yield service


def people(slack: SlackServer) -> None:
    slack.user(ZOE, "Zoé", "zoe@shop.example")
    slack.user(PAUL, "Paul", "paul@shop.example", locale="fr-FR")
    slack.user(NEMO, "Nemo", "nemo@shop.example")
    slack.user(GUEST, "Guest", "guest@home.example", is_ultra_restricted=True)
    slack.user(PARTNER, "Partner", "partner@other.example", team_id="T0OTHER", is_stranger=True)
    for channel in (HELP, ORDERS, SALES, CHAT):
        slack.channel(channel, ZOE, PAUL, NEMO)
    slack.channel(PARTNERS, ZOE, PARTNER, is_ext_shared=True)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """One for all stories that do not break it."""
    async with a_place(tmp_path_factory.mktemp("slack")) as place:
        yield place


@pytest_asyncio.fixture(loop_scope="session")
async def place(running: Place) -> AsyncIterator[Place]:
    yield running
    await running.tidy()

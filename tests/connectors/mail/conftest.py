"""A conversation, its people and a real SMTP server, with the post between them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.brief import Brief
from bot.events import (
    Author,
    ContactLeft,
    ConversationOpened,
    Customer,
    Event,
    LoggedEvent,
    MessageReceived,
    NoteWritten,
    OutcomeGiven,
    PersonJoined,
    ReplySent,
)
from connectors.delivery import Courier
from connectors.http.tokens import LINK, Tokens
from connectors.http.views import Views
from connectors.mail.post import Post
from connectors.mail.smtp import SmtpServer
from connectors.outbox.memory import MemoryOutbox
from connectors.settings import Settings
from escalation.roster import Agent, Role
from escalation.store.memory import MemoryRoster
from knowledge.store.memory import MemoryEntryStore
from tests.builders import MONDAY, an_agent, an_escalation
from tests.mail_server import MailServer, Received, a_mail_server
from tests.stores import in_memory

SECRET = "a secret of the tests, long enough to be one"
ADDRESS = "camille@home.example"
CUSTOMER_EVENTS = (MessageReceived, ContactLeft)


@dataclass
class Place:
    """Time passes only when it is told to."""

    server: MailServer
    settings: Settings
    brief: Brief
    roster: MemoryRoster
    now: datetime = MONDAY
    present: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        stores = in_memory()
        self.log, self.queue = stores.log, stores.queue
        self.outbox = MemoryOutbox()
        self.links = Tokens(SECRET, timedelta(days=14), self.clock, LINK)
        self.transport = SmtpServer(self.settings.mail, None, "help.shop.example")
        self.courier = Courier(self.log, self.outbox, [self.post], self.clock, chance=lambda: 0.5)

    @property
    def post(self) -> Post:
        views = Views(MemoryEntryStore(), self.brief, self.clock)
        present = self.present.__contains__
        where = (self.log, self.queue, self.roster, views, self.brief, self.settings)
        return Post(*where, self.links, self.transport, present, self.clock)

    def clock(self) -> datetime:
        return self.now

    async def passes(self, **time: float) -> list[Received]:
        """The time, in looks of at most ten minutes; what was received meanwhile."""
        before = len(self.server.received)
        end = self.now + timedelta(**time)
        while self.now < end:
            self.now = min(end, self.now + timedelta(minutes=10))
            await self.courier.round()
        return self.server.received[before:]

    async def opened(
        self, name: str = "c1", language: str | None = None, customer: Customer | None = None
    ) -> None:
        await self.courier.round()
        await self.log.open(name, ConversationOpened(language, "widget", "shop", customer), self.now)

    async def happens(self, *events: Event, name: str = "c1", by: Author | None = None) -> LoggedEvent:
        for event in events:
            author = by or (Author.CUSTOMER if isinstance(event, CUSTOMER_EVENTS) else Author.STAFF)
            logged = await self.log.append(name, event, author, None, self.now)
        return logged

    async def waiting(self, question: str = "Where is my parcel?", language: str = "en") -> None:
        """A customer has asked, and waits for a person."""
        await self.opened()
        asked = await self.happens(MessageReceived("m1", question))
        given = OutcomeGiven(an_escalation(), (asked.position,), 0.2, {}, language)
        await self.happens(given, by=Author.BOT)

    async def left(self, question: str = "Where is my parcel?", language: str = "en") -> None:
        """They left an address, and somebody has taken over."""
        await self.waiting(question, language)
        await self.happens(ContactLeft(ADDRESS), NoteWritten("zoe", "odd one"), PersonJoined("zoe", "Zoé"))

    async def replies(self, text: str = "It is on its way.", **more: Any) -> LoggedEvent:
        return await self.happens(ReplySent("zoe", text, "Zoé"), **more)


def a_brief(**more: Any) -> Brief:
    given: dict[str, Any] = {
        "company": "Maison Tilleul",
        "timezone": "Europe/Paris",
        "teams": {"support": {}, "pro": {}},
        "default_team": "support",
    }
    return Brief(**(given | more))


def the_team() -> tuple[Agent, ...]:
    return (
        an_agent("zoe", display="Zoé", email="zoe@shop.example", on_duty=True),
        an_agent("max", email="max@shop.example", languages=frozenset({"en"})),
        an_agent("pia", email="pia@shop.example", teams=frozenset({"pro"}), on_duty=True),
        an_agent("lea", Role.LEAD, email="lea@shop.example"),
        an_agent("gone", email="gone@shop.example", on_duty=True, active=False),
        an_agent("nil", on_duty=True),
    )


def some_settings(server: MailServer, **mail: Any) -> Settings:
    return Settings(
        public_address="https://help.shop.example",
        mail=server.settings(**mail),
        sites=[{"id": "shop", "origins": ["https://shop.example"]}],  # type: ignore[arg-type]
    )


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with a_mail_server() as server:
        yield server


@pytest.fixture
async def place(server: MailServer) -> AsyncIterator[Place]:
    place = Place(server, some_settings(server), a_brief(), MemoryRoster(*the_team()))
    yield place
    await place.transport.close()

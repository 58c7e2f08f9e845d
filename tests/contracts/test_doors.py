"""What holds of every door by which a customer comes: their words are kept once, they are answered, a person
reaches them, and when nothing works they are told so.

A door is added by an adapter, a `Customer` of it, and a line in DOORS.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from bot.brief import Brief
from bot.events import Event, MessageReceived, OutcomeGiven
from bot.log import ConversationLog, LogUnavailable
from connectors.assembly import Service, assemble
from connectors.records import open_records
from knowledge.embedders.hashing import HashingEmbedder
from tests.builders import ScriptedResponder, an_agent, an_escalation
from tests.connectors.rasa.assistant import RASA_KEY, a_call, conversation_with
from tests.connectors.rasa.channels import SocketClient
from tests.slack_server import APP_TOKEN, BOT_TOKEN, BOT_USER, TEAM, SlackServer, a_slack, text_of, until
from tests.web import Chat, opened, served, web_settings, with_tables

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE = 20
PAUSE = 0.02


class Customer(Protocol):
    """Somebody who talks through one door."""

    heard: list[str]
    """All that they were told, in words, the oldest first."""

    async def write(self, text: str, message_id: str) -> None:
        """Send a message. The same id again is the same message, sent once more."""
        ...

    async def listen(self) -> None:
        """Whatever this door's customers do to learn what is new: look, or write again."""
        ...


class Outage:
    """The log, which can be away for a while."""

    def __init__(self) -> None:
        self.is_on = False

    def before(self, log: ConversationLog) -> Any:
        outage = self

        class Away:
            def __getattr__(self, name: str) -> Any:
                if outage.is_on and name in ("append", "open", "read", "state"):
                    return _away
                return getattr(log, name)

        return Away()


async def _away(*_: object) -> None:
    raise LogUnavailable("the store is away")


# The doors


class OfTheWidget:
    def __init__(self, chat: Chat) -> None:
        self.heard: list[str] = []
        self._chat = chat

    async def write(self, text: str, message_id: str) -> None:
        response = await self._chat.say(text, message_id)
        if response.status_code != 202:
            self.heard.append(response.json()["detail"])

    async def read(self) -> None:
        async with self._chat.follow() as following:
            async for event in following.events():
                if event.kind != "message" and "text" in event.data:
                    sources = [citation["title"] for citation in event.data.get("citations", ())]
                    self.heard.append("\n".join([event.data["text"], *sources]))

    async def listen(self) -> None:
        await asyncio.sleep(PAUSE)


@asynccontextmanager
async def by_the_widget(town: Town) -> AsyncIterator[Customer]:
    customer = OfTheWidget(await opened(town.client))
    reading = asyncio.create_task(customer.read())
    yield customer
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)


class OfRest:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.heard: list[str] = []
        self._client = client
        self._sender = str(uuid4())

    async def write(self, text: str, message_id: str) -> None:
        body = {"sender": self._sender, "message": text, "metadata": {"message_id": message_id}}
        response = await self._client.post("/webhooks/rest/webhook", json=body)
        self.heard += [message["text"] for message in response.json()]

    async def listen(self) -> None:
        await self.write("Anything new?", str(uuid4()))


@asynccontextmanager
async def by_rest(town: Town) -> AsyncIterator[Customer]:
    yield OfRest(town.client)


class OfSocket:
    def __init__(self, widget: SocketClient) -> None:
        self.heard: list[str] = []
        self._widget = widget

    async def write(self, text: str, message_id: str) -> None:
        await self._widget.say(text, message_id=message_id)

    async def listen(self) -> None:
        await asyncio.sleep(PAUSE)
        while not self._widget.uttered.empty():
            self.heard.append(self._widget.uttered.get_nowait()["text"])


@asynccontextmanager
async def by_socket(town: Town) -> AsyncIterator[Customer]:
    async with SocketClient(str(town.client.base_url)) as widget:
        yield OfSocket(widget)


class OfAssistant:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self.heard: list[str] = []
        self._client = client
        self._sender = str(uuid4())

    async def write(self, text: str, message_id: str) -> None:
        call = a_call("action_comptoir_answer", text, self._sender, message_id=message_id)
        headers = {"Authorization": f"Bearer {RASA_KEY}"}
        response = await self._client.post("/rasa/webhook", json=call, headers=headers)
        self.heard += [message["text"] for message in response.json()["responses"]]

    async def listen(self) -> None:
        await self.write("Anything new?", str(uuid4()))


@asynccontextmanager
async def by_an_assistant(town: Town) -> AsyncIterator[Customer]:
    yield OfAssistant(town.client)


class OfSlack:
    """A colleague who asks in a channel, and goes on in the thread."""

    def __init__(self, slack: SlackServer) -> None:
        self.heard: list[str] = []
        self._slack = slack
        self._thread: str | None = None
        self._written: dict[str, dict[str, Any]] = {}

    async def write(self, text: str, message_id: str) -> None:
        if message_id not in self._written:
            self._written[message_id] = self._message(text)
        await self._slack.event(self._written[message_id])

    async def listen(self) -> None:
        await asyncio.sleep(PAUSE)
        said = self._slack.thread(CHANNEL, self._thread or "")
        self.heard = [text_of(message) for message in said if message.get("bot_id")]

    def _message(self, text: str) -> dict[str, Any]:
        ts = self._slack.ts()
        message = {"user": PERSON, "text": f"<@{BOT_USER}> {text}", "ts": ts, "team": TEAM}
        message |= {"thread_ts": self._thread} if self._thread else {}
        self._thread = self._thread or ts
        self._slack.messages[CHANNEL].append({"type": "message", **message})
        return {"type": "app_mention", "channel": CHANNEL, "event_ts": ts, **message}


@asynccontextmanager
async def by_slack(town: Town) -> AsyncIterator[Customer]:
    yield OfSlack(town.slack)


@dataclass(frozen=True)
class Town:
    """All that the doors need: a service on loopback, and a Slack."""

    client: httpx.AsyncClient
    slack: SlackServer


CHANNEL, PERSON = "C0HELP", "U0SAM"
Coming = Callable[[Town], AbstractAsyncContextManager[Customer]]
TELL_AT_ONCE: dict[str, Coming] = {
    "widget": by_the_widget,
    "rasa-rest": by_rest,
    "rasa-socket.io": by_socket,
    "rasa-assistant": by_an_assistant,
}
"""Doors where the customer waits for word that their message is kept. Slack does not: what it brings is kept
by itself until it can be dealt with."""
DOORS: dict[str, Coming] = {**TELL_AT_ONCE, "slack": by_slack}


# What they have in common


@pytest.fixture(scope="module")
def bot() -> ScriptedResponder:
    return ScriptedResponder()


@pytest.fixture(scope="module")
def outage() -> Outage:
    return Outage()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def slack() -> AsyncIterator[SlackServer]:
    async with a_slack() as slack:
        slack.user(PERSON, "Sam", "sam@shop.example")
        slack.channel(CHANNEL, PERSON)
        yield slack


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(
    tmp_path_factory: pytest.TempPathFactory, bot: ScriptedResponder, outage: Outage, slack: SlackServer
) -> AsyncIterator[Service]:
    settings = web_settings(
        tmp_path_factory.mktemp("doors"),
        rasa={"action_server": True, "rest": True, "socketio": True},
        rasa_keys={"shop": RASA_KEY},
        slack={"mode": "socket", "api": slack.api},
        slack_bot_token=BOT_TOKEN,
        slack_app_token=APP_TOKEN,
        public_address="https://help.shop.example",
        rates={"messages_per_conversation": "1000/minute", "messages_per_address": "1000/minute"},
    )
    await with_tables(settings.data)
    async with await open_records(settings) as records:
        away = replace(records, log=outage.before(records.log))
        brief, embedder = Brief(company="Maison Tilleul"), HashingEmbedder()
        async with await assemble(
            settings, brief=brief, embedder=embedder, records=away, responder=bot
        ) as service:
            yield service


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(service: Service, slack: SlackServer) -> AsyncIterator[Town]:
    async with served(service) as (_, client):
        await until(lambda: slack.connections)
        yield Town(client, slack)


@pytest_asyncio.fixture(loop_scope="module", params=DOORS)
async def customer(request: pytest.FixtureRequest, town: Town) -> AsyncIterator[Customer]:
    async with DOORS[request.param](town) as customer:
        yield customer


@pytest.fixture
def question() -> str:
    """Words that nobody else has written."""
    return f"How do I return lamp {uuid4().hex[:8]}?"


async def hears(customer: Customer, words: str) -> str:
    async with asyncio.timeout(PATIENCE):
        while True:
            found = next((told for told in customer.heard if words in told), None)
            if found is not None:
                return found
            await customer.listen()


async def test_a_question_gets_an_answer_with_its_source(customer: Customer, question: str) -> None:
    await customer.write(question, "m1")
    assert "Returns" in await hears(customer, question)


async def test_what_the_bot_cannot_answer_waits_for_a_person_and_the_customer_knows(
    customer: Customer, question: str, bot: ScriptedResponder, service: Service
) -> None:
    bot.next(an_escalation())
    await customer.write(question, "m1")
    await hears(customer, "A colleague takes over.")
    conversation_id, _ = await conversation_with(service, question)
    ticket = await service.queue.of(conversation_id)
    assert ticket
    assert ticket.question == question


async def test_a_persons_reply_reaches_the_customer_and_their_notes_do_not(
    customer: Customer, question: str, bot: ScriptedResponder, service: Service
) -> None:
    bot.next(an_escalation())
    await customer.write(question, "m1")
    await hears(customer, "A colleague takes over.")
    conversation_id, _ = await conversation_with(service, question)
    zoe = an_agent()
    await service.desk.claim(conversation_id, zoe)
    await service.desk.note(conversation_id, zoe, "a difficult customer")
    await service.desk.reply(conversation_id, zoe, "Send it back, I wait for it.")
    service.hub.nudge()
    assert "Send it back, I wait for it." in await hears(customer, "Send it back")
    assert not [told for told in customer.heard if "difficult" in told]


async def test_a_message_that_comes_twice_is_kept_and_answered_once(
    customer: Customer, question: str, service: Service
) -> None:
    await customer.write(question, "m1")
    await customer.write(question, "m1")
    await hears(customer, question)
    await customer.write(f"{question} And when?", "m2")
    await hears(customer, "And when?")
    _, events = await conversation_with(service, question)
    assert _texts(events).count(question) == 1
    assert len([e for e in events if isinstance(e, OutcomeGiven)]) == len(_texts(events))


@pytest.mark.parametrize("customer", TELL_AT_ONCE, indirect=True)
async def test_while_the_store_is_away_the_customer_is_told_and_can_send_it_again(
    customer: Customer, question: str, outage: Outage, service: Service
) -> None:
    await customer.write("Hello there", "m0")
    await hears(customer, "Hello there")
    before = len(customer.heard)
    outage.is_on = True
    try:
        await customer.write(question, "m1")
        async with asyncio.timeout(PATIENCE):
            while len(customer.heard) == before:
                await asyncio.sleep(PAUSE)
                if isinstance(customer, OfSocket):  # for others, listening is writing
                    await customer.listen()
    finally:
        outage.is_on = False
    said = customer.heard[before]
    assert "again" in said or "de nouveau" in said or "Renvoyez" in said, said
    assert "Traceback" not in said
    assert "store" not in said
    await customer.write(question, "m1")
    await hears(customer, question)
    _, events = await conversation_with(service, question)
    assert _texts(events).count(question) == 1


async def test_an_outage_loses_nothing_and_says_nothing_twice(
    customer: Customer, question: str, outage: Outage, town: Town, service: Service, hurried: None
) -> None:
    """The store is away, and so is whatever the door itself talks to. Who was told so sends it again."""
    await customer.write("Hello there", "m0")
    await hears(customer, "Hello there")
    outage.is_on = town.slack.away = True
    try:
        await customer.write(question, "m1")
        if isinstance(customer, OfSlack):
            await has_been_tried(service, "slack events")
    finally:
        outage.is_on = False
    await customer.write(question, "m1")  # Slack too, which may not know that we have it
    if isinstance(customer, OfSlack):
        await has_been_tried(service, "slack")
        await customer.listen()
        assert not [told for told in customer.heard if question in told]
    town.slack.away = False
    await hears(customer, question)
    conversation_id, events = await conversation_with(service, question)
    assert _texts(events).count(question) == 1
    zoe = an_agent()
    await service.desk.claim(conversation_id, zoe)
    town.slack.away = True
    await service.desk.reply(conversation_id, zoe, f"About {question}: yes.")
    service.hub.nudge()
    if isinstance(customer, OfSlack):
        await has_been_tried(service, "slack")
    town.slack.away = False
    await hears(customer, f"About {question}: yes.")
    await customer.listen()
    answers = [told for told in customer.heard if question in told and "About" not in told]
    replies = [told for told in customer.heard if f"About {question}: yes." in told]
    assert (len(answers), len(replies)) == (1, 1)
    assert len([e for e in events if isinstance(e, OutcomeGiven)]) == len(_texts(events))


async def has_been_tried(service: Service, door: str) -> None:
    """In vain: what is to be delivered there waits."""
    async with asyncio.timeout(PATIENCE):
        while (await service.outbox.standing(door, service.clock())).trouble is None:  # noqa: ASYNC110 - nothing tells us
            await asyncio.sleep(PAUSE)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried again soon."""
    monkeypatch.setattr("connectors.delivery.backoff", lambda attempt, chance: timedelta(milliseconds=50))


def _texts(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, MessageReceived)]

"""A customer on the website asks where an order is: the action answers, or a person does who reads why."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from bot.brief_file import read_brief
from bot.decisions import Decision, Escalate, Performed, Reason, SmallTalk
from bot.events import OutcomeGiven
from connectors.assembly import Service, assemble
from escalation.roster import Role
from knowledge.embedders.hashing import HashingEmbedder
from tests.console import Browser, hired
from tests.web import Chat, indoors, opened, web_settings, with_tables

QUESTION = "Where is my order MT-1042, please? I am camille@example.org."
DEMO = Path(__file__).parents[3] / "deploy/demo"
BROKEN = """
from rasa_sdk import Action


class OrderStatus(Action):
    def name(self):
        return "action_order_status"

    def run(self, dispatcher, tracker, domain):
        raise ConnectionError("the order service does not answer")
"""
PASSING_ON = """
from rasa_sdk import Action
from rasa_sdk.events import SlotSet


class OrderStatus(Action):
    def name(self):
        return "action_order_status"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="This order is held back.")
        return [SlotSet("comptoir_escalate", "The customs want to see the invoice")]
"""


@asynccontextmanager
async def a_shop(folder: Path, actions: Path) -> AsyncIterator[tuple[Service, httpx.AsyncClient]]:
    """The demo's, with an order service."""
    settings = web_settings(folder / "data", rasa={"actions": actions})
    await with_tables(settings.data)
    brief = read_brief(DEMO / "brief.yaml")
    async with (
        await assemble(settings, brief=brief, embedder=HashingEmbedder()) as service,
        indoors(service) as client,
    ):
        yield service, client


def actions_of(code: str, folder: Path) -> Path:
    """`folder` as the package of an action."""
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "status.py").write_text(code)
    return folder


async def said(service: Service, chat: Chat, text: str) -> Decision:
    """What comes of a message."""
    await chat.say(text, client_id=text)
    await service.reception.answer(chat.id)
    events = [logged.event for logged in await service.log.read(chat.id)]
    return [event for event in events if isinstance(event, OutcomeGiven)][-1].outcome


async def test_an_order_number_alone_tells_nothing(tmp_path: Path) -> None:
    async with a_shop(tmp_path, DEMO / "actions") as (service, client):
        chat = await opened(client)
        asked_back = await said(service, chat, "Where is my order MT-1042, please?")
        assert isinstance(asked_back, SmallTalk)
        assert "e-mail address" in asked_back.text
        assert "Colissimo" not in (await chat.get("transcript")).text
        told = await said(service, chat, "It is camille@example.org")
        assert isinstance(told, Performed)
        assert "Colissimo" in told.text
        stranger = await opened(client)
        told = await said(service, stranger, "where is my order MT-1042? mallory@example.org")
        assert isinstance(told, Performed)
        assert "I can't find an order MT-1042" in told.text


async def test_when_the_lookup_fails_a_person_reads_why(tmp_path: Path) -> None:
    async with a_shop(tmp_path, actions_of(BROKEN, tmp_path / "broken_actions")) as (service, client):
        chat = await opened(client)
        assert isinstance(await said(service, chat, QUESTION), Escalate)
        told = (await chat.get("transcript")).text
        assert "I'm sorry, I can't look this up right now." in told
        assert "order service" not in told
        ticket = await service.queue.of(chat.id)
        assert ticket
        assert ticket.team == "orders"
        zoe = await a_lead(service, client)
        await zoe.get(f"/conversations/{chat.id}/trace/3")
        assert "action_order_status: ConnectionError: the order service does not answer" in zoe.text
        assert 'raise ConnectionError("the order service does not answer")' in zoe.text
        assert "order_number •••••42" in zoe.text


async def test_an_action_passes_the_customer_to_a_person_who_reads_why(tmp_path: Path) -> None:
    async with a_shop(tmp_path, actions_of(PASSING_ON, tmp_path / "passing_actions")) as (service, client):
        chat = await opened(client)
        given = await said(service, chat, QUESTION)
        assert isinstance(given, Escalate)
        assert given.text.startswith("This order is held back.")
        assert "customs" not in (await chat.get("transcript")).text
        ticket = await service.queue.of(chat.id)
        assert ticket
        assert (ticket.team, ticket.reason) == ("orders", Reason.POLICY)
        zoe = await a_lead(service, client)
        await zoe.get(f"/conversations/{chat.id}/trace/3")
        assert "The action asked for a person The customs want to see the invoice" in zoe.text


async def a_lead(service: Service, client: httpx.AsyncClient) -> Browser:
    await hired(service, "zoe", Role.LEAD, display="Zoé")
    zoe = Browser(client)
    await zoe.sign_in("zoe")
    return zoe

"""Widgets and bots made for Rasa's REST and socket.io channels talk to Comptoir unchanged."""

from __future__ import annotations

import asyncio
import json
from uuid import uuid4

import httpx
import pytest

from bot.decisions import Card, Clarify, EntryLink, Performed, Route
from connectors.assembly import Service
from knowledge.entries import ResourceKind
from tests.builders import ScriptedResponder, an_agent, an_escalation
from tests.connectors.rasa.assistant import AUTHORISED, conversation_with
from tests.connectors.rasa.channels import SocketClient, post
from tests.web import SHOP, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHOICES = Clarify("A lamp or a bulb?", (EntryLink("l", "A lamp"), EntryLink("b", "A bulb")))
WEBHOOK = "/webhooks/rest/webhook"


@pytest.fixture
def sender() -> str:
    return str(uuid4())


@pytest.fixture
def address(client: httpx.AsyncClient) -> str:
    return str(client.base_url)


# REST


async def test_the_channel_says_that_it_is_there(client: httpx.AsyncClient) -> None:
    assert (await client.get("/webhooks/rest/")).json() == {"status": "ok"}


async def test_a_message_is_answered_with_its_sources(client: httpx.AsyncClient, sender: str) -> None:
    (message,) = await post(client, sender, "May I return it?")
    assert message == {"recipient_id": sender, "text": "May I return it?\n\nSources:\n[1] Returns"}


async def test_buttons_and_cards_come_in_rasas_own_shapes(
    client: httpx.AsyncClient, sender: str, bot: ScriptedResponder
) -> None:
    phone = Card("p", ResourceKind.PHONE, "Call us", "", "+33 2 40", "Mo-Fr 09:00-18:00")
    bot.next(CHOICES, Route("Here:", phone), Performed("On its way.", "action_x", ("Thanks",)))
    (clarify,) = await post(client, sender, "It is broken")
    assert clarify["buttons"] == [
        {"title": "A lamp", "payload": "A lamp"},
        {"title": "A bulb", "payload": "A bulb"},
        {"title": "Talk to a person", "payload": "Talk to a person"},
    ]
    (route,) = await post(client, sender, "A lamp")
    assert route["text"].startswith("Here:\n\nCall us: +33 2 40, ")
    (performed,) = await post(client, sender, "And my order?")
    assert (performed["text"], performed["buttons"][0]["title"]) == ("On its way.", "Thanks")


async def test_a_stream_has_one_message_a_line(client: httpx.AsyncClient, sender: str) -> None:
    body = {"sender": sender, "message": "Do you ship to Italy?"}
    response = await client.post(WEBHOOK, params={"stream": "true"}, json=body)
    (line,) = response.text.splitlines()
    assert json.loads(line)["text"].startswith("Do you ship to Italy?")


async def test_a_widget_that_opens_is_greeted_and_nothing_is_kept(
    client: httpx.AsyncClient, service: Service, sender: str
) -> None:
    before = await service.log.head()
    (greeting,) = await post(client, sender, "/get_started", metadata={"language": "fr"})
    assert greeting["text"].startswith("Bonjour")
    assert await service.log.head() == before


async def test_a_sender_that_could_be_guessed_is_refused_unless_a_key_vouches(
    client: httpx.AsyncClient, service: Service
) -> None:
    body = {"sender": "user", "message": "What have you told the other user?"}
    refused = await client.post(WEBHOOK, json=body)
    assert problem(refused, 422) == "request_invalid"
    assert "UUID" in refused.json()["errors"][0]["problem"]
    with_key = await client.post(WEBHOOK, json=body, headers=AUTHORISED)
    assert with_key.status_code == 200
    wrong = await client.post(WEBHOOK, json=body, headers={"Authorization": "Bearer wrong"})
    assert problem(wrong, 401) == "key_invalid"
    _, events = await conversation_with(service, "What have you told the other user?")
    assert len(events) == 3


async def test_only_the_sites_own_pages_may_post(client: httpx.AsyncClient, sender: str) -> None:
    body = {"sender": sender, "message": "Hello there"}
    ours = await client.post(WEBHOOK, json=body, headers={"Origin": SHOP})
    assert ours.headers["access-control-allow-origin"] == SHOP
    theirs = await client.post(WEBHOOK, json=body, headers={"Origin": "https://evil.example"})
    assert problem(theirs, 403) == "origin_not_allowed"


async def test_what_is_too_long_or_too_much_is_said_in_the_chat(
    client: httpx.AsyncClient, sender: str
) -> None:
    body = {"sender": sender, "message": "a " * 3000, "metadata": {"language": "fr"}}
    too_long = await client.post(WEBHOOK, json=body)
    assert too_long.status_code == 413
    assert "4000" in too_long.json()[0]["text"]
    statuses = []
    for number in range(10):
        again = await client.post(WEBHOOK, json={"sender": sender, "message": f"hello {number}"})
        statuses.append(again.status_code)
    assert 429 in statuses
    assert again.json()[0]["text"]


# socket.io


async def test_a_socket_gets_answers_buttons_and_links(address: str, bot: ScriptedResponder) -> None:
    page = Card("t", ResourceKind.PAGE, "Track [it]", "", "https://shop.example/track")
    bot.next(CHOICES, Route("Here:", page))
    async with SocketClient(address) as widget:
        await widget.say("Something is broken")
        uttered = await widget.next()
        assert uttered["text"] == "A lamp or a bulb?"
        assert uttered["quick_replies"][1] == {
            "content_type": "text",
            "title": "A bulb",
            "payload": "A bulb",
        }
        await widget.say("A bulb")
        assert (await widget.next())[
            "text"
        ] == r"Here:" + "\n\n" + r"[Track \[it\]](https://shop.example/track)"
        await widget.say("Thank you all")
        assert (await widget.next())["text"] == "Thank you all\n\nSources:\n\n- \\[1\\] Returns"


async def test_a_person_answers_live_on_the_socket(
    address: str, service: Service, bot: ScriptedResponder
) -> None:
    bot.next(an_escalation())
    zoe = an_agent()
    async with SocketClient(address) as widget:
        await widget.say("Something only a person knows, please")
        assert (await widget.next())["text"] == "A colleague takes over."
        await widget.say("Still there?")
        assert (await widget.next())["text"].startswith("Your message is with our team")
        conversation_id, _ = await conversation_with(service, "Something only a person knows, please")
        await service.desk.claim(conversation_id, zoe)
        service.hub.nudge()
        assert (await widget.next())["text"] == "Zoe has joined the conversation."
        await service.desk.note(conversation_id, zoe, "between us")
        await service.desk.reply(conversation_id, zoe, "I do know.")
        service.hub.nudge()
        assert (await widget.next())["text"] == "Zoe: I do know."
        await service.desk.resolve(conversation_id, zoe)
        service.hub.nudge()
        assert (await widget.next())["text"].startswith("This conversation is closed.")
        assert widget.uttered.empty(), "and nothing of the note"


async def test_what_was_said_while_the_customer_was_away_is_there_when_they_come_back(
    address: str, service: Service, bot: ScriptedResponder
) -> None:
    bot.next(an_escalation())
    zoe = an_agent()
    async with SocketClient(address) as widget:
        await widget.say("I shall be away for a minute, a person please")
        await widget.next()
        session = widget.session_id
    conversation_id, _ = await conversation_with(service, "I shall be away for a minute, a person please")
    await service.desk.claim(conversation_id, zoe)
    await service.desk.reply(conversation_id, zoe, "Take your time.")
    async with SocketClient(address, session) as widget:
        assert widget.session_id == session
        assert [(await widget.next())["text"] for _ in range(2)] == [
            "Zoe has joined the conversation.",
            "Zoe: Take your time.",
        ]
    async with SocketClient(address, session) as widget:
        await service.desk.reply(conversation_id, zoe, "Back?")
        service.hub.nudge()
        assert (await widget.next())["text"] == "Zoe: Back?", "what was told is not told again"


@pytest.mark.parametrize("brought", ["user", "1", "a.b.c", "24192fbe-60d4-4300-af4d-c1a6e5951589"])
async def test_nobody_opens_a_conversation_with_a_session_id_of_their_own(
    address: str, service: Service, brought: str
) -> None:
    async with SocketClient(address, brought) as widget:
        assert widget.session_id != brought
        await widget.say(f"Mine alone, said {brought}")
        await widget.next()
    conversation_id, _ = await conversation_with(service, f"Mine alone, said {brought}")
    async with SocketClient(address, conversation_id) as other:
        assert other.session_id not in (conversation_id, widget.session_id)
        await other.say(None)
        greeted = (await other.next())["text"]
        assert greeted.startswith("Bonjour"), "and hears nothing of it"


async def test_the_same_message_twice_is_one(address: str, service: Service) -> None:
    async with SocketClient(address) as widget:
        for _ in range(2):
            await widget.say("Said twice on a shaky line", message_id="m-1")
        await widget.next()
        await widget.say("And another one", message_id="m-2")
        assert (await widget.next())["text"].startswith("And another one")
    _, events = await conversation_with(service, "Said twice on a shaky line")
    assert [event.kind for event in events].count("message_received") == 2


@pytest.mark.parametrize("nonsense", [None, [], "hello", {"message": 7}, {"message": {"a": 1}}, {}])
async def test_nonsense_does_no_harm(address: str, nonsense: object) -> None:
    async with SocketClient(address) as widget:
        await widget.client.emit("user_uttered", nonsense)
        await widget.client.emit("session_request", nonsense)
        await widget.say("Still well?")
        texts = [(await widget.next())["text"]]
        while not texts[-1].startswith("Still well?"):
            texts.append((await widget.next())["text"])


async def test_pages_of_others_get_no_socket(address: str) -> None:
    query = {"EIO": "4", "transport": "polling"}
    async with httpx.AsyncClient(base_url=address) as browser:
        for origin, status in ((SHOP, 200), ("https://evil.example", 400)):
            response = await browser.get("/socket.io/", params=query, headers={"Origin": origin})
            assert response.status_code == status
            allowed = response.headers.get("access-control-allow-origin")
            assert (allowed == SHOP) is (status == 200)


async def test_many_customers_at_once_each_hear_their_own(address: str) -> None:
    async def one(number: int) -> None:
        async with SocketClient(address) as widget:
            await widget.say(f"I am customer number {number}")
            assert f"I am customer number {number}\n" in (await widget.next())["text"]
            assert widget.uttered.empty()

    await asyncio.gather(*map(one, range(10)))

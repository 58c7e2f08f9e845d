"""A Rasa assistant runs Comptoir's actions, in the protocol of Rasa's own action server."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bot.decisions import Card, Clarify, EntryLink, Reason, Route
from bot.events import ConversationOpened, MessageReceived, NoteWritten, OutcomeGiven
from connectors.assembly import Service
from connectors.http.listening import listen
from knowledge.entries import ResourceKind
from tests.builders import ScriptedResponder, an_agent, an_answer, an_escalation
from tests.connectors.rasa.assistant import (
    AUTHORISED,
    OTHER_KEY,
    SLOTS,
    Assistant,
    a_call,
    a_user_event,
    conversation_with,
)
from tests.web import problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE = Card("track", ResourceKind.PAGE, "Track my order", "", "https://shop.example/track")


@pytest.fixture
def assistant(client: httpx.AsyncClient, sender: str) -> Assistant:
    return Assistant(client, sender)


async def test_an_assistant_gets_a_grounded_answer_with_its_sources(
    assistant: Assistant, service: Service
) -> None:
    told = await assistant.run("answer", "Can I return a lamp?")
    assert told.texts == ["Can I return a lamp?\n\nSources:\n[1] Returns"]
    assert set(told.slots) == set(SLOTS)
    assert (told.slots["outcome"], told.slots["speaker"], told.slots["confidence"]) == ("answer", "bot", 0.9)
    _, events = await conversation_with(service, "Can I return a lamp?")
    opened, message, outcome = events
    assert isinstance(opened, ConversationOpened)
    assert (opened.door, opened.site) == ("rasa", "shop")
    assert isinstance(message, MessageReceived)
    assert isinstance(outcome, OutcomeGiven)


async def test_what_the_bot_asks_back_comes_as_buttons(assistant: Assistant, bot: ScriptedResponder) -> None:
    bot.next(Clarify("A lamp or a bulb?", (EntryLink("l", "A lamp"), EntryLink("b", "A bulb"))))
    told = await assistant.run("answer", "It is broken")
    assert told.texts == ["A lamp or a bulb?"]
    assert told.responses[0]["buttons"] == [
        {"title": "A lamp", "payload": "A lamp"},
        {"title": "A bulb", "payload": "A bulb"},
        {"title": "Talk to a person", "payload": "Talk to a person"},
    ]
    assert told.slots["outcome"] == "clarify"


async def test_a_resource_alone_is_shown_where_the_assistant_wants_the_place_to_go(
    assistant: Assistant, bot: ScriptedResponder, service: Service
) -> None:
    bot.next(an_answer_with(PAGE))
    told = await assistant.run("route", "Where did you put my parcel?")
    assert told.slots["outcome"] == "route"
    assert told.slots["link"] == PAGE.target
    assert told.texts[0].endswith("Track my order: https://shop.example/track")
    _, events = await conversation_with(service, "Where did you put my parcel?")
    (given,) = [event for event in events if isinstance(event, OutcomeGiven)]
    assert isinstance(given.outcome, Route), "the log says what was shown"


def an_answer_with(card: Card) -> Any:
    from dataclasses import replace

    return replace(an_answer(), card=card)


async def test_a_person_takes_over_and_reads_what_was_said_before(
    assistant: Assistant, service: Service
) -> None:
    before = [
        a_user_event("hello there"),
        {"event": "bot", "text": "Hi! What can I do?", "timestamp": 1.0},
        {"event": "slot", "name": "secret", "value": "x", "timestamp": 2.0},
    ]
    told = await assistant.run("escalate", "My lamp has smoked, a person please", said_before=before)
    assert told.texts == ["A colleague is on the way."]
    assert (told.slots["outcome"], told.slots["reason"]) == ("escalate", "asked_for_person")
    assert told.slots["speaker"] == "waiting"
    _, events = await conversation_with(service, "My lamp has smoked, a person please")
    (note,) = [event for event in events if isinstance(event, NoteWritten)]
    assert "- Customer: hello there\n- Assistant: Hi! What can I do?" in note.text


async def test_a_persons_reply_reaches_the_customer_with_their_next_message(
    assistant: Assistant, service: Service
) -> None:
    await assistant.run("escalate", "May I talk to Zoe?")
    conversation_id, _ = await conversation_with(service, "May I talk to Zoe?")
    zoe = an_agent()
    await service.desk.claim(conversation_id, zoe)
    passed_on = await assistant.run("answer", "Are you there?")
    assert passed_on.texts == ["Zoe has joined the conversation."]
    assert (passed_on.slots["outcome"], passed_on.slots["speaker"]) == ("forwarded", "person")
    again = await assistant.run("answer", "Hello?")
    assert again.texts == [
        "Your message is passed on to Zoe. The answer comes here, with your next message at the latest."
    ]
    await service.desk.reply(conversation_id, zoe, "Yes, **right here**.")
    assert (await assistant.run("answer", "Good")).texts == ["Zoe: Yes, right here."]


async def test_an_assistant_that_keeps_the_slot_looks_by_itself_for_a_persons_reply(
    assistant: Assistant, service: Service
) -> None:
    domain = {"intents": ["greet", {"EXTERNAL_comptoir_news": {"use_entities": []}}]}
    asked = await assistant.run("escalate", "Zoe or nobody, please", domain=domain)
    (reminder,) = asked.reminders
    assert (reminder["intent"], reminder["kill_on_user_msg"]) == ("EXTERNAL_comptoir_news", False)
    slots = {"comptoir_told": asked.slots["told"]}
    nothing = await assistant.run("news", domain=domain, slots=slots)
    assert nothing.texts == []
    assert nothing.reminders, "it looks again"
    conversation_id, _ = await conversation_with(service, "Zoe or nobody, please")
    zoe = an_agent()
    await service.desk.claim(conversation_id, zoe)
    await service.desk.reply(conversation_id, zoe, "Zoe it is.")
    told = await assistant.run("news", domain=domain, slots=slots)
    assert told.texts == ["Zoe has joined the conversation.", "Zoe: Zoe it is."]
    slots = {"comptoir_told": told.slots["told"]}
    assert (await assistant.run("news", domain=domain, slots=slots)).texts == []
    await service.desk.resolve(conversation_id, zoe)
    closed = await assistant.run("news", domain=domain, slots=slots)
    assert closed.texts == ["This conversation is closed. Write again whenever you like."]
    assert not closed.reminders


async def test_there_is_no_news_for_who_never_wrote(assistant: Assistant) -> None:
    assert (await assistant.run("news")).texts == []


async def test_a_call_that_comes_twice_is_one_message_with_one_answer(
    assistant: Assistant, service: Service
) -> None:
    first = await assistant.run("answer", "Said once, heard once", message_id="m-77")
    second = await assistant.run("answer", "Said once, heard once", message_id="m-77")
    assert first.texts == second.texts
    assert first.slots == second.slots
    _, events = await conversation_with(service, "Said once, heard once")
    assert len([event for event in events if isinstance(event, MessageReceived)]) == 1
    assert len([event for event in events if isinstance(event, OutcomeGiven)]) == 1


async def test_two_assistants_with_the_same_sender_ids_never_meet(
    client: httpx.AsyncClient, service: Service
) -> None:
    await Assistant(client, "default").run("answer", "Mine is a secret")
    await Assistant(client, "default", OTHER_KEY).run("answer", "What did they ask?")
    mine, _ = await conversation_with(service, "Mine is a secret")
    theirs, _ = await conversation_with(service, "What did they ask?")
    assert mine != theirs


async def test_without_a_key_nobody_runs_anything(client: httpx.AsyncClient) -> None:
    call = a_call("action_comptoir_answer", "Hello")
    assert problem(await client.post("/rasa/webhook", json=call), 401) == "key_missing"
    wrong = {"Authorization": "Bearer nobody has this one"}
    assert problem(await client.post("/rasa/webhook", json=call, headers=wrong), 401) == "key_invalid"
    assert problem(await client.get("/rasa/actions"), 401) == "key_missing"
    assert (await client.get("/rasa/health")).json() == {"status": "ok"}


async def test_the_key_may_come_as_rasas_own_token(client: httpx.AsyncClient) -> None:
    key = AUTHORISED["Authorization"].removeprefix("Bearer ")
    listed = await client.get("/rasa/actions", params={"token": key})
    assert {action["name"] for action in listed.json()} == {
        "action_comptoir_answer",
        "action_comptoir_route",
        "action_comptoir_escalate",
        "action_comptoir_news",
    }


async def test_a_small_body_that_unfolds_into_a_large_one_is_refused(client: httpx.AsyncClient) -> None:
    bomb = zlib.compress(b'"' + b"a" * 50_000_000 + b'"')
    headers = AUTHORISED | {"Content-Encoding": "deflate"}
    refused = await client.post("/rasa/webhook", content=bomb, headers=headers)
    assert problem(refused, 413) == "body_too_large"


async def test_an_intent_without_words_is_rejected_so_that_the_assistant_goes_on(
    client: httpx.AsyncClient,
) -> None:
    call = a_call("action_comptoir_answer", "/ask_something")
    rejected = await client.post("/rasa/webhook", json=call, headers=AUTHORISED)
    assert rejected.status_code == 400
    assert rejected.json()["action_name"] == "action_comptoir_answer"


# Side by side with Rasa's own server

ACTIONS = """
from rasa_sdk import Action, ActionExecutionRejection


class Answer(Action):
    def name(self):
        return "action_comptoir_answer"

    def run(self, dispatcher, tracker, domain):
        if tracker.latest_message["text"].startswith("/"):
            raise ActionExecutionRejection(self.name(), "nothing to answer")
        dispatcher.utter_message(text="an answer")
        return []
"""


@pytest.fixture(scope="module")
def rasas_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of rasa_sdk's own server, with an action of the same name."""
    folder = tmp_path_factory.mktemp("rasas_own")
    (folder / "actions.py").write_text(ACTIONS)
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(port)],
        cwd=folder, env=os.environ | {"SANIC_HOST": "127.0.0.1"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    yield f"http://127.0.0.1:{port}"
    os.killpg(server.pid, 15)
    server.wait(20)


async def until_up(address: str) -> None:
    async with asyncio.timeout(30), httpx.AsyncClient() as client:
        while True:
            try:
                assert (await client.get(f"{address}/health")).json() == {"status": "ok"}
                return
            except httpx.TransportError:
                await asyncio.sleep(0.1)


def without_domain(call: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {name: value for name, value in call.items() if name != "domain"} | more


KNOWN = a_call("action_comptoir_answer", "Hello")
CALLS: dict[str, tuple[Any, int]] = {
    "a domain not known yet": (without_domain(KNOWN, domain_digest="d1"), 449),
    "an answer": (KNOWN | {"domain_digest": "d1"}, 200),
    "a domain remembered": (without_domain(KNOWN, domain_digest="d1"), 200),
    "a domain changed": (without_domain(KNOWN, domain_digest="d2"), 449),
    "an unknown action": (a_call("action_unknown", "Hello"), 404),
    "a rejection": (a_call("action_comptoir_answer", "/restart"), 400),
    "no action": (a_call(None, "Hello"), 200),
    "an empty action": (a_call("", "Hello"), 200),
    "nothing": (None, 400),
}


async def test_status_codes_and_bodies_are_those_of_rasas_own_server(
    rasas_own: str, client: httpx.AsyncClient
) -> None:
    await until_up(rasas_own)
    headers = {"Authorization": f"Bearer {OTHER_KEY}", "Content-Type": "application/json"}
    async with httpx.AsyncClient(base_url=rasas_own, timeout=20) as own:
        for name, (call, status) in CALLS.items():
            body = json.dumps(call).encode()
            for packed in (body, zlib.compress(body)):
                encoding = {} if packed is body else {"Content-Encoding": "deflate"}
                theirs = await own.post("/webhook", content=packed, headers=encoding)
                ours = await client.post("/rasa/webhook", content=packed, headers=headers | encoding)
                assert (ours.status_code, theirs.status_code) == (status, status), name
                assert _shape(ours.json()) == _shape(theirs.json()), name


def _shape(told: Any) -> Any:
    """Which keys there are; and of a refusal, whose."""
    if not isinstance(told, dict):
        return told
    return sorted(told), told.get("action_name")


async def test_an_escalation_by_the_bot_says_why(assistant: Assistant, bot: ScriptedResponder) -> None:
    bot.next(an_escalation(Reason.NOT_IN_KNOWLEDGE_BASE))
    told = await assistant.run("answer", "Do you sell boats?")
    assert (told.slots["outcome"], told.slots["reason"]) == ("escalate", "not_in_knowledge_base")
    waiting = await assistant.run("answer", "Anyone?")
    assert waiting.texts == ["Your message is with our team; a colleague will answer you here."]

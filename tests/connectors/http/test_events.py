"""Following a conversation, over a real connection."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.asked import Asked, Draft, Response, Shown
from bot.events import (
    Author,
    ConversationResolved,
    HandedBack,
    NoteWritten,
    PersonJoined,
    ReplySent,
)
from connectors.assembly import Service
from tests.builders import an_answer
from tests.web import a_service, now, opened, problem, served, serving, web_settings


class Patient:
    """Answers when it is let; shows what it is told to before."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self.begun = asyncio.Event()
        self.free = asyncio.Event()
        self.free.set()

    async def respond(self, asked: Asked, shown: Shown) -> Response:
        for draft in self.drafts:
            shown(draft)
        self.begun.set()
        await self.free.wait()
        return Response(an_answer("Within 30 days. [1]"), 0.9, {"candidates": []}, "en")


@pytest.fixture
def bot() -> Patient:
    return Patient()


@pytest.fixture
async def service(tmp_path: Path, bot: Patient) -> AsyncIterator[Service]:
    async with a_service(web_settings(tmp_path), bot) as service:
        yield service


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(service) as client:
        yield client


async def test_a_customer_sees_the_answer_come_about(client: httpx.AsyncClient, bot: Patient) -> None:
    bot.drafts = [Draft("Within 30", an_answer().citations)]
    chat = await opened(client)
    async with chat.follow() as stream:
        await stream.until("caught_up")
        assert stream.kinds == ["opened", "state", "caught_up"]
        assert stream.seen[1].data == {"held": "bot", "person": None}
        bot.free.clear()
        await chat.say("Can I return a lamp?")
        draft = await stream.until("draft")
        assert draft.data["html"] == "<p>Within 30</p>"
        assert draft.data["citations"][0]["quote"] == "Within 30 days."
        assert draft.id is None
        bot.free.set()
        answer = await stream.until("answer")
        assert stream.kinds[3:] == ["message", "composing", "draft", "composed", "answer"]
        assert (answer.id, answer.data["position"]) == ("3", 3)
        assert answer.data["html"] == '<p>Within 30 days. <cite data-n="1"></cite></p>'


async def test_a_reader_goes_on_where_it_was(client: httpx.AsyncClient) -> None:
    chat = await opened(client)
    async with chat.follow() as stream:
        await chat.say("Can I return a lamp?")
        await stream.until("answer")
    await chat.say("And a table?", "m2")
    async with chat.follow(after=3) as stream:
        await stream.until("caught_up")
        if "answer" not in stream.kinds:
            await stream.until("answer")
        positions = [event.data["position"] for event in stream.seen if event.id]
        assert positions == [4, 5]
    async with chat.follow(after=5) as stream:
        await stream.until("caught_up")
        assert stream.kinds == ["state", "caught_up"]


async def test_the_cursor_may_come_in_the_address(client: httpx.AsyncClient) -> None:
    chat = await opened(client)
    async with client.stream("GET", f"{chat.path}/events?after=1", headers=chat.headers) as response:
        lines = response.aiter_lines()
        assert await anext(lines) == "event: state"


async def test_what_a_person_writes_appears_wherever_it_was_written(
    client: httpx.AsyncClient, service: Service
) -> None:
    chat = await opened(client)
    async with chat.follow() as stream:
        await stream.until("caught_up")
        await chat.post("escalate")
        await stream.until("state")
        assert stream.seen[-1].data == {"held": "waiting", "person": None}
        await stream.until("waiting")
        for event in (
            PersonJoined("zoe.martin", "Zoé"),
            NoteWritten("zoe.martin", "she is cross"),
            ReplySent("zoe.martin", "Hello **Ana**", "Zoé"),
            HandedBack("zoe.martin"),
        ):
            await service.log.append(chat.id, event, Author.STAFF, None, now())
        await stream.until("handed_back")
        await stream.until("state")
        kinds = stream.kinds[stream.kinds.index("escalation") :]
        assert kinds == [
            "escalation", "state", "waiting",
            "person_joined", "state", "reply", "handed_back", "state",
        ]  # fmt: skip
        held = [event.data for event in stream.seen if event.kind == "state"]
        assert held[2:] == [{"held": "person", "person": "Zoé"}, {"held": "bot", "person": None}]
        reply = next(event for event in stream.seen if event.kind == "reply")
        assert reply.data["html"] == "<p>Hello <strong>Ana</strong></p>"
        assert "zoe.martin" not in repr(stream.seen)
        assert "cross" not in repr(stream.seen)


async def test_a_person_who_comes_in_while_the_bot_writes_takes_its_word(
    client: httpx.AsyncClient, service: Service, bot: Patient
) -> None:
    bot.drafts = [Draft("Within 30", ())]
    bot.free.clear()
    chat = await opened(client)
    async with chat.follow() as stream:
        await chat.say("Can I return a lamp?")
        await stream.until("draft")
        await service.log.append(chat.id, PersonJoined("zoe", "Zoé"), Author.STAFF, None, now())
        await stream.until("person_joined")
        assert stream.kinds[-3:] == ["draft", "composed", "person_joined"]
        bot.free.set()
        await service.log.append(chat.id, ReplySent("zoe", "I am here."), Author.STAFF, None, now())
        await service.log.append(chat.id, ConversationResolved("zoe"), Author.STAFF, None, now())
        resolved = await stream.until("resolved")
        assert resolved.data["by"] == "staff"
        assert "answer" not in stream.kinds


async def test_two_tabs_see_the_same(client: httpx.AsyncClient) -> None:
    chat = await opened(client)
    async with chat.follow() as one, chat.follow() as other:
        await one.until("caught_up")
        await other.until("caught_up")
        await chat.say("Can I return a lamp?")
        await one.until("answer")
        await other.until("answer")
        logged = [[event.data for event in tab.seen if event.id] for tab in (one, other)]
        assert logged[0] == logged[1]


async def test_a_tab_that_is_opened_late_sees_what_is_being_written(
    client: httpx.AsyncClient, bot: Patient
) -> None:
    bot.drafts = [Draft("Within 30", ())]
    bot.free.clear()
    chat = await opened(client)
    async with chat.follow() as first:
        await chat.say("Can I return a lamp?")
        await first.until("draft")
        async with chat.follow() as late:
            await late.until("draft")
            assert late.kinds == ["opened", "message", "state", "caught_up", "composing", "draft"]
        bot.free.set()


async def test_a_conversation_may_have_so_many_tabs(tmp_path: Path) -> None:
    settings = web_settings(tmp_path, rates={"streams_per_conversation": 2})
    async with a_service(settings) as service, serving(service) as client:
        chat = await opened(client)
        async with chat.follow() as one, chat.follow() as other:
            await one.until("caught_up")
            await other.until("caught_up")
            refused = await chat.get("events")
            assert problem(refused, 429) == "too_many_streams"
            assert int(refused.headers["retry-after"]) > 0
        while service.hub.open_streams:  # noqa: ASYNC110 - the server notices the closed tabs by itself
            await asyncio.sleep(0.02)
        async with chat.follow() as again:
            await again.until("caught_up")


async def test_an_address_may_have_so_many_streams(tmp_path: Path) -> None:
    settings = web_settings(tmp_path, rates={"streams_per_address": 1})
    async with a_service(settings) as service, serving(service) as client:
        one, other = await opened(client), await opened(client)
        async with one.follow() as stream:
            await stream.until("caught_up")
            assert problem(await other.get("events"), 429) == "too_many_streams"


async def test_a_closed_tab_leaves_nothing_behind(client: httpx.AsyncClient, service: Service) -> None:
    chat = await opened(client)
    for _ in range(3):
        async with chat.follow() as stream:
            await stream.until("caught_up")
    async with asyncio.timeout(10):
        while service.hub.open_streams:  # noqa: ASYNC110 - the server notices the closed tabs by itself
            await asyncio.sleep(0.02)


async def test_who_stops_the_service_finishes_the_answer_and_says_goodbye(
    service: Service, bot: Patient
) -> None:
    async with served(service) as (server, client):
        chat = await opened(client)
        async with chat.follow() as stream:
            bot.free.clear()
            await chat.say("Can I return a lamp?")
            await asyncio.wait_for(bot.begun.wait(), 10)
            server.should_exit = True
            await asyncio.sleep(0.3)
            bot.free.set()
            goodbye = await stream.until("goodbye")
            assert "answer" in stream.kinds
            assert goodbye.data["retry_ms"] > 0
            await stream.end()


async def test_an_answer_that_takes_too_long_is_left_for_the_next_start(tmp_path: Path) -> None:
    bot = Patient()
    bot.free.clear()
    settings = web_settings(tmp_path, stop_seconds=0.2)
    async with a_service(settings, bot) as service, serving(service) as client:
        chat = await opened(client)
        async with chat.follow() as stream:
            await chat.say("Can I return a lamp?")
            await asyncio.wait_for(bot.begun.wait(), 10)
    assert chat.id
    async with a_service(settings) as service:
        assert list(await service.log.unanswered()) == [chat.id]
        async with serving(service) as client:
            chat.client = client
            async with chat.follow() as stream:
                assert (await stream.until("answer")).data["position"] == 3


async def test_who_takes_nothing_is_given_up_and_the_others_are_not(
    client: httpx.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.http.events.SEND_SECONDS", 0.3)
    chat = await opened(client)
    request = f"GET {chat.path}/events HTTP/1.1\r\nHost: door\r\n"
    request += f"Authorization: {chat.headers['Authorization']}\r\n\r\n"
    stuck = socket.socket()
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    with stuck:
        stuck.connect((client.base_url.host, client.base_url.port))
        stuck.sendall(request.encode())
        async with chat.follow() as stream:
            await stream.until("caught_up")
            async with asyncio.timeout(10):
                while service.hub.open_streams < 2:  # noqa: ASYNC110 - until the server has taken it in
                    await asyncio.sleep(0.02)
            await service.log.append(chat.id, PersonJoined("zoe"), Author.STAFF, None, now())
            await stream.until("person_joined")
            for _ in range(300):
                reply = ReplySent("zoe", "word " * 4000)
                await service.log.append(chat.id, reply, Author.STAFF, None, now())
                service.hub.nudge()
                await stream.until("reply")
            async with asyncio.timeout(10):
                while service.hub.open_streams > 1:  # noqa: ASYNC110 - until the server has given it up
                    await asyncio.sleep(0.02)
            assert stream.kinds.count("reply") == 300


async def test_bad_cursors_are_refused(client: httpx.AsyncClient) -> None:
    chat = await opened(client)
    for cursor in ("-1", "x", "99999999999999999999"):
        headers = chat.headers | {"Last-Event-ID": cursor}
        assert problem(await client.get(f"{chat.path}/events", headers=headers), 422) == "request_invalid"


async def test_a_proxy_is_told_to_pass_the_stream_on(client: httpx.AsyncClient) -> None:
    chat = await opened(client)
    async with chat.follow() as stream:
        headers = stream.response.headers
        assert headers["content-type"].startswith("text/event-stream")
        assert "no-transform" in headers["cache-control"]
        assert headers["x-accel-buffering"] == "no"
        assert "server" not in headers

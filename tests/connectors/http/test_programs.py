"""What programs with a key may do: ask one question, see who waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.asked import Response
from bot.decisions import Card, Clarify, EntryLink, Reason, Route
from connectors.assembly import Service
from knowledge.entries import ResourceKind
from tests.builders import ScriptedResponder, an_answer, an_escalation
from tests.web import API_KEY, STAFF_KEY, a_service, indoors, opened, problem, web_settings


@pytest.fixture
def bot() -> ScriptedResponder:
    card = Card("phone", ResourceKind.PHONE, "Call us", "", "+33 2 40")
    return ScriptedResponder(
        an_answer(),
        Route("Here:", card),
        Clarify("A or B?", (EntryLink("a", "A"), EntryLink("b", "B"))),
        an_escalation(Reason.LOW_CONFIDENCE, team="secret-team"),
    )


@pytest.fixture
async def service(tmp_path: Path, bot: ScriptedResponder) -> AsyncIterator[Service]:
    async with a_service(web_settings(tmp_path), bot) as service:
        yield service


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with indoors(service) as client:
        yield client


async def ask(client: httpx.AsyncClient, key: str | None = API_KEY, **body: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
    return await client.post("/api/v1/ask", json={"question": "Can I return it?"} | body, headers=headers)


async def test_a_program_asks_and_gets_each_kind_of_outcome(
    client: httpx.AsyncClient, service: Service
) -> None:
    outcomes = [(await ask(client)).json() for _ in range(4)]
    kinds = [told["outcome"]["type"] for told in outcomes]
    assert kinds == ["answer", "route", "clarify", "escalation"]
    assert outcomes[0]["language"] == "en"
    assert outcomes[0]["outcome"]["citations"][0]["title"] == "Returns"
    assert "secret-team" not in str(outcomes)
    assert await service.log.head() == 0, "nothing is kept, nobody is told"


async def test_what_was_asked_before_goes_along(client: httpx.AsyncClient, bot: ScriptedResponder) -> None:
    await ask(client, history=[{"question": "Do you sell lamps?"}], language="fr")
    (asked,) = bot.asked
    assert asked.messages == ("Can I return it?",)
    assert [exchange.question for exchange in asked.exchanges] == ["Do you sell lamps?"]
    assert asked.language == "fr"


@pytest.mark.parametrize(
    ("key", "code"),
    [(None, "key_missing"), ("", "key_missing"), (STAFF_KEY, "key_invalid"), ("é", "key_invalid")],
)
async def test_without_its_key_nobody_asks(client: httpx.AsyncClient, key: str | None, code: str) -> None:
    headers = {} if key is None else {"Authorization": f"Bearer {key}".encode()}
    refused = await client.post("/api/v1/ask", json={"question": "Hello"}, headers=headers)
    assert problem(refused, 401) == code
    assert API_KEY not in refused.text


async def test_where_no_key_is_set_nobody_comes_in(tmp_path: Path) -> None:
    settings = web_settings(tmp_path, api_keys={}, staff_keys={})
    async with a_service(settings) as service, indoors(service) as client:
        for key in ("", "x" * 24):
            assert problem(await ask(client, key), 401) in ("key_missing", "key_invalid")
            headers = {"Authorization": f"Bearer {key}"}
            refused = await client.get("/api/v1/escalations", headers=headers)
            assert problem(refused, 401) in ("key_missing", "key_invalid")


async def test_questions_have_limits(tmp_path: Path) -> None:
    settings = web_settings(tmp_path, rates={"questions_per_key": "2/hour"})
    async with a_service(settings) as service, indoors(service) as client:
        assert problem(await ask(client, question="  "), 422) == "message_empty"
        assert problem(await ask(client, question="x" * 4001), 413) == "message_too_long"
        refused = await ask(client)
        assert problem(refused, 429) == "too_many_requests"
        assert 0 < int(refused.headers["retry-after"]) <= 3600


async def test_staff_see_who_waits(client: httpx.AsyncClient, service: Service) -> None:
    chat = await opened(client)
    await service.reception.handle(chat.id, "m1", "One")
    for n in (2, 3, 4):
        await service.reception.handle(chat.id, f"m{n}", "More")
    headers = {"Authorization": f"Bearer {STAFF_KEY}"}
    told = (await client.get("/api/v1/escalations", headers=headers)).json()
    (escalation,) = told["escalations"]
    assert escalation["conversation"] == chat.id
    assert (escalation["reason"], escalation["status"]) == ("low_confidence", "open")
    assert escalation["question"] == "More"
    assert escalation["candidates"][0]["title"] == "Returns"
    for wanted, count in (("?reason=policy", 0), ("?status=claimed", 0), ("?status=open&status=claimed", 1)):
        told = (await client.get(f"/api/v1/escalations{wanted}", headers=headers)).json()
        assert len(told["escalations"]) == count, wanted
    refused = await client.get("/api/v1/escalations?reason=boredom", headers=headers)
    assert problem(refused, 422) == "request_invalid"
    assert refused.json()["errors"][0]["at"] == "query.reason"


async def test_customers_do_not_see_who_waits(client: httpx.AsyncClient) -> None:
    chat = await opened(client)
    for headers in ({}, chat.headers, {"Authorization": f"Bearer {API_KEY}"}):
        refused = await client.get("/api/v1/escalations", headers=headers)
        assert problem(refused, 401) in ("key_missing", "key_invalid")


async def test_who_asks_while_too_many_are_answered_is_told_to_come_back(
    client: httpx.AsyncClient, bot: ScriptedResponder, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_answer, asked = asyncio.Event(), asyncio.Event()

    async def slow(*_: object) -> Response:
        asked.set()
        await may_answer.wait()
        return Response(an_answer(), 0.9)

    monkeypatch.setattr(bot, "respond", slow)
    monkeypatch.setattr("connectors.http.limits.QUESTIONS_AT_ONCE", 1)
    first = asyncio.create_task(ask(client))
    await asked.wait()
    refused = await ask(client)
    assert problem(refused, 429) == "too_many_requests"
    assert refused.headers["Retry-After"] == "1"
    may_answer.set()
    assert (await first).status_code == 200
    assert (await ask(client)).status_code == 200

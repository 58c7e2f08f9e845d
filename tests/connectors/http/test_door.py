"""What the door as a whole promises: limits, refusals that help, headers, and that nothing is forgotten."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.events import MessageReceived, OutcomeGiven
from bot.log import ConversationLog, LogUnavailable
from connectors.assembly import Service
from connectors.http.answers import Answers
from connectors.http.codes import STATUS, Code
from connectors.http.languages import preferred
from connectors.http.limits import network_of
from connectors.http.words import problem_words
from connectors.settings import Settings
from tests.web import (
    SHOP,
    a_service,
    eventually,
    indoors,
    opened,
    problem,
    serving,
    web_settings,
)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    async with a_service(web_settings(tmp_path)) as service:
        yield service


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with indoors(service) as client:
        yield client


class Frail:
    """A store that goes away when it is told to."""

    def __init__(self, log: ConversationLog) -> None:
        self._log = log
        self.away: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        async def maybe(*arguments: Any) -> Any:
            if name in self.away or "all" in self.away:
                raise LogUnavailable("the disk is full")
            return await getattr(self._log, name)(*arguments)

        return maybe


# Limits


async def test_who_writes_too_often_is_told_when_to_go_on(tmp_path: Path) -> None:
    settings = web_settings(tmp_path, rates={"messages_per_conversation": "2/hour"})
    async with a_service(settings) as service, indoors(service) as client:
        chat, other = await opened(client), await opened(client)
        assert [(await chat.say("Hello", f"m{n}")).status_code for n in range(2)] == [202, 202]
        refused = await chat.say("Hello", "m3")
        assert problem(refused, 429) == "too_many_requests"
        seconds = refused.headers["retry-after"]
        assert 0 < int(seconds) <= 3600
        assert f"{seconds} seconds" in refused.json()["detail"]
        assert (await other.say("Hello")).status_code == 202
        kept = [e.event for e in await service.log.read(chat.id)]
        assert sum(isinstance(event, MessageReceived) for event in kept) == 2


async def test_nor_may_other_acts_be_repeated_for_ever(tmp_path: Path) -> None:
    settings = web_settings(tmp_path, rates={"messages_per_conversation": "2/hour"})
    async with a_service(settings) as service, indoors(service) as client:
        chat = await opened(client)
        told = [await chat.post(act) for act in ("escalate", "close", "escalate")]
        assert [response.status_code for response in told] == [202, 202, 429]
        assert (await chat.say("Hello")).status_code == 202, "writing is counted apart"


async def test_an_address_opens_so_many_conversations(tmp_path: Path) -> None:
    settings = web_settings(tmp_path, rates={"conversations_per_address": "2/hour"})
    async with a_service(settings) as service, indoors(service) as client:
        await opened(client)
        await opened(client)
        refused = await client.post("/api/v1/conversations", json={"site": "shop"})
        assert problem(refused, 429) == "too_many_requests"


async def test_an_address_has_its_share_of_requests(tmp_path: Path) -> None:
    settings = web_settings(tmp_path, rates={"requests_per_address": "3/hour"})
    async with a_service(settings) as service, indoors(service) as client:
        codes = [(await client.get("/api/v1/sites/shop", headers={"Origin": SHOP})) for _ in range(4)]
        assert [response.status_code for response in codes] == [200, 200, 200, 429]
        assert problem(codes[-1], 429) == "too_many_requests"
        assert codes[-1].headers["access-control-allow-origin"] == SHOP, "the widget can read when to go on"


async def test_only_a_trusted_proxy_says_who_the_customer_is(tmp_path: Path) -> None:
    rates = {"conversations_per_address": "1/hour"}
    for proxies, statuses in (((), [201, 429]), (("127.0.0.0/8",), [201, 201])):
        settings = web_settings(tmp_path, rates=rates, trusted_proxies=proxies)
        async with a_service(settings) as service, indoors(service) as client:
            told = [
                await client.post(
                    "/api/v1/conversations", json={"site": "shop"}, headers={"X-Forwarded-For": address}
                )
                for address in ("203.0.113.1", "203.0.113.2")
            ]
            assert [response.status_code for response in told] == statuses


def test_neighbours_of_one_customer_count_as_one() -> None:
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert network_of("203.0.113.1") == network_of("::ffff:203.0.113.1") == "203.0.113.1"
    assert network_of("unknown") == "unknown"


async def test_a_huge_body_is_refused_before_it_is_read(client: httpx.AsyncClient) -> None:
    huge = b'{"site": "' + b"x" * 200_000 + b'"}'
    headers = {"Content-Type": "application/json"}
    refused = await client.post("/api/v1/conversations", content=huge, headers=headers)
    assert problem(refused, 413) == "body_too_large"
    assert "bytes" in refused.json()["detail"]

    async def pieces() -> AsyncIterator[bytes]:
        for n in range(0, len(huge), 1000):
            yield huge[n : n + 1000]

    refused = await client.post("/api/v1/conversations", content=pieces(), headers=headers)
    assert problem(refused, 413) == "body_too_large"


async def test_a_longest_message_fits_however_it_is_written(client: httpx.AsyncClient) -> None:
    chat = await opened(client)
    escaped = json.dumps({"client_id": "m1", "text": "🪑" * 4000}, ensure_ascii=True).encode()
    headers = chat.headers | {"Content-Type": "application/json"}
    response = await client.post(f"{chat.path}/messages", content=escaped, headers=headers)
    assert response.status_code == 202
    assert response.json()["text"] == "🪑" * 4000


# Refusals


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"{", 400, "body_unreadable"),
        (b"\xff\xfe", 400, "body_unreadable"),
        (b"[" * 30_000, 400, "body_unreadable"),
        (b"", 422, "request_invalid"),
        (b"[]", 422, "request_invalid"),
        (b"{}", 422, "request_invalid"),
        (b'{"site": 7}', 422, "request_invalid"),
        (b'{"site": "shop", "language": "french"}', 422, "request_invalid"),
        (b'{"site": "\\ud800"}', 422, "request_invalid"),
    ],
)
async def test_a_body_that_is_not_understood(
    client: httpx.AsyncClient, content: bytes, status: int, code: str
) -> None:
    headers = {"Content-Type": "application/json"}
    refused = await client.post("/api/v1/conversations", content=content, headers=headers)
    assert problem(refused, status) == code


async def test_a_refusal_names_the_part_and_does_not_repeat_it(client: httpx.AsyncClient) -> None:
    chat = await opened(client)
    refused = await chat.post("messages", {"client_id": "hunter2" * 40, "text": 7})
    assert problem(refused, 422) == "request_invalid"
    assert [error["at"] for error in refused.json()["errors"]] == ["body.client_id", "body.text"]
    assert "hunter2" not in refused.text


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/api/v1/conversations/", "/widget/../../x"])
async def test_an_address_where_nothing_is(client: httpx.AsyncClient, path: str) -> None:
    assert problem(await client.get(path), 404) == "not_found"


async def test_a_wrong_method_names_the_right_ones(client: httpx.AsyncClient) -> None:
    refused = await client.delete("/api/v1/conversations")
    assert problem(refused, 405) == "method_not_allowed"
    assert refused.headers["allow"] == "POST"


async def test_what_nobody_foresaw_is_told_without_a_trace_and_logged(
    service: Service,
    client: httpx.AsyncClient,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(service.reception, "open", broken)
    body = {"site": "shop"}
    refused = await client.post("/api/v1/conversations", json=body, headers={"Origin": SHOP})
    assert problem(refused, 500) == "unexpected"
    assert "secret" not in refused.text
    assert refused.headers["access-control-allow-origin"] == SHOP
    assert "the secret inside" in caplog.text


@pytest.mark.parametrize("path", ["/console/sign-in", "/api/v1/conversations"])
async def test_who_leaves_in_the_middle_of_a_request_is_no_fault_of_ours(
    service: Service, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    caplog.set_level(logging.INFO)
    async with serving(service) as client:
        reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
        kind = "application/json" if "api" in path else "application/x-www-form-urlencoded"
        head = f"POST {path} HTTP/1.1\r\nHost: shop\r\nContent-Type: {kind}\r\nContent-Length: 100\r\n\r\n"
        writer.write(head.encode() + b"name=zo")
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.close()
        await writer.wait_closed()
        assert (await client.get("/api/v1/health")).status_code == 200
        del reader
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_every_problem_has_words_in_both_languages_and_a_status() -> None:
    places = {"limit": 1, "seconds": 2, "variable": "X"}
    for code in Code:
        assert 400 <= STATUS[code] < 600
        english, french = (problem_words(code, language) for language in ("en", "fr"))
        assert english.detail != french.detail
        assert english.detail.format(**places).endswith(".")
        assert french.detail.format(**places).endswith(".")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("fr", "fr"),
        ("fr-CA,fr;q=0.8,en;q=0.5", "fr"),
        ("de, fr;q=0.3, en;q=0.7", "en"),
        ("fr;q=0, en;q=0.1", "en"),
        ("*", "en"),
        ("fr;q=abc", "en"),
        (",,;;q=,", "en"),
    ],
)
def test_the_language_that_a_browser_prefers(header: str | None, language: str) -> None:
    assert preferred(header, ("en", "fr")) == language


# A store that goes away


async def test_a_message_that_cannot_be_kept_is_not_acknowledged(tmp_path: Path) -> None:
    frail: list[Frail] = []

    def weaken(log: ConversationLog) -> Any:
        frail.append(Frail(log))
        return frail[0]

    settings = web_settings(tmp_path)
    async with a_service(settings, log=weaken) as service, indoors(service) as client:
        chat = await opened(client)
        frail[0].away = {"all"}
        refused = await chat.say("Hello")
        assert problem(refused, 503) == "unavailable"
        assert int(refused.headers["retry-after"]) > 0
        assert "disk" not in refused.text
        health = await client.get("/api/v1/health")
        assert (health.status_code, health.json()["status"]) == (503, "down")
        frail[0].away = set()
        assert (await chat.say("Hello")).status_code == 202
        assert (await client.get("/api/v1/health")).status_code == 200


async def test_an_answer_that_could_not_be_written_is_given_when_the_store_is_back(tmp_path: Path) -> None:
    frail: list[Frail] = []

    def weaken(log: ConversationLog) -> Any:
        frail.append(Frail(log))
        return frail[0]

    async def answered() -> bool:
        return any(isinstance(e.event, OutcomeGiven) for e in await log.read("c1"))

    async with a_service(web_settings(tmp_path), log=weaken) as service:
        log: ConversationLog = service.log
        answers = Answers(service.reception, log, sweep=0.05)
        await service.reception.open("c1")
        await service.reception.receive("c1", "m1", "Hello")
        frail[0].away = {"append"}
        answers.owe("c1")
        await answers.finish(10)
        assert not await answered()
        frail[0].away = set()
        working = asyncio.create_task(answers.run())
        await eventually(answered)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


# Headers and the log


async def test_every_answer_has_safe_headers(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/sites/shop", "/api/v1/nothing", "/widget.js", "/api/docs", "/"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert "frame-ancestors" in headers["content-security-policy"], path
        assert headers["referrer-policy"], path
        assert "unsafe" not in headers["content-security-policy"], path
        assert "set-cookie" not in headers, path


async def test_answers_of_the_api_are_not_kept_by_caches(client: httpx.AsyncClient) -> None:
    chat = await opened(client)
    assert (await chat.get("transcript")).headers["cache-control"] == "no-store"
    assert "max-age" in (await client.get("/api/v1/sites/shop")).headers["cache-control"]
    assert "Origin" in (await client.get("/api/v1/sites/shop")).headers["vary"]


async def test_the_log_has_each_request_and_nothing_of_the_customer(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    chat = await opened(client)
    await chat.say("my card is 4970 1010")
    await client.get(f"{chat.path}/transcript?token=hunter2", headers=chat.headers)
    lines = [record.getMessage() for record in caplog.records if record.name == "comptoir.access"]
    assert any("POST /api/v1/conversations/{conversation}/messages 202" in line for line in lines)
    ours = "\n".join(r.getMessage() for r in caplog.records if not r.name.startswith(("httpx", "aiosqlite")))
    for private in ("4970", "hunter2", chat.id, chat.headers["Authorization"][7:], "127.0.0.1"):
        assert private not in ours


async def test_the_server_does_not_say_what_it_is(service: Service) -> None:
    async with serving(service) as client:
        assert "server" not in (await client.get("/api/v1/health")).headers


async def test_health_tells_of_each_part(client: httpx.AsyncClient) -> None:
    told = (await client.get("/api/v1/health")).json()
    assert told["status"] == "degraded", "there is nothing in the knowledge base"
    assert told["parts"]["database"] == "ok"
    assert told["parts"]["knowledge"] == "degraded"


# Settings of sites


async def configuration(settings: Settings, site: str = "shop") -> dict[str, Any]:
    async with a_service(settings) as service, indoors(service) as client:
        response = await client.get(f"/api/v1/sites/{site}")
        assert response.status_code == 200
        told: dict[str, Any] = response.json()
        return told


async def test_a_site_that_says_nothing_has_what_the_brief_says(tmp_path: Path) -> None:
    told = await configuration(web_settings(tmp_path))
    assert told["company"] == "Maison Tilleul"
    assert told["languages"] == ["fr", "en"]
    assert told["greeting"]["en"] == "Hi! Ask away: I answer from our help centre."
    assert told["suggestions"] == {"fr": [], "en": []}
    assert (told["consent"], told["privacy_url"], told["accent"], told["position"]) == (
        None,
        None,
        None,
        "end",
    )
    assert told["hours"] == {"open": None, "text": None}
    assert told["limits"] == {"message_characters": 4000, "comment_characters": 1000}


async def test_a_site_shows_what_its_settings_say(tmp_path: Path) -> None:
    site = {
        "id": "shop", "name": "The lamp shop", "languages": ["en", "fr"], "accent": "#0b6e4f",
        "greeting": {"en": "Hello lamp"}, "suggestions": {"en": ["Which bulb?"]},
        "consent": {"fr": "D'accord ?"}, "privacy_url": "https://shop.example/privacy", "position": "start",
    }  # fmt: skip
    told = await configuration(web_settings(tmp_path, sites=[site]))
    assert (told["company"], told["accent"], told["position"]) == ("The lamp shop", "#0b6e4f", "start")
    assert told["greeting"]["en"] == "Hello lamp"
    assert told["greeting"]["fr"].startswith("Bonjour")
    assert told["suggestions"] == {"en": ["Which bulb?"], "fr": []}
    assert told["consent"] == {"en": "D'accord ?", "fr": "D'accord ?"}, "consent must not vanish"


async def test_without_sites_there_is_one_for_our_own_pages(tmp_path: Path) -> None:
    settings = web_settings(tmp_path, sites=[], site_secrets={})
    assert (await configuration(settings, "default"))["site"] == "default"
    async with a_service(settings) as service, indoors(service) as client:
        refused = await client.get("/api/v1/sites/default", headers={"Origin": SHOP})
        assert problem(refused, 403) == "origin_not_allowed"


async def test_the_public_address_is_our_own(tmp_path: Path) -> None:
    settings = web_settings(tmp_path, public_address="https://help.shop.example")
    async with a_service(settings) as service, indoors(service) as client:
        own = {"Origin": "https://help.shop.example"}
        assert (await client.get("/api/v1/sites/shop", headers=own)).status_code == 200

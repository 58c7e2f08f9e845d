"""At the web door: asking for the transcript, and coming back by the link in a mail."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.events import TranscriptRequested
from connectors.assembly import Service
from connectors.http.door import make_door
from connectors.http.tokens import Visit
from tests.mail_server import MailServer
from tests.web import SHOP, Chat, a_service, indoors, now, opened, problem, web_settings


@dataclass
class Watch:
    at: datetime

    def __call__(self) -> datetime:
        return self.at


@asynccontextmanager
async def a_door(
    folder: Path, *, mail: bool = True, page: str | None = None, **values: Any
) -> AsyncIterator[tuple[Service, httpx.AsyncClient, Watch]]:
    watch = Watch(now())
    if mail:
        values["mail"] = MailServer(port=9).settings()
        values["public_address"] = "https://help.shop.example"
    values["sites"] = [{"id": "shop", "origins": [SHOP], "page": page}]
    async with a_service(web_settings(folder, **values), clock=watch) as service, indoors(service) as client:
        yield service, client, watch


async def asked(chat: Chat, email: Any = "camille@home.example") -> httpx.Response:
    return await chat.post("transcript/email", {"email": email})


def a_link(service: Service, chat: Chat, site: str = "shop") -> str:
    return f"/c/{make_door(service).links.issue(Visit(chat.id, site)).token}"


# The transcript


async def test_who_asks_for_the_transcript_is_promised_it(tmp_path: Path) -> None:
    async with a_door(tmp_path) as (service, client, _):
        chat = await opened(client)
        response = await asked(chat, "Camille@Home.Example")
        assert (response.status_code, response.content) == (202, b"")
        last = (await service.log.read(chat.id))[-1]
        assert last.event == TranscriptRequested("Camille@home.example")


@pytest.mark.parametrize(
    "email", ["camille", "a@b@c.example", "a@b.example\r\nBcc: all@b.example", "a b@c.example"]
)
async def test_what_is_no_address_is_told_so(tmp_path: Path, email: str) -> None:
    async with a_door(tmp_path) as (service, client, _):
        chat = await opened(client)
        assert problem(await asked(chat, email), 422) == "address_invalid"
        assert len(await service.log.read(chat.id)) == 1


@pytest.mark.parametrize("email", ["", None, 7, "a@" + "b" * 300])
async def test_what_is_not_even_a_short_text_is_refused(tmp_path: Path, email: Any) -> None:
    async with a_door(tmp_path) as (_, client, _):
        assert problem(await asked(await opened(client), email), 422) == "request_invalid"


async def test_nobody_asks_for_anothers_transcript(tmp_path: Path) -> None:
    async with a_door(tmp_path) as (service, client, _):
        mine, theirs = await opened(client), await opened(client)
        stolen = Chat(client, theirs.id, mine.headers["Authorization"].removeprefix("Bearer "))
        assert problem(await asked(stolen), 403) == "not_this_conversation"
        assert len(await service.log.read(theirs.id)) == 1


async def test_nobody_is_flooded_through_us(tmp_path: Path) -> None:
    rates = {
        "transcripts_per_conversation": "2/hour",
        "transcripts_per_recipient": "4/day",
        "transcripts_per_address": "7/hour",
    }
    async with a_door(tmp_path, rates=rates) as (_, client, _):
        first = await opened(client)
        statuses = [(await asked(first)).status_code for _ in range(3)]
        assert statuses == [202, 202, 429], "one conversation"
        for _ in range(2):
            assert (await asked(await opened(client), "CAMILLE@home.example")).status_code == 202
        told = await asked(await opened(client))
        assert problem(told, 429) == "too_many_requests", "one recipient"
        assert int(told.headers["Retry-After"]) > 0
        others = [await asked(await opened(client), f"{n}@home.example") for n in range(3)]
        assert [response.status_code for response in others][-1] == 429, "one sender"


async def test_without_a_mail_server_it_is_said_so(tmp_path: Path) -> None:
    async with a_door(tmp_path, mail=False) as (_, client, _):
        assert problem(await asked(await opened(client)), 409) == "mail_not_offered"
        assert (await client.get("/api/v1/sites/shop")).json()["mail"] is False


async def test_the_widget_is_told_that_mail_is_offered(tmp_path: Path) -> None:
    async with a_door(tmp_path) as (_, client, _):
        assert (await client.get("/api/v1/sites/shop")).json()["mail"] is True


# The address for the answer


async def left(chat: Chat, email: str = "camille@home.example") -> httpx.Response:
    return await chat.post("contact", {"email": email})


@pytest.mark.parametrize("mail", [True, False])
async def test_who_leaves_an_address_is_known_by_it(tmp_path: Path, mail: bool) -> None:
    async with a_door(tmp_path, mail=mail) as (service, client, _):
        chat = await opened(client)
        assert (await left(chat)).status_code == 202
        assert (await left(chat)).status_code == 202, "repeating it is harmless"
        assert (await left(chat, "camille@work.example")).status_code == 202
        assert (await service.log.state(chat.id)).contact == "camille@work.example"
        assert len(await service.log.read(chat.id)) == 3


async def test_what_is_no_address_is_not_kept(tmp_path: Path) -> None:
    async with a_door(tmp_path) as (service, client, _):
        chat = await opened(client)
        assert problem(await left(chat, "camille@home..example"), 422) == "address_invalid"
        assert (await service.log.state(chat.id)).contact is None


async def test_one_address_is_not_left_everywhere(tmp_path: Path) -> None:
    async with a_door(tmp_path, rates={"contacts_per_recipient": "2/day"}) as (_, client, _):
        answers = [await left(await opened(client)) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [202, 202, 429]
        assert problem(answers[-1], 429) == "too_many_requests"


# The way back


async def test_a_link_leads_to_the_shops_page_with_the_conversation_behind_the_hash(tmp_path: Path) -> None:
    async with a_door(tmp_path, page=f"{SHOP}/help?x=1#top") as (service, client, _):
        chat = await opened(client)
        response = await client.get(a_link(service, chat))
        assert response.status_code == 303
        page, _, fragment = response.headers["Location"].partition("#comptoir=")
        assert page == f"{SHOP}/help?x=1"
        conversation, _, token = fragment.partition(".")
        assert (await Chat(client, conversation, token).get("transcript")).status_code == 200
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "no-referrer"


async def test_a_link_works_again_and_changes_nothing(tmp_path: Path) -> None:
    async with a_door(tmp_path) as (service, client, _):
        chat = await opened(client)
        link = a_link(service, chat)
        assert [(await client.get(link)).status_code for _ in range(3)] == [303] * 3
        assert len(await service.log.read(chat.id)) == 1


async def test_without_a_page_of_the_shops_our_own_has_the_widget(tmp_path: Path) -> None:
    async with a_door(tmp_path) as (service, client, _):
        response = await client.get(a_link(service, await opened(client)))
        assert response.headers["Location"].startswith("/c?site=shop#comptoir=")
        page = await client.get("/c?site=shop", headers={"Accept-Language": "fr-FR,en;q=0.5"})
        assert page.status_code == 200
        assert '<html lang="fr">' in page.text
        assert "Votre conversation avec Maison Tilleul" in page.text
        assert '<script type="module" src="/widget.js" data-site="shop">' in page.text
        assert "unsafe-inline" not in page.headers["Content-Security-Policy"]
        english = await client.get("/c?site=shop", headers={"Accept-Language": "de, en;q=0.8"})
        assert "Your conversation with Maison Tilleul" in english.text


async def test_a_link_is_for_some_days_only(tmp_path: Path) -> None:
    async with a_door(tmp_path) as (service, client, watch):
        link = a_link(service, await opened(client))
        watch.at += timedelta(days=13, hours=23)
        assert (await client.get(link)).status_code == 303
        watch.at += timedelta(hours=2)
        response = await client.get(link, headers={"Accept-Language": "fr"})
        assert response.status_code == 410
        assert "Ce lien ne fonctionne plus" in response.text
        assert "This link does not work any more" in (await client.get(link)).text


async def test_a_token_of_the_one_kind_is_none_of_the_other(tmp_path: Path) -> None:
    async with a_door(tmp_path) as (service, client, _):
        chat = await opened(client)
        of_conversation = chat.headers["Authorization"].removeprefix("Bearer ")
        assert (await client.get(f"/c/{of_conversation}")).status_code == 410
        of_link = Chat(client, chat.id, a_link(service, chat).removeprefix("/c/"))
        assert problem(await of_link.get("transcript"), 401) == "token_invalid"


@pytest.mark.parametrize("token", ["x", "a.b.c", "%00", "é", "<script>", "a" * 5000])
async def test_a_made_up_link_opens_nothing(tmp_path: Path, token: str) -> None:
    async with a_door(tmp_path) as (_, client, _):
        response = await client.get(f"/c/{token}")
        assert response.status_code == 410
        assert "<script>" not in response.text


async def test_a_site_that_there_is_no_more_opens_nothing(tmp_path: Path) -> None:
    async with a_door(tmp_path) as (service, client, _):
        assert (await client.get(a_link(service, await opened(client), "gone"))).status_code == 410
        assert (await client.get("/c?site=gone")).status_code == 410
        assert (await client.get('/c?site="><script>')).status_code == 410


async def test_no_log_tells_the_token(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with a_door(tmp_path) as (service, client, _):
        link = a_link(service, await opened(client))
        caplog.clear()
        await client.get(link)
        ours = [r.getMessage() for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]
        assert ours
        assert not [line for line in ours if link.removeprefix("/c/")[:20] in line]

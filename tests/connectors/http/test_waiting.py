"""What a customer sees and can do while they wait, and when it is over, over a real connection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.brief import Brief
from bot.events import Author, ConversationResolved, PersonAssigned, PersonJoined, ReplySent
from connectors.assembly import Service
from connectors.stream import Typing
from tests.builders import an_agent
from tests.web import Chat, a_service, now, opened, problem, served, web_settings

OFFICE_HOURS = {"hours": "Mo-Fr 09:00-18:00", "timezone": "Europe/Paris"}
MONDAY_MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 9, tzinfo=UTC)


def a_brief(**team: Any) -> Brief:
    given = {"title": {"en": "our customer care team", "fr": "l'équipe du service client"}, **team}
    return Brief.model_validate({"company": "Maison Tilleul", "teams": {"care": given}})


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits a second in a test, nor twenty for a colleague who goes off duty."""
    monkeypatch.setattr("connectors.http.waiting_room.PAUSE", 0.01)
    monkeypatch.setattr("connectors.http.waiting_room.AGAIN", 0.1)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    async with a_service(web_settings(tmp_path), brief=a_brief()) as service:
        yield service


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with served(service) as (_, client):
        yield client


async def who_waits(client: httpx.AsyncClient, **how: Any) -> Chat:
    chat = await opened(client, **how)
    assert (await chat.post("escalate")).status_code == 202
    return chat


async def test_who_waits_sees_their_place_and_how_it_moves(
    client: httpx.AsyncClient, service: Service
) -> None:
    first, second = await who_waits(client), await who_waits(client)
    async with second.follow() as stream:
        await stream.until("caught_up")
        assert stream.kinds[-3:] == ["state", "waiting", "caught_up"]
        assert stream.seen[-2].data == {
            "place": 2, "minutes": None, "there": True, "back_at": None, "text": "You're 2nd in line."
        }  # fmt: skip
        await service.log.append(first.id, PersonJoined("zoe", "Zoé"), Author.STAFF, None, now())
        moved = await stream.until("waiting")
        assert (moved.data["place"], moved.data["text"]) == (1, "You're next in line.")
        assert moved.id is None, "it is not replayed: it would be old by then"
        await service.log.append(second.id, PersonJoined("zoe", "Zoé"), Author.STAFF, None, now())
        await stream.until("state")
        assert stream.kinds[-2:] == ["person_joined", "state"]


async def test_who_is_given_to_a_colleague_waits_until_that_one_comes(
    client: httpx.AsyncClient, service: Service
) -> None:
    first, second = await who_waits(client), await who_waits(client)
    async with second.follow() as stream:
        await stream.until("caught_up")
        for chat in (first, second):
            given = PersonAssigned("zoe", "Zoé", by="lea")
            await service.log.append(chat.id, given, Author.STAFF, None, now())
        while "Zoé" not in (told := (await stream.until("waiting")).data)["text"]:
            pass
        assert told["place"] == 2
        assert told["text"] == "You're 2nd in line. Zoé will take your request."
        assert "person_joined" not in stream.kinds
        assert all(event.data["held"] == "waiting" for event in stream.seen if event.kind == "state")
    async with second.follow() as stream:
        await stream.until("caught_up")
        assert stream.seen[-3].data == {"held": "waiting", "person": None}, "also who comes back"
        await service.log.append(second.id, ReplySent("zoe", "Hello", "Zoé"), Author.STAFF, None, now())
        assert (await stream.until("state")).data == {"held": "person", "person": "Zoé"}


async def test_who_was_given_to_a_colleague_may_go_back_to_the_bot(
    client: httpx.AsyncClient, service: Service
) -> None:
    chat = await who_waits(client)
    await service.log.append(chat.id, PersonAssigned("zoe", "Zoé"), Author.SYSTEM, None, now())
    assert (await chat.post("return")).json()["event"]["type"] == "handed_back"


async def test_who_asks_for_a_person_is_told_their_place_at_once(client: httpx.AsyncClient) -> None:
    chat = await opened(client, language="fr")
    async with chat.follow() as stream:
        await stream.until("caught_up")
        await chat.post("escalate")
        wait = await stream.until("waiting")
        assert wait.data["text"] == "Vous êtes n°\u00a01."
        assert stream.kinds[-3:] == ["escalation", "state", "waiting"]


async def test_a_place_is_told_in_the_language_around_it(client: httpx.AsyncClient) -> None:
    """Of the page that it stands on, whatever the conversation is in."""
    chat = await who_waits(client, language="fr")
    for wished, text in (
        (None, "Vous êtes n°\u00a01."),
        ("es", "Vous êtes n°\u00a01."),
        ("fr-CA", "Vous êtes n°\u00a01."),
        ("en", "You're next in line."),
    ):
        chat.headers = chat.headers | ({"Accept-Language": wished} if wished else {})
        async with chat.follow() as stream:
            assert (await stream.until("waiting")).data["text"] == text


async def test_a_colleague_who_goes_off_duty_is_not_waited_for_in_vain(
    client: httpx.AsyncClient, service: Service
) -> None:
    await service.roster.save(an_agent("zoe", on_duty=True))
    chat = await who_waits(client)
    async with chat.follow() as stream:
        assert (await stream.until("waiting")).data["there"]
        await service.roster.set_duty("zoe", False, now())
        wait = await stream.until("waiting")
        assert not wait.data["there"]
        assert wait.data["text"] == "You're next in line. Nobody is at their desk right now."


async def test_when_closed_it_says_when_the_team_is_back(tmp_path: Path) -> None:
    brief, settings = a_brief(**OFFICE_HOURS), web_settings(tmp_path)
    async with a_service(settings, brief=brief, clock=lambda: SUNDAY) as service:
        async with served(service) as (_, client), (await who_waits(client)).follow() as stream:
            wait = (await stream.until("waiting")).data
        assert not wait["there"]
        assert wait["back_at"] == "2026-11-23T08:00:00Z"
        assert wait["text"] == "You're next in line. Our customer care team is back tomorrow at 9:00."


async def test_a_site_knows_the_days_on_which_its_team_is_off(tmp_path: Path) -> None:
    brief = a_brief(**OFFICE_HOURS, exceptions={"2026-11-23": "off"})
    settings = web_settings(tmp_path)
    async with a_service(settings, brief=brief, clock=lambda: MONDAY_MORNING) as service:
        async with served(service) as (_, client):
            told = (await client.get("/api/v1/sites/shop")).json()
        assert told["hours"]["open"] is False
        assert told["hours"]["text"]["en"] == "closed, reopens tomorrow at 9:00"


async def test_who_is_tired_of_waiting_goes_back_to_the_bot(client: httpx.AsyncClient) -> None:
    chat = await who_waits(client)
    await chat.say("Never mind: can I return a lamp?")
    returned = await chat.post("return")
    assert returned.status_code == 202
    assert returned.json()["event"]["type"] == "handed_back"
    again = await chat.post("return")
    assert (again.status_code, again.json()) == (202, {"event": None})
    async with chat.follow() as stream:
        assert (await stream.until("state")).data["held"] == "bot"
        if "answer" not in stream.kinds:
            await stream.until("answer")


async def test_an_address_that_was_left_is_shown_to_whoever_left_it(client: httpx.AsyncClient) -> None:
    chat = await who_waits(client)
    async with chat.follow() as stream:
        await stream.until("caught_up")
        assert (await chat.post("contact", {"email": "ana@home.example"})).status_code == 202
        left = await stream.until("contact")
        assert left.data["email"] == "ana@home.example"


async def test_at_the_end_the_customer_says_how_it_was(client: httpx.AsyncClient, service: Service) -> None:
    chat = await who_waits(client)
    for event in (PersonJoined("zoe", "Zoé"), ConversationResolved("zoe")):
        await service.log.append(chat.id, event, Author.STAFF, None, now())
    rated = await chat.post("rating", {"stars": 4})
    assert rated.status_code == 202
    assert (rated.json()["type"], rated.json()["stars"], rated.json()["comment"]) == ("rating", 4, "")
    await chat.post("rating", {"stars": 5, "comment": " Quick and kind. "})
    async with chat.follow() as stream:
        await stream.until("caught_up")
    ratings = [event.data for event in stream.seen if event.kind == "rating"]
    assert [one["stars"] for one in ratings] == [4, 5]
    for stars in (0, 6, None, "5", 4.5):
        assert problem(await chat.post("rating", {"stars": stars}), 422) == "request_invalid"


async def test_colleagues_see_that_the_customer_writes(client: httpx.AsyncClient, service: Service) -> None:
    chat = await who_waits(client)
    console = await service.hub.open(None)
    assert (await chat.post("typing")).status_code == 204
    heard = [item for item in await console.take(5) if isinstance(item, Typing)]
    service.hub.close(console)
    assert heard == [Typing(chat.id)]


async def test_none_of_it_is_done_in_another_customers_conversation(client: httpx.AsyncClient) -> None:
    mine, theirs = await who_waits(client), await who_waits(client)
    for path, body in (("return", {}), ("rating", {"stars": 1}), ("typing", {})):
        refused = await client.post(f"{theirs.path}/{path}", json=body, headers=mine.headers)
        assert problem(refused, 403) == "not_this_conversation"

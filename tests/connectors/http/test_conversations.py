"""What a customer's page does with a conversation, apart from following it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import jwt
import pytest

from bot.conversation import Held
from bot.decisions import Escalate
from bot.events import Author, Customer, MessageReceived, OutcomeGiven, PersonJoined, ReplySent
from bot.log import state_of
from connectors.assembly import Service
from connectors.http.door import make_door
from connectors.http.tokens import Visit
from tests.builders import ScriptedResponder
from tests.web import (
    SHOP,
    SITE_SECRET,
    Chat,
    a_service,
    an_identity,
    eventually,
    indoors,
    now,
    opened,
    problem,
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


async def answered(service: Service, conversation: str) -> bool:
    return any(isinstance(e.event, OutcomeGiven) for e in await service.log.read(conversation))


async def test_a_customer_opens_a_conversation_and_asks(service: Service, client: httpx.AsyncClient) -> None:
    chat = await opened(client)
    response = await chat.say("Can I return a lamp?")
    assert response.status_code == 202
    message = response.json()
    assert (message["type"], message["position"], message["text"]) == ("message", 2, "Can I return a lamp?")
    await eventually(lambda: answered(service, chat.id))


async def test_the_site_and_the_door_are_remembered(service: Service, client: httpx.AsyncClient) -> None:
    chat = await opened(client, language="fr")
    state = await state_of(service.log, chat.id)
    assert (state.site, state.language, state.customer) == ("shop", "fr", None)


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        (f"{SHOP}/lampes/tilia?e-mail=ana@home.example#top", f"{SHOP}/lampes/tilia"),
        (SHOP, SHOP),
        ("https://evil.example/sign-in", None),
        (f"{SHOP}@evil.example/sign-in", None),
        ("javascript:alert(1)", None),
        ("https://[", None),
        (None, None),
    ],
)
async def test_the_page_is_remembered_if_it_is_the_websites_own(
    service: Service, client: httpx.AsyncClient, page: str | None, kept: str | None
) -> None:
    body = {"site": "shop", "page": page}
    response = await client.post("/api/v1/conversations", json=body, headers={"Origin": SHOP})
    assert response.status_code == 201
    assert (await state_of(service.log, response.json()["id"])).page == kept


async def test_a_message_sent_twice_is_one_message(service: Service, client: httpx.AsyncClient) -> None:
    chat = await opened(client)
    first, again = await chat.say("Hello there"), await chat.say("Hello there")
    assert first.json() == again.json()
    await eventually(lambda: answered(service, chat.id))
    events = [e.event for e in await service.log.read(chat.id)]
    assert sum(isinstance(e, MessageReceived) for e in events) == 1
    assert sum(isinstance(e, OutcomeGiven) for e in events) == 1


@pytest.mark.parametrize("text", ["", "   ", "\x00"])
async def test_an_empty_message_is_refused(client: httpx.AsyncClient, text: str) -> None:
    chat = await opened(client)
    assert problem(await chat.say(text), 422) in ("message_empty", "request_invalid")


async def test_a_message_that_is_too_long_is_told_how_long_it_may_be(client: httpx.AsyncClient) -> None:
    chat = await opened(client)
    refused = await chat.say("x" * 4001)
    assert problem(refused, 413) == "message_too_long"
    assert "4000" in refused.json()["detail"]
    assert (await chat.say("x" * 4000)).status_code == 202


async def test_problems_speak_french_to_who_prefers_it(client: httpx.AsyncClient) -> None:
    chat = await opened(client)
    chat.headers["Accept-Language"] = "fr-FR,fr;q=0.9,en;q=0.8"
    refused = await chat.say("x" * 4001)
    assert refused.json()["detail"].startswith("Ramenez-le à 4000 caractères")
    assert refused.headers["content-language"] == "fr"


async def test_an_answer_is_judged(service: Service, client: httpx.AsyncClient) -> None:
    chat = await opened(client)
    await chat.say("Can I return a lamp?")
    await eventually(lambda: answered(service, chat.id))
    judged = await chat.post("feedback", {"position": 3, "useful": False, "comment": "Who pays?"})
    assert judged.status_code == 202
    assert judged.json() == judged.json() | {"type": "feedback", "position_judged": 3, "useful": False}
    assert (await state_of(service.log, chat.id)).failures == 1


async def test_what_is_no_answer_cannot_be_judged(client: httpx.AsyncClient) -> None:
    chat = await opened(client)
    assert problem(await chat.post("feedback", {"position": 1, "useful": True}), 409) == "nothing_to_judge"


async def test_a_person_is_asked_for_once(service: Service, client: httpx.AsyncClient) -> None:
    chat = await opened(client)
    first, again = await chat.post("escalate"), await chat.post("escalate")
    assert first.status_code == again.status_code == 202
    assert first.json()["event"]["type"] == "escalation"
    assert first.json()["event"]["text"] == "A colleague is on the way."
    assert again.json() == {"event": None}
    assert (await state_of(service.log, chat.id)).owner.held is Held.WAITING


async def test_a_closed_conversation_opens_again_with_the_next_message(
    service: Service, client: httpx.AsyncClient
) -> None:
    chat = await opened(client)
    closed = await chat.post("close")
    assert closed.json()["event"]["type"] == "resolved"
    assert closed.json()["event"]["by"] == "customer"
    assert (await chat.post("close")).json() == {"event": None}
    await chat.say("One more thing")
    await eventually(lambda: answered(service, chat.id))
    assert (await state_of(service.log, chat.id)).owner.held is Held.BOT


async def test_what_the_bot_owes_is_given_before_the_conversation_is_closed(
    service: Service, client: httpx.AsyncClient
) -> None:
    chat = await opened(client)
    await service.reception.receive(chat.id, "m1", "Can I return a lamp?")
    assert (await chat.post("close")).json()["event"]["position"] == 4


async def test_the_transcript_has_all_that_was_said_and_nothing_internal(
    service: Service, client: httpx.AsyncClient
) -> None:
    chat = await opened(client)
    await chat.say("Can I *return* a lamp?")
    await eventually(lambda: answered(service, chat.id))
    joined, reply = PersonJoined("zoe.martin", "Zoé"), ReplySent("zoe.martin", "Of course.", "Zoé")
    await service.log.append(chat.id, joined, Author.STAFF, None, now())
    await service.log.append(chat.id, reply, Author.STAFF, None, now())
    response = await chat.get("transcript")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["content-disposition"].startswith('attachment; filename="conversation-')
    text = response.text
    assert text.startswith("# Your conversation with Maison Tilleul\n")
    for said in ("Can I *return* a lamp?", "[1] Returns", "Zoé has joined the conversation.", "Of course."):
        assert said in text
    for internal in ("zoe.martin", "0.9", "candidates"):
        assert internal not in text


async def test_the_transcript_of_a_french_conversation_is_french(client: httpx.AsyncClient) -> None:
    chat = await opened(client, language="fr")
    assert (await chat.get("transcript")).text.startswith("# Votre conversation avec Maison Tilleul")


# Tokens


async def test_a_token_opens_no_other_conversation_whether_there_is_one_or_not(
    service: Service, client: httpx.AsyncClient
) -> None:
    mine, theirs = await opened(client), await opened(client)
    paths = ["transcript", "events"]
    for other in (theirs.id, "00000000-0000-0000-0000-000000000000"):
        for path in paths:
            refused = await client.get(f"/api/v1/conversations/{other}/{path}", headers=mine.headers)
            assert problem(refused, 403) == "not_this_conversation"
        for path in ("messages", "feedback", "escalate", "close", "identify"):
            body = {"client_id": "m", "text": "Hello", "position": 1, "useful": True, "identity": "x"}
            refused = await client.post(
                f"/api/v1/conversations/{other}/{path}", json=body, headers=mine.headers
            )
            assert problem(refused, 403) == "not_this_conversation"
    assert len(await service.log.read(theirs.id)) == 1


async def test_without_a_token_nothing_is_told(client: httpx.AsyncClient) -> None:
    chat = await opened(client)
    refused = await client.get(f"{chat.path}/transcript")
    assert problem(refused, 401) == "token_missing"
    assert refused.headers["www-authenticate"] == "Bearer"


async def test_a_forged_token_is_refused(client: httpx.AsyncClient) -> None:
    chat = await opened(client)
    claims = {"iss": "comptoir", "aud": "comptoir/conversation", "sub": chat.id, "site": "shop", "exp": 2**40}
    forged = [
        jwt.encode(claims, "another secret that is long enough, too", "HS256"),
        jwt.encode(claims, None, "none"),
        jwt.encode(
            claims | {"aud": "something else"}, "a secret of the tests, long enough to be one", "HS256"
        ),
        "not a token",
        "é",
    ]
    for token in forged:
        headers = {"Authorization": f"Bearer {token}".encode()}
        refused = await client.get(f"{chat.path}/transcript", headers=headers)
        assert problem(refused, 401) == "token_invalid"


async def test_an_old_token_is_refused_with_the_way_out(tmp_path: Path) -> None:
    moment = now()
    settings = web_settings(tmp_path, token_days=30)
    async with a_service(settings, clock=lambda: moment) as service, indoors(service) as client:
        chat = await opened(client)
        moment += timedelta(days=29)
        assert (await chat.get("transcript")).status_code == 200
        moment += timedelta(days=1)
        assert problem(await chat.get("transcript"), 401) == "token_expired"


async def test_a_conversation_that_is_gone_is_told_as_gone(
    service: Service, client: httpx.AsyncClient
) -> None:
    """As when an old backup was put back."""
    token = make_door(service).tokens.issue(Visit("gone", "shop")).token
    chat = Chat(client, "gone", token)
    for refused in (await chat.say("Hello"), await chat.get("transcript"), await chat.get("events")):
        assert problem(refused, 404) == "conversation_unknown"


# Customers who signed in


async def test_the_shop_vouches_for_its_customer(service: Service, client: httpx.AsyncClient) -> None:
    chat = await opened(client, identity=an_identity(name="Ana", email="ana@shop.example"))
    customer = (await state_of(service.log, chat.id)).customer
    assert customer == Customer("customer 7", "Ana", "ana@shop.example")


async def test_who_signs_in_later_keeps_the_conversation(service: Service, client: httpx.AsyncClient) -> None:
    chat = await opened(client)
    for _ in range(2):
        assert (await chat.post("identify", {"identity": an_identity()})).status_code == 204
    assert (await state_of(service.log, chat.id)).customer == Customer("customer 7")
    assert len(await service.log.read(chat.id)) == 2


async def test_a_conversation_is_never_given_to_another_customer(client: httpx.AsyncClient) -> None:
    chat = await opened(client, identity=an_identity())
    refused = await chat.post("identify", {"identity": an_identity(sub="customer 8")})
    assert problem(refused, 409) == "another_customer"


@pytest.mark.parametrize(
    ("identity", "code"),
    [
        (an_identity("another secret, which is long enough too"), "identity_invalid"),
        (an_identity(sub=None), "identity_invalid"),
        (an_identity(sub=""), "identity_invalid"),
        (an_identity(sub=7), "identity_invalid"),
        (an_identity(exp=None), "identity_invalid"),
        (an_identity(exp=now() + timedelta(days=3)), "identity_invalid"),
        (an_identity(name="x" * 201), "identity_invalid"),
        (an_identity(name="Ana\nAdmin"), "identity_invalid"),
        ("no.token.atall", "identity_invalid"),
        (an_identity(exp=now() - timedelta(minutes=5)), "identity_expired"),
    ],
)
async def test_what_the_shop_did_not_sign_for_now_is_refused(
    client: httpx.AsyncClient, identity: str, code: str
) -> None:
    body = {"site": "shop", "identity": identity}
    assert problem(await client.post("/api/v1/conversations", json=body), 401) == code
    chat = await opened(client)
    assert problem(await chat.post("identify", {"identity": identity}), 401) == code


async def test_a_site_without_a_secret_believes_nobody(client: httpx.AsyncClient) -> None:
    body = {"site": "outlet", "identity": an_identity(SITE_SECRET)}
    refused = await client.post("/api/v1/conversations", json=body)
    assert problem(refused, 401) == "identity_not_offered"


# Pages


async def test_a_page_of_the_site_may_talk(client: httpx.AsyncClient) -> None:
    client.headers["Origin"] = SHOP
    chat = await opened(client)
    response = await chat.say("Hello")
    assert response.headers["access-control-allow-origin"] == SHOP
    assert "Origin" in response.headers["vary"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://shop.example", "https://shop.example.evil.example", "null"]
)
async def test_another_page_may_not(client: httpx.AsyncClient, origin: str) -> None:
    refused = await client.post("/api/v1/conversations", json={"site": "shop"}, headers={"Origin": origin})
    assert problem(refused, 403) == "origin_not_allowed"
    assert "access-control-allow-origin" not in refused.headers
    chat = await opened(client)
    chat.headers["Origin"] = origin
    assert problem(await chat.say("Hello"), 403) == "origin_not_allowed"
    assert problem(await chat.get("events"), 403) == "origin_not_allowed"


async def test_a_page_of_one_site_may_not_talk_for_another(client: httpx.AsyncClient) -> None:
    headers = {"Origin": "https://outlet.example"}
    refused = await client.post("/api/v1/conversations", json={"site": "shop"}, headers=headers)
    assert problem(refused, 403) == "origin_not_allowed"
    chat = await opened(client)
    chat.headers |= headers
    assert problem(await chat.say("Hello"), 403) == "origin_not_allowed"


async def test_our_own_pages_always_may(client: httpx.AsyncClient) -> None:
    client.headers["Origin"] = "http://door"
    assert (await (await opened(client)).say("Hello")).status_code == 202


async def test_a_browser_asks_first_whether_it_may(client: httpx.AsyncClient) -> None:
    asked = {"Origin": SHOP, "Access-Control-Request-Method": "POST"}
    allowed = await client.options("/api/v1/conversations/x/messages", headers=asked)
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == SHOP
    assert "Authorization" in allowed.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in allowed.headers
    refused = await client.options(
        "/api/v1/conversations", headers=asked | {"Origin": "https://evil.example"}
    )
    assert problem(refused, 403) == "origin_not_allowed"
    assert "access-control-allow-origin" not in refused.headers


async def test_keys_have_no_business_in_a_browser(client: httpx.AsyncClient) -> None:
    asked = {"Origin": SHOP, "Access-Control-Request-Method": "POST"}
    refused = await client.options("/api/v1/ask", headers=asked)
    assert "access-control-allow-origin" not in refused.headers


async def test_a_site_that_is_not_there_is_told(client: httpx.AsyncClient) -> None:
    refused = await client.post("/api/v1/conversations", json={"site": "shpo"}, headers={"Origin": SHOP})
    assert problem(refused, 404) == "site_unknown"


async def test_the_customer_hears_of_an_answer_that_could_not_be_composed(tmp_path: Path) -> None:
    broken = ScriptedResponder(RuntimeError("the model is gone"))
    async with a_service(web_settings(tmp_path), broken) as service, indoors(service) as client:
        chat = await opened(client)
        await chat.say("Can I return a lamp?")
        await eventually(lambda: answered(service, chat.id))
        outcome = (await service.log.read(chat.id))[-1].event
        assert isinstance(outcome, OutcomeGiven)
        assert isinstance(outcome.outcome, Escalate)
        assert "the model is gone" not in (await chat.get("transcript")).text

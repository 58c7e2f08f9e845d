"""The list of those who wait: what is in it, what is done to several at once, what is kept for later."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from html import unescape

import httpx
import pytest

from bot.conversation import Held
from bot.decisions import Priority
from bot.events import Customer
from connectors.assembly import Service
from escalation.ticket import Status, Ticket
from tests.console import Browser, escalated, words

CAMILLE = Customer("7", "Camille Durand", "camille@example.fr")


def listed(browser: Browser) -> list[str]:
    """The conversations in the list, from top to bottom."""
    return re.findall(r'<li class="ticket.*?data-conversation="([^"]+)"', browser.last.text)


async def ticket(service: Service, conversation: str) -> Ticket:
    found = await service.queue.of(conversation)
    assert found is not None
    return found


async def three(service: Service) -> list[str]:
    return [
        await escalated(service, "c1", "Où est ma lampe ?", customer=CAMILLE),
        await escalated(service, "c2", "Can I return it?"),
        await escalated(service, "c3", "It caught fire"),
    ]


async def test_the_list_says_who_why_and_since_when(service: Service, zoe: Browser) -> None:
    await three(service)
    await zoe.get("/queue")
    assert listed(zoe) == ["c1", "c2", "c3"]
    for said in ("Camille Durand", "Où est ma lampe ?", "Not sure enough", "Nobody has it"):
        assert said in zoe.text
    exactly = r'<time datetime="[^"]+\+00:00" title="\w+day \d+ \w+ \d{4} at [\d:]{8}">now</time>'
    assert re.search(exactly, zoe.last.text)


async def test_urgent_ones_come_first(service: Service, zoe: Browser) -> None:
    await three(service)
    agent = await service.roster.get("zoe")
    assert agent is not None
    await service.desk.prioritise("c3", agent, Priority.URGENT)
    await zoe.get("/queue")
    assert listed(zoe) == ["c3", "c1", "c2"]
    await zoe.get("/queue?order=newest")
    assert listed(zoe) == ["c3", "c2", "c1"]


async def test_lists_are_filters_in_the_address(service: Service, zoe: Browser) -> None:
    await three(service)
    await zoe.get("/account")
    await zoe.act("c1", "claim")
    await zoe.act("c2", "tag", tag="Returns")
    for query, shown in {
        "show=mine": ["c1"],
        "show=waiting": ["c2", "c3"],
        "tag=returns": ["c2"],
        "q=LAMPE": ["c1"],
        "owner=zoe": ["c1"],
        "owner=paul": [],
        "reason=low_confidence": ["c1", "c2", "c3"],
        "reason=frustrated": [],
        "reason=nonsense": ["c1", "c2", "c3"],
        "show=closed": [],
    }.items():
        await zoe.get(f"/queue?{query}")
        assert listed(zoe) == shown, query


async def test_the_side_counts(service: Service, zoe: Browser) -> None:
    await three(service)
    await zoe.get("/account")
    await zoe.act("c1", "claim")
    await zoe.get("/queue/side")
    for name, amount in (("All open", 3), ("Waiting", 2), ("Mine", 1), ("Put aside", 0)):
        assert f"{name} {amount}" in zoe.text


async def test_a_long_list_comes_in_parts(service: Service, zoe: Browser) -> None:
    for n in range(53):
        await escalated(service, f"c{n:02}")
    await zoe.get("/queue")
    assert len(listed(zoe)) == 50
    more = re.search(r'hx-get="/console(/queue/rows\?[^"]+)"', zoe.last.text)
    assert more
    await zoe.get(more[1].replace("&amp;", "&"))
    assert listed(zoe) == ["c50", "c51", "c52"]


async def test_several_are_claimed_at_once_and_given_back(
    service: Service, zoe: Browser, paul: Browser
) -> None:
    chosen = await three(service)
    await paul.act("c2", "claim")
    answer = await zoe.post("/queue/several", {"act": "claim", "conversation": chosen}, hx_request="true")
    assert "Done with 2 conversations. 1 could not be: a colleague has it" in words(answer)
    owners = [(await ticket(service, one)).claimed_by for one in chosen]
    assert owners == ["zoe", "paul", "zoe"]
    await take_back(zoe, answer.text)
    owners = [(await ticket(service, one)).claimed_by for one in chosen]
    assert owners == [None, "paul", None]


async def take_back(browser: Browser, toast: str) -> None:
    """What the link in the note does."""
    action = re.search(r'action="/console([^"]+)"', toast)
    assert action, toast
    hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', toast)
    fields = {name: unescape(value) for name, value in hidden if name != "token"}
    answer = await browser.post(action[1], fields, hx_request="true")
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("assign", {"to": "paul"}),
        ("transfer", {"team": "orders"}),
        ("snooze", {"later": "tomorrow"}),
        ("tag", {"tag": "parcel"}),
        ("priority", {"priority": "urgent"}),
        ("spam", {}),
        ("resolve", {}),
    ],
)
async def test_what_is_done_to_several_is_taken_back_from_all(
    service: Service, zoe: Browser, act: str, fields: dict[str, str]
) -> None:
    chosen = await three(service)
    agent = await service.roster.get("zoe")
    assert agent is not None
    for conversation in chosen:
        await service.desk.transfer(conversation, agent, "support")
    before = [_what_counts(await ticket(service, one)) for one in chosen]
    sent = {"act": act, "conversation": chosen, **fields}
    answer = await zoe.post("/queue/several", sent, hx_request="true")
    during = [_what_counts(await ticket(service, one)) for one in chosen]
    assert all(now != then for now, then in zip(during, before, strict=True))
    await take_back(zoe, answer.text)
    assert [_what_counts(await ticket(service, one)) for one in chosen] == before


def _what_counts(one: Ticket) -> Sequence[object]:
    return (one.status, one.claimed_by, one.team, one.is_snoozed, one.tags, one.priority)


async def test_conversations_of_one_customer_become_one(service: Service, zoe: Browser) -> None:
    first = await escalated(service, "c1", "Where is it?", customer=CAMILLE)
    second = await escalated(service, "c2", "Hello? Where is it?", customer=CAMILLE)
    other = await escalated(service, "c3", "Somebody else's")
    answer = await merged(zoe, second, other)
    assert "1 could not be" in words(answer)
    answer = await merged(zoe, second, first)
    assert (await ticket(service, second)).merged_into == first
    assert (await ticket(service, first)).status is Status.OPEN
    await take_back(zoe, answer.text)
    assert (await ticket(service, second)).status is Status.OPEN


async def merged(browser: Browser, *conversations: str) -> httpx.Response:
    sent = {"act": "merge", "conversation": list(conversations)}
    return await browser.post("/queue/several", sent, hx_request="true")


async def test_an_undo_may_do_no_more_than_its_sender(service: Service, paul: Browser) -> None:
    """What it takes back is in the form: whoever writes another form has their own rights only."""
    await escalated(service, "c1")
    zoe = await service.roster.get("zoe")
    assert zoe is not None
    await service.desk.claim("c1", zoe)
    steps = '[{"path": "/conversations/c1/release", "fields": {}}]'
    answer = await paul.post("/queue/undo", {"steps": steps}, hx_request="true")
    assert "1 could not be" in words(answer)
    assert (await service.log.state("c1")).owner.name == "zoe"
    for nonsense in (
        "",
        "[]x",
        '[{"path": "/../../x"}]',
        '[{"path": "/conversations/c1/claim", "fields": 3}]',
    ):
        assert (await paul.post("/queue/undo", {"steps": nonsense}, hx_request="true")).status_code == 422


async def test_a_list_is_saved_under_a_name(service: Service, zoe: Browser, paul: Browser) -> None:
    await escalated(service, "c1")
    await zoe.post("/views", {"name": "Returns", "query": "tag=returns&nonsense=1", "shared": "1"})
    await zoe.post("/views", {"name": "For me", "query": "show=mine"})
    await paul.get("/queue")
    assert "Returns" in paul.text
    assert "For me" not in paul.text
    (view, _) = sorted(await service.console.views.of("zoe"), key=lambda view: view.name, reverse=True)
    assert view.query == "tag=returns"
    refused = await paul.post("/views/remove", {"id": view.id})
    assert refused.status_code == 403
    answer = await zoe.post("/views/remove", {"id": view.id}, hx_request="true")
    await take_back(zoe, answer.text)
    assert [one.name for one in await service.console.views.of("paul")] == ["Returns"]


async def test_put_aside_until_a_moment_of_ones_own_clock(service: Service, zoe: Browser) -> None:
    await escalated(service, "c1")
    zoe.client.cookies.set("comptoir_zone", "America/Montreal", path="/console")
    answer = await zoe.act("c1", "snooze", later="moment", at="2027-02-03T10:30")
    assert answer.status_code == 200, answer.text
    assert (await ticket(service, "c1")).snoozed_until == datetime(2027, 2, 3, 15, 30, tzinfo=UTC)
    await zoe.get("/queue")
    assert listed(zoe) == []
    await zoe.get("/queue?show=snoozed")
    assert listed(zoe) == ["c1"]


async def test_without_a_script_an_act_comes_back_to_the_page(service: Service, zoe: Browser) -> None:
    await escalated(service, "c1")
    answer = await zoe.post("/conversations/c1/claim", referer=f"{zoe.origin}/console/queue?show=waiting")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/queue?show=waiting")
    await zoe.get("/queue?show=waiting")
    assert "It is yours." in zoe.text
    assert 'action="/console/conversations/c1/back"' in zoe.last.text
    await zoe.get("/queue")
    assert "It is yours." not in zoe.text, "it is said once"


async def test_a_flash_of_somebody_elses_making_is_not_shown(zoe: Browser) -> None:
    zoe.client.cookies.set("comptoir_flash", "InlvdSB3b24i.made-up", path="/console")
    assert (await zoe.get("/queue")).status_code == 200
    assert "you won" not in zoe.text


async def test_on_and_off_duty(service: Service, zoe: Browser) -> None:
    answer = await zoe.post("/duty", {"on": "false"}, hx_request="true")
    agent = await service.roster.get("zoe")
    assert agent is not None
    assert not agent.on_duty
    await take_back(zoe, answer.text)
    agent = await service.roster.get("zoe")
    assert agent is not None
    assert agent.on_duty


async def test_conversations_are_found_by_words(service: Service, zoe: Browser) -> None:
    await three(service)
    await zoe.get("/find?q=camille")
    assert [one["to"] for one in zoe.last.json()] == ["/console/conversations/c1"]
    await zoe.get("/find?q=caught")
    assert [one["to"] for one in zoe.last.json()] == ["/console/conversations/c3"]
    await zoe.get("/find?q=")
    assert zoe.last.json() == []


async def test_the_bots_conversations_are_found_and_taken_over(service: Service, zoe: Browser) -> None:
    await service.reception.open("c9", "en", "widget", "shop")
    await zoe.get("/conversations/c9")
    assert "With the assistant" in zoe.text
    await zoe.act("c9", "claim")
    assert (await service.log.state("c9")).owner.held is Held.PERSON

"""Whatever somebody does here by mistake, there is a way out of it: each address that changes something says
which, and each undo is pressed here."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio

from bot.conversation import BOT, WAITING, person
from bot.events import Author, ConversationOpened, Customer, MessageReceived, OutcomeGiven
from connectors.assembly import Service
from connectors.console.app import ROOMS
from connectors.console.enrolment import enrol
from connectors.console.routing import Way
from escalation.roster import Role
from knowledge.entries import Article, Audience
from knowledge.versions import Change
from tests.builders import an_agent, an_answer
from tests.console import Browser, a_link, an_office, escalated, hired, take_back, words
from tests.web import indoors

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHANGING = {address.path: address for room in ROOMS for address in room if address.method == "POST"}
LONG = "".join(f"{n} lamps, " for n in range(1200))[:10_000]
"""More than a note on the next page can keep."""


@dataclass(frozen=True, slots=True)
class Office:
    service: Service
    ada: Browser
    zoe: Browser
    paul: Browser


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    async with an_office(tmp_path_factory.mktemp("ways")) as service, indoors(service) as client:
        browsers = {}
        for name, role in (("ada", Role.ADMIN), ("zoe", Role.LEAD), ("paul", Role.AGENT)):
            await hired(service, name, role)
            browsers[name] = Browser(client)
            await browsers[name].sign_in(name)
        yield Office(service, **browsers)


def ways(way: Way) -> set[str]:
    return {path for path, address in CHANGING.items() if address.way is way}


async def test_every_address_that_changes_something_says_how_one_gets_out_again() -> None:
    assert {path for path, address in CHANGING.items() if address.way is None} == set()
    assert ways(Way.UNDO) == set(STORIES), "each with its story below"
    assert ways(Way.BACK) == {"/queue/undo", "/conversations/{id}/back", "/knowledge/answered-by/undo"}
    assert ways(Way.HELD) == {"/conversations/{id}/reply", "/conversations/{id}/note"}, "seen in a browser"


@pytest.mark.parametrize("path", sorted(ways(Way.SURE)))
async def test_what_cannot_be_taken_back_is_asked_first(office: Office, path: str) -> None:
    await escalated(office.service, f"asked{path.count('/')}{len(path)}")
    answer = await office.ada.post(path.replace("{id}", f"asked{path.count('/')}{len(path)}"))
    assert answer.status_code == 422
    assert "This cannot be taken back: it is asked first." in words(answer)


async def test_the_question_stands_where_the_button_is(office: Office) -> None:
    """Conflicts with files are asked about where they are made: test_knowledge.py."""
    elsewhere = Browser(office.ada.client)
    await elsewhere.sign_in("ada")
    await escalated(office.service, "answered")
    await office.ada.act("answered", "claim")
    await office.ada.act("answered", "reply", text="Tomorow.", client_id="answered")
    asked = set()
    for page in ("/account", "/people", "/conversations/answered"):
        shown = await office.ada.get(page)
        for action, inside in re.findall(
            r'<form[^>]*action="/console([^"]*)"[^>]*>(.*?)</form>', shown.text, re.S
        ):
            path = action.replace("/answered/", "/{id}/")
            if path in ways(Way.SURE):
                assert 'name="sure"' in inside, path
                asked.add(path)
    assert asked == ways(Way.SURE) - {"/knowledge/settle"}


async def test_what_is_asked_first_is_not_done_to_several_at_once(office: Office) -> None:
    await escalated(office.service, "several")
    sent = {"conversation": ["several"], "act": "withdraw-reply"}
    assert (await office.ada.post("/queue/several", sent, hx_request="true")).status_code == 404


async def test_who_cannot_come_back_alone_is_asked_before_they_leave(office: Office) -> None:
    """They came by a one-time link and have no password yet."""
    agent = an_agent("nina")
    await enrol(office.service.console, office.service.roster, agent, office.service.clock())
    nina = Browser(office.ada.client)
    link = (await a_link(office.service, "nina")).removeprefix("/console")
    await nina.get(link)
    await nina.post(link)
    await nina.get("/account")
    answer = await nina.post("/sign-out")
    assert answer.headers["location"] == "/console/account"
    await nina.get("/account")
    assert "Without a password you need a new link" in nina.text
    await nina.post("/sign-out", {"sure": "1"})
    assert (await nina.get("/account")).status_code == 303


# The undo of each address


Story = Callable[[Office], Awaitable[None]]
STORIES: dict[str, Story] = {}


def undoes(path: str) -> Callable[[Story], Story]:
    def tell(story: Story) -> Story:
        STORIES[path] = story
        return story

    return tell


async def done(browser: Browser, path: str, fields: dict[str, Any]) -> httpx.Response:
    """What is shown after it was sent as the page sends it: by script, or as a form that leads on."""
    answer = await browser.post(path, fields)
    assert answer.status_code == 303, answer.text
    while answer.is_redirect:
        answer = await browser.get(answer.headers["location"].removeprefix("/console"))
    return answer


ACTS: dict[str, tuple[Sequence[str], dict[str, str]]] = {
    "claim": ((), {}),
    "release": (("claim",), {}),
    "assign": ((), {"to": "zoe"}),
    "transfer": (("claim",), {"team": "orders"}),
    "hand-back": (("claim",), {}),
    "resolve": (("claim", "snooze"), {}),
    "spam": (("claim",), {}),
    "merge": (("claim",), {"into": "merge-into"}),
    "reopen": (("claim", "resolve"), {"mine": "1"}),
    "snooze": ((), {"later": "hour"}),
    "wake": (("snooze",), {}),
    "tag": ((), {"tag": "parcel"}),
    "untag": (("tag",), {"tag": "parcel"}),
    "priority": ((), {"priority": "urgent"}),
}
"""What was done before, and what it needs. An agent's: no right of a lead helps."""


async def standing(service: Service, conversation: str) -> Sequence[object]:
    ticket, state = await service.queue.of(conversation), await service.log.state(conversation)
    assert ticket is not None
    counts = (ticket.closed_how, ticket.snoozed_until, ticket.tags, ticket.priority, ticket.merged_into)
    return (state.owner, state.joined, ticket.team or "support", *counts)


def act_story(act: str) -> Story:
    async def story(office: Office) -> None:
        before_it, fields = ACTS[act]
        camille = Customer("7", "Camille Durand", "camille@example.fr")
        await escalated(office.service, act, customer=camille)
        if act == "merge":
            await escalated(office.service, "merge-into", customer=camille)
        for earlier in before_it:
            await office.paul.act(act, earlier, tag="parcel", later="tomorrow")
        before = await standing(office.service, act)
        answer = await office.paul.act(act, act, **fields)
        assert await standing(office.service, act) != before
        await take_back(office.paul, answer)
        assert await standing(office.service, act) == before

    return story


for _act in ACTS:
    STORIES[f"/conversations/{{id}}/{_act}"] = act_story(_act)


@undoes("/conversations/{id}/edit-reply")
async def _(office: Office) -> None:
    await escalated(office.service, "edited")
    await office.paul.act("edited", "claim")
    await office.paul.act("edited", "reply", text="It comes tomorrow.", client_id="edited")
    position = str((await office.service.log.state("edited")).position)
    answer = await office.paul.act("edited", "edit-reply", position=position, text="It comes on Monday.")
    await take_back(office.paul, answer)
    await office.paul.get("/conversations/edited")
    assert "It comes tomorrow." in office.paul.text


@undoes("/conversations/{id}/review")
async def _(office: Office) -> None:
    await escalated(office.service, "marked")
    marks = {"position": "3", "review": "wrong", "correction": LONG, "note": "as the law says"}
    await office.zoe.act("marked", "review", **marks)
    fields = {"position": "3", "review": "right", "then": "next"}
    await take_back(office.zoe, await done(office.zoe, "/conversations/marked/review", fields))
    (mark,) = await office.service.reviews.of("marked")
    assert (mark.review, mark.correction, mark.note) == ("wrong", LONG.strip(), "as the law says")


@undoes("/duty")
async def _(office: Office) -> None:
    answer = await office.paul.post("/duty", {"on": "false"}, hx_request="true")
    assert not await _on_duty(office, "paul")
    await take_back(office.paul, answer)
    assert await _on_duty(office, "paul")


async def _on_duty(office: Office, name: str) -> bool:
    agent = await office.service.roster.get(name)
    assert agent is not None
    return agent.on_duty


@undoes("/queue/several")
async def _(office: Office) -> None:
    chosen = [await escalated(office.service, f"several{n}") for n in range(3)]
    await office.paul.act(chosen[1], "tag", tag="parcel")
    before = [await standing(office.service, one) for one in chosen]
    for act, fields in (("tag", {"tag": "parcel"}), ("assign", {"to": "zoe"})):
        sent = {"act": act, "conversation": chosen, **fields}
        await take_back(office.paul, await office.paul.post("/queue/several", sent, hx_request="true"))
        assert [await standing(office.service, one) for one in chosen] == before, act


@undoes("/views")
async def _(office: Office) -> None:
    sent = {"name": "Returns", "query": "tag=returns"}
    await take_back(office.paul, await office.paul.post("/views", sent, hx_request="true"))
    assert not await office.service.console.views.of("paul")


@undoes("/views/remove")
async def _(office: Office) -> None:
    """An admin gives a list back to whoever it was taken from."""
    await office.zoe.post(
        "/views", {"name": "Returns", "query": "tag=returns", "shared": "1"}, hx_request="true"
    )
    (view,) = await office.service.console.views.of("zoe")
    await take_back(office.ada, await office.ada.post("/views/remove", {"id": view.id}, hx_request="true"))
    (again,) = await office.service.console.views.of("zoe")
    assert (again.account, again.name, again.query, again.shared) == ("zoe", "Returns", "tag=returns", True)


@undoes("/canned")
async def _(office: Office) -> None:
    records = office.service.console.canned
    first = {"title": "Has left", "text": LONG, "language": "en"}
    answer = await office.zoe.post("/canned", first, hx_request="true")
    (reply,) = await records.all()
    changed = {"id": reply.id, "title": "Left", "text": "Gone."}
    await take_back(office.zoe, await office.zoe.post("/canned", changed, hx_request="true"))
    (again,) = await records.all()
    assert (again.title, again.text, again.language) == ("Has left", LONG.strip(), "en")
    await take_back(office.zoe, answer)
    assert not await records.all()


@undoes("/canned/remove")
async def _(office: Office) -> None:
    records = office.service.console.canned
    await office.zoe.post("/canned", {"title": "Welcome", "text": LONG}, hx_request="true")
    (reply,) = await records.all()
    await take_back(office.zoe, await office.zoe.post("/canned/remove", {"id": reply.id}, hx_request="true"))
    (again,) = await records.all()
    assert (again.id, again.text) == (reply.id, LONG.strip())
    await records.remove(reply.id)


@undoes("/people")
async def _(office: Office) -> None:
    await take_back(office.ada, await office.ada.post("/people", {"name": "tom", "display": "Tom"}))
    tom = await office.service.roster.get("tom")
    assert tom is not None
    assert not tom.active


@undoes("/people/change")
async def _(office: Office) -> None:
    before = await office.service.roster.get("paul")
    changed = {"name": "paul", "display": "Pablo", "role": "lead", "teams": ["orders"]}
    page = await done(office.ada, "/people/change", changed)
    assert await office.service.roster.get("paul") != before
    await take_back(office.ada, page)
    assert await office.service.roster.get("paul") == before


@undoes("/people/leave")
async def _(office: Office) -> None:
    await hired(office.service, "lea")
    before = await office.service.roster.get("lea")
    await take_back(office.ada, await done(office.ada, "/people/leave", {"name": "lea"}))
    assert await office.service.roster.get("lea") == before


@undoes("/people/come-back")
async def _(office: Office) -> None:
    await hired(office.service, "max", active=False)
    await take_back(office.ada, await done(office.ada, "/people/come-back", {"name": "max"}))
    agent = await office.service.roster.get("max")
    assert agent is not None
    assert not agent.active


@undoes("/account")
async def _(office: Office) -> None:
    accounts = office.service.console.accounts
    liked = {"language": "fr", "theme": "dark", "sound": "true", "hold_seconds": "20"}
    await done(office.paul, "/account", liked)
    before = await accounts.get("paul")
    page = await done(office.paul, "/account", {"notifications": "true", "hold_seconds": "0"})
    assert await accounts.get("paul") != before
    await take_back(office.paul, page)
    assert await accounts.get("paul") == before
    await done(office.paul, "/account", {})


@undoes("/account/theme")
async def _(office: Office) -> None:
    await take_back(office.paul, await done(office.paul, "/account/theme", {"theme": "dark"}))
    account = await office.service.console.accounts.get("paul")
    assert account is not None
    assert account.preferences.theme == "system"


async def an_article(office: Office, id: str) -> dict[str, str]:
    """What a form says to change it."""
    article = Article(id, "Returns", "Within 30 days.", "en")
    made = await office.service.editor.create(article, Change(datetime.now(UTC), "zoe"))
    return {"id": id, "seen": made.content_hash, "title": "Returns", "language": "en", "audience": "public"}


async def text_of(office: Office, id: str) -> str | None:
    found = await office.service.entries.get([id], frozenset(Audience))
    return found[0].entry.text if found else None


@undoes("/knowledge/save")
async def _(office: Office) -> None:
    form = await an_article(office, "saved")
    page = await done(office.zoe, "/knowledge/save", form | {"text": LONG})
    assert await text_of(office, "saved") == LONG.strip()
    await take_back(office.zoe, page)
    assert await text_of(office, "saved") == "Within 30 days."
    new = {"title": "New here", "text": "Yes.", "language": "en", "audience": "public"}
    await take_back(office.zoe, await done(office.zoe, "/knowledge/save", new))
    assert await text_of(office, "new-here") is None


@undoes("/knowledge/remove")
async def _(office: Office) -> None:
    page = await done(office.zoe, "/knowledge/remove", await an_article(office, "removed"))
    assert await text_of(office, "removed") is None
    await take_back(office.zoe, page)
    assert await text_of(office, "removed") == "Within 30 days."


@undoes("/knowledge/restore")
async def _(office: Office) -> None:
    form = await an_article(office, "restored")
    await done(office.zoe, "/knowledge/save", form | {"text": "Within 60 days."})
    (found,) = await office.service.entries.get(["restored"], frozenset(Audience))
    fields = {"id": "restored", "number": "1", "seen": found.content_hash}
    page = await done(office.zoe, "/knowledge/restore", fields)
    assert await text_of(office, "restored") == "Within 30 days."
    await take_back(office.zoe, page)
    assert await text_of(office, "restored") == "Within 60 days."


@undoes("/knowledge/other-way")
async def _(office: Office) -> None:
    """And the undo of the undo, for whoever takes back too much."""
    await an_article(office, "returns")
    answered = OutcomeGiven(an_answer(), (2,), 0.7, {"understanding": {"kind": "question"}}, "en")
    log = office.service.log
    await log.open("ugly", ConversationOpened("en"), datetime.now(UTC))
    await log.append("ugly", MessageReceived("m", "It is ugly"), Author.CUSTOMER, None, datetime.now(UTC))
    await log.append("ugly", answered, Author.BOT, None, datetime.now(UTC))
    await office.zoe.act("ugly", "review", position="3", review="right")
    added = await office.zoe.post("/knowledge/other-way", {"answered": "ugly.3"}, hx_request="true")
    assert await ways_to_ask(office, "returns") == ("It is ugly",)
    back = await take_back(office.zoe, added)
    assert await ways_to_ask(office, "returns") == ()
    await take_back(office.zoe, back)
    assert await ways_to_ask(office, "returns") == ("It is ugly",)


@undoes("/knowledge/answered-by")
async def _(office: Office) -> None:
    await an_article(office, "meant")
    log = office.service.log
    trace = {"understanding": {"kind": "question"}}
    await log.open("vain", ConversationOpened("en"), datetime.now(UTC))
    await log.append("vain", MessageReceived("m", "It is odd"), Author.CUSTOMER, None, datetime.now(UTC))
    given = OutcomeGiven(an_answer(), (2,), 0.7, trace, "en")
    await log.append("vain", given, Author.BOT, None, datetime.now(UTC))
    (found,) = await office.service.entries.get(["meant"], frozenset(Audience))
    fields = {"entry": "meant", "seen": found.content_hash, "of": ["vain.3"]}
    page = await done(office.zoe, "/knowledge/answered-by", fields)
    assert await ways_to_ask(office, "meant") == ("It is odd",)
    await take_back(office.zoe, page)
    assert await ways_to_ask(office, "meant") == ()


async def ways_to_ask(office: Office, id: str) -> Sequence[str]:
    (found,) = await office.service.entries.get([id], frozenset(Audience))
    return found.entry.questions


@pytest.mark.parametrize("path", sorted(STORIES))
async def test_the_undo_undoes(office: Office, path: str) -> None:
    await STORIES[path](office)


async def test_the_assistant_has_again_what_was_taken_over_from_it(office: Office) -> None:
    await office.service.reception.open("taken", "en")
    await take_back(office.paul, await office.paul.act("taken", "claim"))
    assert (await office.service.log.state("taken")).owner == BOT


@pytest.mark.parametrize("act", ["release", "assign", "transfer", "hand-back", "resolve", "spam"])
async def test_a_colleague_has_again_what_a_lead_took_from_them(office: Office, act: str) -> None:
    conversation = await escalated(office.service, f"pauls {act}")
    await office.paul.act(conversation, "claim")
    answer = await office.zoe.act(conversation, act, to="zoe", team="orders")
    assert (await office.service.log.state(conversation)).owner != person("paul")
    await take_back(office.zoe, answer)
    assert (await office.service.log.state(conversation)).owner == person("paul")


async def test_who_waited_for_anybody_waits_again(office: Office) -> None:
    for act in ("hand-back", "resolve", "transfer"):
        conversation = await escalated(office.service, f"waits {act}")
        await take_back(office.paul, await office.paul.act(conversation, act, team="orders"))
        assert (await office.service.log.state(conversation)).owner == WAITING, act


async def test_what_others_did_since_is_not_taken_back_with_it(office: Office) -> None:
    """Not by a lead either, who might do so by hand."""
    await escalated(office.service, "come")
    given = await office.zoe.act("come", "assign", to="paul")
    await office.paul.act("come", "claim")
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', given.text)) | {"token": office.zoe.token}
    answer = await office.zoe.post("/conversations/come/back", fields, hx_request="true")
    assert answer.status_code == 409
    assert "More has happened to it since" in words(answer)
    assert (await office.service.log.state("come")).owner == person("paul")

"""One conversation: races that are lost cleanly, notes that stay inside, words that are not lost."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import httpx
import pytest

from bot.conversation import Held
from bot.decisions import Answer
from bot.events import Author, Customer, Measure, NoteWritten, ReplySent, ServiceLevelWarned
from bot.log import state_of
from connectors.assembly import Service
from connectors.console.canned_replies import CannedReply
from connectors.console.drafts import Kind
from knowledge.entries import Audience, Resource, ResourceKind
from knowledge.versions import Change
from tests.builders import an_answer, an_escalation
from tests.connectors.console.test_queue import take_back
from tests.console import Browser, an_office, escalated, hired, words
from tests.web import indoors, opened, serving

CAMILLE = Customer("7", "Camille Durand", "camille@example.fr")


async def owner(service: Service, conversation: str = "c1") -> str:
    return str((await service.log.state(conversation)).owner)


async def test_of_two_who_claim_one_has_it_and_the_other_learns_who(
    service: Service, zoe: Browser, paul: Browser
) -> None:
    await escalated(service, "c1")
    answers = await asyncio.gather(zoe.act("c1", "claim"), paul.act("c1", "claim"))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    winner = await owner(service)
    lost = next(answer for answer in answers if answer.status_code == 409)
    name = {"zoe": "Zoé Le Goff", "paul": "Paul Martin"}[winner]
    assert re.search(rf"{name} has it since \d\d:\d\d\.", words(lost))
    assert lost.headers["hx-retarget"] == "#toasts"
    assert lost.headers["hx-trigger"] == "comptoir:refresh", "the page shows how it stands now"


async def test_a_reply_into_somebody_elses_conversation_is_not_sent(
    service: Service, zoe: Browser, paul: Browser
) -> None:
    await escalated(service, "c1")
    await paul.act("c1", "claim")
    await paul.act("c1", "draft", kind="reply", text="Hello, I am Paul")
    await zoe.act("c1", "assign", to="zoe")
    answer = await paul.act("c1", "reply", text="Hello, I am Paul", client_id="r1")
    assert answer.status_code == 409
    assert "Zoé Le Goff has it since" in words(answer)
    assert not any(isinstance(one.event, ReplySent) for one in await service.log.read("c1"))
    assert (await service.console.drafts.of("paul", "c1"))[Kind.REPLY].text == "Hello, I am Paul"


async def test_a_reply_that_is_sent_twice_is_sent_once(service: Service, zoe: Browser) -> None:
    await escalated(service, "c1", customer=CAMILLE)
    await zoe.act("c1", "claim")
    for _ in range(2):
        answer = await zoe.act("c1", "reply", text="Bonjour **Camille** !", client_id="r1")
        assert "Sent to Camille Durand." in words(answer)
    replies = [one.event for one in await service.log.read("c1") if isinstance(one.event, ReplySent)]
    assert [reply.text for reply in replies] == ["Bonjour **Camille** !"]


async def test_a_reply_is_edited_and_withdrawn_where_it_stands(
    service: Service, zoe: Browser, paul: Browser
) -> None:
    await escalated(service, "c1")
    await paul.act("c1", "claim")
    await paul.act("c1", "reply", text="It comes tomorow.", client_id="r1")
    position = str((await service.log.state("c1")).position)
    await paul.get("/conversations/c1")
    assert "Edit or withdraw" in paul.text
    answer = await paul.act("c1", "edit-reply", position=position, text="It comes **tomorrow**.")
    assert "the customer reads it so now" in words(answer)
    await paul.get("/conversations/c1")
    at = paul.text.index("comes tomorrow")
    assert "edited" in paul.text[at - 60 : at], paul.text[at - 90 : at + 60]
    assert "Paul Martin edited a reply of Paul Martin." in paul.text
    answer = await paul.act("c1", "edit-reply", position=position, text="Dear {{first_name}}")
    assert answer.status_code == 422
    await zoe.act("c1", "assign", to="zoe")
    answer = await paul.act("c1", "withdraw-reply", position=position, sure="1")
    assert answer.status_code == 409
    assert "Zoé Le Goff has it since" in words(answer)
    await paul.get("/conversations/c1")
    assert "Edit or withdraw" not in paul.text
    await zoe.act("c1", "withdraw-reply", position=position, sure="1")  # a lead may
    await zoe.get("/conversations/c1")
    assert "withdrawn: the customer does not see it" in zoe.text
    assert "Edit or withdraw" not in zoe.text


async def test_send_and_resolve_waits_for_nobody_who_writes_meanwhile(service: Service, zoe: Browser) -> None:
    await escalated(service, "c1")
    await zoe.act("c1", "claim")
    answer = await zoe.act("c1", "reply", text="All settled.", client_id="r1", then="resolve")
    assert "and resolved" in words(answer)
    assert await owner(service) == Held.NOBODY.value
    await take_back(zoe, answer.text)
    assert await owner(service) == "zoe"


async def test_handed_back_the_assistant_answers_what_was_left(tmp_path: object) -> None:
    async with an_office(tmp_path, an_escalation(), an_answer("In the help centre. [1]")) as service:
        await hired(service, "zoe")
        async with indoors(service) as client:
            zoe = Browser(client)
            await zoe.sign_in("zoe")
            await escalated(service, "c1")
            await zoe.act("c1", "claim")
            await service.reception.receive("c1", "m2", "And where is that?")
            await zoe.act("c1", "hand-back")
            async with asyncio.timeout(20):
                while (await service.log.state("c1")).unanswered:  # noqa: ASYNC110 - nothing else tells
                    await asyncio.sleep(0.02)
            outcome = (await service.log.state("c1")).last_outcome
            assert outcome is not None
            assert isinstance(outcome.outcome, Answer)


async def test_notes_are_seen_by_colleagues(service: Service, zoe: Browser, paul: Browser) -> None:
    await escalated(service, "c1")
    await zoe.act("c1", "note", text="Third broken pan *this month*", client_id="n1")
    await paul.get("/conversations/c1")
    assert "only your team sees this now Third broken pan this month" in paul.text


SECRET = "wombat-and-only-for-us"


async def test_a_note_never_reaches_a_customer(tmp_path: object) -> None:
    """Through none of the doors: not the stream, live or replayed, not the transcript, not the API."""
    async with an_office(tmp_path) as service, serving(service) as client:
        await hired(service, "zoe")
        zoe = Browser(client)
        await zoe.sign_in("zoe")
        chat = await opened(client)
        heard: list[bytes] = []
        async with chat.follow() as live:
            await chat.say("Where is my lamp?")
            await live.until("escalation")
            await zoe.act(chat.id, "note", text=f"{SECRET} before", client_id="n1")
            await zoe.act(chat.id, "claim")
            await zoe.act(chat.id, "draft", kind="note", text=f"{SECRET} drafted")
            await zoe.act(chat.id, "preview", text=f"{SECRET} previewed")
            await zoe.act(chat.id, "typing")
            await zoe.act(chat.id, "note", text=f"{SECRET} after", client_id="n2")
            await zoe.act(chat.id, "tag", tag=SECRET)
            await zoe.act(chat.id, "reply", text="It is on its way.", client_id="r1")
            await live.until("reply")
            heard += [str(event.data).encode() for event in live.seen]
        async with chat.follow(after=0) as replayed:
            await replayed.until("caught_up")
            heard += [str(event.data).encode() for event in replayed.seen]
        for answer in (
            await chat.get("transcript"),
            await chat.say("Thank you", "m2"),
            await chat.post("feedback", {"position": 2, "useful": True}),
            await chat.post("close"),
            await chat.get("transcript"),
        ):
            heard.append(answer.content)
        notes = [one.event for one in await service.log.read(chat.id) if isinstance(one.event, NoteWritten)]
        assert len(notes) == 2
        assert b"It is on its way." in b"".join(heard)
        assert SECRET.encode() not in b"".join(heard)
        assert b"zoe" not in b"".join(heard), "nor does the name of an account"


async def test_what_a_customer_writes_is_shown_as_it_is(service: Service, zoe: Browser) -> None:
    hostile = '<img src=x onerror=alert(1)> **not bold** [link](javascript:alert(2))\n"quoted" & {{ 7 * 7 }}'
    await escalated(service, "c1", hostile, customer=Customer("7", "<b>Camille</b>", "c@d.fr"))
    page = await zoe.get("/conversations/c1")
    assert "<img" not in page.text
    assert "<b>" not in page.text
    assert 'href="javascript' not in page.text
    assert "**not bold** [link](javascript:alert(2))" in zoe.text
    assert "{{ 7 * 7 }}" in zoe.text
    await zoe.act("c1", "claim")
    await zoe.act("c1", "reply", text="<script>alert(3)</script> [x](javascript:alert(4)) **bold**")
    page = await zoe.get("/conversations/c1")
    assert "<script>alert" not in page.text
    assert 'href="javascript' not in page.text
    assert "<strong>bold</strong>" in page.text


async def test_a_trace_is_opened_beside_its_answer(service: Service, zoe: Browser) -> None:
    await escalated(service, "c1")
    await zoe.get("/conversations/c1/trace/3")
    assert "Confidence 90%" in zoe.text
    assert "Returns" in zoe.text
    assert (await zoe.get("/conversations/c1/trace/2")).status_code == 404
    assert (await zoe.get("/conversations/c1/trace/x")).status_code == 404


async def test_the_evidence_says_why_and_what_is_known(service: Service, zoe: Browser) -> None:
    await escalated(service, "c0", "An older question", customer=CAMILLE)
    await escalated(service, "c1", "Where is my lamp?", customer=CAMILLE)
    await zoe.get("/conversations/c1/evidence")
    assert "Why it came to you Not sure enough" in zoe.text
    assert "Where is my lamp?" in zoe.text
    assert "Earlier conversations An older question" in zoe.text


async def test_evidence_of_what_never_came_to_people(service: Service, zoe: Browser) -> None:
    await service.reception.open("c9", "en", "widget", "shop")
    await zoe.get("/conversations/c9/evidence")
    assert "it never came to people" in zoe.text


async def test_drafts_come_back_each_in_its_place(service: Service, zoe: Browser, paul: Browser) -> None:
    await escalated(service, "c1")
    await zoe.act("c1", "draft", kind="reply", text="Dear <Camille>")
    await zoe.act("c1", "draft", kind="note", text="Ask logistics")
    page = (await zoe.get("/conversations/c1")).text
    assert "Dear &lt;Camille&gt;</textarea>" in page
    assert 'id="note-draft">Ask logistics</template>' in page
    assert "Dear" not in (await paul.get("/conversations/c1")).text
    await zoe.act("c1", "claim")
    await zoe.act("c1", "reply", text="Dear Camille", client_id="r1")
    page = (await zoe.get("/conversations/c1")).text
    assert "Dear &lt;" not in page
    assert "Ask logistics</template>" in page, "the note is still to be written"


async def test_canned_replies_know_the_customer(service: Service, zoe: Browser) -> None:
    await escalated(service, "c1", customer=CAMILLE)
    canned = service.console.canned
    await canned.save(CannedReply("1", "Hello", "Hello {{first_name}}, {{agent}} here: {{order}}", "en"))
    await canned.save(CannedReply("2", "Bonjour", "Bonjour {{first_name}}", "fr"))
    await zoe.get("/conversations/c1/canned")
    assert "Hello Camille, Zoé Le Goff here: {{order}}" in zoe.text
    assert zoe.text.index("Hello Camille") < zoe.text.index("Bonjour Camille"), (
        "the customer's language first"
    )


async def test_a_resource_is_inserted_with_where_it_leads(service: Service, zoe: Browser) -> None:
    """A page as a link, a number to be read; one for colleagues in notes only."""
    change = Change(datetime.now(UTC), "zoe")
    phone = Resource("res#phone", "Parcel line", "Parcel help.", "en", ResourceKind.PHONE, "+33 1 23 45")
    for resource in (
        Resource(
            "res#track", "Track a parcel", "Parcel page.", "en", ResourceKind.PAGE, "https://shop.example/t"
        ),
        phone,
        replace(phone, id="res#carrier", title="Parcel carrier", target="+33 9", audience=Audience.INTERNAL),
    ):
        await service.editor.create(resource, change)
    await escalated(service, "c1")

    async def offered(writing: str) -> list[str]:
        page = await zoe.get(f"/conversations/c1/articles?q=parcel&writing={writing}")
        return [unescape(text).strip() for text in re.findall(r'data-insert="([^"]*)"', page.text)]

    public = {"[Track a parcel](https://shop.example/t)", "Parcel line: +33 1 23 45"}
    assert set(await offered("reply")) == public
    assert set(await offered("note")) == public | {"Parcel carrier: +33 9"}


async def test_a_reply_with_an_empty_place_is_not_sent(service: Service, zoe: Browser) -> None:
    await escalated(service, "c1")
    await zoe.act("c1", "claim")
    answer = await zoe.act("c1", "reply", text="Your order {{order}} is here", client_id="r1")
    assert answer.status_code == 422
    assert "Fill in {{order}} first." in words(answer)
    assert not any(isinstance(one.event, ReplySent) for one in await service.log.read("c1"))


@pytest.mark.parametrize("text", ["", "   \n", "x" * 20_001])
async def test_nothing_and_too_much_are_not_sent(service: Service, zoe: Browser, text: str) -> None:
    await escalated(service, "c1")
    await zoe.act("c1", "claim")
    for act in ("reply", "note"):
        assert (await zoe.act("c1", act, text=text)).status_code == 422


async def test_the_preview_is_what_the_customer_will_see(service: Service, zoe: Browser) -> None:
    await escalated(service, "c1")
    answer = await zoe.act("c1", "preview", text="**Yes**, see https://shop.example/x <b>no</b>")
    assert "<strong>Yes</strong>" in answer.text
    assert 'href="https://shop.example/x"' in answer.text
    assert "<b>" not in answer.text


async def test_a_long_conversation_shows_its_end_first(service: Service, zoe: Browser) -> None:
    await escalated(service, "c1")
    for n in range(210):
        await service.reception.receive("c1", f"x{n}", f"line {n}")
    page = (await zoe.get("/conversations/c1")).text
    assert "line 209" in page
    assert "line 1<" not in page
    assert "Show 12 earlier lines" in zoe.text
    assert "line 1<" in (await zoe.get("/conversations/c1?all=1")).text


async def test_an_agent_does_not_take_from_a_colleague(service: Service, zoe: Browser, paul: Browser) -> None:
    await escalated(service, "c1")
    await zoe.act("c1", "claim")
    for act, fields in (("release", {}), ("resolve", {}), ("assign", {"to": "paul"}), ("spam", {})):
        answer = await paul.act("c1", act, **fields)
        assert answer.status_code == 409, act
        assert "Zoé Le Goff has it since" in words(answer)
    assert await owner(service) == "zoe"


async def test_a_lead_takes_it_from_a_colleague(service: Service, zoe: Browser, paul: Browser) -> None:
    await escalated(service, "c1")
    await paul.act("c1", "claim")
    answer = await zoe.act("c1", "assign", to="zoe")
    assert await owner(service) == "zoe"
    await take_back(zoe, answer.text)
    assert await owner(service) == "paul"


async def test_who_is_given_a_conversation_sees_so_and_takes_it(
    service: Service, zoe: Browser, paul: Browser
) -> None:
    await escalated(service, "c1")
    await zoe.act("c1", "assign", to="paul")
    await zoe.get("/conversations/c1")
    assert "Given to Paul Martin" in zoe.text
    await paul.get("/conversations/c1")
    assert "Given to you" in paul.text
    assert "Zoé Le Goff gave it to Paul Martin." in paul.text
    assert "c1" in (await paul.get("/queue?show=mine")).text
    assert (await state_of(service.log, "c1")).is_waiting
    await paul.act("c1", "claim")
    await paul.get("/conversations/c1")
    assert "Given to you" not in paul.text
    assert not (await state_of(service.log, "c1")).is_waiting


async def test_typing_is_told_to_the_customer_by_the_owner_only(tmp_path: object) -> None:
    async with an_office(tmp_path) as service, serving(service) as client:
        await hired(service, "zoe", display="Zoé Le Goff")
        await hired(service, "paul", display="Paul Martin")
        zoe, paul = Browser(client), Browser(client)
        await zoe.sign_in("zoe")
        await paul.sign_in("paul")
        chat = await opened(client)
        async with chat.follow() as live:
            await chat.say("Hello")
            await live.until("escalation")
            await zoe.act(chat.id, "claim")
            await live.until("person_joined")
            await paul.act(chat.id, "typing")
            await zoe.act(chat.id, "typing")
            assert (await live.until("typing")).data == {"name": "Zoé Le Goff"}


async def test_a_note_tells_what_is_given_to_oneself_and_what_will_be_late(tmp_path: object) -> None:
    async with an_office(tmp_path) as service, serving(service) as client:
        await hired(service, "zoe", display="Zoé Le Goff")
        await hired(service, "paul", display="Paul Martin")
        zoe, paul = Browser(client), Browser(client)
        await zoe.sign_in("zoe")
        await paul.sign_in("paul")
        assert (await paul.post("/account", {"notifications": "true", "hold_seconds": "0"})).status_code < 400
        await escalated(service, "c1")
        due = service.clock() + timedelta(minutes=5)
        async with paul.client.stream("GET", "/console/live") as live:
            lines = live.aiter_lines()
            assert "here" in await anext(lines)
            await zoe.act("c1", "assign", to="paul")
            warned = ServiceLevelWarned(Measure.FIRST_RESPONSE, due)
            await service.log.append("c1", warned, Author.SYSTEM, None, service.clock())
            told = [line async for line in _news(lines, 2)]
        assert told[0].startswith("Given to you · ")
        assert told[1].startswith("Due soon: First response · ")


async def _news(lines: AsyncIterator[str], number: int) -> AsyncIterator[str]:
    """The titles of so many notes."""
    async for line in lines:
        if line == "event: news":
            yield json.loads((await anext(lines)).removeprefix("data: "))["title"]
            number -= 1
        if not number:
            return


async def test_a_page_asked_for_by_script_is_only_its_part(service: Service, zoe: Browser) -> None:
    await escalated(service, "c1")
    part: httpx.Response = await zoe.get("/conversations/c1", hx_request="true", hx_target="section#work")
    assert "<html" not in part.text
    assert 'id="work"' in part.text
    assert 'id="list"' not in part.text
    assert "<title>" in part.text

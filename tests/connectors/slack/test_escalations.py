"""Colleagues take escalations over in Slack, beside others who do so in the console."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.conversation import BOT, NOBODY, WAITING, person
from bot.events import (
    ConversationResolved,
    HandedBack,
    NoteWritten,
    PersonAssigned,
    PersonJoined,
    Released,
    ReplySent,
    Snoozed,
    Transferred,
)
from tests.connectors.slack.conftest import HELP, NEMO, ORDERS, PAUL, ZOE, Place, a_place
from tests.slack_server import element_of, text_of, until
from tests.web import opened

pytestmark = pytest.mark.asyncio(loop_scope="session")


def buttons(card: dict[str, object]) -> list[str]:
    rows = [b for b in card["blocks"] if b["type"] == "actions"]  # type: ignore[attr-defined]
    return [element["action_id"] for row in rows for element in row["elements"]]


def mentions(place: Place, user: str, ts: str) -> list[str]:
    said = [text_of(message) for message in place.slack.thread(HELP, ts)]
    return [text for text in said if f"<@{user}>" in text]


async def test_who_is_given_a_conversation_is_mentioned_once(place: Place) -> None:
    zoe, paul = await place.service.roster.get("zoe"), await place.service.roster.get("paul")
    assert zoe
    assert paul
    ts = await place.customer()
    await place.service.desk.assign("c1", zoe, paul)
    await until(lambda: mentions(place, PAUL, ts))
    await place.service.desk.claim("c1", paul)
    await place.quiet()
    assert len(mentions(place, PAUL, ts)) == 1
    assert "Zoe vous a confié cette conversation" in mentions(place, PAUL, ts)[0]
    assert mentions(place, ZOE, ts) == []


async def test_an_escalation_is_a_card_with_the_evidence(place: Place) -> None:
    ts = await place.customer("I want my money back on my card 4111 1111 1111 1111")
    card = place.card(ts)
    told = text_of(card)
    assert "I want my money back" in told
    assert "4111" not in told  # personal data stays in the console
    assert "[card number]" in told
    assert "Waiting for a person" in told
    assert "first reply due" in told
    assert "Nothing near enough was found in the knowledge base" in told
    assert buttons(card) == ["claim", "assign", "snooze", "not_for_us", "open"]
    opened = element_of(card, "open")
    assert opened
    assert opened["url"] == "https://help.shop.example/console/conversations/c1"
    assert "A colleague takes over." in text_of(place.slack.thread(HELP, ts)[0])


async def test_a_claim_in_slack_is_one_in_the_console(place: Place) -> None:
    ts = await place.customer()
    await place.slack.click(ZOE, HELP, place.card(ts), "claim")
    joined = await place.happens(PersonJoined)
    assert joined.name == "zoe"
    await until(lambda: "Zoe has it" in text_of(place.card(ts)))
    assert buttons(place.card(ts)) == ["reply", "draft", "resolve", "more", "open"]
    ticket = await place.service.queue.of("c1")
    assert ticket
    assert ticket.claimed_by == "zoe"


async def test_who_comes_second_is_told_who_has_it(place: Place) -> None:
    """One in the console, one in Slack."""
    ts = await place.customer()
    stale = place.card(ts)
    zoe = await place.service.roster.get("zoe")
    assert zoe
    await place.service.desk.claim("c1", zoe)
    await place.slack.click(PAUL, HELP, stale, "claim")
    assert "Zoe s'en occupe déjà." in text_of(await place.told(PAUL))
    assert (await place.state()).owner == person("zoe")
    assert place.told_to(ZOE) == []


async def test_of_two_claims_at_once_one_wins(place: Place) -> None:
    ts = await place.customer()
    stale = place.card(ts)
    paul = await place.service.roster.get("paul")
    assert paul
    await asyncio.gather(
        place.slack.click(ZOE, HELP, stale, "claim"),
        place.service.desk.claim("c1", paul),
        return_exceptions=True,
    )
    await place.quiet()
    joined = [e.event for e in await place.events() if isinstance(e.event, PersonJoined)]
    assert len(joined) == 1
    assert len(place.told_to(ZOE)) == (0 if joined[0].name == "zoe" else 1)


async def test_who_has_no_account_can_do_nothing(place: Place) -> None:
    ts = await place.customer()
    await place.slack.click(NEMO, HELP, place.card(ts), "claim")
    assert "no account" in text_of(await place.told(NEMO))
    await place.slack.say(NEMO, HELP, "Let me see", thread=ts)
    assert "no account" in text_of(await place.told(NEMO, 2))
    assert (await place.state()).owner == WAITING
    assert not [e for e in await place.events() if isinstance(e.event, NoteWritten)]


async def test_a_message_in_the_thread_is_a_note_that_no_customer_sees(place: Place) -> None:
    chat = await opened(place.client)
    await chat.say("Where is my lamp?")
    await until(lambda: place.slack.roots(HELP))
    ts = str(place.slack.roots(HELP)[0]["ts"])
    await place.slack.click(ZOE, HELP, place.card(ts), "claim")
    await place.happens(PersonJoined, chat.id)
    await place.slack.say(ZOE, HELP, "He is *lying*, see <https://x.example|this>", thread=ts)
    note = await place.happens(NoteWritten, chat.id)
    assert (note.by, note.text) == ("zoe", "He is **lying**, see [this](https://x.example)")
    assert "only your team sees it" in text_of(await place.told(ZOE))
    await place.slack.say(ZOE, HELP, "It comes tomorrow.", thread=ts)
    await place.happens(NoteWritten, chat.id, 2)
    await place.slack.click(ZOE, HELP, await place.told(ZOE, 2), "send_note")
    form = await place.view()
    assert "The customer* will read this" in text_of(form)
    assert "Zoe" in text_of(form)
    assert "It comes tomorrow." in text_of(form)
    assert not [e for e in await place.events(chat.id) if isinstance(e.event, ReplySent)]  # not before
    await place.slack.submit(ZOE, form)
    reply = await place.happens(ReplySent, chat.id)
    assert (reply.name, reply.text) == ("zoe", "It comes tomorrow.")
    transcript = await chat.get("transcript")
    assert "It comes tomorrow." in transcript.text
    assert "lying" not in transcript.text


async def test_a_note_of_somebody_who_does_not_have_it_is_not_sent(place: Place) -> None:
    ts = await place.customer()
    note = await place.slack.say(PAUL, HELP, "Hello dear customer", thread=ts)
    await place.happens(NoteWritten)
    await place.slack.shortcut(PAUL, HELP, note, "send")
    assert "Prenez-la d'abord." in text_of(await place.told(PAUL, 2))
    assert place.slack.views == []


async def test_a_message_is_sent_once(place: Place) -> None:
    ts = await place.customer()
    await place.slack.click(ZOE, HELP, place.card(ts), "claim")
    await place.happens(PersonJoined)
    note = await place.slack.say(ZOE, HELP, "It comes tomorow.", thread=ts)
    await place.slack.shortcut(ZOE, HELP, note, "send")
    form = await place.view()
    for _ in range(2):  # two clicks on the same form
        await place.slack.submit(ZOE, form, text="It comes tomorrow.")
    await place.happens(ReplySent)
    await place.slack.shortcut(ZOE, HELP, note, "send")
    await until(lambda: any("sent to the customer already" in text_of(m) for m in place.told_to(ZOE)))
    await place.quiet()
    sent = [e.event.text for e in await place.events() if isinstance(e.event, ReplySent)]
    assert sent == ["It comes tomorrow."]


async def test_the_thread_mirrors_the_conversation(place: Place) -> None:
    ts = await place.customer()
    zoe = await place.service.roster.get("zoe")
    assert zoe
    await place.service.desk.claim("c1", zoe)
    await place.service.desk.reply("c1", zoe, "Which **lamp**?")
    await place.service.desk.note("c1", zoe, "from the console")
    await place.service.reception.receive("c1", "m2", "The <!channel> one, call +33 6 12 34 56 78")
    await until(lambda: len(place.slack.thread(HELP, ts)) == 4)
    told = "\n".join(map(text_of, place.slack.thread(HELP, ts)[1:]))
    assert "*Zoe → customer*" in told
    assert "Which **lamp**?" in told
    assert "Note by zoe, only your team sees this" in told
    assert "[phone]" in told
    last = place.slack.thread(HELP, ts)[-1]["blocks"][-1]
    assert last["text"]["type"] == "plain_text"  # nothing that a customer writes is markup


async def test_what_was_written_in_the_thread_is_not_repeated_in_it(place: Place) -> None:
    ts = await place.customer()
    await place.slack.say(ZOE, HELP, "I know him", thread=ts)
    await place.happens(NoteWritten)
    await place.quiet()
    assert len(place.bots(HELP, ts)) == 1  # what was said before


async def test_it_is_resolved_handed_back_and_given_to_others(place: Place) -> None:
    ts = await place.customer(name="c1")
    await place.slack.click(ZOE, HELP, place.card(ts), "assign")
    await place.slack.submit(ZOE, await place.view(1), colleague="paul")
    given = await place.happens(PersonAssigned)
    assert (given.name, given.by) == ("paul", "zoe")
    await until(lambda: "Assigned to Paul" in text_of(place.card(ts)))
    await until(lambda: mentions(place, PAUL, ts))
    await place.slack.click(PAUL, HELP, place.card(ts), "more", "not_for_us")
    await place.slack.submit(PAUL, await place.view(2), team="orders")
    assert (await place.happens(Transferred)).team == "orders"
    await until(lambda: place.slack.roots(ORDERS))
    await until(lambda: "Moved to orders" in text_of(place.card(ts)))
    assert buttons(place.card(ts)) == []
    moved = str(place.slack.roots(ORDERS)[0]["ts"])
    await place.slack.click(PAUL, ORDERS, place.card(moved, ORDERS), "snooze")
    await place.slack.submit(PAUL, await place.view(3), until="4")
    await place.happens(Snoozed)
    await until(lambda: "Put aside until" in text_of(place.card(moved, ORDERS)))
    await place.slack.click(PAUL, ORDERS, place.card(moved, ORDERS), "claim")
    await place.happens(PersonJoined, number=1)
    await until(lambda: element_of(place.card(moved, ORDERS), "resolve"))
    await place.slack.click(PAUL, ORDERS, place.card(moved, ORDERS), "resolve")
    await place.happens(ConversationResolved)
    assert (await place.state()).owner == NOBODY
    await until(lambda: "Closed" in text_of(place.card(moved, ORDERS)))
    assert buttons(place.card(moved, ORDERS)) == ["open"]


async def test_the_bot_goes_on_where_it_is_handed_back(place: Place) -> None:
    ts = await place.customer()
    await place.slack.click(ZOE, HELP, place.card(ts), "claim")
    await until(lambda: element_of(place.card(ts), "more"))
    await place.slack.click(ZOE, HELP, place.card(ts), "more", "hand_back")
    await place.happens(HandedBack)
    assert (await place.state()).owner == BOT


async def test_a_reply_by_command_is_previewed(place: Place) -> None:
    ts = await place.customer()
    await place.slack.click(ZOE, HELP, place.card(ts), "claim")
    await place.happens(PersonJoined)
    ticket = await place.service.queue.of("c1")
    assert ticket
    await place.slack.command(ZOE, HELP, f"reply #{ticket.number} It comes tomorrow.")
    form = await place.view(1)
    assert "It comes tomorrow." in text_of(form)
    await place.slack.command(ZOE, HELP, "reply Or today?")  # they have only this one
    assert "Or today?" in text_of(await place.view(2))
    await place.slack.submit(ZOE, form)
    assert (await place.happens(ReplySent)).text == "It comes tomorrow."
    await place.slack.command(ZOE, HELP, "reply 999999 hello")
    await until(lambda: any("no open conversation" in text_of(m) for m in place.told_to(ZOE)))


async def test_a_reply_is_written_from_the_card_which_goes_back_to_the_queue(place: Place) -> None:
    ts = await place.customer()
    await place.slack.click(ZOE, HELP, place.card(ts), "claim")
    await until(lambda: element_of(place.card(ts), "reply"))
    await place.slack.click(ZOE, HELP, place.card(ts), "reply")
    await place.slack.submit(ZOE, await place.view(), text="It comes tomorrow.")
    assert (await place.happens(ReplySent)).text == "It comes tomorrow."
    await place.slack.click(ZOE, HELP, place.card(ts), "more", "release")
    await place.happens(Released)
    assert (await place.state()).owner == WAITING
    await until(lambda: element_of(place.card(ts), "claim"))


async def test_a_draft_is_shown_before_anything_is_sent(place: Place) -> None:
    ts = await place.customer("A person please: may I return it within 30 days?")
    await place.slack.click(ZOE, HELP, place.card(ts), "claim")
    await until(lambda: element_of(place.card(ts), "draft"))
    await place.slack.click(ZOE, HELP, place.card(ts), "draft")
    told = text_of(await place.told(ZOE))
    assert "Nothing is sent yet" in told or "nothing in the knowledge base" in told.lower()
    assert not [e for e in await place.events() if isinstance(e.event, ReplySent)]


async def test_a_click_that_slack_has_forgotten_is_said_so(place: Place) -> None:
    ts = await place.customer()
    place.slack.forget_triggers = True
    await place.slack.click(ZOE, HELP, place.card(ts), "assign")
    assert "press again" in text_of(await place.told(ZOE))


async def test_everything_comes_by_http_as_well(tmp_path: Path) -> None:
    async with a_place(tmp_path, "http") as place:
        ts = await place.customer()
        await place.slack.click(ZOE, HELP, place.card(ts), "claim")
        await place.happens(PersonJoined)
        note = await place.slack.say(ZOE, HELP, "It comes tomorrow.", thread=ts)
        await place.happens(NoteWritten)
        await place.slack.shortcut(ZOE, HELP, note, "send")
        await place.slack.submit(ZOE, await place.view())
        assert (await place.happens(ReplySent)).text == "It comes tomorrow."
        await place.slack.command(ZOE, HELP, "How do returns work?")
        await until(lambda: any("30 days" in text_of(m) for m in place.told_to(ZOE)))

"""What was sent to a customer from Slack is edited or deleted there afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from bot.events import NoteWritten, PersonJoined, ReplyEdited, ReplySent, ReplyWithdrawn
from tests.connectors.slack.conftest import HELP, PAUL, ZOE, Place
from tests.slack_server import text_of, until
from tests.web import Chat, opened

pytestmark = pytest.mark.asyncio(loop_scope="session")

SENT = "It comes tomorow."


async def sent(place: Place, chat: Chat, user: str = ZOE) -> tuple[str, str]:
    """A customer in the widget whom a colleague answers with a message of the thread. The card's ts, and the
    message's."""
    await chat.say("Where is my lamp?")
    await until(lambda: place.slack.roots(HELP))
    ts = str(place.slack.roots(HELP)[0]["ts"])
    await place.slack.click(user, HELP, place.card(ts), "claim")
    await place.happens(PersonJoined, chat.id)
    message = await place.slack.say(user, HELP, SENT, thread=ts)
    await place.happens(NoteWritten, chat.id)
    await place.slack.shortcut(user, HELP, message, "send")
    await place.slack.submit(user, await place.view())
    await place.happens(ReplySent, chat.id)
    await until(lambda: mirror(place, ts))
    return ts, message


def mirror(place: Place, ts: str) -> dict[str, Any] | None:
    """The reply as the thread tells it."""
    return next((m for m in place.bots(HELP, ts) if "→" in text_of(m)), None)


async def amended(place: Place, name: str) -> list[Any]:
    return [e.event for e in await place.events(name) if isinstance(e.event, ReplyEdited | ReplyWithdrawn)]


async def test_an_edited_message_is_edited_for_the_customer_and_in_the_thread(place: Place) -> None:
    chat = await opened(place.client)
    ts, message = await sent(place, chat)
    async with chat.follow() as stream:
        await stream.until("caught_up")
        await place.slack.edit(HELP, message, "It comes *on Monday*.")
        edited = await place.happens(ReplyEdited, chat.id)
        place.service.hub.nudge()
        told = (await stream.until("reply_edited")).data
    assert (edited.text, edited.by, edited.display) == ("It comes **on Monday**.", "zoe", "Zoe")
    assert (told["html"], told["name"]) == ("<p>It comes <strong>on Monday</strong>.</p>", "Zoe")
    await until(lambda: "on Monday" in text_of(mirror(place, ts) or {}))
    assert "*Zoe → customer* · edited" in text_of(mirror(place, ts) or {})
    assert SENT not in text_of({"all": place.bots(HELP, ts)})
    assert len([m for m in place.bots(HELP, ts) if "→" in text_of(m)]) == 1, "changed where it stands"
    assert any("reads it as edited now" in text_of(m) for m in place.told_to(ZOE))
    transcript = (await chat.get("transcript")).text
    assert "It comes **on Monday**." in transcript
    assert ", edited)" in transcript
    assert SENT not in transcript


async def test_a_deleted_message_is_withdrawn_everywhere(place: Place) -> None:
    chat = await opened(place.client)
    ts, message = await sent(place, chat)
    await place.slack.edit(HELP, message, None)
    await place.happens(ReplyWithdrawn, chat.id)
    await until(lambda: "This message was withdrawn." in text_of(mirror(place, ts) or {}))
    assert SENT not in text_of({"all": place.bots(HELP, ts)})
    async with chat.follow() as stream:
        await stream.until("caught_up")
    (reply,) = [event.data for event in stream.seen if event.kind == "reply"]
    assert (reply["text"], reply["amended"]) == ("", "reply_withdrawn")
    transcript = (await chat.get("transcript")).text
    assert "Zoe withdrew a message." in transcript
    assert SENT not in transcript


async def test_the_same_edit_that_comes_twice_is_made_once(place: Place) -> None:
    chat = await opened(place.client)
    ts, message = await sent(place, chat)
    body = {
        "type": "message",
        "subtype": "message_changed",
        "channel": HELP,
        "channel_type": "channel",
        "event_ts": place.slack.ts(),
        "message": {"type": "message", "user": ZOE, "text": "Monday.", "ts": message, "thread_ts": ts},
        "previous_message": {"user": ZOE, "text": SENT, "ts": message, "thread_ts": ts},
    }
    for event_id in ("Ev-1", "Ev-1", "Ev-2"):  # the last one under another id
        await place.slack.event(body, event_id)
    await place.happens(ReplyEdited, chat.id)
    await place.quiet()
    assert [event.text for event in await amended(place, chat.id)] == ["Monday."]


async def test_who_has_it_no_more_is_told_that_nothing_changed(place: Place) -> None:
    chat = await opened(place.client)
    ts, message = await sent(place, chat, PAUL)
    zoe = await place.service.roster.get("zoe")
    assert zoe
    await place.service.desk.assign(chat.id, zoe, zoe)
    await place.slack.edit(HELP, message, "Jamais.")
    await until(lambda: any("Zoe a la conversation maintenant." in text_of(m) for m in place.told_to(PAUL)))
    assert await amended(place, chat.id) == []
    assert SENT in text_of(mirror(place, ts) or {})
    assert not any("Zoe a la conversation" in text_of(m) for m in place.told_to(ZOE))


async def test_a_reply_from_anywhere_is_edited_by_its_menu(place: Place) -> None:
    """Written in the console, say: no message of Slack's is its own."""
    ts = await place.customer()
    zoe = await place.service.roster.get("zoe")
    assert zoe
    await place.service.desk.claim("c1", zoe)
    await place.service.desk.reply("c1", zoe, SENT)
    await until(lambda: mirror(place, ts))
    await place.slack.click(ZOE, HELP, mirror(place, ts) or {}, "more", "edit_reply")
    form = await place.view(1)
    assert SENT in text_of(form)
    assert "in place of" in text_of(form)
    await place.slack.submit(ZOE, form, text="It comes tomorrow.")
    assert (await place.happens(ReplyEdited)).text == "It comes tomorrow."
    await place.slack.click(PAUL, HELP, mirror(place, ts) or {}, "more", "withdraw_reply")
    await place.slack.submit(PAUL, await place.view(2))
    await until(lambda: any("seul Zoe ou un responsable" in text_of(m) for m in place.told_to(PAUL)))
    await place.slack.click(ZOE, HELP, mirror(place, ts) or {}, "more", "withdraw_reply")
    await place.slack.submit(ZOE, await place.view(3))
    await place.happens(ReplyWithdrawn)
    await until(lambda: "withdrawn" in text_of(mirror(place, ts) or {}))


async def test_who_asked_in_slack_reads_the_edited_answer_there(place: Place) -> None:
    thread = await place.ask(PAUL, HELP, "I want to talk to a person")
    await place.answered(HELP, thread)
    (name,) = {card.conversation_id for card in await place.service.directory.find(limit=5)}
    zoe = await place.service.roster.get("zoe")
    assert zoe
    await place.service.desk.claim(name, zoe)
    reply = await place.service.desk.reply(name, zoe, SENT)
    await until(lambda: SENT in text_of({"all": place.bots(HELP, thread)}))
    await place.service.desk.edit_reply(name, zoe, reply.position, "It comes tomorrow.")
    await until(lambda: "It comes tomorrow." in text_of({"all": place.bots(HELP, thread)}))
    assert SENT not in text_of({"all": place.bots(HELP, thread)})

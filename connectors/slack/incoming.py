"""What Slack has sent, once it is on disk: whose it is to deal with.

It waits in the outbox like what goes out, under a name of its own: kept once by Slack's id for it, tried
again when a part is away, given up in sight of `comptoir deliveries`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from bot.conversation import ConversationError, State
from bot.events import Event, LoggedEvent
from bot.log import UnknownConversation
from connectors.delivery import Later, NotNeeded, Refused
from connectors.outbox.jobs import Job, Outbox
from connectors.settings import SlackSettings
from connectors.slack.amending import Amending
from connectors.slack.answers import place_of
from connectors.slack.asking import Asking, conversation_id
from connectors.slack.deskwork import Deskwork, client_id
from connectors.slack.envelope import (
    Body,
    Where,
    as_markdown,
    key_of,
    kind_of,
    moment_of,
    spoken,
    unpacked,
    values_of,
    where_of,
)
from connectors.slack.home import Home
from connectors.slack.people import People
from connectors.slack.records import SlackRecords
from connectors.slack.talking import Talking
from connectors.slack.web import Web
from connectors.slack.words import words

DOOR = "slack events"
_PEOPLES_WORDS = (None, "thread_broadcast", "file_share")
"""Subtypes of messages that people write; others say what the channel or a bot does."""
_MENDED = ("message_changed", "message_deleted")


class Inbox:
    """Keeps what Slack sends; `nudge` says that there is something to do."""

    def __init__(
        self,
        outbox: Outbox,
        records: SlackRecords,
        settings: SlackSettings,
        clock: Callable[[], datetime],
        nudge: Callable[[], None],
    ) -> None:
        self._outbox = outbox
        self._records = records
        self._settings = settings
        self._clock = clock
        self._nudge = nudge

    async def keep(self, body: Body) -> None:
        """Raises OutboxUnavailable: then Slack sends it again."""
        if not await self._concerns_us(body):
            return
        now = self._clock()
        kind, key = kind_of(body), key_of(body)
        job = Job(DOOR, moment_of(body), "", 0, kind, key, now, _lane(body) or key, dict(body))
        cursor = await self._outbox.begin(DOOR, 0, now)
        while not await self._outbox.take_in(DOOR, [job], cursor, cursor, now):
            cursor = await self._outbox.begin(DOOR, 0, now)  # the reader of the log has moved it meanwhile
        self._nudge()

    async def _concerns_us(self, body: Body) -> bool:
        """What colleagues say to each other in channels is not kept."""
        event = body.get("event", {})
        if event.get("type") != "message" or event.get("channel_type") == "im":
            return True
        if event.get("bot_id") or _message(event).get("bot_id"):
            return False
        channel = str(event.get("channel", ""))
        thread = event.get("thread_ts") or _message(event).get("thread_ts")
        if not thread:
            return self._settings.answers.get(channel) == "sure" and not event.get("subtype")
        if await self._records.thread(channel, thread) is not None:
            return True
        return await self._records.ask(conversation_id(channel, thread)) is not None


class Incoming:
    """A Deliverer: of what Slack sent, to us."""

    def __init__(
        self,
        asking: Asking,
        deskwork: Deskwork,
        amending: Amending,
        home: Home,
        people: People,
        talking: Talking,
        records: SlackRecords,
        settings: SlackSettings,
        web: Web,
    ) -> None:
        self._asking = asking
        self._desk = deskwork
        self._amending = amending
        self._home = home
        self._people = people
        self._talking = talking
        self._records = records
        self._settings = settings
        self._web = web

    @property
    def door(self) -> str:
        return DOOR

    @property
    def hears(self) -> tuple[type[Event], ...]:
        return ()

    async def jobs_of(self, logged: LoggedEvent, state: State) -> Sequence[Job]:
        return ()

    async def deliver(self, job: Job) -> None:
        body = job.detail
        try:
            match job.kind:
                case "event":
                    await self._event(body["event"], str(body.get("team_id", "")))
                case "command":
                    await self._command(body)
                case "block_actions":
                    for action in body.get("actions", ()):
                        await self._action(action, body)
                case "message_action":
                    await self._shortcut(body)
                case "view_submission":
                    await self._submitted(body)
                case _:
                    raise NotNeeded(f"{job.kind} means nothing to us")
        except UnknownConversation as gone:
            raise NotNeeded("the conversation is not kept any more") from gone
        except ConversationError as error:
            raise Refused(f"{type(error).__name__}: {error}") from error

    # Events

    async def _event(self, event: dict[str, Any], team: str) -> None:
        match event.get("type"):
            case "app_mention" if _is_a_persons(event):
                await self._mentioned(event)
            case "message" if event.get("subtype") in _MENDED:
                await self._mended(event)
            case "message" if _is_a_persons(event):
                await self._message(event)
            case "app_home_opened" if event.get("tab") == "home":
                await self._home.show(event["user"])
            case "assistant_thread_started":
                about = event["assistant_thread"]
                await self._asking.begin_pane(about["channel_id"], about["thread_ts"], about["user_id"])
            case _:
                raise NotNeeded("this means nothing to us")

    async def _mentioned(self, event: dict[str, Any]) -> None:
        channel, ts = event["channel"], event["ts"]
        thread = event.get("thread_ts") or ts
        text = spoken(event.get("text", ""))
        card = await self._records.thread(channel, thread)
        about = ts if card is not None else None  # a question beside a customer's conversation
        await self._asking.in_thread(channel, thread, ts, event["user"], text, about=about)

    async def _message(self, event: dict[str, Any]) -> None:
        channel, ts, user = event["channel"], event["ts"], event["user"]
        thread, text = event.get("thread_ts"), event.get("text", "")
        if event.get("channel_type") == "im":
            await self._asking.in_thread(channel, thread or ts, ts, user, spoken(text))
            return
        if f"<@{(await self._web.identity())['user_id']}" in text:
            raise NotNeeded("the mention itself is dealt with")
        if not thread:
            self._asking.if_sure(channel, ts, user, spoken(text))
        elif card := await self._records.thread(channel, thread):
            where = Where(user, channel, thread)
            await self._desk.note(card.conversation_id, where, as_markdown(text), client_id(channel, ts))
        else:
            ask = await self._records.ask(conversation_id(channel, thread))
            if ask is None or ask.user != user:
                raise NotNeeded("others talk to each other")
            await self._asking.in_thread(channel, thread, ts, user, spoken(text))

    async def _mended(self, event: dict[str, Any]) -> None:
        message = _message(event)
        channel, ts, user = event["channel"], message.get("ts"), message.get("user")
        card = await self._records.thread(channel, message.get("thread_ts") or "")
        if card is None or not user or message.get("bot_id"):
            raise NotNeeded("it is no note")
        if message.get("text") == event.get("previous_message", {}).get("text") and "message" in event:
            raise NotNeeded("only its looks have changed")
        text = as_markdown(message.get("text", "")) if event["subtype"] == "message_changed" else None
        where = Where(user, channel, message.get("thread_ts"))
        again = f"{client_id(channel, str(ts))} {event.get('event_ts', '')}"
        await self._amending.changed(card.conversation_id, where, text, client_id(channel, str(ts)), again)

    # Commands, shortcuts, buttons, forms

    async def _command(self, body: Body) -> None:
        user, channel = body["user_id"], body["channel_id"]
        where = Where(user, channel, None, body.get("response_url"))
        text = spoken(body.get("text", ""))
        first, _, rest = text.partition(" ")
        match first.lower():
            case "" | "help" | "aide":
                said = words((await self._people.person(user)).language)
                await self._talking.tell(where, said.usage)
            case "reply" | "répondre":
                number, _, words_ = rest.strip().lstrip("#").partition(" ")
                known = number.isdecimal() and len(number) < 12
                given = words_.strip() if known else rest.strip()
                await self._desk.number_form(number if known else "", where, body["trigger_id"], given)
            case "on" | "off" if not rest:
                await self._duty(where, first.lower() == "on")
            case _:
                key = key_of(body)
                await self._asking.privately(channel, user, text, key, body.get("response_url"))

    async def _duty(self, where: Where, on_duty: bool) -> None:
        said = words((await self._people.person(where.user)).language)
        done = await self._home.set_duty(where.user, on_duty)
        await self._talking.tell(where, (said.on if on_duty else said.off) if done else said.no_account)

    async def _shortcut(self, body: Body) -> None:
        where, message = where_of(body), body["message"]
        if body.get("callback_id") == "ask":
            text = spoken(message.get("text", ""))
            await self._asking.privately(
                where.channel or "", where.user, text, key_of(body), where.respond_at
            )
            return
        card = await self._records.thread(where.channel or "", message.get("thread_ts") or "")
        if card is None or message.get("bot_id"):
            said = words((await self._people.person(where.user)).language)
            await self._talking.tell(where, said.not_a_note)
            return
        known = client_id(where.channel or "", message["ts"])
        text = as_markdown(message.get("text", ""))
        await self._desk.reply_form(card.conversation_id, where, body["trigger_id"], text, known)

    async def _action(self, action: dict[str, Any], body: Body) -> None:
        where, trigger = where_of(body), str(body.get("trigger_id", ""))
        name, value = str(action.get("action_id", "")), str(action.get("value", ""))
        if name == "more":
            name, _, value = str(action["selected_option"]["value"]).partition(" ")
        if name == "feedback":
            name, _, value = value.partition(" ")
        if name.startswith("choice-"):
            place, _, title = value.partition("\n")
            await self._asking.chosen(place_of(place), title, where, key_of(body))
        elif name in ("useful", "not_useful"):
            await self._asking.judge(place_of(value), name == "useful", where)
        elif name in ("sources", "share", "ask_person"):
            await getattr(self._asking, name)(place_of(value), where)
        elif name == "correct":
            await self._asking.correction_form(place_of(value), where, trigger)
        elif name in ("claim", "resolve", "release", "hand_back", "draft"):
            await getattr(self._desk, name)(value, where)
        elif name == "edit_reply":
            await self._amending.edit_form(value, where, trigger)
        elif name == "withdraw_reply":
            await self._amending.withdraw_form(value, where, trigger)
        elif name in _FORMS:
            await getattr(self._desk, _FORMS[name])(value, where, trigger)
        elif name == "send_note":
            id, _, known = value.partition(" ")
            await self._desk.note_form(id, where, trigger, known)
        elif name in ("on_duty", "off_duty"):
            await self._home.set_duty(where.user, name == "on_duty")
        await self._refresh(where)

    async def _refresh(self, where: Where) -> None:
        """What was done stands, even if it cannot be shown now."""
        if where.home:
            with suppress(Later, Refused):
                await self._home.show(where.user)

    async def _submitted(self, body: Body) -> None:
        view = body["view"]
        where, about = unpacked(view["private_metadata"])
        given, id = values_of(body), about.get("id", "")
        if where.user != body["user"]["id"]:
            raise Refused("a form of somebody else's")
        match view["callback_id"]:
            case "correct":
                place = place_of(about["place"])
                await self._asking.correct(place, where, given["mark"], given["correction"])
            case "assign":
                await self._desk.assign(id, where, given["colleague"])
            case "snooze":
                await self._desk.snooze(id, where, given["until"])
            case "not_for_us":
                await self._desk.transfer(id, where, given["team"])
            case "edit_reply" | "withdraw_reply" as callback:
                await self._amending.submitted(callback, where, id, given.get("text", ""), view["id"])
            case "reply":
                known = about.get("client_id") or f"slack view {view['id']}"
                await self._desk.reply(id, where, given["text"], known)
        await self._refresh(where)


_FORMS = {
    "assign": "assign_form",
    "snooze": "snooze_form",
    "not_for_us": "transfer_form",
    "reply": "reply_form",
    "send_draft": "draft_form",
}
"""Buttons that open a form, and who makes it."""


def _message(event: dict[str, Any]) -> dict[str, Any]:
    """Of an event that says that a message was mended."""
    return event.get("message") or event.get("previous_message") or {}


def _is_a_persons(event: dict[str, Any]) -> bool:
    return (
        event.get("subtype") in _PEOPLES_WORDS
        and not event.get("bot_id")
        and bool(event.get("user"))
        and bool(event.get("text"))
    )


def _lane(body: Body) -> str | None:
    """What one conversation is told comes in its order."""
    event = body.get("event", {})
    if event.get("type") not in ("message", "app_mention"):
        return None
    thread = event.get("thread_ts") or _message(event).get("thread_ts") or event.get("ts")
    return f"{event.get('channel')} {thread}"

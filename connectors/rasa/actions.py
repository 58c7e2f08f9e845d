"""Comptoir's actions, as an action server of Rasa runs them. https://rasa.com/docs/reference/integrations/action-server

Plain functions rather than subclasses of rasa_sdk's Action: those register themselves with every executor of
the process.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from rasa_sdk import ActionExecutionRejection, Tracker
from rasa_sdk.events import ReminderScheduled, SlotSet
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher

from bot.asked import Asked, Responder, Response, Shown, to_nobody
from bot.brief import Brief
from bot.conversation import Held
from bot.decisions import Answer, Card, Decision, Escalate, Route
from bot.log import LogUnavailable, UnknownConversation
from bot.reception import ClientIdInvalid, MessageEmpty, MessageTooLong
from bot.words.names import Phrase
from connectors.http.door import Door
from connectors.rasa.talks import Talks, Told
from connectors.rasa.words import Words, words_in

NEWS = "EXTERNAL_comptoir_news"
"""The intent of the reminder by which an assistant looks for a person's words."""
LOOK_AGAIN = timedelta(seconds=15)
TRANSCRIPT = 40
"""So many of the assistant's last exchanges go along to whoever takes over."""
LONGEST_LINE = 1000

Events = list[dict[str, Any]]


class ComptoirActions:
    """Those of one key's holder, whose senders are theirs alone."""

    def __init__(self, door: Door, holder: str) -> None:
        service = door.service
        self._door = door
        self._talks = Talks(door)
        self._scope = f"assistant {holder}"
        self._routes = service.reception.answering_with(ToResources(service.turn, service.brief))

    def executor(self) -> ActionExecutor:
        executor = ActionExecutor()
        executor.register_function("action_comptoir_answer", self.answer)
        executor.register_function("action_comptoir_route", self.route)
        executor.register_function("action_comptoir_escalate", self.escalate)
        executor.register_function("action_comptoir_news", self.news)
        return executor

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """What the customer last wrote, answered from the help centre."""
        return await self._say("action_comptoir_answer", dispatcher, tracker, domain)

    async def route(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """The same; where a resource goes with the answer, the resource alone."""
        return await self._say("action_comptoir_route", dispatcher, tracker, domain, to_resources=True)

    async def escalate(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """A person takes over, and reads what was said with the assistant before."""
        text, client_id = last_message(tracker)
        words = words_in(_language(tracker))
        try:
            conversation_id = await self._open(tracker, text)
            before = "\n".join(_transcript(tracker, words))
            told = await self._talks.request_person(conversation_id, client_id, text, before, _since(tracker))
        except LogUnavailable:
            return _not_kept(dispatcher, words)
        return self._tell(dispatcher, told, domain)

    async def news(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """What a person has written since; nothing is said when there is nothing."""
        conversation_id = self._talks.id_of(self._scope, str(tracker.sender_id))
        try:
            told = await self._talks.news(conversation_id, _since(tracker) or 0)
        except UnknownConversation:
            return []
        except LogUnavailable:
            return self._reminders(domain)
        return self._tell(dispatcher, told, domain)

    async def _say(
        self,
        name: str,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
        *,
        to_resources: bool = False,
    ) -> Events:
        text, client_id = last_message(tracker)
        if not text:
            raise ActionExecutionRejection(name, "there is no message of the customer to answer")
        try:
            conversation_id = await self._open(tracker, text)
            reception = self._routes if to_resources else None
            position = await self._talks.keep(conversation_id, client_id, text)
            told = await self._talks.hear(conversation_id, position, reception, _since(tracker))
        except (MessageEmpty, MessageTooLong, ClientIdInvalid) as error:
            raise ActionExecutionRejection(name, str(error)) from error
        except LogUnavailable:
            return _not_kept(dispatcher, words_in(_language(tracker)))
        return self._tell(dispatcher, told, domain)

    async def _open(self, tracker: Tracker, text: str) -> str:
        conversation_id = self._talks.id_of(self._scope, str(tracker.sender_id))
        await self._talks.open(conversation_id, text, _language(tracker))
        return conversation_id

    def _tell(self, dispatcher: CollectingDispatcher, told: Told, domain: dict[str, Any]) -> Events:
        for saying in told.sayings:
            buttons = [{"title": choice, "payload": choice} for choice in saying.choices]
            dispatcher.utter_message(text=saying.text, buttons=buttons)
        outcome = told.outcome.outcome if told.outcome else None
        held = Held.WAITING if told.state.is_waiting else told.state.owner.held
        slots = _slots(
            outcome=outcome.kind if outcome else "forwarded",
            speaker=held.value,
            confidence=told.outcome.confidence if told.outcome else None,
            link=_link(outcome),
            reason=outcome.reason.value if isinstance(outcome, Escalate) else None,
            told=told.state.position,
        )
        return slots + (self._reminders(domain) if held in (Held.WAITING, Held.PERSON) else [])

    def _reminders(self, domain: dict[str, Any]) -> Events:
        """For an assistant that knows the intent: it then looks by itself for what a person writes."""
        intents = domain.get("intents") or ()
        names = {name for intent in intents for name in (intent if isinstance(intent, dict) else (intent,))}
        if NEWS not in names:
            return []
        when = self._door.service.clock() + LOOK_AGAIN
        return [dict(ReminderScheduled(NEWS, when, name=NEWS, kill_on_user_message=False))]


class ToResources:
    """Shows the resource that goes with an answer in place of the answer."""

    def __init__(self, responder: Responder, brief: Brief) -> None:
        self._responder = responder
        self._brief = brief

    async def respond(self, asked: Asked, shown: Shown = to_nobody) -> Response:
        response = await self._responder.respond(asked)
        match response.outcome:
            case Answer(card=Card() as card):
                language = response.language or self._brief.languages[0]
                text = self._brief.words(language).say(Phrase.ROUTE)
                return replace(response, outcome=Route(text, card))
        return response


def last_message(tracker: Tracker) -> tuple[str, str]:
    """What the customer last wrote, "" for an intent sent by a button; and an id, the same whenever the same
    message comes again."""
    events = (e for e in reversed(tracker.events or ()) if e.get("event") == "user")
    event: Mapping[str, Any] = next(events, {})
    text = str(tracker.latest_message.get("text") or event.get("text") or "").strip()
    if text.startswith("/"):
        return "", str(uuid4())
    told = event.get("message_id") or tracker.latest_message.get("message_id")
    if told or event.get("timestamp"):
        named = json.dumps([told or event.get("timestamp"), text])
        return text, hashlib.sha256(named.encode()).hexdigest()
    return text, str(uuid4())


def _not_kept(dispatcher: CollectingDispatcher, words: Words) -> Events:
    """An error would leave the customer without a word."""
    dispatcher.utter_message(text=words.not_kept)
    return _slots(outcome="unavailable", speaker=None, confidence=None, link=None, reason=None)


def _since(tracker: Tracker) -> int | None:
    """Up to where this customer was told, where the assistant keeps the slot."""
    told = (tracker.slots or {}).get("comptoir_told")
    return int(told) if isinstance(told, int | float) else None


def _slots(**values: Any) -> Events:
    return [dict(SlotSet(f"comptoir_{name}", value)) for name, value in values.items()]


def _link(outcome: Decision | None) -> str | None:
    match outcome:
        case Answer(card=Card(target=target)) | Route(card=Card(target=target)):
            return target
        case Answer(more=more):
            return more.url
        case _:
            return None


def _language(tracker: Tracker) -> str | None:
    """As the assistant knows it: Rasa's own metadata, or a slot of that name."""
    metadata = tracker.latest_message.get("metadata") or {}
    told = metadata.get("language") or (tracker.slots or {}).get("language")
    return told[:2].lower() if isinstance(told, str) and told[:2].isalpha() and told[:2].isascii() else None


def _transcript(tracker: Tracker, words: Words) -> Iterator[str]:
    speakers = {"user": words.customer, "bot": words.assistant}
    said = [
        f"{speakers[e['event']]}: {' '.join(str(e['text']).split())[:LONGEST_LINE]}"
        for e in tracker.events or ()
        if e.get("event") in speakers and e.get("text")
    ]
    if said:
        yield words.note
        yield ""
        yield from (f"- {line}" for line in said[-TRANSCRIPT:])

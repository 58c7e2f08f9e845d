"""Conversations with customers whom a Rasa sender id names: theirs alone, and answered while they wait."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.conversation import Held, State, fold
from bot.events import Author, LoggedEvent, NoteWritten, OutcomeGiven, PersonJoined, ReplySent
from bot.log import UnknownConversation
from bot.reception import Reception
from connectors.http.door import Door
from connectors.http.tokens import secret_of
from connectors.rasa.sayings import Saying, language_of, sayings, untold
from connectors.rasa.words import words_in
from connectors.settings import DEFAULT_SITE, Settings

DOOR = "rasa"
"""As the log calls these doors."""


@dataclass(frozen=True, slots=True)
class Told:
    sayings: list[Saying]
    state: State
    outcome: OutcomeGiven | None
    """The bot's, to the message; None when a person has the conversation or somebody was quicker."""
    language: str | None
    speaker: str
    """As customers call the person who has the conversation."""


class Talks:
    def __init__(self, door: Door) -> None:
        self._door = door
        self._service = door.service
        self._secret = secret_of(door.service.settings).encode()
        self.site = site_of(door.service.settings)

    def greeting(self, language: str) -> Saying:
        """The site's first words."""
        texts = self._door.websites.configuration(self.site).greeting
        return Saying(0, texts.get(language) or next(iter(texts.values())))

    def id_of(self, scope: str, sender: str) -> str:
        """Of this sender's conversation. Senders of one scope never meet those of another, and the id says
        nothing of either."""
        name = f"{DOOR}\0{scope}\0{sender}".encode()
        return f"{DOOR}-{hmac.new(self._secret, name, hashlib.sha256).hexdigest()[:32]}"

    async def is_open(self, conversation_id: str) -> bool:
        try:
            await self._service.log.state(conversation_id)
        except UnknownConversation:
            return False
        return True

    async def open(self, conversation_id: str, text: str, language: str | None = None) -> None:
        """With `text`, if it was not open already. `language` is what the customer's page says."""
        if language not in self._service.brief.languages and text:
            language = self._service.detector.detect(text)
        await self._service.reception.open(conversation_id, language, DOOR, self.site)

    async def keep(self, conversation_id: str, client_id: str, text: str) -> int:
        """The message's position. The same client id again is the same message.

        Raises what Reception.receive does."""
        logged = await self._service.reception.receive(conversation_id, client_id, text)
        return logged.position

    async def hear(
        self,
        conversation_id: str,
        position: int,
        reception: Reception | None = None,
        since: int | None = None,
    ) -> Told:
        """The message at `position` is answered, if it is the bot's to answer; and what there is to tell:
        all `since` that position, for who remembers it."""
        await (reception or self._service.reception).answer(conversation_id)
        return self._acknowledged(await self._told(conversation_id, position, since), position)

    async def news(self, conversation_id: str, since: int) -> Told:
        """What came since then, without a message of the customer's. Raises UnknownConversation."""
        await self._service.log.state(conversation_id)
        return await self._told(conversation_id, since, since)

    async def request_person(
        self, conversation_id: str, client_id: str, text: str, before: str, since: int | None = None
    ) -> Told:
        """`before` is what was said elsewhere, for whoever takes over; `text` may be empty."""
        reception = self._service.reception
        position = 0
        if text:
            position = await self.keep(conversation_id, client_id, text)
        asked = await reception.request_person(conversation_id)
        if asked is not None and before:
            note = NoteWritten(DOOR, before, f"{DOOR} {asked.position}")
            await self._service.log.append(conversation_id, note, Author.SYSTEM, None, self._service.clock())
        position = position or (asked.position - 1 if asked else 0)
        return self._acknowledged(await self._told(conversation_id, position, since), position)

    async def _told(self, conversation_id: str, position: int, since: int | None) -> Told:
        events = await self._service.log.read(conversation_id)
        state = fold(events)
        language = language_of(events) or self._service.brief.languages[0]
        words = words_in(language)
        new = untold(events, position) if since is None else [e for e in events if e.position > since]
        told = sayings(await self._door.views.of(new), words, markdown=False)
        outcome = next((e.event for e in reversed(new) if isinstance(e.event, OutcomeGiven)), None)
        return Told(told, state, outcome, language, _speaker(events))

    def _acknowledged(self, told: Told, position: int) -> Told:
        """Who writes is never left without a word."""
        words = words_in(told.language)
        match told.state.owner.held:
            case _ if told.sayings:
                return told
            case _ if told.state.is_waiting:
                return replace(told, sayings=[Saying(position, words.waiting)])
            case Held.PERSON:
                return replace(told, sayings=[Saying(position, words.passed_on.format(name=told.speaker))])
            case _:
                return told


def site_of(settings: Settings) -> str:
    first = settings.sites[0].id if settings.sites else DEFAULT_SITE
    return settings.rasa.site or first


def _speaker(events: Sequence[LoggedEvent]) -> str:
    """As customers call who has the conversation."""
    came = PersonJoined | ReplySent
    return next((e.event.shown for e in reversed(events) if isinstance(e.event, came)), "")

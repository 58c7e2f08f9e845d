"""Where people take over: claim, reply, hand back, resolve. Whoever is too late is told so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.conversation import ConversationError, Held, NotYourTurn, State, person
from bot.events import Author, ConversationResolved, Event, HandedBack, LoggedEvent, PersonJoined, ReplySent
from bot.log import ConversationLog, Expected, state_of


class AlreadyClaimed(ConversationError):
    """Another person has this conversation. The message names them."""


class Desk:
    def __init__(self, log: ConversationLog, clock: Callable[[], datetime]) -> None:
        self._log = log
        self._clock = clock

    async def claim(self, conversation_id: str, name: str) -> LoggedEvent:
        """Take a conversation from the queue or from the bot. Raises AlreadyClaimed, NotYourTurn."""
        state = await state_of(self._log, conversation_id)
        if state.owner.held is Held.PERSON:
            raise AlreadyClaimed(f"{state.owner} has this conversation")
        return await self._append(conversation_id, PersonJoined(name), state)

    async def reply(self, conversation_id: str, name: str, text: str) -> LoggedEvent:
        return await self._as_owner(conversation_id, name, ReplySent(name, text))

    async def hand_back(self, conversation_id: str, name: str) -> LoggedEvent:
        """The bot goes on, with the messages that nobody answered yet: call `Reception.answer` after it."""
        return await self._as_owner(conversation_id, name, HandedBack())

    async def resolve(self, conversation_id: str, name: str) -> LoggedEvent:
        """Raises MessagesChanged when the customer wrote while the conversation was being closed."""
        return await self._as_owner(conversation_id, name, ConversationResolved())

    async def _as_owner(self, conversation_id: str, name: str, event: Event) -> LoggedEvent:
        state = await state_of(self._log, conversation_id)
        if state.owner != person(name):
            raise NotYourTurn(f"{state.owner} holds the conversation, not {name}")
        return await self._append(conversation_id, event, state)

    async def _append(self, conversation_id: str, event: Event, state: State) -> LoggedEvent:
        unanswered = state.unanswered_positions if isinstance(event, ConversationResolved) else None
        expected = Expected(state.owner, state.epoch, unanswered)
        return await self._log.append(conversation_id, event, Author.STAFF, expected, self._clock())

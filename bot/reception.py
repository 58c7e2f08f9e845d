"""Takes in what a customer writes, and sees to it that every message gets its one outcome."""

from __future__ import annotations

import asyncio
import logging
import math
import re
from collections.abc import Callable
from copy import copy
from datetime import datetime
from typing import Any
from weakref import WeakValueDictionary

from pydantic_core import to_jsonable_python

from bot.asked import Asked, Draft, Onlooker, Responder, Response
from bot.conversation import (
    BOT,
    NOBODY,
    AlreadyAnswered,
    ConversationError,
    Held,
    NotYourTurn,
    State,
    StillUnanswered,
    UnknownTransition,
)
from bot.decisions import Escalate, Reason
from bot.events import (
    AnswerJudged,
    Author,
    ContactLeft,
    ConversationOpened,
    ConversationRated,
    ConversationResolved,
    Customer,
    CustomerIdentified,
    HandedBack,
    LoggedEvent,
    MessageReceived,
    OutcomeGiven,
    TranscriptRequested,
    TurnDropped,
)
from bot.log import ConversationLog, Expected, LogUnavailable, MessagesChanged, state_of

HandOver = Callable[[Reason, State], Escalate]
"""Who takes over, and what the customer is told, when the responder could not say it."""

log_lines = logging.getLogger(__name__)


class MessageEmpty(ConversationError):
    """There is nothing to read in the message."""


class MessageTooLong(ConversationError):
    """The message is longer than is taken in at once."""


class ClientIdInvalid(ConversationError):
    """A client id has 1 to 200 characters."""


class NothingToJudge(ConversationError):
    """The bot gave no outcome at this position."""


class AddressInvalid(ConversationError):
    """This is no e-mail address."""


class RatingInvalid(ConversationError):
    """Satisfaction is 1 to 5 stars."""


class Nobody:
    """Looks on nothing."""

    def begun(self, conversation_id: str) -> None: ...

    def draft(self, conversation_id: str, draft: Draft) -> None: ...

    def ended(self, conversation_id: str) -> None: ...


class Reception:
    """`hand_over` says what happens when the responder fails (Reason.UNAVAILABLE), and when the customer
    asked for a person by the button (Reason.ASKED_FOR_PERSON). `settle` is how many seconds without a new
    message make a burst complete, `time_limit` how many a responder may take. `onlooker` sees outcomes come
    about."""

    def __init__(
        self,
        log: ConversationLog,
        responder: Responder,
        clock: Callable[[], datetime],
        *,
        hand_over: HandOver,
        onlooker: Onlooker | None = None,
        settle: float = 0.0,
        time_limit: float = 30.0,
        longest: int = 4000,
        restarts: int = 5,
    ) -> None:
        self._log = log
        self._responder = responder
        self._clock = clock
        self._hand_over = hand_over
        self._onlooker = onlooker or Nobody()
        self._settle = settle
        self._time_limit = time_limit
        self._longest = longest
        self._restarts = restarts
        self._answering: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def answering_with(self, responder: Responder) -> Reception:
        """The same reception, whose outcomes another responder finds."""
        other = copy(self)
        other._responder = responder
        return other

    async def open(
        self,
        conversation_id: str,
        language: str | None = None,
        door: str = "terminal",
        site: str | None = None,
        customer: Customer | None = None,
        page: str | None = None,
    ) -> LoggedEvent:
        """Begin a conversation; harmless when it is there already."""
        opened = ConversationOpened(language, door, site, customer, page)
        return await self._log.open(conversation_id, opened, self._clock())

    async def identify(self, conversation_id: str, customer: Customer) -> LoggedEvent | None:
        """The customer signed in. None when that was known.

        Raises AnotherCustomer, UnknownConversation, LogUnavailable."""
        if (await state_of(self._log, conversation_id)).customer == customer:
            return None
        known = CustomerIdentified(customer)
        return await self._log.append(conversation_id, known, Author.CUSTOMER, None, self._clock())

    async def close(self, conversation_id: str) -> LoggedEvent | None:
        """The customer is done; what the bot still owes is given first. None when it was closed already.

        Raises UnknownConversation, LogUnavailable."""
        while True:
            await self.answer(conversation_id)
            if (await state_of(self._log, conversation_id)).owner == NOBODY:
                return None
            try:
                return await self._log.append(
                    conversation_id, ConversationResolved(), Author.CUSTOMER, None, self._clock()
                )
            except (StillUnanswered, UnknownTransition):
                continue

    async def handle(self, conversation_id: str, client_id: str, text: str) -> LoggedEvent | None:
        """Receive and answer. None when there was nothing left for the bot to say."""
        await self.receive(conversation_id, client_id, text)
        return await self.answer(conversation_id)

    async def receive(self, conversation_id: str, client_id: str, text: str) -> LoggedEvent:
        """Once this returns, the message is on disk. Repeating it with the same client id is harmless.

        Raises MessageEmpty, MessageTooLong, ClientIdInvalid, UnknownConversation, LogUnavailable."""
        message = MessageReceived(_checked_id(client_id), self._checked(text))
        return await self._log.append(conversation_id, message, Author.CUSTOMER, None, self._clock())

    async def answer(self, conversation_id: str) -> LoggedEvent | None:
        """Give the messages that wait their one outcome, together. None when the bot has nothing to say:
        none waits, or a person owns the conversation. Raises LogUnavailable: then they wait for `resume`."""
        async with self._answering.setdefault(conversation_id, asyncio.Lock()):
            await self._burst(conversation_id)
            try:
                return await self._answer(conversation_id)
            finally:
                self._onlooker.ended(conversation_id)

    async def resume(self) -> list[LoggedEvent]:
        """After a restart: answer what was left. What fails is reported and left for the next time."""
        given = []
        for conversation_id in await self._log.unanswered():
            try:
                outcome = await self.answer(conversation_id)
            except LogUnavailable:
                log_lines.exception("conversation %s could not be answered on resuming", conversation_id)
                continue
            if outcome is not None:
                given.append(outcome)
        return given

    async def judge(
        self, conversation_id: str, position: int, useful: bool, comment: str = ""
    ) -> LoggedEvent:
        """The customer's thumb on the outcome at `position`. Raises NothingToJudge, MessageTooLong."""
        events = await self._log.read(conversation_id)
        if not any(e.position == position and isinstance(e.event, OutcomeGiven) for e in events):
            raise NothingToJudge(f"there is no outcome at position {position}")
        judged = AnswerJudged(position, useful, self._checked(comment) if comment.strip() else "")
        return await self._log.append(conversation_id, judged, Author.CUSTOMER, None, self._clock())

    async def request_person(self, conversation_id: str) -> LoggedEvent | None:
        """The customer pressed "Ask a person": whatever still waits goes to a person, and what the bot was
        composing is dropped. None when a person or the queue has the conversation already."""
        while True:
            state = await state_of(self._log, conversation_id)
            if state.owner.held in (Held.WAITING, Held.PERSON):
                return None
            outcome = self._hand_over(Reason.ASKED_FOR_PERSON, state)
            event = OutcomeGiven(outcome, state.unanswered_positions, confidence=0.0)
            try:
                return await self._append_outcome(conversation_id, event, state, all_of_them=True)
            except (NotYourTurn, MessagesChanged):
                continue

    async def return_to_bot(self, conversation_id: str) -> LoggedEvent | None:
        """The customer no longer wants to wait for a person: the bot goes on, and owes an `answer` for what
        was not answered. None when they were not waiting, or somebody has come meanwhile."""
        state = await state_of(self._log, conversation_id)
        if not state.is_waiting:
            return None
        expected = Expected(state.owner, state.epoch)
        try:
            return await self._log.append(
                conversation_id, HandedBack(), Author.CUSTOMER, expected, self._clock()
            )
        except NotYourTurn:
            return None

    async def leave_contact(self, conversation_id: str, email: str) -> LoggedEvent | None:
        """Where the answer goes when the customer is gone. None when it was known. Raises AddressInvalid."""
        contact = ContactLeft(_checked_address(email))
        if (await state_of(self._log, conversation_id)).contact == contact.email:
            return None
        return await self._log.append(conversation_id, contact, Author.CUSTOMER, None, self._clock())

    async def request_transcript(self, conversation_id: str, email: str) -> LoggedEvent:
        """The customer wants to be sent what was said. Raises AddressInvalid."""
        requested = TranscriptRequested(_checked_address(email))
        return await self._log.append(conversation_id, requested, Author.CUSTOMER, None, self._clock())

    async def rate(self, conversation_id: str, stars: int, comment: str = "") -> LoggedEvent:
        """How satisfied the customer is with the whole. Raises RatingInvalid, MessageTooLong."""
        if not 1 <= stars <= 5:
            raise RatingInvalid("satisfaction is 1 to 5 stars")
        rated = ConversationRated(stars, self._checked(comment) if comment.strip() else "")
        return await self._log.append(conversation_id, rated, Author.CUSTOMER, None, self._clock())

    async def _burst(self, conversation_id: str) -> None:
        """Wait until the customer has paused, but not for ever."""
        seen: tuple[int, ...] | None = None
        for _ in range(self._restarts if self._settle else 0):
            waiting = (await state_of(self._log, conversation_id)).unanswered_positions
            if waiting == seen or not waiting:
                return
            seen = waiting
            await asyncio.sleep(self._settle)

    async def _answer(self, conversation_id: str) -> LoggedEvent | None:
        """Who keeps writing is answered at last, though newer messages are then left for the next turn."""
        restarts = 0
        while True:
            state = await state_of(self._log, conversation_id)
            if state.owner != BOT or not state.unanswered:
                return None
            response = await self._respond(conversation_id, state)
            event = OutcomeGiven(
                response.outcome,
                state.unanswered_positions,
                response.confidence,
                response.trace,
                response.language,
                response.rejected,
            )
            try:
                return await self._append_outcome(
                    conversation_id, event, state, all_of_them=restarts < self._restarts
                )
            except (MessagesChanged, AlreadyAnswered):
                restarts += 1
            except NotYourTurn as lost:
                await self._drop(conversation_id, state, lost)

    async def _append_outcome(
        self, conversation_id: str, event: OutcomeGiven, state: State, *, all_of_them: bool
    ) -> LoggedEvent:
        expected = Expected(state.owner, state.epoch, event.answers if all_of_them else None)
        return await self._log.append(conversation_id, event, Author.BOT, expected, self._clock())

    async def _drop(self, conversation_id: str, state: State, lost: NotYourTurn) -> None:
        dropped = TurnDropped(state.unanswered_positions, str(lost))
        await self._log.append(conversation_id, dropped, Author.SYSTEM, None, self._clock())

    async def _respond(self, conversation_id: str, state: State) -> Response:
        def shown(draft: Draft) -> None:
            self._onlooker.draft(conversation_id, draft)

        asked = Asked(
            conversation_id,
            tuple(message.text for message in state.unanswered),
            state.exchanges,
            self._clock(),
            state.language,
            failures=state.failures,
            site=state.site,
            tier=state.customer.tier if state.customer else None,
            tags=state.tags,
        )
        self._onlooker.begun(conversation_id)
        try:
            async with asyncio.timeout(self._time_limit):
                return _storable(await self._responder.respond(asked, shown))
        except Exception as error:  # whatever broke: the customer gets a person
            log_lines.exception("the responder failed in conversation %s", conversation_id)
            return self._unavailable(state, error)

    def _unavailable(self, state: State, error: Exception) -> Response:
        what = str(error) or f"no response within {self._time_limit:g} seconds"
        trace = {"error": {"type": type(error).__name__, "message": what}}
        outcome = self._hand_over(Reason.UNAVAILABLE, state)
        return Response(outcome, confidence=0.0, trace=trace)

    def _checked(self, text: str) -> str:
        words = readable(text)
        if not words.strip():
            raise MessageEmpty("the message is empty")
        if len(words) > self._longest:
            raise MessageTooLong(
                f"the message has {len(words)} characters, at most {self._longest} are read at once"
            )
        return words


def _checked_id(client_id: str) -> str:
    if not 1 <= len(client_id) <= 200 or client_id != readable(client_id):
        raise ClientIdInvalid("a client id has 1 to 200 characters")
    return client_id


_ADDRESS = re.compile(r"[^\s@<>(),;:\\\"]+@[^\s@<>(),;:\\\"]+\.[^\s@<>(),;:\\\".]{2,}")


def _checked_address(email: str) -> str:
    """Only whether it looks like one: whether it is theirs is known when they click on what it receives."""
    address = readable(email).strip()
    if len(address) > 254 or not address.isprintable() or not _ADDRESS.fullmatch(address):
        raise AddressInvalid("this does not look like an e-mail address; it should be like name@example.com")
    return address


def readable(text: str) -> str:
    """Without what no database stores: NUL (PostgreSQL), and halves of surrogate pairs (UTF-8)."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")


def _storable(response: Response) -> Response:
    """With a trace that is plain JSON. Raises ValueError for a confidence that is no probability."""
    if not (math.isfinite(response.confidence) and 0.0 <= response.confidence <= 1.0):
        raise ValueError(f"a confidence of {response.confidence} is no probability")
    trace: dict[str, Any] = to_jsonable_python(response.trace, fallback=_plain, inf_nan_mode="null")
    return Response(response.outcome, float(response.confidence), trace, response.language, response.rejected)


def _plain(value: Any) -> Any:
    """Numbers and arrays of numerical libraries as Python has them; words for anything else."""
    return value.tolist() if hasattr(value, "tolist") else repr(value)

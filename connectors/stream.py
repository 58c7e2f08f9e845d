"""The log's tail → open event streams: one task a process reads, any number of streams listen.

What is in the log is delivered to each stream once and in order, whichever process wrote it. What the bot is
composing right now is shown beside it and never kept: only the log is the conversation.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot.asked import Draft
from bot.conversation import ConversationError
from bot.decisions import Escalate
from bot.events import (
    ConversationResolved,
    HandedBack,
    LoggedEvent,
    MarkedSpam,
    Merged,
    OutcomeGiven,
    PersonAssigned,
    PersonJoined,
    Prioritised,
    Released,
    Reopened,
    Snoozed,
    Transferred,
    Woken,
)
from bot.log import ConversationLog, LogUnavailable
from escalation.waiting import Wait

PAUSE = 0.3
"""Seconds between two looks at the log, for what other processes wrote; of its own this one hears at once."""
LONGEST_PAUSE = 5.0
"""Between two looks while the log is away."""
BATCH = 100
"""Events read at once."""
ROOM = 200
"""Items that a stream may be behind before it is ended: its reader comes back with its cursor."""

_logging = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Composing:
    """The bot has begun to write."""


@dataclass(frozen=True, slots=True)
class Composed:
    """What was shown as a draft is void: the outcome follows, or there is none."""


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody has a message under their fingers. Nothing says when they stop: it holds for a few seconds."""

    conversation_id: str
    name: str | None = None
    """What customers call the colleague; None: it is the customer."""


@dataclass(frozen=True, slots=True)
class Looking:
    """Other colleagues than before have this conversation open. Never told to customers."""

    conversation_id: str


Item = LoggedEvent | Composing | Draft | Composed | Typing | Looking | Wait

_ENDS_COMPOSITION = (
    OutcomeGiven,
    PersonAssigned,
    PersonJoined,
    HandedBack,
    ConversationResolved,
    MarkedSpam,
    Merged,
)
"""After one of these, what the bot had so far is not what the customer gets."""

_MOVES = (
    PersonAssigned,
    PersonJoined,
    Transferred,
    Released,
    Snoozed,
    Woken,
    Prioritised,
    MarkedSpam,
    Merged,
    HandedBack,
    ConversationResolved,
    Reopened,
)
"""After one of these, or an escalation, others may have another place in the queue."""


class Stopping(ConversationError):
    """The service is being stopped and opens no more streams."""


class Stream:
    """What one reader has not taken yet. Bounded: who is too slow is told goodbye."""

    def __init__(self, conversation_id: str | None, room: int = ROOM) -> None:
        self.conversation_id = conversation_id
        """None: of all of them."""
        self.ended = False
        """Nothing comes any more, once what waits is taken: the reader should connect anew."""
        self.in_queue = False
        """See `Hub.queues`."""
        self._room = room
        self._waiting: deque[Item] = deque()
        self._woken = asyncio.Event()

    def put(self, item: Item) -> None:
        if self.ended:
            return
        if isinstance(item, Draft) and self._waiting and isinstance(self._waiting[-1], Draft):
            self._waiting[-1] = item
        elif len(self._waiting) < self._room:
            self._waiting.append(item)
        else:
            self._waiting.clear()
            self.ended = True
        self._woken.set()

    def end(self) -> None:
        self.ended = True
        self._woken.set()

    async def take(self, patience: float) -> tuple[Item, ...]:
        """All that waits, as soon as anything does; nothing after `patience` seconds, or once it ended."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._woken.wait()
        if not self.ended:
            self._woken.clear()
        items = tuple(self._waiting)
        self._waiting.clear()
        return items


@dataclass(slots=True)
class _Composition:
    draft: Draft | None = None
    void: bool = False


class Hub:
    """Opens streams and feeds them while `run` runs. It is the Reception's onlooker."""

    def __init__(self, log: ConversationLog, *, pause: float = PAUSE, room: int = ROOM) -> None:
        self.trouble: str | None = None
        """Why streams stand still, while they do."""
        self._log = log
        self._pause = pause
        self._room = room
        self._streams: dict[str | None, set[Stream]] = {}
        self._cursor: int | None = None
        """None while nobody listens: then nothing is read."""
        self._reading = asyncio.Lock()
        self._nudged = asyncio.Event()
        self._heard: dict[int, LoggedEvent] = {}
        """By sequence: what this process wrote behind the cursor, which need not be read then."""
        self._look_at = 0.0
        """When the log is read for what other processes wrote, by the loop's clock."""
        self.moved = asyncio.Event()
        """Something happened in the queue since this was cleared, as far as anybody listens."""
        self._running = False
        self._stopping = False
        self._compositions: dict[str, _Composition] = {}
        self._signals: list[tuple[str, Composing | Composed]] = []
        self._drafts: dict[str, Draft] = {}

    # For those who listen

    async def open(self, conversation_id: str | None) -> Stream:
        """Hears what is logged from now on, and what is being composed. None, for colleagues only: all that
        is logged, who types and who looks where. Raises LogUnavailable, Stopping."""
        async with self._reading:
            if self._stopping:
                raise Stopping("the service is being stopped")
            if self._cursor is None:
                self._cursor = await self._log.head()
                self._look_at = 0.0  # what this process wrote meanwhile was not kept
            stream = Stream(conversation_id, self._room)
            self._streams.setdefault(conversation_id, set()).add(stream)
        self._tell_what_is_composed(stream)
        self.nudge()
        return stream

    def close(self, stream: Stream) -> None:
        streams = self._streams.get(stream.conversation_id, set())
        streams.discard(stream)
        if not streams:
            self._streams.pop(stream.conversation_id, None)
        if not self._streams:
            self._cursor = None

    def listeners(self, conversation_id: str) -> int:
        return len(self._streams.get(conversation_id, ()))

    @property
    def open_streams(self) -> int:
        return sum(map(len, self._streams.values()))

    @property
    def anybody_in_queue(self) -> bool:
        return any(stream.in_queue for streams in self._streams.values() for stream in streams)

    def queues(self, stream: Stream, waits: bool) -> None:
        """Its reader waits for a person, and wants to hear of their place; or no longer."""
        stream.in_queue = waits
        if waits:
            self.moved.set()

    async def stop(self) -> None:
        """Deliver what was logged until now, then end every stream; its reader is told to come back."""
        self._stopping = True
        self._look_at = 0.0
        with suppress(LogUnavailable):
            await self._pass()
        for streams in self._streams.values():
            for stream in streams:
                stream.end()

    # For those who write

    def typing(self, conversation_id: str, name: str | None = None) -> None:
        """Each hears of the other: the customer of the colleague `name`, the colleagues of the customer."""
        item = Typing(conversation_id, name)
        if name is not None:
            self._tell(conversation_id, item)
        self._tell(None, item)

    def looking(self, conversation_id: str) -> None:
        self._tell(None, Looking(conversation_id))

    def wait(self, wait: Wait) -> None:
        """Told to those who wait and look on."""
        self._tell(wait.conversation_id, wait)

    def heard(self, logged: LoggedEvent) -> None:
        """This process wrote it. Sequences have no gaps: one that is missing was written by another."""
        if self._running and self._cursor is not None and logged.sequence > self._cursor:
            self._heard[logged.sequence] = logged
        self.nudge()

    def nudge(self) -> None:
        """There is something to deliver."""
        self._nudged.set()

    def begun(self, conversation_id: str) -> None:
        self._signal(conversation_id, Composing())

    def draft(self, conversation_id: str, draft: Draft) -> None:
        if self._running:
            self._drafts[conversation_id] = draft
            self.nudge()

    def ended(self, conversation_id: str) -> None:
        self._signal(conversation_id, Composed())

    def _signal(self, conversation_id: str, signal: Composing | Composed) -> None:
        """Applied by `run` after what the log had before it: a stream sees the two in the order they came."""
        if self._running:
            self._signals.append((conversation_id, signal))
            self._drafts.pop(conversation_id, None)
            self.nudge()

    # The one reader

    async def run(self) -> None:
        """Until it is cancelled."""
        self._running = True
        pause = self._pause
        try:
            while True:
                await self._until_nudged(pause)
                try:
                    await self._pass()
                    self.trouble = None
                    pause = self._pause
                except Exception as error:  # noqa: BLE001 - whatever it is, streams must go on after it
                    self._note(error)
                    pause = min(pause * 2, LONGEST_PAUSE)
                    await asyncio.sleep(pause)
        finally:
            self._running = False

    def _note(self, error: Exception) -> None:
        """Once, not at every attempt."""
        if self.trouble is None:
            away = isinstance(error, LogUnavailable)
            _logging.error("the log cannot be read, streams stand still: %s", error, exc_info=not away)
        self.trouble = str(error) or type(error).__name__

    async def _until_nudged(self, pause: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(pause if self._streams else None):
                await self._nudged.wait()
        self._nudged.clear()

    async def _pass(self) -> None:
        signals, self._signals = self._signals, []
        drafts, self._drafts = self._drafts, {}
        try:
            over = await self._read_on()
        except BaseException:
            self._signals, self._drafts = signals + self._signals, drafts | self._drafts
            raise
        for conversation_id, signal in signals:
            self._apply(conversation_id, signal, over[conversation_id] > 0)
            over[conversation_id] -= 1
        for conversation_id, draft in drafts.items():
            self._show(conversation_id, draft)

    async def _read_on(self) -> Counter[str]:
        """Delivers what is new. By conversation, how many compositions it brought to an end."""
        over: Counter[str] = Counter()
        async with self._reading:
            while events := await self._following():
                for logged in events:
                    self._deliver(logged)
                    over[logged.conversation_id] += isinstance(logged.event, _ENDS_COMPOSITION)
                if self._cursor is not None:
                    self._cursor = events[-1].sequence
        return over

    async def _following(self) -> Sequence[LoggedEvent]:
        """What comes next in the log. It is read where others have written, or may have."""
        if self._cursor is None:
            self._heard.clear()
            return ()
        if heard := self._heard_from(self._cursor + 1):
            return heard
        now = asyncio.get_running_loop().time()
        if not self._heard and now < self._look_at:
            return ()
        events = await self._log.after(self._cursor, BATCH)
        if events:
            self._heard = {at: logged for at, logged in self._heard.items() if at > events[-1].sequence}
        if len(events) < BATCH:
            self._look_at = now + self._pause
        return events

    def _heard_from(self, sequence: int) -> list[LoggedEvent]:
        heard: list[LoggedEvent] = []
        while (following := self._heard.pop(sequence + len(heard), None)) is not None:
            heard.append(following)
        return heard

    def _deliver(self, logged: LoggedEvent) -> None:
        if isinstance(logged.event, _ENDS_COMPOSITION):
            self._void(logged.conversation_id)
        if _moves_the_queue(logged):
            self.moved.set()
        self._tell(logged.conversation_id, logged)
        self._tell(None, logged)

    def _apply(self, conversation_id: str, signal: Composing | Composed, over: bool) -> None:
        """`over`: a composition that begins here was quick, its outcome is delivered already."""
        self._void(conversation_id)
        if isinstance(signal, Composed):
            self._compositions.pop(conversation_id, None)
            return
        self._compositions[conversation_id] = _Composition(void=over)
        if not over:
            self._tell(conversation_id, signal)

    def _void(self, conversation_id: str) -> None:
        composition = self._compositions.get(conversation_id)
        if composition is not None and not composition.void:
            composition.void, composition.draft = True, None
            self._tell(conversation_id, Composed())

    def _show(self, conversation_id: str, draft: Draft) -> None:
        composition = self._compositions.get(conversation_id)
        if composition is not None and not composition.void:
            composition.draft = draft
            self._tell(conversation_id, draft)

    def _tell(self, conversation_id: str | None, item: Item) -> None:
        for stream in self._streams.get(conversation_id, ()):
            stream.put(item)

    def _tell_what_is_composed(self, stream: Stream) -> None:
        composition = self._compositions.get(stream.conversation_id or "")
        if composition is not None and not composition.void:
            stream.put(Composing())
            if composition.draft is not None:
                stream.put(composition.draft)


def _moves_the_queue(logged: LoggedEvent) -> bool:
    match logged.event:
        case OutcomeGiven(outcome=outcome):
            return isinstance(outcome, Escalate)
        case event:
            return isinstance(event, _MOVES)

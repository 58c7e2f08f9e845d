"""The conversation log: the one place where a conversation happens, and the only way to reach anyone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from bot.conversation import ConversationError, NotYourTurn, Owner, State
from bot.events import (
    Author,
    ConversationOpened,
    Event,
    LoggedEvent,
    MessageReceived,
    NoteWritten,
    ReplyEdited,
    ReplySent,
)

Transaction = TypeVar("Transaction", contravariant=True)


class UnknownConversation(ConversationError):
    """No conversation has this id."""


class MessagesChanged(ConversationError):
    """Messages came, or were answered, since they were read; read them again."""


class ConversationMoved(ConversationError):
    """Something happened in the conversation since it was read; read it again."""


class LogUnavailable(Exception):
    """The store does not take or give events now. What was acknowledged before is kept; try again."""


@dataclass(frozen=True, slots=True)
class Expected:
    """How the conversation was when the writer read it. Compared again where the event is written."""

    owner: Owner
    epoch: int
    unanswered: tuple[int, ...] | None = None
    """When given, exactly the messages at these positions must still wait for an answer."""
    position: int | None = None
    """When given, nothing at all may have happened since: of two who do the same, one does it."""

    def require(self, state: State) -> None:
        """Raises NotYourTurn, MessagesChanged, ConversationMoved."""
        if (self.owner, self.epoch) != (state.owner, state.epoch):
            raise NotYourTurn(f"{state.owner} holds the conversation now, not {self.owner} as before")
        if self.unanswered is not None and self.unanswered != state.unanswered_positions:
            raise MessagesChanged("messages came or were answered meanwhile")
        if self.position not in (None, state.position):
            raise ConversationMoved("something happened in the conversation meanwhile")


class ConversationLog(Protocol):
    """Append-only. Every method may raise LogUnavailable; each write is one transaction."""

    async def open(self, conversation_id: str, opened: ConversationOpened, now: datetime) -> LoggedEvent:
        """Begin a conversation; its first event when it was open already."""
        ...

    async def append(
        self, conversation_id: str, event: Event, author: Author, expected: Expected | None, now: datetime
    ) -> LoggedEvent:
        """Write `event` if the conversation is still as expected (None: however it is) and may take it.

        What a person wrote with a client id that their kind of event has already gives the row that is there.
        Raises UnknownConversation, NotYourTurn, MessagesChanged, ConversationMoved, AlreadyAnswered,
        UnknownTransition.
        """
        ...

    async def state(self, conversation_id: str) -> State:
        """The fold of its events, without reading them all. Raises UnknownConversation."""
        ...

    async def read(self, conversation_id: str) -> Sequence[LoggedEvent]:
        """All events in order; empty for an unknown conversation."""
        ...

    async def after(self, sequence: int, limit: int) -> Sequence[LoggedEvent]:
        """The next events of all conversations, for a reader that remembers the last sequence it dealt with.

        An event never appears behind a sequence that was already given: no reader misses one."""
        ...

    async def head(self) -> int:
        """The newest sequence, for a reader that begins with what comes next; 0 while the log is empty."""
        ...

    async def forget(self, conversation_ids: Collection[str]) -> int:
        """Take whole conversations out, as if they had never been, and make anew what was derived from the
        log; how many there were. For what nobody may keep any longer: nothing else is ever taken out."""
        ...

    async def unanswered(self) -> Sequence[str]:
        """The conversations in which the bot owes an outcome, longest waiting first."""
        ...


class Projection(Protocol[Transaction]):
    """Rows derived from the log, written where it is written. `Transaction` is what the log's adapter has:
    a database connection, or None in memory (where `apply` must raise before it changes anything)."""

    async def apply(self, transaction: Transaction, logged: LoggedEvent, state: State) -> None:
        """Take in one event, those of one conversation in order; `state` is the conversation's after it."""
        ...

    async def clear(self, transaction: Transaction) -> None:
        """Forget all, before a rebuild."""
        ...


async def state_of(log: ConversationLog, conversation_id: str) -> State:
    """Raises UnknownConversation."""
    return await log.state(conversation_id)


def client_id_of(event: Event) -> str | None:
    """By which a second try of the same kind of event is known."""
    written = MessageReceived | ReplySent | ReplyEdited | NoteWritten
    return event.client_id if isinstance(event, written) else None


def utc(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ValueError("a time without its zone cannot be logged")
    return now.astimezone(UTC)

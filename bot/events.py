"""What happened in a conversation, in the past tense. The log holds nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from bot.decisions import Decision


class Author(StrEnum):
    CUSTOMER = "customer"
    BOT = "bot"
    STAFF = "staff"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Customer:
    """Who the company says it is: never what the customer claims."""

    id: str
    name: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class ConversationOpened:
    language: str | None = None
    """What the customer chose, if they did; each message is detected anew."""
    door: str = "terminal"
    site: str | None = None
    """Which of the company's websites it was opened on, by its short name."""
    customer: Customer | None = None
    """None while nobody has vouched for who it is."""
    kind: Literal["conversation_opened"] = "conversation_opened"


@dataclass(frozen=True, slots=True)
class CustomerIdentified:
    """The customer signed in after the conversation had begun."""

    customer: Customer
    kind: Literal["customer_identified"] = "customer_identified"


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A customer wrote. A second one with the same client id is the same message."""

    client_id: str
    text: str
    kind: Literal["message_received"] = "message_received"


@dataclass(frozen=True, slots=True)
class OutcomeGiven:
    """The bot's one outcome for the messages at these positions, with the trace of how it came about."""

    outcome: Decision
    answers: tuple[int, ...]
    """Positions in this conversation of the messages it answers."""
    confidence: float
    trace: dict[str, Any] = field(default_factory=dict)
    language: str | None = None
    """What the messages were found to be in."""
    rejected: bool = False
    """The messages said that the outcome before did not help."""
    kind: Literal["outcome_given"] = "outcome_given"


@dataclass(frozen=True, slots=True)
class TurnDropped:
    """The bot was composing when somebody else became the owner; what it had is not sent."""

    answers: tuple[int, ...]
    why: str
    kind: Literal["turn_dropped"] = "turn_dropped"


@dataclass(frozen=True, slots=True)
class PersonJoined:
    name: str
    kind: Literal["person_joined"] = "person_joined"


@dataclass(frozen=True, slots=True)
class ReplySent:
    """A person's words to the customer."""

    name: str
    text: str
    kind: Literal["reply_sent"] = "reply_sent"


@dataclass(frozen=True, slots=True)
class HandedBack:
    kind: Literal["handed_back"] = "handed_back"


@dataclass(frozen=True, slots=True)
class ConversationResolved:
    kind: Literal["conversation_resolved"] = "conversation_resolved"


@dataclass(frozen=True, slots=True)
class AnswerJudged:
    """The customer's thumb on the outcome at `position`."""

    position: int
    useful: bool
    comment: str = ""
    kind: Literal["answer_judged"] = "answer_judged"


Event = (
    ConversationOpened
    | CustomerIdentified
    | MessageReceived
    | OutcomeGiven
    | TurnDropped
    | PersonJoined
    | ReplySent
    | HandedBack
    | ConversationResolved
    | AnswerJudged
)


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """A row of the log."""

    sequence: int
    """Grows over the whole log: a reader's cursor."""
    conversation_id: str
    position: int
    """1, 2, … within the conversation."""
    at: datetime
    """UTC."""
    author: Author
    event: Event

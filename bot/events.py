"""What happened in a conversation, in the past tense. The log holds nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from bot.decisions import Decision, Priority


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
    tier: str | None = None
    """How the company ranks them, in its own words: `customer_tiers` in the brief says what it is worth."""


class Review(StrEnum):
    """What a colleague says of an answer of the bot."""

    RIGHT = "right"
    WRONG = "wrong"
    INCOMPLETE = "incomplete"
    SHOULD_HAVE_ESCALATED = "should_have_escalated"
    WRONG_TONE = "wrong_tone"


class Measure(StrEnum):
    """What a service level promises."""

    FIRST_RESPONSE = "first_response"
    RESOLUTION = "resolution"


class ReleaseReason(StrEnum):
    THEMSELVES = "themselves"
    """The person gave it back, or a lead did for them."""
    IDLE = "idle"
    """The customer waited and the person said nothing."""
    OFF_DUTY = "off_duty"


@dataclass(frozen=True, slots=True)
class ConversationOpened:
    language: str | None = None
    """What the customer chose, if they did; each message is detected anew."""
    door: str = "terminal"
    site: str | None = None
    """Which of the company's websites it was opened on, by its short name."""
    customer: Customer | None = None
    """None while nobody has vouched for who it is."""
    page: str | None = None
    """The web page it was opened on, as the browser says."""
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
class PersonAssigned:
    """The conversation is a person's who has not come yet: the customer goes on waiting, for them."""

    name: str
    """Of their account: unique, the owner. Customers do not see it."""
    display: str | None = None
    """What customers call them; None: the same."""
    by: str | None = None
    """The colleague who gave it to them. None when it was their turn."""
    team: str | None = None
    """Whose queue it goes to should they let go of it, where nobody had asked for a person."""
    kind: Literal["person_assigned"] = "person_assigned"

    @property
    def shown(self) -> str:
        return self.display or self.name


@dataclass(frozen=True, slots=True)
class PersonJoined:
    """A person took the conversation, from the queue, from the bot, or as it was given to them."""

    name: str
    """Of their account: unique, the owner. Customers do not see it."""
    display: str | None = None
    """What customers call them; None: the same."""
    by: str | None = None
    """Only in old logs, which did not tell this from PersonAssigned: the colleague who gave it to them."""
    team: str | None = None
    """Whose queue it goes to should they let go of it, where nobody had asked for a person."""
    kind: Literal["person_joined"] = "person_joined"

    @property
    def shown(self) -> str:
        return self.display or self.name


@dataclass(frozen=True, slots=True)
class ReplySent:
    """A person's words to the customer, in Markdown. A second one with the same client id is the same."""

    name: str
    text: str
    display: str | None = None
    client_id: str | None = None
    kind: Literal["reply_sent"] = "reply_sent"

    @property
    def shown(self) -> str:
        return self.display or self.name


@dataclass(frozen=True, slots=True)
class ReplyEdited:
    """The reply at `position` reads so from now on. A second one with the same client id is the same."""

    position: int
    text: str
    by: str
    """Of an account: its author, or a lead. Customers do not see it."""
    display: str
    """Whose reply it is, as customers call them."""
    client_id: str | None = None
    kind: Literal["reply_edited"] = "reply_edited"


@dataclass(frozen=True, slots=True)
class ReplyWithdrawn:
    """The reply at `position` is taken back, for good: nobody reads it out to the customer any more."""

    position: int
    by: str
    """Of an account: its author, or a lead. Customers do not see it."""
    display: str
    """Whose reply it was, as customers call them."""
    kind: Literal["reply_withdrawn"] = "reply_withdrawn"


@dataclass(frozen=True, slots=True)
class NoteWritten:
    """Words among colleagues. They never reach a customer."""

    by: str
    text: str
    client_id: str | None = None
    kind: Literal["note_written"] = "note_written"


@dataclass(frozen=True, slots=True)
class Transferred:
    """To another team's queue. To another person is PersonAssigned."""

    team: str
    by: str
    kind: Literal["transferred"] = "transferred"


@dataclass(frozen=True, slots=True)
class Released:
    """The person has it no more; the customer is in the queue again, at their old place."""

    name: str
    why: ReleaseReason = ReleaseReason.THEMSELVES
    by: str | None = None
    """The colleague who took it from them, when it was not themselves or the timekeeper."""
    kind: Literal["released"] = "released"


@dataclass(frozen=True, slots=True)
class Snoozed:
    """Out of the team's sight until then, or until the customer writes."""

    until: datetime
    by: str
    kind: Literal["snoozed"] = "snoozed"


@dataclass(frozen=True, slots=True)
class Woken:
    by: str | None = None
    """None when its time had come."""
    kind: Literal["woken"] = "woken"


@dataclass(frozen=True, slots=True)
class Tagged:
    tag: str
    by: str
    kind: Literal["tagged"] = "tagged"


@dataclass(frozen=True, slots=True)
class Untagged:
    tag: str
    by: str
    kind: Literal["untagged"] = "untagged"


@dataclass(frozen=True, slots=True)
class Prioritised:
    priority: Priority
    by: str
    kind: Literal["prioritised"] = "prioritised"


@dataclass(frozen=True, slots=True)
class MarkedSpam:
    """Closed without an answer. `Reopened` takes it back."""

    by: str
    kind: Literal["marked_spam"] = "marked_spam"


@dataclass(frozen=True, slots=True)
class Merged:
    """The same customer goes on in another conversation; this one is closed. `Reopened` takes it back."""

    into: str
    """That conversation's id."""
    by: str
    kind: Literal["merged"] = "merged"


@dataclass(frozen=True, slots=True)
class HandedBack:
    """The bot goes on: as the person decided, or the customer who no longer wants to wait (see `author`)."""

    name: str | None = None
    kind: Literal["handed_back"] = "handed_back"


@dataclass(frozen=True, slots=True)
class ConversationResolved:
    name: str | None = None
    """Who closed it, when it was a colleague."""
    kind: Literal["conversation_resolved"] = "conversation_resolved"


@dataclass(frozen=True, slots=True)
class Reopened:
    """A colleague put a closed conversation back into the queue: the undo of resolving, spam and merging.

    A customer who writes to a closed conversation reopens it with the bot instead."""

    by: str
    team: str | None = None
    """Whose queue it is in, where it never was in one."""
    kind: Literal["reopened"] = "reopened"


@dataclass(frozen=True, slots=True)
class ContactLeft:
    """Where the customer wants the answer when they are gone. Nobody has checked that it is theirs."""

    email: str
    kind: Literal["contact_left"] = "contact_left"


@dataclass(frozen=True, slots=True)
class TranscriptRequested:
    """The customer wants what was said until here by mail. Nobody has checked that the address is theirs."""

    email: str
    kind: Literal["transcript_requested"] = "transcript_requested"


@dataclass(frozen=True, slots=True)
class PromiseMade:
    """Nobody picked up in time: what the customer was told then, and once more if it was not kept."""

    text: str
    by_when: datetime | None = None
    """When they are answered at the latest; None where the team has no hours to reckon
    with, and for what is said of a promise that was not kept."""
    kind: Literal["promise_made"] = "promise_made"


@dataclass(frozen=True, slots=True)
class ServiceLevelWarned:
    """The time to keep a service level is nearly over. Recorded once for each escalation and measure."""

    measure: Measure
    due_at: datetime
    kind: Literal["service_level_warned"] = "service_level_warned"


@dataclass(frozen=True, slots=True)
class ServiceLevelBreached:
    measure: Measure
    due_at: datetime
    kind: Literal["service_level_breached"] = "service_level_breached"


@dataclass(frozen=True, slots=True)
class ConversationRated:
    """The customer's satisfaction. A later one replaces it."""

    stars: int
    """1 to 5."""
    comment: str = ""
    kind: Literal["conversation_rated"] = "conversation_rated"


@dataclass(frozen=True, slots=True)
class AnswerJudged:
    """The customer's thumb on the outcome at `position`."""

    position: int
    useful: bool
    comment: str = ""
    kind: Literal["answer_judged"] = "answer_judged"


@dataclass(frozen=True, slots=True)
class AnswerReviewed:
    """A colleague's label on the bot's outcome at `position`. Their later one replaces it."""

    position: int
    by: str
    review: Review | None
    """None takes it back."""
    correction: str | None = None
    """What the bot should have said, in Markdown."""
    note: str = ""
    by_chance: bool = False
    """The answer was put before the colleague by lot, whatever it was: such labels speak for all answers."""
    kind: Literal["answer_reviewed"] = "answer_reviewed"


@dataclass(frozen=True, slots=True)
class CorrectionPublished:
    """A lead agreed with a correction of the outcome at `position`: it is this entry now."""

    position: int
    entry_id: str | None
    """None: that was taken back, and it is no knowledge any more."""
    by: str
    kind: Literal["correction_published"] = "correction_published"


Event = (
    ConversationOpened
    | CustomerIdentified
    | MessageReceived
    | OutcomeGiven
    | TurnDropped
    | PersonAssigned
    | PersonJoined
    | ReplySent
    | ReplyEdited
    | ReplyWithdrawn
    | NoteWritten
    | Transferred
    | Released
    | Snoozed
    | Woken
    | Tagged
    | Untagged
    | Prioritised
    | MarkedSpam
    | Merged
    | HandedBack
    | ConversationResolved
    | Reopened
    | ContactLeft
    | TranscriptRequested
    | PromiseMade
    | ServiceLevelWarned
    | ServiceLevelBreached
    | ConversationRated
    | AnswerJudged
    | AnswerReviewed
    | CorrectionPublished
)


CUSTOMER_SEES = (
    ConversationOpened
    | MessageReceived
    | OutcomeGiven
    | PersonJoined
    | ReplySent
    | ReplyEdited
    | ReplyWithdrawn
    | Transferred
    | Released
    | HandedBack
    | ConversationResolved
    | Merged
    | Reopened
    | ContactLeft
    | PromiseMade
    | ConversationRated
    | AnswerJudged
)
"""What may leave by a customer's door at all, for `isinstance`. Everything else, notes before all, stays
inside; and of these, account names, `by`, `trace` and `into` do too, and what a reply said before it was
edited or withdrawn."""


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

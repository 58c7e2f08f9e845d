"""A conversation at a glance, for lists, whoever had it: the bot alone, or people too. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.conversation import Held, State
from bot.decisions import Escalate, Reason
from bot.events import (
    AnswerJudged,
    AnswerReviewed,
    ContactLeft,
    ConversationRated,
    Customer,
    CustomerIdentified,
    LoggedEvent,
    MarkedSpam,
    MessageReceived,
    OutcomeGiven,
    PersonAssigned,
    PersonJoined,
    ReplySent,
)

LONGEST = 300
"""Characters of a text that are shown in a list."""


@dataclass(frozen=True, slots=True)
class Thumb:
    """The customer's, on the outcome at a position: the last one counts."""

    position: int
    useful: bool


@dataclass(frozen=True, slots=True)
class Label:
    """A colleague said something of the outcome at a position."""

    position: int
    by: str


@dataclass(frozen=True, slots=True)
class Card:
    conversation_id: str
    opened_at: datetime
    updated_at: datetime
    held: Held
    owner: str | None
    """Account name of the person who has it."""
    door: str
    site: str | None
    language: str | None
    customer: Customer | None
    contact: str | None = None
    """The e-mail address the customer left, which nobody has checked."""
    question: str = ""
    """The customer's first words."""
    last_message: str = ""
    """Their last words."""
    messages: int = 0
    """Of the customer."""
    outcomes: int = 0
    """Of the bot, escalations included."""
    escalations: int = 0
    replies: int = 0
    """Of people."""
    people: tuple[str, ...] = ()
    """Account names of all who had it."""
    last_outcome: str | None = None
    """Its kind: answer, route, clarify, small_talk, escalate."""
    last_reason: Reason | None = None
    """Of the last escalation."""
    confidence: float | None = None
    """Of the last outcome."""
    thumbs: tuple[Thumb, ...] = ()
    labels: tuple[Label, ...] = ()
    stars: int | None = None
    reopenings: int = 0
    """How often it went on after it was closed."""
    closed_at: datetime | None = None
    spam: bool = False

    @property
    def useful(self) -> int:
        return sum(thumb.useful for thumb in self.thumbs)

    @property
    def not_useful(self) -> int:
        return len(self.thumbs) - self.useful


def next_card(card: Card | None, logged: LoggedEvent, state: State) -> Card:
    """The card after an event, given the one before it and the state after it."""
    if card is None:
        card = Card(
            logged.conversation_id,
            opened_at=logged.at,
            updated_at=logged.at,
            held=state.owner.held,
            owner=None,
            door=state.door,
            site=state.site,
            language=state.language,
            customer=state.customer,
        )
    was_closed = card.held is Held.NOBODY
    closed = state.owner.held is Held.NOBODY
    card = replace(
        card,
        updated_at=logged.at,
        held=state.owner.held,
        owner=state.owner.name,
        language=state.language,
        closed_at=(card.closed_at or logged.at) if closed else None,
        reopenings=card.reopenings + (was_closed and not closed),
        spam=card.spam and closed,
    )
    return _told(card, logged)


def _told(card: Card, logged: LoggedEvent) -> Card:
    match logged.event:
        case MessageReceived(text=text):
            said = text[:LONGEST]
            return replace(
                card, question=card.question or said, last_message=said, messages=card.messages + 1
            )
        case OutcomeGiven() as given:
            return _given(card, given)
        case ReplySent():
            return replace(card, replies=card.replies + 1)
        case PersonJoined(name=name) | PersonAssigned(name=name):
            return replace(card, people=card.people if name in card.people else (*card.people, name))
        case AnswerJudged(position=position, useful=useful):
            others = (thumb for thumb in card.thumbs if thumb.position != position)
            return replace(card, thumbs=(*others, Thumb(position, useful)))
        case AnswerReviewed(position=position, by=by, review=review):
            label = Label(position, by)
            kept = tuple(known for known in card.labels if known != label)
            return replace(card, labels=(*kept, label) if review else kept)
        case ConversationRated(stars=stars):
            return replace(card, stars=stars)
        case ContactLeft(email=email):
            return replace(card, contact=email)
        case CustomerIdentified(customer=customer):
            return replace(card, customer=customer)
        case MarkedSpam():
            return replace(card, spam=True)
        case _:
            return card


def _given(card: Card, given: OutcomeGiven) -> Card:
    escalated = isinstance(given.outcome, Escalate)
    return replace(
        card,
        outcomes=card.outcomes + 1,
        escalations=card.escalations + escalated,
        last_outcome=given.outcome.kind,
        last_reason=given.outcome.reason if isinstance(given.outcome, Escalate) else card.last_reason,
        confidence=given.confidence,
    )

"""A conversation as colleagues read it: the log's events, each as a line that a template can show. Pure.

Notes are lines here, and in nothing that a customer can reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, assert_never

from markupsafe import Markup

from bot.amending import Amendment, amendments
from bot.decisions import (
    Answer,
    Card,
    Clarify,
    Decision,
    EntryLink,
    Escalate,
    Performed,
    Reason,
    Route,
    SmallTalk,
)
from bot.events import (
    AnswerJudged,
    AnswerReviewed,
    Author,
    ContactLeft,
    ConversationOpened,
    ConversationRated,
    ConversationResolved,
    CorrectionPublished,
    CustomerIdentified,
    Event,
    HandedBack,
    LoggedEvent,
    MarkedSpam,
    Merged,
    MessageReceived,
    NoteWritten,
    OutcomeGiven,
    PersonAssigned,
    PersonJoined,
    Prioritised,
    PromiseMade,
    Released,
    ReleaseReason,
    Reopened,
    ReplyEdited,
    ReplySent,
    ReplyWithdrawn,
    Review,
    ServiceLevelBreached,
    ServiceLevelWarned,
    Snoozed,
    Tagged,
    TranscriptRequested,
    Transferred,
    TurnDropped,
    Untagged,
    Woken,
)
from connectors.console.words import Words
from connectors.console.words.names import labels
from connectors.http.html import link_to, rendered
from escalation.roster import Agent
from knowledge.entries import Citation


class Kind(StrEnum):
    CUSTOMER = "customer"
    BOT = "bot"
    REPLY = "reply"
    NOTE = "note"
    HAPPENED = "happened"
    """Something was done, nobody spoke."""


@dataclass(frozen=True, slots=True)
class Source:
    number: int
    entry_id: str
    title: str
    heading: str
    quote: Markup
    url: str | None


@dataclass(frozen=True, slots=True)
class Thumb:
    useful: bool
    comment: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """What a colleague says of an answer of the bot."""

    by: str
    """As colleagues call them."""
    account: str
    review: Review
    correction: str | None
    note: str
    published_as: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    position: int
    at: datetime
    kind: Kind
    html: Markup = field(default_factory=Markup)
    by: str = ""
    """Who says it, as colleagues call them; "" where the kind says it."""
    account: str | None = None
    """Of the colleague."""
    icon: str = ""
    """Of what happened."""
    outcome: Decision | None = None
    confidence: float = 0.0
    sources: tuple[Source, ...] = ()
    card: Card | None = None
    choices: tuple[EntryLink, ...] = ()
    reason: Reason | None = None
    thumb: Thumb | None = None
    labels: tuple[Labelled, ...] = ()
    text: str = ""
    """Of a reply that stands, in Markdown."""
    amended: Literal["edited", "withdrawn"] | None = None
    """What became of a reply."""

    def label_of(self, account: str) -> Labelled | None:
        """What this colleague says of it."""
        return next((label for label in self.labels if label.account == account), None)

    @property
    def traced(self) -> bool:
        """It can be told how this came about."""
        return self.kind is Kind.BOT and self.outcome is not None


@dataclass(frozen=True, slots=True)
class Reader:
    """In whose language, and what colleagues are called."""

    words: Words
    agents: Mapping[str, Agent]
    team: Mapping[str, str] = field(default_factory=dict)

    def name(self, account: str | None) -> str:
        if account is None:
            return ""
        agent = self.agents.get(account)
        return agent.display if agent else account


def lines(events: Iterable[LoggedEvent], reader: Reader) -> list[Line]:
    """In their order; a thumb or a label stands with the answer that it is about, and a reply reads as the
    customer reads it now. Of one that was withdrawn colleagues see what it said."""
    events = tuple(events)
    thumbs = {e.event.position: e.event for e in events if isinstance(e.event, AnswerJudged)}
    labelled, amended = _labels(events, reader), amendments(events)
    found = (
        _reply(logged, logged.event, amended.get(logged.position), reader)
        if isinstance(logged.event, ReplySent)
        else _line(logged, reader, thumbs, labelled)
        for logged in events
    )
    return [line for line in found if line is not None]


def _line(
    logged: LoggedEvent,
    reader: Reader,
    thumbs: Mapping[int, AnswerJudged],
    labelled: Mapping[int, tuple[Labelled, ...]],
) -> Line | None:
    place = (logged.position, logged.at)
    match logged.event:
        case MessageReceived(text=text):
            return Line(*place, Kind.CUSTOMER, _typed(text))
        case OutcomeGiven() as given:
            return _outcome(logged, given, thumbs.get(logged.position), labelled.get(logged.position, ()))
        case PromiseMade(text=text):
            return Line(*place, Kind.BOT, _markdown(text))
        case NoteWritten(by=by, text=text):
            return Line(*place, Kind.NOTE, _markdown(text), reader.name(by), by)
        case _:
            said = _happened(logged.event, logged.author, reader)
            return Line(*place, Kind.HAPPENED, Markup.escape(said[1]), icon=said[0]) if said else None


def _reply(logged: LoggedEvent, sent: ReplySent, amendment: Amendment | None, reader: Reader) -> Line:
    place = (logged.position, logged.at, Kind.REPLY)
    whose = (reader.name(sent.name), sent.name)
    match amendment:
        case ReplyEdited(text=text):
            return Line(*place, _markdown(text), *whose, text=text, amended="edited")
        case ReplyWithdrawn():
            return Line(*place, _markdown(sent.text), *whose, amended="withdrawn")
        case None:
            return Line(*place, _markdown(sent.text), *whose, text=sent.text)
    assert_never(amendment)


def _outcome(
    logged: LoggedEvent, given: OutcomeGiven, thumb: AnswerJudged | None, labelled: tuple[Labelled, ...]
) -> Line:
    outcome = given.outcome
    citations = outcome.citations if isinstance(outcome, Answer) else ()
    card: Card | None = None
    choices: tuple[EntryLink, ...] = ()
    reason: Reason | None = None
    match outcome:
        case Answer() | Route():
            card = outcome.card
        case Clarify():
            choices = outcome.choices
        case Escalate():
            reason = outcome.reason
        case SmallTalk() | Performed():
            pass
        case _:
            assert_never(outcome)
    return Line(
        logged.position,
        logged.at,
        Kind.BOT,
        Markup(rendered(outcome.text, marks=len(citations), breaks=not citations)),
        outcome=outcome,
        confidence=given.confidence,
        sources=tuple(_source(number, citation) for number, citation in enumerate(citations, 1)),
        card=card,
        choices=choices,
        reason=reason,
        thumb=Thumb(thumb.useful, thumb.comment) if thumb else None,
        labels=labelled,
    )


def _labels(events: Sequence[LoggedEvent], reader: Reader) -> dict[int, tuple[Labelled, ...]]:
    """Each colleague's last one."""
    kept: dict[tuple[int, str], Labelled] = {}
    for logged in events:
        match logged.event:
            case AnswerReviewed(position=position, by=by, review=None):
                kept.pop((position, by), None)
            case AnswerReviewed(position=position, by=by, review=Review() as review) as event:
                kept[position, by] = Labelled(reader.name(by), by, review, event.correction, event.note)
            case CorrectionPublished(position=position, entry_id=entry_id):
                for key, label in list(kept.items()):
                    if key[0] == position and label.correction:
                        kept[key] = Labelled(
                            label.by, label.account, label.review, label.correction, label.note, entry_id
                        )
            case _:
                pass
    positions = dict.fromkeys(position for position, _ in kept)
    return {at: tuple(label for key, label in kept.items() if key[0] == at) for at in positions}


def _source(number: int, citation: Citation) -> Source:
    heading = " › ".join(part for part in citation.heading if part != citation.title)
    url = link_to(citation.url) if citation.url else None
    return Source(number, citation.entry_id, citation.title, heading, Markup(rendered(citation.quote)), url)


def _typed(text: str) -> Markup:
    """What customers type is no Markdown: their lines stay lines, their signs stay signs."""
    return Markup("<p>{}</p>").format(Markup("<br>").join(Markup.escape(part) for part in text.split("\n")))


def _markdown(text: str) -> Markup:
    return Markup(rendered(text, breaks=True))


def _happened(event: Event, author: Author, reader: Reader) -> tuple[str, str] | None:
    """An icon, and a sentence; None for what is shown elsewhere, or interests nobody."""
    _ = reader.words
    label = labels(_.language)
    match event:
        case PersonJoined(name=name, by=None):
            return "person", _("{name} has the conversation.", name=reader.name(name))
        case PersonAssigned(name=name, by=None):
            return "give", _("It was {name}'s turn: {name} was given it.", name=reader.name(name))
        case PersonAssigned(name=name, by=by) | PersonJoined(name=name, by=by):
            return "give", _("{by} gave it to {name}.", by=reader.name(by), name=reader.name(name))
        case Transferred(team=team, by=by):
            return "transfer", _(
                "{by} passed it to {team}.", by=reader.name(by), team=reader.team.get(team, team)
            )
        case Released(name=name, why=ReleaseReason.THEMSELVES, by=None):
            return "back", _("{name} gave it back to the queue.", name=reader.name(name))
        case Released(name=name, why=ReleaseReason.THEMSELVES, by=str() as by):
            return "back", _(
                "{by} put it back into the queue, from {name}.", by=reader.name(by), name=reader.name(name)
            )
        case Released(name=name, why=ReleaseReason.OFF_DUTY):
            return "back", _("Back in the queue: {name} went off duty.", name=reader.name(name))
        case Released(name=name):
            return "back", _("Back in the queue: {name} was silent for too long.", name=reader.name(name))
        case Snoozed(by=by):
            return "moonrest", _("{by} put it aside.", by=reader.name(by))
        case Woken(by=str() as by):
            return "bell", _("{by} took it up again.", by=reader.name(by))
        case Woken():
            return "bell", _("It is back: its time has come.")
        case Tagged(tag=tag, by=by):
            return "tag", _("{by} tagged it #{tag}.", by=reader.name(by), tag=tag)
        case Untagged(tag=tag, by=by):
            return "tag", _("{by} removed #{tag}.", by=reader.name(by), tag=tag)
        case Prioritised(priority=priority, by=by):
            return "flag", _(
                "{by} set the priority: {priority}.", by=reader.name(by), priority=label(priority)
            )
        case MarkedSpam(by=by):
            return "spam", _("{by} marked it as spam.", by=reader.name(by))
        case Merged(by=by):
            return "merge", _(
                "{by} merged it: the customer goes on in another conversation.", by=reader.name(by)
            )
        case HandedBack(name=str() as name):
            return "bot", _("{name} handed it back to the assistant.", name=reader.name(name))
        case HandedBack():
            return "bot", _("The customer went back to the assistant.")
        case ConversationResolved(name=str() as name):
            return "done", _("{name} resolved it.", name=reader.name(name))
        case ConversationResolved():
            if author is Author.CUSTOMER:
                return "done", _("The customer closed it.")
            return "done", _("It was closed.")
        case Reopened(by=by):
            return "undo", _("{by} opened it again.", by=reader.name(by))
        case ContactLeft(email=email):
            return "email", _("The customer left an address: {email}.", email=email)
        case CustomerIdentified(customer=customer):
            return "key", _("The customer signed in: {name}.", name=customer.name or customer.id)
        case TranscriptRequested(email=email):
            return "email", _("The customer had the conversation sent to {email}.", email=email)
        case ServiceLevelWarned(measure=measure):
            return "clock", _("Nearly late: {measure}.", measure=label(measure).lower())
        case ServiceLevelBreached(measure=measure):
            return "warning", _("Late: {measure}.", measure=label(measure).lower())
        case ConversationRated(stars=stars, comment=comment):
            said = _.count(
                stars, "The customer gave {number} star of 5.", "The customer gave {number} stars of 5."
            )
            return "star", f"{said} “{comment}”" if comment else said
        case ReplyEdited(by=by, display=display):
            return "pencil", _("{by} edited a reply of {name}.", by=reader.name(by), name=display)
        case ReplyWithdrawn(by=by, display=display):
            return "cross", _("{by} withdrew a reply of {name}.", by=reader.name(by), name=display)
        case TurnDropped():
            return "bot", _("The assistant was writing when a person came: nothing of it was sent.")
        case ConversationOpened() | AnswerJudged() | AnswerReviewed() | CorrectionPublished():
            return None
        case MessageReceived() | OutcomeGiven() | ReplySent() | NoteWritten() | PromiseMade():
            return None
    assert_never(event)

"""An escalation as the team sees it in Slack: small enough for a phone, with all that is needed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.amending import Amendment
from bot.brief import Brief
from bot.decisions import Priority
from bot.events import (
    LoggedEvent,
    MessageReceived,
    NoteWritten,
    OutcomeGiven,
    PromiseMade,
    ReplyEdited,
    ReplySent,
    ReplyWithdrawn,
    ServiceLevelBreached,
    ServiceLevelWarned,
)
from bot.words.moments import moment
from connectors.http.html import plain
from connectors.slack.blocks import (
    Block,
    actions,
    button,
    clipped,
    context,
    escaped,
    markdown,
    option,
    overflow,
    said,
    section,
    words_of,
)
from connectors.slack.discretion import Discretion
from connectors.slack.words import Words
from escalation.clocks import next_due
from escalation.due import clocks_of
from escalation.packet import Packet, Suggestion
from escalation.queue import IN_HAND
from escalation.ticket import Status, Ticket

QUESTION = 200
SUMMARY = 600
DRAFT = 300
FOUND = 3
HISTORY = 12
"""Of what was said before, so many of the last messages are told."""


@dataclass(frozen=True, slots=True)
class Reader:
    """In whose words and hours a card is written, and what it may show."""

    words: Words
    brief: Brief
    discretion: Discretion
    console: str
    """Address of the console's conversations."""
    now: datetime

    def moment(self, at: datetime, team: str | None) -> str:
        zone = self.brief.calendar(team).zone
        return moment(at.astimezone(zone), self.now, self.words.language)


def headline(packet: Packet, reader: Reader) -> str:
    """In one line; also what a notification says. Escaped."""
    question = reader.discretion(packet.question) or reader.words.no_question
    return f"#{packet.ticket.number} · {escaped(clipped(question, QUESTION))}"


def card(packet: Packet, reader: Reader) -> list[Block]:
    ticket, words = packet.ticket, reader.words
    status = _status(ticket, reader)
    blocks = [section(f"*{headline(packet, reader)}*"), context(status, *_about(packet, reader))]
    if ticket.status is Status.RESOLVED:
        return [*blocks, actions(_console(ticket, reader))]
    told = reader.discretion(" ".join(packet.summary))
    if told and told != reader.discretion(packet.question):
        blocks.append({"type": "section", "text": words_of(told, SUMMARY)})
    blocks.append(context(f"*{words.reason}:* {escaped(packet.because)}", *_evidence(packet, words)))
    if packet.suggestion:
        draft = clipped(" ".join(plain(packet.suggestion.text).split()), DRAFT)
        about = about_draft(packet.suggestion, words)
        blocks.append(context(f"*{words.draft}{about}:* {escaped(draft)}"))
    return [*blocks, actions(*_buttons(ticket, reader))]


def about_draft(draft: Suggestion, words: Words) -> str:
    """What whoever reads it must know, behind its name."""
    doubt = "" if draft.is_likely else words.unlikely.format(percent=round(100 * draft.confidence))
    told = [words.internal if draft.internal else "", doubt]
    return "".join(f" · {one}" for one in told if one)


def moved(packet: Packet, reader: Reader) -> list[Block]:
    """What stays of a card whose conversation is another channel's now."""
    team = escaped(packet.ticket.team or "")
    return [section(f"*{headline(packet, reader)}*"), context(reader.words.moved.format(team=team))]


def history(events: Sequence[LoggedEvent], reader: Reader) -> list[Block]:
    """What was said before a card was there. Empty when nothing was."""
    told = [line for logged in events if (line := _remembered(logged, reader))]
    return [context(f"*{reader.words.before}*"), *map(section, told[-HISTORY:])] if told else []


def _remembered(logged: LoggedEvent, reader: Reader) -> str:
    match logged.event:
        case MessageReceived(text=text):
            who = reader.words.customer
        case OutcomeGiven(outcome=outcome):
            who, text = reader.words.bot, plain(outcome.text)
        case ReplySent(text=text) as reply:
            who = reply.shown
        case _:
            return ""
    return f"*{escaped(who)}:* {escaped(clipped(reader.discretion(text), SUMMARY))}"


def mirrored(logged: LoggedEvent, amendment: Amendment | None, reader: Reader) -> tuple[str, list[Block]]:
    """An event as the card's thread tells it, and who speaks; empty for what it does not tell."""
    words = reader.words
    match logged.event:
        case MessageReceived(text=text):
            who, told = words.customer, said(reader.discretion(text))
        case OutcomeGiven(outcome=outcome):
            who, told = words.bot, [markdown(clipped(reader.discretion(outcome.text), 2000))]
        case ReplySent() as sent:
            who = f"*{words.to_customer.format(name=escaped(sent.shown))}*"
            return who, reply(sent, amendment, who, words, reader.discretion, _menu(logged, words))
        case NoteWritten(by=by, text=text):
            who, told = words.note.format(name=escaped(by)), said(reader.discretion(text))
        case PromiseMade(text=text):
            who, told = words.promised, [markdown(text)]
        case _:
            return "", []
    return f"*{who}*", [context(f"*{who}*"), *told]


def reply(
    sent: ReplySent,
    amendment: Amendment | None,
    who: str,
    words: Words,
    shown: Callable[[str], str] = str,
    menu: Block | None = None,
) -> list[Block]:
    """A person's words to a customer, as they stand. `who` is mrkdwn."""
    match amendment:
        case ReplyWithdrawn():
            return [context(who, words.withdrawn)]
        case ReplyEdited(text=text):
            who = f"{who} · {words.edited}"
        case None:
            text = sent.text
    return [section(who, menu) if menu else context(who), markdown(shown(text))]


def _menu(logged: LoggedEvent, words: Words) -> Block:
    about = f"{logged.conversation_id} {logged.position}"
    choices = ((words.edit, "edit_reply"), (words.withdraw, "withdraw_reply"))
    return overflow("more", [option(text, f"{act} {about}") for text, act in choices])


def lateness(event: ServiceLevelWarned | ServiceLevelBreached, ticket: Ticket, reader: Reader) -> str:
    said = reader.words.late if isinstance(event, ServiceLevelBreached) else reader.words.nearly_late
    return said[event.measure].format(moment=reader.moment(event.due_at, ticket.team))


def line(ticket: Ticket, reader: Reader) -> str:
    """A ticket in a list. mrkdwn."""
    question = reader.discretion(" ".join(ticket.question.split())) or reader.words.no_question
    address = f"{reader.console}/{ticket.conversation_id}"
    about = [_status(ticket, reader), *_clock(ticket, reader)]
    return f"<{address}|#{ticket.number}> {escaped(clipped(question, 120))}\n{' · '.join(about)}"


def _status(ticket: Ticket, reader: Reader) -> str:
    words = reader.words
    if ticket.status is Status.RESOLVED:
        return f"*{words.resolved}*"
    if ticket.snoozed_until is not None:
        return f"*{words.snoozed.format(moment=reader.moment(ticket.snoozed_until, ticket.team))}*"
    if ticket.status in IN_HAND:
        said = words.claimed if ticket.status is Status.CLAIMED else words.assigned
        return f"*{said.format(name=escaped(ticket.claimed_as or ticket.claimed_by or ''))}*"
    return f"*{words.waiting}*"


def _about(packet: Packet, reader: Reader) -> list[str]:
    ticket, words = packet.ticket, reader.words
    customer = reader.discretion.name(ticket)
    tier = ticket.customer.tier if ticket.customer else None
    urgency = words.priority[ticket.priority] if ticket.priority is not Priority.NORMAL else None
    place = " · ".join(part for part in (ticket.team, ticket.site or ticket.door, ticket.language) if part)
    told = [" · ".join(part for part in (customer, tier, urgency) if part), place]
    return [*(escaped(part) for part in told if part), *_clock(ticket, reader)]


def _clock(ticket: Ticket, reader: Reader) -> list[str]:
    due = next_due(clocks_of(ticket, reader.brief, reader.now))
    if due is None or due.due_at is None or ticket.status is Status.RESOLVED:
        return []
    told = reader.words.late if due.is_breached else reader.words.due
    said = told[due.measure].format(moment=reader.moment(due.due_at, ticket.team))
    return [f"*{said}*" if due.is_breached or due.is_near else said]


def _evidence(packet: Packet, words: Words) -> list[str]:
    told = []
    found = [
        escaped(clipped(one.title, 80)) + (f" ({words.internal})" if one.internal else "")
        for one in packet.candidates[:FOUND]
    ]
    if found:
        told.append(f"*{words.closest if packet.far else words.found}:* {' · '.join(found)}")
    if packet.tried:
        last = " ".join(plain(packet.tried[-1].text).split())
        told.append(f"*{words.tried}:* {escaped(clipped(last, 120))}")
    return told


def _buttons(ticket: Ticket, reader: Reader) -> list[Block]:
    words, id = reader.words, ticket.conversation_id
    if ticket.status is Status.OPEN:
        return [
            button(words.claim, "claim", id, style="primary"),
            button(words.assign, "assign", id),
            button(words.snooze, "snooze", id),
            button(words.not_for_us, "not_for_us", id),
            _console(ticket, reader),
        ]
    rest = (
        (words.hand_back, "hand_back"),
        (words.release, "release"),
        (words.assign, "assign"),
        (words.snooze, "snooze"),
        (words.not_for_us, "not_for_us"),
    )
    return [
        button(words.reply, "reply", id, style="primary"),
        button(words.request_draft, "draft", id),
        button(words.resolve, "resolve", id),
        overflow("more", [option(text, f"{act} {id}"[:150]) for text, act in rest]),
        _console(ticket, reader),
    ]


def _console(ticket: Ticket, reader: Reader) -> Block:
    return button(reader.words.open, "open", url=f"{reader.console}/{ticket.conversation_id}")

"""Letters to customers, made from what a customer may see and nothing else. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from bot.words.moments import clock, full_date
from connectors.http.shown import (
    Shown,
    ShownAnswer,
    ShownCard,
    ShownClarify,
    ShownEscalation,
    ShownMessage,
    ShownPerformed,
    ShownReply,
    ShownRoute,
    ShownSmallTalk,
)
from connectors.mail.letter import Block, Button, Letter, Paragraph, Said, Small
from connectors.mail.plain import as_plain
from connectors.mail.words import CustomerWords

QUESTION_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Link:
    """Back into the conversation."""

    address: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Envelope:
    """What all letters to one customer have in common."""

    words: CustomerWords
    company: str
    assistant: str
    zone: tzinfo
    link: Link
    name: str | None
    """Only as the company knows it."""
    because: str
    """Which of the words say why this comes."""
    replies_are_read: bool
    accent: str | None = None

    def say(self, words: str, **places: str) -> str:
        return words.format(company=self.company, **places)


def answer(envelope: Envelope, replies: Sequence[ShownReply], before: Sequence[Shown]) -> Letter:
    """`before`: what was said before the first of these replies."""
    words = envelope.words
    said: list[Block] = []
    who = None
    for reply in replies:
        if reply.name != who:
            said.append(Paragraph(envelope.say(words.answered, name=reply.name)))
        who = reply.name
        said.append(Said("", as_plain(reply.html), reply.html))
    return _letter(envelope, words.answer_subject, [*said, *_question(envelope, before)])


def promise(envelope: Envelope, promised: ShownEscalation, before: Sequence[Shown]) -> Letter:
    body = [Paragraph(as_plain(promised.html)), *_question(envelope, before)]
    return _letter(envelope, envelope.words.promise_subject, body)


def closed(envelope: Envelope, before: Sequence[Shown]) -> Letter:
    body = [Paragraph(envelope.say(envelope.words.closed)), *_question(envelope, before)]
    return _letter(envelope, envelope.words.closed_subject, body)


def transcript(envelope: Envelope, shown: Sequence[Shown], opened_at: datetime) -> Letter:
    words = envelope.words
    day = full_date(opened_at.astimezone(envelope.zone), words.language)
    body: list[Block] = [Paragraph(envelope.say(words.transcript))]
    for one in shown:
        body.extend(_told(envelope, one))
    return _letter(envelope, words.transcript_subject, body, day=day)


def _letter(envelope: Envelope, subject: str, body: Sequence[Block], **places: str) -> Letter:
    words = envelope.words
    hello = words.hello_name.format(name=envelope.name) if envelope.name else words.hello
    until = full_date(envelope.link.until.astimezone(envelope.zone), words.language)
    blocks: list[Block] = [
        Paragraph(hello),
        *body,
        Button(words.go_on, envelope.link.address),
        Small(words.link_until.format(day=until)),
        *([] if envelope.replies_are_read else [Small(words.no_replies)]),
        Small(envelope.say(envelope.because)),
    ]
    return Letter(words.language, envelope.say(subject, **places), tuple(blocks), envelope.accent)


def _question(envelope: Envelope, before: Sequence[Shown]) -> Iterator[Block]:
    """What it is about, in the customer's own last words."""
    last = next((one for one in reversed(before) if isinstance(one, ShownMessage)), None)
    if last is not None:
        yield Paragraph(envelope.words.your_question)
        yield Said("", shortened(last.text, QUESTION_CHARACTERS))


def _told(envelope: Envelope, shown: Shown) -> Iterator[Said]:
    local = shown.at.astimezone(envelope.zone)
    language = envelope.words.language
    when = f"{full_date(local, language)}, {clock(local, language)}"
    match shown:
        case ShownMessage(text=text):
            yield Said(envelope.words.you, text, when=when)
        case ShownReply(name=name, amended="reply_withdrawn"):
            yield Said(name, envelope.words.withdrawn, when=when)
        case ShownReply(name=name, html=html, amended=amended):
            edited = f", {envelope.words.edited}" if amended else ""
            yield Said(name, as_plain(html), html, when + edited)
        case ShownAnswer(html=html):
            sources = tuple(_sources(envelope, shown))
            yield Said(envelope.assistant, as_plain(html), _with_marks(html), when, sources)
        case ShownRoute(html=html, card=card):
            yield Said(envelope.assistant, as_plain(html), html, when, (_card(card),))
        case ShownClarify(html=html, choices=choices):
            below = tuple(f"- {choice.title}" for choice in choices)
            yield Said(envelope.assistant, as_plain(html), html, when, below)
        case ShownPerformed(html=html) | ShownSmallTalk(html=html) | ShownEscalation(html=html):
            yield Said(envelope.assistant, as_plain(html), html, when)


def _with_marks(html: str) -> str:
    """The widget draws citation marks with its style sheet; a mail has none."""
    return re.sub(r'<cite data-n="(\d+)"></cite>', r"[\1]", html)


def _sources(envelope: Envelope, shown: ShownAnswer) -> Iterator[str]:
    if shown.citations:
        yield envelope.words.sources
    for citation in shown.citations:
        yield f"[{citation.number}] {citation.title}" + (f": {citation.url}" if citation.url else "")
    if shown.card is not None:
        yield _card(shown.card)


def _card(card: ShownCard) -> str:
    return f"{card.title}: {card.target}"


def shortened(text: str, most: int) -> str:
    text = text.strip()
    return text if len(text) <= most else text[: most - 1].rsplit(maxsplit=1)[0] + " …"

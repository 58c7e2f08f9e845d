"""Letters to colleagues: that something is theirs, or late. What it is about is told in the customer's own
words and no others: notes, reasons and traces stay in the console. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.events import Measure
from bot.words.moments import moment
from connectors.http.shown import Shown, ShownMessage
from connectors.mail.customers import shortened
from connectors.mail.letter import Block, Button, Letter, Paragraph, Said, Small
from connectors.mail.words import StaffWords

QUESTION_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Notice:
    """What all letters about one conversation have in common."""

    words: StaffWords
    company: str
    number: int
    """Of the ticket."""
    shown: Sequence[Shown]
    address: str
    """Of the conversation in the console."""


def given(notice: Notice, by: str | None) -> Letter:
    """`by`: what the colleague is called who gave it; None when it was their turn."""
    words = notice.words
    said = words.given_by.format(name=by) if by else words.given
    return _letter(notice, words.given_subject, [Paragraph(said)])


def late(
    notice: Notice, measure: Measure, due_at: datetime, now: datetime, *, breached: bool, claimed: bool
) -> Letter:
    """`due_at` in the zone in which it is told."""
    words = notice.words
    subjects, texts = (
        (words.breached_subject, words.breached) if breached else (words.warned_subject, words.warned)
    )
    said = [Paragraph(texts[measure.value].format(moment=moment(due_at, now, words.language)))]
    if not claimed:
        said.append(Paragraph(words.nobody_has_it))
    return _letter(notice, subjects[measure.value], said)


def _letter(notice: Notice, subject: str, said: Sequence[Block]) -> Letter:
    words = notice.words
    blocks: list[Block] = [
        *said,
        *_question(notice),
        Button(words.open, notice.address),
        Small(words.because.format(company=notice.company)),
    ]
    return Letter(words.language, subject.format(number=notice.number), tuple(blocks))


def _question(notice: Notice) -> list[Block]:
    last = next((one for one in reversed(notice.shown) if isinstance(one, ShownMessage)), None)
    if last is None:
        return []
    return [Paragraph(notice.words.customer), Said("", shortened(last.text, QUESTION_CHARACTERS))]

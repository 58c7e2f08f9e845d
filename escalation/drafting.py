"""A conversation that a colleague answered → the draft of an article, without personal data. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.amending import as_they_stand
from bot.events import LoggedEvent, MessageReceived, OutcomeGiven, ReplySent
from bot.recognisers.personal_data import Kind, personal_data

LONGEST_TITLE = 120

PLACES: Mapping[str, Mapping[Kind, str]] = {
    "fr": {
        Kind.EMAIL: "adresse e-mail",
        Kind.NETWORK: "adresse IP",
        Kind.IBAN: "IBAN",
        Kind.CARD: "numéro de carte",
        Kind.IDENTITY: "numéro d'identité",
        Kind.SECRET: "code",
        Kind.PHONE: "téléphone",
        Kind.ADDRESS: "adresse",
        Kind.NUMBER: "numéro",
        Kind.NAME: "nom",
    },
    "en": {
        Kind.EMAIL: "e-mail address",
        Kind.NETWORK: "IP address",
        Kind.IBAN: "IBAN",
        Kind.CARD: "card number",
        Kind.IDENTITY: "identity number",
        Kind.SECRET: "code",
        Kind.PHONE: "phone",
        Kind.ADDRESS: "address",
        Kind.NUMBER: "number",
        Kind.NAME: "name",
    },
}
"""What stands in brackets where a detail was taken out."""


@dataclass(frozen=True, slots=True)
class ArticleDraft:
    title: str
    text: str
    questions: tuple[str, ...]
    """Other words in which the customer asked."""
    taken_out: int
    """Personal details that were taken out: whoever publishes reads the text once more."""


def draft_from(
    events: Sequence[LoggedEvent], language: str | None, names: Iterable[str] = ()
) -> ArticleDraft | None:
    """From the longest reply of a person: the short ones greet and ask back. None when nobody replied.

    `names` are the customer's, as far as the company knows it: they are taken out wherever they stand."""
    replies = [logged for logged in as_they_stand(events) if isinstance(logged.event, ReplySent)]
    if not replies:
        return None
    best = max(replies, key=lambda logged: len(_words_of(logged)))
    asked = _asked_before(events, best.position)
    mask = _Mask(language, names)
    text = mask(_without_courtesies(_words_of(best), {_name_of(logged) for logged in replies}))
    questions = tuple(dict.fromkeys(mask(_line(question)) for question in asked))
    title = _title(questions[-1]) if questions else ""
    return ArticleDraft(title, text, tuple(q for q in questions if q != title), mask.taken_out)


def without_personal_data(text: str, language: str | None, names: Iterable[str] = ()) -> str:
    """With what kind of thing stood there, in brackets; `names` are taken out wherever they stand."""
    return _Mask(language, names)(text)


class _Mask:
    def __init__(self, language: str | None, names: Iterable[str]) -> None:
        self._places = PLACES["fr" if language == "fr" else "en"]
        parts = {part for name in names for part in (name, *name.split()) if len(part) > 2}
        known = "|".join(re.escape(part) for part in sorted(parts, key=len, reverse=True))
        self._known = re.compile(rf"(?<!\w)(?:{known})(?!\w)", re.IGNORECASE) if known else None
        self.taken_out = 0

    def __call__(self, text: str) -> str:
        pieces: list[str] = []
        last = 0
        for found in personal_data(text):
            pieces += (text[last : found.start], f"[{self._places[found.kind]}]")
            last = found.end
            self.taken_out += 1
        text = "".join((*pieces, text[last:]))
        if self._known is None:
            return text
        text, number = self._known.subn(f"[{self._places[Kind.NAME]}]", text)
        self.taken_out += number
        return text


def _asked_before(events: Sequence[LoggedEvent], position: int) -> list[str]:
    """What the customer wrote in vain before the reply: since the bot last gave something that was not it."""
    asked = [
        logged.event.text
        for logged in events
        if isinstance(logged.event, MessageReceived) and logged.position < position
    ]
    handed_over = [
        logged.event.answers
        for logged in events
        if isinstance(logged.event, OutcomeGiven)
        and logged.event.outcome.kind == "escalate"
        and logged.position < position
    ]
    led_there = {p for answers in handed_over for p in answers}
    questions = [
        logged.event.text
        for logged in events
        if isinstance(logged.event, MessageReceived) and logged.position in led_there
    ]
    return questions or asked


_GREETING = re.compile(
    r"(?:bonjour|bonsoir|salut|hello|hi|hey|dear|cher|chère|good (?:morning|evening|afternoon))\b", re.I
)
_PARTING = re.compile(
    r"(?:bien )?(?:cordialement|à vous|bonne (?:journée|soirée|fin)|belle journée|merci|n'hésitez pas)"
    r"|restant à|(?:kind|best|warm)(?: regards)?\b|regards|thanks|thank you|have a (?:nice|good|great)"
    r"|all the best|let me know|yours",
    re.I,
)
_COURTESY = 80
"""Characters of a line that can be nothing but a courtesy."""


def _without_courtesies(text: str, names: set[str]) -> str:
    lines = text.strip().split("\n")
    while lines and (not lines[0].strip() or _is_courtesy(lines[0], _GREETING, names)):
        lines.pop(0)
    while lines and (not lines[-1].strip() or _is_courtesy(lines[-1], _PARTING, names)):
        lines.pop()
    return "\n".join(lines).strip() or text.strip()


def _is_courtesy(line: str, form: re.Pattern[str], names: set[str]) -> bool:
    line = line.strip()
    return len(line) <= _COURTESY and (bool(form.match(line)) or line.rstrip(".") in names)


def _words_of(logged: LoggedEvent) -> str:
    return logged.event.text if isinstance(logged.event, ReplySent) else ""


def _name_of(logged: LoggedEvent) -> str:
    return logged.event.shown if isinstance(logged.event, ReplySent) else ""


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _title(question: str) -> str:
    if len(question) <= LONGEST_TITLE:
        return question
    return question[:LONGEST_TITLE].rsplit(" ", 1)[0] + "…"

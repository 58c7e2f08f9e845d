"""What a customer may see of a conversation, as messages of a chat that knows text and buttons only. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.events import ConversationOpened, LoggedEvent, MessageReceived, OutcomeGiven
from connectors.http.shown import (
    Shown,
    ShownAnswer,
    ShownCard,
    ShownClarify,
    ShownEscalation,
    ShownHandedBack,
    ShownPerformed,
    ShownPersonJoined,
    ShownReply,
    ShownResolved,
    ShownRoute,
    ShownSmallTalk,
)
from connectors.rasa.words import Words


@dataclass(frozen=True, slots=True)
class Saying:
    position: int
    """Of the event in the conversation: the same one again is the same message."""
    text: str
    choices: tuple[str, ...] = ()
    """Buttons: pressing one sends its words."""


def sayings(shown: Iterable[Shown], words: Words, *, markdown: bool) -> list[Saying]:
    """With `markdown`, sources are links; without it their addresses stand in the text."""
    return [said for one in shown for said in _sayings(one, words, markdown)]


def untold(events: Sequence[LoggedEvent], position: int) -> list[LoggedEvent]:
    """For a customer who hears of the conversation only when they write: what came since their message at
    `position`, and before it what was told with no message of theirs, as a person's reply is."""
    written = [e.position for e in events if isinstance(e.event, MessageReceived)]
    before = max((at for at in written if at < position), default=0)
    following = min((at for at in written if at > position), default=len(events) + 1)
    missed = [e for e in events if before < e.position < position and not isinstance(e.event, OutcomeGiven)]
    return missed + [e for e in events if position < e.position < following]


def language_of(events: Sequence[LoggedEvent]) -> str | None:
    """What the conversation is in, by its last outcome."""
    for logged in reversed(events):
        match logged.event:
            case OutcomeGiven(language=str() as language) | ConversationOpened(language=str() as language):
                return language
    return None


def _sayings(shown: Shown, words: Words, markdown: bool) -> Iterator[Saying]:
    match shown:
        case ShownAnswer():
            parts = [shown.text, *_sources(shown, words, markdown)]
            if shown.card is not None:
                parts.append(_card(shown.card, markdown))
            yield Saying(shown.position, _joined(parts), (words.ask_person,) if shown.hedged else ())
        case ShownRoute(text=text, card=card):
            yield Saying(shown.position, _joined([text, _card(card, markdown)]))
        case ShownClarify(text=text, choices=choices):
            yield Saying(shown.position, text, tuple(choice.title for choice in choices))
        case ShownPerformed(text=text, choices=choices):
            yield Saying(shown.position, text, tuple(choice.title for choice in choices))
        case ShownSmallTalk(text=text) | ShownEscalation(text=text):
            yield Saying(shown.position, text)
        case ShownReply(name=name, text=text):
            yield Saying(shown.position, words.said.format(name=name, text=text))
        case ShownPersonJoined(name=name):
            yield Saying(shown.position, words.joined.format(name=name))
        case ShownHandedBack():
            yield Saying(shown.position, words.handed_back)
        case ShownResolved(by="staff"):
            yield Saying(shown.position, words.resolved)
        case _:
            pass


def _sources(shown: ShownAnswer, words: Words, markdown: bool) -> Iterator[str]:
    if shown.citations:
        lines = [f"[{c.number}] {_link(c.title, c.url, markdown)}" for c in shown.citations]
        yield "\n".join([words.sources, *([""] if markdown else []), *_lines(lines, markdown)])


def _card(card: ShownCard, markdown: bool) -> str:
    address = card.href if markdown or card.href == card.target else None
    named = _link(card.title, address, markdown)
    shown = [named] if address == card.target else [f"{named}: {card.target}"]
    return ", ".join(shown + ([card.hours_text] if card.hours_text else []))


def _link(title: str, url: str | None, markdown: bool) -> str:
    if url is None:
        return title
    return f"[{_escaped(title)}]({url})" if markdown else f"{title}: {url}"


def _escaped(title: str) -> str:
    return title.replace("[", r"\[").replace("]", r"\]")


def _lines(lines: Iterable[str], markdown: bool) -> Iterator[str]:
    return (f"- {line}" for line in lines) if markdown else iter(lines)


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part)

"""What a customer may see of a conversation, as messages of a chat that knows text and buttons only. Pure."""

from __future__ import annotations

import re
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
    ShownReplyEdited,
    ShownReplyWithdrawn,
    ShownResolved,
    ShownRoute,
    ShownSmallTalk,
)
from connectors.mail.plain import as_plain
from connectors.rasa.words import Words


@dataclass(frozen=True, slots=True)
class Saying:
    position: int
    """Of the event in the conversation: the same one again is the same message."""
    text: str
    choices: tuple[str, ...] = ()
    """Buttons: pressing one sends its words."""


def sayings(shown: Iterable[Shown], words: Words, *, markdown: bool) -> list[Saying]:
    """With `markdown`, sources are links; without it their addresses stand in the text. A reply that is told
    here for the first time is told as it stands, once."""
    shown = tuple(shown)
    new = {one.position for one in shown}
    amending = (ShownReplyEdited, ShownReplyWithdrawn)
    told = (one for one in shown if not (isinstance(one, amending) and one.reply in new))
    return [said for one in told for said in _sayings(one, words, markdown)]


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


_ADDRESS = re.compile(r"https?://[^\s<>()]+[^\s<>().,;:!?]")
_SIGNS = re.compile(r"[\[\]*_`\\]")


def _sayings(shown: Shown, words: Words, markdown: bool) -> Iterator[Saying]:
    def said(html: str) -> str:
        text = as_plain(html)
        return _as_markdown(text) if markdown else text

    match shown:
        case ShownAnswer(html=html):
            parts = [said(html), *_sources(shown, words, markdown)]
            if shown.card is not None:
                parts.append(_card(shown.card, markdown))
            yield Saying(shown.position, _joined(parts), (words.ask_person,) if shown.hedged else ())
        case ShownRoute(html=html, card=card):
            yield Saying(shown.position, _joined([said(html), _card(card, markdown)]))
        case ShownClarify(html=html, choices=choices):
            titles = tuple(choice.title for choice in choices)
            yield Saying(shown.position, said(html), (*titles, words.ask_person))
        case ShownPerformed(html=html, choices=choices):
            yield Saying(shown.position, said(html), tuple(choice.title for choice in choices))
        case ShownSmallTalk(html=html) | ShownEscalation(html=html):
            yield Saying(shown.position, said(html))
        case ShownReply(amended="reply_withdrawn"):
            pass
        case ShownReply(name=name, html=html):
            yield Saying(shown.position, words.said.format(name=name, text=said(html)))
        case ShownReplyEdited(name=name, html=html):
            yield Saying(shown.position, words.corrected.format(name=name, text=said(html)))
        case ShownReplyWithdrawn(name=name):
            yield Saying(shown.position, words.withdrawn.format(name=name))
        case ShownPersonJoined(name=name):
            yield Saying(shown.position, words.joined.format(name=name))
        case ShownHandedBack():
            yield Saying(shown.position, words.handed_back)
        case ShownResolved(by="staff"):
            yield Saying(shown.position, words.resolved)
        case _:
            pass


def _sources(shown: ShownAnswer, words: Words, markdown: bool) -> Iterator[str]:
    if not shown.citations:
        return
    mark = r"- \[{}\] {}" if markdown else "[{}] {}"
    lines = [mark.format(c.number, _link(c.title, c.url, markdown)) for c in shown.citations]
    yield "\n".join([words.sources, *([""] if markdown else []), *lines])


def _card(card: ShownCard, markdown: bool) -> str:
    if card.href == card.target:
        shown = _link(card.title, card.href, markdown)
    else:
        shown = f"{_link(card.title, card.href if markdown else None, markdown)}: {card.target}"
    return f"{shown}, {card.hours_text}" if card.hours_text else shown


def _link(title: str, url: str | None, markdown: bool) -> str:
    if not markdown:
        return f"{title}: {url}" if url else title
    return f"[{_escaped(title)}]({url})" if url else _escaped(title)


def _as_markdown(text: str) -> str:
    """Signs stay signs, lines stay lines, addresses can be clicked."""
    shown, end = "", 0
    for found in _ADDRESS.finditer(text):
        shown += f"{_escaped(text[end : found.start()])}<{found[0]}>"
        end = found.end()
    shown += _escaped(text[end:])
    return re.sub(r"(?<=[^\n])\n(?=[^\n])", "  \n", shown)


def _escaped(text: str) -> str:
    return _SIGNS.sub(r"\\\g<0>", text)


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part)

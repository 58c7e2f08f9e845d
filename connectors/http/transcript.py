"""A conversation as a text to take home: Markdown, in its language, times in the company's zone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.amending import Amendment, amendments
from bot.brief import Brief
from bot.conversation import fold
from bot.decisions import Answer, Clarify, Route
from bot.events import (
    Author,
    ConversationResolved,
    HandedBack,
    LoggedEvent,
    Merged,
    MessageReceived,
    OutcomeGiven,
    PersonJoined,
    PromiseMade,
    ReplyEdited,
    ReplySent,
    ReplyWithdrawn,
)
from connectors.settings import ANY_LANGUAGE


@dataclass(frozen=True, slots=True)
class _Words:
    title: str
    you: str
    sources: str
    joined: str
    edited: str
    withdrawn: str
    handed_back: str
    closed: dict[bool, str]
    """By whether the customer closed it."""


_ENGLISH = _Words(
    title="Your conversation with {company}",
    you="You",
    sources="Sources",
    joined="{name} has joined the conversation.",
    edited="edited",
    withdrawn="{name} withdrew a message.",
    handed_back="{assistant} answers again.",
    closed={True: "You closed the conversation.", False: "The conversation was closed."},
)
_FRENCH = _Words(
    title="Votre conversation avec {company}",
    you="Vous",
    sources="Sources",
    joined="{name} a rejoint la conversation.",
    edited="modifié",
    withdrawn="{name} a retiré un message.",
    handed_back="{assistant} répond de nouveau.",
    closed={True: "Vous avez clos la conversation.", False: "La conversation a été close."},
)


def transcript_of(events: Sequence[LoggedEvent], brief: Brief) -> str:
    language = fold(events).language or brief.languages[0]
    words = _FRENCH if language == "fr" else _ENGLISH
    assistant = brief.assistant.get(language, brief.assistant.get(ANY_LANGUAGE, "Comptoir"))
    assistant = assistant[:1].upper() + assistant[1:]
    blocks = [f"# {words.title.format(company=brief.company or 'Comptoir')}"]
    amended = amendments(events)
    for logged in events:
        blocks.extend(_block(logged, amended.get(logged.position), words, assistant, brief))
    return "\n\n".join(blocks) + "\n"


def _block(
    logged: LoggedEvent, amendment: Amendment | None, words: _Words, assistant: str, brief: Brief
) -> Iterator[str]:
    at = logged.at.astimezone(brief.zone)
    match logged.event:
        case MessageReceived(text=text):
            yield _said(words.you, f"{at:%Y-%m-%d %H:%M}", text)
        case OutcomeGiven(outcome=outcome):
            yield _said(assistant, f"{at:%Y-%m-%d %H:%M}", outcome.text)
            match outcome:
                case Answer():
                    yield _sources(outcome, words)
                case Route(card=card):
                    yield f"- {card.title}: {card.target}"
                case Clarify(choices=choices):
                    yield "\n".join(f"- {choice.title}" for choice in choices)
        case PromiseMade(text=text):
            yield _said(assistant, f"{at:%Y-%m-%d %H:%M}", text)
        case ReplySent() as reply:
            yield _reply(reply, amendment, f"{at:%Y-%m-%d %H:%M}", words)
        case PersonJoined() as joined:
            yield f"*{words.joined.format(name=joined.shown)}*"
        case HandedBack():
            yield f"*{words.handed_back.format(assistant=assistant)}*"
        case ConversationResolved() | Merged():
            yield f"*{words.closed[logged.author is Author.CUSTOMER]}*"


def _reply(reply: ReplySent, amendment: Amendment | None, at: str, words: _Words) -> str:
    match amendment:
        case ReplyEdited(text=text):
            return _said(reply.shown, f"{at}, {words.edited}", text)
        case ReplyWithdrawn():
            return f"*{words.withdrawn.format(name=reply.shown)}*"
        case None:
            return _said(reply.shown, at, reply.text)


def _said(who: str, at: str, text: str) -> str:
    return f"**{who}** ({at})\n\n{text.strip()}"


def _sources(answer: Answer, words: _Words) -> str:
    lines = [
        f"[{n}] {citation.title}" + (f": {citation.url}" if citation.url else "")
        for n, citation in enumerate(answer.citations, 1)
    ]
    return "\n".join([f"{words.sources}:", "", *(f"- {line}" for line in lines)])

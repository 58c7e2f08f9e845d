"""What the bot or a person says to somebody who asked in Slack, as blocks. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.decisions import Answer, Card, Clarify, Decision, Route
from connectors.http.html import link_to, plain
from connectors.slack.blocks import (
    FALLBACK,
    Block,
    actions,
    button,
    clipped,
    context,
    escaped,
    markdown,
    section,
)
from connectors.slack.words import Words
from knowledge.entries import Citation

_MARK = re.compile(r"\[(\d{1,3})\](?!\()")
QUOTED = 600


@dataclass(frozen=True, slots=True)
class Place:
    """Which answer it is: what its buttons carry."""

    conversation_id: str
    position: int

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.position}"


def place_of(value: str) -> Place:
    """Raises ValueError."""
    conversation_id, _, position = value.rpartition(" ")
    return Place(conversation_id, int(position))


@dataclass(frozen=True, slots=True)
class Shape:
    """How it is shown."""

    private: bool = False
    pane: bool = False
    buttons: bool = True


def fallback(outcome: Decision) -> str:
    """For notifications and screen readers."""
    return clipped(escaped(plain(outcome.text)), FALLBACK)


def outcome_blocks(
    outcome: Decision, place: Place, shape: Shape, internal: Collection[str], words: Words
) -> list[Block]:
    """`internal` are ids of cited entries that are not for customers."""
    match outcome:
        case Answer():
            return _answer(outcome, place, shape, internal, words)
        case Route(text=text, card=card):
            return [markdown(text), _card(card), *_row(place, shape, words, quoted=False)]
        case Clarify(text=text, choices=choices):
            row = [
                button(choice.title, f"choice-{n}", f"{place}\n{choice.title}"[:2000])
                for n, choice in enumerate(choices[:5])
            ]
            row.append(button(words.ask_person, "ask_person", str(place)))
            return [markdown(text), *([actions(*row)] if shape.buttons else [])]
        case _:
            return [markdown(outcome.text)]


def linked(text: str, citations: Sequence[Citation]) -> str:
    """An answer's text, or a draft's, its citation marks as links."""

    def link(found: re.Match[str]) -> str:
        number = int(found[1])
        if not 1 <= number <= len(citations):
            return found[0]
        address = link_to(citations[number - 1].url or "")
        return f"[{number}]({address})" if address else found[0]

    return _MARK.sub(link, text)


def source_blocks(answer: Answer, internal: Collection[str], words: Words) -> list[Block]:
    """Each citation with its exact words."""
    blocks: list[Block] = []
    for number, citation in enumerate(answer.citations[:20], 1):
        heading = " › ".join(citation.heading)
        updated = citation.updated.isoformat() if citation.updated else ""
        blocks.append(section(f"*{_source(number, citation, internal, words)}*"))
        blocks.append(
            {
                "type": "rich_text",
                "elements": [
                    {
                        "type": "rich_text_quote",
                        "elements": [{"type": "text", "text": clipped(plain(citation.quote), QUOTED) or " "}],
                    }
                ],
            }
        )
        if about := " · ".join(escaped(part) for part in (heading, updated) if part):
            blocks.append(context(about))
    return blocks


def _answer(
    answer: Answer, place: Place, shape: Shape, internal: Collection[str], words: Words
) -> list[Block]:
    blocks = [markdown(linked(answer.text, answer.citations))]
    if answer.card:
        blocks.append(_card(answer.card))
    how = words.less_sure if answer.hedged else words.sure
    sources = [_source(n, citation, internal, words) for n, citation in enumerate(answer.citations[:8], 1)]
    blocks.append(context(f"*{how}*", *sources))
    return [*blocks, *_row(place, shape, words, quoted=True, doubtful=answer.hedged)]


def _source(number: int, citation: Citation, internal: Collection[str], words: Words) -> str:
    title = escaped(clipped(citation.title, 120)).replace("|", "¦")
    address = link_to(citation.url or "")
    named = f"<{escaped(address).replace('|', '%7C')}|{title}>" if address else title
    return f"[{number}] {named}" + (f" ({words.internal})" if citation.entry_id in internal else "")


def _card(card: Card) -> Block:
    target = escaped(card.target)
    address = link_to(card.target)
    shown = f"<{target}>" if address else target
    hours = f"\n{escaped(card.hours_text)}" if card.hours_text else ""
    return section(f"*{escaped(card.title)}*\n{shown}{hours}")


def _row(place: Place, shape: Shape, words: Words, *, quoted: bool, doubtful: bool = False) -> list[Block]:
    if not shape.buttons:
        return []
    value = str(place)
    row = [button(words.sources, "sources", value)] if quoted else []
    if shape.private and quoted:
        row.append(button(words.share, "share", value))
    if quoted:
        row.append(button(words.correct, "correct", value))
    if doubtful:
        row.append(button(words.ask_person, "ask_person", value))
    if shape.pane:
        thumbs = {
            "type": "feedback_buttons",
            "action_id": "feedback",
            "positive_button": _thumb(words.useful, f"useful {value}"),
            "negative_button": _thumb(words.not_useful, f"not_useful {value}"),
        }
        found: Block = {"type": "context_actions", "elements": [thumbs]}
        return [found, *([actions(*row)] if row else [])]
    thumbs_row = [button(words.useful, "useful", value), button(words.not_useful, "not_useful", value)]
    return [actions(*thumbs_row, *row)]


def _thumb(text: str, value: str) -> Block:
    return {"text": {"type": "plain_text", "text": text}, "value": value}

"""An entry's text as blocks with offsets: paragraphs, lists, tables. Headings stand above, not among them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.sentences import Span, sentences


class Form(StrEnum):
    PARAGRAPH = "paragraph"
    LIST = "list"
    STEPS = "steps"
    """An ordered list."""
    TABLE = "table"
    VERBATIM = "verbatim"
    """Code, a quotation, anything else: kept as it is."""


@dataclass(frozen=True, slots=True)
class Block:
    form: Form
    start: int
    end: int
    heading: tuple[str, ...]
    section: int
    """Which stretch between two headings it is in."""
    pieces: tuple[Span, ...]
    """Sentences of a paragraph, items of a list, rows of a table (its head left out)."""


_MARKDOWN = MarkdownIt("commonmark").enable("table")
_FORMS = {
    "paragraph_open": Form.PARAGRAPH,
    "bullet_list_open": Form.LIST,
    "ordered_list_open": Form.STEPS,
    "table_open": Form.TABLE,
}


@lru_cache(maxsize=256)
def blocks(text: str) -> tuple[Block, ...]:
    """In order; spans without blank space around. The same few texts answer most questions."""
    return tuple(_blocks(text))


def _blocks(text: str) -> Iterator[Block]:
    lines = _line_offsets(text)
    path: list[tuple[int, str]] = []
    section = 0
    tokens = _MARKDOWN.parse(text)
    for i, token in enumerate(tokens):
        if token.level != 0 or token.map is None or token.nesting < 0:
            continue
        if token.type == "heading_open":
            depth = int(token.tag[1])
            path = [*((d, title) for d, title in path if d < depth), (depth, tokens[i + 1].content)]
            section += 1
        elif token.type != "hr":
            start, end = _trimmed(text, lines[token.map[0]], lines[token.map[1]])
            if start < end:
                form = _FORMS.get(token.type, Form.VERBATIM)
                pieces = _pieces(text, (start, end), form, tokens[i + 1 :], lines)
                yield Block(form, start, end, tuple(title for _, title in path), section, pieces)


def _pieces(
    text: str, span: Span, form: Form, inside: Sequence[Token], lines: Sequence[int]
) -> tuple[Span, ...]:
    if form is Form.PARAGRAPH:
        return tuple(sentences(text, *span))
    kind = {Form.LIST: "list_item_open", Form.STEPS: "list_item_open", Form.TABLE: "tr_open"}.get(form)
    found: list[Span] = []
    for token in inside:
        if token.level == 0:
            break
        if token.type == kind and token.map is not None and token.level == (2 if form is Form.TABLE else 1):
            found.append(_trimmed(text, lines[token.map[0]], lines[token.map[1]]))
    return tuple(found[1:] if form is Form.TABLE else found)


def _trimmed(text: str, start: int, end: int) -> Span:
    stretch = text[start:end]
    return start + len(stretch) - len(stretch.lstrip()), end - len(stretch) + len(stretch.rstrip())


def _line_offsets(text: str) -> list[int]:
    """Where each line starts, and the end of the text. Lines as Markdown counts them."""
    return [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text)), len(text)]

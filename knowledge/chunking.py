"""Entry → passages: along headings and paragraphs, sized for the embedding model, with offsets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt

from knowledge.entries import Entry, Passage

TARGET_CHARS = 800
"""About 200 tokens: below the 512 tokens of the usual models even in wordy languages."""
MAX_CHARS = 1200
VERSION = 1
"""Grows with each change of how texts are cut, so that the next ingest cuts them all anew."""

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"»”)\]]*\s+|\n+")
_MARKDOWN = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True, slots=True)
class _Block:
    start: int
    end: int
    heading: tuple[str, ...]


def passages_of(entry: Entry) -> list[Passage]:
    """Split an entry's text. Each passage is one stretch of it; only blank space falls between two."""
    spans = _packed(list(_small_blocks(entry.text)))
    return [
        Passage(entry.id, n, span.heading, span.start, span.end, entry.text[span.start : span.end])
        for n, span in enumerate(spans)
    ]


def _packed(blocks: list[_Block]) -> Iterator[_Block]:
    """Join neighbours under the same heading until the target size is reached."""
    current: _Block | None = None
    for block in blocks:
        if current is None:
            current = block
        elif block.heading == current.heading and block.end - current.start <= TARGET_CHARS:
            current = _Block(current.start, block.end, current.heading)
        else:
            yield current
            current = block
    if current is not None:
        yield current


def _small_blocks(text: str) -> Iterator[_Block]:
    for block in _blocks(text):
        if block.end - block.start <= MAX_CHARS:
            yield block
        else:
            yield from _cut(text, block)


def _cut(text: str, block: _Block) -> Iterator[_Block]:
    """Cut a long block at line and sentence ends, and only a sentence that is itself too long at a space."""
    start = block.start
    while block.end - start > MAX_CHARS:
        cut = _last_cut(text, start, start + MAX_CHARS)
        yield from _trimmed(text, start, cut, block.heading)
        start = cut
    yield from _trimmed(text, start, block.end, block.heading)


def _last_cut(text: str, start: int, limit: int) -> int:
    ends = [m.end() for m in _SENTENCE_END.finditer(text, start + 1, limit)]
    if ends:
        return min(ends, key=lambda end: abs(end - start - TARGET_CHARS))
    space = text.rfind(" ", start + 1, limit)
    return space + 1 if space > start else limit


def _blocks(text: str) -> Iterator[_Block]:
    """Top-level Markdown blocks, each knowing the headings above it."""
    lines = _line_offsets(text)
    path: list[tuple[int, str]] = []
    tokens = _MARKDOWN.parse(text)
    for i, token in enumerate(tokens):
        if token.level != 0 or token.map is None or token.nesting < 0:
            continue
        start, end = lines[token.map[0]], lines[token.map[1]]
        if token.type == "heading_open":
            depth = int(token.tag[1])
            path = [(d, title) for d, title in path if d < depth]
            path.append((depth, tokens[i + 1].content))
        elif token.type != "hr":
            yield from _trimmed(text, start, end, tuple(title for _, title in path))


def _trimmed(text: str, start: int, end: int, heading: tuple[str, ...]) -> Iterator[_Block]:
    stretch = text[start:end]
    start += len(stretch) - len(stretch.lstrip())
    end -= len(stretch) - len(stretch.rstrip())
    if start < end:
        yield _Block(start, end, heading)


def _line_offsets(text: str) -> list[int]:
    """Where each line starts; one more for the end of the text. Lines as Markdown counts them."""
    offsets = [0]
    for match in re.finditer(r"\r\n|\n|\r", text):
        offsets.append(match.end())
    offsets.append(len(text))
    return offsets

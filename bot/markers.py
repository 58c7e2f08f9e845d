"""Citation marks in an answer's text, [1], [2]: writing, finding, and comparing words without them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_MARK = re.compile(r"(?<![\\\w])\[(\d+)\](?!\()")
_LITERAL = re.compile(r"\[(\d+)\](?!\()")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\(([^)\s]*)(?:\s+\"[^\"]*\")?\)")
_EMPHASIS = re.compile(r"(\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)|`+)")
_TABLE_RULE = re.compile(r"^\s*\|?[\s:|-]*-[\s:|-]*\|?\s*$")
_WORD = re.compile(r"[^\W_]+|[€$£%+=/@&°]")
"""Signs that change what a sentence says count as words; punctuation and Markdown do not."""


def marked(runs: Iterable[tuple[str, bool]]) -> str:
    """Runs of text as one Markdown text, each with its number behind it; True asks for a line of its own,
    which tables need."""
    return "\n\n".join(
        f"{text}{chr(10) * 2 if apart else ' '}[{number}]" for number, (text, apart) in enumerate(runs, 1)
    )


@dataclass(frozen=True, slots=True)
class Piece:
    """What stands before a mark, since the one before."""

    text: str
    number: int | None
    """None for what no mark follows."""
    gap: str
    """The blank space in front of it."""


def pieces(text: str) -> list[Piece]:
    found: list[Piece] = []
    start = 0
    for match in [*_MARK.finditer(text), None]:
        stretch = text[start : match.start() if match else len(text)]
        gap = stretch[: len(stretch) - len(stretch.lstrip())]
        if stretch.strip():
            found.append(Piece(stretch.strip(), int(match.group(1)) if match else None, gap))
        start = match.end() if match else len(text)
    return found


def cited(text: str) -> list[tuple[str, int | None]]:
    """The text cut at its marks: what stands before each, and its number; None for what no mark follows."""
    return [(piece.text, piece.number) for piece in pieces(text)]


def escaped(quote: str) -> str:
    """A "[1]" that the source itself has is no citation mark."""
    return _LITERAL.sub(r"\\[\1\\]", quote)


def unadorned(quote: str) -> str:
    """Markdown as plain text: no emphasis, links by their words, a table row as "a · b"."""
    lines = (_plain_line(line) for line in quote.splitlines())
    return escaped("\n".join(line for line in lines if line is not None))


def _plain_line(line: str) -> str | None:
    if "|" in line and _TABLE_RULE.match(line):
        return None
    if line.lstrip().startswith("|"):
        line = " · ".join(cell.strip() for cell in line.strip().strip("|").split("|"))
    return _EMPHASIS.sub("", _LINK.sub(r"\1", line))


def bare(text: str) -> str:
    """The words alone, to compare a text with its source whatever Markdown either has."""
    return " ".join(_WORD.findall(_LINK.sub(r"\1", text)))

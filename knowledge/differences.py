"""What changed between two versions of an entry, line by line and word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from difflib import SequenceMatcher
from enum import StrEnum

from knowledge.entries import Entry

CONTEXT = 3
"""Unchanged lines shown around what changed."""
LIKE = 0.4
"""Lines this alike are the same line, rewritten: their words are compared."""
MOST_COMPARED = 2500
"""Pairs of lines; beyond, all is called gone and new."""


class Mark(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    SKIPPED = "skipped"
    """Unchanged lines that are not shown stand here."""


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    changed: bool
    """Within a rewritten line: these are the words that changed."""


@dataclass(frozen=True, slots=True)
class Line:
    mark: Mark
    pieces: tuple[Piece, ...]
    skipped: int = 0

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Difference:
    part: str
    """The field's name."""
    lines: tuple[Line, ...]


def differences(old: Entry | None, new: Entry | None) -> list[Difference]:
    """Of each field that changed, in the order of the fields. None: there is no entry."""
    before, after = _parts(old), _parts(new)
    return [
        Difference(part, tuple(line_differences(before.get(part, []), after.get(part, []))))
        for part in dict.fromkeys([*after, *before])
        if before.get(part, []) != after.get(part, [])
    ]


def line_differences(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    opcodes = matcher.get_opcodes()
    for n, (tag, a, b, c, d) in enumerate(opcodes):
        if tag == "equal":
            yield from _unchanged(old[a:b], first=n == 0, last=n == len(opcodes) - 1)
        else:
            yield from _replaced(old[a:b], new[c:d])


def _parts(entry: Entry | None) -> dict[str, list[str]]:
    """Lines by field. When it was changed and where it was read from are no change of what it says."""
    if entry is None:
        return {}
    found = {field.name: getattr(entry, field.name) for field in fields(entry)}
    return {
        name: [str(item) for item in value] if isinstance(value, tuple) else str(value).split("\n")
        for name, value in found.items()
        if name not in ("id", "source", "updated") and value not in (None, "", ())
    }


def _unchanged(lines: Sequence[str], first: bool, last: bool) -> Iterator[Line]:
    head = 0 if first else CONTEXT
    tail = 0 if last else CONTEXT
    hidden = len(lines) - head - tail
    if hidden <= 1:
        yield from map(_same, lines)
        return
    yield from map(_same, lines[:head])
    yield Line(Mark.SKIPPED, (), hidden)
    yield from map(_same, lines[len(lines) - tail :])


def _same(line: str) -> Line:
    return Line(Mark.SAME, (Piece(line, False),))


def _replaced(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    """Rewritten lines stand under what they were; the rest is gone or new."""
    removed = [_whole(Mark.REMOVED, line) for line in old]
    added = [_whole(Mark.ADDED, line) for line in new]
    for was, is_now in _pairs(old, new):
        removed[was], added[is_now] = _rewritten(old[was], new[is_now])
    yield from removed
    yield from added


def _pairs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Lines that are the same one, rewritten: in order, each with the most alike that is left."""
    if len(old) * len(new) > MOST_COMPARED:
        return
    first = 0
    for n, line in enumerate(new):
        scores = [(_likeness(old[m], line), -m) for m in range(first, len(old))]
        best, at = max(scores, default=(0.0, 0))
        if best >= LIKE:
            yield -at, n
            first = -at + 1


def _likeness(before: str, after: str) -> float:
    return SequenceMatcher(None, _words(before), _words(after), autojunk=False).ratio()


def _whole(mark: Mark, line: str) -> Line:
    return Line(mark, (Piece(line, False),))


def _rewritten(before: str, after: str) -> tuple[Line, Line]:
    a, b = _words(before), _words(after)
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    old: list[Piece] = []
    new: list[Piece] = []
    for tag, i, j, k, m in matcher.get_opcodes():
        changed = tag != "equal"
        if j > i:
            old.append(Piece("".join(a[i:j]), changed))
        if m > k:
            new.append(Piece("".join(b[k:m]), changed))
    return Line(Mark.REMOVED, tuple(old)), Line(Mark.ADDED, tuple(new))


def _words(line: str) -> list[str]:
    return re.findall(r"\w+|\s+|[^\w\s]", line)

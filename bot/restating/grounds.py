"""An entry's text as the stretches that can carry a sentence of an answer: its own sentences, items, rows.

What belongs to a stretch comes with it: the condition that follows, the sentence it leans on, the line that
introduces its list, the head of its table, its headings and the title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.blocks import Block, Form, blocks
from bot.conditions import is_condition, leans_back
from bot.markers import unadorned
from bot.restating.facts import names
from bot.restating.turning_words import Turn, turns
from bot.sentences import Span, sentences
from knowledge.entries import Article

LONGEST_LIST = 400
"""Characters up to which a list is also one statement: "we ship to France, Spain and Malta"."""
CASES = frozenset({Turn.IF, Turn.UNLESS, Turn.EXCEPT, Turn.ONLY, Turn.OUTSIDE, Turn.AFTER, Turn.BEFORE})
"""Headings with these hold for what stands below them, not for everybody."""
HARMLESS = frozenset({Turn.OR, Turn.CAN, Turn.ALWAYS})
"""A cell with none but these restricts no other cell of its row."""
BREAKING = frozenset({Turn.ONLY, Turn.EXCEPT, Turn.UNLESS})
"""Behind a colon these restrict what stands before it."""
_ASKS_WHEN = re.compile(r"^(?:when|quand|where|où)\b", re.IGNORECASE)
"""A heading that asks is no condition."""
LIST_MARK = re.compile(r"\s*(?:[-*+•]|\d+[.)])\s+")


@dataclass(frozen=True, slots=True)
class Ground:
    """A stretch that says something by itself."""

    start: int
    end: int
    text: str
    """Its words, plain."""
    block: Block
    case: str = ""
    """The heading above it, where that names a case: "In Switzerland", "If nobody is at home"."""
    introduction: str = ""
    """The line that announces its list, what stands before its colon: it restricts what follows."""
    context: tuple[str, ...] = ()
    """Where else its words may come from, nearest first: table head, headings, title."""
    conditions: tuple[Span, ...] = ()
    """The stretches right after it without which it would promise too much."""

    @property
    def whole(self) -> Span:
        """With its conditions."""
        return self.start, self.conditions[-1][1] if self.conditions else self.end


def grounds(entry: Article) -> list[Ground]:
    """Sentences, items and rows in order of the text; then parts of them, and several of them as one."""
    found = blocks(entry.text)
    single = [ground for n in range(len(found)) for ground in _of_block(entry, found, n)]
    single = _with_conditions(single)
    parts = [part for ground in single for part in _at_colon(entry, ground)]
    return [*single, *parts, *_pairs(entry.text, single), *_lists(entry, found)]


def _of_block(entry: Article, found: Sequence[Block], n: int) -> Iterator[Ground]:
    block = found[n]
    above = (*reversed(block.heading), entry.title)
    binding = _case(block.heading, entry.language), _introduction(entry.text, found, n)
    match block.form:
        case Form.PARAGRAPH:
            spans = _clauses(entry.text, block.pieces)
        case Form.LIST | Form.STEPS:
            items = block.pieces or ((block.start, block.end),)
            spans = [span for item in items for span in _in_item(entry.text, item)]
        case Form.TABLE:
            yield from _rows(entry, block, above, binding)
            return
        case Form.VERBATIM:
            return
    for span in spans:
        words = unadorned(entry.text[span[0] : span[1]]).strip()
        yield Ground(*span, words, block, *binding, above)


def _rows(entry: Article, block: Block, above: tuple[str, ...], binding: tuple[str, str]) -> Iterator[Ground]:
    """Each row, and of a row its first cell with each other one, where those left out restrict nothing."""
    head = _cells(entry.text[block.start : block.pieces[0][0]]) if block.pieces else []
    for span in block.pieces:
        cells = _cells(entry.text[span[0] : span[1]])
        yield Ground(*span, " · ".join(cells), block, *binding, (" · ".join(head), *above))
        for n in range(1, len(cells)) if len(cells) > 2 and len(cells) == len(head) else ():
            others = [cell for m, cell in enumerate(cells) if m not in {0, n}]
            if not any(turns(cell, entry.language) - HARMLESS for cell in others):
                columns = f"{head[0]} · {head[n]}"
                yield Ground(*span, f"{cells[0]} · {cells[n]}", block, *binding, (columns, *above))


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in unadorned(row.strip()).split(" · ")]


def _case(heading: Sequence[str], language: str) -> str:
    """The nearest heading where it names a case: "If nobody is at home", « Livraison en Suisse »."""
    nearest = _ASKS_WHEN.sub("", heading[-1]) if heading else ""
    named = names(nearest)
    is_titled = len(named) * 2 >= len([word for word in nearest.split() if len(word) > 3])
    return nearest if turns(nearest, language) & CASES or (named and not is_titled) else ""


def _introduction(text: str, found: Sequence[Block], n: int) -> str:
    """The end of the paragraph right above that announces a list or a table."""
    if n == 0 or found[n - 1].form is not Form.PARAGRAPH or found[n - 1].section != found[n].section:
        return ""
    before = text[found[n - 1].start : found[n - 1].end]
    if not before.rstrip("*_ ").endswith(":"):
        return ""
    start, end = found[n - 1].pieces[-1]
    return unadorned(text[start:end])


def _in_item(text: str, item: Span) -> list[Span]:
    """Its sentences, line by line, without the item's mark."""
    spans: list[Span] = []
    start = item[0]
    for line in text[item[0] : item[1]].splitlines(keepends=True):
        mark = LIST_MARK.match(line)
        end = start + len(line)
        spans += _clauses(text, sentences(text, start + (mark.end() if mark else 0), end))
        start = end
    return spans


def _clauses(text: str, spans: Sequence[Span]) -> list[Span]:
    """Sentences, cut at semicolons: each side says something by itself."""
    cut: list[Span] = []
    for start, end in spans:
        begin = start
        for at in range(start, end - 1):
            if text[at] == ";":
                cut.append((begin, at))
                begin = at + 1
        cut.append((begin, end))
    return [span for span in (_trimmed(text, span) for span in cut) if span[0] < span[1]]


def _trimmed(text: str, span: Span) -> Span:
    stretch = text[span[0] : span[1]]
    return span[0] + len(stretch) - len(stretch.lstrip()), span[1] - len(stretch) + len(stretch.rstrip())


def _with_conditions(single: Sequence[Ground]) -> list[Ground]:
    """Each with the conditions behind it, and with the words of what it leans back on."""
    found: list[Ground] = []
    for n, ground in enumerate(single):
        conditions: list[Span] = []
        for following in single[n + 1 :]:
            if not (_are_prose(ground, following) and is_condition(following.text)):
                break
            conditions.append((following.start, following.end))
        leant_on = single[n - 1] if n and leans_back(ground.text) else None
        if leant_on and leant_on.block.section == ground.block.section:
            ground = replace(ground, context=(leant_on.text, *ground.context))
        found.append(replace(ground, conditions=tuple(conditions)))
    return found


def _are_prose(one: Ground, other: Ground) -> bool:
    return one.block.form is other.block.form is Form.PARAGRAPH and one.block.section == other.block.section


def _at_colon(entry: Article, ground: Ground) -> Iterator[Ground]:
    """What stands before a colon is a statement; what stands behind it is one under that head."""
    match = re.search(r"\s?:\s", ground.text)
    split = entry.text.find(":", ground.start, ground.end)
    if match is None or split < 0 or ground.block.form is Form.TABLE or "://" in ground.text:
        return
    head, tail = ground.text[: match.start()].strip(), ground.text[match.end() :].strip()
    if not is_condition(tail) and not turns(tail, entry.language) & BREAKING:
        yield replace(ground, text=head, end=split)
    start, end = _trimmed(entry.text, (split + 1, ground.end))
    if start < end:
        yield replace(ground, text=tail, start=start, introduction=f"{ground.introduction} {head}".strip())


def _pairs(text: str, single: Sequence[Ground]) -> Iterator[Ground]:
    """Two statements that follow each other in a paragraph or an item: an answer may join them."""
    for first, second in pairwise(single):
        between = text[first.end : second.start]
        if first.block.form is not Form.TABLE and second.start >= first.end and not between.strip(" ;"):
            joined = f"{first.text} {second.text}"
            yield replace(first, end=second.end, text=joined, conditions=second.conditions)


def _lists(entry: Article, found: Sequence[Block]) -> Iterator[Ground]:
    """A short list with the line that introduces it."""
    for n, block in enumerate(found):
        introduction = _introduction(entry.text, found, n)
        if block.form is not Form.LIST or not introduction:
            continue
        start = found[n - 1].pieces[-1][0]
        if block.end - start <= LONGEST_LIST:
            words = f"{introduction} {unadorned(entry.text[block.start : block.end])}"
            yield Ground(start, block.end, words, block, context=(*reversed(block.heading), entry.title))

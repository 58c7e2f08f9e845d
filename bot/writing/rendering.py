"""Sentences with their citations as one Markdown text with [1], [2] in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.entries import Citation


@dataclass(frozen=True, slots=True)
class Said:
    text: str
    citation: Citation
    lead: str = ""
    """ "- " or "1. " where it opens an item."""
    opens_paragraph: bool = False


def rendered(said: Sequence[Said]) -> tuple[str, tuple[Citation, ...]]:
    """A citation has one number however often it comes; neighbours from the same place share a mark."""
    numbers: dict[tuple[int, int], int] = {}
    citations: list[Citation] = []
    text = ""
    for n, one in enumerate(said):
        place = (one.citation.start, one.citation.end)
        if place not in numbers:
            citations.append(one.citation)
            numbers[place] = len(citations)
        gap = _gap(said[n - 1], one) if n else ""
        mark = "" if _shares_mark(one, said[n + 1 : n + 2]) else f" [{numbers[place]}]"
        text += f"{gap}{one.lead}{one.text}{mark}"
    return text, tuple(citations)


def _shares_mark(one: Said, following: Sequence[Said]) -> bool:
    return any(other.citation == one.citation and _gap(one, other) == " " for other in following)


def _gap(before: Said, one: Said) -> str:
    if one.lead and before.lead and not one.opens_paragraph:
        return "\n"
    return "\n\n" if one.lead or one.opens_paragraph else " "

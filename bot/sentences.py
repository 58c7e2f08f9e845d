"""Where sentences begin and end, by offsets, in French and English prose.

Small rules rather than a model: what matters is never to cut inside a price, a date, an abbreviation, a
quotation or a link. When in doubt two sentences stay one.
"""

from __future__ import annotations

import re

Span = tuple[int, int]
"""Start and end offsets."""

_END = re.compile(r"(?:[.!?…]+\s?»|[.!?…]+)[\"'”’»)\]*_]*(?=\s|$)|\n\s*\n")
_NEXT_BEGINS = re.compile(r"\s+(?:[\"'“‘«(\[*_¿¡-]\s?)*[A-ZÀ-ÖØ-ÞŒ0-9]")
_ABBREVIATIONS = frozenset(
    # Titles, references and measures after which a sentence goes on, lower case without the dot.
    re.split(
        r"\s+",
        "m mm mme mmes mlle mlles me dr drs pr prof st ste mr mrs ms jr sr gen col capt lt sgt rev hon art "
        "al "
        "alin chap cf ex env no nos nr n° fig p pp pag par paragr vol vs v éd ed réf ref tél tel bd av "
        "boul app "
        "appt bât apt dept dép dépt approx min max hr hrs sec inc ltd co corp sa etc e.g i.e eg ie viz a.m "
        "p.m "
        "am pm u.s u.k j.-c jan janv feb févr fév mar apr avr jun jul juil aug sept sep oct nov dec déc",
    )
)
_ENDS_ALSO = frozenset({"etc", "inc", "ltd", "co", "corp", "min", "max", "sec", "hrs", "hr"})
"""Abbreviations that also end a sentence: what follows with a capital begins a new one."""
_STOPS_INSIDE = re.compile(r"(\w{3,})[.!?]\s+(?=[a-zà-öø-ÿœ])")
_LAST_WORD = re.compile(r"([\w°'’.-]+)\.$")


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Spans of the sentences of `text[start:end]`, blank space trimmed; nothing but blanks lies between "
    "two."""
    end = len(text) if end is None else end
    found: list[Span] = []
    begin = start
    for match in _END.finditer(text, start, end):
        if _goes_on(text, begin, match, end):
            continue
        found.append((begin, match.end()))
        begin = match.end()
    found.append((begin, end))
    trimmed = (_trimmed(text, span) for span in found)
    return [span for span in trimmed if span[0] < span[1]]


def is_one(sentence: str) -> bool:
    """False where it stops in the middle, and something in lower case follows that may be anything: a
    company does not write like this, a model that loses its thread does."""
    return not any(
        match.group(1).casefold() not in _ABBREVIATIONS for match in _STOPS_INSIDE.finditer(sentence)
    )


def _goes_on(text: str, begin: int, match: re.Match[str], end: int) -> bool:
    """Whether the sentence does not stop at this mark after all."""
    if match.group().isspace() or match.end() >= end:
        return False
    if not _NEXT_BEGINS.match(text, match.end(), end):
        return True
    if match.group() != ".":
        return False
    word = _LAST_WORD.search(text[begin : match.end()])
    if word is None:
        return False
    name = word.group(1).casefold().rsplit("'", 1)[-1].rsplit("’", 1)[-1]
    follows_digit = text[match.end() : end].lstrip()[:1].isdigit()
    if name in _ENDS_ALSO:
        return follows_digit
    if name in _ABBREVIATIONS:
        return True
    # An initial ("J. Martin"), and a number that a list or a reference begins with ("1. Open …").
    return _is_initial(text, begin, match) or text[begin : match.end()].strip()[:-1].isdigit()


def _is_initial(text: str, begin: int, match: re.Match[str]) -> bool:
    before = text[max(begin, match.start() - 2) : match.start()]
    return before[-1:].isalpha() and before[-1:].isupper() and (len(before) == 1 or not before[0].isalnum())


def _trimmed(text: str, span: Span) -> Span:
    stretch = text[span[0] : span[1]]
    return span[0] + len(stretch) - len(stretch.lstrip()), span[1] - len(stretch) + len(stretch.rstrip())

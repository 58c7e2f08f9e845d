"""A message as the recognisers read it: folded, straight quotes, single spaces, nothing invisible."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from knowledge.lexical import fold

_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "«": '"', "»": '"'})
_SPACE = re.compile(r"\s+")
_ELISION = re.compile(r"(?<![\w'])(quelqu|aujourd|jusqu|qu|[cdjlmnst]) (?=[aeiouyh]\w)")
"""Customers write « quelqu un », « j ai »: the apostrophe is meant."""


@lru_cache(maxsize=512)
def plain(text: str) -> str:
    """Lower case, no accents, no invisible characters: what the patterns of this folder are written for.

    Remembered for a while: each recogniser asks for the same message, and some for its letters."""
    spaced = _SPACE.sub(" ", fold(visible(text).translate(_QUOTES))).strip()
    return _ELISION.sub(r"\1'", spaced)


def plain_by_letter(text: str) -> str:
    """Folded letter by letter, spaces kept, so that offsets hold in both."""
    return "".join(c if c.isspace() else plain(c)[:1] or c for c in text)


def visible(text: str) -> str:
    """Without format characters (zero-width joints, Unicode tags): they print nothing and hide words."""
    if text.isprintable():
        return text
    return "".join(c for c in text if unicodedata.category(c) != "Cf")


def leading(*items: str) -> str:
    """Any number of these words, each with a space behind. Each is read in one way only (an atomic group):
    words that are in two lists would otherwise double the work at every repetition."""
    return f"(?:(?>(?:{'|'.join(items)}) ))*"


def trailing(*items: str) -> str:
    """Any number of these words, each with a space before; read like `leading`."""
    return f"(?:(?> (?:{'|'.join(items)})(?=[ \\W]|$)))*"


def any_of(*patterns: str) -> re.Pattern[str]:
    """One pattern out of several alternatives, for plain text."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))

"""Words as search sees them: folded, stemmed, and codes kept whole."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import Stemmer

_WORD = re.compile(r"[^\W_]+(?:[-./][^\W_]+)*", re.UNICODE)
_STEMMERS = {
    "fr": "french",
    "en": "english",
    "de": "german",
    "es": "spanish",
    "it": "italian",
    "nl": "dutch",
    "pt": "portuguese",
}


def fold(text: str) -> str:
    """Lower case without accents: « Délai » and "delai" are one word."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    """Folded words in order; a code such as MT-482913 stays whole and gives its parts too."""
    found: list[str] = []
    for match in _WORD.finditer(fold(text)):
        word = match.group()
        parts = re.split(r"[-./]", word)
        if len(parts) > 1 and any(c.isdigit() for c in word):
            found.append(word)
        found.extend(part for part in parts if part)
    return found


def stems(text: str, language: str) -> list[str]:
    """Stems in order, stop words included: rarity decides what weighs."""
    return [_stem(word, language) for word in words(text)]


@lru_cache(maxsize=200_000)
def _stem(word: str, language: str) -> str:
    if any(c.isdigit() for c in word):
        return word
    stemmer = _stemmer(language)
    return stemmer.stemWord(word) if stemmer else word


@lru_cache(maxsize=8)
def _stemmer(language: str) -> Stemmer.Stemmer | None:
    name = _STEMMERS.get(language)
    return Stemmer.Stemmer(name, 0) if name else None

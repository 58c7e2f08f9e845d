"""Messages that nobody can read: no letters, or keys hit at random. Codes, numbers and other scripts are "
"fine."""

from __future__ import annotations

import re

from bot.recognisers.plain import plain

_LATIN_WORD = re.compile(r"[a-z]+")
_VOWELS = frozenset("aeiouy")
_CONSONANT_RUN = re.compile(r"[bcdfghjklmnpqrstvwxz]{6,}")
_KEY_RUN = re.compile(
    r"(?:asdf|sdfg|dfgh|fghj|ghjk|hjkl|qsdf|sdfgh|jklm|qwer|wert|azer|zert|erty|zxcv|xcvb|wxcv|cvbn|poiu|"
    r"lkjh|mlkj)"
)
_SHORTEST = 4
"""Shorter words may be abbreviations: "svp", "tx", "TVA"."""
_KNOWN = frozenset({"azerty", "qwerty", "qwertz", "rhythm", "https", "http", "html", "smtp", "imap"})


def is_unreadable(text: str) -> bool:
    """True for "", "???", "🙂", "asdfghj"; False as soon as one word could be one."""
    folded = plain(text)
    if not any(c.isalnum() for c in folded):
        return True
    tokens = re.findall(r"\w+", folded)
    return all(_is_noise(token) for token in tokens)


def _is_noise(token: str) -> bool:
    if token.isdigit():
        return len(set(token)) == 1 and len(token) > _SHORTEST
    if len(token) < _SHORTEST or token in _KNOWN or not _LATIN_WORD.fullmatch(token):
        return len(set(token)) == 1 and len(token) >= _SHORTEST
    return (
        not _VOWELS & set(token)
        or len(set(token)) <= 2
        or _CONSONANT_RUN.search(token) is not None
        or sum(len(run) for run in _KEY_RUN.findall(token)) >= len(token) / 2
    )

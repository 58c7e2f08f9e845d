"""Personal data out, and back in: what a model or a log gets to see in its place.

What a company publishes about itself is not masked: passages do not go through here, customers' words do.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from types import TracebackType

from bot.recognisers.personal_data import Kind, personal_data


class Masks:
    """The placeholders of one prompt: a value has the same one each time it occurs."""

    def __init__(self) -> None:
        self._placeholders: dict[str, str] = {}
        self._values: dict[str, str] = {}

    def mask(self, text: str) -> str:
        hidden = _replaced(text, lambda value, kind: self._placeholder(value, kind, text))
        return self._names_in(hidden)

    def restore(self, text: str) -> str:
        """With the values where their placeholders stand."""
        return _PLACEHOLDER.sub(lambda match: self._values.get(match.group(), match.group()), text)

    def _placeholder(self, value: str, kind: Kind, text: str) -> str:
        key = re.sub(r"[\s().-]", "", value).casefold()
        if key not in self._placeholders:
            number = 1
            while (name := f"{kind}_{number}") in self._values or name in text:
                number += 1
            self._placeholders[key] = name
            self._values[name] = value
        return self._placeholders[key]

    def _names_in(self, text: str) -> str:
        """A name that was given once is one in the next message too, though nothing there says so."""
        for placeholder, value in self._values.items():
            if placeholder.startswith(Kind.NAME):
                text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", placeholder, text)
        return text


def masked(text: str) -> str:
    """For a log: what kind of thing stood there, and nothing to tell one from another."""
    return _replaced(text, lambda _, kind: f"<{kind.lower()}>")


OUR_OWN_WORDS = {"holds_our_own_words": True}
"""The `extra` of a log line that nobody else has put a word into, and that is written at every request: the
milliseconds in it may look like a telephone number, and to find out that they are none takes one or two."""


class MaskingFormatter(logging.Formatter):
    """Writes log lines without personal data, tracebacks included."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        if not getattr(record, "holds_our_own_words", False):
            record.message = masked(record.message)
        return super().formatMessage(record)

    def formatException(
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        return masked(super().formatException(ei))


_PLACEHOLDER = re.compile(rf"\b(?:{'|'.join(Kind)})_\d+\b")


def _replaced(text: str, by: Callable[[str, Kind], str]) -> str:
    pieces: list[str] = []
    last = 0
    for found in personal_data(text):
        pieces += (text[last : found.start], by(text[found.start : found.end], found.kind))
        last = found.end
    return "".join((*pieces, text[last:]))

"""Everything the bot says of its own, in French and English. A company's brief may replace any of it.

The rest of what it says are the knowledge base's words.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import Formatter

from bot.words import english, french
from bot.words.names import COMMON_PLACES, PLACES, Phrase


@dataclass(frozen=True, slots=True)
class Words:
    """The phrases of one conversation: its language, the tone and address, the company's own first."""

    language: str
    """"fr" or "en": what the bot speaks, which may differ from what was written to it."""
    phrases: Mapping[Phrase, str]
    common: Mapping[str, str]

    def say(self, phrase: Phrase, **values: str) -> str:
        return _capital(self.phrases[phrase].format_map({**self.common, **values}))

    def name(self, phrase: Phrase) -> str:
        """The phrase as a name inside a sentence."""
        return self.phrases[phrase].format_map(self.common)


def words_for(
    language: str,
    *,
    tu: bool = False,
    formal: bool = False,
    own: Mapping[Phrase, str] | None = None,
    common: Mapping[str, str] | None = None,
) -> Words:
    """`own`: the brief's phrases in this language. Whoever does not write French is spoken to in English."""
    spoken = "fr" if language == "fr" else "en"
    layers = [own or {}, *_layers(spoken, tu, formal)]
    return Words(spoken, ChainMap(*(dict(layer) for layer in layers)), dict(common or {}))


def _layers(spoken: str, tu: bool, formal: bool) -> Iterable[Mapping[Phrase, str]]:
    if spoken == "en":
        return [english.FORMAL, english.PLAIN] if formal else [english.PLAIN]
    if tu:
        return [french.TU, french.PLAIN]
    return [french.FORMAL, french.PLAIN] if formal else [french.PLAIN]


def unknown_places(phrase: Phrase, text: str) -> set[str]:
    """Placeholders in a company's own wording that this phrase has no value for. ValueError on odd braces."""
    allowed = COMMON_PLACES | PLACES.get(phrase, frozenset())
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None} - allowed


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

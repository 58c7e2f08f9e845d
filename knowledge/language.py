"""Which language a text is in. The sole importer of lingua."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

import lingua

LONGEST_SAMPLE = 2000
"""Characters of a text that are looked at: more do not change the verdict."""

_CODE = re.compile(r"\S*(?:\d|@|://|\w\.\w)\S*")
"""Order numbers, e-mail and web addresses say nothing about the language around them."""
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
"""« c'est » is one: two letters before an apostrophe say little."""
_OUTWEIGHS_HINT = {1: 9.0, 2: 3.0}
_LATER_OUTWEIGHS_HINT = 1.86
"""How many times as probable as the conversation's a language must be, by number of words. If one message in
ten or twenty changes the language, least goes wrong with these over real questions of two."""
_OUTWEIGHS_DEFAULT = 0.55
_LINGUA_CODES = {"no": "nb"}
"""Lingua knows Norwegian by its written forms."""


class LanguageDetector:
    """Tells the configured languages (ISO 639-1) apart, and only them: short messages need that.

    The models load with `prepare`, or at the first question (French and English: 0.4 s, in which nothing
    else runs in this process, and 100 MB). The low-accuracy mode
    of 9 MB takes « ou est ma comande » for English, so it is not used.
    """

    def __init__(self, languages: Sequence[str] = ("fr", "en"), default: str = "en") -> None:
        """Raises ValueError for a code that lingua does not know, or a default outside the languages."""
        found = {code.lower(): _lingua_language(code.lower()) for code in languages}
        unknown = [code for code, language in found.items() if language is None]
        if unknown:
            raise ValueError(
                f"languages: {', '.join(unknown)} is not known; write ISO 639-1 codes such as fr"
            )
        self._languages = tuple(found)
        self._codes = {language: code for code, language in found.items() if language is not None}
        if default not in self._languages:
            raise ValueError(f"default language {default} is not among the languages {self._languages}")
        self._default = default

    def detect(self, text: str, hint: str | None = None) -> str:
        """The language of a message or an entry's text, always one of the configured ones.

        `hint` is the language so far (of the conversation, of the page): it decides about messages
        too short or too ambiguous, such as "ok" or an order number. Without one, the default does.
        """
        fallback = hint if hint in self._languages else self._default
        sample = _CODE.sub(" ", text[:LONGEST_SAMPLE])
        words = len(_WORD.findall(sample))
        if words == 0 or len(self._languages) == 1:
            return fallback
        probable = self._probable(sample)
        code, probability = next(iter(probable.items()))
        if hint in self._languages:
            outweighs = _OUTWEIGHS_HINT.get(words, _LATER_OUTWEIGHS_HINT)
            return code if probability > outweighs * probable[hint] else fallback
        return code if probability >= _OUTWEIGHS_DEFAULT or (words > 3 and probability > 0) else fallback

    def prepare(self) -> None:
        """Load the models, if there is more than one language to tell apart."""
        if len(self._languages) > 1:
            self._probable("Bonjour")

    def _probable(self, sample: str) -> dict[str, float]:
        """How probable each language is, the likeliest first."""
        values = self._detector.compute_language_confidence_values(sample)
        return {self._codes[each.language]: each.value for each in values}

    @cached_property
    def _detector(self) -> lingua.LanguageDetector:
        return lingua.LanguageDetectorBuilder.from_languages(*self._codes).build()


def _lingua_language(code: str) -> lingua.Language | None:
    try:
        return lingua.Language.from_iso_code_639_1(
            lingua.IsoCode639_1.from_str(_LINGUA_CODES.get(code, code))
        )
    except ValueError:
        return None

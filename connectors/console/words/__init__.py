"""What the console says, in English and French.

The English sentence is its own name: `words("Nobody waits.")`, in templates `_("Nobody waits.")`. French is
looked up; a test finds what is not translated, and what is translated for nothing. Where English has one word
for two meanings, what is meant stands behind a bar: `_("Open|state")`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.console.words.french import FRENCH

LANGUAGES = ("en", "fr")


@dataclass(frozen=True, slots=True)
class Words:
    language: str
    """en or fr."""

    def __call__(self, english: str, **places: object) -> str:
        text = _FRENCH.get(english, english) if self.language == "fr" else english
        text = text.partition("|")[0]
        return text.format(**places) if places else text

    def count(self, number: int, one: str, other: str, **places: object) -> str:
        """`{number}` in either; French says zero in the singular."""
        single = number < 2 if self.language == "fr" else number == 1
        return self(one if single else other, number=self.number(number), **places)

    def number(self, number: int) -> str:
        """1,234 or 1 234."""
        text = f"{number:,}"
        return text.replace(",", NARROW) if self.language == "fr" else text

    def decimal(self, number: float, digits: int) -> str:
        """1.5 or 1,5."""
        text = f"{number:.{digits}f}"
        return text.replace(".", ",") if self.language == "fr" else text

    def percent(self, share: float) -> str:
        """Of a share between 0 and 1."""
        return f"{round(100 * share)}{BROAD + '%' if self.language == 'fr' else '%'}"


NARROW = "\u202f"
"""Before ? ! ; and between thousands, where a line must not break."""
BROAD = "\u00a0"
"""Before a colon, and inside of quotation marks."""


def french_spaces(text: str) -> str:
    text = re.sub(r" ([?!;])", NARROW + r"\1", text)
    return re.sub(r" ([:»%])", BROAD + r"\1", text).replace("« ", "«" + BROAD)


_FRENCH: Mapping[str, str] = {english: french_spaces(french) for english, french in FRENCH.items()}

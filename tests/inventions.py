"""What a text says that its sources do not, found without the verifier's rules: a second opinion on them."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LINK = re.compile(r"https?://\S+|www\.\S+|[\w.+-]+@[\w-]+\.\w+|\w+\.(?:com|net|org|example|fr|io)\b\S*")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)?")
_NAME = re.compile(r"(?<=[\w,;] )[A-ZÀ-Ý][\w’'-]+")
_MARK = re.compile(r"\s*(?<!\\)\[\d+\]")
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_DENIAL = re.compile(
    r"\b(?:not|no|never|cannot|without|only|except|unless|nor|pas|jamais|aucune?|sans|sauf|uniquement|seulement|"
    r"ni|non)\b|n't\b",
    re.IGNORECASE,
)
STRANGE = 0.34
"""Share of a sentence's long words that no sentence of the sources has."""


def inventions(text: str, sources: Iterable[str]) -> list[str]:
    """Figures, links and names that stand nowhere in the sources; sentences that are far from all of theirs,
    or deny where the nearest one does not, or the other way round."""
    known = "\n".join(sources)
    plain = _MARK.sub("", text)
    found = [f"figure {figure}" for figure in _FIGURE.findall(plain) if not _has_figure(known, figure)]
    found += [f"link {link}" for link in _LINK.findall(plain) if link.rstrip(".,;:!?)") not in known]
    found += [f"name {name}" for name in _NAME.findall(plain) if name.casefold() not in known.casefold()]
    theirs = list(_sentences(known))
    for sentence in _sentences(plain):
        found += _strangeness(sentence, theirs)
    return found


def _strangeness(sentence: str, theirs: list[str]) -> list[str]:
    words = _words(sentence)
    if not words:
        return []
    nearest = max(theirs, key=lambda other: len(words & _words(other)) / (len(words | _words(other)) or 1))
    missing = {
        word for word in words if not any(word[:5] == other[:5] for other in _words("\n".join(theirs)))
    }
    if len(missing) / len(words) > STRANGE:
        return [f"far from everything: {sentence}"]
    overlap = len(words & _words(nearest)) / len(words)
    if overlap > 0.8 and bool(_DENIAL.search(sentence)) != bool(_DENIAL.search(nearest)):
        return [f"denial differs: {sentence} / {nearest}"]
    return []


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"(?<=[.!?…])\s+|\n+|(?<=;)\s", text) if part.strip()]


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _LONG_WORD.findall(text)}


def _has_figure(known: str, figure: str) -> bool:
    forms = {figure, figure.replace(",", "."), figure.replace(".", ",")}
    return any(re.search(rf"(?<![\d.,]){re.escape(form)}(?![\d])", known) for form in forms)

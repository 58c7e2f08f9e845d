"""What a conversation is about, in the customer's own words: one line and a few sentences. Pure; no model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.recognisers.small_talk import without_greeting, without_thanks
from bot.sentences import sentences
from knowledge.lexical import stems

LINE = 160
SENTENCES = 3
_CLIPPED = 240


def one_line(text: str, longest: int = LINE) -> str:
    """Without greeting and thanks, cut between two words."""
    line = " ".join(without_thanks(without_greeting(text)).split())
    if len(line) <= longest:
        return line
    return line[: longest - 1].rsplit(" ", 1)[0].rstrip(" ,;:.-–") + "…"


def summary(
    messages: Sequence[str], language: str | None, terms: Mapping[str, float] | None = None
) -> tuple[str, ...]:
    """The customer's most telling sentences, in the order they were written. `terms`: weight by stem, where
    the search has said what is rare; without them, longer sentences say more."""
    said = list(dict.fromkeys(_sentences(messages)))
    ranked = sorted(range(len(said)), key=lambda n: (-_weight(said[n], n, language or "", terms or {}), n))
    return tuple(said[n] for n in sorted(ranked[:SENTENCES]))


def _sentences(messages: Iterable[str]) -> Iterable[str]:
    for message in messages:
        text = without_thanks(without_greeting(message))
        for start, end in sentences(text):
            line = " ".join(text[start:end].split())
            if any(c.isalnum() for c in line):
                yield line if len(line) <= _CLIPPED else one_line(line, _CLIPPED)


def _weight(sentence: str, place: int, language: str, terms: Mapping[str, float]) -> float:
    """What the search found telling, numbers (orders, dates), a question; a little for coming late."""
    words = {*stems(sentence, language)}
    numbers = sum(any(c.isdigit() for c in word) for word in words)
    asks = sentence.rstrip().endswith("?")
    return sum(terms.get(word, 0.2) for word in words) + numbers + asks + 0.1 * place

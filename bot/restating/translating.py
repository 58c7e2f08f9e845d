"""Whether a sentence can translate another, as far as that can be told without knowing what it says."""

from __future__ import annotations

from collections.abc import Sequence

from bot.restating.facts import facts
from bot.restating.meaning import Meaning
from bot.restating.turning_words import SPOKEN, Turn, turns

LONGEST_RATIO = 2.2
"""Times the characters of its source, or the other way round."""
SHORT = 25
"""Characters up to which lengths say nothing."""
_MARKED_ALIKE = frozenset({Turn.NOT, Turn.ONLY, Turn.EXCEPT, Turn.UNLESS, Turn.IF, Turn.BEFORE, Turn.AFTER})
"""Kinds of turning words for which both languages have words that are not used for something else."""


def translates(
    sentence: str, source: str, languages: tuple[str, str], others: Sequence[str], meaning: Meaning
) -> bool:
    """`languages` are the source's and the sentence's. `others` are texts that it must not mean rather."""
    spoken, wanted = languages
    return (
        {spoken, wanted} <= SPOKEN
        and facts(sentence, wanted) == facts(source, spoken)
        and turns(sentence, wanted) & _MARKED_ALIKE == turns(source, spoken) & _MARKED_ALIKE
        and _lengths_fit(sentence, source)
        and _is_nearest(sentence, source, others, meaning)
    )


def _lengths_fit(sentence: str, source: str) -> bool:
    short, long = sorted((len(sentence), len(source)))
    return long <= max(short * LONGEST_RATIO, SHORT)


def _is_nearest(sentence: str, source: str, others: Sequence[str], meaning: Meaning) -> bool:
    own = meaning.likeness(sentence, source)
    return own > 0 and all(own > meaning.likeness(sentence, other) for other in others if other != source)

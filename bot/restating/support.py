"""Which stretch of an entry carries a sentence: by its words, then by its meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.markers import bare
from bot.restating.difference import Difference, difference
from bot.restating.grounds import Ground
from bot.restating.meaning import Meaning, is_same
from bot.restating.turning_words import SPOKEN
from bot.restating.vocabulary import are_one, telling

TRIED = 8
"""Stretches that share most words with a sentence; others cannot carry it."""
BACKGROUND = 12
"""Sentences of the entry that a meaning is measured against."""


@dataclass(frozen=True, slots=True)
class Support:
    ground: Ground
    verbatim: bool


def support(
    sentence: str, grounds: Sequence[Ground], language: str, company: str = ""
) -> Support | Difference:
    """By words alone; where none carries it, what is otherwise in the likeliest one."""
    said = bare(sentence)
    for ground in grounds:
        if bare(ground.text) == said and not _loses_binding(sentence, ground, language, company):
            return Support(ground, verbatim=True)
    if language not in SPOKEN:
        return Difference.WORDS
    likeliest = sorted(grounds, key=lambda ground: -_shared(sentence, ground, language))[:TRIED]
    found = [(ground, difference(sentence, ground, language, company)) for ground in likeliest]
    carries = next((ground for ground, otherwise in found if otherwise is None), None)
    if carries is not None:
        return Support(carries, verbatim=False)
    return next((otherwise for _, otherwise in found if otherwise), Difference.WORDS)


def _loses_binding(sentence: str, ground: Ground, language: str, company: str) -> bool:
    """The same words without the heading or the introduction that restricts them are not the same."""
    return (
        bool(ground.case or ground.introduction)
        and difference(sentence, ground, language, company) is not None
    )


def compared(sentence: str, ground: Ground, grounds: Sequence[Ground], title: str) -> tuple[str, ...]:
    """The texts whose meaning must be known to say whether the ground means the same as the sentence."""
    return sentence, ground.text, *_others(ground, grounds, title)


def means_the_same(
    sentence: str, ground: Ground, grounds: Sequence[Ground], title: str, meaning: Meaning
) -> bool:
    return is_same(sentence, ground.text, _others(ground, grounds, title), meaning)


def _others(ground: Ground, grounds: Sequence[Ground], title: str) -> list[str]:
    """The nearest in the text, and the title."""
    apart = [other for other in grounds if other.end <= ground.start or other.start >= ground.end]
    near = sorted(apart, key=lambda other: abs(other.start - ground.start))[:BACKGROUND]
    return [title, *(other.text for other in near)]


def _shared(sentence: str, ground: Ground, language: str) -> float:
    """Telling words in common; of equals the shorter stretch comes first."""
    there = telling(ground.text, language)
    common = sum(any(are_one(key, other) for other in there) for key in telling(sentence, language))
    return common - len(there) / 1000

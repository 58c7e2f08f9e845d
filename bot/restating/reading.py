"""A text as it is compared: its telling words, turning words, facts and names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from bot.restating.facts import Fact, facts, names
from bot.restating.turning_words import Turn, turns
from bot.restating.vocabulary import are_one, telling


@dataclass(frozen=True, slots=True)
class Reading:
    text: str
    telling: tuple[str, ...]
    turns: frozenset[Turn]
    facts: frozenset[Fact]
    names: frozenset[str]


@lru_cache(maxsize=20_000)
def read(text: str, language: str) -> Reading:
    return Reading(text, telling(text, language), turns(text, language), facts(text, language), names(text))


def is_in(key: str, keys: Iterable[str]) -> bool:
    return any(are_one(key, other) for other in keys)

"""Whether a line that a model made of a customer's words keeps to them: no new name, figure, or denial."""

from __future__ import annotations

from collections.abc import Sequence

from bot.restating.facts import facts, names
from bot.restating.places import denied
from bot.restating.turning_words import Turn, turns
from bot.restating.vocabulary import are_one, telling
from knowledge.lexical import words

_DENYING = frozenset({Turn.NOT, Turn.ONLY, Turn.EXCEPT, Turn.UNLESS, Turn.REFUSED})


def adds_nothing(line: str, said: Sequence[str], language: str) -> bool:
    """Whether each telling word, fact and name of the line was said, and denied there if it was denied."""
    everything = "\n".join(said)
    known = telling(everything, language)
    spoken = set(words(everything))
    return (
        all(any(are_one(key, other) for other in known) for key in telling(line, language))
        and facts(line, language) <= facts(everything, language)
        and all(set(words(name)) <= spoken for name in names(line))
        and turns(line, language) & _DENYING <= turns(everything, language)
        and denied(everything, language).intersection(telling(line, language)) <= denied(line, language)
    )


def keeps_all_of(line: str, message: str, language: str) -> bool:
    """Whether each telling word, fact and denial of the message is in the line."""
    known = telling(line, language)
    return (
        all(any(are_one(key, other) for other in known) for key in telling(message, language))
        and facts(message, language) <= facts(line, language)
        and turns(message, language) & _DENYING <= turns(line, language)
    )

"""What a sentence says otherwise than the stretch of an entry it restates; None when it says the same.

Strict on purpose, and in both directions: what the sentence adds may be invented, what it leaves out may
be the condition. Other words are fine where the vocabulary holds them for the same, another order too, and
a sentence may restate one of two parts joined by "and". Everything else is quoted instead.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.restating.grounds import Ground
from bot.restating.places import (
    actor_in,
    actors_differ,
    denials_differ,
    denied,
    facts_moved,
    words_moved,
)
from bot.restating.reading import Reading, is_in, read
from bot.restating.turning_words import MAY_BE_ADDED, Turn, turns
from bot.restating.vocabulary import may_be_added, telling
from knowledge.lexical import words


class Difference(StrEnum):
    WORDS = "words"
    """Says something that does not stand there."""
    FACTS = "facts"
    """Another figure, date, address or code, or one more, or one less."""
    NAMES = "names"
    TURNED = "turned"
    """A negation or a condition was lost or added."""
    LEFT_OUT = "left_out"
    """Without all that restricts it."""
    ACTOR = "actor"
    """Somebody else does it: "we pay" is not "you pay"."""


TOLERATED = 8
"""Of so many telling words one may be left out."""
UNRESTRICTING = frozenset({Turn.CAN, Turn.OR, Turn.ALWAYS})
"""Kinds of turning words that restrict nothing beside the stretch they stand in."""


def difference(sentence: str, ground: Ground, language: str, company: str = "") -> Difference | None:
    """Both in this language. `company` may be named although the stretch does not."""
    compared = _compared(sentence, ground, language, company)
    if compared is None or compared.repeats_itself:
        return Difference.WORDS
    said, source, around = compared.said, compared.source, compared.around
    checks: tuple[tuple[Difference, Callable[[], bool]], ...] = (
        (Difference.NAMES, lambda: compared.adds_names),
        (Difference.FACTS, lambda: compared.facts_differ),
        (Difference.TURNED, lambda: compared.is_turned),
        (Difference.LEFT_OUT, lambda: compared.leaves_out),
        (Difference.TURNED, lambda: not denied(said.text, language) <= denied(around, language, room=2)),
        (Difference.WORDS, lambda: words_moved(said, source, language)),
        (Difference.TURNED, lambda: denials_differ(said, around, language)),
        (Difference.FACTS, lambda: facts_moved(said, source, around, language)),
        (Difference.ACTOR, lambda: actors_differ(said, around, language)),
    )
    return next((kind for kind, differs in checks if differs()), None)


@dataclass(frozen=True, slots=True)
class _Compared:
    said: Reading
    source: Reading
    kept: Reading
    """The source without the parts that may go."""
    bound: Reading
    """What restricts the source from outside, and the sentence does not name itself."""
    nearby: tuple[Reading, ...]
    lent: tuple[Reading, ...]
    """Of what binds and what is near, the texts that the sentence takes words from."""
    names: frozenset[str]
    """Words that it may write with a capital letter."""
    language: str

    @property
    def around(self) -> str:
        """The source with what it borrows from, as separate sentences."""
        return " . ".join((self.source.text, self.bound.text, *(text.text for text in self.lent)))

    @property
    def repeats_itself(self) -> bool:
        """It has telling words more often than the source, one allowed: it says part of itself twice."""
        said, source = Counter(self.said.telling), Counter(self.source.telling)
        return (said - source - Counter(set(said) - set(source))).total() > 1

    @property
    def adds_names(self) -> bool:
        return any(not set(words(name)) <= self.names for name in self.said.names)

    @property
    def facts_differ(self) -> bool:
        known = self.source.facts.union(self.bound.facts, *(text.facts for text in self.lent))
        return bool(self.said.facts - known or self.kept.facts - self.said.facts)

    @property
    def is_turned(self) -> bool:
        """Where words are taken from above, so is what restricts there."""
        above = self.bound.turns.union(*(text.turns for text in self.lent)) - UNRESTRICTING
        needed = self.kept.turns | above
        known = self.source.turns.union(self.bound.turns, *(text.turns for text in self.nearby))
        if Turn.NOT in self.said.turns & needed:
            # "Is not returned" forbids as much as "cannot be", and "neither A and B" as "not A or B".
            needed, known = needed - {Turn.CAN, Turn.OR}, known | {Turn.OR}
        if actor_in(self.said.text, self.language) != "we":
            known |= MAY_BE_ADDED
        return bool(needed - self.said.turns or self.said.turns - known)

    @property
    def leaves_out(self) -> bool:
        wanted = dict.fromkeys(self.kept.telling)
        lost = [key for key in wanted if not is_in(key, self.said.telling)]
        spoken = set(words(self.said.text))
        return len(lost) > len(wanted) // TOLERATED or any(
            not set(words(name)) <= spoken for name in self.kept.names
        )


def _compared(sentence: str, ground: Ground, language: str, company: str) -> _Compared | None:
    """None when the sentence has words that stand nowhere near."""
    said, source = read(sentence, language), read(ground.text, language)
    bound = read(_unmet(ground, said, language), language)
    nearby = tuple(read(text, language) for text in ground.context)
    lent = _lent(said, source, (bound, *nearby), language)
    if lent is None:
        return None
    known = (ground.text, ground.case, ground.introduction, *ground.context, company)
    named = frozenset(word for text in known for word in words(text))
    return _Compared(said, source, _kept(source, said, language), bound, nearby, lent, named, language)


def _unmet(ground: Ground, said: Reading, language: str) -> str:
    """What binds the stretch, but for a heading whose case the sentence names itself."""
    case = read(ground.case, language)
    is_met = all(is_in(key, said.telling) for key in case.telling) and case.facts <= said.facts
    return f"{'' if is_met else ground.case} {ground.introduction}".strip()


def _lent(
    said: Reading, source: Reading, nearby: Iterable[Reading], language: str
) -> tuple[Reading, ...] | None:
    missing = [
        key for key in said.telling if not is_in(key, source.telling) and not may_be_added(key, language)
    ]
    lenders: list[Reading] = []
    for text in nearby:
        still = [key for key in missing if not is_in(key, text.telling)]
        if len(still) < len(missing):
            lenders.append(text)
        missing = still
    return None if missing else tuple(lenders)


def _kept(source: Reading, said: Reading, language: str) -> Reading:
    """The source without the parts that may go: "leaves a notice and offers a second delivery" is two
    statements, as long as nothing in it is a condition; so is what follows a denial behind ", and"."""
    if not source.turns - {Turn.CAN, Turn.ALWAYS}:
        parts = [part for part in _AND.split(source.text) if part.strip()]
        told = [part for part in parts if not telling(part, language) or _is_told(part, said, language)]
        return read(" ".join(told), language) if told else source
    first, *rest = _COMMA_AND.split(source.text, maxsplit=1)
    denies_only = not source.turns - UNRESTRICTING - {Turn.NOT, Turn.REFUSED}
    if rest and denies_only and not turns(rest[0], language) and not _is_told(rest[0], said, language):
        return read(first, language)
    return source


def _is_told(part: str, said: Reading, language: str) -> bool:
    return any(is_in(key, said.telling) for key in telling(part, language))


_COMMA_AND = re.compile(r",\s(?:and|et)\s(?!\d)")
_AND = re.compile(r";|,?\s(?:and|et)\s(?!\d)")

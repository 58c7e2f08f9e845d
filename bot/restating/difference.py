"""What a sentence says otherwise than the stretch of an entry it restates; None when it says the same.

Strict on purpose, and in both directions: what the sentence adds may be invented, what it leaves out may
be the condition. Other words are fine where the vocabulary holds them for the same, another order too, and
a sentence may restate one of two parts joined by "and". Everything else is quoted instead.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from bot.recognisers.plain import plain
from bot.restating.facts import Fact, facts, names
from bot.restating.grounds import Ground
from bot.restating.turning_words import MAY_BE_ADDED, Turn, turns, untwisted
from bot.restating.vocabulary import are_one, may_be_added, telling
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


def difference(sentence: str, ground: Ground, language: str, company: str = "") -> Difference | None:
    """Both in this language. `company` may be named although the stretch does not."""
    said, source = _reading(sentence, language), _reading(ground.text, language)
    bound = _reading(_unmet(ground, said, language), language)
    nearby = [_reading(text, language) for text in ground.context]
    lent = _lent(said, source, [bound, *nearby], language)
    if lent is None:
        return Difference.WORDS
    kept = _kept(source, said, language)
    if _repeats_itself(said, source):
        return Difference.WORDS
    checks = (
        (Difference.NAMES, _adds_names(sentence, ground, company)),
        (Difference.FACTS, _facts_differ(said, source, kept, bound, lent)),
        (Difference.TURNED, _is_turned(said, source, kept, bound, lent, nearby, language)),
        (Difference.LEFT_OUT, _leaves_out(sentence, said, kept)),
    )
    found = next((kind for kind, differs in checks if differs), None)
    if found is not None:
        return found
    around = [source.text, bound.text, *(text.text for text in lent)]
    if not denied(said.text, language) <= denied(" . ".join(around), language, room=2):
        return Difference.TURNED
    return _parts_differ(said, source, language) or _clauses_differ(said, source, around, language)


def _unmet(ground: Ground, said: _Reading, language: str) -> str:
    """What binds the stretch, but for a heading whose case the sentence names itself."""
    case = _reading(ground.case, language)
    is_met = all(_is_in(key, said.telling) for key in case.telling) and case.facts <= said.facts
    return f"{'' if is_met else ground.case} {ground.introduction}".strip()


@dataclass(frozen=True, slots=True)
class _Reading:
    text: str
    telling: tuple[str, ...]
    turns: frozenset[Turn]
    facts: frozenset[Fact]
    names: frozenset[str]


@lru_cache(maxsize=20_000)
def _reading(text: str, language: str) -> _Reading:
    return _Reading(text, telling(text, language), turns(text, language), facts(text, language), names(text))


def _lent(
    said: _Reading, source: _Reading, nearby: Iterable[_Reading], language: str
) -> list[_Reading] | None:
    """The texts around that the sentence takes words from; None when some words stand nowhere."""
    missing = [
        key for key in said.telling if not _is_in(key, source.telling) and not may_be_added(key, language)
    ]
    lenders: list[_Reading] = []
    for text in nearby:
        still = [key for key in missing if not _is_in(key, text.telling)]
        if len(still) < len(missing):
            lenders.append(text)
        missing = still
    return None if missing else lenders


def _repeats_itself(said: _Reading, source: _Reading) -> bool:
    """Whether it has telling words more often than the source, one allowed: it says part of itself twice."""
    more = Counter(said.telling) - Counter(source.telling) - Counter(set(said.telling) - set(source.telling))
    return more.total() > 1


def _kept(source: _Reading, said: _Reading, language: str) -> _Reading:
    """The source without the parts that may go: "leaves a notice and offers a second delivery" is two
    statements, as long as nothing in it is a condition; so is what follows a denial behind ", and"."""
    if source.turns - {Turn.CAN, Turn.ALWAYS}:
        first, *rest = _COMMA_AND.split(source.text, maxsplit=1)
        denies_only = not source.turns - {Turn.CAN, Turn.ALWAYS, Turn.NOT, Turn.REFUSED, Turn.OR}
        may_go = rest and denies_only and not turns(rest[0], language)
        if may_go and not any(_is_in(key, said.telling) for key in telling(rest[0], language)):
            return _reading(first, language)
        return source
    parts = [part for part in _AND.split(source.text) if part.strip()]
    left = [
        part
        for part in parts
        if not (keys := telling(part, language)) or any(_is_in(key, said.telling) for key in keys)
    ]
    return _reading(" ".join(left), language) if left else source


def _facts_differ(
    said: _Reading, source: _Reading, kept: _Reading, bound: _Reading, lent: list[_Reading]
) -> bool:
    known = source.facts.union(bound.facts, *(text.facts for text in lent))
    return bool(said.facts - known or kept.facts - said.facts)


def _is_turned(
    said: _Reading,
    source: _Reading,
    kept: _Reading,
    bound: _Reading,
    lent: list[_Reading],
    nearby: list[_Reading],
    language: str,
) -> bool:
    """Where words are taken from above, so is what restricts there."""
    outside = bound.turns.union(*(text.turns for text in lent)) - {Turn.CAN, Turn.OR, Turn.ALWAYS}
    needed = kept.turns | outside
    known = source.turns.union(bound.turns, *(text.turns for text in nearby))
    if Turn.NOT in said.turns & needed:
        # "Is not returned" forbids as much as "cannot be returned", and "neither A and B" as "not A or B".
        needed, known = needed - {Turn.CAN, Turn.OR}, known | {Turn.OR}
    if _actor(said.text, language) != "we":
        known |= MAY_BE_ADDED
    return bool(needed - said.turns or said.turns - known)


def _adds_names(sentence: str, ground: Ground, company: str) -> bool:
    known = {
        word
        for text in (ground.text, ground.case, ground.introduction, *ground.context, company)
        for word in words(text)
    }
    return any(not set(words(name)) <= known for name in names(sentence))


def _leaves_out(sentence: str, said: _Reading, kept: _Reading) -> bool:
    lost = [key for key in dict.fromkeys(kept.telling) if not _is_in(key, said.telling)]
    spoken = set(words(sentence))
    return len(lost) > len(set(kept.telling)) // TOLERATED or any(
        not set(words(name)) <= spoken for name in kept.names
    )


def _parts_differ(said: _Reading, source: _Reading, language: str) -> Difference | None:
    """Words that changed places: "charged in euros and converted to francs"."""
    here = [telling(part, language) for part in _STRONG.split(said.text)]
    there = [telling(part, language) for part in _STRONG.split(source.text)]
    if len(here) < 2 or len(there) < 2:
        return None
    for part in here:
        keys = [key for key in part if _is_in(key, source.telling)]
        if len(keys) >= 2 and not any(all(_is_in(key, other) for key in keys) for other in there):
            return Difference.WORDS
    return None


def denied(text: str, language: str, room: int = 1) -> frozenset[str]:
    """The telling words right behind each negation or exception, so many of them; of a passive ("an account
    is not needed") also what stands before."""
    said = untwisted(text, language)
    found: set[str] = set()
    for match in _DENIAL.finditer(said):
        found.update(telling(match.group("what"), language)[:room])
        if room > 1 and _IS.search(said, 0, match.start()):
            found.update(telling(re.split(r"[.,;:!?]", said[: match.start()])[-1], language)[-1:])
    return frozenset(found)


def _clauses_differ(said: _Reading, source: _Reading, around: list[str], language: str) -> Difference | None:
    """The same words in other places: "sale items can, others cannot", "Colissimo 7 days, Chronopost 10"."""
    there = [_reading(part, language) for text in around for part in _CLAUSE.split(text) if part.strip()]
    here = [_reading(part, language) for part in _CLAUSE.split(said.text) if part.strip()]
    for clause in here:
        alike = _most_alike(clause, there)
        is_told = len(clause.telling) > 1
        if alike and (is_told or len(here) > 1) and all(_denies(clause) != _denies(o) for o in alike):
            return Difference.TURNED
        if not is_told or not alike:
            continue
        if all(not clause.facts & source.facts <= other.facts for other in alike):
            return Difference.FACTS
        if all(_actors_differ(clause.text, other.text, language) for other in alike):
            return Difference.ACTOR
    return None


def _most_alike(clause: _Reading, others: list[_Reading]) -> list[_Reading]:
    """Those that share most telling words with the clause."""
    shared = [sum(_is_in(key, other.telling) for key in set(clause.telling)) for other in others]
    most = max(shared, default=0)
    return [other for other, count in zip(others, shared, strict=True) if count == most > 0]


def _denies(clause: _Reading) -> bool:
    return bool(clause.turns & {Turn.NOT, Turn.REFUSED})


def _actors_differ(clause: str, other: str, language: str) -> bool:
    actors = _actor(clause, language), _actor(other, language)
    return None not in actors and actors[0] != actors[1]


def _actor(clause: str, language: str) -> str | None:
    """Who does it, "we" or "you"; whoever has something done to them does not."""
    said = plain(clause)
    match = _ACTOR[language].search(said) if language in _ACTOR else None
    if match is None:
        return None
    actor = "we" if match.group() in {"we", "nous"} else "you"
    passive = _PASSIVE[language].match(said, match.end())
    return {"we": "you", "you": "we"}[actor] if passive else actor


_DENIAL = re.compile(
    r"\b(?:not|cannot|\w*n't|never|nor|no|without|except|excluding|pas|jamais|ni|sans|sauf|hormis|aucune?) "
    r"(?P<what>[^.,;:!?]+)"
)
_IS = re.compile(r"\b(?:is|are|was|were|be|been|est|sont|sera|seront) $")
_STRONG = re.compile(
    r"[;:]|,\s(?:or|ou)\s|,?\s(?:and|et|but|mais|whereas|while|tandis que|alors que)\s(?!\d)", re.IGNORECASE
)
_COMMA_AND = re.compile(r",\s(?:and|et)\s(?!\d)")
_AND = re.compile(r";|,?\s(?:and|et)\s(?!\d)")
_CLAUSE = re.compile(
    r"(?:(?<!\d),|,(?!\d))(?![^,;:.]*\b(?:or|ou)\b)|[;:()–—]"
    r"|\s(?:but|mais|whereas|while|tandis que|alors que|and|et)\s(?!\d)",
    re.IGNORECASE,
)
_ACTOR = {"en": re.compile(r"\b(?:we|you)\b"), "fr": re.compile(r"\b(?:nous|vous|tu)\b")}
_PASSIVE = {
    "en": re.compile(
        r" (?:will |can |may )?(?:be|are|get|have been|were) (?:\w+ly )?\w+(?:ed|en|id|nt|ght)\b"
    ),
    "fr": re.compile(r" (?:etes|serez|es|seras|sommes|serons|pouvez etre|avez ete) \w+(?:e|es|i|is|u|us)\b"),
}


def _is_in(key: str, keys: Iterable[str]) -> bool:
    return any(are_one(key, other) for other in keys)

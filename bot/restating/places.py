"""Whether the words of a sentence stand in other places than in its source: "refund the delivery, not the
items" for "refund the items, not the delivery". The words alone would not tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.recognisers.plain import plain
from bot.restating.reading import Reading, is_in, read
from bot.restating.turning_words import Turn, untwisted
from bot.restating.vocabulary import telling


def words_moved(said: Reading, source: Reading, language: str) -> bool:
    """ "Charged in euros and converted to francs" for "charged in francs and converted to euros"."""
    here = [telling(part, language) for part in _PARTS.split(said.text)]
    there = [telling(part, language) for part in _PARTS.split(source.text)]
    if len(here) < 2 or len(there) < 2:
        return False
    known = ([key for key in part if is_in(key, source.telling)] for part in here)
    return any(
        len(keys) >= 2 and not any(all(is_in(key, other) for key in keys) for other in there)
        for keys in known
    )


def denied(text: str, language: str, room: int = 1) -> frozenset[str]:
    """The telling words right behind each negation or exception, so many of them; where there is room for
    more than one, of a passive ("an account is not needed") also what stands before."""
    said = untwisted(text, language)
    found: set[str] = set()
    for match in _DENIAL.finditer(said):
        found.update(telling(match.group("what"), language)[:room])
        if room > 1 and _IS.search(said, 0, match.start()):
            found.update(telling(re.split(r"[.,;:!?]", said[: match.start()])[-1], language)[-1:])
    return frozenset(found)


def denials_differ(said: Reading, around: str, language: str) -> bool:
    """ "Sale items can be returned, others cannot" for "sale items cannot be returned, others can"."""
    clauses = _clauses(said.text, language)
    return any(
        (len(clause.telling) > 1 or len(clauses) > 1)
        and all(_denies(clause) != _denies(other) for other in alike)
        for clause, alike in _aligned(clauses, around, language)
    )


def facts_moved(said: Reading, source: Reading, around: str, language: str) -> bool:
    """ "Colissimo keeps it 7 days, Chronopost 10" for "Colissimo keeps it 10 days, Chronopost 7"."""
    return any(
        len(clause.telling) > 1 and all(not clause.facts & source.facts <= other.facts for other in alike)
        for clause, alike in _aligned(_clauses(said.text, language), around, language)
    )


def actors_differ(said: Reading, around: str, language: str) -> bool:
    """ "You refund us" for "we refund you"."""
    return any(
        len(clause.telling) > 1
        and all(_is_another(actor_in(clause.text, language), actor_in(o.text, language)) for o in alike)
        for clause, alike in _aligned(_clauses(said.text, language), around, language)
    )


def actor_in(clause: str, language: str) -> str | None:
    """Who does it, "we" or "you"; whoever has something done to them does not."""
    said = plain(clause)
    match = _ACTOR[language].search(said) if language in _ACTOR else None
    if match is None:
        return None
    actor = "we" if match.group() in {"we", "nous"} else "you"
    passive = _PASSIVE[language].match(said, match.end())
    return {"we": "you", "you": "we"}[actor] if passive else actor


def _is_another(one: str | None, other: str | None) -> bool:
    return None not in (one, other) and one != other


def _denies(clause: Reading) -> bool:
    return bool(clause.turns & {Turn.NOT, Turn.REFUSED})


def _aligned(clauses: list[Reading], around: str, language: str) -> Iterator[tuple[Reading, list[Reading]]]:
    """Each clause with those of the source that share most telling words with it, if any does."""
    there = _clauses(around, language)
    for clause in clauses:
        shared = [sum(is_in(key, other.telling) for key in set(clause.telling)) for other in there]
        most = max(shared, default=0)
        if most:
            yield clause, [other for other, count in zip(there, shared, strict=True) if count == most]


def _clauses(text: str, language: str) -> list[Reading]:
    return [read(part, language) for part in _CLAUSES.split(text) if part.strip()]


_JOINS = r"\s(?:but|mais|whereas|while|tandis que|alors que|and|et)\s(?!\d)"
_PARTS = re.compile(rf"[;:]|,\s(?:or|ou)\s|,?{_JOINS}", re.IGNORECASE)
_CLAUSES = re.compile(
    # Not at the commas of "washed, installed or used".
    rf"(?:(?<!\d),|,(?!\d))(?![^,;:.]*\b(?:or|ou)\b)|[;:()–—]|\s\.\s|{_JOINS}",
    re.IGNORECASE,
)
_DENIAL = re.compile(
    r"\b(?:not|cannot|\w*n't|never|nor|no|without|except|excluding|pas|jamais|ni|sans|sauf|hormis|aucune?) "
    r"(?P<what>[^.,;:!?]+)"
)
_IS = re.compile(r"\b(?:is|are|was|were|be|been|est|sont|sera|seront) $")
_ACTOR = {"en": re.compile(r"\b(?:we|you)\b"), "fr": re.compile(r"\b(?:nous|vous|tu)\b")}
_PASSIVE = {
    "en": re.compile(
        r" (?:will |can |may )?(?:be|are|get|have been|were) (?:\w+ly )?\w+(?:ed|en|id|nt|ght)\b"
    ),
    "fr": re.compile(r" (?:etes|serez|es|seras|sommes|serons|pouvez etre|avez ete) \w+(?:e|es|i|is|u|us)\b"),
}

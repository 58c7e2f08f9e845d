"""Small makers of what a search finds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from knowledge.chunking import passages_of
from knowledge.entries import Article, Audience, Entry, Resource, ResourceKind
from knowledge.evidence import Evidence, Hit, Question, ScoredPassage
from knowledge.lexical import stems

RETURNS = """You have 30 days from receipt to return an item.

## Steps

1. Open your account and choose "Return items".
2. Print the label.
3. Drop the parcel at a parcel shop.

## Ways to return

| Method | Cost |
|---|---|
| Parcel shop | Free |
| Home pick-up | €4.90, France only |

## Deadlines

The date of the drop-off receipt counts. Use each label within 14 days.

An item that has been installed cannot be returned.
"""


def an_article(
    text: str = RETURNS,
    entry_id: str = "returns",
    title: str = "Return an item",
    language: str = "en",
    *,
    audience: Audience = Audience.PUBLIC,
    twin: str | None = None,
    tags: tuple[str, ...] = (),
) -> Article:
    return Article(
        entry_id,
        title,
        text,
        language,
        audience,
        tags=tags,
        url=f"https://shop.example/{entry_id}",
        twin=twin,
        updated=date(2026, 11, 2),
    )


def a_resource(
    entry_id: str = "track",
    title: str = "Track my order",
    *,
    hours: str | None = None,
    language: str = "en",
    audience: Audience = Audience.PUBLIC,
) -> Resource:
    return Resource(
        entry_id,
        title,
        "See where your parcel is.",
        language,
        ResourceKind.PAGE,
        "https://shop.example/track",
        hours=hours,
        audience=audience,
    )


def a_hit(entry: Entry, score: float = 4.0, question: str = "") -> Hit:
    """With all its passages, those that share words with the question first."""
    wanted = set(stems(question, entry.language))
    passages = [
        ScoredPassage(passage, 0.8 + 0.01 * len(wanted & set(stems(passage.text, entry.language))))
        for passage in passages_of(entry)
    ]
    return Hit(entry, score, {}, tuple(sorted(passages, key=lambda p: -p.score)))


def found(
    *hits: Hit | Entry,
    question: str = "how do I return an item",
    language: str = "en",
    confidence: float = 0.95,
    threshold: float = 0.7,
    shortlist: float | None = None,
    audiences: frozenset[Audience] = frozenset({Audience.PUBLIC}),
    excluding: frozenset[str] = frozenset(),
    terms: Iterable[str] = (),
) -> Evidence:
    """Evidence of these, best first; the words of the question weigh more the longer they are.

    `shortlist`: how probably one of the first three is right."""
    whole = tuple(
        hit if isinstance(hit, Hit) else a_hit(hit, 4.0 - n, question) for n, hit in enumerate(hits)
    )
    weights = {stem: len(stem) / 4 for stem in terms or stems(question, language)}
    asked = Question(question, language, audiences, excluding=excluding)
    among = confidence if shortlist is None else shortlist
    return Evidence(asked, whole, confidence, threshold, shortlist_confidence=among, terms=weights)

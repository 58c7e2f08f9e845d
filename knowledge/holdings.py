"""What search keeps in memory of all entries, brought along change by change: words, and vectors' moments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from knowledge.entries import Audience
from knowledge.lexical import Document, LexicalBuilder, LexicalIndex, words
from knowledge.ports import StoredEntry
from knowledge.search import FULL_HEAD_WORDS, Fields, Moments, openings_of

EVERYONE = frozenset(Audience)
CUSTOMERS = frozenset({Audience.PUBLIC})
VIEWS = (CUSTOMERS, EVERYONE)
"""Customers see the public entries, staff see all."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is known of the entries that one set of audiences may see."""

    lexical: LexicalIndex
    fields: Fields


@dataclass(frozen=True, slots=True)
class Held:
    """What must be known of an entry to notice that it changed, and to take it out again."""

    content_hash: str
    audience: Audience
    twin: str
    """Empty for none."""
    heads: int
    bodies: int
    head_words: int
    """Of its titles and questions, each counted up to FULL_HEAD_WORDS."""

    @staticmethod
    def of(stored: StoredEntry) -> Held:
        entry = stored.entry
        heads = (entry.title, *entry.questions)
        return Held(
            stored.content_hash,
            entry.audience,
            entry.twin or "",
            len(heads),
            len(stored.bodies),
            sum(min(len(words(head)), FULL_HEAD_WORDS) for head in heads),
        )


@dataclass(frozen=True, slots=True)
class Spread:
    """The moments of heads, bodies and openings."""

    heads: Moments
    bodies: Moments
    openings: Moments

    @staticmethod
    def of(some: Sequence[StoredEntry], dimensions: int) -> Spread:
        none = np.zeros((0, dimensions), np.float32)
        return Spread(
            Moments.of(np.concatenate([none, *(stored.heads for stored in some)])),
            Moments.of(np.concatenate([none, *(stored.bodies for stored in some)])),
            Moments.of(openings_of(some) if some else none),
        )

    def __add__(self, other: Spread) -> Spread:
        return Spread(self.heads + other.heads, self.bodies + other.bodies, self.openings + other.openings)

    def __sub__(self, other: Spread) -> Spread:
        return Spread(self.heads - other.heads, self.bodies - other.bodies, self.openings - other.openings)

    def without_typical(self, gone: Sequence[Held]) -> Spread:
        return Spread(
            self.heads.without_typical(sum(held.heads for held in gone)),
            self.bodies.without_typical(sum(held.bodies for held in gone)),
            self.openings.without_typical(len(gone)),
        )


@dataclass(frozen=True, slots=True)
class Holdings:
    """Never changed, only replaced: a search under way keeps its own."""

    model: str
    dimensions: int
    held: Mapping[str, Held]
    lexical: LexicalIndex
    """Of everyone's entries, in order of id."""
    spreads: Mapping[frozenset[Audience], Spread]
    guessed: int = 0
    """Entries that were taken out of the spreads without their vectors being at hand."""

    def revised(self, gone: Mapping[str, StoredEntry | None], added: Sequence[StoredEntry]) -> Holdings:
        """Without the entries `gone` (and what they were, where that is at hand), and with `added`."""
        held = {id: each for id, each in self.held.items() if id not in gone}
        held |= {stored.entry.id: Held.of(stored) for stored in added}
        guessed = sum(stored is None for stored in gone.values())
        return replace(
            self,
            held=dict(sorted(held.items())),
            lexical=self.lexical.revised(gone.keys(), list(map(document_of, added))),
            spreads={view: self._spread(view, gone, added) for view in VIEWS},
            guessed=self.guessed + guessed,
        )

    def catalogues(self) -> dict[frozenset[Audience], Catalogue]:
        everyone = Catalogue(self.lexical, self._fields(EVERYONE))
        hidden = {id for id, held in self.held.items() if held.audience not in CUSTOMERS}
        if not hidden:
            return dict.fromkeys(VIEWS, everyone)
        return {
            EVERYONE: everyone,
            CUSTOMERS: Catalogue(self.lexical.revised(hidden), self._fields(CUSTOMERS)),
        }

    def _fields(self, view: frozenset[Audience]) -> Fields:
        spread = self.spreads[view]
        seen = [held for held in self.held.values() if held.audience in view]
        return Fields(
            spread.heads.background(),
            spread.bodies.background(),
            spread.openings.background(),
            sum(held.head_words for held in seen) / max(sum(held.heads for held in seen), 1),
        )

    def _spread(
        self, view: frozenset[Audience], gone: Mapping[str, StoredEntry | None], added: Sequence[StoredEntry]
    ) -> Spread:
        known = [stored for stored in gone.values() if stored and stored.entry.audience in view]
        unknown = [
            self.held[id] for id, stored in gone.items() if not stored and self.held[id].audience in view
        ]
        new = [stored for stored in added if stored.entry.audience in view]
        spread = self.spreads[view]
        if known:
            spread -= Spread.of(known, self.dimensions)
        return spread.without_typical(unknown) + Spread.of(new, self.dimensions)


class Gathering:
    """Makes holdings of a store that is read through, batch by batch in order of id."""

    def __init__(self, model: str, dimensions: int) -> None:
        self._model = model
        self._dimensions = dimensions
        self._held: dict[str, Held] = {}
        self._lexical = LexicalBuilder()
        self._spreads = {view: Spread.of([], dimensions) for view in VIEWS}

    def add(self, batch: Sequence[StoredEntry]) -> None:
        for stored in batch:
            self._held[stored.entry.id] = Held.of(stored)
            self._lexical.add(document_of(stored))
        spread = Spread.of(batch, self._dimensions)
        for view in VIEWS:
            seen = [stored for stored in batch if stored.entry.audience in view]
            self._spreads[view] += spread if len(seen) == len(batch) else Spread.of(seen, self._dimensions)

    def holdings(self) -> Holdings:
        lexical = LexicalIndex.of(self._lexical.ids, self._lexical.parts())
        return Holdings(self._model, self._dimensions, self._held, lexical, self._spreads)


def document_of(stored: StoredEntry) -> Document:
    entry = stored.entry
    return Document(entry.id, entry.language, entry.title, entry.questions, entry.text)


def no_catalogue() -> Catalogue:
    return Gathering("", 1).holdings().catalogues()[EVERYONE]


def twins(held: Mapping[str, Held]) -> dict[str, set[str]]:
    """Twin key → the entries that share it."""
    found: dict[str, set[str]] = {}
    for id, each in held.items():
        if each.twin:
            found.setdefault(each.twin, set()).add(id)
    return found


def differing(held: Mapping[str, Held], contents: Mapping[str, str]) -> tuple[set[str], list[str]]:
    """Ids that are gone or changed, and ids that are new or changed, by what the store contains now."""
    wanted = [id for id, hash in contents.items() if id not in held or held[id].content_hash != hash]
    return {id for id in held if id not in contents} | (set(wanted) & held.keys()), wanted

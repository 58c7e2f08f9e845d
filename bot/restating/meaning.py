"""How near two texts are in meaning, by vectors learned beforehand: judging stays pure and never waits."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Protocol

from knowledge.ports import Embedder, Vector

REMEMBERED = 10_000
"""Texts: a help centre's sentences come up again and again."""


class Meaning(Protocol):
    def likeness(self, one: str, other: str) -> float:
        """Cosine; 0 for a text that was not learned, so that nothing is held alike by accident."""
        ...


class NoMeaning:
    """Knows no text."""

    def likeness(self, one: str, other: str) -> float:
        return 0.0


class LearnedMeaning:
    """Vectors of one embedding model, the latest texts remembered."""

    def __init__(self, embedder: Embedder, remembered: int = REMEMBERED) -> None:
        self._embedder = embedder
        self._remembered = remembered
        self._vectors: OrderedDict[str, Vector] = OrderedDict()

    async def learn(self, texts: Iterable[str]) -> None:
        """Raises what the embedder raises."""
        new = [text for text in dict.fromkeys(texts) if not self._touched(text)]
        if not new:
            return
        for text, vector in zip(new, await self._embedder.embed_passages(new), strict=True):
            self._vectors[text] = vector
        while len(self._vectors) > self._remembered:
            self._vectors.popitem(last=False)

    def likeness(self, one: str, other: str) -> float:
        vectors = self._vectors.get(one), self._vectors.get(other)
        return 0.0 if vectors[0] is None or vectors[1] is None else float(vectors[0] @ vectors[1])

    def _touched(self, text: str) -> bool:
        if text not in self._vectors:
            return False
        self._vectors.move_to_end(text)
        return True


def is_same(one: str, other: str, others: Sequence[str], meaning: Meaning) -> bool:
    """Whether two texts are nearer to being the same than to being two of the `others`.

    Halfway between them and one, because each model's cosines begin elsewhere: unrelated sentences are at .85
    with one and at .3 with another."""
    background = sorted(meaning.likeness(one, text) for text in others)
    middle = background[len(background) // 2] if background else 0.0
    return meaning.likeness(one, other) >= (1 + middle) / 2

"""An embedder without a model: character n-grams, hashed. For tests; it knows spelling, not meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zlib import crc32

import numpy as np

from knowledge.embedders.unit import embeddable, unit_rows
from knowledge.lexical import words
from knowledge.ports import Matrix


class HashingEmbedder:
    """Signed feature hashing (Weinberger et al. 2009) of folded words and their 3- and 4-grams."""

    def __init__(self, dimensions: int = 256) -> None:
        self._dimensions = dimensions

    @property
    def model(self) -> str:
        return f"hashing-{self._dimensions}"

    @property
    def dimensions(self) -> int:
        return self._dimensions

    async def embed_queries(self, texts: Sequence[str]) -> Matrix:
        return self._embed(texts)

    async def embed_passages(self, texts: Sequence[str]) -> Matrix:
        return self._embed(texts)

    def _embed(self, texts: Sequence[str]) -> Matrix:
        counts = np.zeros((len(texts), self._dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for feature in _features(embeddable(text)):
                code = crc32(feature.encode())
                counts[row, code % self._dimensions] += 1.0 if code & 0x8000_0000 else -1.0
        return unit_rows(counts, self._dimensions)


def _features(text: str) -> Iterator[str]:
    for word in words(text):
        marked = f"<{word}>"
        yield marked
        for size in (3, 4):
            yield from (marked[i : i + size] for i in range(len(marked) - size + 1))

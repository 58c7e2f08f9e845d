"""Questions to an embedder: the same one once, and those that wait together in one batch."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from knowledge.ports import Embedder, Matrix, ModelUnavailable, Vector

TOGETHER = 16
"""Questions embedded at once: from here on more gain nothing, and the last would wait for them all."""
WAITING = 256
"""Questions that may wait, some seconds' work. Who comes then is told at once, rather than late."""
REMEMBERED = 4_000
"""Vectors of questions that are kept: 6 MB at 384 dimensions."""


class QuestionEmbedder:
    """An embedder whose questions are remembered and taken together; passages pass through.

    Nobody waits for a batch to fill: while one is embedded the next ones gather. What is remembered is a
    vector by the text that was embedded. It depends on the model alone and tells nothing of what is indexed,
    so that neither an edit nor an audience can make it wrong.
    """

    def __init__(self, embedder: Embedder, *, remembered: int = REMEMBERED, waiting: int = WAITING) -> None:
        self._embedder = embedder
        self._remembered = remembered
        self._most = waiting
        self._known: OrderedDict[str, Vector] = OrderedDict()
        self._asked: dict[str, asyncio.Future[Vector]] = {}
        """Whoever asks the same meanwhile waits for the same."""
        self._queue: list[str] = []
        self._worker: asyncio.Task[None] | None = None

    @property
    def model(self) -> str:
        return self._embedder.model

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    async def embed_passages(self, texts: Sequence[str]) -> Matrix:
        return await self._embedder.embed_passages(texts)

    async def embed_queries(self, texts: Sequence[str]) -> Matrix:
        """Blanks count as one, at the ends as none: it is the text without them that is embedded. Raises
        ModelUnavailable where too many wait."""
        plain = [" ".join(text.split()) for text in texts]
        if len(plain) > TOGETHER or not plain:
            return await self._embedder.embed_queries(plain)
        known = {text: self._recalled(text) for text in plain if text in self._known}
        missing = [text for text in dict.fromkeys(plain) if text not in known]
        known |= zip(missing, await self._embedded(missing), strict=True)
        return np.stack([known[text] for text in plain])

    def _recalled(self, text: str) -> Vector:
        self._known.move_to_end(text)
        return self._known[text]

    async def _embedded(self, texts: Sequence[str]) -> list[Vector]:
        self._forget_another_loop()
        new = [text for text in texts if text not in self._asked]
        if len(self._queue) + len(new) > self._most:
            raise ModelUnavailable(f"{len(self._queue)} questions wait to be embedded: ask again in a moment")
        loop = asyncio.get_running_loop()
        self._asked |= {text: loop.create_future() for text in new}
        self._queue += new
        waited_for = [self._asked[text] for text in texts]
        if self._queue and self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return [await asyncio.shield(each) for each in waited_for]

    async def _work(self) -> None:
        try:
            while self._queue:
                batch, self._queue = self._queue[:TOGETHER], self._queue[TOGETHER:]
                await self._embed(batch)
        finally:
            self._worker = None

    async def _embed(self, batch: Sequence[str]) -> None:
        futures = [self._asked[text] for text in batch]
        try:
            vectors = await self._embedder.embed_queries(batch)
        except BaseException as error:
            for each in futures:
                each.set_exception(error if isinstance(error, Exception) else ModelUnavailable("it stopped"))
                each.exception()  # whoever asked may be gone
            if not isinstance(error, Exception):
                raise
        else:
            for text, each, vector in zip(batch, futures, vectors, strict=True):
                each.set_result(vector)
                self._remember(text, vector)
        finally:
            for text in batch:
                del self._asked[text]

    def _remember(self, text: str, vector: Vector) -> None:
        self._known[text] = vector
        while len(self._known) > self._remembered:
            self._known.popitem(last=False)

    def _forget_another_loop(self) -> None:
        """What was asked in an event loop that has ended is waited for by nobody."""
        if self._worker is not None and self._worker.get_loop() is not asyncio.get_running_loop():
            self._worker, self._queue, self._asked = None, [], {}

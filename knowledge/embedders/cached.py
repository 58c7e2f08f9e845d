"""Vectors of passages kept between runs, by model and text: an evaluation embeds each text once, ever."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from knowledge.ports import Embedder, Matrix

BATCH = 256
_LOOKED_UP = 500


class CachedEmbedder:
    """An embedder whose passages come from a file when they can. Questions never do: they are timed.

    Several processes may share the file. Where it cannot be written, it is done without.
    """

    def __init__(self, embedder: Embedder, path: Path) -> None:
        self._embedder = embedder
        self._path = path

    @property
    def model(self) -> str:
        return self._embedder.model

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    async def embed_queries(self, texts: Sequence[str]) -> Matrix:
        return await self._embedder.embed_queries(texts)

    async def embed_passages(self, texts: Sequence[str]) -> Matrix:
        keys = [hashlib.sha256(f"{self.model}\0{text}".encode()).hexdigest() for text in texts]
        known = await asyncio.to_thread(self._read, keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        todo = sorted(missing.items(), key=lambda item: len(item[1]))
        for start in range(0, len(todo), BATCH):
            batch = todo[start : start + BATCH]
            vectors = await self._embedder.embed_passages([text for _, text in batch])
            fresh = {key: vector for (key, _), vector in zip(batch, vectors, strict=True)}
            await asyncio.to_thread(self._write, fresh)
            known |= fresh
        if not keys:
            return np.zeros((0, self.dimensions), np.float32)
        return np.stack([known[key] for key in keys])

    def _read(self, keys: Sequence[str]) -> dict[str, Matrix]:
        found: dict[str, Matrix] = {}
        try:
            with closing(self._open()) as database:
                for start in range(0, len(keys), _LOOKED_UP):
                    some = keys[start : start + _LOOKED_UP]
                    marks = ",".join("?" * len(some))
                    rows = database.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", some)
                    found |= {key: np.frombuffer(vector, np.float32) for key, vector in rows}
        except (OSError, sqlite3.Error):
            return {}
        return found

    def _write(self, vectors: dict[str, Matrix]) -> None:
        try:
            with closing(self._open()) as database, database:
                rows = [(key, vector.astype(np.float32).tobytes()) for key, vector in vectors.items()]
                database.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)
        except (OSError, sqlite3.Error):
            return

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self._path, timeout=30)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, vector BLOB NOT NULL)")
        return database

"""Entries with vectors, for the tests of what keeps and finds them."""

from __future__ import annotations

import hashlib

import numpy as np

from knowledge.chunking import passages_of
from knowledge.entries import Article, Audience, Entry
from knowledge.ports import IndexStamp, Matrix, StoredEntry
from knowledge.store.texts import head_texts

DIMENSIONS = 16


def vector_of(text: str, model: str = "small", dimensions: int = DIMENSIONS) -> Matrix:
    """The same text and model always give the same unit vector, another text a far one."""
    seed = int.from_bytes(hashlib.sha256(f"{model}\0{text}".encode()).digest()[:8], "big")
    vector = np.random.default_rng(seed).normal(size=dimensions).astype(np.float32)
    return vector / np.linalg.norm(vector)


def vectors_of(texts: list[str], model: str = "small", dimensions: int = DIMENSIONS) -> Matrix:
    rows = [vector_of(text, model, dimensions) for text in texts]
    return np.array(rows, dtype=np.float32).reshape(len(rows), dimensions)


def an_article(id: str, text: str = "", audience: Audience = Audience.PUBLIC) -> Article:
    return Article(id, f"Title of {id}", text or f"# {id}\n\nText of {id}.", "en", audience)


def stored(
    entry: Entry, origin: str = "help", model: str = "small", dimensions: int = DIMENSIONS
) -> StoredEntry:
    passages = tuple(passages_of(entry))
    return StoredEntry(
        entry,
        origin,
        f"hash of {entry!r}",
        passages,
        vectors_of(list(head_texts(entry)), model, dimensions),
        vectors_of([passage.text for passage in passages], model, dimensions),
    )


def stamped(revision: int, model: str = "small") -> IndexStamp:
    return IndexStamp(model, DIMENSIONS, revision)

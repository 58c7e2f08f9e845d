"""What a user would otherwise put together, measured on the same questions: one signal alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from connectors.benchmark_set import JudgedQuestion
from connectors.quality import Prediction
from knowledge.entries import Audience
from knowledge.lexical import LexicalIndex
from knowledge.ports import Embedder, EntryStore, StoredEntry
from knowledge.retrieval import document_of

BEGINNING = 600
"""Characters of the text that one vector of an entry stands for, after its title."""


async def entries_of(store: EntryStore) -> list[StoredEntry]:
    return [each async for batch in store.scan() for each in batch if each.entry.audience is Audience.PUBLIC]


def bm25(stored: Sequence[StoredEntry], questions: Sequence[JudgedQuestion]) -> list[Prediction]:
    """Over whole entries, stemmed, the title counting three times."""
    lexical = LexicalIndex(map(document_of, stored))
    return [_ranked(q, stored, lexical.scores(lexical.read(q.text))) for q in questions]


async def dense(
    stored: Sequence[StoredEntry], questions: Sequence[JudgedQuestion], embedder: Embedder
) -> list[Prediction]:
    """The best cosine over an entry's titles and passages."""
    vectors = np.concatenate([np.concatenate((each.heads, each.bodies)) for each in stored])
    starts = np.cumsum([0, *(len(each.heads) + len(each.bodies) for each in stored)])[:-1]
    asked = await embedder.embed_queries([q.text for q in questions])
    return [
        _ranked(q, stored, np.maximum.reduceat(vectors @ vector, starts))
        for q, vector in zip(questions, asked, strict=True)
    ]


async def one_vector(
    stored: Sequence[StoredEntry], questions: Sequence[JudgedQuestion], embedder: Embedder
) -> list[Prediction]:
    """The cosine with title and beginning together: one vector an entry."""
    texts = [f"{each.entry.title}\n{each.entry.text[:BEGINNING]}" for each in stored]
    vectors = await embedder.embed_passages(texts)
    asked = await embedder.embed_queries([q.text for q in questions])
    return [_ranked(q, stored, vectors @ vector) for q, vector in zip(questions, asked, strict=True)]


def _ranked(question: JudgedQuestion, stored: Sequence[StoredEntry], scores: np.ndarray) -> Prediction:
    top = np.argsort(-scores, kind="stable")[:10]
    ids = tuple(stored[n].entry.id for n in top)
    return Prediction(question.id, ids, float(scores[top[0]]), "answer", 0.0)

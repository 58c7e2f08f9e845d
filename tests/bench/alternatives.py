"""What a user would otherwise put together, measured on the same questions: one signal alone.

Needs the `bench` extra.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import bm25s
import numpy as np
import Stemmer

from connectors.benchmark_set import JudgedQuestion
from connectors.quality import Prediction
from knowledge.entries import Audience
from knowledge.ports import Embedder, EntryStore, StoredEntry

BEGINNING = 600
"""Characters of the text that one vector of an entry stands for, after its title."""
RANKED = 10


async def entries_of(store: EntryStore) -> list[StoredEntry]:
    return [each async for batch in store.scan() for each in batch if each.entry.audience is Audience.PUBLIC]


def bm25(stored: Sequence[StoredEntry], questions: Sequence[JudgedQuestion]) -> list[Prediction]:
    """bm25s over title, alternative questions and text, stemmed, without the stop words of their language."""
    language = Counter(each.entry.language for each in stored).most_common(1)[0][0]

    def tokens(texts: Sequence[str]) -> Any:
        stemmer = Stemmer.Stemmer(language)
        return bm25s.tokenize(texts, stopwords=language, stemmer=stemmer, show_progress=False)

    found = bm25s.BM25()
    texts = ["\n".join((e.entry.title, *e.entry.questions, e.entry.text)) for e in stored]
    found.index(tokens(texts), show_progress=False)
    asked = tokens([question.text for question in questions])
    ranked, scores = found.retrieve(asked, k=min(RANKED, len(stored)), show_progress=False)
    return [
        Prediction(q.id, tuple(stored[n].entry.id for n in rows), float(best[0]), "answer", np.nan)
        for q, rows, best in zip(questions, ranked, scores, strict=True)
    ]


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
    top = np.argsort(-scores, kind="stable")[:RANKED]
    ids = tuple(stored[n].entry.id for n in top)
    return Prediction(question.id, ids, float(scores[top[0]]), "answer", 0.0)

"""What a user would otherwise put together from a framework, as its own manual says, with the same embedder.

Needs the `bench` extra. Their telemetry is off.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from connectors.benchmark_set import JudgedQuestion
from connectors.quality import Prediction
from knowledge.ports import Embedder, StoredEntry

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"

from chromadb.config import Settings as ChromaSettings
from haystack import Document
from haystack.components.joiners import DocumentJoiner
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
from haystack.document_stores.in_memory import InMemoryDocumentStore
from langchain_chroma import Chroma
from langchain_core.embeddings import Embeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

CHUNK, OVERLAP = 1000, 200
"""Characters, as in LangChain's tutorials."""
LONGEST = 2000
"""Characters of an entry that are read, its title first: all of the long sets would take an hour to embed."""
SCORE_THRESHOLD = 0.8
"""Of relevance, as in the manual of LangChain's `as_retriever`: 1 - d/√2 of Chroma's default distance d, the
squared Euclidean one."""
DEPTH = 40
"""Chunks asked for: several may be of one entry."""
RANKED = 10
HAYSTACK_ASKED = 200
"""Questions put to Haystack, at most: its BM25 takes up to two seconds for each."""
MOST_AT_ONCE = 5000
"""Rows that Chroma takes."""


@dataclass(frozen=True, slots=True)
class Chunks:
    """The entries cut up, and the questions, as vectors: both frameworks are given the same."""

    owners: list[str]
    """Entry id of each chunk."""
    texts: list[str]
    vectors: np.ndarray
    questions: Sequence[JudgedQuestion]
    asked: np.ndarray

    @staticmethod
    async def of(
        stored: Sequence[StoredEntry], questions: Sequence[JudgedQuestion], embedder: Embedder
    ) -> Chunks:
        splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK, chunk_overlap=OVERLAP)
        pairs = [
            (each.entry.id, text)
            for each in stored
            for text in (*each.entry.questions, *splitter.split_text(_document(each)))
        ]
        owners, texts = [owner for owner, _ in pairs], [text for _, text in pairs]
        vectors = await embedder.embed_passages(texts)
        asked = await embedder.embed_queries([question.text for question in questions])
        return Chunks(owners, texts, vectors, questions, asked)


def _document(stored: StoredEntry) -> str:
    return f"{stored.entry.title}\n{stored.entry.text}".strip()[:LONGEST]


def langchain_recipe(chunks: Chunks) -> list[Prediction]:
    """Recursive splitter, Chroma, and what a retriever with a score threshold lets pass is sent."""
    store = Chroma("recipe", _Known(chunks), client_settings=ChromaSettings(anonymized_telemetry=False))
    for part in np.array_split(np.arange(len(chunks.texts)), len(chunks.texts) // MOST_AT_ONCE + 1):
        texts = [chunks.texts[n] for n in part]
        store.add_texts(texts, [{"entry": chunks.owners[n]} for n in part], [str(n) for n in part])
    found = [_from_chroma(store, q, v) for q, v in zip(chunks.questions, chunks.asked, strict=True)]
    store.delete_collection()
    return found


def _from_chroma(store: Chroma, question: JudgedQuestion, vector: np.ndarray) -> Prediction:
    """What the retriever's threshold would drop is kept in the ranking."""
    found = store.similarity_search_by_vector_with_relevance_scores(vector.tolist(), DEPTH)
    ranked = _entries(document.metadata["entry"] for document, _ in found)
    relevance = 1 - found[0][1] / math.sqrt(2)
    decision = "answer" if relevance >= SCORE_THRESHOLD else "escalate"
    return Prediction(question.id, ranked, relevance, decision, np.nan)


class _Known(Embeddings):
    """The embedder as LangChain wants it: every text was embedded before."""

    def __init__(self, chunks: Chunks) -> None:
        self._vectors = dict(zip(chunks.texts, chunks.vectors.tolist(), strict=True))

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self._vectors[text] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self._vectors[text]


def haystack_hybrid(chunks: Chunks) -> list[Prediction]:
    """In-memory BM25 and embeddings, joined by reciprocal rank."""
    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    rows = enumerate(zip(chunks.owners, chunks.texts, chunks.vectors.tolist(), strict=True))
    documents = [
        Document(str(number), text, meta={"entry": owner}, embedding=vector)
        for number, (owner, text, vector) in rows
    ]
    store.write_documents(documents)
    words = InMemoryBM25Retriever(store, top_k=DEPTH)
    meaning = InMemoryEmbeddingRetriever(store, top_k=DEPTH)
    joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion")
    found = []
    for question, vector in list(zip(chunks.questions, chunks.asked, strict=True))[:HAYSTACK_ASKED]:
        by_words = words.run(query=question.text)["documents"]
        by_meaning = meaning.run(query_embedding=vector.tolist())["documents"]
        joined = joiner.run(documents=[by_words, by_meaning])["documents"]
        ranked = _entries(document.meta["entry"] for document in joined)
        found.append(Prediction(question.id, ranked, joined[0].score or 0.0, "answer", np.nan))
    store.shutdown()
    return found


def _entries(owners: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(owners))[:RANKED]

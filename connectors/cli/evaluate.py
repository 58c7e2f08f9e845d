"""`comptoir eval`: how good the answers are, on questions that people have judged."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors.cli.ingest import Bars
from connectors.cli.session import Session, session_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.turn import Knowledge
    from connectors.benchmark_set import BenchmarkSet, JudgedQuestion
    from connectors.quality import Figures, Prediction
    from connectors.settings import Settings


def evaluate(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="With kb.jsonl and questions.jsonl.")],
    questions: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Another file of questions.", show_default=False)
    ] = None,
    drop: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A file of entry ids to leave out.", show_default=False),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Only the questions of this split: dev or test.", show_default=False
        ),
    ] = None,
    target: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE", help="Target precision; else that of the settings.", show_default=False
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Only the first so many questions.", show_default=False),
    ] = None,
    body_only: Annotated[
        bool, typer.Option("--body-only", help="Without titles, where the questions are the titles.")
    ] = False,
    predictions: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write one line a question into this file.", show_default=False),
    ] = None,
    cache: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A file that keeps vectors for the next run.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Load a set of judged questions into a scratch store and send each question through the real turn."""
    from connectors.benchmark_set import read_set
    from connectors.evaluation import write_predictions
    from connectors.quality import figures

    session = session_of(context)
    overrides: dict[str, Any] = {} if target is None else {"target_precision": target}
    settings = session.settings(**overrides)
    with session.failures(settings.log_file), tempfile.TemporaryDirectory(prefix="comptoir-eval-") as scratch:
        judged_set = read_set(folder, drop, body_only)
        judged = [q for q in judged_set.questions(questions) if split in (None, q.split)][:limit]
        settings = settings.model_copy(update={"data": Path(scratch), "database": "", "sources": ()})
        made = asyncio.run(_predictions(session, settings, judged_set, judged, cache))
        if predictions is not None:
            write_predictions(predictions, made)
        _show(session, figures(judged, made, settings.target_precision), as_json)


async def _predictions(
    session: Session,
    settings: Settings,
    judged_set: BenchmarkSet,
    judged: Sequence[JudgedQuestion],
    cache: Path | None,
) -> list[Prediction]:
    from connectors.assembly import assemble
    from connectors.evaluation import WatchedKnowledge, predict
    from connectors.factories import make_embedder
    from knowledge.embedders.cached import CachedEmbedder
    from knowledge.ingest import ingest

    watched: list[WatchedKnowledge] = []

    def watch(knowledge: Knowledge) -> WatchedKnowledge:
        watched.append(WatchedKnowledge(knowledge))
        return watched[-1]

    embedder = make_embedder(settings)
    if cache is not None:
        embedder = CachedEmbedder(embedder, cache)
    async with await assemble(settings, embedder=embedder, watched=watch) as service:
        with Bars(session.terminal) as bars:
            await ingest(
                [judged_set], service.entries, service.index, service.embedder, service.detector, bars.move
            )
            await service.warm_up()
            return await predict(
                service.turn, watched[0], judged, lambda done, total: bars.move(done, total, "questions")
            )


def _show(session: Session, counted: Figures, as_json: bool) -> None:
    if as_json:
        session.terminal.json(asdict(counted))
        return
    for name, value in asdict(counted).items():
        session.terminal.say(f"{name.replace('_', ' '):<20}{_figure(name, value)}")


def _figure(name: str, value: Any) -> str:
    match value:
        case None:
            return "-"
        case dict():
            return ", ".join(f"{count} {decision}" for decision, count in value.items())
        case float() if name.endswith("_ms"):
            return f"{value:.1f}"
        case float():
            return f"{value:.3f}"
        case _:
            return str(value)

"""`comptoir ingest`: reads the sources, embeds what changed, brings the index along."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from connectors.cli.session import Exit, Session, session_of
from connectors.cli.terminal import Terminal

if TYPE_CHECKING:
    from connectors.assembly import Service
    from connectors.settings import Settings, SourceSettings
    from knowledge.ingest import IngestReport


def ingest(
    context: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH",
            help="Files, folders or web addresses; else those of the settings.",
            show_default=False,
        ),
    ] = None,
    internal: Annotated[bool, typer.Option("--internal", help="For staff only.")] = False,
    limit: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="At most so many pages of a website.", show_default=False),
    ] = None,
) -> None:
    """Load knowledge. Only what changed since the last time is embedded; what is gone is removed."""
    session = session_of(context)
    settings = session.settings()
    if paths:
        settings = settings.model_copy(update={"sources": _named(session, paths, internal, limit)})
    if not settings.sources:
        raise typer.BadParameter(
            "name a file, a folder or a web address, or set [[sources]]", param_hint="PATH"
        )
    ingest_into(session, settings)


def _named(
    session: Session, paths: list[str], internal: bool, limit: int | None
) -> tuple[SourceSettings, ...]:
    from connectors.settings import SourceSettings
    from knowledge.entries import Audience

    audience = Audience.INTERNAL if internal else Audience.PUBLIC
    named = []
    for path in paths:
        if path.startswith(("http://", "https://")):
            named.append(SourceSettings(site=path, audience=audience, limit=limit))
        elif not Path(path).exists():
            raise typer.BadParameter(f"{path} is not there", param_hint="PATH")
        else:
            named.append(SourceSettings(path=Path(path).absolute(), audience=audience))
    return tuple(named)


def ingest_into(session: Session, settings: Settings, quiet: bool = False) -> None:
    """Ends with code 5 when something was left out. `quiet`: unless there is news, nothing is said."""

    async def work(service: Service) -> IngestReport:
        from connectors.factories import make_source
        from knowledge.ingest import ingest

        sources = [make_source(source, settings) for source in settings.sources]
        with Bars(session.terminal) as bars:
            report = await ingest(
                sources,
                service.entries,
                service.index,
                service.embedder,
                service.detector,
                bars.move,
                now=service.clock(),
            )
            bars.move(0, 0, "calibrating")
            await service.warm_up()
            return report

    report = session.run(settings, work)
    if not (quiet and report.added == report.changed == report.removed == 0):
        _show(session, report)
    if report.rejected:
        raise typer.Exit(Exit.PARTLY)


def _show(session: Session, report: IngestReport) -> None:
    terminal, words = session.terminal, session.terminal.words
    rows = [
        (_short(row.origin), *map(str, (row.added, row.changed, row.unchanged, row.removed, row.rejected)))
        for row in report.origins
    ]
    terminal.table(list(words.ingest_summary.values()), rows, right=range(1, 6))
    terminal.note(
        words.ingest_done.format(embedded=report.embedded, seconds=report.seconds, passages=report.passages)
    )
    if report.rejected:
        terminal.note(words.ingest_rejected.format(count=len(report.rejected)), "yellow")
    for rejected in report.rejected:
        terminal.note(f"  {rejected.source}: {rejected.reason}", "")
    if report.conflicts:
        terminal.note(words.ingest_conflicts.format(count=len(report.conflicts)), "yellow")
    for conflict in report.conflicts:
        terminal.note(f"  {conflict.entry_id}", "")
    if report.index_problem:
        terminal.note(words.ingest_index_later.format(why=report.index_problem), "yellow")


def _short(origin: str) -> str:
    """A path as seen from here."""
    with suppress(ValueError):
        return Path(origin).relative_to(Path.cwd()).as_posix()
    return origin


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.0f}/s" if speed else "", "dim")


class Bars:
    """Progress bars with rate and remaining time, on stderr; nothing where that is no terminal."""

    def __init__(self, terminal: Terminal) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate())
        self._progress = Progress(
            *columns,
            TimeRemainingColumn(),
            console=terminal.err,
            transient=True,
            disable=not terminal.err.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._words = terminal.words

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def move(self, done: int, total: int, phase: str) -> None:
        """One bar a phase; the total is 0 while nobody knows it."""
        if phase not in self._tasks:
            name = self._words.ingest_phases.get(phase, phase)
            self._tasks[phase] = self._progress.add_task(name, total=None)
        self._progress.update(self._tasks[phase], completed=done, total=total or None)

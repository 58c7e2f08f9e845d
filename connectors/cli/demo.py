"""`comptoir demo`: a shop that does not exist, with a help centre that does."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.cli.chat import hold_conversation
from connectors.cli.ingest import Bars, ingest_into
from connectors.cli.serve import Host, Port, chosen, serve_website
from connectors.cli.session import Session, session_of

if TYPE_CHECKING:
    from connectors.assembly import Service
    from connectors.records import Records
    from connectors.settings import Settings

CONNECTORS = Path(__file__).parents[1]
PLACES = (CONNECTORS.parent / "deploy" / "demo", CONNECTORS / "demo" / "help_centre")
"""In a source checkout; in an installed package."""
FOLDER = next(place for place in PLACES if place.is_dir() or place == PLACES[-1])

SUGGESTIONS = (
    "Je peux rendre une lampe déjà montée ?",
    "ma commande n'est pas arrivée",
    "Comment ouvrir un compte pro ?",
    "How long does a refund take?",
    "Do you deliver to Ireland?",
    "Can I talk to a person?",
)


def demo(
    context: typer.Context,
    load_only: Annotated[bool, typer.Option("--load-only", help="Load the articles and end.")] = False,
    chat: Annotated[bool, typer.Option("--chat", help="Chat in the terminal instead.")] = False,
    forget: Annotated[
        bool, typer.Option("--forget", help="Take the made-up customers out again, and end.")
    ] = False,
    host: Host = None,
    port: Port = None,
) -> None:
    """Load the demo shop's help centre and open the shop in the browser."""
    session = session_of(context)
    session = Session(session.settings_file or FOLDER / "comptoir.toml", session.terminal)
    settings = session.settings(**chosen(host, port), **_data_folder())
    if forget:
        _forget_history(session, settings)
        return
    if not settings.database and not (settings.data / "comptoir.db").exists():
        session.terminal.note(session.terminal.words.demo_loading)
    ingest_into(session, settings, quiet=True)
    if chat:
        hold_conversation(session, settings, suggestions=SUGGESTIONS)
    elif not load_only:
        _live_through(session, settings)
        serve_website(session, settings, _welcome(session, settings))


def _data_folder() -> dict[str, Path]:
    """Beside the source checkout the settings say it; an installed package is no place for data."""
    if PLACES[0] == FOLDER or "COMPTOIR_DATA" in os.environ:
        return {}
    return {"data": Path("comptoir-demo").absolute()}


def _live_through(session: Session, settings: Settings) -> None:
    """The fortnight before the first start, once."""

    async def work(service: Service) -> None:
        from connectors.demo.history import live_through
        from connectors.demo.script import read_script

        if await service.log.head():
            return
        script = read_script(FOLDER / "history.yaml")
        with Bars(session.terminal) as bars:
            await live_through(
                service, script, service.clock(), moved=lambda done, total: bars.move(done, total, "living")
            )

    session.run(settings, work)


def _welcome(session: Session, settings: Settings) -> str:
    """Where the shop is, and the way into its console."""

    async def work(records: Records) -> str:
        from connectors.demo.guest import way_in

        return await way_in(records.console, records.roster, datetime.now(UTC))

    words = session.terminal.words
    path = session.run_on_records(settings, work)
    return f"{words.demo_ready}\n{words.demo_console.replace('{path}', path)}"


def _forget_history(session: Session, settings: Settings) -> None:
    async def work(service: Service) -> int:
        from connectors.demo.history import forget

        return await forget(service)

    gone = session.run(settings, work)
    session.terminal.note(session.terminal.words.demo_forgotten.format(count=gone))

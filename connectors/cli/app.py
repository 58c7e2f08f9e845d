"""The verbs, put together."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from connectors.cli import (
    admin,
    ask,
    chat,
    deliveries,
    demo,
    doctor,
    escalations,
    evaluate,
    index,
    ingest,
    init,
    serve,
)
from connectors.cli.session import Session
from connectors.cli.terminal import make_terminal
from connectors.cli.words import language_of_the_machine

app = typer.Typer(
    name="comptoir",
    help="Customer support that answers from your own help centre, and says when it is not sure.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"comptoir {version('comptoir')}")
        raise typer.Exit


@app.callback()
def comptoir(
    context: typer.Context,
    settings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The settings file; else $COMPTOIR_SETTINGS, else ./comptoir.toml.",
            show_default=False,
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            metavar="fr|en",
            help="What the command line speaks: fr or en; else as the locale says.",
            show_default=False,
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    if language not in (None, "fr", "en"):
        raise typer.BadParameter("fr or en", param_hint="--language")
    context.obj = Session(settings, make_terminal(language or language_of_the_machine()))


app.command("init")(init.init)
app.command("ingest")(ingest.ingest)
app.command("ask")(ask.ask)
app.command("chat")(chat.chat)
app.command("serve")(serve.serve)
app.add_typer(admin.app, name="admin")
app.add_typer(index.app, name="index")
app.command("escalations")(escalations.escalations)
app.command("deliveries")(deliveries.deliveries)
app.command("eval")(evaluate.evaluate)
app.command("doctor")(doctor.doctor)
app.command("demo")(demo.demo)

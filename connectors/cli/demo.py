"""`comptoir demo`: a shop that does not exist, with a help centre that does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from connectors.cli.chat import hold_conversation
from connectors.cli.ingest import ingest_into
from connectors.cli.serve import Host, Port, chosen, serve_website
from connectors.cli.session import Session, session_of

FOLDER = Path(__file__).parents[2] / "deploy" / "demo"

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
    host: Host = None,
    port: Port = None,
) -> None:
    """Load the demo shop's help centre (from a source checkout) and open the shop in the browser."""
    session = session_of(context)
    if not (FOLDER / "comptoir.toml").is_file():
        session.terminal.fail("the demo comes with the source checkout; there: make run")
        raise typer.Exit(1)
    session = Session(session.settings_file or FOLDER / "comptoir.toml", session.terminal)
    settings = session.settings(**chosen(host, port))
    if not settings.database and not (settings.data / "comptoir.db").exists():
        session.terminal.note(session.terminal.words.demo_loading)
    ingest_into(session, settings, quiet=True)
    if chat:
        hold_conversation(session, settings, suggestions=SUGGESTIONS)
    elif not load_only:
        serve_website(session, settings, session.terminal.words.demo_ready)

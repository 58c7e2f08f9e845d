"""`comptoir index`: the vector index, which can always be made anew from the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors.cli.ingest import Bars
from connectors.cli.session import session_of

if TYPE_CHECKING:
    from connectors.assembly import Service
    from knowledge.ports import IndexStamp

app = typer.Typer(
    help="The vector index: how it is, and making it anew.", no_args_is_help=True, rich_markup_mode=None
)


@app.command()
def status(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Say what the index was made from and whether it is current."""
    session = session_of(context)

    async def work(service: Service) -> dict[str, Any]:
        stamp = await service.entries.stamp()
        return {
            "index": service.settings.index,
            "state": "empty" if stamp is None else str(await service.index.state(stamp)),
            "revision": stamp.revision if stamp else None,
            "model": stamp.model if stamp else service.embedder.model,
            "dimensions": stamp.dimensions if stamp else service.embedder.dimensions,
        }

    found = session.run(session.settings(), work)
    if as_json:
        session.terminal.json(found)
    else:
        for name, value in found.items():
            session.terminal.say(f"{name:<12}{value if value is not None else '-'}")


@app.command()
def rebuild(context: typer.Context) -> None:
    """Make a new index beside the old one and swap it in. Embeds all texts after a change of `embedder`."""
    session = session_of(context)

    settings = session.settings()

    async def work(service: Service) -> IndexStamp | None:
        from knowledge.ingest import reembed

        with Bars(session.terminal) as bars:
            return await reembed(service.entries, service.index, service.embedder, bars.move)

    stamp = session.run(settings, work)
    if stamp is None:
        session.terminal.note("There is nothing to index yet. Run: comptoir ingest")
    else:
        session.terminal.say(f"The index is new, at revision {stamp.revision} of the entries.")

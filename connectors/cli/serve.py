"""`comptoir serve`: the web door, until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.cli.session import Session, session_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from connectors.settings import Settings

Host = Annotated[
    str | None,
    typer.Option(
        metavar="HOST", help="Listen on this address; else as the settings say.", show_default=False
    ),
]
Port = Annotated[
    int | None,
    typer.Option(
        metavar="PORT", min=0, max=65535, help="Listen on this port; 0 takes a free one.", show_default=False
    ),
]


def serve(context: typer.Context, host: Host = None, port: Port = None) -> None:
    """Serve the widget and the API. Ctrl-C stops it when the answers under way are finished."""
    session = session_of(context)
    serve_website(session, session.settings(**chosen(host, port)), session.terminal.words.serve_ready)


def chosen(host: str | None, port: int | None) -> dict[str, str | int]:
    """What was said on the command line wins over the settings."""
    given = {"host": host, "port": port}
    return {name: value for name, value in given.items() if value is not None}


def serve_website(session: Session, settings: Settings, welcome: str) -> None:
    """`welcome` has places for {address} and {seconds}."""
    from connectors.http.listening import address_of, listen

    began = time.monotonic()

    def ready() -> None:
        address = settings.public_address or address_of(bound, settings.host)
        seconds = session.terminal.number(time.monotonic() - began)
        session.terminal.note(welcome.format(address=address, seconds=seconds), style="bold")

    with session.failures(settings.log_file), listen(settings.host, settings.port) as bound:
        asyncio.run(_serve(settings, bound, ready))
    session.terminal.note(session.terminal.words.serve_stopped)


async def _serve(settings: Settings, bound: socket.socket, ready: Callable[[], None]) -> None:
    with _kept_for_good():
        from connectors.assembly import assemble
        from connectors.http.app import make_app
        from connectors.http.door import make_door
        from connectors.http.server import Server

        service = await assemble(settings)
    async with service:
        with _kept_for_good():
            await service.warm_up()
            server = Server(make_app(make_door(service)), ready)
        await server.serve([bound])


@contextmanager
def _kept_for_good() -> Iterator[None]:
    """What is loaded now stays until the end: no search for garbage goes through it, which would take a
    twentieth of the start, and hold up every customer for a tenth of a second now and then."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()

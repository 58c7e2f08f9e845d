"""The web server, which stops without losing anything: answers under way are finished, open streams are told.

The only one who knows uvicorn.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from connectors.http.door import Door

GRACE_SECONDS = 5
"""For connections to take their last bytes."""
LARGEST_FRAME = 200_000
"""Bytes that a WebSocket may send at once."""


class Server(uvicorn.Server):
    def __init__(self, app: FastAPI, ready: Callable[[], None]) -> None:
        door: Door = app.state.door
        super().__init__(
            uvicorn.Config(
                app,
                access_log=False,
                log_config=None,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
                ws="websockets-sansio" if door.service.settings.rasa.socketio else "none",
                ws_max_size=LARGEST_FRAME,
            )
        )
        self._door = door
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Nobody new comes in; a second Ctrl-C ends the patience."""
        for server in self.servers:
            server.close()
        await self._door.stop(hurry=lambda: self.force_exit)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Unlike uvicorn's, it does not raise them again at the end: who stops as asked has not failed.

        Only a main thread can hear them; in another one, `should_exit` is set by whoever started it."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for number in signals:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)

"""The size and pace of a request's body are checked as it comes in, before anything reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.http.codes import Code
from connectors.http.problems import Refused

SECONDS = 20.0
"""In which a body must have arrived."""


class BodyGuard:
    """Whoever reads a body that is too large or too slow gets Refused."""

    def __init__(
        self, app: ASGIApp, most: int, seconds: float = SECONDS, larger: Mapping[str, int] | None = None
    ) -> None:
        """`most` in bytes; `larger`: more of them, by the beginning of the path."""
        self._app = app
        self._most = most
        self._larger = larger or {}
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            most = next((n for start, n in self._larger.items() if path.startswith(start)), self._most)
            receive = _Reading(receive, most, self._seconds, Headers(scope=scope))
        await self._app(scope, receive, send)


class _Reading:
    def __init__(self, receive: Receive, most: int, seconds: float, headers: Headers) -> None:
        self._receive = receive
        self._most = most
        self._until = asyncio.get_running_loop().time() + seconds
        self._announced = headers.get("content-length", "")
        self._size = 0
        self._whole = False

    async def __call__(self) -> Message:
        if self._whole:  # what comes now is the end of the connection: a stream waits for it for hours
            return await self._receive()
        if self._announced.isascii() and self._announced.isdigit() and int(self._announced) > self._most:
            raise Refused(Code.BODY_TOO_LARGE, limit=self._most)
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise Refused(Code.BODY_TOO_SLOW) from None
        self._size += len(message.get("body", b""))
        if self._size > self._most:
            raise Refused(Code.BODY_TOO_LARGE, limit=self._most)
        self._whole = not message.get("more_body", False)
        return message

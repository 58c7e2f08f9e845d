"""A server that speaks OpenAI's language over real HTTP and does what a test tells it to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route


@dataclass
class ModelServer:
    """Streams `pieces`; then ends, hangs, or drops the line."""

    pieces: tuple[str, ...] = ("Returns ", "are free.")
    status: int = 200
    hangs: bool = False
    breaks: bool = False
    tells_usage: bool = True
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    abandoned: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client left in the middle of a stream."""
    url: str = ""

    async def complete(self, request: Request) -> Response:
        self.requests.append(await request.json())
        self.headers.append(dict(request.headers))
        if self.status != 200:
            return JSONResponse({"error": {"message": "no such luck", "type": "x"}}, self.status)
        return StreamingResponse(self._stream(), media_type="text/event-stream")

    async def _stream(self) -> AsyncIterator[str]:
        try:
            for piece in self.pieces:
                yield _chunk(delta={"content": piece})
                await asyncio.sleep(0)
            if self.breaks:
                raise ConnectionError("the line is cut")
            if self.hangs:
                await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.abandoned.set()
            raise
        yield _chunk(delta={}, finish="stop")
        if self.tells_usage:
            yield _chunk(usage={"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18})
        yield "data: [DONE]\n\n"


def _chunk(
    delta: dict[str, Any] | None = None, finish: str | None = None, usage: dict[str, int] | None = None
) -> str:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": choices}
    return f"data: {json.dumps(chunk | ({'usage': usage} if usage else {}))}\n\n"


@asynccontextmanager
async def model_server(server: ModelServer) -> AsyncIterator[ModelServer]:
    app = Starlette(routes=[Route("/v1/chat/completions", server.complete, methods=["POST"])])
    running = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    task = asyncio.create_task(running.serve())
    while not running.started:  # noqa: ASYNC110 - uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    server.url = f"http://127.0.0.1:{port}/v1"
    try:
        yield server
    finally:
        running.should_exit = running.force_exit = True
        await task

"""No address gets more than its share of requests; checked before anything is read."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.http.limits import RateLimits
from connectors.http.problems import Refused, answer_with_problem

PATHS = ("/api/v1/", "/webhooks/", "/socket.io/")


class Pace:
    def __init__(self, app: ASGIApp, limits: RateLimits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PATHS):
            client = scope.get("client")
            try:
                await self._limits.request(client[0] if client else "unknown")
            except Refused as refused:
                response = await answer_with_problem(Request(scope), refused)
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)

"""Which pages' scripts may read our answers (CORS): those of the sites, for what the widget needs.

https://fetch.spec.whatwg.org/#http-cors-protocol. Whether a page may talk for one particular site is checked
by the routes; no cookie is ever sent, so there is nothing that a page could borrow from a customer's browser.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.http.codes import Code
from connectors.http.problems import problem_response
from connectors.http.websites import Websites

PATHS = ("/api/v1/conversations", "/api/v1/sites", "/webhooks/rest/")
"""What widgets call. Programs with keys have no business in a browser."""
MAY_SEND = "Authorization, Content-Type, Last-Event-ID"
MAY_READ = "Retry-After, Content-Disposition"
REMEMBERED_SECONDS = 600


class Origins:
    def __init__(self, app: ASGIApp, websites: Websites) -> None:
        self._app = app
        self._websites = websites

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PATHS):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        allowed = origin if origin and self._websites.knows(origin, headers.get("host")) else None

        async def readable(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                sent.add_vary_header("Origin")
                if allowed:
                    sent["Access-Control-Allow-Origin"] = allowed
                    sent["Access-Control-Expose-Headers"] = MAY_READ
            await send(message)

        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await _preflight(allowed, headers)(scope, receive, readable)
        else:
            await self._app(scope, receive, readable)


def _preflight(allowed: str | None, headers: Headers) -> Response:
    if not allowed:
        return problem_response(Code.ORIGIN_NOT_ALLOWED, headers.get("accept-language"))
    return Response(
        status_code=204,
        headers={
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": MAY_SEND,
            "Access-Control-Max-Age": str(REMEMBERED_SECONDS),
        },
    )

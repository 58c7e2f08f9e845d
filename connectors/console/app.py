"""The console's parts list: its rooms, put behind one door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from connectors.console.accent import accent_css
from connectors.console.headers import KEPT_FOR_EVER, SecurityHeaders
from connectors.console.pages import (
    account,
    canned,
    conversation,
    entrance,
    find,
    home,
    judging,
    knowledge,
    live,
    naming,
    other_ways,
    overview,
    people,
    quality,
    queue,
    versions,
    writing,
)
from connectors.console.parts import Parts
from connectors.console.refusals import NotThere, refusal
from connectors.console.routing import Address, route, visit_of
from connectors.console.templating import ROOT, STATIC

LARGEST_FORM = 2_000_000
"""Bytes: an article in the knowledge editor, url-encoded."""
ROOMS: tuple[tuple[Address, ...], ...] = (
    entrance.ADDRESSES,
    home.ADDRESSES,
    queue.ADDRESSES,
    conversation.ADDRESSES,
    find.ADDRESSES,
    live.ADDRESSES,
    canned.ADDRESSES,
    people.ADDRESSES,
    judging.ADDRESSES,
    knowledge.ADDRESSES,
    writing.ADDRESSES,
    versions.ADDRESSES,
    other_ways.ADDRESSES,
    naming.ADDRESSES,
    overview.ADDRESSES,
    quality.ADDRESSES,
    account.ADDRESSES,
)


def add_console(routes: list[BaseRoute], parts: Parts) -> None:
    """At /console, beside what else the service serves."""
    routes.append(Route("/console", lambda request: RedirectResponse(f"{ROOT}/"), include_in_schema=False))
    routes.append(Mount(ROOT, console_app(parts)))


def console_app(parts: Parts) -> Starlette:
    routes: list[BaseRoute] = [route(address, parts) for room in ROOMS for address in room]
    routes.append(Mount("/static/{version}", GZipMiddleware(_Static(directory=STATIC))))
    routes.append(Route("/accent.css", _accent(parts), include_in_schema=False))

    async def not_there(request: Request, error: Exception) -> Response:
        return refusal(await visit_of(request, parts), NotThere())

    secure = parts.service.settings.public_address.startswith("https:")
    app = Starlette(
        routes=routes,
        middleware=[Middleware(SecurityHeaders, secure=secure)],
        exception_handlers={HTTPException: not_there},
    )
    app.router.redirect_slashes = False
    return app


def _accent(parts: Parts) -> Callable[[Request], Awaitable[Response]]:
    """In a file of its own: the policy lets no style stand in a page."""
    accents = (site.accent for site in parts.service.settings.sites if site.accent)
    css = accent_css(next(accents, None))

    async def accent(request: Request) -> Response:
        return Response(css, media_type="text/css", headers={"Cache-Control": "public, max-age=300"})

    return accent


class _Static(StaticFiles):
    """Kept for ever: the address says which version it is."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = KEPT_FOR_EVER
        return response

"""The web application, put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from connectors.console.app import LARGEST_FORM, add_console
from connectors.console.parts import make_parts
from connectors.http import ask, conversations, documentation, escalations, events, health, sites
from connectors.http.body import BodyGuard
from connectors.http.door import Door
from connectors.http.headers import AccessLog, SafeHeaders
from connectors.http.origins import Origins
from connectors.http.pace import Pace
from connectors.http.pages import add_pages
from connectors.http.problems import HANDLED, LastResort, Problem, answer_with_problem
from connectors.mail import routes as mail
from connectors.rasa.doors import LARGEST_CALL, add_rasa

ROUTERS = (conversations, mail, events, sites, ask, escalations, health)
BYTES_PER_CHARACTER = 12
"""Of JSON, at most: a character outside the basic plane, escaped."""
SLACKS_LARGEST = 1_000_000
"""Bytes: what it tells of a button is the whole message that has it."""
ROOM = 32_768
"""Bytes of a body beside its longest text."""


def make_app(door: Door) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with door.running():
            yield

    app = FastAPI(
        title="Comptoir",
        version=version("comptoir"),
        summary="Customer support that answers from your own help centre.",
        description=documentation.INTRODUCTION,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        lifespan=lifespan,
    )
    app.state.door = door
    for router in ROUTERS:
        app.include_router(router.router)
    for kind in HANDLED:
        app.add_exception_handler(kind, answer_with_problem)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    documentation.add_page(app, door.service.settings.public_address)
    add_pages(app, demo=door.service.settings.demo_page)
    add_rasa(app, door)
    if door.service.slack is not None:
        from connectors.slack.routes import add_slack

        add_slack(app, door.service.slack)
    if door.service.settings.console:
        add_console(app.router.routes, make_parts(door.service, door.answers.owe))
    _add_layers(app, door)
    return app


def _add_layers(app: FastAPI, door: Door) -> None:
    """From the innermost to the outermost."""
    settings = door.service.settings
    most = ROOM + BYTES_PER_CHARACTER * settings.limits.message_characters
    app.add_middleware(BodyGuard, most=most, larger={"/console/": LARGEST_FORM, "/rasa/": LARGEST_CALL})
    app.add_middleware(Pace, limits=door.limits)
    app.add_middleware(LastResort)
    app.add_middleware(Origins, websites=door.websites)
    app.add_middleware(SafeHeaders)
    app.add_middleware(AccessLog)
    if settings.trusted_proxies:
        app.add_middleware(_Proxies, trusted=list(settings.trusted_proxies))


def _Proxies(app: ASGIApp, trusted: list[str]) -> ASGIApp:
    proxied: Any = ProxyHeadersMiddleware(app, trusted)  # type: ignore[arg-type]  # uvicorn's own ASGI types
    layer: ASGIApp = proxied
    return layer


def _openapi(app: FastAPI) -> dict[str, Any]:
    """With the schemas that routes only refer to."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
        )
        schemas = schema["components"]["schemas"]
        models: tuple[type[BaseModel], ...] = (Problem, *events.MODELS)
        for model in models:
            of_model = model.model_json_schema(ref_template="#/components/schemas/{model}")
            for name, inner in of_model.pop("$defs", {}).items():
                schemas.setdefault(name, inner)
            schemas.setdefault(model.__name__, of_model)
        app.openapi_schema = schema
    return app.openapi_schema

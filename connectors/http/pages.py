"""The widget's files, for every website; and the page of the demo shop, where the settings ask for it."""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from connectors.http.headers import PAGE_POLICY

WIDGET = Path(__file__).parents[1] / "widget"
FRESH_SECONDS = 300
"""So long a browser uses the widget without asking whether it has changed."""

_FOR_ALL_PAGES = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": f"public, max-age={FRESH_SECONDS}",
}
_FOR_OUR_PAGES = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-cache"}


class _Files(StaticFiles):
    """Files with headers of ours. StaticFiles sees to ETag, 304 and to who asks for ../."""

    def __init__(self, folder: Path, headers: dict[str, str]) -> None:
        super().__init__(directory=folder, check_dir=False)
        self._headers = headers

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(self._headers)
        return response


class _One(_Files):
    """One file, wherever it is mounted."""

    def __init__(self, file: Path, headers: dict[str, str]) -> None:
        super().__init__(file.parent, headers)
        self._name = file.name

    def get_path(self, scope: Scope) -> str:
        return self._name


def add_pages(app: FastAPI, *, demo: bool) -> None:
    static = WIDGET / "static"
    app.router.routes += [
        Route("/widget.js", GZipMiddleware(_One(static / "widget.js", _FOR_ALL_PAGES)), methods=["GET"]),
        Mount("/widget", GZipMiddleware(_Files(static, _FOR_ALL_PAGES))),
    ]
    if demo:
        folder = WIDGET / "demo"
        app.router.routes += [
            Route("/", GZipMiddleware(_One(folder / "index.html", _FOR_OUR_PAGES)), methods=["GET"]),
            Mount("/demo", GZipMiddleware(_Files(folder, _FOR_OUR_PAGES))),
        ]
    else:
        app.router.routes.append(Route("/", lambda request: RedirectResponse("/api/docs")))

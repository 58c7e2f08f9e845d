"""The widget's files, for every website; and the page of the demo shop, where the settings ask for it."""

from __future__ import annotations

import gzip
import hashlib
import os
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from connectors.http.headers import PAGE_POLICY
from connectors.widget.module import widget_module

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


class _Module:
    """The widget, packed once for all who fetch it."""

    def __init__(self, script: str) -> None:
        self._plain = script.encode()
        self._packed = gzip.compress(self._plain, mtime=0)
        self._tag = f'W/"{hashlib.sha256(self._plain).hexdigest()[:16]}"'

    async def __call__(self, request: Request) -> Response:
        headers = _FOR_ALL_PAGES | {"ETag": self._tag, "Vary": "Accept-Encoding"}
        if self._tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(self._plain, media_type="text/javascript", headers=headers)
        headers["Content-Encoding"] = "gzip"
        return Response(self._packed, media_type="text/javascript", headers=headers)


def add_pages(app: FastAPI, *, demo: bool) -> None:
    app.router.routes += [
        Route("/widget.js", _Module(widget_module()).__call__, methods=["GET"]),
        Mount("/widget", GZipMiddleware(_Files(WIDGET / "static", _FOR_ALL_PAGES))),
    ]
    if demo:
        folder = WIDGET / "demo"
        app.router.routes += [
            Route("/", GZipMiddleware(_One(folder / "index.html", _FOR_OUR_PAGES)), methods=["GET"]),
            Mount("/demo", GZipMiddleware(_Files(folder, _FOR_OUR_PAGES))),
        ]
    else:
        app.router.routes.append(Route("/", lambda request: RedirectResponse("/api/docs")))

"""A company's own web server: pages of another origin than the service."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Elsewhere:
    """A company's own web server, with the pages that a story puts there."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, dict[str, str]]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def put(self, path: str, text: str, kind: str = "text/html; charset=utf-8", **headers: str) -> str:
        """The address of the page."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (text, {"Content-Type": kind, **named})
        return self.origin + path

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                text, headers = pages.get(self.path, ("", {}))
                self.send_response(200 if headers else 404)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format: str, *args: Any) -> None: ...

        return Handler


def page_with_widget(
    elsewhere: Elsewhere, service: str, path: str = "/", language: str = "en", **attributes: str
) -> str:
    """A page of the shop, on the shop's own server."""
    given = {"data-site": "shop"} | {f"data-{name}": value for name, value in attributes.items()}
    script = " ".join(f'{name}="{value}"' for name, value in given.items())
    return elsewhere.put(
        path,
        f"""<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>A shop</title>
        <meta name="viewport" content="width=device-width, initial-scale=1"></head>
        <body><main><h1>A shop</h1><button id="before">Before</button></main>
        <script type="module" src="{service}/widget.js" {script}></script></body></html>""",
    )

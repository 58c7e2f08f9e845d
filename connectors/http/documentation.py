"""The API's own page, made from its description: no script, nothing from elsewhere."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse

INTRODUCTION = "The door."


def add_page(app: FastAPI) -> None:
    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse("<!doctype html><title>Comptoir API</title>")

    app.add_route("/api/docs", page, methods=["GET"])

"""Rasa's action-server protocol: POST /rasa/webhook, GET /rasa/actions, GET /rasa/health.

Status codes and bodies are those of rasa_sdk's own server. What it has not: a key, and bounds.
https://rasa.com/docs/reference/integrations/action-server/actions
"""

from __future__ import annotations

import json
import zlib
from typing import Any

from fastapi import APIRouter
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import (
    ActionExecutionRejection,
    ActionMissingDomainException,
    ActionNotFoundException,
)
from starlette.requests import Request
from starlette.responses import JSONResponse

from connectors.http.codes import Code
from connectors.http.door import Door
from connectors.http.keys import Keys
from connectors.http.problems import Refused
from connectors.rasa.actions import ComptoirActions
from connectors.rasa.doors import LARGEST_CALL
from connectors.rasa.keys import key_in


def action_server(door: Door, keys: Keys) -> APIRouter:
    router = APIRouter(prefix="/rasa", include_in_schema=False)
    executors: dict[str, ActionExecutor] = {}

    def executor_of(request: Request) -> ActionExecutor:
        """Each key's holder has one: it remembers the domain of one assistant."""
        holder = keys.holder(key_in(request))
        if holder not in executors:
            executors[holder] = ComptoirActions(door, holder).executor()
        return executors[holder]

    @router.get("/health")
    async def health() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @router.get("/actions")
    async def actions(request: Request) -> JSONResponse:
        return JSONResponse([action.model_dump() for action in executor_of(request).list_actions()])

    @router.post("/webhook")
    async def webhook(request: Request) -> JSONResponse:
        executor = executor_of(request)
        try:
            call = _call_in(await request.body(), request.headers.get("content-encoding"))
        except ValueError:
            return JSONResponse({"error": "Invalid body request"}, 400)
        return await _run(executor, call)

    return router


async def _run(executor: ActionExecutor, call: dict[str, Any]) -> JSONResponse:
    try:
        result = await executor.run(call)
    except ActionExecutionRejection as error:
        return _refusal(error.message, error.action_name, 400)
    except ActionNotFoundException as error:
        return _refusal(error.message, error.action_name, 404)
    except ActionMissingDomainException as error:
        return _refusal(error.message, error.action_name, 449)
    return JSONResponse(result.model_dump() if result else None)


def _refusal(message: str, action: str, status: int) -> JSONResponse:
    return JSONResponse({"error": message, "action_name": action}, status)


def _call_in(body: bytes, encoding: str | None) -> dict[str, Any]:
    """Raises ValueError for what is no call."""
    call = json.loads(_inflated(body) if encoding == "deflate" else body)
    if not isinstance(call, dict):
        raise ValueError("a call is an object")
    return call


def _inflated(body: bytes) -> bytes:
    """A few bytes may hide millions: it stops at the largest call."""
    inflating = zlib.decompressobj()
    try:
        inflated = inflating.decompress(body, LARGEST_CALL)
    except zlib.error as error:
        raise ValueError("no deflate body") from error
    if inflating.unconsumed_tail:
        raise Refused(Code.BODY_TOO_LARGE, limit=LARGEST_CALL)
    return inflated

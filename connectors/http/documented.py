"""The problems of each route, for its documentation."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from connectors.http.codes import STATUS, Code
from connectors.http.words import problem_words

EVERYWHERE = (Code.TOO_MANY_REQUESTS, Code.UNEXPECTED)
WITH_BODY = (
    Code.BODY_UNREADABLE,
    Code.BODY_TOO_SLOW,
    Code.BODY_TOO_LARGE,
    Code.REQUEST_INVALID,
)
WITH_TOKEN = (
    Code.TOKEN_MISSING,
    Code.TOKEN_INVALID,
    Code.TOKEN_EXPIRED,
    Code.NOT_THIS_CONVERSATION,
    Code.ORIGIN_NOT_ALLOWED,
    Code.SITE_UNKNOWN,
    Code.REQUEST_INVALID,
)
IN_THE_LOG = (Code.CONVERSATION_UNKNOWN, Code.UNAVAILABLE)
WITH_KEY = (Code.KEY_MISSING, Code.KEY_INVALID)


def problems(*codes: Code) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may be refused for these reasons, or for those of every route."""
    by_status: dict[int, list[Code]] = defaultdict(list)
    for code in dict.fromkeys((*codes, *EVERYWHERE)):
        by_status[STATUS[code]].append(code)
    return {status: _response(status, codes) for status, codes in sorted(by_status.items())}


def _response(status: int, codes: list[Code]) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": " · ".join(f"`{code.value}`: {_detail(code)}" for code in codes),
        "content": {
            "application/problem+json": {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {code.value: {"value": _example(code)} for code in codes},
            }
        },
    }
    if status in (429, 503):
        response["headers"] = {
            "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string"}}
        }
    return response


def _example(code: Code) -> dict[str, Any]:
    return {
        "type": f"/api/docs#problem-{code.value}",
        "title": problem_words(code, "en").title,
        "status": STATUS[code],
        "detail": _detail(code),
        "code": code.value,
    }


def _detail(code: Code) -> str:
    detail = problem_words(code, "en").detail
    places = {"limit": "4000", "seconds": "12", "variable": "COMPTOIR_API_KEYS"}
    return detail.format(**places)

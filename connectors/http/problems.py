"""What goes wrong at the door: one table from exception to problem (RFC 9457), and one way to say it.

A problem says what happened and what to do, in French where the browser prefers it. It never repeats what was
sent, and never shows a trace.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.conversation import AnotherCustomer, ConversationError
from bot.log import LogUnavailable, UnknownConversation
from bot.reception import AddressInvalid, ClientIdInvalid, MessageEmpty, MessageTooLong, NothingToJudge
from connectors.http.codes import STATUS, Code
from connectors.http.languages import preferred
from connectors.http.words import problem_words
from connectors.stream import Stopping
from escalation.queue import QueueUnavailable
from knowledge.store.database import DatabaseUnavailable

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
"""When to try again what failed because a part is away."""

_logging = logging.getLogger(__name__)


DOMAIN: Mapping[type[Exception], Code] = {
    AddressInvalid: Code.ADDRESS_INVALID,
    AnotherCustomer: Code.ANOTHER_CUSTOMER,
    ClientIdInvalid: Code.CLIENT_ID_INVALID,
    ConversationError: Code.CONFLICT,
    DatabaseUnavailable: Code.UNAVAILABLE,
    LogUnavailable: Code.UNAVAILABLE,
    MessageEmpty: Code.MESSAGE_EMPTY,
    MessageTooLong: Code.MESSAGE_TOO_LONG,
    NothingToJudge: Code.NOTHING_TO_JUDGE,
    QueueUnavailable: Code.UNAVAILABLE,
    Stopping: Code.STOPPING,
    UnknownConversation: Code.CONVERSATION_UNKNOWN,
}
"""An exception that is not here is looked up by its parents; what is nowhere is UNEXPECTED."""

_HTTP: Mapping[int, Code] = {
    400: Code.BODY_UNREADABLE,
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    408: Code.BODY_TOO_SLOW,
    413: Code.BODY_TOO_LARGE,
}
"""What the framework itself refuses."""


class Problem(BaseModel):
    """Why a request was refused (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "/api/docs#problem-message_empty",
                    "title": "Empty message",
                    "status": 422,
                    "detail": "Write something, then send it again.",
                    "code": "message_empty",
                }
            ]
        }
    )

    type: str = Field(description="Address of this problem's explanation.")
    title: str = Field(description="What happened, in a few words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What to do, in French or English as Accept-Language says.")
    code: Code = Field(description="What programs go by.")
    errors: list[InvalidPart] | None = Field(
        None, description="With request_invalid: each part that is wrong."
    )


class InvalidPart(BaseModel):
    at: str = Field(description="Where: body.text, path.site, header.last-event-id.")
    problem: str = Field(description="What is wrong with it, in English.")


Problem.model_rebuild()


class Refused(HTTPException):
    """The door says no. `places` fill the words of the problem.

    Of the framework's own kind, so that it passes through while a body is being read."""

    def __init__(self, code: Code, *, retry_after: float | None = None, **places: object) -> None:
        super().__init__(STATUS[code], code.value)
        self.code = code
        self.retry_after = retry_after
        self.places = places


def problem_response(
    code: Code,
    languages: str | None,
    *,
    places: Mapping[str, object] | None = None,
    retry_after: float | None = None,
    errors: Sequence[InvalidPart] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """`languages` is the Accept-Language header."""
    language = preferred(languages, ("en", "fr"))
    words = problem_words(code, language)
    problem = Problem(
        type=f"/api/docs#problem-{code.value}",
        title=words.title,
        status=STATUS[code],
        detail=words.detail.format(**(places or {})),
        code=code,
        errors=list(errors) if errors else None,
    )
    sent = {"Content-Language": language, "Cache-Control": "no-store", "Vary": "Accept-Language"}
    if retry_after is None and STATUS[code] == 503:
        retry_after = RETRY_SECONDS
    if retry_after is not None:
        sent["Retry-After"] = str(max(1, round(retry_after + 0.499)))
    if STATUS[code] == 401:
        sent["WWW-Authenticate"] = "Bearer"
    content = problem.model_dump(mode="json", exclude_none=True)
    return JSONResponse(content, STATUS[code], sent | dict(headers or {}), MEDIA_TYPE)


async def answer_with_problem(request: Request, error: Exception) -> JSONResponse:
    """The handler of every exception that the table knows."""
    languages = request.headers.get("accept-language")
    match error:
        case Refused():
            return problem_response(error.code, languages, places=error.places, retry_after=error.retry_after)
        case RequestValidationError():
            return _invalid(error, languages)
        case HTTPException():
            code = _HTTP.get(error.status_code, Code.REFUSED)
            return problem_response(code, languages, headers=error.headers)
        case _:
            code = next(DOMAIN[kind] for kind in type(error).__mro__ if kind in DOMAIN)
            if STATUS[code] >= 500:
                _logging.warning("refused with %s: %s", code.value, error)
            return problem_response(code, languages, places={"limit": _limit(request)})


HANDLED: tuple[type[Exception], ...] = (Refused, RequestValidationError, HTTPException, *DOMAIN)


class LastResort:
    """Whatever nobody foresaw: one line for the customer, the trace for the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            _logging.info("left before all was said, at %s", scope.get("path"))
        except Exception:  # the last stop before the customer
            _logging.exception("unforeseen, at %s", scope.get("path"))
            if started or scope["type"] != "http":
                raise
            languages = Request(scope).headers.get("accept-language")
            await problem_response(Code.UNEXPECTED, languages)(scope, receive, send)


def _limit(request: Request) -> int:
    return int(request.app.state.door.service.settings.limits.message_characters)


def _invalid(error: RequestValidationError, languages: str | None) -> JSONResponse:
    errors: Iterable[Mapping[str, Any]] = error.errors()
    parts = [InvalidPart(at=".".join(map(str, e["loc"])), problem=str(e["msg"])) for e in errors]
    if any(e["type"] == "json_invalid" for e in errors):
        return problem_response(Code.BODY_UNREADABLE, languages)
    return problem_response(Code.REQUEST_INVALID, languages, errors=parts)

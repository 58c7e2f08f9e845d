"""Who calls, and what they may: the dependencies of the routes.

All `async`, though they wait for nothing: the others are run in threads, which takes longer than they do.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import Request

from connectors.http.codes import Code
from connectors.http.door import Door
from connectors.http.problems import Refused
from connectors.http.tokens import Visit

_token = HTTPBearer(
    auto_error=False,
    scheme_name="conversation",
    description="The token that `POST /api/v1/conversations` gave; it opens that conversation only.",
)
_api_key = HTTPBearer(
    auto_error=False, scheme_name="api_key", description="One of the keys in COMPTOIR_API_KEYS."
)
_staff_key = HTTPBearer(
    auto_error=False, scheme_name="staff_key", description="One of the keys in COMPTOIR_STAFF_KEYS."
)


async def door_of(request: Request) -> Door:
    door: Door = request.app.state.door
    return door


TheDoor = Annotated[Door, Depends(door_of)]


@dataclass(frozen=True, slots=True)
class Caller:
    address: str
    """Behind a trusted proxy, as the proxy says."""
    origin: str | None
    """Of the page; None for programs that are no browser, and for some requests of our own pages."""
    host: str | None
    """How they call us."""


async def caller_of(request: Request) -> Caller:
    return Caller(
        request.client.host if request.client else "unknown",
        request.headers.get("origin"),
        request.headers.get("host"),
    )


TheCaller = Annotated[Caller, Depends(caller_of)]


async def visit_of(
    conversation: Annotated[str, Path(description="The conversation's id.", min_length=1, max_length=100)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_token)],
    door: TheDoor,
    caller: TheCaller,
) -> Visit:
    """The same refusal whether another conversation exists or not."""
    if credentials is None:
        raise Refused(Code.TOKEN_MISSING)
    visit = door.tokens.read(credentials.credentials)
    if not hmac.compare_digest(visit.conversation_id.encode(), conversation.encode("utf-8", "replace")):
        raise Refused(Code.NOT_THIS_CONVERSATION)
    door.websites.check(visit.site, caller.origin, caller.host)
    return visit


TheVisit = Annotated[Visit, Depends(visit_of)]


async def api_client(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_api_key)], door: TheDoor
) -> str:
    return door.api_keys.holder(credentials.credentials if credentials else None)


async def staff_client(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_staff_key)], door: TheDoor
) -> str:
    return door.staff_keys.holder(credentials.credentials if credentials else None)


ApiClient = Annotated[str, Depends(api_client)]
StaffClient = Annotated[str, Depends(staff_client)]

"""The console's addresses, each with who may use it. One that says nothing is open to nobody: it cannot be
written down without `may`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from connectors.console.guard import require_own_page
from connectors.console.parts import Parts
from connectors.console.refusals import KNOWN, Refused, SignedOut, note_of, refusal
from connectors.console.sessions import SEEN_EVERY, key_of, new_id
from connectors.console.templating import ROOT
from connectors.console.visit import COOKIE, StaffVisit, Visit, within
from connectors.console.words import LANGUAGES, Words
from connectors.http.languages import preferred
from escalation.roles import May, require

BACKGROUND = "x-background"
"""Sent by scripts that keep a page true: this is no sign that somebody is there."""


WORDS = "x-words"
"""Sent by scripts of a page on which somebody is writing: they are not led away from it."""


class Anybody(Enum):
    """Who may use an address that is not about one right."""

    SIGNED_IN = "signed in"
    EVERYONE = "everyone"


class Way(Enum):
    """How somebody gets out again who did not mean it."""

    UNDO = "the answer carries a form that takes it back"
    HELD = "it waits in the browser for some seconds before it goes"
    SURE = "it is asked first: the form carries `sure`"
    BACK = "it takes something back itself"
    HARMLESS = "nothing is lost by it: somebody types, or comes and goes"


SURE = "sure"
"""The field of a form whose sender was asked."""

StaffHandler: TypeAlias = Callable[[StaffVisit], Awaitable[Response]]
OpenHandler: TypeAlias = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Address:
    method: str
    path: str
    may: May | Anybody
    staff: StaffHandler | None = None
    open: OpenHandler | None = None
    way: Way | None = None
    """Out of it again; None for what changes nothing."""


def page(path: str, handler: StaffHandler, may: May | Anybody) -> Address:
    """Looks, and changes nothing."""
    return Address("GET", path, _for_staff(may), staff=handler)


def act(path: str, handler: StaffHandler, may: May | Anybody, way: Way) -> Address:
    """Changes something: sent by a form of ours only."""
    return Address("POST", path, _for_staff(may), staff=handler, way=way)


def open_page(path: str, handler: OpenHandler) -> Address:
    return Address("GET", path, Anybody.EVERYONE, open=handler)


def open_act(path: str, handler: OpenHandler, way: Way) -> Address:
    return Address("POST", path, Anybody.EVERYONE, open=handler, way=way)


def route(address: Address, parts: Parts) -> Route:
    async def endpoint(request: Request) -> Response:
        visit = await visit_of(request, parts)
        try:
            if address.may is not Anybody.EVERYONE and not isinstance(visit, StaffVisit):
                raise SignedOut
            if address.method == "POST":
                await require_own_page(request, visit.cookie, parts.service.settings.public_address)
            response = await _answer(address, visit)
        except SignedOut:
            response = _to_sign_in(visit)
        except KNOWN as error:
            response = refusal(visit, error)
        if COOKIE not in request.cookies and COOKIE not in response.headers.get("set-cookie", ""):
            visit.keep_cookie(response, visit.cookie, None)
        return response

    return Route(address.path, endpoint, methods=[address.method], include_in_schema=False)


async def visit_of(request: Request, parts: Parts) -> Visit:
    """A StaffVisit when somebody is signed in."""
    cookie = request.cookies.get(COOKIE) or new_id()
    now = parts.clock()
    browser_says = Words(preferred(request.headers.get("accept-language"), LANGUAGES))
    session = await parts.records.sessions.get(key_of(cookie)) if COOKIE in request.cookies else None
    if session is None or parts.expiry.is_over(session, now):
        return Visit(request, parts, cookie, browser_says, now)
    account, agent = await asyncio.gather(
        parts.records.accounts.get(session.account), parts.service.roster.get(session.account)
    )
    if account is None or agent is None or not agent.active:
        return Visit(request, parts, cookie, browser_says, now)
    if now - session.seen_at > SEEN_EVERY and BACKGROUND not in request.headers:
        await parts.records.sessions.seen(session.key, now)
    chosen = account.preferences.language
    words = Words(chosen) if chosen in LANGUAGES else browser_says
    return StaffVisit(request, parts, cookie, words, now, session, account, agent)


async def _answer(address: Address, visit: Visit) -> Response:
    if address.open is not None:
        return await address.open(visit)
    assert address.staff is not None
    assert isinstance(visit, StaffVisit)
    if isinstance(address.may, May):
        require(visit.agent, address.may)
    if address.way is Way.SURE and not (await visit.request.form(max_files=0)).get(SURE):
        raise Refused(visit.words("This cannot be taken back: it is asked first. Load the page again."))
    return await address.staff(visit)


def _for_staff(may: May | Anybody) -> May | Anybody:
    if may is Anybody.EVERYONE:
        raise ValueError("what everyone may see is an open_page")
    return may


def _to_sign_in(visit: Visit) -> Response:
    """And back again to where they were."""
    request = visit.request
    where = visit.back() if visit.is_partial or request.method == "POST" else _path_of(request)
    target = f"{ROOT}/sign-in?" + urlencode({"next": where})
    if visit.is_partial and WORDS in request.headers:
        said = visit.words("You are signed out. Sign in again: your draft is kept.")
        return note_of(visit, said, 401, {"to": target, "text": visit.words("Sign in")})
    if visit.is_partial:
        return Response(status_code=204, headers={"HX-Redirect": target})
    if request.headers.get("accept", "").startswith("text/event-stream"):
        return Response("event: signed-out\ndata: {}\n\n", media_type="text/event-stream")
    return RedirectResponse(target, 303)


def _path_of(request: Request) -> str:
    return within(request.url.path.removeprefix(ROOT), request.url.query)

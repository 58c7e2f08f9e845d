"""Signing in and out."""

from __future__ import annotations

from pydantic import BaseModel, Field
from starlette.responses import Response

from connectors.console.routing import Address, Anybody, Way, act, open_act, open_page
from connectors.console.sessions import key_of, new_id
from connectors.console.sign_in import LinkSpent, LockedOut, SignInRefused
from connectors.console.visit import StaffVisit, Visit, within


class Wanted(BaseModel):
    next: str = "/"


class Credentials(Wanted):
    name: str = Field("", max_length=200)
    password: str = Field("", max_length=2000)


async def sign_in_page(visit: Visit) -> Response:
    wanted = visit.query(Wanted)
    if isinstance(visit, StaffVisit):
        return visit.to(_safe(wanted.next))
    return visit.page("sign_in.html", next=wanted.next, name="", problem=None)


async def sign_in(visit: Visit) -> Response:
    sent = await visit.form(Credentials)
    try:
        session_id = await visit.parts.sign_in.by_password(sent.name, sent.password, visit.browser, visit.now)
    except SignInRefused as refused:
        status = 429 if isinstance(refused, LockedOut) else 401
        problem = _problem(visit, refused)
        return visit.page("sign_in.html", status, next=sent.next, name=sent.name, problem=problem)
    return _signed_in(visit, session_id, _safe(sent.next))


async def link_page(visit: Visit) -> Response:
    """Only shows a button: a mail program that looks at links ahead must not use it up."""
    secret = visit.path("secret")
    name = await visit.parts.sign_in.link_of(secret, visit.now)
    agent = await visit.parts.service.roster.get(name) if name else None
    if agent is None:
        return visit.page("link.html", 410, agent=None, secret="", problem=None)
    return visit.page("link.html", agent=agent, secret=secret, problem=None)


async def use_link(visit: Visit) -> Response:
    try:
        session_id = await visit.parts.sign_in.by_link(visit.path("secret"), visit.browser, visit.now)
    except SignInRefused as refused:
        problem = _problem(visit, refused)
        return visit.page("link.html", 410, agent=None, secret="", problem=problem)
    return _signed_in(visit, session_id, "/")


class Leaving(BaseModel):
    sure: bool = False


async def sign_out(visit: StaffVisit) -> Response:
    """Who has no password is asked first: they cannot come back by themselves."""
    if visit.account.password is None and not (await visit.form(Leaving)).sure:
        return visit.to("/account")
    await visit.parts.records.sessions.end(visit.session.key)
    response = visit.to("/sign-in")
    visit.keep_cookie(response, new_id(), None)
    return response


def _signed_in(visit: Visit, session_id: str, path: str) -> Response:
    """A new id: whatever was known of the browser before is worth nothing."""
    assert key_of(session_id) != key_of(visit.cookie)
    response = visit.to(path)
    visit.keep_cookie(response, session_id, visit.parts.expiry.absolute)
    return response


def _problem(visit: Visit, refused: SignInRefused) -> str:
    _ = visit.words
    match refused:
        case LockedOut(minutes=minutes):
            return _.count(
                minutes,
                "Too many attempts. Try again in {number} minute, or ask an admin for a sign-in link.",
                "Too many attempts. Try again in {number} minutes, or ask an admin for a sign-in link.",
            )
        case LinkSpent():
            return _("This link was used before, or its time is over. Ask an admin for a new one.")
        case _:
            return _("That name and password do not go together.")


def _safe(path: str) -> str:
    before, _, query = path.partition("?")
    return within(before, query)


ADDRESSES: tuple[Address, ...] = (
    open_page("/sign-in", sign_in_page),
    open_act("/sign-in", sign_in, Way.HARMLESS),
    open_page("/link/{secret}", link_page),
    open_act("/link/{secret}", use_link, Way.HARMLESS),
    act("/sign-out", sign_out, Anybody.SIGNED_IN, Way.HARMLESS),
)

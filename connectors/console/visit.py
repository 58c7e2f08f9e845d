"""One request to the console: who comes, what they sent, and how they are answered."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar, get_origin
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from itsdangerous import BadSignature, URLSafeSerializer
from markupsafe import Markup
from pydantic import BaseModel, Json, ValidationError
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.brief_parts import text_in
from connectors.console import names, times
from connectors.console.accounts import Account, Theme
from connectors.console.parts import Parts
from connectors.console.sessions import Session, token_of
from connectors.console.sign_in import Browser
from connectors.console.templating import ROOT
from connectors.console.words import Words
from escalation.roles import May, may
from escalation.roster import Agent

COOKIE = "comptoir_console"
FLASH = "comptoir_flash"
ZONE = "comptoir_zone"
"""The browser's time zone, which its script leaves here."""

LONGEST_FLASH = 3800
"""Bytes of a note that a cookie takes along, with its own name and marks in 4096."""

Form = TypeVar("Form", bound=BaseModel)


class FormRefused(Exception):
    """What was sent is not what the form asks for. `fields` are those that are wrong."""

    def __init__(self, fields: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(fields)))
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Undo:
    """A form that takes back what was just done."""

    path: str
    fields: Mapping[str, str | Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Visit:
    """Anybody's. `cookie` is what their browser is known by, signed in or not."""

    request: Request
    parts: Parts
    cookie: str
    words: Words
    now: datetime

    @property
    def token(self) -> str:
        """What forms of this browser must carry."""
        return token_of(self.cookie)

    @property
    def theme(self) -> Theme:
        return Theme.SYSTEM

    @cached_property
    def zone(self) -> ZoneInfo:
        return times.zone_named(self.request.cookies.get(ZONE, ""), self.parts.service.brief.zone)

    @property
    def is_partial(self) -> bool:
        """A script asks, to change a part of the page that is open."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def is_secure(self) -> bool:
        address = self.parts.service.settings.public_address
        return self.request.url.scheme == "https" or address.startswith("https:")

    @property
    def browser(self) -> Browser:
        client = self.request.client
        return Browser(self.request.headers.get("user-agent", ""), client.host if client else "")

    def team_title(self, name: str | None) -> str:
        """What colleagues call a team; the default one where none is said."""
        brief = self.parts.service.brief
        known = name or brief.default_team or next(iter(brief.teams), "")
        title = text_in(brief.teams[known].title, self.words.language) if known in brief.teams else None
        return names.title_of(title or known)

    def path(self, name: str) -> str:
        """A part of the address: /conversations/{id}."""
        return str(self.request.path_params[name])

    async def form(self, model: type[Form]) -> Form:
        """What was sent. Raises FormRefused."""
        sent = await self.request.form(max_files=0, max_fields=1000)
        return _parsed(model, _values(model, sent))

    def query(self, model: type[Form]) -> Form:
        """What the address asks for; what makes no sense in it is passed over."""
        params = self.request.query_params
        values = {name: params.getlist(name) if _takes_many(model, name) else params[name] for name in params}
        values = {name: value for name, value in values.items() if name in model.model_fields}
        while True:
            try:
                return model.model_validate(values)
            except ValidationError as error:
                wrong = {str(e["loc"][0]) for e in error.errors()}
                values = {name: value for name, value in values.items() if name not in wrong}

    # Answers

    def page(self, template: str, status_code: int = 200, **values: object) -> Response:
        html = self.parts.templates.render(template, self.words.language, self._values() | values)
        response = HTMLResponse(html, status_code, {"Content-Language": self.words.language})
        if FLASH in self.request.cookies and not self.is_partial:
            response.delete_cookie(FLASH, ROOT)
        return response

    def to(self, path: str) -> Response:
        """Go there: `path` is within the console."""
        if self.is_partial:
            return Response(status_code=204, headers={"HX-Redirect": ROOT + path})
        return RedirectResponse(ROOT + path, 303)

    def done(
        self,
        said: str,
        *,
        undo: Undo | None = None,
        to: str | None = None,
        refresh: tuple[str, ...] = ("comptoir:refresh",),
        leave: bool = False,
        wrong: bool = False,
    ) -> Response:
        """It is done: a short word, with a way to take it back.

        A script shows the word and lets the parts of the page that listen to `refresh` fetch themselves anew.
        Without a script, or with `leave`, the browser goes to `to`, or back to where it came from."""
        toast = {"said": said, "undo": undo, "wrong": wrong, "link": None}
        if self.is_partial and not leave:
            triggers = {"HX-Trigger": json.dumps({name: {} for name in refresh})}
            response = self.page("partials/toast_only.html", toast=toast)
            response.headers.update(triggers)
            return response
        target = to if to is not None else self.back()
        response = self.to(target)
        self._set(response, FLASH, self._kept(said, undo, wrong), timedelta(minutes=1))
        return response

    def _kept(self, said: str, undo: Undo | None, wrong: bool) -> str:
        note = {"said": said, "wrong": wrong}
        way = {"undo": {"path": undo.path, "fields": dict(undo.fields)}} if undo else {}
        kept: str = self._signer.dumps(note | way)
        return kept if len(kept) < LONGEST_FLASH else str(self._signer.dumps(note))

    def back(self) -> str:
        """The page of the console from which this was sent."""
        came_from = urlsplit(self.request.headers.get("referer", ""))
        return within(came_from.path.removeprefix(ROOT), came_from.query)

    def keep_cookie(self, response: Response, value: str, lasts: timedelta | None) -> None:
        """What the browser is known by from now on; None: until it is closed."""
        self._set(response, COOKIE, value, lasts)

    def _set(self, response: Response, name: str, value: str, lasts: timedelta | None) -> None:
        seconds = int(lasts.total_seconds()) if lasts else None
        response.set_cookie(
            name, value, seconds, path=ROOT, secure=self.is_secure, httponly=True, samesite="lax"
        )

    @property
    def _signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.cookie, salt="flash")

    def _flash(self) -> dict[str, Any] | None:
        kept = self.request.cookies.get(FLASH)
        if kept is None or self.is_partial:
            return None
        try:
            flash = self._signer.loads(kept)
        except BadSignature:
            return None
        return {"undo": None, "link": None, **flash} if isinstance(flash, dict) else None

    def _values(self) -> dict[str, Any]:
        """What every template may use."""
        brief = self.parts.service.brief
        return {
            "visit": self,
            "token": self.token,
            "me": None,
            "theme": self.theme,
            "now": self.now,
            "company": brief.company or "Comptoir",
            "toast": self._flash(),
            "ago": self.ago,
            "since": self.since,
            "until": self.until,
            "when": lambda moment: times.day_and_clock(moment, self.now, self.zone, self.words.language),
            "exact": lambda moment: times.exact(moment, self.zone, self.words.language),
            "here": self.request.url.path.removeprefix(ROOT),
            "query": self.request.url.query,
        }

    def ago(self, moment: datetime) -> Markup:
        """A <time> that says how long ago, exactly when on hover, and is kept true by times.js."""
        said = times.ago(self.now - moment, self.words.language)
        if self.now < moment:
            said = times.left(moment - self.now, self.words.language)
        when = times.exact(moment, self.zone, self.words.language)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(moment.isoformat(), when, said)

    def since(self, moment: datetime) -> Markup:
        """The same, within a sentence."""
        said = times.since(self.now - moment, self.words.language)
        when = times.exact(moment, self.zone, self.words.language)
        return Markup('<time datetime="{}" title="{}" data-since>{}</time>').format(
            moment.isoformat(), when, said
        )

    def until(self, moment: datetime) -> Markup:
        """A <time> that counts down to a moment, and beyond it."""
        said = times.left(moment - self.now, self.words.language)
        when = times.exact(moment, self.zone, self.words.language)
        return Markup('<time datetime="{}" title="{}" data-until>{}</time>').format(
            moment.isoformat(), when, said
        )


@dataclass(frozen=True)
class StaffVisit(Visit):
    """Of somebody who is signed in."""

    session: Session
    account: Account
    agent: Agent

    @property
    def theme(self) -> Theme:
        return self.account.preferences.theme

    def may(self, what: May) -> bool:
        return may(self.agent, what)

    async def everyone(self) -> Sequence[Agent]:
        """All who work here, also those who have left; read once for a page."""
        return await self._everyone

    @cached_property
    def _everyone(self) -> asyncio.Task[Sequence[Agent]]:
        return asyncio.create_task(self._read_everyone())

    async def _read_everyone(self) -> Sequence[Agent]:
        return await self.parts.service.roster.everyone()

    def _values(self) -> dict[str, Any]:
        return super()._values() | {
            "me": self.agent,
            "account": self.account,
            "may": lambda name: self.may(May(name)),
        }


def within(path: str, query: str = "") -> str:
    """A path of the console, whatever was asked for: nobody is sent to another site."""
    if not re.fullmatch(r"/[\w\-./@+%]*", path) or path.startswith("//"):
        return "/"
    return f"{path}?{query}" if query else path


def _values(model: type[BaseModel], sent: FormData) -> dict[str, Any]:
    return {
        name: sent.getlist(name) if _takes_many(model, name) else sent[name]
        for name in model.model_fields
        if name in sent
    }


def _takes_many(model: type[BaseModel], name: str) -> bool:
    """A list is made of several fields, unless it is one field of JSON."""
    found = model.model_fields.get(name)
    if found is None or any(Json in (one, type(one)) for one in found.metadata):
        return False
    return get_origin(found.annotation) in (tuple, list, frozenset, set)


def _parsed(model: type[Form], values: Mapping[str, Any]) -> Form:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise FormRefused(frozenset(str(e["loc"][0]) for e in error.errors() if e["loc"])) from error

"""What cannot be done, told to a colleague: what happened, and what to do next."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.conversation import ConversationError, NotYourTurn, UnknownTransition
from bot.log import LogUnavailable, MessagesChanged, UnknownConversation
from connectors.console.accounts import ConsoleUnavailable
from connectors.console.guard import TokenRefused
from connectors.console.templating import ROOT
from connectors.console.times import day_and_clock
from connectors.console.visit import FormRefused, Visit
from connectors.console.words import Words
from connectors.stream import Stopping
from escalation.desk import (
    AlreadyClaimed,
    NothingWritten,
    NotTheSameCustomer,
    TooLong,
    UnknownTeam,
    WakesInThePast,
)
from escalation.queue import QueueUnavailable
from escalation.reports import ReportsUnavailable
from escalation.reviews import ReviewsUnavailable
from escalation.roles import NotAllowed
from escalation.roster import RosterUnavailable
from knowledge.editing import EntryRefused, NoSuchEntry
from knowledge.ports import ModelUnavailable, WrongModel
from knowledge.store.database import DatabaseUnavailable
from knowledge.versions import EntryChanged

if TYPE_CHECKING:
    from datetime import datetime

_logging = logging.getLogger(__name__)


class SignedOut(Exception):
    """Nobody is signed in, or the session is over."""


class NotThere(Exception):
    """Nothing is at this address."""


class Held(Exception):
    """Somebody else has the conversation: who, and since when."""

    def __init__(self, by: str, since: datetime | None) -> None:
        super().__init__(by)
        self.by = by
        self.since = since


class Refused(Exception):
    """Said in the visitor's language already."""

    def __init__(self, said: str, status: int = 422) -> None:
        super().__init__(said)
        self.status = status


def _held(visit: Visit, error: Held) -> str:
    _ = visit.words
    if error.since is None:
        return _("{name} has this conversation.", name=error.by)
    since = day_and_clock(error.since, visit.now, visit.zone, _.language)
    return _("{name} has it since {time}.", name=error.by, time=since)


Told = tuple[int, Callable[[Words], str]]

_TOLD: Mapping[type[Exception], Told] = {
    AlreadyClaimed: (409, lambda _: _("A colleague has this conversation already.")),
    NotYourTurn: (409, lambda _: _("Somebody else has this conversation now. Nothing was sent.")),
    MessagesChanged: (409, lambda _: _("The customer wrote in the meantime. Read it, then try again.")),
    UnknownTransition: (409, lambda _: _("That is not possible as the conversation stands now.")),
    UnknownConversation: (404, lambda _: _("There is no such conversation.")),
    NotAllowed: (403, lambda _: _("Your role may not do that. Ask a lead or an admin.")),
    NothingWritten: (422, lambda _: _("There is nothing written yet.")),
    TooLong: (422, lambda _: _("That is too long. Shorten it, or send it in parts.")),
    UnknownTeam: (422, lambda _: _("There is no such team.")),
    NotTheSameCustomer: (
        409,
        lambda _: _(
            "Nothing says that both are the same customer: neither the same account nor the same address."
        ),
    ),
    WakesInThePast: (422, lambda _: _("That moment is over. Choose a later one.")),
    EntryChanged: (
        409,
        lambda _: _("Somebody changed this entry in the meantime. Look at it again, then decide."),
    ),
    NoSuchEntry: (404, lambda _: _("There is nothing left to decide here.")),
    EntryRefused: (422, lambda _: _("Something in the form is not right. Check it, then send it again.")),
    WrongModel: (503, lambda _: _("The embedding model is not the one that the index was made with.")),
    ModelUnavailable: (503, lambda _: _("The embedding model cannot be loaded. Nothing was changed.")),
    ConversationError: (409, lambda _: _("That is not possible as the conversation stands now.")),
    FormRefused: (422, lambda _: _("Something in the form is not right. Check it, then send it again.")),
    TokenRefused: (403, lambda _: _("This page is out of date. Load it again, then retry.")),
    NotThere: (404, lambda _: _("There is nothing at this address.")),
    Stopping: (503, lambda _: _("The service is being restarted. Try again in a moment.")),
    LogUnavailable: (503, lambda _: _("The database does not answer. Nothing was changed; try again.")),
    QueueUnavailable: (503, lambda _: _("The database does not answer. Nothing was changed; try again.")),
    RosterUnavailable: (503, lambda _: _("The database does not answer. Nothing was changed; try again.")),
    ConsoleUnavailable: (503, lambda _: _("The database does not answer. Nothing was changed; try again.")),
    ReportsUnavailable: (503, lambda _: _("The database does not answer. Nothing was changed; try again.")),
    ReviewsUnavailable: (503, lambda _: _("The database does not answer. Nothing was changed; try again.")),
    DatabaseUnavailable: (503, lambda _: _("The database does not answer. Nothing was changed; try again.")),
}
"""Looked up by the exception's kind, then by its parents."""

KNOWN: tuple[type[Exception], ...] = (*_TOLD, Held, Refused, HTTPException)


def refusal(visit: Visit, error: Exception) -> Response:
    """A note on the open page where a script asked, else a page of its own."""
    status, said = _status_and_words(visit, error)
    if status >= 500:
        _logging.warning("refused with %s: %s", status, error)
    if not visit.is_partial:
        return visit.page("error.html", status, status=status, said=said)
    response = note_of(visit, said, status, _reload(visit) if isinstance(error, TokenRefused) else None)
    if status == 409:
        response.headers["HX-Trigger"] = "comptoir:refresh"
    return response


def note_of(visit: Visit, said: str, status: int, link: Mapping[str, str] | None) -> Response:
    """On the open page, whatever part of it was asked for. With a link it stays until it is closed."""
    toast = {"said": said, "undo": None, "wrong": True, "link": link}
    response = visit.page("partials/toast.html", status, toast=toast)
    response.headers["HX-Retarget"] = "#toasts"
    response.headers["HX-Reswap"] = "beforeend"
    return response


def _reload(visit: Visit) -> Mapping[str, str]:
    """Somebody signed in again in another tab."""
    return {"to": ROOT + visit.back(), "text": visit.words("Load it again")}


def _status_and_words(visit: Visit, error: Exception) -> tuple[int, str]:
    match error:
        case Held():
            return 409, _held(visit, error)
        case Refused():
            return error.status, str(error)
        case HTTPException():
            return error.status_code, _http(visit.words, error.status_code)
        case _:
            status, words = next(_TOLD[kind] for kind in type(error).__mro__ if kind in _TOLD)
            return status, words(visit.words)


def _http(_: Words, status: int) -> str:
    """What the framework, or the door around us, refuses."""
    match status:
        case 404 | 405:
            return _("There is nothing at this address.")
        case 413:
            return _("That is too large.")
        case _:
            return _("That could not be read. Load the page again, then retry.")

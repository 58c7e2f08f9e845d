"""One's own account: how the console looks and sounds, the password, and where one is signed in."""

from __future__ import annotations

from dataclasses import replace

from pydantic import BaseModel, Field
from starlette.responses import Response

from connectors.console.accounts import Preferences, Theme
from connectors.console.enrolment import set_password
from connectors.console.passwords import SHORTEST, PasswordRefused
from connectors.console.refusals import Refused
from connectors.console.routing import Address, Anybody, Way, act, page
from connectors.console.visit import StaffVisit, Undo
from connectors.console.words import LANGUAGES, Words

HOLDS = (0, 5, 10, 20)


class Liked(BaseModel):
    language: str = ""
    theme: Theme = Theme.SYSTEM
    notifications: bool = False
    sound: bool = False
    hold_seconds: int = Field(5, ge=0, le=20)


class ThemeWanted(BaseModel):
    theme: Theme


class NewPassword(BaseModel):
    current: str = Field("", max_length=2000)
    password: str = Field(max_length=2000)
    sure: str = Field(max_length=2000)
    """The same again: nobody can look up what they mistyped."""


class SessionNamed(BaseModel):
    key: str


async def account_page(visit: StaffVisit) -> Response:
    sessions = await visit.parts.records.sessions.of(visit.account.name)
    over = visit.parts.expiry.is_over
    return visit.page(
        "account.html",
        sessions=[session for session in sessions if not over(session, visit.now)],
        current=visit.session.key,
        holds=HOLDS,
        themes=list(Theme),
        shortest=SHORTEST,
    )


async def save_preferences(visit: StaffVisit) -> Response:
    liked = await visit.form(Liked)
    language = liked.language if liked.language in LANGUAGES else None
    await _keep(
        visit, Preferences(language, liked.theme, liked.notifications, liked.sound, liked.hold_seconds)
    )
    words = Words(language) if language else visit.words
    undo = Undo("/account", _fields_of(visit.account.preferences))
    return visit.done(words("Saved."), undo=undo, to="/account", leave=True)


def _fields_of(liked: Preferences) -> dict[str, str]:
    ticked = {"notifications": liked.notifications, "sound": liked.sound}
    chosen = {"language": liked.language or "", "theme": liked.theme, "hold_seconds": str(liked.hold_seconds)}
    return chosen | {name: "true" for name, on in ticked.items() if on}


async def save_theme(visit: StaffVisit) -> Response:
    """The switch in the menu: the page has changed its look already."""
    wanted = await visit.form(ThemeWanted)
    before = visit.account.preferences.theme
    await _keep(visit, replace(visit.account.preferences, theme=wanted.theme))
    return visit.done(visit.words("Saved."), undo=Undo("/account/theme", {"theme": before.value}), leave=True)


async def save_password(visit: StaffVisit) -> Response:
    """The old one is asked for where there is one: an open tab is not enough to take an account over."""
    _ = visit.words
    sent = await visit.form(NewPassword)
    if sent.sure != sent.password:
        raise Refused(_("The two new passwords are not the same."))
    hashed = visit.account.password
    address = visit.browser.address
    if hashed is not None:
        if await visit.parts.lockout.minutes(visit.account.name, address):
            raise Refused(_("Too many attempts. Try again later."), 429)
        if not await visit.parts.passwords.fits(sent.current, hashed):
            await visit.parts.lockout.failed(visit.account.name, address)
            raise Refused(_("The current password is not right."))
    try:
        await set_password(
            visit.parts.records,
            visit.parts.passwords,
            visit.account.name,
            sent.password,
            visit.now,
            but=visit.session.key,
        )
    except PasswordRefused as refused:
        raise Refused(why_refused(_, refused)) from None
    return visit.done(
        _("Your password is changed, and you are signed out everywhere else."), to="/account", leave=True
    )


async def end_session(visit: StaffVisit) -> Response:
    named = await visit.form(SessionNamed)
    session = await visit.parts.records.sessions.get(named.key)
    if session is not None and session.account == visit.account.name:
        await visit.parts.records.sessions.end(named.key)
    return visit.done(visit.words("That browser is signed out."), to="/account", leave=True)


async def end_other_sessions(visit: StaffVisit) -> Response:
    await visit.parts.records.sessions.end_all(visit.account.name, but=visit.session.key)
    return visit.done(visit.words("You are signed out everywhere else."), to="/account", leave=True)


async def _keep(visit: StaffVisit, preferences: Preferences) -> None:
    await visit.parts.records.accounts.save(replace(visit.account, preferences=preferences))


def why_refused(_: Words, refused: PasswordRefused) -> str:
    match refused.code:
        case "too_short":
            return _(
                "A password has at least {shortest} characters. A few words in a row do well.",
                shortest=SHORTEST,
            )
        case "too_long":
            return _("That is too long for a password.")
        case "like_the_name":
            return _("Choose a password that is not made of your name.")
        case _:
            return _("That password is one of the first that somebody would guess. Choose another.")


ADDRESSES: tuple[Address, ...] = (
    page("/account", account_page, Anybody.SIGNED_IN),
    act("/account", save_preferences, Anybody.SIGNED_IN, Way.UNDO),
    act("/account/theme", save_theme, Anybody.SIGNED_IN, Way.UNDO),
    act("/account/password", save_password, Anybody.SIGNED_IN, Way.SURE),
    act("/account/sessions/end", end_session, Anybody.SIGNED_IN, Way.SURE),
    act("/account/sessions/end-others", end_other_sessions, Anybody.SIGNED_IN, Way.SURE),
)

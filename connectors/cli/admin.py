"""`comptoir admin`: who may sign in to the console. What it prints to sign in with is printed once."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.cli.session import Exit, Session, session_of

if TYPE_CHECKING:
    from connectors.records import Records
    from connectors.settings import Settings
    from escalation.roster import Role

PASSWORD = "COMPTOIR_ADMIN_PASSWORD"
"""Where `create` and `reset` find a password that is not to be typed."""

app = typer.Typer(help="Who may sign in to the console: the first admin, links, passwords.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the account; may be an e-mail address.")]
Link = Annotated[
    bool, typer.Option("--link", help="Print a one-time sign-in link instead of asking for a password.")
]
Hours = Annotated[int, typer.Option(min=1, max=24 * 30, metavar="N", help="So long the link works.")]


@app.command("create")
def create(
    context: typer.Context,
    name: Name,
    display: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="What customers and colleagues read; else made of NAME."),
    ] = None,
    role: Annotated[str, typer.Option(metavar="ROLE", help="agent, lead or admin.")] = "admin",
    email: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Where notices go.")] = None,
    link: Link = False,
    hours: Hours = 24,
) -> None:
    """Add somebody: their password is asked for, or is in $COMPTOIR_ADMIN_PASSWORD."""
    session = session_of(context)
    settings = session.settings()
    chosen = _role(role)
    password = None if link else _password(session, name)

    async def work(records: Records) -> str | None:
        from connectors.console.enrolment import NameTaken, enrol
        from escalation.roster import Agent, WrongAgent

        try:
            agent = Agent(
                name.strip().lower(), display or _title(name), chosen, email=email or _address(name)
            )
            await enrol(records.console, records.roster, agent, datetime.now(UTC))
        except (NameTaken, WrongAgent) as refused:
            raise _refused(session, str(refused)) from None
        return await _open(records, settings, agent.name, password, hours)

    _tell(session, session.run_on_records(settings, work), session.terminal.words.admin_created)


@app.command("reset")
def reset(context: typer.Context, name: Name, link: Link = False, hours: Hours = 24) -> None:
    """Give somebody a new password, or a link; they are signed out everywhere, and their account is open."""
    session = session_of(context)
    settings = session.settings()
    password = None if link else _password(session, name)

    async def work(records: Records) -> str | None:
        from dataclasses import replace

        from connectors.console.enrolment import shut_out

        agent = await records.roster.get(name)
        if agent is None or await records.console.accounts.get(name) is None:
            raise _nobody(session, name)
        await records.roster.save(replace(agent, active=True))
        await shut_out(records.console, name)
        return await _open(records, settings, name, password, hours)

    _tell(session, session.run_on_records(settings, work), session.terminal.words.admin_reset)


@app.command("link")
def sign_in_link(context: typer.Context, name: Name, hours: Hours = 24) -> None:
    """Print a link that signs somebody in once."""
    session = session_of(context)
    settings = session.settings()

    async def work(records: Records) -> str | None:
        agent = await records.roster.get(name)
        if agent is None or not agent.active or await records.console.accounts.get(name) is None:
            raise _nobody(session, name)
        return await _open(records, settings, name, None, hours)

    _tell(session, session.run_on_records(settings, work), "")


async def link_for(records: Records, settings: Settings, name: str, hours: int = 24) -> str:
    """The address of a new one-time link; for whoever starts the service, too."""
    from connectors.console.links import make_link, path_of

    secret = await make_link(records.console.links, name, datetime.now(UTC), timedelta(hours=hours))
    base = settings.public_address or f"http://localhost:{settings.port}"
    return base + path_of(secret)


async def _open(
    records: Records, settings: Settings, name: str, password: str | None, hours: int
) -> str | None:
    """A way in: the password, or a link, which is given back."""
    from connectors.console.enrolment import set_password
    from connectors.console.passwords import Passwords

    if password is None:
        return await link_for(records, settings, name, hours)
    await set_password(records.console, Passwords(), name, password, datetime.now(UTC))
    return None


def _password(session: Session, name: str) -> str | None:
    """None: nobody is there to type one, so it becomes a link. Checked before anything is written."""
    from connectors.console.passwords import PasswordRefused, check_password

    given = os.environ.get(PASSWORD)
    if given is None and not sys.stdin.isatty():
        return None
    password = given if given is not None else _typed(session)
    try:
        check_password(password, name)
    except PasswordRefused as refused:
        raise typer.BadParameter(_why(refused.code), param_hint="password") from None
    return password


def _typed(session: Session) -> str:
    words = session.terminal.words
    typed: str = typer.prompt(
        words.admin_password, hide_input=True, confirmation_prompt=words.admin_password_again, err=True
    )
    return typed


def _tell(session: Session, link: str | None, done: str) -> None:
    if done:
        session.terminal.note(done)
    if link is not None:
        session.terminal.note(session.terminal.words.admin_link)
        session.terminal.say(link)


def _role(role: str) -> Role:
    from escalation.roster import Role

    try:
        return Role(role)
    except ValueError:
        raise typer.BadParameter("agent, lead or admin", param_hint="--role") from None


def _nobody(session: Session, name: str) -> typer.Exit:
    return _refused(
        session, f"nobody has an account named {name!r}; add it with: comptoir admin create {name}"
    )


def _refused(session: Session, why: str) -> typer.Exit:
    session.terminal.fail(why)
    return typer.Exit(Exit.USAGE)


def _title(name: str) -> str:
    """ "zoe.le-goff@shop.example" → "Zoe Le Goff"."""
    return name.partition("@")[0].replace(".", " ").replace("_", " ").replace("-", " ").title()


def _address(name: str) -> str | None:
    return name if "@" in name else None


def _why(code: str) -> str:
    from connectors.console.passwords import SHORTEST

    return {
        "too_short": f"a password has at least {SHORTEST} characters; a few words in a row do well",
        "too_long": "that is too long for a password",
        "like_the_name": "choose a password that is not made of the name",
    }.get(code, "that password is one of the first that somebody would guess; choose another")

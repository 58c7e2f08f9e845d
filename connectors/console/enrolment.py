"""A colleague is in the roster and has an account: both, always."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from connectors.console.accounts import Account
from connectors.console.passwords import Passwords, check_password
from connectors.console.records import ConsoleRecords
from escalation.roster import Agent, Roster, UnknownAgent


class NameTaken(Exception):
    """Somebody has an account of this name."""


async def enrol(records: ConsoleRecords, roster: Roster, agent: Agent, now: datetime) -> Account:
    """Without a password yet: set one, or send a one-time link. Raises NameTaken.

    The roster's row may be there without an account: then it is replaced, and nothing was lost."""
    if await records.accounts.get(agent.name) is not None:
        raise NameTaken(f"there is an account {agent.name!r} already")
    await roster.save(agent)
    account = Account(agent.name, now)
    await records.accounts.save(account)
    return account


async def set_password(
    records: ConsoleRecords,
    passwords: Passwords,
    name: str,
    password: str,
    now: datetime,
    but: str | None = None,
) -> None:
    """Ends the account's sessions (except for `but`) and its links. Raises PasswordRefused, UnknownAgent."""
    account = await records.accounts.get(name)
    if account is None:
        raise UnknownAgent(f"nobody has an account named {name!r}")
    check_password(password, name)
    hashed = await passwords.hash(password)
    await records.accounts.save(replace(account, password=hashed, password_set_at=now))
    await shut_out(records, name, but)


async def shut_out(records: ConsoleRecords, name: str, but: str | None = None) -> None:
    """Every browser must sign in again."""
    await records.sessions.end_all(name, but)
    await records.links.revoke(name)

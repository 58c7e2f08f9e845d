"""Signing in: by name and password, or by a one-time link. It ends in a new session, or in a refusal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from connectors.console.accounts import Account
from connectors.console.lockout import Lockout
from connectors.console.passwords import Passwords
from connectors.console.records import ConsoleRecords
from connectors.console.sessions import Expiry, Session, key_of, new_id
from escalation.roster import Roster


class SignInRefused(Exception):
    """Nobody learns which part was wrong."""


class LockedOut(SignInRefused):
    def __init__(self, minutes: int) -> None:
        super().__init__(f"locked out for {minutes} minutes")
        self.minutes = minutes


class LinkSpent(SignInRefused):
    """It was used before, has expired, or never was one."""


@dataclass(frozen=True, slots=True)
class Browser:
    """Where somebody signs in from."""

    agent: str
    address: str


class SignIn:
    def __init__(
        self,
        records: ConsoleRecords,
        roster: Roster,
        passwords: Passwords,
        lockout: Lockout,
        expiry: Expiry,
    ) -> None:
        self._records = records
        self._roster = roster
        self._passwords = passwords
        self._lockout = lockout
        self._expiry = expiry

    async def by_password(self, name: str, password: str, browser: Browser, now: datetime) -> str:
        """The id of a new session. Raises SignInRefused, LockedOut."""
        name = name.strip().lower()
        if minutes := await self._lockout.minutes(name, browser.address):
            raise LockedOut(minutes)
        account = await self._open_account(name)
        if not await self._passwords.fits(password, account.password if account else None):
            await self._lockout.failed(name, browser.address)
            raise SignInRefused("name or password is wrong")
        assert account is not None
        assert account.password is not None
        await self._lockout.succeeded(name, browser.address)
        if self._passwords.is_outdated(account.password):
            account = replace(account, password=await self._passwords.hash(password))
        return await self._begin(account, browser, now)

    async def by_link(self, secret: str, browser: Browser, now: datetime) -> str:
        """The id of a new session. Raises LinkSpent, LockedOut."""
        if minutes := await self._lockout.minutes("", browser.address):
            raise LockedOut(minutes)
        link = await self._records.links.take(key_of(secret))
        account = await self._open_account(link.account) if link and now < link.expires_at else None
        if account is None:
            await self._lockout.failed("", browser.address)
            raise LinkSpent("this link does not open anything any more")
        return await self._begin(account, browser, now)

    async def link_of(self, secret: str, now: datetime) -> str | None:
        """Whose link it is, if it still opens something."""
        link = await self._records.links.get(key_of(secret))
        return link.account if link and now < link.expires_at else None

    async def _open_account(self, name: str) -> Account | None:
        """None also for somebody who has left."""
        agent = await self._roster.get(name)
        return await self._records.accounts.get(name) if agent is not None and agent.active else None

    async def _begin(self, account: Account, browser: Browser, now: datetime) -> str:
        sessions = self._records.sessions
        await sessions.forget(now - self._expiry.idle, now - self._expiry.absolute)
        await self._records.accounts.save(replace(account, signed_in_at=now))
        session_id = new_id()
        session = Session(key_of(session_id), account.name, now, now, browser.agent[:200], browser.address)
        await sessions.start(session)
        return session_id

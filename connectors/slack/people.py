"""Who somebody is in Slack: a colleague with an account, a member, an outsider. And who reads a channel."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from connectors.settings import SlackSettings
from connectors.slack.web import SlackSays, Web
from escalation.roster import Agent, Roster

REMEMBERED = 600.0
"""Seconds that what Slack says of a person or channel is believed."""
READERS = 5000
"""Of a larger channel we do not look at each member: only public articles are quoted there."""
PAGE = 1000
ONE_BY_ONE = 10
"""So many people are asked for one by one; of more, Slack's list of everybody is read first."""
LONGEST_LIST = 20
"""Pages."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    email: str | None
    language: str
    """Of their Slack: "fr", or "en" for everybody else."""
    member: bool
    """Of our own workspace, and no guest: they may see internal articles."""
    team: str


class People:
    def __init__(self, web: Web, roster: Roster, settings: SlackSettings) -> None:
        self._web = web
        self._roster = roster
        self._settings = settings
        self._persons: _Remembered[Person] = _Remembered()
        self._insiders: _Remembered[bool] = _Remembered()

    async def person(self, user: str) -> Person:
        """Raises Later, Refused. Whom Slack does not know is an outsider."""
        found = self._persons.get(user)
        if found is None:
            found = await self._person(user)
            self._persons.put(user, found)
        return found

    async def agent(self, user: str) -> Agent | None:
        """Their account: by the settings, by their handle, else by a member's e-mail address, which Slack has
        checked."""
        if named := self._settings.people.get(user):
            return _active(await self._roster.get(named))
        if found := await self._roster.by_handle("slack", user):
            return found
        person = await self.person(user)
        if not person.member or not person.email:
            return None
        address = person.email.lower()
        everyone = await self._roster.everyone()
        return next((a for a in everyone if a.active and (a.email or "").lower() == address), None)

    async def user(self, agent: Agent) -> str | None:
        """Who they are in Slack, by what says there who has an account. Raises Later, Refused."""
        named = next((user for user, name in self._settings.people.items() if name == agent.name), None)
        if found := named or agent.handles.get("slack"):
            return found
        if not agent.email:
            return None
        try:
            told = await self._web.call("users.lookupByEmail", email=agent.email)
        except SlackSays:
            return None
        person = await self._told(told["user"])
        return person.id if person.member else None

    async def only_members_read(self, channel: str) -> bool:
        """Whether internal articles may be quoted there for all to see."""
        if channel.startswith("D"):
            return True
        if channel in self._settings.public_channels:
            return False
        found = self._insiders.get(channel)
        if found is None:
            found = await self._only_members(channel)
            self._insiders.put(channel, found)
        return found

    async def _only_members(self, channel: str) -> bool:
        try:
            about = (await self._web.call("conversations.info", channel=channel)).get("channel", {})
            if any(about.get(sign) for sign in ("is_ext_shared", "is_pending_ext_shared", "is_shared")):
                return False
            readers = await self._readers(channel)
        except SlackSays:
            return False
        if readers is None:
            return False
        if len(self._strangers(readers)) > ONE_BY_ONE:
            await self._learn_everybody()
        if len(self._strangers(readers)) > ONE_BY_ONE:
            return False
        for user in readers:
            if not (await self.person(user)).member:
                return False
        return True

    async def _readers(self, channel: str) -> list[str] | None:
        """All but ourselves; None when there are too many."""
        readers: list[str] = []
        cursor: str | None = None
        while len(readers) <= READERS:
            page = await self._web.call("conversations.members", channel=channel, limit=PAGE, cursor=cursor)
            readers += page.get("members", ())
            cursor = page.get("response_metadata", {}).get("next_cursor") or None
            if cursor is None:
                ours = (await self._web.identity()).get("user_id")
                return [user for user in readers if user != ours]
        return None

    def _strangers(self, users: list[str]) -> list[str]:
        return [user for user in users if self._persons.get(user) is None]

    async def _learn_everybody(self) -> None:
        cursor: str | None = None
        for _ in range(LONGEST_LIST):
            page = await self._web.call("users.list", limit=PAGE, include_locale=True, cursor=cursor)
            for told in page.get("members", ()):
                self._persons.put(told["id"], await self._told(told))
            cursor = page.get("response_metadata", {}).get("next_cursor") or None
            if cursor is None:
                return

    async def _person(self, user: str) -> Person:
        try:
            told = (await self._web.call("users.info", user=user, include_locale=True)).get("user", {})
        except SlackSays:
            return Person(user, "", None, "en", False, "")
        return await self._told(told)

    async def _told(self, told: dict[str, Any]) -> Person:
        us = await self._web.identity()
        profile = told.get("profile", {})
        return Person(
            str(told["id"]),
            profile.get("display_name") or told.get("real_name") or told.get("name") or "",
            profile.get("email") if told.get("is_email_confirmed", True) else None,
            "fr" if str(told.get("locale", "")).startswith("fr") else "en",
            _is_member(told, us.get("team_id"), us.get("enterprise_id")),
            str(told.get("team_id", "")),
        )


_OUTSIDE = ("is_restricted", "is_ultra_restricted", "is_stranger", "is_bot", "deleted")


def _is_member(told: dict[str, Any], team: Any, enterprise: Any) -> bool:
    if any(told.get(sign) for sign in _OUTSIDE):
        return False
    theirs = told.get("enterprise_user", {}).get("enterprise_id")
    return bool(team) and (told.get("team_id") == team or (bool(enterprise) and theirs == enterprise))


def _active(agent: Agent | None) -> Agent | None:
    return agent if agent is not None and agent.active else None


class _Remembered(Generic[Value]):
    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._values: dict[str, tuple[float, Value]] = {}

    def get(self, key: str) -> Value | None:
        at, value = self._values.get(key, (0.0, None))
        return value if value is not None and self._now() - at < REMEMBERED else None

    def put(self, key: str, value: Value) -> None:
        if len(self._values) > 50_000:
            self._values.clear()
        self._values[key] = (self._now(), value)

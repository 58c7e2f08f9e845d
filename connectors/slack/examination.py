"""Whether Slack lets us do all that we do there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from connectors.delivery import Later, Refused
from connectors.settings import Settings
from connectors.slack.web import Web

SCOPES = frozenset(
    {
        *("app_mentions:read", "assistant:write", "channels:history", "channels:read", "chat:write"),
        *("commands", "groups:history", "groups:read", "im:history", "im:write"),
        *("mpim:history", "mpim:read", "users:read", "users:read.email"),
    }
)
"""The manifest asks for these."""


@dataclass(frozen=True, slots=True)
class Problem:
    found: str
    advice: str
    grave: bool = True


async def problems_of(settings: Settings) -> tuple[str, list[Problem]]:
    """What was found, and what is not well."""
    assert settings.slack_bot_token is not None
    async with _closing(Web(settings.slack_bot_token.get_secret_value(), settings.slack.api)) as web:
        try:
            us = await web.call("auth.test")
        except (Later, Refused) as error:
            advice = "look at COMPTOIR_SLACK_BOT_TOKEN: the app's page, OAuth & Permissions (docs/slack.md)"
            return "", [Problem(str(error), advice)]
        problems = [*_scopes(us), *[one async for one in _app_token(settings)]]
        problems += [one async for one in _channels(settings, web)]
    return f"{us.get('team')}, as {us.get('user')}, {settings.slack.mode}", problems


def _scopes(us: Mapping[str, Any]) -> list[Problem]:
    told = {name.lower(): value for name, value in us["_headers"].items()}.get("x-oauth-scopes", "")
    missing = sorted(SCOPES - {scope.strip() for scope in told.split(",")})
    if not missing:
        return []
    advice = "add them under OAuth & Permissions, then install the app again (connectors/slack/manifest.yaml)"
    return [Problem(f"missing scopes: {', '.join(missing)}", advice)]


async def _app_token(settings: Settings) -> AsyncIterator[Problem]:
    if settings.slack.mode != "socket" or settings.slack_app_token is None:
        return
    async with _closing(Web(settings.slack_app_token.get_secret_value(), settings.slack.api)) as web:
        try:
            await web.call("apps.connections.open")
        except (Later, Refused) as error:
            advice = "look at COMPTOIR_SLACK_APP_TOKEN: an app-level token with the scope connections:write"
            yield Problem(str(error), advice)


async def _channels(settings: Settings, web: Web) -> AsyncIterator[Problem]:
    slack = settings.slack
    desks = {slack.channel, *slack.team_channels.values()} - {""}
    named = desks | {slack.digest_channel, *slack.answers, *slack.public_channels} - {""}
    for channel in sorted(named):
        try:
            about = (await web.call("conversations.info", channel=channel))["channel"]
        except (Later, Refused) as error:
            yield Problem(f"{channel}: {error}", "correct the id; invite the app to a private channel")
            continue
        if not about.get("is_member"):
            yield Problem(f"#{about.get('name')}: the app is not in it", "write there: /invite @Comptoir")
        if channel in desks and about.get("is_ext_shared"):
            advice = "customers' questions are shown there: take another channel"
            yield Problem(f"#{about.get('name')} is shared with another company", advice, grave=False)


@asynccontextmanager
async def _closing(web: Web) -> AsyncIterator[Web]:
    try:
        yield web
    finally:
        await web.close()

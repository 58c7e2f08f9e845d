"""Slack's Web API, and what its refusals mean for us. One of the two who know slack_sdk.

Errors: https://docs.slack.dev/apis/web-api/#responses; 429: https://docs.slack.dev/apis/web-api/rate-limits.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from connectors.delivery import Later, Refused

SECONDS = 10
"""That one call may take."""
PASSING = frozenset(
    {
        *("internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"),
        *("ratelimited", "rate_limited", "accesslimited", "ekm_access_denied", "org_login_required"),
        # What an engineer puts right, while messages wait:
        *("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"),
        *("missing_scope", "not_in_channel", "channel_not_found"),
    }
)
"""Errors after which the same call may succeed later."""


class SlackSays(Refused):
    """Slack will never take this. `error` is its own word for why."""

    def __init__(self, method: str, error: str, more: str = "") -> None:
        super().__init__(f"{method}: {error}{more}")
        self.error = error


class Unsure(Later):
    """No answer came: it may have been done all the same."""


class Web:
    """`call` is the whole of it; who calls takes what the method's page says is there."""

    def __init__(self, token: str, api: str) -> None:
        self._api = api if api.endswith("/") else api + "/"
        self.client = AsyncWebClient(
            token=token, base_url=self._api, timeout=SECONDS, retry_handlers=[], logger=_quiet
        )
        self._identity: Mapping[str, Any] | None = None
        self._rests: dict[str, float] = {}
        """Until when, by `time.monotonic`, Slack wants no more of a method's calls."""

    async def call(self, method: str, **fields: Any) -> dict[str, Any]:
        """Raises Later, Unsure, SlackSays. Fields that are None are left out."""
        given = {name: value for name, value in fields.items() if value is not None}
        limited = _limited_by(method, given)
        self._require_rested(limited)
        if self.client.session is None:  # one for all calls: connections are kept
            self.client.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS))
        try:
            async with asyncio.timeout(SECONDS + 2):
                if method in _AS_QUERY:
                    response = await self.client.api_call(method, params=_flat(given))
                else:
                    response = await self.client.api_call(method, json=given)
        except SlackApiError as refused:
            meaning = _meaning(method, refused)
            if isinstance(meaning, Later) and meaning.after is not None:
                self._rests[limited] = time.monotonic() + meaning.after.total_seconds()
            raise meaning from refused
        except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError, ValueError) as error:
            raise Unsure(f"{method}: Slack does not answer: {type(error).__name__}") from error
        data = response.data
        assert isinstance(data, dict)
        return data | {"_headers": dict(response.headers)}

    def _require_rested(self, limited: str) -> None:
        """Who was asked to wait asks for nothing more meanwhile, whatever it is for. Raises Later."""
        left = self._rests.get(limited, 0.0) - time.monotonic()
        if left > 0:
            raise Later(f"{limited}: too often", timedelta(seconds=left))
        self._rests.pop(limited, None)

    async def close(self) -> None:
        if self.client.session is not None:
            await self.client.session.close()
            self.client.session = None

    async def identity(self) -> Mapping[str, Any]:
        """Who we are: team_id, enterprise_id, user_id, bot_id. Asked once."""
        if self._identity is None:
            self._identity = await self.call("auth.test")
        return self._identity

    async def respond(self, address: str, message: Mapping[str, Any]) -> bool:
        """To a response_url; False when it works no more. Raises Later, Refused."""
        if not self.is_slacks(address):
            raise Refused("this response_url is not Slack's")
        try:
            timeout = aiohttp.ClientTimeout(total=SECONDS)
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(address, json=dict(message)) as response,
            ):
                if response.status == 429:
                    raise Later("response_url: too often", _after(response.headers))
                if response.status >= 500:
                    raise Unsure(f"response_url: Slack answers {response.status}")
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unsure(f"response_url: Slack does not answer: {type(error).__name__}") from error

    def is_slacks(self, address: str) -> bool:
        """Nobody makes us call an address of theirs."""
        asked, api = urlsplit(address), urlsplit(self._api)
        if asked.hostname == api.hostname and asked.port == api.port:
            return True
        home = "slack-gov.com" if (api.hostname or "").endswith("slack-gov.com") else "slack.com"
        return asked.scheme == "https" and (asked.hostname or "").endswith(f".{home}")


_AS_QUERY = frozenset(
    {"users.info", "users.list", "users.lookupByEmail"}
    | {f"conversations.{what}" for what in ("info", "members", "replies", "history")}
)
"""Methods that do not read JSON."""
_quiet = logging.getLogger(f"{__name__}.sdk")
_quiet.setLevel(logging.CRITICAL)  # it logs bodies, which hold customers' words


def _limited_by(method: str, given: Mapping[str, Any]) -> str:
    """What a limit counts: a method's calls by its tier, messages by their channel
    (https://docs.slack.dev/apis/web-api/rate-limits)."""
    return f"{method} {given.get('channel', '')}" if method == "chat.postMessage" else method


def _flat(fields: Mapping[str, Any]) -> dict[str, str]:
    return {n: v if isinstance(v, str) else json.dumps(v) for n, v in fields.items()}


def _meaning(method: str, refused: SlackApiError) -> Exception:
    response = refused.response
    status, headers = getattr(response, "status_code", 200), getattr(response, "headers", {})
    data = getattr(response, "data", None)
    error = str(data.get("error", "")) if isinstance(data, dict) else ""
    if status == 429 or error in ("ratelimited", "rate_limited"):
        return Later(f"{method}: too often", _after(headers))
    if status >= 500:
        return Unsure(f"{method}: Slack answers {status}")
    if error in PASSING or not error:
        return Later(f"{method}: {error or 'an answer that is none'}")
    messages = data.get("response_metadata", {}).get("messages") if isinstance(data, dict) else None
    return SlackSays(method, error, f" {messages}" if messages else "")


def _after(headers: Mapping[str, Any]) -> timedelta:
    """What Retry-After says, in seconds."""
    said = next((value for name, value in headers.items() if name.lower() == "retry-after"), "30")
    try:
        return timedelta(seconds=min(max(float(said), 1.0), 3600.0))
    except ValueError:
        return timedelta(seconds=30)

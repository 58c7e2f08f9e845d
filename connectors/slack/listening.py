"""What Slack sends: checked, kept on disk, and only then acknowledged. Work on it begins afterwards.

Slack wants its acknowledgement within 3 seconds (https://docs.slack.dev/apis/events-api/#responding) and
sends again what it misses, under the same `event_id`: that is written once. The owner of slack_bolt.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from connectors.outbox.jobs import OutboxUnavailable

log_lines = logging.getLogger(__name__)
Keep = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Puts what was sent on disk, once. Raises OutboxUnavailable."""

AGAIN = 10.0
"""Seconds until it is connected anew."""


class Listening:
    """Bolt checks signatures and speaks Socket Mode; everything that it lets pass is kept, whatever it is."""

    def __init__(self, client: AsyncWebClient, signing_secret: str, keep: Keep) -> None:
        self._client = client
        self.app = AsyncApp(
            name="comptoir",
            logger=_bolt,
            client=client,
            signing_secret=signing_secret,
            before_authorize=self._take_in,
            authorize=_authorized,
            process_before_response=True,
        )
        self._keep = keep

    async def receive(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str, dict[str, str]]:
        """An HTTP request of Slack's: status, body and headers of the answer. A wrong signature is 401."""
        request = AsyncBoltRequest(body=body.decode("utf-8", "replace"), headers=dict(headers))
        response = await self.app.async_dispatch(request)
        return response.status, response.body, dict(response.first_headers_without_set_cookie())

    async def connected(self, app_token: str) -> None:
        """Socket Mode, for ever; cancel it to stop. What Slack has meanwhile it keeps for the connection."""
        handler = AsyncSocketModeHandler(self.app, app_token, logger=_bolt, ping_interval=5)
        try:
            while True:
                try:
                    await handler.connect_async()  # type: ignore[no-untyped-call]  # tries until it succeeds
                    await asyncio.Event().wait()
                except Exception:
                    log_lines.exception("the connection to Slack stumbled")
                    await asyncio.sleep(AGAIN)
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]

    async def _take_in(self, req: AsyncBoltRequest, next: Callable[[], Awaitable[None]]) -> BoltResponse:
        if req.body.get("type") == "url_verification":
            await next()
            return BoltResponse(status=200)
        try:
            await self._keep(req.body)
        except OutboxUnavailable as error:
            log_lines.warning("Slack is asked to send it again: %s", error)
            return BoltResponse(status=503, body="")
        return BoltResponse(status=200, body="")


def _in_a_line(record: logging.LogRecord) -> bool:
    """While Slack is away it complains every few seconds: without the traceback."""
    record.exc_info = None
    return True


_bolt = logging.getLogger(f"{__name__}.bolt")
_bolt.setLevel(logging.ERROR)  # below that it logs bodies, which hold people's words
_bolt.addFilter(_in_a_line)


async def _authorized() -> AuthorizeResult:
    """Never asked: `_take_in` answers before."""
    return AuthorizeResult(enterprise_id=None, team_id=None, bot_token="")

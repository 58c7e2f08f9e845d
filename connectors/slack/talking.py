"""What one person in Slack is told or asked, and nobody else sees."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from connectors.delivery import Later, Refused
from connectors.slack.blocks import Block
from connectors.slack.envelope import Where
from connectors.slack.web import SlackSays, Web

log_lines = logging.getLogger(__name__)


class Talking:
    def __init__(self, web: Web) -> None:
        self._web = web

    async def tell(self, where: Where, text: str, blocks: Sequence[Block] = ()) -> None:
        """In passing: what was done stands, even if they cannot be told."""
        try:
            await self._tell(where, text, blocks)
        except (Later, Refused) as error:
            log_lines.info("somebody in Slack could not be told: %s", error)

    async def form(self, trigger: str, view: Block) -> bool:
        """Opened within 3 seconds of the click, or not at all: False."""
        try:
            await self._web.call("views.open", trigger_id=trigger, view=view)
        except SlackSays as refused:
            if refused.error not in ("expired_trigger_id", "trigger_expired", "exchanged_trigger_id"):
                raise
            return False
        return True

    async def _tell(self, where: Where, text: str, blocks: Sequence[Block]) -> None:
        message: Block = {"text": text} | ({"blocks": list(blocks)} if blocks else {})
        if where.respond_at:
            ephemeral = {"response_type": "ephemeral", "replace_original": False}
            if await self._web.respond(where.respond_at, ephemeral | message):
                return
        if where.channel and not where.home and not where.channel.startswith("D"):
            to = {"channel": where.channel, "user": where.user, "thread_ts": where.thread}
            await self._web.call("chat.postEphemeral", **to, **message)
        else:
            await self._web.call("chat.postMessage", channel=where.user, **message)

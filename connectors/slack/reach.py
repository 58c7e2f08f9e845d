"""How far the bot looks for who asks in Slack: colleagues see internal articles, all others public ones."""

from __future__ import annotations

from dataclasses import replace

from bot.asked import Asked, Responder, Response, Shown, to_nobody
from connectors.slack.records import SlackRecords
from knowledge.entries import Audience


class WithinReach:
    """A responder before another one."""

    def __init__(self, responder: Responder, records: SlackRecords) -> None:
        self._responder = responder
        self._records = records

    async def respond(self, asked: Asked, shown: Shown = to_nobody) -> Response:
        ask = await self._records.ask(asked.conversation_id)
        if ask is not None and ask.internal:
            asked = replace(asked, audiences=frozenset(Audience))
        return await self._responder.respond(asked, shown)

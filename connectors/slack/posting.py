"""Messages that reach Slack once, whatever breaks in between.

Slack takes no key that makes a repetition harmless. So we write down that we begin, give the message our id
in its metadata, and write down where it went. Who finds that it was begun and not where it went looks in
Slack first (https://docs.slack.dev/messaging/message-metadata).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.delivery import Later, Refused
from connectors.slack.blocks import Block
from connectors.slack.records import Post, SlackRecords
from connectors.slack.web import SlackSays, Unsure, Web

EVENT = "comptoir_message"
SKEW = timedelta(minutes=5)
"""That Slack's clock and ours may differ."""
PAGES = 10
"""Of a channel or thread that are looked through."""


class Posting:
    def __init__(self, web: Web, records: SlackRecords, clock: Callable[[], datetime]) -> None:
        self._web = web
        self._records = records
        self._clock = clock

    async def post(
        self,
        id: str,
        conversation_id: str,
        channel: str,
        thread: str | None,
        text: str,
        blocks: Sequence[Block],
        *,
        broadcast: bool = False,
    ) -> str:
        """Its ts. Harmless when repeated with the same id. `channel` may be a person. Raises Later,
        Refused."""
        now = self._clock()
        if channel.startswith(("U", "W")):
            opened = await self._web.call("conversations.open", users=channel)
            channel = str(opened["channel"]["id"])
        before = await self._records.begin(Post(id, conversation_id, channel, thread, None, now))
        if before is not None and (ts := before.ts or await self._found(before)):
            await self._records.posted(id, ts)
            return ts
        try:
            response = await self._web.call(
                "chat.postMessage",
                channel=channel,
                thread_ts=thread,
                text=text,
                blocks=list(blocks),
                metadata=metadata(id),
                reply_broadcast=True if broadcast else None,
                unfurl_links=False,
                unfurl_media=False,
            )
        except Unsure:
            raise
        except (Later, Refused):
            await self._records.forget(id)
            raise
        ts = str(response["ts"])
        await self._records.posted(id, ts)
        return ts

    async def update(self, post: Post, text: str, blocks: Sequence[Block]) -> None:
        """Harmless when repeated. A message that somebody deleted stays deleted."""
        assert post.ts is not None
        try:
            await self._web.call(
                "chat.update",
                channel=post.channel,
                ts=post.ts,
                text=text,
                blocks=list(blocks),
                metadata=metadata(post.id),
            )
        except SlackSays as refused:
            if refused.error not in ("message_not_found", "edit_window_closed"):
                raise

    async def _found(self, post: Post) -> str | None:
        method = "conversations.replies" if post.thread else "conversations.history"
        cursor: str | None = None
        for _ in range(PAGES):
            page = await self._web.call(
                method,
                channel=post.channel,
                ts=post.thread,
                oldest=str((post.began_at - SKEW).timestamp()),
                include_all_metadata=True,
                limit=200,
                cursor=cursor,
            )
            for message in page.get("messages", ()):
                if _id_of(message) == post.id:
                    return str(message["ts"])
            cursor = page.get("response_metadata", {}).get("next_cursor") or None
            if cursor is None:
                return None
        return None


def metadata(id: str) -> dict[str, Any]:
    return {"event_type": EVENT, "event_payload": {"id": id}}


def _id_of(message: dict[str, Any]) -> str | None:
    about = message.get("metadata") or {}
    found = about.get("event_payload", {}).get("id") if about.get("event_type") == EVENT else None
    return str(found) if found else None

"""Answers in the assistant pane, word by word: what is verified of a draft, as it grows, then the answer.

Only the log's answer counts: a draft that it continues is continued, any other one is replaced, and one that
came to nothing is taken away. Whoever delivers the answer may be another process than the one that drafts.

https://docs.slack.dev/reference/methods/chat.startStream (tier 2), chat.appendStream (tier 4: a few hundred
a minute for the whole workspace). Slack ends a stream in which nothing was appended for a while by itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.asked import Draft
from bot.events import LoggedEvent, OutcomeGiven, TurnDropped
from bot.log import ConversationLog, LogUnavailable
from connectors.delivery import Later, Refused
from connectors.outbox.jobs import OutboxUnavailable
from connectors.slack.answers import linked
from connectors.slack.blocks import Block, markdown
from connectors.slack.posting import Posting, metadata
from connectors.slack.records import Ask, Post, SlackRecords
from connectors.slack.web import SlackSays, Unsure, Web
from connectors.stream import Hub, Item, Stopping, Stream

SOON = 5.0
"""Seconds that a draft has to come to its end once the answer is there."""
GAP = 1.0
"""Seconds between two additions to a draft."""
PATIENCE = 300.0
"""Seconds without a word after which nobody drafts any more."""
REMEMBERED = 200
PIECE = 400
ENDED = "message_not_in_streaming_state"
log_lines = logging.getLogger(__name__)


@dataclass(slots=True)
class _Live:
    """A message that is being streamed. `text` is what stands in it; None where that is not known."""

    post: Post
    text: str | None = ""


@dataclass(slots=True)
class _Following:
    """Of what is drafted for the message at `position`."""

    ask: Ask
    position: int
    over: asyncio.Event = field(default_factory=asyncio.Event)
    live: _Live | None = None
    task: asyncio.Task[None] | None = None


class Streaming:
    def __init__(
        self,
        hub: Hub,
        log: ConversationLog,
        web: Web,
        records: SlackRecords,
        posting: Posting,
        clock: Callable[[], datetime],
    ) -> None:
        self._hub = hub
        self._log = log
        self._web = web
        self._records = records
        self._posting = posting
        self._clock = clock
        self._following: dict[str, _Following] = {}

    # While it is composed

    async def follow(self, ask: Ask) -> None:
        """Show what is drafted for what waits there, from now on. It never stands in the way."""
        try:
            waiting = (await self._log.state(ask.conversation_id)).unanswered_positions
            if not waiting or self._follows(ask, position := waiting[0]):
                return
            stream = await self._hub.open(ask.conversation_id)
        except (LogUnavailable, Stopping):
            return
        self._forget_some()
        following = self._following[ask.conversation_id] = _Following(ask, position)
        following.task = asyncio.create_task(self._follow(following, stream))

    def _follows(self, ask: Ask, position: int) -> bool:
        """Already. Whoever waits for another message waits in vain."""
        before = self._following.get(ask.conversation_id)
        if before is None or before.task is None or before.task.done():
            return False
        if before.position != position:
            before.task.cancel()
        return before.position == position

    async def close(self) -> None:
        """What was begun stays: the answer finds it in the records."""
        tasks = [one.task for one in self._following.values() if one.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self, following: _Following, stream: Stream) -> None:
        try:
            while not following.over.is_set():
                items = await stream.take(PATIENCE)
                if stream.ended or any(_is_answered(item, following.position) for item in items):
                    return
                if not items or any(_is_dropped(item) for item in items):
                    await self._take_away(following)
                    return
                drafts = [item for item in items if isinstance(item, Draft)]
                if drafts:
                    await self._show(following, drafts[-1])
        except (Later, Refused, OutboxUnavailable) as error:
            log_lines.info("a draft is not shown: %s", error)
        finally:
            self._hub.close(stream)

    async def _show(self, following: _Following, draft: Draft) -> None:
        text = str(markdown(linked(draft.text, draft.citations))["text"])
        if following.live is None:
            following.live = await self._begin(following.ask, following.position)
        live = following.live
        if live is None or live.text is None or not text.startswith(live.text):
            return
        try:
            await self._append(live, text[len(live.text) :])
            pause = GAP
        except Later as later:
            if later.after is None:
                raise
            pause = later.after.total_seconds()
        await _unless(following.over, pause)

    async def _take_away(self, following: _Following) -> None:
        if following.live is None:
            return
        where = {"channel": following.live.post.channel, "ts": following.live.post.ts}
        self._following.pop(following.ask.conversation_id, None)
        await self._stop(following.live)
        await self._web.call("chat.delete", **where)
        await self._records.forget(following.live.post.id)

    # When it is in the log

    async def say(self, ask: Ask, given: OutcomeGiven, text: str, blocks: Sequence[Block]) -> None:
        """Harmless when repeated. Raises Later, Refused."""
        position = min(given.answers)
        live = await self._drafted(ask, given) or await self._begin(ask, position)
        if live is None:  # it may stand there, and nothing tells where
            id, about = _id(ask, position), ask.conversation_id
            await self._posting.post(id, about, ask.channel, ask.thread, text, blocks)
            return
        await self._finish(live, text, blocks)
        self._following.pop(ask.conversation_id, None)

    async def _drafted(self, ask: Ask, given: OutcomeGiven) -> _Live | None:
        following = self._following.get(ask.conversation_id)
        if following is not None and following.position in given.answers and following.task is not None:
            following.over.set()
            await asyncio.wait([following.task], timeout=SOON)
            following.task.cancel()
            await asyncio.wait([following.task])
            if following.live is not None:
                return following.live
        for position in given.answers:
            post = await self._records.post(_id(ask, position))
            if post is not None and post.ts is not None:
                return _Live(post, None)
        return None

    async def _finish(self, live: _Live, text: str, blocks: Sequence[Block]) -> None:
        first, *rest = blocks
        whole = str(first.get("text", text))
        try:
            if live.text is not None and whole.startswith(live.text):
                await self._append(live, whole[len(live.text) :])
                await self._stop(live, rest)
                return
        except SlackSays as refused:
            if refused.error != ENDED:
                raise
        await self._stop(live)
        await self._posting.update(live.post, text, blocks)

    async def _begin(self, ask: Ask, position: int) -> _Live | None:
        """None where it was begun before, and nobody knows what came of it."""
        post = Post(_id(ask, position), ask.conversation_id, ask.channel, ask.thread, None, self._clock())
        if await self._records.begin(post) is not None:
            return None
        try:
            started = await self._web.call(
                "chat.startStream",
                channel=ask.channel,
                thread_ts=ask.thread,
                recipient_team_id=ask.team,
                recipient_user_id=ask.user,
            )
        except Unsure:
            raise
        except (Later, Refused):
            await self._records.forget(post.id)
            raise
        ts = str(started["ts"])
        await self._records.posted(post.id, ts)
        return _Live(replace(post, ts=ts))

    async def _append(self, live: _Live, text: str) -> None:
        for piece in _pieces(text) if text else ():
            before, live.text = live.text or "", None
            where = {"channel": live.post.channel, "ts": live.post.ts}
            try:
                await self._web.call("chat.appendStream", **where, markdown_text=piece)
            except Unsure:
                raise
            except (Later, Refused):
                live.text = before
                raise
            live.text = before + piece

    async def _stop(self, live: _Live, blocks: Sequence[Block] = ()) -> None:
        where = {"channel": live.post.channel, "ts": live.post.ts}
        try:
            await self._web.call(
                "chat.stopStream", **where, blocks=list(blocks) or None, metadata=metadata(live.post.id)
            )
        except SlackSays as refused:
            if refused.error != ENDED or blocks:
                raise

    def _forget_some(self) -> None:
        """What was never called for: another process has said it."""
        if len(self._following) > REMEMBERED:
            done = [id for id, one in self._following.items() if one.task is None or one.task.done()]
            for id in done:
                del self._following[id]


def _id(ask: Ask, position: int) -> str:
    return f"stream {ask.conversation_id} {position}"


def _is_answered(item: Item, position: int) -> bool:
    return (
        isinstance(item, LoggedEvent)
        and isinstance(item.event, OutcomeGiven)
        and position in item.event.answers
    )


def _is_dropped(item: Item) -> bool:
    return isinstance(item, LoggedEvent) and isinstance(item.event, TurnDropped)


async def _unless(over: asyncio.Event, seconds: float) -> None:
    """A pause, as long as there is time for one."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await over.wait()


def _pieces(text: str) -> list[str]:
    """Cut behind spaces."""
    pieces: list[str] = []
    while len(text) > PIECE:
        cut = text.rfind(" ", 1, PIECE) + 1 or PIECE
        pieces.append(text[:cut])
        text = text[cut:]
    return [*pieces, text]

"""A conversation's events as a stream of server-sent events: what was, then what comes.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import ExitStack
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from pydantic import BaseModel
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from bot.amending import amendments
from bot.asked import Draft
from bot.events import LoggedEvent
from connectors.http.access import TheCaller, TheDoor, TheVisit
from connectors.http.codes import Code
from connectors.http.documented import IN_THE_LOG, WITH_TOKEN, problems
from connectors.http.languages import preferred
from connectors.http.problems import Refused
from connectors.http.shown import Shown, ShownDraft, ShownGoodbye, ShownState, ShownTyping, ShownWait
from connectors.http.views import Speaker, Views, shown_wait
from connectors.stream import Composed, Composing, Hub, Item, Stream, Typing
from escalation.queue import QueueUnavailable
from escalation.roster import RosterUnavailable
from escalation.waiting import Wait, Waiting

PING_SECONDS = 15.0
SEND_SECONDS = 30.0
"""A reader that takes nothing for so long is given up; it comes back with its cursor."""
RETRY_MILLISECONDS = 1000
SPOKEN = ("en", "fr")
"""What a place in the queue can be told in."""
AT_ONCE = 50
"""Events replayed in one go."""

router = APIRouter(prefix="/api/v1/conversations", tags=["Conversations"])
_logging = logging.getLogger(__name__)

MODELS: tuple[type[BaseModel], ...] = (ShownDraft, ShownState, ShownWait, ShownTyping, ShownGoodbye)
"""What the stream sends beside the events that are kept."""

_EXAMPLE = """\
id: 2
event: message
data: {"position":2,"at":"2026-11-23T09:00:01Z","type":"message","client_id":"c7f3","text":"Thank you"}

event: state
data: {"held":"bot","person":null}

event: caught_up
data: {}

event: composing
data: {}

event: composed
data: {}

id: 3
event: small_talk
data: {"position":3,"at":"2026-11-23T09:00:02Z","html":"<p>Gladly.</p>","text":"Gladly.","type":"small_talk"}

event: state
data: {"held":"waiting","person":null}

event: waiting
data: {"place":2,"minutes":4,"there":true,"back_at":null,"text":"You're 2nd in line, about 4 minutes."}

"""


_DESCRIPTION = """\
Events without end. Those with an `id` are kept: reconnect with the last id in `Last-Event-ID` and nothing is
missed. Their `data` is one of the `Shown…` schemas, by its `type`. Those without an id say how things are:
`composing` (the bot is writing), `draft` (`ShownDraft`; it replaces the one before), `composed` (drafts are
void), `state` (`ShownState`: who answers), `waiting` (`ShownWait`: the place in the queue, told after a
`state` that is "waiting" and whenever it changes), `typing` (`ShownTyping`: a person is writing), `caught_up`
(all that was is told), `goodbye` (`ShownGoodbye`: connect again). Comments keep the connection alive."""


class EventStream(StreamingResponse):
    media_type = "text/event-stream"

    def __init__(self, content: AsyncIterator[bytes], closing: ExitStack) -> None:
        headers = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
        super().__init__(content, headers=headers)
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._closing:
            try:
                await super().__call__(scope, receive, send)
            except TimeoutError:
                _logging.info("a stream's reader took nothing for %g s and is given up", SEND_SECONDS)

    async def stream_response(self, send: Send) -> None:
        async def in_time(message: Message) -> None:
            async with asyncio.timeout(SEND_SECONDS):
                await send(message)

        await super().stream_response(in_time)


@router.get(
    "/{conversation}/events",
    status_code=200,
    summary="Follow the conversation",
    response_class=EventStream,
    responses={
        200: {
            "description": _DESCRIPTION,
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
        },
        **problems(*WITH_TOKEN, *IN_THE_LOG, Code.TOO_MANY_STREAMS, Code.STOPPING),
    },
)
async def events(
    visit: TheVisit,
    door: TheDoor,
    caller: TheCaller,
    last_event_id: Annotated[
        int | None, Header(ge=0, le=2**31, description="The position that was seen last.")
    ] = None,
    after: Annotated[
        int, Query(ge=0, le=2**31, description="The same, for those who cannot set a header.")
    ] = 0,
    accept_language: Annotated[
        str | None,
        Header(description="What `waiting` is told in: what is around it. Left out, the conversation's."),
    ] = None,
) -> EventStream:
    """Open it once a tab. It never ends by itself: read it until `goodbye` or until the connection breaks,
    then connect again with the last id."""
    hub = door.service.hub
    with ExitStack() as opening:
        opening.enter_context(door.limits.stream(caller.address, visit.conversation_id))
        stream = await hub.open(visit.conversation_id)
        opening.callback(hub.close, stream)
        logged = await door.service.log.read(visit.conversation_id)
        if not logged:
            raise Refused(Code.CONVERSATION_UNKNOWN)
        seen = after if last_event_id is None else last_event_id
        language = preferred(accept_language, ("", *SPOKEN)) or None
        told = _told(door.views, door.service.waiting, hub, logged, seen, stream, language)
        return EventStream(told, opening.pop_all())
    raise AssertionError("an exit stack swallows no exception")


async def _told(
    views: Views,
    waiting: Waiting,
    hub: Hub,
    logged: Sequence[LoggedEvent],
    seen: int,
    stream: Stream,
    language: str | None,
) -> AsyncIterator[bytes]:
    """What was logged behind `seen`, then what `stream` brings."""
    missed, amended = [event for event in logged if event.position > seen], amendments(logged)
    for start in range(0, len(missed), AT_ONCE):
        yield b"".join(map(_kept, await views.of(missed[start : start + AT_ONCE], amended)))
    speaker = Speaker()
    for event in logged:
        speaker.hear(event)
    teller = _Teller(views, waiting, hub, speaker, stream, logged[-1].position, language)
    yield teller.state() + await teller.place() + _now("caught_up")
    while True:
        items = await stream.take(PING_SECONDS)
        if items:
            yield await teller.tell(items)
        elif stream.ended:
            yield _now("goodbye", ShownGoodbye(retry_ms=RETRY_MILLISECONDS))
            return
        else:
            yield KEEPALIVE_COMMENT


class _Teller:
    """Knows what one reader was told, so that nothing is told twice."""

    def __init__(
        self,
        views: Views,
        waiting: Waiting,
        hub: Hub,
        speaker: Speaker,
        stream: Stream,
        position: int,
        language: str | None,
    ) -> None:
        self._views = views
        self._waiting = waiting
        self._hub = hub
        self._speaker = speaker
        self._stream = stream
        self._position = position
        self._language = language
        self._wait: ShownWait | None = None

    async def tell(self, items: Iterable[Item]) -> bytes:
        return b"".join([await self._one(item) for item in items])

    async def _one(self, item: Item) -> bytes:
        match item:
            case Composing():
                return _now("composing")
            case Composed():
                return _now("composed")
            case Draft():
                return _now("draft", self._views.draft(item))
            case LoggedEvent():
                return await self._logged(item)
            case Typing(name=str() as name):
                return _now("typing", ShownTyping(name=name))
            case Wait():
                return self._place(item)
            case _:  # for colleagues
                return b""

    async def _logged(self, logged: LoggedEvent) -> bytes:
        if logged.position <= self._position:
            return b""
        self._position = logged.position
        told = b"".join(map(_kept, await self._views.of([logged])))
        if self._speaker.hear(logged):
            told += self.state()
        return told

    def state(self) -> bytes:
        """Who answers. Who waits is told their place soon, with all the others."""
        self._wait = None
        self._hub.queues(self._stream, self._speaker.waits)
        return _now("state", self._speaker.state)

    async def place(self) -> bytes:
        """At once, for who comes back."""
        if not self._speaker.waits:
            return b""
        try:
            return self._place(await self._waiting.of(self._stream.conversation_id or ""))
        except (QueueUnavailable, RosterUnavailable) as error:
            _logging.warning("a place in the queue is told later: %s", error)
            return b""

    def _place(self, wait: Wait | None) -> bytes:
        """Nothing where it is as before, or was true before somebody came."""
        if wait is None or not self._speaker.waits:
            return b""
        shown = shown_wait(wait, self._waiting.said(wait, self._language))
        if shown == self._wait:
            return b""
        self._wait = shown
        return _now("waiting", shown)


def _kept(shown: Shown) -> bytes:
    return format_sse_event(data_str=shown.model_dump_json(), event=shown.type, id=str(shown.position))


def _now(event: str, data: BaseModel | None = None) -> bytes:
    return format_sse_event(data_str=data.model_dump_json() if data else "{}", event=event)

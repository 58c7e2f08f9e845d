"""Rasa's socket.io channel, at /socket.io/: widgets made for Rasa talk to Comptoir, and hear people live.

https://rasa.com/docs/reference/channels/your-own-website#websocket-channel. The session's id is the token of
one conversation, signed by us: a widget that brings another one gets a new session, so that nobody opens a
conversation by guessing. The only one who knows socketio.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import socketio
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.amending import as_they_stand
from bot.events import Event, LoggedEvent, MessageReceived, OutcomeGiven, ReplyEdited, ReplyWithdrawn
from bot.log import LogUnavailable
from connectors.http.door import Door
from connectors.http.problems import Refused
from connectors.http.tokens import Visit
from connectors.rasa.refusals import NOT_TAKEN, said_of
from connectors.rasa.sayings import Saying, language_of, sayings
from connectors.rasa.talks import Talks
from connectors.rasa.utterances import client_id_in, is_greeting, language_in
from connectors.rasa.words import words_in
from connectors.stream import Stopping, Stream

PATH = "/socket.io/"
PATIENCE = 30.0
AGAIN = 1.0
"""Seconds between two tries while the log is away."""
REMEMBERED = 20_000
"""Conversations of which is known what was told; of others, people's last words are told again."""
LOST = frozenset({"ping timeout", "transport error"})
"""How a connection ends of which nobody knows what still came through."""

_logging = logging.getLogger(__name__)


@dataclass(slots=True)
class Session:
    id: str
    """The token."""
    conversation_id: str
    address: str
    language: str
    stream: Stream
    closing: ExitStack
    position: int = 0
    """Up to which this connection has heard."""
    reader: asyncio.Task[None] | None = None


def add_socket(app: FastAPI, door: Door) -> None:
    channel = SocketChannel(door)
    app.add_middleware(_Layer, socket=channel.app)
    before = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Any]:
        async with before(app) as state:
            try:
                yield state
            finally:
                await channel.close()

    app.router.lifespan_context = lifespan


class _Layer:
    """The innermost: all that guards the other routes guards this one."""

    def __init__(self, app: ASGIApp, socket: ASGIApp) -> None:
        self._app = app
        self._socket = socket

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_ours = scope["type"] in ("http", "websocket") and scope["path"].startswith(PATH)
        await (self._socket if is_ours else self._app)(scope, receive, send)


class SocketChannel:
    def __init__(self, door: Door) -> None:
        self._door = door
        self._talks = Talks(door)
        self._sessions: dict[str, Session] = {}
        self._told: OrderedDict[str, int] = OrderedDict()
        self._server: Any = socketio.AsyncServer(
            async_mode="asgi",
            cors_allowed_origins=self._may_talk,
            cors_credentials=False,
            async_handlers=False,  # what one customer writes stays in its order
        )
        self._server.on("session_request", self.session_request)
        self._server.on("user_uttered", self.user_uttered)
        self._server.on("disconnect", self.disconnect)
        self.app: ASGIApp = socketio.ASGIApp(self._server, socketio_path=PATH.strip("/"))

    async def close(self) -> None:
        await self._server.shutdown()

    # What the widget says

    async def session_request(self, sid: str, data: Any = None) -> None:
        try:
            session = await self._begin(sid, data)
        except (Refused, Stopping, LogUnavailable) as error:
            _logging.info("a session is refused: %s", error)
            await self._server.disconnect(sid)
            return
        if not self._server.manager.is_connected(sid, "/"):  # gone while the session was made
            await self.disconnect(sid)
            return
        await self._server.emit("session_confirm", session.id, to=sid)
        self._follow(sid, session)

    async def user_uttered(self, sid: str, data: Any) -> None:
        """What is no message is left aside, as Rasa does."""
        if not isinstance(data, Mapping) or not isinstance(data.get("message"), str | None):
            return
        session = self._sessions.get(sid)
        if session is None:  # a widget that keeps no sessions: this connection is one
            await self.session_request(sid, data)
            session = self._sessions.get(sid)
        if session is None:
            return
        custom = data.get("customData") or data.get("metadata")
        session.language = language_in(custom) or session.language
        text = data.get("message") or ""
        if is_greeting(text):
            await self._say(sid, self._talks.greeting(session.language))
            return
        await self._take(sid, session, client_id_in(custom), text, language_in(custom))

    async def disconnect(self, sid: str, reason: Any = None) -> None:
        session = self._sessions.pop(sid, None)
        if session is None:
            return
        if session.reader is not None:
            session.reader.cancel()
        session.closing.close()
        if str(reason) in LOST:
            self._told.pop(session.conversation_id, None)

    # A session

    def _may_talk(self, origin: str | None, environ: Mapping[str, Any]) -> bool:
        try:
            self._door.websites.check(self._talks.site, origin, environ.get("HTTP_HOST"))
        except Refused:
            return False
        return True

    async def _begin(self, sid: str, data: Any) -> Session:
        """Raises Refused, Stopping, LogUnavailable."""
        await self.disconnect(sid)
        brought = data.get("session_id") if isinstance(data, Mapping) else None
        token, visit = self._visit(brought)
        address = self._address(sid)
        with ExitStack() as opening:
            opening.enter_context(self._door.limits.stream(address, visit.conversation_id))
            hub = self._door.service.hub
            stream = await hub.open(visit.conversation_id)
            opening.callback(hub.close, stream)
            language = self._door.service.brief.languages[0]
            session = Session(token, visit.conversation_id, address, language, stream, opening.pop_all())
        self._sessions[sid] = session
        return session

    def _visit(self, token: Any) -> tuple[str, Visit]:
        """The one that the widget brings, if it is ours; else a new one."""
        if isinstance(token, str):
            try:
                visit = self._door.tokens.read(token)
            except Refused:
                pass
            else:
                if visit.site == self._talks.site:
                    return token, visit
        visit = Visit(str(uuid4()), self._talks.site)
        return self._door.tokens.issue(visit).token, visit

    def _address(self, sid: str) -> str:
        client = self._server.get_environ(sid)["asgi.scope"].get("client")
        return client[0] if client else "unknown"

    # What the customer writes

    async def _take(
        self, sid: str, session: Session, client_id: str, text: str, language: str | None
    ) -> None:
        conversation_id = session.conversation_id
        try:
            if not await self._talks.is_open(conversation_id):
                await self._door.limits.conversation(session.address)
            await self._door.limits.message(session.address, conversation_id)
            await self._talks.open(conversation_id, text, language)
            await self._talks.keep(conversation_id, client_id, text)
            state = await self._door.service.log.state(conversation_id)
        except NOT_TAKEN as error:
            longest = self._door.service.settings.limits.message_characters
            await self._say(sid, Saying(0, said_of(error, session.language, longest)[1]))
            return
        self._door.answers.owe(conversation_id)
        if state.is_waiting:
            await self._say(sid, Saying(0, words_in(session.language).waiting))

    # What the customer hears

    def _follow(self, sid: str, session: Session) -> None:
        session.reader = asyncio.create_task(self._tell(sid, session), name="rasa socket")

    async def _tell(self, sid: str, session: Session) -> None:
        """Until the stream ends: then the widget is to connect anew."""
        for event in await self._missed(session):
            await self._event(sid, session, event)
        while True:
            items = await session.stream.take(PATIENCE)
            for item in items:
                if isinstance(item, LoggedEvent) and item.position > session.position:
                    await self._event(sid, session, item)
            if session.stream.ended and not items:
                break
        session.reader = None
        await self._server.disconnect(sid)

    async def _missed(self, session: Session) -> list[LoggedEvent]:
        """Since the last connection; where that is not known, what people wrote since the customer did."""
        while True:
            try:
                events = await self._door.service.log.read(session.conversation_id)
                break
            except LogUnavailable:
                await asyncio.sleep(AGAIN)
        session.language = language_of(events) or session.language
        session.position = len(events)
        told = self._told.get(session.conversation_id)
        if told is None:
            told = max((e.position for e in events if isinstance(e.event, MessageReceived)), default=0)
            events = [event for event in events if not isinstance(event.event, OutcomeGiven)]
        return [e for e in as_they_stand(events) if e.position > told and not _is_settled(e.event, told)]

    async def _event(self, sid: str, session: Session, logged: LoggedEvent) -> None:
        conversation_id = session.conversation_id
        match logged.event:
            case OutcomeGiven(language=str() as language):
                session.language = language
        shown = await self._door.views.of([logged])
        for saying in sayings(shown, words_in(session.language), markdown=True):
            await self._say(sid, saying)
        self._told[conversation_id] = max(logged.position, self._told.get(conversation_id, 0))
        self._told.move_to_end(conversation_id)
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)

    async def _say(self, sid: str, saying: Saying) -> None:
        message: dict[str, Any] = {"text": saying.text}
        if saying.choices:
            message["quick_replies"] = [
                {"content_type": "text", "title": choice, "payload": choice} for choice in saying.choices
            ]
        await self._server.emit("bot_uttered", message, to=sid)


def _is_settled(event: Event, told: int) -> bool:
    """The reply that it amends is told only now, as it stands."""
    return isinstance(event, ReplyEdited | ReplyWithdrawn) and event.position > told

"""Rasa's REST channel: GET /webhooks/rest/, POST /webhooks/rest/webhook[?stream=true].

https://rasa.com/docs/reference/channels/your-own-website#restinput. The channel answers and never calls: what
people write meanwhile comes with the answer to the customer's next message.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from bot.log import LogUnavailable
from connectors.http.access import TheCaller
from connectors.http.codes import Code
from connectors.http.door import Door
from connectors.http.keys import Keys
from connectors.http.problems import InvalidPart, problem_response
from connectors.rasa.keys import key_in
from connectors.rasa.refusals import NOT_TAKEN, said_of
from connectors.rasa.sayings import Saying
from connectors.rasa.talks import Talks
from connectors.rasa.utterances import client_id_in, is_greeting, is_unguessable, language_in
from connectors.rasa.words import words_in

GUESSABLE = (
    "Whoever knows a sender reads its conversation: draw it by chance, as a UUID (version 4) or at least 24 "
    "letters and digits, or send a key of COMPTOIR_RASA_KEYS."
)


class Uttered(BaseModel):
    sender: str = Field("default", min_length=1, max_length=200)
    message: str | None = None
    metadata: Any = None


def rest_channel(door: Door, keys: Keys) -> APIRouter:
    router = APIRouter(prefix="/webhooks/rest", include_in_schema=False)
    channel = RestChannel(door)

    @router.get("/")
    async def health() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @router.post("/webhook")
    async def webhook(
        uttered: Uttered, request: Request, caller: TheCaller, stream: str = "false"
    ) -> Response:
        holder = keys.holder(key) if (key := key_in(request)) else None
        if holder is None:
            door.websites.check(channel.site, caller.origin, caller.host)
            if not is_unguessable(uttered.sender):
                parts = [InvalidPart(at="body.sender", problem=GUESSABLE)]
                languages = request.headers.get("accept-language")
                return problem_response(Code.REQUEST_INVALID, languages, errors=parts)
        return await channel.take(uttered, holder, caller.address, as_stream=stream.lower() == "true")

    return router


class RestChannel:
    def __init__(self, door: Door) -> None:
        self._door = door
        self._talks = Talks(door)
        self.site = self._talks.site

    async def take(self, uttered: Uttered, holder: str | None, address: str, *, as_stream: bool) -> Response:
        """`holder` of a key; None for customers' own browsers, which are counted by their address."""
        text = uttered.message or ""
        language = language_in(uttered.metadata) or self._door.service.brief.languages[0]
        if is_greeting(text):
            return _answer(uttered.sender, [self._talks.greeting(language)], as_stream)
        conversation_id = self._talks.id_of(f"rest {holder}" if holder else "rest", uttered.sender)
        try:
            await self._admit(conversation_id, holder, address)
            await self._talks.open(conversation_id, text, language_in(uttered.metadata))
            position = await self._talks.keep(conversation_id, client_id_in(uttered.metadata), text)
        except NOT_TAKEN as error:
            longest = self._door.service.settings.limits.message_characters
            status, said = said_of(error, language, longest)
            return JSONResponse([_message(uttered.sender, Saying(0, said))], status)
        if as_stream:
            lines = self._lines(uttered.sender, conversation_id, position, language)
            return StreamingResponse(lines, media_type="text/event-stream")
        return JSONResponse(await self._heard(uttered.sender, conversation_id, position, language))

    async def _admit(self, conversation_id: str, holder: str | None, address: str) -> None:
        limits = self._door.limits
        if holder is not None:
            await limits.act(conversation_id)
            return
        if not await self._talks.is_open(conversation_id):
            await limits.conversation(address)
        await limits.message(address, conversation_id)

    async def _heard(
        self, sender: str, conversation_id: str, position: int, language: str
    ) -> list[dict[str, Any]]:
        """The message is kept, whatever happens now."""
        try:
            told = await self._talks.hear(conversation_id, position)
        except LogUnavailable:
            return [_message(sender, Saying(0, words_in(language).waiting))]
        return [_message(sender, saying) for saying in told.sayings]

    async def _lines(
        self, sender: str, conversation_id: str, position: int, language: str
    ) -> AsyncIterator[str]:
        for message in await self._heard(sender, conversation_id, position, language):
            yield json.dumps(message, ensure_ascii=False) + "\n"


def _answer(sender: str, sayings: list[Saying], as_stream: bool) -> Response:
    messages = [_message(sender, saying) for saying in sayings]
    if as_stream:
        lines = "".join(json.dumps(message, ensure_ascii=False) + "\n" for message in messages)
        return Response(lines, media_type="text/event-stream")
    return JSONResponse(messages)


def _message(sender: str, saying: Saying) -> dict[str, Any]:
    message: dict[str, Any] = {"recipient_id": sender, "text": saying.text}
    if saying.choices:
        message["buttons"] = [{"title": choice, "payload": choice} for choice in saying.choices]
    return message

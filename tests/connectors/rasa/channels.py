"""Two clients as companies have them: one of the REST channel, one of socket.io (python-socketio's own)."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import socketio


class SocketClient:
    """As a widget: it remembers its session, and what the bot uttered."""

    def __init__(self, address: str, session_id: str | None = None) -> None:
        self.address = address
        self.session_id = session_id
        self.uttered: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._confirmed = asyncio.Event()
        self.client: Any = socketio.AsyncClient(reconnection=False)
        self.client.on("bot_uttered", self.uttered.put)
        self.client.on("session_confirm", self._confirm)

    async def __aenter__(self) -> SocketClient:
        await self.client.connect(self.address, wait_timeout=20)
        await self.client.emit("session_request", {"session_id": self.session_id})
        async with asyncio.timeout(20):
            await self._confirmed.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.disconnect()

    async def say(self, text: str | None, **custom: Any) -> None:
        data = {"message": text, "session_id": self.session_id, "customData": custom or None}
        await self.client.emit("user_uttered", data)

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(20):
            return await self.uttered.get()

    async def _confirm(self, session_id: str) -> None:
        self.session_id = session_id
        self._confirmed.set()


async def post(
    client: httpx.AsyncClient, sender: str, message: str | None, **more: Any
) -> list[dict[str, Any]]:
    body = {"sender": sender, "message": message} | more
    response = await client.post("/webhooks/rest/webhook", json=body)
    assert response.status_code == 200, response.text
    told: list[dict[str, Any]] = response.json()
    return told

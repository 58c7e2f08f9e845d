"""The company's own actions on an action server of theirs."""

from __future__ import annotations

import json

import httpx

from bot.errands import Errand, ErrandFailed, Said
from connectors.rasa.calls import call_of, said_in

LARGEST_ANSWER = 1_000_000
"""Bytes."""
LISTING_SECONDS = 5.0
TOLD = 500
"""Characters of a server's complaint that staff get to read."""


class ActionServer:
    def __init__(self, webhook: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._webhook = webhook
        self._client = httpx.AsyncClient(transport=transport, timeout=None)  # the errand's own counts

    async def run(self, errand: Errand) -> Said:
        """Raises ErrandFailed."""
        try:
            status, body = await self._post(json.dumps(call_of(errand)))
        except httpx.HTTPError as error:
            raise ErrandFailed(f"the action server cannot be reached: {type(error).__name__}") from error
        if status != 200:
            told = body.decode("utf-8", "replace")[:TOLD]
            raise ErrandFailed(f"the action server answered {status}", told)
        try:
            told = json.loads(body)
            responses, events = list(told["responses"] or []), list(told.get("events") or [])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ErrandFailed("the action server answered with something else than an outcome") from error
        return said_in(responses, f"at {httpx.URL(self._webhook).host}", events)

    async def names(self) -> frozenset[str]:
        """Of the actions that the server has. Raises ErrandFailed."""
        address = httpx.URL(self._webhook)
        listing = address.copy_with(path=address.path.rpartition("/")[0] + "/actions")
        try:
            response = await self._client.get(listing, timeout=LISTING_SECONDS)
            response.raise_for_status()
            return frozenset(str(action["name"]) for action in response.json())
        except httpx.HTTPError as error:
            raise ErrandFailed(f"{listing} cannot be read: {type(error).__name__}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise ErrandFailed(f"{listing} answered with something else than actions") from error

    async def close(self) -> None:
        await self._client.aclose()

    async def _post(self, body: str) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json"}
        async with self._client.stream("POST", self._webhook, content=body, headers=headers) as response:
            taken = b""
            async for part in response.aiter_bytes():
                taken += part
                if len(taken) > LARGEST_ANSWER:
                    raise ErrandFailed("the action server answered with too much")
        return response.status_code, taken

"""Customers who wait and look on are told their place, whenever it may have changed.

Once for all of them and not at every event: the queue is read when something happened in it, and now and
then, since nothing in the log tells that a colleague has gone off duty or that a team has closed.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from connectors.stream import Hub
from escalation.waiting import Waiting

PAUSE = 1.0
"""Seconds between two looks at the queue, at least: what happens meanwhile is told together."""
AGAIN = 20.0
"""Seconds between two looks while nothing happens."""

_logging = logging.getLogger(__name__)


class WaitingRoom:
    def __init__(self, hub: Hub, waiting: Waiting) -> None:
        self._hub = hub
        self._waiting = waiting

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(AGAIN):
                    await self._hub.moved.wait()
            self._hub.moved.clear()
            if not self._hub.anybody_in_queue:
                continue
            try:
                await self._tell()
            except Exception:  # whatever it is, those who wait are told again later
                _logging.exception("those who wait could not be told their place")
            await asyncio.sleep(PAUSE)

    async def _tell(self) -> None:
        for wait in (await self._waiting.everyone()).values():
            self._hub.wait(wait)

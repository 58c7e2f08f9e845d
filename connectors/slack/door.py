"""Slack's door, put together: what comes in, what goes out, and what the time asks for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from bot.asked import Responder
from bot.brief import Brief
from bot.reception import Reception
from connectors.delivery import AWAY, KEPT, Deliverer, Later, Refused
from connectors.http.answers import Answers
from connectors.settings import Settings
from connectors.slack.amending import Amending
from connectors.slack.asking import Asking
from connectors.slack.deskwork import Deskwork
from connectors.slack.home import Digest, Home
from connectors.slack.incoming import DOOR, Inbox, Incoming
from connectors.slack.listening import Listening
from connectors.slack.outgoing import Outgoing
from connectors.slack.people import People
from connectors.slack.posting import Posting
from connectors.slack.reach import WithinReach
from connectors.slack.records import SlackRecords
from connectors.slack.streaming import Streaming
from connectors.slack.talking import Talking
from connectors.slack.web import Web
from connectors.stream import Hub
from escalation.desk import Desk
from escalation.packets import Packets

if TYPE_CHECKING:
    from connectors.records import Records

PAUSE = 60.0
"""Seconds between two looks at the clock, for the digest."""
log_lines = logging.getLogger(__name__)


class SlackDoor:
    nudged: Callable[[str], None]
    """Of the courier, which is made after us."""

    def __init__(
        self,
        settings: Settings,
        records: Records,
        own: SlackRecords,
        brief: Brief,
        responder: Responder,
        reception: Reception,
        desk: Desk,
        packets: Packets,
        hub: Hub,
        clock: Callable[[], datetime],
    ) -> None:
        assert settings.slack_bot_token is not None
        slack = settings.slack
        self._settings = settings
        self._records = own
        self._clock = clock
        self.nudged = lambda door: None
        self.web = Web(settings.slack_bot_token.get_secret_value(), slack.api)
        self._answers = Answers(reception, records.log)
        people, talking = People(self.web, records.roster, slack), Talking(self.web)
        self._streaming = streaming = Streaming(
            hub, records.log, self.web, own, Posting(self.web, own, clock), clock
        )
        outgoing = Outgoing(
            records.log,
            records.queue,
            packets,
            records.entries,
            records.roster,
            brief,
            settings,
            own,
            self.web,
            people,
            streaming,
            clock,
        )
        self.asking = asking = Asking(
            reception,
            WithinReach(responder, own),
            records.log,
            desk,
            records.entries,
            brief,
            own,
            people,
            talking,
            self.web,
            streaming,
            clock,
            self._answers.owe,
        )
        deskwork = Deskwork(
            records.log,
            records.queue,
            desk,
            packets,
            records.roster,
            brief,
            people,
            talking,
            outgoing.reader,
            clock,
            self._answers.owe,
        )
        amending = Amending(records.log, desk, records.roster, people, talking)
        home = Home(records.queue, records.roster, people, self.web, outgoing.reader, clock)
        incoming = Incoming(asking, deskwork, amending, home, people, talking, own, slack, self.web)
        self.deliverers: tuple[Deliverer, ...] = (outgoing, incoming)
        self.digest = Digest(
            records.queue,
            Posting(self.web, own, clock),
            brief,
            slack.digest_channel,
            slack.digest_hour,
            outgoing.reader,
            clock,
        )
        inbox = Inbox(records.outbox, own, slack, clock, lambda: self.nudged(DOOR))
        secret = settings.slack_signing_secret
        self._listening = Listening(self.web.client, secret.get_secret_value() if secret else "", inbox.keep)

    async def run(self) -> None:
        """For ever; cancel it to stop."""
        async with asyncio.TaskGroup() as work:
            work.create_task(self._look_at_the_clock())
            token = self._settings.slack_app_token
            if self._settings.slack.mode == "socket" and token is not None:
                work.create_task(self._listening.connected(token.get_secret_value()))

    async def receive(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str, dict[str, str]]:
        """A request of Slack's, in mode "http"."""
        return await self._listening.receive(body, headers)

    @property
    def is_called(self) -> bool:
        """Slack calls us, rather than we it."""
        return self._settings.slack.mode == "http"

    async def finish(self, seconds: float, hurry: Callable[[], bool] = lambda: False) -> int:
        """Wait for answers under way, so long."""
        return await self._answers.finish(seconds, hurry)

    async def close(self) -> None:
        for task in self.asking.thinking:
            task.cancel()
        await self._streaming.close()
        await self.web.close()

    async def _look_at_the_clock(self) -> None:
        """The digest, and forgetting."""
        while True:
            try:
                await self.digest.send_if_due()
                await self._records.sweep(self._clock() - KEPT)
            except (Later, Refused, *AWAY) as error:
                log_lines.warning("the digest waits: %s", error)
            except Exception:
                log_lines.exception("the digest stumbled")
            await asyncio.sleep(PAUSE)

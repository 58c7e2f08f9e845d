"""What all routes share: the service, and the parts of the web door itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from pydantic import SecretStr

from connectors.assembly import Service
from connectors.http.answers import Answers
from connectors.http.identities import Identities
from connectors.http.keys import Keys
from connectors.http.limits import RateLimits
from connectors.http.tokens import LINK, Tokens, secret_of
from connectors.http.views import Views
from connectors.http.waiting_room import WaitingRoom
from connectors.http.websites import Websites


@dataclass(frozen=True, slots=True)
class Door:
    service: Service
    websites: Websites
    tokens: Tokens
    links: Tokens
    """Those in mails: each opens a conversation, and is exchanged for a token of it."""
    identities: Identities
    api_keys: Keys
    staff_keys: Keys
    limits: RateLimits
    answers: Answers
    views: Views
    waiting_room: WaitingRoom

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The log is followed, what was left unanswered is answered, what time asks for is done, and what is
        to be delivered is; what colleagues judge is learnt from."""
        service = self.service
        work = (
            service.hub.run(),
            self.waiting_room.run(),
            self.answers.run(),
            service.timekeeper.run(),
            service.courier.run(),
            service.learner.run(),
            *([service.slack.run()] if service.slack else []),
        )
        workers = [asyncio.create_task(each) for each in work]
        try:
            yield
            await self.stop()
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def stop(self, hurry: Callable[[], bool] = lambda: False) -> None:
        """Finish what is under way, then tell the open streams goodbye. Harmless when repeated."""
        seconds = self.service.settings.stop_seconds
        slack = self.service.slack
        await asyncio.gather(
            self.answers.finish(seconds, hurry),
            self.service.courier.stop(seconds, hurry),
            *([slack.finish(seconds, hurry)] if slack else []),
        )
        await self.service.hub.stop()


def make_door(service: Service) -> Door:
    settings = service.settings
    return Door(
        service=service,
        websites=Websites(settings, service.brief, service.clock),
        tokens=Tokens(secret_of(settings), timedelta(days=settings.token_days), service.clock),
        links=Tokens(secret_of(settings), timedelta(days=settings.mail.link_days), service.clock, LINK),
        identities=Identities(_revealed(settings.site_secrets), service.clock),
        api_keys=Keys(_revealed(settings.api_keys), "COMPTOIR_API_KEYS"),
        staff_keys=Keys(_revealed(settings.staff_keys), "COMPTOIR_STAFF_KEYS"),
        limits=RateLimits(settings.rates),
        answers=Answers(service.reception, service.log),
        views=Views(service.knowledge, service.brief, service.clock),
        waiting_room=WaitingRoom(service.hub, service.waiting),
    )


def _revealed(secrets: Mapping[str, SecretStr]) -> dict[str, str]:
    return {name: secret.get_secret_value() for name, secret in secrets.items()}

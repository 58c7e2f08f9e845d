"""How often is often enough: by address, conversation and key; and how many streams may be open at once."""

from __future__ import annotations

import ipaddress
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from connectors.http.codes import Code
from connectors.http.problems import Refused
from connectors.settings import Rates

QUESTIONS_AT_ONCE = 64
"""Questions of programs that are answered at a time: who comes then is told to come back, rather than all
being told late."""


class RateLimits:
    def __init__(self, rates: Rates) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._rates = rates
        self._requests = parse(rates.requests_per_address)
        self._conversations = parse(rates.conversations_per_address)
        self._messages = parse(rates.messages_per_address)
        self._messages_there = parse(rates.messages_per_conversation)
        self._contacts = parse(rates.contacts_per_recipient)
        self._transcripts_of = parse(rates.transcripts_per_conversation)
        self._transcripts_from = parse(rates.transcripts_per_address)
        self._transcripts_to = parse(rates.transcripts_per_recipient)
        self._questions = parse(rates.questions_per_key)
        self._streams: Counter[tuple[str, str]] = Counter()
        self._questions_open = 0

    async def request(self, address: str) -> None:
        """Each of these raises Refused when it is too much."""
        await self._count(self._requests, "requests", network_of(address))

    async def conversation(self, address: str) -> None:
        await self._count(self._conversations, "conversations", network_of(address))

    async def message(self, address: str, conversation_id: str) -> None:
        await self._count(self._messages_there, "messages in", conversation_id)
        await self._count(self._messages, "messages", network_of(address))

    async def act(self, conversation_id: str) -> None:
        """What a customer does there beside writing."""
        await self._count(self._messages_there, "acts in", conversation_id)

    async def typing(self, conversation_id: str) -> None:
        await self._count(self._messages_there, "typing in", conversation_id)

    async def contact(self, address: str, conversation_id: str, recipient: str) -> None:
        """Counts as a message, and for whoever is said to want the answer."""
        await self.message(address, conversation_id)
        await self._count(self._contacts, "contacts", recipient.lower())

    async def transcript(self, address: str, conversation_id: str, recipient: str) -> None:
        """By mail, to whoever is said to want it: nobody is to be flooded through us."""
        await self._count(self._transcripts_of, "transcripts of", conversation_id)
        await self._count(self._transcripts_from, "transcripts from", network_of(address))
        await self._count(self._transcripts_to, "transcripts to", recipient.lower())

    async def question(self, key: str) -> None:
        await self._count(self._questions, "questions", key)

    @contextmanager
    def question_at_once(self) -> Iterator[None]:
        """Holds a place among the questions that are being answered."""
        if self._questions_open >= QUESTIONS_AT_ONCE:
            raise Refused(Code.TOO_MANY_REQUESTS, retry_after=1, seconds=1)
        self._questions_open += 1
        try:
            yield
        finally:
            self._questions_open -= 1

    @contextmanager
    def stream(self, address: str, conversation_id: str) -> Iterator[None]:
        """Holds a place among the open streams."""
        places = (("address", network_of(address)), ("conversation", conversation_id))
        most = (self._rates.streams_per_address, self._rates.streams_per_conversation)
        if any(self._streams[place] >= limit for place, limit in zip(places, most, strict=True)):
            raise Refused(Code.TOO_MANY_STREAMS, retry_after=10)
        self._streams.update(places)
        try:
            yield
        finally:
            self._streams.subtract(places)
            for place in places:
                if self._streams[place] <= 0:
                    del self._streams[place]

    async def _count(self, rate: RateLimitItem, what: str, whose: str) -> None:
        if await self._limiter.hit(rate, what, whose):
            return
        stats = await self._limiter.get_window_stats(rate, what, whose)
        seconds = max(1, round(stats.reset_time - time.time() + 0.499))
        raise Refused(Code.TOO_MANY_REQUESTS, retry_after=seconds, seconds=seconds)


def network_of(address: str) -> str:
    """An IPv6 customer has a whole /64 of addresses: those count as one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))

"""Who guesses passwords is kept out for a while: by account and address, by account, and by address."""

from __future__ import annotations

import time

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from connectors.http.limits import network_of


class Lockout:
    """Counts failures in this process. Somebody else's guesses keep a person out only from their own
    address, or after many more of them: a one-time link opens the account all the same."""

    def __init__(
        self, here: str = "5/15 minutes", account: str = "30/15 minutes", address: str = "30/15 minutes"
    ) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._here = parse(here)
        self._account = parse(account)
        self._address = parse(address)

    async def minutes(self, account: str, address: str) -> int:
        """How long they are locked out still; 0: they may try."""
        waits = [await self._wait(rate, *who) for rate, who in self._counted(account, address)]
        return -(-max(waits) // 60)

    async def failed(self, account: str, address: str) -> None:
        for rate, who in self._counted(account, address):
            await self._limiter.hit(rate, *who)

    async def succeeded(self, account: str, address: str) -> None:
        """What they mistyped before they got it right is forgotten; what others tried is not."""
        rate, who = self._counted(account, address)[0]
        await self._limiter.clear(rate, *who)

    def _counted(self, account: str, address: str) -> list[tuple[RateLimitItem, tuple[str, ...]]]:
        network = network_of(address)
        return [
            (self._here, ("here", account, network)),
            (self._account, ("account", account)),
            (self._address, ("address", network)),
        ]

    async def _wait(self, rate: RateLimitItem, *who: str) -> int:
        if await self._limiter.test(rate, *who):
            return 0
        stats = await self._limiter.get_window_stats(rate, *who)
        return max(1, round(stats.reset_time - time.time()))

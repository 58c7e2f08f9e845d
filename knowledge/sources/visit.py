"""A polite visit to one web host: its robots.txt, one request at a time, limits on all that is received."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx
from protego import Protego

from knowledge.sources.addresses import normalised, same_host
from knowledge.sources.reading import Unreadable

USER_AGENT = "Comptoir"
_MAX_REDIRECTS = 5
_MAX_ROBOTS_BYTES = 500_000
"""What RFC 9309, 2.5 asks a crawler to read at least."""
_LONGEST_WAIT = 30.0
"""Seconds that a host may ask for between two requests, or before a second try."""


@dataclass(frozen=True, slots=True)
class Received:
    url: str
    """Where it was found in the end, normalised."""
    body: bytes
    charset: str | None


class Visit:
    """Created once per reading of a site; `read_robots` comes first."""

    def __init__(self, client: httpx.AsyncClient, start: str, pause: float, timeout: float) -> None:
        self._client = client
        self._start = start
        self._pause = pause
        self._timeout = timeout
        self._next = 0.0
        self._robots = Protego.parse("")

    async def read_robots(self) -> None:
        """Without a robots.txt all is allowed; when it cannot be had, nothing is (RFC 9309, 2.3.1).

        Raises Unreadable.
        """
        try:
            received = await self.fetch(urljoin(self._start, "/robots.txt"), _MAX_ROBOTS_BYTES)
        except _NotThere:
            return
        except Unreadable as problem:
            raise Unreadable(
                f"is left alone, because its robots.txt cannot be read: it {problem}"
            ) from problem
        self._robots = Protego.parse(received.body.decode("utf-8", "replace"))
        asked = self._robots.crawl_delay(USER_AGENT) or 0.0
        if asked > _LONGEST_WAIT:
            raise Unreadable(
                f"asks in robots.txt for {asked:g} s between requests: have it lowered for {USER_AGENT}"
            )
        self._pause = max(self._pause, asked)

    def sitemaps(self) -> list[str]:
        """Those of robots.txt, and the usual place."""
        named = [normalised(urljoin(self._start, sitemap)) for sitemap in self._robots.sitemaps]
        return [sitemap for sitemap in named if sitemap] + [urljoin(self._start, "/sitemap.xml")]

    async def fetch(self, address: str, max_bytes: int, media_types: tuple[str, ...] = ()) -> Received:
        """Get what is at `address`, redirects within the host followed. Raises Unreadable.

        `media_types` that are acceptable, in lower case; empty for any.
        """
        for _ in range(_MAX_REDIRECTS):
            self._refuse_forbidden(address)
            try:
                async with asyncio.timeout(3 * self._timeout):
                    found = await self._request(address, max_bytes, media_types)
            except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
                raise Unreadable(f"does not answer ({type(error).__name__}): try again later") from error
            if isinstance(found, Received):
                return found
            address = found
        raise Unreadable(f"redirects more than {_MAX_REDIRECTS} times: check the address")

    def _refuse_forbidden(self, address: str) -> None:
        if not same_host(address, self._start):
            raise Unreadable(f"leads to another host, {address}: give that one as a source if it is yours")
        if not self._robots.can_fetch(address, USER_AGENT):
            raise Unreadable(f"is closed to {USER_AGENT} by robots.txt: allow it there if the site is yours")

    async def _request(self, address: str, max_bytes: int, media_types: tuple[str, ...]) -> Received | str:
        """What was received, or where to go for it."""
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(max(0.0, self._next - clock()))
        async with self._client.stream("GET", address) as response:
            self._next = clock() + self._pause  # from its answer on: a slow site gets as long a rest
            if response.is_redirect:
                return normalised(urljoin(address, response.headers["location"])) or "about:nowhere"
            if response.status_code in (429, 503):
                return await self._asked_to_wait(address, response)
            if 400 <= response.status_code < 500:
                raise _NotThere(
                    f"is not there for visitors (HTTP {response.status_code}): check the links to it"
                )
            if response.status_code != 200:
                raise Unreadable(f"fails (HTTP {response.status_code}): try again later")
            kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
            if media_types and kind not in media_types:
                raise Unreadable(
                    f"is no web page but {kind or 'of no stated kind'}: add such files by a folder"
                )
            return Received(address, await _limited(response, max_bytes), response.charset_encoding)

    async def _asked_to_wait(self, address: str, response: httpx.Response) -> str:
        """Come back later once: the number of redirects bounds how often."""
        seconds = response.headers.get("retry-after", "")
        if not seconds.isdecimal() or float(seconds) > _LONGEST_WAIT:
            raise Unreadable(
                f"is too busy (HTTP {response.status_code}): try again later, or with a longer pause"
            )
        self._next = asyncio.get_running_loop().time() + float(seconds)
        return address


class _NotThere(Unreadable):
    """The host says that there is nothing."""


async def _limited(response: httpx.Response, max_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes(65_536):
        body += chunk
        if len(body) > max_bytes:
            raise Unreadable(f"is larger than {max_bytes / 1e6:g} MB: split it, or leave it out")
    return bytes(body)

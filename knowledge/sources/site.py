"""A website as a source: by its sitemap, or by following links from a start page."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator
from urllib.parse import urljoin, urlsplit

import httpx

from knowledge.entries import Audience
from knowledge.ports import Loaded, Rejected
from knowledge.sources.addresses import is_below, may_be_page, normalised, page_id, same_host
from knowledge.sources.html import page_of, read_html
from knowledge.sources.reading import SourceFile, Unreadable
from knowledge.sources.sitemap import MAX_SITEMAP_BYTES, Sitemap, sitemap_of
from knowledge.sources.visit import USER_AGENT, Received, Visit

MAX_PAGE_BYTES = 5_000_000
_MAX_SITEMAPS = 100
_MEDIA_TYPES = ("text/html", "application/xhtml+xml")


class SiteSource:
    """Reads the pages below `url`, one at a time, no more than `limit` of them.

    With a sitemap (named in robots.txt, at /sitemap.xml, or given as `url`) its pages are read; without
    one, links are followed, those with a query string apart. It stays on the host and in the start's
    folder, keeps to robots.txt and its crawl delay, and waits `pause` seconds between two requests.
    """

    def __init__(
        self,
        url: str,
        limit: int = 500,
        audience: Audience = Audience.PUBLIC,
        *,
        pause: float = 0.2,
        timeout: float = 20.0,
        max_bytes: int = MAX_PAGE_BYTES,
    ) -> None:
        """`timeout`: seconds, for each step of a request. Raises ValueError if `url` is no web address."""
        start = normalised(url)
        if start is None:
            raise ValueError(f"{url} is no web address: begin it with https://")
        self._start = start
        self._is_sitemap = bool(re.search(r"\.xml(\.gz)?$", urlsplit(start).path))
        self._within = urljoin(start, "/") if self._is_sitemap else start
        self._limit = limit
        self._audience = audience
        self._pause = pause
        self._timeout = timeout
        self._max_bytes = max_bytes

    @property
    def origin(self) -> str:
        return self._start

    async def read(self) -> AsyncIterator[Loaded | Rejected]:
        headers = {"User-Agent": USER_AGENT, "Accept": ", ".join(_MEDIA_TYPES)}
        async with httpx.AsyncClient(headers=headers, timeout=self._timeout) as client:
            visit = Visit(client, self._start, self._pause, self._timeout)
            try:
                await visit.read_robots()
            except Unreadable as problem:
                yield Rejected(self._start, str(problem))
                return
            listed, problems = await self._listed(visit)
            for rejected in problems:
                yield rejected
            if listed or not self._is_sitemap:
                async for outcome in self._pages(visit, listed):
                    yield outcome

    async def _pages(self, visit: Visit, listed: list[str]) -> AsyncIterator[Loaded | Rejected]:
        waiting = deque(listed or [self._start])
        known = set(waiting)
        seen: dict[str, str] = {}
        for _ in range(self._limit):
            if not waiting:
                return
            address = waiting.popleft()
            outcomes, links = await self._page(visit, address, seen)
            for outcome in outcomes:
                yield outcome
            new = [] if listed else [link for link in links if link not in known and self._follows(link)]
            known.update(new)
            waiting.extend(new)
        if waiting:
            reason = (
                f"has more than {self._limit} pages, at least {len(waiting)} are left out: raise the limit"
            )
            yield Rejected(self._start, reason)

    def _follows(self, link: str) -> bool:
        return is_below(link, self._within) and may_be_page(link)

    async def _page(
        self, visit: Visit, address: str, seen: dict[str, str]
    ) -> tuple[list[Loaded | Rejected], list[str]]:
        """The page's entry or its rejection, nothing if it was read before; and the links on it."""
        try:
            received = await visit.fetch(address, self._max_bytes, _MEDIA_TYPES)
            if received.url in seen.values():
                return [], []
            return await asyncio.to_thread(self._parsed, received, seen)
        except Unreadable as problem:
            return [Rejected(address, str(problem))], []

    def _parsed(self, received: Received, seen: dict[str, str]) -> tuple[list[Loaded | Rejected], list[str]]:
        body = _as_utf8(received)
        page = page_of(body, received.url)
        links = list(dict.fromkeys(link for link in map(normalised, page.links) if link))
        canonical = normalised(page.canonical or "")
        address = canonical if canonical and is_below(canonical, self._within) else received.url
        id = page_id(address)
        if id in seen:
            return [Rejected(received.url, f"says it is the page {seen[id]}, which was read already")], links
        seen[id] = address
        try:
            return [*read_html(SourceFile(id, address, body, self._audience, address))], links
        except Unreadable as problem:
            return [Rejected(received.url, str(problem))], links

    async def _listed(self, visit: Visit) -> tuple[list[str], list[Rejected]]:
        """The pages of the sitemaps in the start's folder, in their order; and sitemaps that are broken."""
        waiting = deque([self._start] if self._is_sitemap else visit.sitemaps())
        guessed = None if self._is_sitemap else waiting[-1]
        asked: set[str] = set()
        found: dict[str, None] = {}
        problems: list[Rejected] = []
        while waiting and len(asked) < _MAX_SITEMAPS and len(found) <= self._limit:
            address = waiting.popleft()
            if address in asked or not same_host(address, self._start):
                continue
            asked.add(address)
            try:
                sitemap = await self._sitemap(visit, address)
            except Unreadable as problem:
                if address != guessed:
                    problems.append(Rejected(address, str(problem)))
                continue
            waiting.extend(url for url in map(normalised, sitemap.sitemaps) if url)
            pages = (normalised(page) for page in sitemap.pages)
            found.update(dict.fromkeys(page for page in pages if page and is_below(page, self._within)))
        return list(found), problems

    async def _sitemap(self, visit: Visit, address: str) -> Sitemap:
        received = await visit.fetch(address, MAX_SITEMAP_BYTES)
        return await asyncio.to_thread(sitemap_of, received.body)


def _as_utf8(received: Received) -> bytes:
    """What the server says of the charset goes before what the page says (HTML standard, 13.2.3.2)."""
    try:
        return received.body.decode(received.charset).encode() if received.charset else received.body
    except (LookupError, UnicodeDecodeError):
        return received.body

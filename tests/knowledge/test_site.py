"""A website on a real local server, with what real websites do to a visitor."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import pytest

from knowledge.entries import Audience, Entry
from knowledge.ports import Loaded, Rejected
from knowledge.sources.addresses import is_below, normalised, page_id
from knowledge.sources.reading import Unreadable
from knowledge.sources.site import SiteSource
from knowledge.sources.sitemap import sitemap_of

HTML = "text/html; charset=utf-8"


@dataclass
class Page:
    body: bytes
    kind: str = HTML
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0


@dataclass
class Site:
    """A site to be filled by the test; `{base}` in a page is its address."""

    base: str
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[tuple[float, str]] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)

    def add(self, path: str, body: str | bytes, **more: object) -> None:
        raw = body.replace("{base}", self.base).encode() if isinstance(body, str) else body
        self.pages[path] = Page(raw, **more)  # type: ignore[arg-type]

    def article(self, path: str, title: str, *links: str, head: str = "") -> None:
        anchors = " ".join(f'<a href="{link}">more</a>' for link in links)
        self.add(
            path,
            f'<html lang="en"><head><title>{title} | Shop</title>{head}</head><body><main><h1>{title}</h1>'
            f"<p>{title} is explained here in one whole sentence.</p><p>{anchors}</p></main></body></html>",
        )

    def sitemap(self, path: str, *pages: str) -> None:
        self.add(path, urlset(*(f"{self.base}{page}" for page in pages)), kind="application/xml")

    @property
    def paths(self) -> list[str]:
        return [path for _, path in self.asked]


def urlset(*addresses: str) -> str:
    locs = "".join(f"<url><loc>{address}</loc></url>" for address in addresses)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{locs}</urlset>'


@pytest.fixture
def site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shown.asked.append((time.monotonic(), self.path))
            shown.agents.add(self.headers["User-Agent"])
            page = shown.pages.get(self.path, Page(b"not found", status=404))
            time.sleep(page.delay)
            self.send_response(page.status)
            for name, value in {"Content-Type": page.kind, **page.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(page.body)))
            self.end_headers()
            self.wfile.write(page.body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A visitor who has read enough hangs up."""

    server = Server(("127.0.0.1", 0), Handler)
    shown = Site(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield shown
    server.shutdown()
    thread.join()
    server.server_close()


async def read(site: Site, path: str = "/", **options: object) -> tuple[list[Entry], dict[str, str]]:
    source = SiteSource(site.base + path, **{"pause": 0.0, **options})  # type: ignore[arg-type]
    entries: list[Entry] = []
    problems: dict[str, str] = {}
    async for outcome in source.read():
        match outcome:
            case Loaded(entry):
                entries.append(entry)
            case Rejected(name, reason):
                problems[name.removeprefix(site.base)] = reason
    return entries, problems


def titles(entries: list[Entry]) -> list[str]:
    return [entry.title for entry in entries]


async def test_the_pages_of_a_sitemap_become_articles(site: Site) -> None:
    site.sitemap("/sitemap.xml", "/help/returns", "/help/delivery.html")
    site.article("/help/returns", "Returns", "/not-in-the-sitemap")
    site.article("/help/delivery.html", "Delivery")
    entries, problems = await read(site, audience=Audience.INTERNAL)
    assert problems == {}
    host = site.base.removeprefix("http://")
    assert [(e.id, e.title, e.url) for e in entries] == [
        (f"{host}/help/returns", "Returns", f"{site.base}/help/returns"),
        (f"{host}/help/delivery", "Delivery", f"{site.base}/help/delivery.html"),
    ]
    assert {(e.language, e.audience) for e in entries} == {("en", Audience.INTERNAL)}
    assert site.paths == ["/robots.txt", "/sitemap.xml", "/help/returns", "/help/delivery.html"]
    assert site.agents == {"Comptoir"}


async def test_an_index_of_gzipped_sitemaps_is_found_through_robots(site: Site) -> None:
    site.add("/robots.txt", "Sitemap: {base}/maps/index.xml", kind="text/plain")
    index = "<sitemapindex><sitemap><loc>{base}/maps/one.xml.gz</loc></sitemap></sitemapindex>"
    site.add("/maps/index.xml", index, kind="application/xml")
    zipped = gzip.compress(urlset(f"{site.base}/returns").encode())
    site.add("/maps/one.xml.gz", zipped, kind="application/gzip")
    site.article("/returns", "Returns")
    entries, problems = await read(site)
    assert (titles(entries), problems) == (["Returns"], {})


async def test_a_sitemap_can_itself_be_the_start(site: Site) -> None:
    site.sitemap("/maps/help.xml", "/returns")
    site.article("/returns", "Returns")
    entries, problems = await read(site, "/maps/help.xml")
    assert (titles(entries), problems) == (["Returns"], {})


async def test_a_broken_sitemap_that_was_named_is_reported(site: Site) -> None:
    site.add("/maps/help.xml", "<urlset><url>", kind="application/xml")
    entries, problems = await read(site, "/maps/help.xml")
    assert entries == []
    assert "no valid sitemap" in problems["/maps/help.xml"]


async def test_without_a_sitemap_links_are_followed_within_the_folder_of_the_start(site: Site) -> None:
    site.article(
        "/help/",
        "Help",
        "returns",
        "/help/delivery?page=2",
        "/shop",
        "guide.pdf",
        "https://other.example/help/x",
    )
    site.article("/help/returns", "Returns", "/help/", "./returns#top", "/HELP/../help/warranty")
    site.article("/help/warranty", "Warranty", "mailto:care@shop.example", "http://[broken")
    entries, problems = await read(site, "/help/")
    assert (titles(entries), problems) == (["Help", "Returns", "Warranty"], {})
    assert not {"/shop", "/help/delivery?page=2", "/help/guide.pdf"} & set(site.paths)


async def test_what_robots_closes_is_not_asked_for(site: Site) -> None:
    site.add("/robots.txt", "User-agent: Comptoir\nDisallow: /staff", kind="text/plain")
    site.article("/", "Home", "/staff/salaries", "/open")
    site.article("/staff/salaries", "Salaries")
    site.article("/open", "Open")
    entries, problems = await read(site)
    assert titles(entries) == ["Home", "Open"]
    assert "robots.txt" in problems["/staff/salaries"]
    assert "/staff/salaries" not in site.paths


async def test_a_site_whose_robots_cannot_be_read_is_left_alone(site: Site) -> None:
    site.add("/robots.txt", "", status=500)
    site.article("/", "Home")
    entries, problems = await read(site)
    assert entries == []
    assert "robots.txt cannot be read" in problems["/"]
    assert site.paths == ["/robots.txt"]


async def test_the_crawl_delay_is_kept(site: Site) -> None:
    site.add("/robots.txt", "User-agent: *\nCrawl-delay: 0.2", kind="text/plain")
    site.article("/", "Home", "/a")
    site.article("/a", "A")
    await read(site)
    times = [at for at, _ in site.asked][1:]
    assert len(times) == 3
    assert all(later - earlier >= 0.19 for earlier, later in pairwise(times))


async def test_a_crawl_delay_of_hours_is_a_no(site: Site) -> None:
    site.add("/robots.txt", "User-agent: *\nCrawl-delay: 3600", kind="text/plain")
    _, problems = await read(site)
    assert "3600 s" in problems["/"]


async def test_redirects_are_followed_on_the_host_and_no_further(site: Site) -> None:
    site.article("/", "Home", "/old", "/away", "/round")
    site.add("/old", "", status=301, headers={"Location": "/new"})
    site.article("/new", "New", "/old")
    site.add("/away", "", status=302, headers={"Location": "http://localhost:9/secret"})
    site.add("/round", "", status=302, headers={"Location": "/round"})
    entries, problems = await read(site)
    assert titles(entries) == ["Home", "New"]
    assert "another host" in problems["/away"]
    assert "more than 5 times" in problems["/round"]


async def test_a_redirect_does_not_lead_around_robots(site: Site) -> None:
    site.add("/robots.txt", "User-agent: *\nDisallow: /staff", kind="text/plain")
    site.article("/", "Home", "/door")
    site.add("/door", "", status=302, headers={"Location": "/staff/salaries"})
    site.article("/staff/salaries", "Salaries")
    entries, problems = await read(site)
    assert titles(entries) == ["Home"]
    assert "robots.txt" in problems["/door"]


async def test_bad_pages_are_reported_and_the_rest_is_loaded(site: Site) -> None:
    bad = ["/gone", "/fails", "/huge", "/binary", "/empty", "/slow"]
    site.sitemap("/sitemap.xml", *bad, "/good")
    site.add("/fails", "", status=500)
    site.add("/huge", b"<p>" + b"x" * 20_000)
    site.add("/binary", b"%PDF-1.7", kind="application/pdf")
    site.add("/empty", "<html><body><nav>Menu</nav></body></html>")
    site.add("/slow", "<p>late</p>", delay=1.0)
    site.article("/good", "Good")
    entries, problems = await read(site, max_bytes=10_000, timeout=0.3)
    assert titles(entries) == ["Good"]
    assert list(problems) == bad
    for path, words in zip(bad, ["404", "500", "larger", "pdf", "no text", "not answer"], strict=True):
        assert words in problems[path]


async def test_a_busy_host_is_asked_again_when_it_says_so(site: Site) -> None:
    site.add("/", "", status=503, headers={"Retry-After": "3600"})
    _, problems = await read(site)
    assert "too busy" in problems["/"]
    site.add("/", "", status=429, headers={"Retry-After": "0"})
    _, problems = await read(site)
    assert site.paths.count("/") == 1 + 5


async def test_no_more_than_the_limit_is_read_and_the_rest_is_reported(site: Site) -> None:
    site.sitemap("/sitemap.xml", *(f"/page-{n}" for n in range(5)))
    for n in range(5):
        site.article(f"/page-{n}", f"Page {n}")
    entries, problems = await read(site, limit=3)
    assert len(entries) == 3
    assert "more than 3 pages" in problems["/"]


async def test_a_page_under_two_addresses_counts_once(site: Site) -> None:
    site.sitemap(
        "/sitemap.xml", "/returns", "/returns?from=mail", "/returns#top", "/returns/", "/x/../returns"
    )
    own = '<link rel="canonical" href="/returns">'
    for path in ("/returns", "/returns?from=mail", "/returns/"):
        site.article(path, "Returns", head=own)
    entries, problems = await read(site)
    assert titles(entries) == ["Returns"]
    assert set(problems) == {"/returns?from=mail", "/returns/"}


async def test_the_servers_word_on_the_charset_counts(site: Site) -> None:
    page = "<html><body><h1>Délais</h1><p>Livré à l'étranger en été.</p></body></html>"
    site.add("/", page.encode("iso-8859-15"), kind="text/html; charset=ISO-8859-15")
    entries, _ = await read(site)
    assert "Livré à l'étranger en été." in entries[0].text


def test_what_is_no_web_address_is_refused_at_once() -> None:
    for address in ("shop.example", "file:///etc/passwd", "https://", "https://user:secret@shop.example/"):
        with pytest.raises(ValueError, match="no web address"):
            SiteSource(address)


def test_a_sitemap_cannot_read_files_or_fill_the_memory() -> None:
    leak = (
        '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><urlset><url><loc>&f;</loc></url></urlset>'
    )
    assert sitemap_of(leak.encode()).pages == ()
    bomb = '<!DOCTYPE x [<!ENTITY a "' + "a" * 1000 + '">'
    for before, name in pairwise("abcdefgh"):
        bomb += f'<!ENTITY {name} "{f"&{before};" * 10}">'
    with pytest.raises(Unreadable, match="amplification"):
        sitemap_of(f"{bomb}]><urlset><url><loc>&h;</loc></url></urlset>".encode())
    with pytest.raises(Unreadable, match="larger"):
        sitemap_of(gzip.compress(b"<urlset>" + b" " * 60_000_000))
    with pytest.raises(Unreadable, match="damaged"):
        sitemap_of(b"\x1f\x8b nothing")


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("HTTPS://Shop.Example:443/a/./b/../c#top", "https://shop.example/a/c"),
        ("https://shop.example", "https://shop.example/"),
        ("https://shop.example//a//b/", "https://shop.example/a/b/"),
        ("https://shop.example/d%c3%a9lai", "https://shop.example/d%C3%A9lai"),
        ("https://shop.example/délai", "https://shop.example/d%C3%A9lai"),
        ("https://shop.example:8443/?b=1&a=2", "https://shop.example:8443/?b=1&a=2"),
        ("mailto:care@shop.example", None),
        ("https://[broken", None),
    ],
)
def test_two_spellings_of_an_address_are_one(written: str, same: str | None) -> None:
    assert normalised(written) == same
    assert same is None or normalised(same) == same


def test_a_folder_of_a_site_ends_where_its_name_ends() -> None:
    assert is_below("https://shop.example/help/returns", "https://shop.example/help")
    assert is_below("https://shop.example/help/returns", "https://shop.example/help/index.html")
    assert not is_below("https://shop.example/helpless", "https://shop.example/help")
    assert not is_below("https://www.shop.example/help", "https://shop.example/")
    assert page_id("https://shop.example/fr/d%C3%A9lai.html") == "shop.example/fr/délai"

"""Web pages and HTML files → articles: the main text as Markdown, without the navigation around it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from configparser import ConfigParser
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import trafilatura
from trafilatura.settings import DEFAULT_CONFIG

from knowledge.ports import Loaded, Rejected
from knowledge.sources.fields import article
from knowledge.sources.reading import SourceFile, Unreadable, title_from_name

_AROUND = ["//nav", "//footer", "//body/header", "//*[@role='navigation']", "//*[@role='search']", "//dialog"]
_LOWER = "translate({}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')"


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says of itself and where it leads."""

    canonical: str | None
    """Absolute when the page's own address is known."""
    links: tuple[str, ...]
    """Absolute, in the order of the page, as they are written there."""
    fields: dict[str, object]
    title: str
    text: str


def read_html(file: SourceFile) -> Iterable[Loaded | Rejected]:
    """One article. Raises Unreadable when the page has no text of its own."""
    page = page_of(file.data, file.url)
    if not page.text:
        raise Unreadable("has no text that could be told from its navigation: is it filled in by a script?")
    yield Loaded(
        article(
            page.fields,
            id=file.id,
            title=page.title or title_from_name(file.name),
            text=page.text,
            audience=file.audience,
            url=page.canonical or file.url,
            source=file.name,
        )
    )


def page_of(data: bytes, url: str | None = None) -> Page:
    """Parse a page; `url` is where it was found. Raises Unreadable when it is no HTML at all."""
    tree: Any = trafilatura.load_html(data)
    if tree is None:
        raise Unreadable("is empty or no HTML page")
    canonical = _absolute(url, _first(tree, f"//link[{_LOWER.format('@rel')}='canonical']/@href"))
    return Page(
        canonical=canonical if canonical.startswith(("http://", "https://")) else None,
        links=_links(tree, url),
        fields=_fields(tree),
        title=_title(tree),
        text=_main_text(tree),
    )


def _main_text(tree: Any) -> str:
    text = trafilatura.extract(
        tree,
        output_format="markdown",
        include_formatting=True,
        include_tables=True,
        include_comments=False,
        favor_recall=True,
        prune_xpath=_AROUND,
        config=_short_pages_too(),
    )
    return re.sub(r" +$", "", text or "", flags=re.MULTILINE).strip()


def _short_pages_too() -> ConfigParser:
    """Help pages are short: below trafilatura's usual 250 characters it would give up their headings."""
    config = deepcopy(DEFAULT_CONFIG)
    config["DEFAULT"]["MIN_EXTRACTED_SIZE"] = "10"
    return config


def _fields(tree: Any) -> dict[str, object]:
    """Only what is there and well-formed by HTML's own rules; `comptoir:audience` is checked later."""
    language = _first(tree, "/html/@lang") or _first(tree, "/html/@xml:lang")
    fields: dict[str, object] = {"audience": _meta(tree, "comptoir:audience")}
    if re.fullmatch(r"[A-Za-z]{2}([-_].*)?", language):
        fields["language"] = language
    if modified := re.match(r"\d{4}-\d\d-\d\d", _meta(tree, "article:modified_time")):
        fields["updated"] = modified.group()
    return {name: value for name, value in fields.items() if value}


def _title(tree: Any) -> str:
    """The one `h1`, which unlike `title` does not carry the company's name."""
    headings = tree.xpath("//h1")
    heading = " ".join(headings[0].text_content().split()) if len(headings) == 1 else ""
    return heading or _meta(tree, "og:title") or _first(tree, "//head/title//text()")


def _meta(tree: Any, name: str) -> str:
    key = name.lower()
    return _first(
        tree, f"//meta[{_LOWER.format('@name')}='{key}' or {_LOWER.format('@property')}='{key}']/@content"
    )


def _links(tree: Any, url: str | None) -> tuple[str, ...]:
    base = _absolute(url, _first(tree, "//base/@href")) or url
    found = (_absolute(base, str(href).strip()) for href in tree.xpath("//a/@href"))
    return tuple(dict.fromkeys(link for link in found if link.startswith(("http://", "https://"))))


def _absolute(base: str | None, href: str) -> str:
    try:
        return urljoin(base, href) if base and href else href
    except ValueError:
        return ""


def _first(tree: Any, xpath: str) -> str:
    found = tree.xpath(xpath)
    return " ".join(str(found[0]).split()) if found else ""

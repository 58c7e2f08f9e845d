"""Sitemaps: which pages a site says it has. https://www.sitemaps.org/protocol.html"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from lxml import etree  # type: ignore[import-untyped]

from knowledge.sources.reading import Unreadable

MAX_SITEMAP_BYTES = 50_000_000
"""The protocol's own limit, unpacked."""
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Sitemap:
    pages: tuple[str, ...]
    sitemaps: tuple[str, ...]
    """An index lists other sitemaps instead of pages."""


def sitemap_of(data: bytes) -> Sitemap:
    """Parse a sitemap or an index of them, gzipped or not. Raises Unreadable."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(_unpacked(data), parser)
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"is no valid sitemap ({error.msg}): correct it, or remove it") from error
    return Sitemap(_addresses(root, "url"), _addresses(root, "sitemap"))


def _addresses(root: etree._Element, element: str) -> tuple[str, ...]:
    found = root.xpath(f"/*/*[local-name()='{element}']/*[local-name()='loc']/text()")
    return tuple(dict.fromkeys(str(address).strip() for address in found))


def _unpacked(data: bytes) -> bytes:
    if not data.startswith(_GZIP):
        return data
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        unpacked = stream.decompress(data, MAX_SITEMAP_BYTES)
    except zlib.error as error:
        raise Unreadable("is a damaged gzip file: make the sitemap anew") from error
    if stream.unconsumed_tail:
        raise Unreadable(f"is larger than {MAX_SITEMAP_BYTES / 1e6:g} MB: split the sitemap")
    return unpacked

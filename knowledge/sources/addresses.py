"""Web addresses compared and named: two spellings of one page are one page."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import quote, unquote, urlsplit, urlunsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_KEPT = "/%:@!$&'()*+,;=~-._"
_NO_PAGE = re.compile(
    r"\.(?:avif|css|csv|docx?|gif|gz|ico|jpe?g|js|json|mp[34]|pdf|png|pptx?|rss|svg|webp|xlsx?|xml|zip)$",
    re.I,
)


def normalised(address: str) -> str | None:
    """One spelling for each page (RFC 3986, 6.2.2), without fragment; None for what is no web address."""
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not host or parts.username or parts.password:
        return None
    place = f"[{host}]" if ":" in host else host
    if port and port != _DEFAULT_PORTS[parts.scheme]:
        place += f":{port}"
    return urlunsplit((parts.scheme, place, _path(parts.path), quote(parts.query, safe=_KEPT + "?"), ""))


def same_host(one: str, other: str) -> bool:
    """http and https of one host are the same, another port or subdomain is not."""
    first, second = urlsplit(one), urlsplit(other)
    return (first.hostname, first.port) == (second.hostname, second.port)


def is_below(address: str, start: str) -> bool:
    """Whether the page lies in the start's folder: /help and /help/index.html both mean below /help/."""
    if not same_host(address, start):
        return False
    path, folder = urlsplit(address).path, urlsplit(start).path
    if "." in posixpath.basename(folder):
        folder = posixpath.dirname(folder)
    folder = folder.rstrip("/")
    return path == folder or path.startswith(folder + "/")


def may_be_page(address: str) -> bool:
    """Whether a link is worth following: query strings lead into calendars and filters without end."""
    parts = urlsplit(address)
    return not parts.query and not _NO_PAGE.search(parts.path)


def page_id(address: str) -> str:
    """ "help.example.com/fr/retours": no scheme, no suffix, and readable."""
    parts = urlsplit(address)
    path = re.sub(r"\.(?:html?|php|aspx?)$", "", unquote(parts.path).rstrip("/"))
    return parts.netloc + path + (f"?{parts.query}" if parts.query else "")


def _path(written: str) -> str:
    path = posixpath.normpath(re.sub("/+", "/", written)) if written else "/"
    if written.endswith(("/", "/.", "/..")) and path != "/":
        path += "/"
    return re.sub(r"%[0-9a-f]{2}", lambda escape: escape.group().upper(), quote(path, safe=_KEPT), flags=re.I)

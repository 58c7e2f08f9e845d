"""What a help centre is made of. All values are frozen; text offsets count Python characters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Audience(StrEnum):
    """Who may see an entry. Customers see PUBLIC only; staff see both."""

    PUBLIC = "public"
    INTERNAL = "internal"


class ResourceKind(StrEnum):
    PAGE = "page"
    FORM = "form"
    PHONE = "phone"
    EMAIL = "email"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class Article:
    """A text that answers. `text` is what citations point into, character by character."""

    id: str
    title: str
    text: str
    language: str
    """ISO 639-1 code, or "" while it is still to be detected."""
    audience: Audience = Audience.PUBLIC
    questions: tuple[str, ...] = ()
    """Other ways customers ask for it."""
    tags: tuple[str, ...] = ()
    url: str | None = None
    twin: str | None = None
    """Entries that share a twin key say the same thing in different languages."""
    updated: date | None = None
    source: str = ""
    """The file or address it was read from, for people."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A place to send someone: a page, a form, a phone line, a mailbox, a team."""

    id: str
    title: str
    text: str
    """One or two sentences that describe it."""
    language: str
    kind: ResourceKind
    target: str
    """An address, a phone number, an e-mail address or a team's name, according to `kind`."""
    hours: str | None = None
    """OpenStreetMap `opening_hours` syntax; None when it is always there."""
    audience: Audience = Audience.PUBLIC
    questions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    url: str | None = None
    twin: str | None = None
    updated: date | None = None
    source: str = ""


Entry = Article | Resource


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an entry's text small enough to embed: `text == entry.text[start:end]`."""

    entry_id: str
    position: int
    heading: tuple[str, ...]
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Citation:
    """Exact words of an entry: `quote == entry.text[start:end]`."""

    entry_id: str
    title: str
    heading: tuple[str, ...]
    start: int
    end: int
    quote: str
    url: str | None = None
    source: str = ""
    updated: date | None = None

"""What people write about an entry (front matter, table cells) → an entry, or what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlsplit

from knowledge.entries import Article, Audience, Resource, ResourceKind
from knowledge.hours import WrongHours, check
from knowledge.sources.reading import Unreadable, slug

Fields = Mapping[str, object]
"""Values by the names below, as their file gave them: text, lists, dates, numbers."""

_SYNONYMS = {
    "id": ("identifiant", "key", "cle"),
    "title": ("titre", "titel"),
    "question": ("intitule",),
    "questions": ("alternatives", "alternative-questions", "examples", "variantes", "autres-questions"),
    "answer": ("reponse", "text", "texte", "body", "content", "contenu"),
    "description": ("summary", "resume"),
    "language": ("langue", "lang"),
    "audience": ("public-vise", "visibility"),
    "tags": ("tag", "etiquettes", "mots-cles", "keywords"),
    "url": ("link", "lien", "adresse"),
    "twin": ("jumeau", "jumelle", "traduction", "translation"),
    "updated": ("maj", "mise-a-jour", "last-updated", "modified"),
    "kind": ("type", "genre"),
    "target": ("cible", "destination"),
    "hours": ("horaires", "opening-hours"),
}
_NAMES = {synonym: name for name, synonyms in _SYNONYMS.items() for synonym in (name, *synonyms)}
_AUDIENCES = {"publique": Audience.PUBLIC, "interne": Audience.INTERNAL}
_KINDS = {
    "formulaire": ResourceKind.FORM,
    "telephone": ResourceKind.PHONE,
    "e-mail": ResourceKind.EMAIL,
    "mail": ResourceKind.EMAIL,
    "courriel": ResourceKind.EMAIL,
    "equipe": ResourceKind.TEAM,
}

ARTICLE_FIELDS = frozenset(
    {"id", "title", "questions", "language", "audience", "tags", "url", "twin", "updated"}
)
TABLE_FIELDS = frozenset(_SYNONYMS)

_Choice = TypeVar("_Choice", bound=StrEnum)


def field_name(written: str) -> str | None:
    """The field that a heading means, in English or French: « Réponse » → "answer"; None when unknown."""
    return _NAMES.get(slug(written))


def named(raw: Mapping[Any, object], allowed: frozenset[str]) -> dict[str, object]:
    """Values by field name, empty ones left out. A name not in `allowed`, or given twice, raises Unreadable.

    Nothing unknown is skipped in silence: a misspelt "audience" would show staff notes to customers.
    """
    fields: dict[str, object] = {}
    unknown: list[str] = []
    for written, value in raw.items():
        name = field_name(str(written))
        if str(written).startswith("_"):
            continue
        if name is None or name not in allowed:
            unknown.append(str(written))
        elif name in fields:
            raise Unreadable(f"says “{name}” twice (the second time as “{written}”): keep one")
        elif value is not None and value != "":
            fields[name] = value
    if unknown:
        raise Unreadable(unknown_names(unknown, allowed))
    return fields


def unknown_names(unknown: Iterable[str], allowed: frozenset[str]) -> str:
    listed = ", ".join(f"“{name}”" for name in unknown)
    known = ", ".join(sorted(allowed))
    return f"{listed} is not known here: correct it, take it out, or put _ before it (known: {known})"


def article(
    fields: Fields, *, id: str, title: str, text: str, audience: Audience, url: str | None, source: str
) -> Article:
    """`id`, `title`, `audience` and `url` stand in where the fields are silent. Raises Unreadable."""
    return Article(
        id=_line(fields, "id") or id,
        title=_line(fields, "title") or title,
        text=text,
        language=_language(fields),
        audience=_choice(fields, "audience", Audience, _AUDIENCES) or audience,
        questions=_list(fields, "questions", r"[|\n]"),
        tags=_list(fields, "tags", r"[|\n,;]"),
        url=web_address(_line(fields, "url")) or url,
        twin=_line(fields, "twin") or None,
        updated=_date(fields),
        source=source,
    )


def resource(fields: Fields, *, id: str, audience: Audience, source: str) -> Resource:
    """A place to send someone. Raises Unreadable."""
    kind = _choice(fields, "kind", ResourceKind, _KINDS)
    if kind is None:
        raise Unreadable(f"has no kind: write one of {', '.join(ResourceKind)}")
    title = _line(fields, "title") or _line(fields, "question")
    if not title:
        raise Unreadable("has no title: name it as a customer would")
    return Resource(
        id=id,
        title=title,
        text=_text(fields, "description") or _text(fields, "answer"),
        language=_language(fields),
        kind=kind,
        target=fitting_target(kind, _line(fields, "target")),
        hours=_hours(_line(fields, "hours")),
        audience=_choice(fields, "audience", Audience, _AUDIENCES) or audience,
        questions=_list(fields, "questions", r"[|\n]"),
        tags=_list(fields, "tags", r"[|\n,;]"),
        url=web_address(_line(fields, "url")),
        twin=_line(fields, "twin") or None,
        updated=_date(fields),
        source=source,
    )


def web_address(written: str) -> str | None:
    """The address if it is one a customer may click on; None for ""; anything else raises Unreadable."""
    if not written:
        return None
    try:
        parts = urlsplit(written)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Unreadable(f"url “{written}” is no web address: begin it with https://")
    return written


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name, "")
    if isinstance(value, Mapping | list | tuple):
        raise Unreadable(f"{name} holds a list: write one text")
    return str(value).strip()


def _line(fields: Fields, name: str) -> str:
    return re.sub(r"\s+", " ", _text(fields, name))


def _list(fields: Fields, name: str, separator: str) -> tuple[str, ...]:
    value = fields.get(name, ())
    if isinstance(value, Mapping):
        raise Unreadable(f"{name} holds names and values: write a plain list")
    parts = value if isinstance(value, list | tuple) else re.split(separator, str(value))
    cleaned = (re.sub(r"\s+", " ", str(part)).strip() for part in parts if part is not None)
    return tuple(dict.fromkeys(part for part in cleaned if part))


def _language(fields: Fields) -> str:
    written = _line(fields, "language")
    code = re.split(r"[-_]", written.lower())[0]
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise Unreadable(f"language “{written}” is not known: write its two-letter code, such as fr or en")
    return code


def _choice(
    fields: Fields, name: str, choices: type[_Choice], synonyms: Mapping[str, _Choice]
) -> _Choice | None:
    written = _line(fields, name)
    if not written:
        return None
    known = {choice.value: choice for choice in choices} | dict(synonyms)
    found = known.get(slug(written))
    if found is None:
        raise Unreadable(f"{name} “{written}” is not known: write {' or '.join(choices)}")
    return found


def _date(fields: Fields) -> date | None:
    value = fields.get("updated")
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date) or value is None:
        return value
    try:
        return datetime.fromisoformat(str(value).strip()).date()
    except ValueError:
        raise Unreadable(f"updated “{value}” is no date: write it as 2026-05-31") from None


def fitting_target(kind: ResourceKind, written: str) -> str:
    """Raises Unreadable when a customer cannot be sent there."""
    if not written:
        raise Unreadable("has no target: write where to send the customer")
    wrong = f"target “{written}” does not fit kind “{kind}”: write "
    match kind:
        case ResourceKind.PAGE | ResourceKind.FORM:
            if not re.match(r"(https?://[^\s/]|/(?!/))\S*$", written):
                raise Unreadable(wrong + "an address that begins with https://")
        case ResourceKind.PHONE:
            if not re.fullmatch(r"\+?[\d\s().\-/]{3,}", written) or sum(map(str.isdigit, written)) < 2:
                raise Unreadable(wrong + "a phone number, such as +33 1 23 45 67 89")
        case ResourceKind.EMAIL:
            if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", written):
                raise Unreadable(wrong + "an e-mail address")
        case ResourceKind.TEAM:
            pass
    return written


def _hours(written: str) -> str | None:
    if not written:
        return None
    try:
        check(written)
    except WrongHours:
        raise Unreadable(
            f"hours “{written}” are not understood: write them as OpenStreetMap does, "
            "such as Mo-Fr 09:00-18:00; Sa 10:00-16:00"
        ) from None
    return written

"""Templates → HTML. Everything is escaped; a name that is not there is an error, not an empty place."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bot.events import Review
from connectors.console.keyboard import keys_by_place
from connectors.console.words import LANGUAGES, Words, names
from connectors.demo import is_made_up
from connectors.http import html
from escalation.packet import Considered

STATIC = Path(__file__).parent / "static"
ROOT = "/console"


class Templates:
    """One environment a language, so that macros speak it too."""

    def __init__(self) -> None:
        self._environments = {language: _environment(Words(language)) for language in LANGUAGES}

    def render(self, template: str, language: str, values: dict[str, Any]) -> str:
        return self._environments[language].get_template(template).render(values)

    def label(self, value: Enum, language: str) -> str:
        """The word for a value of an enum."""
        return names.labels(language)(value)


def _environment(words: Words) -> Environment:
    environment = Environment(
        loader=PackageLoader("connectors.console"),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        _=words,
        count=words.count,
        number=words.number,
        decimal=words.decimal,
        percent=words.percent,
        label=names.labels(words.language),
        language=words.language,
        asset=asset,
        icon=icon,
        url=url,
        quoted=quoted,
        keyboard=keys_by_place(words),
        reviews=list(Review),
        is_made_up=is_made_up,
    )
    for name in ("later_name", "language_name", "outcome_name", "verdict_name", "step_name", "signal_name"):
        environment.globals[name] = _said(getattr(names, name), words)
    for name in ("door_name", "topic_name", "dimension_name", "part_name", "audience_name"):
        environment.globals[name] = _said(getattr(names, name), words)
    environment.filters.update(
        hue=hue, browser_name=browser_name, markdown=markdown, article=article, plain=html.plain
    )
    return environment


def _said(name: Callable[[Any, Words], str], words: Words) -> Callable[[Any], str]:
    return lambda value: name(value, words)


def markdown(text: str, marks: int = 0) -> Markup:
    """As a customer would see it; `marks`: how many citations it has."""
    return Markup(html.rendered(text, marks=marks, breaks=not marks))


def article(text: str) -> Markup:
    """A whole entry, with its headings."""
    return Markup(html.article(text))


def quoted(considered: Considered) -> str:
    """Markdown: the words of an entry with the place they are from, to be inserted."""
    body = "\n".join(f"> {line}" for line in (considered.passage or "").strip().splitlines())
    source = f"[{considered.title}]({considered.url})" if considered.url else considered.title
    return f"{body}\n>\n> — {source}\n"


def url(path: str = "/") -> str:
    return ROOT + path


def asset(name: str) -> str:
    """The address of a static file. It changes when any of them does, so that browsers may keep them for
    ever, and scripts find each other beside themselves."""
    return f"{ROOT}/static/{_version()}/{name}"


@cache
def icon(name: str, title: str | None = None) -> Markup:
    """A sign of icons.svg. A function rather than a macro: a list has hundreds of them."""
    said = Markup('role="img" aria-label="{}"').format(title) if title else Markup('aria-hidden="true"')
    drawing = Markup(
        '<svg class="icon" width="16" height="16" {} focusable="false"><use href="{}#{}"></use></svg>'
    )
    return drawing.format(said, asset("icons.svg"), name)


@cache
def _version() -> str:
    files = sorted(file for file in STATIC.iterdir() if file.is_file())
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def hue(name: str) -> int:
    """0 to 7, always the same for the same name: the ground of somebody's initials."""
    return zlib.crc32(name.encode()) % 8


def browser_name(agent: str) -> str:
    """What a browser calls itself, as people call it: "Firefox · Linux"."""
    browser = next((name for sign, name in _BROWSERS if sign in agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    return " · ".join(filter(None, (browser, system))) or re.sub(r"\s.*", "", agent) or "?"


_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)

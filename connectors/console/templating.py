"""Templates → HTML. Everything is escaped; a name that is not there is an error, not an empty place."""

from __future__ import annotations

import hashlib
import re
import zlib
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from connectors.console.keyboard import keys_by_place
from connectors.console.words import LANGUAGES, Words
from connectors.console.words.names import labels, language_name, later_name

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
        return labels(language)(value)


def _environment(words: Words) -> Environment:
    environment = Environment(
        loader=PackageLoader("connectors.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        _=words,
        count=words.count,
        number=words.number,
        label=labels(words.language),
        language=words.language,
        asset=asset,
        url=url,
        later_name=lambda later: later_name(later, words),
        language_name=lambda code: language_name(code, words),
        keyboard=keys_by_place(words),
    )
    environment.filters.update(hue=hue, browser_name=browser_name)
    return environment


def url(path: str = "/") -> str:
    return ROOT + path


@cache
def asset(name: str) -> str:
    """The address of a static file; it changes with the file, so that browsers may keep it for ever."""
    version = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"{ROOT}/static/{name}?v={version}"


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

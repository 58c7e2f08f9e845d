"""The widget as browsers get it: its parts as one ES module, without comments.

One request instead of one a part, never two versions of parts side by side in a cache, and fewer bytes. The
parts in `static/` are what is written, read and tested, and run as they are too. What is shortened here is
what nobody outside can tell apart: spaces, and names (names.py).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from connectors.widget.names import with_short_names

STATIC = Path(__file__).with_name("static")

_IMPORT = re.compile(r'^import (?:\{[^}]*\} from )?"(\./[^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
_NAMED = re.compile(r"^(?:async )?(?:class|const|function\*?|let) (\w+)", re.MULTILINE)
_COMMENT = re.compile(r"^ *(?:/\*\*.*?\*/|//[^\n]*)\n", re.MULTILINE | re.DOTALL)
"""As we write them: on lines of their own."""
_INDENTED = re.compile(r"\n\s*")
_NEEDLESS = re.compile(r"(?<=[;{},(\[])\n|\n(?=[})\].?:&|])")
"""Ends of lines that end nothing: every statement of ours ends with a semicolon or a brace."""
_SPACED = re.compile(
    r""""(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`|/(?! )(?:\\.|\[(?:\\.|[^]])*]|[^/\\\n])+/|"""
    r""" ?([=(){}<>,;:?&|+*!]+) ?"""
)
"""A string, a template or a regular expression, which stay as they are; or signs with spaces around them."""
_TRAILING = re.compile(r",(?=[)}])|;(?=})")
_SHEET = re.compile(r"`:host[^`]*`")
"""Styles, as ours begin."""
_SPACED_IN_SHEET = re.compile(r"(?<=[:,]) | (?={)| ?> ?(?! )")


class PartsClash(Exception):
    """Two parts use the same name at their top level, which one module cannot."""


@cache
def widget_module() -> str:
    """The JavaScript of `/widget.js`."""
    return joined(STATIC / "widget.js")


def joined(file: Path) -> str:
    """A module with all that it imports. Raises PartsClash."""
    return "".join(_bare(part) for part in with_short_names(in_one(file)).split("\f"))


def in_one(file: Path) -> str:
    """As it is written, a form feed between the parts."""
    parts = [_alone(text) for text in _in_order(file, set())]
    names = Counter(name for part in parts for name in _NAMED.findall(part))
    twice = sorted(name for name, count in names.items() if count > 1)
    if twice:
        raise PartsClash(f"names used twice at the top of a part: {', '.join(twice)}")
    return "\f".join(parts)


def _in_order(file: Path, seen: set[Path]) -> Iterator[str]:
    """What a part imports stands before it."""
    if file in seen:
        return
    seen.add(file)
    text = file.read_text("utf-8")
    for needed in _IMPORT.findall(text):
        yield from _in_order((file.parent / needed).resolve(), seen)
    yield text


def _alone(text: str) -> str:
    return _COMMENT.sub("", _EXPORT.sub("", _IMPORT.sub("", text)))


def _bare(text: str) -> str:
    """Without indentation, and needless spaces, signs and ends of lines."""
    lines = _INDENTED.sub("\n", text).lstrip("\n")
    return _SPACED.sub(_signs, _SHEET.sub(_thin, _NEEDLESS.sub("", lines)))


def _thin(sheet: re.Match[str]) -> str:
    return _TRAILING.sub("", _SPACED_IN_SHEET.sub(lambda space: space[0].strip(), sheet[0]))


def _signs(found: re.Match[str]) -> str:
    return _TRAILING.sub("", found[1]) if found[1] else found[0]

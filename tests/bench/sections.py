"""Parts of a page that are measured apart, between marks, so that no run loses what another wrote."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "quality.md"
_SECTION = re.compile(r"<!-- (?P<name>[\w-]+): begin -->\n.*?<!-- (?P=name): end -->\n", re.DOTALL)


def written_with_sections(page: str, before: str) -> str:
    """A page made anew, with the sections that stood on it before at its end."""
    return "\n".join([page, *(match.group() for match in _SECTION.finditer(before))])


def with_section(page: str, name: str, body: str) -> str:
    """The page with this section in place of the one of that name, else at its end."""
    section = f"<!-- {name}: begin -->\n{body.strip()}\n<!-- {name}: end -->\n"
    there = re.compile(rf"<!-- {re.escape(name)}: begin -->\n.*?<!-- {re.escape(name)}: end -->\n", re.DOTALL)
    if there.search(page):
        return there.sub(lambda _: section, page)
    return f"{page.rstrip()}\n\n{section}"

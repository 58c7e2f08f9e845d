"""Replies written once and used often, with places for what changes: {{customer}}, {{agent}}, {{company}}."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

PLACES = ("customer", "first_name", "agent", "company", "team", "question")
_PLACE = re.compile(r"\{\{\s*([^{}\n]{1,60}?)\s*\}\}")


@dataclass(frozen=True, slots=True)
class CannedReply:
    id: str
    title: str
    text: str
    """Markdown with {{places}}."""
    language: str | None = None
    """ISO 639-1; None: for every language."""
    by: str = ""
    """Account name of who wrote it last."""
    updated_at: datetime | None = None


class CannedReplies(Protocol):
    """Every method may raise ConsoleUnavailable."""

    async def all(self) -> Sequence[CannedReply]:
        """By title."""
        ...

    async def get(self, id: str) -> CannedReply | None: ...

    async def save(self, reply: CannedReply) -> None: ...

    async def remove(self, id: str) -> None: ...


def filled(text: str, values: Mapping[str, str | None]) -> str:
    """What is known stands in its place; the rest stays, for the writer to see."""

    def value(found: re.Match[str]) -> str:
        return values.get(found[1].lower()) or f"{{{{{found[1]}}}}}"

    return _PLACE.sub(value, text)


def unfilled(text: str) -> list[str]:
    """Places that still wait for words: such a text must not go out."""
    return [found[1] for found in _PLACE.finditer(text)]

"""Which of our languages a browser prefers."""

from __future__ import annotations

from collections.abc import Sequence


def preferred(header: str | None, offered: Sequence[str]) -> str:
    """The offered language (ISO 639-1) that an Accept-Language header wants most; else the first."""
    wanted = sorted(_wishes(header or ""), key=lambda wish: -wish[1])
    for language, weight in wanted:
        if weight > 0 and language in offered:
            return language
    return offered[0]


def _wishes(header: str) -> list[tuple[str, float]]:
    return [_wish(part) for part in header[:500].split(",")]


def _wish(part: str) -> tuple[str, float]:
    name, _, rest = part.partition(";")
    quality = rest.strip().removeprefix("q=")
    try:
        weight = float(quality) if quality else 1.0
    except ValueError:
        weight = 0.0
    return name.strip().lower().partition("-")[0], weight

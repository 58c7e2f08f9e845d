"""English → French, for all that the console says: a module for each group of rooms, put together here."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.console.words.french import (
    conversation,
    frame,
    judging,
    knowledge,
    naming,
    overview,
    quality,
    queue,
    team,
)


def _together(parts: Iterable[dict[str, str]]) -> dict[str, str]:
    """A sentence has one translation. Raises ValueError for one that has two."""
    merged: dict[str, str] = {}
    for part in parts:
        for english, french in part.items():
            if merged.setdefault(english, french) != french:
                raise ValueError(f"{english!r} is {merged[english]!r} and {french!r}")
    return merged


FRENCH = _together(
    (
        frame.FRENCH,
        queue.FRENCH,
        conversation.FRENCH,
        team.FRENCH,
        judging.FRENCH,
        knowledge.FRENCH,
        naming.FRENCH,
        overview.FRENCH,
        quality.FRENCH,
    )
)

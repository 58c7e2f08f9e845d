"""How far long work has come, for a progress bar."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Phase(StrEnum):
    READING = "reading"
    """Counts entries and rejections."""
    EMBEDDING = "embedding"
    """Counts texts."""
    INDEXING = "indexing"
    """Counts vectors."""


Progress = Callable[[int, int, Phase], None]
"""Called with (done, total, phase); total 0 while nobody knows it."""


def unseen(done: int, total: int, phase: Phase) -> None:
    """Nobody watches."""

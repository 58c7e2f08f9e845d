"""What the bot needs of a decision model: one of several options, each with its probability, and no text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

YES_NO = ("yes", "no")


class DeciderFailed(Exception):
    """It gave no answer that can be used. The message says why, for the log."""


class Decider(Protocol):
    @property
    def name(self) -> str: ...

    async def decide(self, question: str, options: Sequence[str], context: str) -> Mapping[str, float]:
        """Probabilities of the options, which sum to 1. Yes or no, a choice, or the levels of a score, lowest
        first: what their order means is the caller's. `context` is what the question is about.

        Raises DeciderFailed."""
        ...

    async def close(self) -> None: ...

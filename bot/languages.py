"""What the bot needs to know of languages."""

from __future__ import annotations

from typing import Protocol


class Detector(Protocol):
    def detect(self, text: str, hint: str | None = None) -> str:
        """ISO 639-1; `hint` decides for texts that are too short to tell."""
        ...

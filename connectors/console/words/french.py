"""English → French, for all that the console says."""

from __future__ import annotations

FRENCH: dict[str, str] = {}

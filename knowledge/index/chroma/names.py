"""What a generation is called, and what its name tells."""

from __future__ import annotations

import secrets
import time

_ABANDONED_SECONDS = 3600
"""A build that another process left unfinished for so long will not be finished."""


def new_name() -> str:
    """When it was begun (seconds, hexadecimal) and something that no other process has."""
    return f"g-{int(time.time()):x}-{secrets.token_hex(4)}"


def is_abandoned(generation: str, now: float) -> bool:
    try:
        return int(generation.split("-")[1], 16) < now - _ABANDONED_SECONDS
    except ValueError:
        return False

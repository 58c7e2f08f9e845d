"""Lists that somebody wants to come back to: filters under a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SavedView:
    id: str
    account: str
    """Who made it."""
    name: str
    query: str
    """As in the address: "team=orders&reason=frustrated"."""
    shared: bool = False
    """Colleagues see it too."""


class SavedViews(Protocol):
    """Every method may raise ConsoleUnavailable."""

    async def of(self, account: str) -> Sequence[SavedView]:
        """Their own and what others share, by name."""
        ...

    async def save(self, view: SavedView) -> None: ...

    async def remove(self, id: str, account: str | None) -> bool:
        """Whether it was there; of `account` only, unless None."""
        ...

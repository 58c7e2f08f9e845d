"""Where generations live, and where the pointer is kept."""

from __future__ import annotations

from typing import Protocol

from knowledge.index.chroma.generation import Generation
from knowledge.index.chroma.pointer import Pointer


class Home(Protocol):
    """All methods block: call them in a thread."""

    def pointer(self) -> Pointer | None: ...

    def point(self, pointer: Pointer) -> None: ...

    def create(self, generation: str) -> Generation: ...

    def open(self, pointer: Pointer) -> Generation: ...

    def settled(self, built: Generation) -> Generation:
        """Ready to be pointed at: probed, and nothing of it left for the next start to do."""
        ...

    def discard(self, generation: Generation) -> None: ...

    def sweep(self, old: Generation | None, current: Generation) -> None:
        """Drop all generations but the current, if nobody builds them."""
        ...

    def close(self, current: Generation | None) -> None: ...

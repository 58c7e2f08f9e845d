"""Which generation is the index, and what it was made from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from knowledge.ports import IndexStamp


@dataclass(frozen=True, slots=True)
class Pointer:
    generation: str
    stamp: IndexStamp
    counts: Mapping[str, int]
    """Rows by place, to notice what got lost."""

    @staticmethod
    def unbuilt(generation: str) -> Pointer:
        return Pointer(generation, IndexStamp("", 0, 0), {})

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> Pointer | None:
        """None for what is no pointer: the index is then as good as missing."""
        try:
            values = json.loads(text)
            return Pointer(values["generation"], IndexStamp(**values["stamp"]), values["counts"])
        except (ValueError, TypeError, KeyError):
            return None

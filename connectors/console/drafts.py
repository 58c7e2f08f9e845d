"""What somebody has begun to write to a customer, or to colleagues. It survives a reload."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    REPLY = "reply"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class WrittenDraft:
    account: str
    conversation_id: str
    kind: Kind
    text: str
    updated_at: datetime


class Drafts(Protocol):
    """One for each person, conversation and kind. Every method may raise ConsoleUnavailable."""

    async def of(self, account: str, conversation_id: str) -> dict[Kind, WrittenDraft]: ...

    async def save(self, draft: WrittenDraft) -> None:
        """An empty one is forgotten."""
        ...

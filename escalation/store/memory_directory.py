"""All conversations in memory, to be given to `MemoryLog` as a projection."""

from __future__ import annotations

from collections.abc import Sequence

from bot.conversation import State
from bot.events import LoggedEvent
from escalation.card import Card, next_card
from escalation.directory import ALL, Search


class MemoryDirectory:
    def __init__(self) -> None:
        self._cards: dict[str, Card] = {}

    async def apply(self, transaction: None, logged: LoggedEvent, state: State) -> None:
        before = self._cards.get(logged.conversation_id)
        self._cards[logged.conversation_id] = next_card(before, logged, state)

    async def clear(self, transaction: None) -> None:
        self._cards.clear()

    async def get(self, conversation_id: str) -> Card | None:
        return self._cards.get(conversation_id)

    async def find(self, search: Search = ALL, limit: int = 50, after: Card | None = None) -> Sequence[Card]:
        cards = sorted(filter(search.passes, self._cards.values()), key=_key, reverse=True)
        return [card for card in cards if after is None or _key(card) < _key(after)][:limit]

    async def count(self, search: Search = ALL) -> int:
        return sum(map(search.passes, self._cards.values()))


def _key(card: Card) -> tuple[object, str]:
    return card.updated_at, card.conversation_id

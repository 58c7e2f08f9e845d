"""All conversations, to be looked through: by whom they are, what was asked, who has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.conversation import Held
from escalation.card import Card
from escalation.queue import searchable


@dataclass(frozen=True, slots=True)
class Search:
    """What a list of conversations shows. None lets everything pass."""

    held: frozenset[Held] | None = None
    owner: str | None = None
    site: str | None = None
    language: str | None = None
    door: str | None = None
    customer_id: str | None = None
    contact: str | None = None
    escalated: bool | None = None
    """Whether it ever came to people."""
    not_useful: bool | None = None
    """Whether the customer ever turned a thumb down."""
    reviewed: bool | None = None
    spam: bool | None = False
    opened_from: datetime | None = None
    opened_before: datetime | None = None
    text: str | None = None
    """Stands somewhere in the customer's first or last words, name, or address. Case and accents do not
    matter."""

    def passes(self, card: Card) -> bool:
        return (
            (self.held is None or card.held in self.held)
            and self.owner in (None, card.owner)
            and self.site in (None, card.site)
            and self.language in (None, card.language)
            and self.door in (None, card.door)
            and self.customer_id in (None, card.customer.id if card.customer else "")
            and self.contact in (None, card.contact)
            and self.escalated in (None, card.escalations > 0)
            and self.not_useful in (None, card.not_useful > 0)
            and self.reviewed in (None, bool(card.labels))
            and self.spam in (None, card.spam)
            and (self.opened_from is None or card.opened_at >= self.opened_from)
            and (self.opened_before is None or card.opened_at < self.opened_before)
            and (self.text is None or searchable(self.text) in searched_text(card))
        )


ALL = Search()


def searched_text(card: Card) -> str:
    """What `Search.text` looks in, folded."""
    named = (card.customer.name, card.customer.email, card.customer.id) if card.customer else ()
    parts = (card.question, card.last_message, card.contact, *named)
    return searchable("\n".join(part for part in parts if part))


class Directory(Protocol):
    """A projection of the log: written only by it. Every method may raise DirectoryUnavailable."""

    async def get(self, conversation_id: str) -> Card | None: ...

    async def find(self, search: Search = ALL, limit: int = 50, after: Card | None = None) -> Sequence[Card]:
        """Where something happened last, first. `after`: the last card of the page before."""
        ...

    async def count(self, search: Search = ALL) -> int: ...


class DirectoryUnavailable(Exception):
    """The store does not answer now; try again."""

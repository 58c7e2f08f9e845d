"""What customers are called where they have not said their name."""

from __future__ import annotations

import re
import zlib
from typing import Protocol

from bot.events import Customer
from connectors.console.words import Words


class Known(Protocol):
    """A ticket, or a card of the directory."""

    @property
    def conversation_id(self) -> str: ...

    @property
    def customer(self) -> Customer | None: ...

    @property
    def contact(self) -> str | None: ...


def customer_name(known: Known, _: Words) -> str:
    customer = known.customer
    named = (customer.name or customer.email) if customer else None
    return named or known.contact or _("Visitor {sign}", sign=sign_of(known.conversation_id))


def first_name(known: Known) -> str | None:
    """Only of those whose name is known."""
    name = known.customer.name if known.customer else None
    return name.split()[0] if name and name.split() else None


def title_of(team: str) -> str:
    """A team's title or key without what stands before the noun: "our order team" → "Order team"."""
    bare = _ARTICLE.sub("", team.replace("_", " ")).strip()
    return bare[:1].upper() + bare[1:]


_ARTICLE = re.compile(r"^(l['’]|le |la |les |notre |nos |our |the )", re.IGNORECASE)


def sign_of(conversation_id: str) -> str:
    """Four letters and digits, to tell visitors without a name apart."""
    return f"{zlib.crc32(conversation_id.encode()) & 0xFFFF:04X}"

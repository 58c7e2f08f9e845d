"""What of a customer's personal data is shown in Slack: none, unless the company wants it there."""

from __future__ import annotations

from bot.recognisers.personal_data import Kind, personal_data
from escalation.drafting import PLACES
from escalation.ticket import Ticket

SHOWN = frozenset({Kind.NUMBER, Kind.NAME})
"""What colleagues need to help: the number of an order says nothing to others."""


class Discretion:
    def __init__(self, everything: bool, language: str) -> None:
        self._everything = everything
        self._places = PLACES["fr" if language == "fr" else "en"]

    def __call__(self, text: str) -> str:
        """With what kind of detail stood there, in brackets."""
        if self._everything:
            return text
        pieces: list[str] = []
        last = 0
        for found in personal_data(text):
            if found.kind not in SHOWN:
                pieces += (text[last : found.start], f"[{self._places[found.kind]}]")
                last = found.end
        return "".join((*pieces, text[last:]))

    def name(self, ticket: Ticket) -> str | None:
        """Of the customer."""
        return ticket.customer.name if ticket.customer and self._everything else None

"""What a turn is asked, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bot.decisions import Decision
from knowledge.entries import Audience


@dataclass(frozen=True, slots=True)
class Exchange:
    """An earlier burst of the customer's messages and what the bot gave for it."""

    question: str
    outcome: Decision | None
    """None where a person answered."""
    position: int
    """Of the outcome in the conversation; 0 where there is none."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The customer's unanswered messages, oldest first, with what went before since the bot took over."""

    conversation_id: str
    messages: tuple[str, ...]
    exchanges: tuple[Exchange, ...]
    now: datetime
    """With time zone."""
    language: str | None = None
    """What the conversation was in so far; a short message takes it over."""
    audiences: frozenset[Audience] = frozenset({Audience.PUBLIC})
    failures: int = 0
    """Outcomes in a row that the customer said did not help (by thumb, or in earlier messages).
    What `messages` say about the last outcome is for the responder to hear: `Response.rejected`."""


@dataclass(frozen=True, slots=True)
class Response:
    outcome: Decision
    confidence: float
    trace: dict[str, Any] = field(default_factory=dict)
    """JSON-able: features, candidates with scores, timings, decision and its reason.
    A ticket shows `trace["candidates"]`: dicts with entry_id, title and score, best first."""
    language: str | None = None
    """What the messages were found to be in; the next ones start from it."""
    rejected: bool = False
    """These messages say that the last outcome did not help: it counts as a failure."""


class Responder(Protocol):
    async def respond(self, asked: Asked) -> Response:
        """Never raises for what a customer wrote or a broken part: that becomes an escalation."""
        ...

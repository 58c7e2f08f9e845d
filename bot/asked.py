"""What a turn is asked, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from typing import Any, Protocol

from bot.decisions import Clarify, Decision
from knowledge.entries import Audience, Citation


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
    site: str | None = None
    tier: str | None = None
    """Of the customer, when the company vouches for who it is."""
    tags: tuple[str, ...] = ()
    """Of the entry that was nearest to the last question."""

    @property
    def questions_back(self) -> int:
        """How many in a row were the bot's last outcomes."""
        outcomes = (exchange.outcome for exchange in reversed(self.exchanges))
        return sum(1 for _ in takewhile(lambda outcome: isinstance(outcome, Clarify), outcomes))


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


@dataclass(frozen=True, slots=True)
class Draft:
    """The part of an answer that is verified already, while the rest is being written.

    It may still be withdrawn: only the outcome in the log is the answer."""

    text: str
    """Markdown with [1], [2], as in `Answer`."""
    citations: tuple[Citation, ...]


Shown = Callable[[Draft], None]
"""Takes each draft as it grows; must not block."""


def to_nobody(draft: Draft) -> None:
    """For those who wait for the whole answer."""


class Responder(Protocol):
    async def respond(self, asked: Asked, shown: Shown = to_nobody) -> Response:
        """Never raises for what a customer wrote or a broken part: that becomes an escalation."""
        ...


class Onlooker(Protocol):
    """Sees outcomes come about, so that a door can show that something is being written, and what."""

    def begun(self, conversation_id: str) -> None: ...

    def draft(self, conversation_id: str, draft: Draft) -> None: ...

    def ended(self, conversation_id: str) -> None:
        """The outcome is in the log, or there is none after all: drafts are void."""
        ...

"""What the team has to take care of: a conversation that the bot passed on, with what it knew. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.conversation import Held, State
from bot.decisions import Escalate, Reason
from bot.events import LoggedEvent, OutcomeGiven, PersonJoined


class Status(StrEnum):
    OPEN = "open"
    CLAIMED = "claimed"
    RESOLVED = "resolved"
    """Also when the conversation was handed back to the bot: nobody waits for a person any more."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that the bot found and did not dare to answer with."""

    entry_id: str
    title: str
    score: float


@dataclass(frozen=True, slots=True)
class Ticket:
    number: int
    """The log's sequence of the escalation: grows with time, the same after a rebuild."""
    conversation_id: str
    reason: Reason
    topic: str | None
    """The sensitive topic, when that is the reason."""
    team: str | None
    question: str
    """What the customer asked last; "" when they only pressed the button."""
    language: str | None
    opened_at: datetime
    position: int
    """Of the escalation in the conversation: the transcript is what stands before it."""
    confidence: float
    candidates: tuple[Candidate, ...]
    """Best first."""
    status: Status = Status.OPEN
    claimed_by: str | None = None
    claimed_at: datetime | None = None
    closed_at: datetime | None = None


def next_ticket(ticket: Ticket | None, logged: LoggedEvent, state: State) -> Ticket | None:
    """A conversation's newest ticket after an event, given the one before it and the state after it."""
    if isinstance(logged.event, OutcomeGiven) and isinstance(logged.event.outcome, Escalate):
        return _opened(logged, logged.event, logged.event.outcome, state)
    if ticket is None or ticket.status is Status.RESOLVED:
        return ticket
    if isinstance(logged.event, PersonJoined):
        return replace(ticket, status=Status.CLAIMED, claimed_by=logged.event.name, claimed_at=logged.at)
    if state.owner.held in (Held.BOT, Held.NOBODY):
        return replace(ticket, status=Status.RESOLVED, closed_at=logged.at)
    return ticket


def _opened(logged: LoggedEvent, given: OutcomeGiven, outcome: Escalate, state: State) -> Ticket:
    return Ticket(
        number=logged.sequence,
        conversation_id=logged.conversation_id,
        reason=outcome.reason,
        topic=outcome.topic,
        team=outcome.team,
        question=state.exchanges[-1].question if state.exchanges else "",
        language=state.language,
        opened_at=logged.at,
        position=logged.position,
        confidence=given.confidence,
        candidates=tuple(_candidates(given.trace.get("candidates"))),
    )


def _candidates(traced: Any) -> Iterator[Candidate]:
    """The trace is free-form: what does not look like a candidate is left to whoever reads the trace."""
    for item in traced if isinstance(traced, list) else ():
        match item:
            case {"entry_id": str(entry_id), "score": float() | int() as score, **rest}:
                yield Candidate(entry_id, str(rest.get("title") or entry_id), float(score))

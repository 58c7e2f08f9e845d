"""Tickets as events make them, with only what the story tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.conversation import State, step
from bot.decisions import Reason
from bot.events import Author, ConversationOpened, Event, LoggedEvent, MessageReceived, OutcomeGiven
from escalation.ticket import Ticket, next_ticket
from tests.builders import MONDAY, an_escalation

Happening = tuple[float, Event]
"""Minutes after Monday nine, and what happened then."""


def a_ticket(
    *happenings: Happening,
    team: str | None = None,
    language: str = "en",
    reason: Reason = Reason.LOW_CONFIDENCE,
    start: datetime = MONDAY,
    **more: object,
) -> Ticket:
    """Asked and escalated at `start`, then this."""
    escalation = an_escalation(reason, team=team)
    first: list[Happening] = [
        (0, ConversationOpened()),
        (0, MessageReceived("m1", "My chair?")),
        (0, OutcomeGiven(escalation, (2,), 0.4, {}, language)),
    ]
    ticket = ticket_of([*first, *happenings], start)
    assert ticket is not None
    return replace(ticket, **more)  # type: ignore[arg-type]


def ticket_of(happenings: Sequence[Happening], start: datetime = MONDAY) -> Ticket | None:
    ticket: Ticket | None = None
    state: State | None = None
    for n, (minutes, event) in enumerate(happenings, 1):
        logged = LoggedEvent(n, "c1", n, start + timedelta(minutes=minutes), Author.STAFF, event)
        state = step(state, logged)
        ticket = next_ticket(ticket, logged, state)
    return ticket

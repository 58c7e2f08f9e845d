"""How conversations end, kept apart honestly: what customers said, what we only assume, who left. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from escalation.facts import ANSWERING, QUIET, ConversationFacts

CONTENT = 4
"""Stars from which a customer is satisfied."""
DISCONTENT = 2
"""Stars up to which they are not."""


class Ending(StrEnum):
    """Each counted conversation has one: the first of these that fits."""

    REOPENED = "reopened"
    """It was at rest, and within seven days the customer came back with something, or a colleague reopened
    it. Whatever it was before, it was not settled."""
    ESCALATED = "escalated"
    """It went to people."""
    CONFIRMED = "confirmed"
    """The customer said that the bot's last answer helped: by thumb, in words, or by four or five stars."""
    UNDER_WAY = "under_way"
    """Not closed, and somebody said something within the last day."""
    ABANDONED = "abandoned"
    """The customer left without an answer, or with one that they called useless or gave one or two stars."""
    ASSUMED = "assumed"
    """The bot's last word was an answer, and the customer said nothing more."""


def ending_of(facts: ConversationFacts, now: datetime) -> Ending | None:
    """None for what is not counted: spam, merged into another, or opened without a word.

    `sql_reports` says the same in SQL, for thousands at once."""
    if facts.dismissed or (facts.messages == 0 and facts.escalated_at is None):
        return None
    if facts.came_back_at is not None:
        return Ending.REOPENED
    if facts.escalated_at is not None:
        return Ending.ESCALATED
    stars = facts.stars
    if facts.useful or facts.thanked or (stars is not None and stars >= CONTENT):
        return Ending.CONFIRMED
    if facts.closed_at is None and facts.last_said_at is not None and now - facts.last_said_at < QUIET:
        return Ending.UNDER_WAY
    discontent = facts.useful is False or (stars is not None and stars <= DISCONTENT)
    if discontent or facts.last_outcome not in ANSWERING:
        return Ending.ABANDONED
    return Ending.ASSUMED

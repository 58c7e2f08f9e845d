"""Who may do what. What is not listed is not allowed."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from bot.conversation import ConversationError
from escalation.roster import Agent, Role


class May(StrEnum):
    CLAIM = "claim"
    REPLY = "reply"
    NOTE = "note"
    TRANSFER = "transfer"
    """Also to another person, when it is one's own or in the queue."""
    RELEASE = "release"
    SNOOZE = "snooze"
    TAG = "tag"
    PRIORITISE = "prioritise"
    MARK_SPAM = "mark_spam"
    MERGE = "merge"
    HAND_BACK = "hand_back"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    REVIEW = "review"
    """Label an answer of the bot, and propose a correction."""
    READ_NOTES = "read_notes"

    TAKE_FROM_OTHERS = "take_from_others"
    """Act on a conversation that a colleague has: take it, give it to another, release it."""
    PUBLISH_CORRECTION = "publish_correction"
    EDIT_KNOWLEDGE = "edit_knowledge"
    READ_REPORTS = "read_reports"

    MANAGE_ROSTER = "manage_roster"


_AGENT = frozenset(
    {
        May.CLAIM,
        May.REPLY,
        May.NOTE,
        May.TRANSFER,
        May.RELEASE,
        May.SNOOZE,
        May.TAG,
        May.PRIORITISE,
        May.MARK_SPAM,
        May.MERGE,
        May.HAND_BACK,
        May.RESOLVE,
        May.REOPEN,
        May.REVIEW,
        May.READ_NOTES,
    }
)
_LEAD = _AGENT | {May.TAKE_FROM_OTHERS, May.PUBLISH_CORRECTION, May.EDIT_KNOWLEDGE, May.READ_REPORTS}

ALLOWED: Mapping[Role, frozenset[May]] = {
    Role.AGENT: _AGENT,
    Role.LEAD: _LEAD,
    Role.ADMIN: _LEAD | {May.MANAGE_ROSTER},
}


class NotAllowed(ConversationError):
    """This role may not do that. The message says who may."""


def may(agent: Agent, what: May) -> bool:
    return agent.active and what in ALLOWED.get(agent.role, frozenset())


def require(agent: Agent, what: May) -> None:
    """Raises NotAllowed."""
    if not agent.active:
        raise NotAllowed(f"the account of {agent.display} is closed")
    if not may(agent, what):
        roles = ", ".join(role for role, allowed in ALLOWED.items() if what in allowed)
        raise NotAllowed(f"{agent.display} may not {what.replace('_', ' ')}: only {roles}")

"""When a mail is due, and to whom. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from bot.brief import Brief
from bot.conversation import State
from bot.events import (
    Author,
    ConversationResolved,
    Event,
    LoggedEvent,
    PersonAssigned,
    PromiseMade,
    ReplySent,
    ServiceLevelBreached,
    ServiceLevelWarned,
    TranscriptRequested,
)
from escalation.roster import Agent, Role


class Occasion(StrEnum):
    ANSWER = "answer"
    """A person has replied."""
    PROMISE = "promise"
    """Nobody could come in time: what was promised."""
    CLOSED = "closed"
    """The team closed the conversation without a word."""
    TRANSCRIPT = "transcript"
    """The customer asked for it."""
    GIVEN = "given"
    """To a colleague: a conversation is theirs now."""
    WARNED = "warned"
    """To colleagues: a service level is nearly missed."""
    BREACHED = "breached"


FOR_STAFF = frozenset({Occasion.GIVEN, Occasion.WARNED, Occasion.BREACHED})
HEARD: tuple[type[Event], ...] = (
    ReplySent,
    PromiseMade,
    ConversationResolved,
    TranscriptRequested,
    PersonAssigned,
    ServiceLevelWarned,
    ServiceLevelBreached,
)


def for_customer(logged: LoggedEvent, state: State, *, known: bool) -> tuple[Occasion, str] | None:
    """What is due to the customer, and their address. `known`: the address that the company vouches for
    counts where they have left none, on websites: other doors deliver themselves."""
    if isinstance(logged.event, TranscriptRequested):
        return Occasion.TRANSCRIPT, logged.event.email
    vouched = state.customer.email if known and state.customer and state.door == "widget" else None
    address = state.contact or vouched
    occasion = _of_customer(logged)
    return (occasion, address) if occasion and address else None


def _of_customer(logged: LoggedEvent) -> Occasion | None:
    match logged.event:
        case ReplySent():
            return Occasion.ANSWER
        case PromiseMade():
            return Occasion.PROMISE
        case ConversationResolved() if logged.author is not Author.CUSTOMER:
            return Occasion.CLOSED
    return None


def for_staff(
    logged: LoggedEvent, state: State, agents: Iterable[Agent], team: str
) -> tuple[Occasion, list[Agent]] | None:
    """What is due to whom of the colleagues. `team` is the conversation's."""
    active = [agent for agent in agents if agent.active and agent.email]
    match logged.event:
        case PersonAssigned(name=name):
            return Occasion.GIVEN, [agent for agent in active if agent.name == name]
        case ServiceLevelWarned():
            return Occasion.WARNED, _responsible(active, state.owner.name, team)
        case ServiceLevelBreached():
            leads = [agent for agent in active if agent.role is Role.LEAD and agent.is_in(team)]
            responsible = _responsible(active, state.owner.name, team)
            return Occasion.BREACHED, list({a.name: a for a in (*responsible, *leads)}.values())
    return None


def _responsible(agents: list[Agent], owner: str | None, team: str) -> list[Agent]:
    """Who has it; else those of the team who are on duty; else its leads; else whoever runs the place."""
    if owner is not None:
        return [agent for agent in agents if agent.name == owner]
    of_team = [agent for agent in agents if agent.is_in(team)]
    on_duty = [agent for agent in of_team if agent.on_duty and agent.role is not Role.ADMIN]
    leads = [agent for agent in of_team if agent.role is Role.LEAD]
    return on_duty or leads or [agent for agent in of_team if agent.role is Role.ADMIN]


def team_of(brief: Brief, team: str | None) -> str:
    """Whose a conversation is for which nobody was named."""
    return team or brief.default_team or next(iter(brief.teams), "")

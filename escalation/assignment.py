"""Who is given a ticket, where a team shares them out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from escalation.queue import Workload
from escalation.roster import Agent
from escalation.ticket import Ticket

_NEVER = datetime.min.replace(tzinfo=UTC)
_FREE = Workload(0, None)
OFTEN_ENOUGH = 2
"""Who has lost a ticket so often is not given it again: it stays in the queue, for whoever sees it there."""


def assignee(
    ticket: Ticket,
    agents: Iterable[Agent],
    workloads: Mapping[str, Workload],
    default_team: str | None = None,
) -> Agent | None:
    """Of those on duty in the team who are not full: who did not lose this ticket before, speaks the
    language, knows most of the subject, has the fewest, and whose last one is longest ago.

    None when nobody is there. Whoever is alone gets what does not suit them: better than nobody, though not
    for ever what they do not take up."""
    team = ticket.team or default_team
    lost = {name for name in ticket.released_from if ticket.released_from.count(name) >= OFTEN_ENOUGH}
    here = (agent for agent in agents if agent.name not in lost)
    free = [agent for agent in here if _is_free(agent, team, workloads.get(agent.name, _FREE))]
    return min(free, key=lambda agent: _rank(agent, ticket, workloads.get(agent.name, _FREE)), default=None)


def _is_free(agent: Agent, team: str | None, load: Workload) -> bool:
    full = agent.capacity is not None and load.claimed >= agent.capacity
    return agent.active and agent.on_duty and agent.is_in(team) and not full


def _rank(agent: Agent, ticket: Ticket, load: Workload) -> tuple[int, bool, int, int, datetime, str]:
    return (
        ticket.released_from.count(agent.name),
        not agent.speaks(ticket.language),
        -len(agent.skills & {*ticket.tags}),
        load.claimed,
        load.last_claim_at or _NEVER,
        agent.name,
    )

"""Who does something at the desk: whoever has no account is told so."""

from __future__ import annotations

from connectors.slack.envelope import Where
from connectors.slack.people import People
from connectors.slack.talking import Talking
from connectors.slack.words import Words, words
from escalation.roster import Agent


async def account_of(where: Where, people: People, talking: Talking) -> tuple[Agent | None, Words]:
    """And in whose words they are spoken to."""
    said = words((await people.person(where.user)).language)
    agent = await people.agent(where.user)
    if agent is None:
        await talking.tell(where, said.no_account)
    return agent, said

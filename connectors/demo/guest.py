"""Whoever tries the demo: an admin of the shop's console, let in by a link that works once."""

from __future__ import annotations

from datetime import datetime

from connectors.console.enrolment import enrol
from connectors.console.links import make_link, path_of
from connectors.console.records import ConsoleRecords
from escalation.roster import Agent, Role, Roster

GUEST = "demo"


async def way_in(console: ConsoleRecords, roster: Roster, now: datetime) -> str:
    """The path of a new one-time link; the ones before stop working."""
    if await console.accounts.get(GUEST) is None:
        guest = Agent(GUEST, "Alix Morel", Role.ADMIN, on_duty=True, duty_changed_at=now)
        await enrol(console, roster, guest, now)
    await console.links.revoke(GUEST)
    return path_of(await make_link(console.links, GUEST, now))

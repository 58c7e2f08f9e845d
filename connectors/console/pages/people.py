"""The people who work here: who they are, what they may do, and how they get in. For admins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, Field, field_validator
from starlette.responses import Response

from connectors.console.enrolment import NameTaken, enrol, shut_out
from connectors.console.links import LASTS, make_link, path_of
from connectors.console.refusals import NotThere, Refused
from connectors.console.routing import Address, Way, act, page
from connectors.console.visit import FormRefused, StaffVisit, Undo
from escalation.roles import May
from escalation.roster import Agent, Role, WrongAgent


class Details(BaseModel):
    display: str = Field(min_length=1, max_length=100)
    role: Role = Role.AGENT
    email: str = Field("", max_length=254)
    teams: list[str] = []
    languages: list[str] = []
    skills: str = Field("", max_length=500)
    """Tags, with commas between them."""
    capacity: int | None = Field(None, ge=1, le=1000)

    @field_validator("capacity", mode="before")
    @classmethod
    def _nothing_is_no_limit(cls, value: object) -> object:
        return None if value == "" else value


class NewPerson(Details):
    name: str = Field(min_length=1, max_length=100)


class Named(BaseModel):
    name: str


class Returning(Named):
    on_duty: bool = False


class Chosen(BaseModel):
    edit: str = ""


async def people_page(visit: StaffVisit) -> Response:
    return await _page(visit, visit.query(Chosen).edit)


async def add(visit: StaffVisit) -> Response:
    new = await visit.form(NewPerson)
    _ = visit.words
    try:
        agent = _with(Agent(new.name.strip().lower(), new.display), new)
    except WrongAgent as error:
        raise FormRefused(frozenset({"name"})) from error
    try:
        await enrol(visit.parts.records, visit.parts.service.roster, agent, visit.now)
    except NameTaken:
        raise Refused(_("There is an account of this name already."), 409) from None
    undo = Undo("/people/leave", {"name": agent.name})
    return await _show_link(visit, agent, Note(_("{name} is added.", name=agent.display), undo))


async def change(visit: StaffVisit) -> Response:
    agent = await _named(visit)
    details = await visit.form(Details)
    if agent.name == visit.agent.name and details.role is not Role.ADMIN:
        raise Refused(visit.words("Another admin must take your role from you."), 409)
    await visit.parts.service.roster.save(_with(agent, details))
    return visit.done(visit.words("Saved."), undo=_undo_change(agent), to="/people", leave=True)


async def invite(visit: StaffVisit) -> Response:
    """A new one-time link; older ones stop working."""
    agent = await _named(visit)
    return await _show_link(visit, agent)


async def leave(visit: StaffVisit) -> Response:
    """They have left: their words stay, they cannot come in any more."""
    agent = await _named(visit)
    if agent.name == visit.agent.name:
        raise Refused(visit.words("Another admin must close your account."), 409)
    await visit.parts.service.roster.save(replace(agent, active=False, on_duty=False))
    await shut_out(visit.parts.records, agent.name)
    said = visit.words("The account of {name} is closed.", name=agent.display)
    undo = Undo("/people/come-back", {"name": agent.name, **({"on_duty": "1"} if agent.on_duty else {})})
    return visit.done(said, undo=undo, to="/people", leave=True)


async def come_back(visit: StaffVisit) -> Response:
    agent = await _named(visit)
    on_duty = (await visit.form(Returning)).on_duty
    await visit.parts.service.roster.save(replace(agent, active=True, on_duty=on_duty))
    said = visit.words("The account of {name} is open again.", name=agent.display)
    undo = Undo("/people/leave", {"name": agent.name})
    return visit.done(said, undo=undo, to="/people", leave=True)


@dataclass(frozen=True, slots=True)
class Note:
    """A note with the way back, on the page that answers."""

    said: str
    undo: Undo
    wrong: bool = False
    link: None = None
    """Notes have one, for its template; this one leads nowhere."""


async def _page(
    visit: StaffVisit,
    edit: str = "",
    link: tuple[Agent, str] | None = None,
    said: Note | None = None,
) -> Response:
    service = visit.parts.service
    accounts = {account.name: account for account in await visit.parts.records.accounts.everyone()}
    people = await service.roster.everyone()
    toast: dict[str, Any] = {"toast": said} if said else {}
    return visit.page(
        "people.html",
        section="people",
        people=[(agent, accounts.get(agent.name)) for agent in people],
        edited=next((agent for agent in people if agent.name == edit), None),
        roles=list(Role),
        teams=list(service.brief.teams),
        languages=service.brief.languages,
        workloads=await service.queue.workloads(),
        link=link,
        **toast,
        hours=int(LASTS.total_seconds() // 3600),
    )


async def _show_link(visit: StaffVisit, agent: Agent, said: Note | None = None) -> Response:
    """Shown once, here: it is kept as a hash only."""
    if not agent.active or await visit.parts.records.accounts.get(agent.name) is None:
        raise NotThere
    await visit.parts.records.links.revoke(agent.name)
    secret = await make_link(visit.parts.records.links, agent.name, visit.now)
    base = str(visit.request.base_url).split("/console")[0].rstrip("/")
    address = (visit.parts.service.settings.public_address or base) + path_of(secret)
    return await _page(visit, link=(agent, address), said=said)


async def _named(visit: StaffVisit) -> Agent:
    agent = await visit.parts.service.roster.get((await visit.form(Named)).name)
    if agent is None:
        raise NotThere
    return agent


def _undo_change(before: Agent) -> Undo:
    fields: dict[str, str | Sequence[str]] = {
        "name": before.name,
        "display": before.display,
        "role": before.role.value,
        "email": before.email or "",
        "teams": sorted(before.teams),
        "languages": sorted(before.languages),
        "skills": ", ".join(sorted(before.skills)),
        "capacity": "" if before.capacity is None else str(before.capacity),
    }
    return Undo("/people/change", fields)


def _with(agent: Agent, details: Details) -> Agent:
    skills = frozenset(skill.strip().lower() for skill in re.split(r"[,;\n]", details.skills))
    return replace(
        agent,
        display=details.display.strip(),
        role=details.role,
        email=details.email.strip() or None,
        teams=frozenset(details.teams),
        languages=frozenset(details.languages),
        skills=skills - {""},
        capacity=details.capacity,
    )


ADDRESSES: tuple[Address, ...] = (
    page("/people", people_page, May.MANAGE_ROSTER),
    act("/people", add, May.MANAGE_ROSTER, Way.UNDO),
    act("/people/change", change, May.MANAGE_ROSTER, Way.UNDO),
    act("/people/invite", invite, May.MANAGE_ROSTER, Way.SURE),
    act("/people/leave", leave, May.MANAGE_ROSTER, Way.UNDO),
    act("/people/come-back", come_back, May.MANAGE_ROSTER, Way.UNDO),
)

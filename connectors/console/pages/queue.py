"""Who waits for a person: the list, live, with its filters and what is done to several at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from pydantic import BaseModel, Field, Json, TypeAdapter
from starlette.responses import Response

from bot.conversation import ConversationError
from bot.decisions import Priority, Reason
from connectors.console import acts
from connectors.console.acts import Done
from connectors.console.lists import Counted, Show, Wanted, filter_of, wanted_of
from connectors.console.moments import suggested
from connectors.console.names import customer_name
from connectors.console.refusals import Held, NotThere, Refused
from connectors.console.routing import Address, Anybody, Way, act, page
from connectors.console.saved_views import SavedView
from connectors.console.visit import StaffVisit, Undo
from escalation.clocks import ServiceClock, next_due
from escalation.due import clocks_of
from escalation.queue import Filter, Order
from escalation.roles import May
from escalation.roster import Agent
from escalation.ticket import Status, Ticket

PAGE = 50
MOST_AT_ONCE = 200
AFTER_SEVERAL = ("comptoir:queue", "comptoir:chosen")
AFTER_UNDO = ("comptoir:queue",)
"""Who takes something back may have chosen others already."""
SHOWN_COUNTS = (Show.OPEN, Show.WAITING, Show.MINE, Show.SNOOZED)
"""Closed ones are not counted: nobody acts on the number."""


@dataclass(frozen=True, slots=True)
class Row:
    ticket: Ticket
    name: str
    """Of the customer."""
    clock: ServiceClock | None
    """The service level to look at."""
    owner: Agent | None
    looking: Sequence[Agent]
    """Colleagues who have it open."""


async def queue_page(visit: StaffVisit) -> Response:
    wanted = visit.query(Wanted)
    if visit.request.headers.get("hx-target") == "section#work":
        return visit.page("queue/no_work.html", wanted=wanted)
    return visit.page("queue/page.html", **await list_values(visit, wanted), work=None)


async def rows(visit: StaffVisit) -> Response:
    """The list again, for the page that is open; or its next part."""
    wanted = visit.query(Wanted)
    return visit.page("queue/rows.html", **await row_values(visit, wanted))


async def side(visit: StaffVisit) -> Response:
    wanted = visit.query(Wanted)
    return visit.page("queue/side.html", **await side_values(visit, wanted))


async def list_values(visit: StaffVisit, wanted: Wanted) -> dict[str, Any]:
    rows, side, offered = await asyncio.gather(
        row_values(visit, wanted), side_values(visit, wanted), choices(visit)
    )
    return {
        **rows,
        **side,
        **offered,
        "section": "queue",
        "Show": Show,
        "orders": list(Order),
        "laters": suggested(visit.now, visit.zone),
    }


async def row_values(visit: StaffVisit, wanted: Wanted) -> dict[str, Any]:
    service = visit.parts.service
    filters = filter_of(wanted, visit.agent.name)
    last = await service.queue.get(wanted.after) if wanted.after else None
    found, colleagues = await asyncio.gather(
        service.queue.open_tickets(PAGE + 1, filters, wanted.sorted_by, last), visit.everyone()
    )
    agents = {agent.name: agent for agent in colleagues}
    return {
        "wanted": wanted,
        "Show": Show,
        "rows": [row(visit, ticket, agents) for ticket in found[:PAGE]],
        "more": found[PAGE - 1].number if len(found) > PAGE else None,
    }


def row(visit: StaffVisit, ticket: Ticket, agents: Mapping[str, Agent]) -> Row:
    closed = ticket.status is Status.RESOLVED
    running = () if closed else clocks_of(ticket, visit.parts.service.brief, visit.now)
    return Row(
        ticket,
        customer_name(ticket, visit.words),
        next_due(running),
        agents.get(ticket.claimed_by or ""),
        visit.parts.presence.at(ticket.conversation_id, but=visit.agent.name),
    )


async def side_values(visit: StaffVisit, wanted: Wanted) -> dict[str, Any]:
    service = visit.parts.service
    saved = await visit.parts.records.views.of(visit.account.name)
    me = visit.agent.name
    queries: dict[tuple[str, str], Filter] = {
        **{("show", show.value): filter_of(Wanted(show=show), me) for show in SHOWN_COUNTS},
        **{("team", team): filter_of(Wanted(team=team), me) for team in service.brief.teams},
        **{("saved", view.id): filter_of(wanted_of(view.query), me) for view in saved},
    }
    counts = dict(zip(queries, await service.queue.tally(list(queries.values())), strict=True))
    counted = Counted(
        {show: counts["show", show.value] for show in SHOWN_COUNTS},
        {team: counts["team", team] for team in service.brief.teams},
        {view.id: counts["saved", view.id] for view in saved},
    )
    return {"wanted": wanted, "counted": counted, "saved": saved, "Show": Show}


async def choices(visit: StaffVisit) -> dict[str, Any]:
    """What filters and menus offer."""
    service = visit.parts.service
    sites = service.settings.sites
    return {
        "agents": [agent for agent in await visit.everyone() if agent.active],
        "teams": list(service.brief.teams),
        "reasons": list(Reason),
        "priorities": list(reversed(Priority)),
        "languages": service.brief.languages,
        "sites": [site.id for site in sites] if len(sites) > 1 else [],
    }


# Saved views


class NewView(BaseModel):
    name: str = Field(min_length=1, max_length=60)
    query: str = Field("", max_length=1000)
    shared: bool = False
    account: str = ""
    """Whose it was, when an admin gives it back."""


class ViewNamed(BaseModel):
    id: str


async def save_view(visit: StaffVisit) -> Response:
    new = await visit.form(NewView)
    whose = new.account if new.account and visit.may(May.MANAGE_ROSTER) else visit.account.name
    if await visit.parts.records.accounts.get(whose) is None:
        raise NotThere
    view = SavedView(str(uuid4()), whose, new.name.strip(), wanted_of(new.query).query, new.shared)
    await visit.parts.records.views.save(view)
    undo = Undo("/views/remove", {"id": view.id})
    return visit.done(
        visit.words("Saved as “{name}”.", name=view.name), undo=undo, refresh=("comptoir:queue",)
    )


async def remove_view(visit: StaffVisit) -> Response:
    named = await visit.form(ViewNamed)
    views = {view.id: view for view in await visit.parts.records.views.of(visit.account.name)}
    anybodys = None if visit.may(May.MANAGE_ROSTER) else visit.account.name
    if named.id not in views or not await visit.parts.records.views.remove(named.id, anybodys):
        raise Refused(visit.words("Only who saved a list, or an admin, may remove it."), 403)
    gone = views[named.id]
    fields = {"name": gone.name, "query": gone.query, "account": gone.account}
    fields |= {"shared": "1"} if gone.shared else {}
    said = visit.words("“{name}” is removed.", name=gone.name)
    return visit.done(said, undo=Undo("/views", fields), refresh=("comptoir:queue",))


# Several at once


class Chosen(acts.With):
    conversation: list[str] = Field(min_length=1, max_length=MOST_AT_ONCE)
    act: str


class Step(BaseModel):
    """One act that takes back another."""

    path: str = Field(pattern=r"^/conversations/[^/]+/[a-z-]+$")
    fields: dict[str, str] = {}


class Steps(BaseModel):
    steps: Json[list[Step]]


async def several(visit: StaffVisit) -> Response:
    """Each on its own: what cannot be done to one is told, and done to the others."""
    chosen = await visit.form(Chosen)
    if chosen.act not in acts.ACTS or acts.ACTS[chosen.act].way is Way.SURE:
        raise NotThere
    conversations = list(dict.fromkeys(chosen.conversation))
    if chosen.act == "merge":
        conversations, chosen = await _to_merge(visit, conversations, chosen)
    done, refused = [], 0
    for conversation_id in conversations:
        try:
            done.append(await acts.perform(visit, conversation_id, chosen.act, chosen))
        except (ConversationError, Held, Refused):
            refused += 1
    undo = _undo_all(done)
    return visit.done(_told(visit, len(done), refused), undo=undo, refresh=AFTER_SEVERAL, wrong=not done)


async def undo_several(visit: StaffVisit) -> Response:
    sent = await visit.form(Steps)
    done, refused = 0, 0
    for step in sent.steps:
        _, _, conversation_id, name = step.path.split("/")
        try:
            await acts.perform(visit, conversation_id, name, acts.With.model_validate(step.fields))
            done += 1
        except (ConversationError, Held, Refused):
            refused += 1
    return visit.done(_told(visit, done, refused), refresh=AFTER_UNDO, wrong=not done)


def _undo_all(done: Sequence[Done]) -> Undo | None:
    """All of them, or none: half an undo is worse than none."""
    steps = [Step(path=one.undo.path, fields=dict(one.undo.fields)) for one in done if one.undo]
    if not steps or len(steps) < len(done):
        return None
    return Undo("/queue/undo", {"steps": TypeAdapter(list[Step]).dump_json(steps).decode()})


async def _to_merge(
    visit: StaffVisit, conversations: Sequence[str], chosen: Chosen
) -> tuple[list[str], Chosen]:
    """All but the one that has waited longest, which they go on in."""
    found = [await visit.parts.service.queue.of(conversation_id) for conversation_id in conversations]
    tickets = sorted((ticket for ticket in found if ticket), key=lambda ticket: ticket.number)
    if len(tickets) < 2:
        raise Refused(visit.words("Choose at least two conversations of the same customer."))
    into = tickets[0].conversation_id
    return [ticket.conversation_id for ticket in tickets[1:]], chosen.model_copy(update={"into": into})


def _told(visit: StaffVisit, done: int, refused: int) -> str:
    _ = visit.words
    said = _.count(done, "Done with {number} conversation.", "Done with {number} conversations.")
    if not refused:
        return said
    left = _.count(
        refused,
        "{number} could not be: a colleague has it, or it does not fit.",
        "{number} could not be: colleagues have them, or it does not fit.",
    )
    return f"{said} {left}"


ADDRESSES: tuple[Address, ...] = (
    page("/queue", queue_page, Anybody.SIGNED_IN),
    page("/queue/rows", rows, Anybody.SIGNED_IN),
    page("/queue/side", side, Anybody.SIGNED_IN),
    act("/queue/several", several, May.CLAIM, Way.UNDO),
    act("/queue/undo", undo_several, May.CLAIM, Way.BACK),
    act("/views", save_view, Anybody.SIGNED_IN, Way.UNDO),
    act("/views/remove", remove_view, Anybody.SIGNED_IN, Way.UNDO),
)

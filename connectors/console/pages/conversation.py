"""One conversation: what was said, who has it, what is known, and what a colleague does about it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from markupsafe import Markup
from pydantic import BaseModel, Field
from starlette.responses import Response

from bot.conversation import Held as HeldBy
from bot.conversation import State
from bot.events import LoggedEvent, NoteWritten, OutcomeGiven
from connectors.console import acts
from connectors.console.canned_replies import filled, unfilled
from connectors.console.drafts import Kind as Writing
from connectors.console.drafts import WrittenDraft
from connectors.console.lists import Wanted
from connectors.console.moments import suggested
from connectors.console.names import customer_name, first_name
from connectors.console.offers import in_vain, offers_in
from connectors.console.pages.queue import choices, list_values
from connectors.console.refusals import NotThere
from connectors.console.routing import Address, Anybody, Way, act, page
from connectors.console.trace import traced
from connectors.console.transcript import Line, Reader, lines
from connectors.console.visit import StaffVisit
from connectors.http.html import rendered
from escalation.card import Card
from escalation.clocks import ServiceClock, next_due
from escalation.directory import Search
from escalation.due import clocks_of
from escalation.packet import Suggestion
from escalation.roles import May
from escalation.roster import Agent
from escalation.ticket import Status, Ticket
from knowledge.entries import Audience, Resource
from knowledge.evidence import Hit, Question

SHOWN = 200
"""Lines of a transcript that are shown at first; the earlier ones are a click away."""
FOUND = 8
"""Entries that a search for something to insert shows."""
PAST = 10


@dataclass(frozen=True, slots=True)
class Work:
    """What the pane shows of a conversation."""

    id: str
    name: str
    """Of the customer."""
    state: State
    card: Card | None
    ticket: Ticket | None
    lines: list[Line]
    earlier: int
    """Lines that are not shown."""
    owner: Agent | None
    clock: ServiceClock | None
    looking: list[Agent]

    @property
    def held(self) -> HeldBy:
        return self.state.owner.held

    @property
    def in_queue(self) -> bool:
        return self.ticket is not None and self.ticket.status is not Status.RESOLVED


class Reading(Wanted):
    all: bool = False
    """The earlier lines too."""

    @property
    def again(self) -> str:
        """What the page asks for when it fetches itself anew: whoever has the earlier lines keeps them."""
        return "&".join(part for part in ("all=1" if self.all else "", self.query) if part)


async def conversation_page(visit: StaffVisit) -> Response:
    wanted = visit.query(Reading)
    if visit.request.headers.get("hx-target") == "section#work":
        values, offered = await asyncio.gather(_work_values(visit, visit.path("id"), wanted), choices(visit))
        return visit.page("conversation/work_only.html", **values, **offered)
    values, listed = await asyncio.gather(
        _work_values(visit, visit.path("id"), wanted), list_values(visit, _list_of(wanted))
    )
    return visit.page("queue/page.html", **(listed | values))


async def fresh(visit: StaffVisit) -> Response:
    """The parts of the open page that change."""
    return visit.page(
        "conversation/fresh.html",
        **await _work_values(visit, visit.path("id"), visit.query(Reading)),
        **await choices(visit),
    )


async def evidence(visit: StaffVisit) -> Response:
    """What is found takes a search: it comes after the page."""
    conversation_id = visit.path("id")
    packet = await visit.parts.service.packets.of(conversation_id, visit.words.language)
    return visit.page(
        "conversation/evidence.html",
        packet=packet,
        id=conversation_id,
        suggestion=_suggested(packet.suggestion) if packet and packet.suggestion else None,
        past=await _past(visit, conversation_id),
    )


async def trace(visit: StaffVisit) -> Response:
    """How an outcome came about."""
    events = await visit.parts.service.log.read(visit.path("id"))
    position = visit.path("position")
    for logged in events:
        if str(logged.position) == position and isinstance(logged.event, OutcomeGiven):
            return visit.page("conversation/trace.html", trace=traced(logged.event))
    raise NotThere


# What is written


class Said(BaseModel):
    text: str = ""
    client_id: str = Field("", max_length=200)
    then: str = ""
    """"resolve": and that settles it."""


class Begun(BaseModel):
    kind: Writing
    text: str = Field("", max_length=20_000)


class Typed(BaseModel):
    text: str = Field("", max_length=20_000)


async def reply(visit: StaffVisit) -> Response:
    conversation_id = visit.path("id")
    said = await visit.form(Said)
    _ = visit.words
    acts.require_filled(visit, said.text)
    desk, client_id = visit.parts.service.desk, said.client_id or None
    before = await acts.seen_now(visit, conversation_id)
    name = customer_name(before.ticket, _) if before.ticket else _("the customer")
    async with acts.lost_races_explained(visit, conversation_id):
        if said.then == "resolve":
            await desk.reply_and_resolve(conversation_id, visit.agent, said.text, client_id)
        else:
            await desk.reply(conversation_id, visit.agent, said.text, client_id)
    await _forget_draft(visit, conversation_id, Writing.REPLY)
    if said.then == "resolve":
        undo = await acts.undo_to(visit, conversation_id, before)
        return visit.done(_("Sent to {name}, and resolved.", name=name), undo=undo)
    return visit.done(_("Sent to {name}.", name=name))


async def note(visit: StaffVisit) -> Response:
    conversation_id = visit.path("id")
    said = await visit.form(Said)
    await visit.parts.service.desk.note(conversation_id, visit.agent, said.text, said.client_id or None)
    await _forget_draft(visit, conversation_id, Writing.NOTE)
    return visit.done(visit.words("Noted. Only your team sees it."))


async def draft(visit: StaffVisit) -> Response:
    begun = await visit.form(Begun)
    conversation_id = visit.path("id")
    await visit.parts.service.log.state(conversation_id)
    text = begun.text if begun.text.strip() else ""
    await visit.parts.records.drafts.save(
        WrittenDraft(visit.account.name, conversation_id, begun.kind, text, visit.now)
    )
    return Response(status_code=204)


async def typing(visit: StaffVisit) -> Response:
    """The customer is told, while the conversation is the colleague's own; other colleagues always are."""
    conversation_id = visit.path("id")
    state = await visit.parts.service.log.state(conversation_id)
    if state.owner.name == visit.agent.name:
        visit.parts.service.hub.typing(conversation_id, visit.agent.display)
    return Response(status_code=204)


async def preview(visit: StaffVisit) -> Response:
    """As the customer will see it."""
    typed = await visit.form(Typed)
    html = Markup(rendered(typed.text, breaks=True))
    return visit.page("conversation/preview.html", html=html, places=unfilled(typed.text))


async def canned(visit: StaffVisit) -> Response:
    """The replies to choose from, their places filled in for this customer."""
    conversation_id = visit.path("id")
    ticket = await visit.parts.service.queue.of(conversation_id)
    values = _places(visit, ticket)
    replies = await visit.parts.records.canned.all()
    language = ticket.language if ticket else None
    mine = [r for r in replies if r.language in (None, language) or language is None]
    others = [r for r in replies if r not in mine]
    return visit.page(
        "conversation/canned.html",
        replies=[(one, filled(one.text, values)) for one in (*mine, *others)],
    )


class Looked(BaseModel):
    q: str = Field("", max_length=300)
    writing: Writing = Writing.REPLY


async def articles(visit: StaffVisit) -> Response:
    """Entries to insert. What customers may not see can go into a note only."""
    looked = visit.query(Looked)
    service = visit.parts.service
    conversation_id = visit.path("id")
    ticket = await service.queue.of(conversation_id)
    words = looked.q.strip() or (ticket.question if ticket else "")
    language = (ticket.language if ticket else None) or service.brief.languages[0]
    audiences = frozenset(Audience) if looked.writing is Writing.NOTE else frozenset({Audience.PUBLIC})
    hits = (await service.knowledge.find(Question(words, language, audiences))).hits if words else ()
    return visit.page(
        "conversation/articles.html",
        found=[(hit, _insertion(hit)) for hit in hits[:FOUND]],
        q=looked.q,
    )


def _insertion(hit: Hit) -> str:
    """Markdown: its words quoted, with the place they are from."""
    entry = hit.entry
    title, url = entry.title, entry.url
    if isinstance(entry, Resource):
        target = entry.url or entry.target
        link = f"[{title}]({target})" if target.startswith(("http:", "https:")) else f"{title}: {target}"
        return f"{link}\n"
    quoted = hit.passages[0].passage.text.strip() if hit.passages else entry.text[:400].strip()
    body = "\n".join(f"> {line}" for line in quoted.splitlines())
    source = f"[{title}]({url})" if url else title
    return f"{body}\n>\n> — {source}\n"


# Details


async def _work_values(visit: StaffVisit, conversation_id: str, wanted: Reading) -> dict[str, Any]:
    service = visit.parts.service
    events, state, card, ticket, agents, drafts = await asyncio.gather(
        service.log.read(conversation_id),
        service.log.state(conversation_id),
        service.directory.get(conversation_id),
        service.queue.of(conversation_id),
        visit.everyone(),
        visit.parts.records.drafts.of(visit.account.name, conversation_id),
    )
    by_name = {agent.name: agent for agent in agents}
    work = _work(visit, conversation_id, list(events), state, card, ticket, by_name, wanted)
    known = card or ticket
    return {
        "work": work,
        "offers": await offers_in(visit, conversation_id, events),
        "in_vain": in_vain(conversation_id, events),
        "wanted": _list_of(wanted),
        "again": wanted.again,
        "client_id": str(uuid4()),
        "drafts": {kind.value: drafts[kind].text if kind in drafts else "" for kind in Writing},
        "hold_seconds": visit.account.preferences.hold_seconds,
        "first_name": first_name(known) if known else None,
        "laters": suggested(visit.now, visit.zone),
        "mine": state.owner.name == visit.agent.name,
        "others": [agent for agent in agents if agent.active and agent.name != state.owner.name],
        "same_customer": await _same_customer(visit, ticket) if ticket else [],
    }


def _list_of(reading: Reading) -> Wanted:
    """Beside which the conversation is open."""
    return Wanted(**reading.model_dump(exclude={"all", "after"}))


def _work(
    visit: StaffVisit,
    conversation_id: str,
    events: list[LoggedEvent],
    state: State,
    card: Card | None,
    ticket: Ticket | None,
    agents: dict[str, Agent],
    wanted: Reading,
) -> Work:
    brief = visit.parts.service.brief
    teams = {team: visit.team_title(team) for team in brief.teams}
    seen = (
        events if visit.may(May.READ_NOTES) else [e for e in events if not isinstance(e.event, NoteWritten)]
    )
    all_lines = lines(seen, Reader(visit.words, agents, teams))
    shown = all_lines if wanted.all else all_lines[-SHOWN:]
    running = clocks_of(ticket, brief, visit.now) if ticket and ticket.status is not Status.RESOLVED else ()
    known = card or ticket
    return Work(
        conversation_id,
        customer_name(known, visit.words) if known else conversation_id,
        state,
        card,
        ticket,
        shown,
        len(all_lines) - len(shown),
        agents.get(state.owner.name or ""),
        next_due(running),
        visit.parts.presence.at(conversation_id, but=visit.agent.name),
    )


async def _past(visit: StaffVisit, conversation_id: str) -> list[Card]:
    """Of the same customer, the latest first."""
    directory = visit.parts.service.directory
    card = await directory.get(conversation_id)
    if card is None or (card.customer is None and card.contact is None):
        return []
    theirs = Search(customer_id=card.customer.id) if card.customer else Search(contact=card.contact)
    found = await directory.find(theirs, PAST + 1)
    return [one for one in found if one.conversation_id != conversation_id][:PAST]


async def _same_customer(visit: StaffVisit, ticket: Ticket) -> list[Card]:
    """Other conversations that this one could be merged into."""
    if ticket.status is Status.RESOLVED:
        return []
    past = await _past(visit, ticket.conversation_id)
    return [card for card in past if card.held is not HeldBy.NOBODY]


async def _forget_draft(visit: StaffVisit, conversation_id: str, kind: Writing) -> None:
    await visit.parts.records.drafts.save(
        WrittenDraft(visit.account.name, conversation_id, kind, "", visit.now)
    )


def _places(visit: StaffVisit, ticket: Ticket | None) -> dict[str, str | None]:
    customer = ticket.customer if ticket else None
    return {
        "customer": customer.name if customer else None,
        "first_name": first_name(ticket) if ticket else None,
        "agent": visit.agent.display,
        "company": visit.parts.service.brief.company or None,
        "team": visit.team_title(ticket.team if ticket else None),
        "question": ticket.question if ticket else None,
    }


def _suggested(suggestion: Suggestion) -> str:
    """A draft to edit: its marks become the sources under it."""
    sources = [
        f"[{n}] " + (f"[{c.title}]({c.url})" if c.url else c.title)
        for n, c in enumerate(suggestion.citations, 1)
    ]
    return suggestion.text + ("\n\n" + "\n".join(sources) if sources else "")


def _act(name: str, known: acts.Known) -> Address:
    async def handler(visit: StaffVisit) -> Response:
        how = await visit.form(acts.With)
        done = await acts.perform(visit, visit.path("id"), name, how)
        return visit.done(done.said, undo=done.undo)

    return act("/conversations/{id}/" + name, handler, known.may, known.way)


ADDRESSES: tuple[Address, ...] = (
    page("/conversations/{id}", conversation_page, Anybody.SIGNED_IN),
    page("/conversations/{id}/fresh", fresh, Anybody.SIGNED_IN),
    page("/conversations/{id}/evidence", evidence, Anybody.SIGNED_IN),
    page("/conversations/{id}/trace/{position}", trace, Anybody.SIGNED_IN),
    page("/conversations/{id}/canned", canned, May.REPLY),
    page("/conversations/{id}/articles", articles, May.REPLY),
    act("/conversations/{id}/preview", preview, May.REPLY, Way.HARMLESS),
    act("/conversations/{id}/draft", draft, May.REPLY, Way.HARMLESS),
    act("/conversations/{id}/typing", typing, May.REPLY, Way.HARMLESS),
    act("/conversations/{id}/reply", reply, May.REPLY, Way.HELD),
    act("/conversations/{id}/note", note, May.NOTE, Way.HELD),
    *(_act(name, known) for name, known in acts.ACTS.items()),
)

"""Canned replies: everybody uses them, leads write them."""

from __future__ import annotations

from uuid import uuid4

from pydantic import BaseModel, Field
from starlette.responses import Response

from connectors.console.canned_replies import PLACES, CannedReply
from connectors.console.refusals import NotThere
from connectors.console.routing import Address, Way, act, page
from connectors.console.visit import StaffVisit, Undo
from escalation.roles import May

CHANGED = ("comptoir:canned",)
"""The page fetches itself anew: a note on the next one could not keep a long reply to put back."""


class Written(BaseModel):
    id: str = Field("", max_length=100)
    title: str = Field(min_length=1, max_length=100)
    text: str = Field(min_length=1, max_length=10_000)
    language: str = Field("", max_length=2)


class Named(BaseModel):
    id: str


class Chosen(BaseModel):
    edit: str = ""


async def canned_page(visit: StaffVisit) -> Response:
    chosen = visit.query(Chosen)
    replies = await visit.parts.records.canned.all()
    edited = await visit.parts.records.canned.get(chosen.edit) if chosen.edit else None
    agents = {agent.name: agent.display for agent in await visit.parts.service.roster.everyone()}
    return visit.page(
        "canned.html",
        section="canned",
        replies=replies,
        edited=edited,
        names=agents,
        places=PLACES,
        languages=visit.parts.service.brief.languages,
    )


async def save(visit: StaffVisit) -> Response:
    written = await visit.form(Written)
    before = await visit.parts.records.canned.get(written.id) if written.id else None
    reply = CannedReply(
        written.id or str(uuid4()),
        written.title.strip(),
        written.text.strip(),
        written.language or None,
        visit.account.name,
        visit.now,
    )
    await visit.parts.records.canned.save(reply)
    undo = _restores(before) if before else Undo("/canned/remove", {"id": reply.id})
    return visit.done(visit.words("Saved."), undo=undo, to="/canned", refresh=CHANGED)


async def remove(visit: StaffVisit) -> Response:
    named = await visit.form(Named)
    gone = await visit.parts.records.canned.get(named.id)
    if gone is None:
        raise NotThere
    await visit.parts.records.canned.remove(gone.id)
    said = visit.words("“{name}” is removed.", name=gone.title)
    return visit.done(said, undo=_restores(gone), to="/canned", refresh=CHANGED)


def _restores(reply: CannedReply) -> Undo:
    fields = {"id": reply.id, "title": reply.title, "text": reply.text, "language": reply.language or ""}
    return Undo("/canned", fields)


ADDRESSES: tuple[Address, ...] = (
    page("/canned", canned_page, May.REPLY),
    act("/canned", save, May.EDIT_KNOWLEDGE, Way.UNDO),
    act("/canned/remove", remove, May.EDIT_KNOWLEDGE, Way.UNDO),
)

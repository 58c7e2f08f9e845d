"""A customer's question, found answered right, becomes another way to ask for the entry that answered it."""

from __future__ import annotations

from dataclasses import replace

from pydantic import BaseModel, Field
from starlette.responses import Response

from connectors.console.entry_form import answered
from connectors.console.offers import offer_of
from connectors.console.pages.writing import change_of, undo_of
from connectors.console.refusals import NotThere, Refused
from connectors.console.routing import Address, Way, act
from connectors.console.visit import StaffVisit
from escalation.roles import May


class Taken(BaseModel):
    answered: str = Field("", max_length=300)
    """The answer of whose offer it is: "conversation.position"."""


async def add(visit: StaffVisit) -> Response:
    """What is added comes from the log, not from the form: the question that was shown, or nothing."""
    pair = answered((await visit.form(Taken)).answered)
    if pair is None:
        raise NotThere
    offer = await offer_of(visit, pair)
    if offer is None:
        raise Refused(visit.words("This question is there already, or does not belong there any more."), 409)
    _, service = visit.words, visit.parts.service
    before = offer.stored
    entry = replace(before.entry, questions=(*before.entry.questions, offer.question))
    change = change_of(visit, _("A customer's question, from the conversation {id}", id=pair[0]))
    newly = await service.corrections.unpublished(entry.id, [pair])
    made = await service.corrections.amend(entry, before.content_hash, [pair], visit.agent, change)
    undo = await undo_of(visit, entry.id, made.content_hash, newly, stay=True)
    return visit.done(_("Added to “{name}”. It is found by these words, too.", name=offer.title), undo=undo)


ADDRESSES: tuple[Address, ...] = (act("/knowledge/other-way", add, May.EDIT_KNOWLEDGE, Way.UNDO),)

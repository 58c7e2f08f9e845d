"""Conversations by words, for the command palette."""

from __future__ import annotations

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from connectors.console.names import customer_name
from connectors.console.routing import Address, Anybody, page
from connectors.console.templating import ROOT
from connectors.console.visit import StaffVisit
from escalation.directory import Search

MOST = 8


class Looked(BaseModel):
    q: str = Field("", max_length=200)


async def find(visit: StaffVisit) -> Response:
    words = visit.query(Looked).q.strip()
    found = await visit.parts.service.directory.find(Search(text=words), MOST) if words else []
    return JSONResponse(
        [
            {
                "name": customer_name(card, visit.words),
                "text": card.question,
                "to": f"{ROOT}/conversations/{card.conversation_id}",
            }
            for card in found
        ]
    )


ADDRESSES: tuple[Address, ...] = (page("/find", find, Anybody.SIGNED_IN),)

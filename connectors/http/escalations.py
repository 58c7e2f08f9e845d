"""Who waits for a person: for staff, and for the tools that they use."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from bot.decisions import Reason
from connectors.http.access import StaffClient, TheDoor
from connectors.http.codes import Code
from connectors.http.documented import WITH_KEY, problems
from escalation.queue import Filter
from escalation.ticket import Status, Ticket

router = APIRouter(prefix="/api/v1", tags=["For staff"])


class NearEntry(BaseModel):
    """What the bot found and did not dare to answer with."""

    entry_id: str
    title: str
    score: float


class Escalation(BaseModel):
    number: int
    conversation: str
    status: Status
    reason: Reason
    topic: str | None = Field(description="The sensitive topic, when that is the reason.")
    team: str | None = Field(description="Its short name in the brief.")
    question: str = Field(description="What was asked last; empty when only the button was pressed.")
    language: str | None
    opened_at: datetime
    claimed_by: str | None
    claimed_at: datetime | None
    confidence: float = Field(description="Of the answer that the bot did not give, from 0 to 1.")
    candidates: list[NearEntry] = Field(description="Best first.")


class Escalations(BaseModel):
    escalations: list[Escalation] = Field(description="Longest waiting first.")


@router.get(
    "/escalations",
    summary="Who waits for a person",
    response_description="Those who wait, and those who have somebody.",
    responses=problems(*WITH_KEY, Code.REQUEST_INVALID, Code.UNAVAILABLE),
)
async def escalations(
    client: StaffClient,
    door: TheDoor,
    status: Annotated[list[Status] | None, Query(description="All but closed ones when left out.")] = None,
    reason: Annotated[Reason | None, Query()] = None,
    team: Annotated[str | None, Query(description="Its short name in the brief.", max_length=100)] = None,
    language: Annotated[str | None, Query(pattern="^[a-z]{2}$")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Escalations:
    """The queue as it is now."""
    wanted = Filter(reason=reason, team=team, language=language)
    if status:
        wanted = Filter(frozenset(status), reason, team, language)
    tickets = await door.service.queue.open_tickets(limit, wanted)
    return Escalations(escalations=[_shown(ticket) for ticket in tickets])


def _shown(ticket: Ticket) -> Escalation:
    return Escalation(
        number=ticket.number,
        conversation=ticket.conversation_id,
        status=ticket.status,
        reason=ticket.reason,
        topic=ticket.topic,
        team=ticket.team,
        question=ticket.question,
        language=ticket.language,
        opened_at=ticket.opened_at,
        claimed_by=ticket.claimed_by,
        claimed_at=ticket.claimed_at,
        confidence=ticket.confidence,
        candidates=[
            NearEntry(entry_id=near.entry_id, title=near.title, score=near.score)
            for near in ticket.candidates
        ],
    )

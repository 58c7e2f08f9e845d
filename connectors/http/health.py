"""Whether the service can do its work, for load balancers and people on call."""

from __future__ import annotations

from enum import StrEnum

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from bot.log import LogUnavailable
from connectors.http.access import TheDoor
from connectors.http.documented import problems
from connectors.http.door import Door
from knowledge.store.database import DatabaseUnavailable

router = APIRouter(prefix="/api/v1", tags=["Running it"])


class Health(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    """It works, slower or with less."""
    DOWN = "down"


class Wellbeing(BaseModel):
    status: Health = Field(description="The worst of the parts'.")
    parts: dict[str, Health]


@router.get(
    "/health",
    summary="Is all well?",
    response_description="Customers can be served.",
    responses={
        503: {"description": "The database is away: messages cannot be taken.", "model": Wellbeing},
        **problems(),
    },
)
async def health(door: TheDoor, response: Response) -> Wellbeing:
    """200 while customers can be served, also when a part is `degraded`; 503 when they cannot."""
    parts = {
        "database": await _database(door),
        "knowledge": await _knowledge(door),
        "index": _index(door),
        "streams": Health.DEGRADED if door.service.hub.trouble else Health.OK,
    }
    worst = max(parts.values(), key=list(Health).index)
    response.status_code = 503 if worst is Health.DOWN else 200
    return Wellbeing(status=worst, parts=parts)


async def _database(door: Door) -> Health:
    try:
        await door.service.log.head()
    except LogUnavailable:
        return Health.DOWN
    return Health.OK


async def _knowledge(door: Door) -> Health:
    """Without any entry each question goes to a person."""
    try:
        return Health.OK if await door.service.entries.stamp() else Health.DEGRADED
    except DatabaseUnavailable:
        return Health.DOWN


def _index(door: Door) -> Health:
    """Exact search stands in while the index is rebuilt."""
    return Health.DEGRADED if getattr(door.service.index, "degraded", None) else Health.OK

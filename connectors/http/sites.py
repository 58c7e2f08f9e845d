"""What the widget asks first: how it shall look and speak on this site."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from connectors.http.access import TheCaller, TheDoor
from connectors.http.codes import Code
from connectors.http.documented import problems
from connectors.http.websites import WidgetConfiguration

router = APIRouter(prefix="/api/v1/sites", tags=["Sites"])

FRESH_SECONDS = 60
"""The opening hours are in it."""


@router.get(
    "/{site}",
    summary="Configure the widget",
    response_description="What the widget shows.",
    responses=problems(Code.ORIGIN_NOT_ALLOWED, Code.SITE_UNKNOWN, Code.REQUEST_INVALID),
)
async def site(
    site: Annotated[str, Path(description="The site's id.", max_length=63, examples=["demo"])],
    door: TheDoor,
    caller: TheCaller,
    response: Response,
) -> WidgetConfiguration:
    """Greeting, colours, suggestions, languages, hours: what the settings and the brief say."""
    door.websites.check(site, caller.origin, caller.host)
    response.headers["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    return door.websites.configuration(site)

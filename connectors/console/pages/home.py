"""Where one comes in, and the switches in the corner of every page."""

from __future__ import annotations

from pydantic import BaseModel
from starlette.responses import Response

from connectors.console.routing import Address, Anybody, Way, act, page
from connectors.console.visit import StaffVisit, Undo


async def home(visit: StaffVisit) -> Response:
    return visit.to("/queue")


class Duty(BaseModel):
    on: bool


async def duty(visit: StaffVisit) -> Response:
    wanted = await visit.form(Duty)
    _ = visit.words
    await visit.parts.service.roster.set_duty(visit.agent.name, wanted.on, visit.now)
    said = _("You are on duty: conversations can be given to you.") if wanted.on else _("You are off duty.")
    return visit.done(
        said,
        undo=Undo("/duty", {"on": str(not wanted.on).lower()}),
        refresh=("comptoir:duty",),
    )


async def duty_switch(visit: StaffVisit) -> Response:
    return visit.page("partials/duty.html")


ADDRESSES: tuple[Address, ...] = (
    page("/", home, Anybody.SIGNED_IN),
    act("/duty", duty, Anybody.SIGNED_IN, Way.UNDO),
    page("/duty", duty_switch, Anybody.SIGNED_IN),
)

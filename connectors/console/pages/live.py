"""What happens now, as a stream of server-sent events: one for each open tab.

Nothing of a conversation travels here, only that something changed: the page fetches it anew, with the
reader's rights."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import ExitStack

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from pydantic import BaseModel
from starlette.responses import Response

from bot.decisions import Escalate
from bot.events import (
    AnswerJudged,
    Event,
    LoggedEvent,
    MessageReceived,
    OutcomeGiven,
    PersonAssigned,
    ServiceLevelBreached,
    ServiceLevelWarned,
    TurnDropped,
)
from connectors.console.names import customer_name
from connectors.console.routing import Address, Anybody, page
from connectors.console.visit import StaffVisit
from connectors.console.words.names import labels
from connectors.http.events import EventStream
from connectors.stream import Item, Looking, Stream, Typing
from escalation.queue import IN_HAND
from escalation.ticket import Ticket

PING_SECONDS = 15.0
CHECK_PINGS = 4
"""After so many pings it is looked whether the session is still good."""


class At(BaseModel):
    conversation: str = ""
    """The one that is open in this tab."""


async def live(visit: StaffVisit) -> Response:
    hub = visit.parts.service.hub
    at = visit.query(At)
    with ExitStack() as opening:
        stream = await hub.open(None)
        opening.callback(hub.close, stream)
        if at.conversation:
            opening.enter_context(visit.parts.presence.looking_at(at.conversation, visit.agent))
        return EventStream(_told(visit, stream, at.conversation), opening.pop_all())
    raise AssertionError("an exit stack swallows no exception")


async def _told(visit: StaffVisit, stream: Stream, conversation_id: str) -> AsyncIterator[bytes]:
    yield _event("here")
    quiet = 0
    while True:
        items = await stream.take(PING_SECONDS)
        if items:
            yield b"".join([*_changes(items, conversation_id), *[n async for n in _news(visit, items)]])
        elif stream.ended:
            yield _event("goodbye")
            return
        else:
            quiet += 1
            yield KEEPALIVE_COMMENT
        if quiet >= CHECK_PINGS:
            quiet = 0
            if not await _still_good(visit):
                yield _event("signed-out")
                return


def _changes(items: Iterable[Item], conversation_id: str) -> Iterable[bytes]:
    """That the list changed, once; that the open conversation did, once; who types in it."""
    logged = [item for item in items if isinstance(item, LoggedEvent)]
    here = [item for item in logged if item.conversation_id == conversation_id]
    looking = [item for item in items if isinstance(item, Looking)]
    if any(map(_may_change_the_list, logged)) or looking:
        yield _event("queue")
    if here or any(item.conversation_id == conversation_id for item in looking):
        yield _event("conversation", position=max((item.position for item in here), default=0))
    for item in items:
        if isinstance(item, Typing) and item.conversation_id == conversation_id:
            yield _event("typing", name=item.name)


def _may_change_the_list(logged: LoggedEvent) -> bool:
    """What goes on between the assistant and a customer is in no list."""
    match logged.event:
        case OutcomeGiven(outcome=outcome):
            return isinstance(outcome, Escalate)
        case AnswerJudged() | TurnDropped():
            return False
        case _:
            return True


async def _news(visit: StaffVisit, items: Iterable[Item]) -> AsyncIterator[bytes]:
    """What is worth a note on the desktop, for those who want that: somebody came into the queue
    or was given to them, a customer wrote to them, or a service level is nearly missed."""
    liked = visit.account.preferences
    if not (liked.notifications or liked.sound):
        return
    for item in items:
        if not (isinstance(item, LoggedEvent) and _may_be_news(item.event)):
            continue
        ticket = await visit.parts.service.queue.of(item.conversation_id)
        if ticket is not None and (title := _headline(visit, item.event, ticket)):
            text = item.event.text if isinstance(item.event, MessageReceived) else ticket.question
            yield _event("news", id=item.conversation_id, title=title, text=text[:200])


def _may_be_news(event: Event) -> bool:
    late = isinstance(event, ServiceLevelWarned | ServiceLevelBreached)
    escalated = isinstance(event, OutcomeGiven) and isinstance(event.outcome, Escalate)
    return late or escalated or isinstance(event, PersonAssigned | MessageReceived)


def _headline(visit: StaffVisit, event: Event, ticket: Ticket) -> str | None:
    """None where it is not for who looks."""
    _, label, me = visit.words, labels(visit.words.language), visit.agent.name
    name, mine, ours = customer_name(ticket, _), ticket.claimed_by == me, visit.agent.is_in(ticket.team)
    match event:
        case OutcomeGiven(outcome=Escalate(reason=reason)) if ours:
            return f"{name} · {label(reason)}"
        case PersonAssigned(name=given_to, by=by) if given_to == me != by:
            return _("Given to you · {name}", name=name)
        case MessageReceived() if mine and ticket.status in IN_HAND:
            return name
        case ServiceLevelWarned(measure=measure) if mine or (ours and ticket.claimed_by is None):
            return _("Due soon: {measure} · {name}", measure=label(measure), name=name)
        case ServiceLevelBreached(measure=measure) if mine or (ours and ticket.claimed_by is None):
            return _("Late: {measure} · {name}", measure=label(measure), name=name)
        case _:
            return None


async def _still_good(visit: StaffVisit) -> bool:
    session = await visit.parts.records.sessions.get(visit.session.key)
    agent = await visit.parts.service.roster.get(visit.agent.name)
    if session is None or agent is None or not agent.active:
        return False
    return not visit.parts.expiry.is_over(session, visit.parts.clock())


def _event(event: str, /, **data: object) -> bytes:
    return format_sse_event(data_str=json.dumps(data), event=event)


ADDRESSES: tuple[Address, ...] = (page("/live", live, Anybody.SIGNED_IN),)

"""What a colleague does with a conversation, one function an act: said in a word, with its undo.

Who comes too late hears who has it, and since when."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from pydantic import BaseModel

from bot.conversation import Held as HeldBy
from bot.conversation import NotYourTurn, State
from bot.decisions import Priority
from bot.events import ReplyEdited, ReplySent
from bot.log import state_of
from connectors.console.canned_replies import unfilled
from connectors.console.moments import Later, moment_of
from connectors.console.refusals import Held, NotThere, Refused
from connectors.console.routing import Way
from connectors.console.times import day_and_clock
from connectors.console.visit import StaffVisit, Undo
from escalation.amending import standing
from escalation.desk import AlreadyClaimed, Desk, tag_of
from escalation.queue import IN_HAND
from escalation.roles import May, require
from escalation.roster import Agent
from escalation.ticket import Closing, Ticket


@dataclass(frozen=True, slots=True)
class Done:
    said: str
    undo: Undo | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """A conversation as an act found it."""

    state: State
    ticket: Ticket | None


class With(BaseModel):
    """What an act may need to know beside the conversation."""

    to: str = ""
    """Account name of a colleague."""
    team: str = ""
    tag: str = ""
    into: str = ""
    """Id of another conversation."""
    priority: Priority = Priority.NORMAL
    position: int = 0
    """Of a reply."""
    text: str = ""
    later: Later = Later.HOUR
    at: datetime | None = None
    mine: bool = False
    """It is to be the visitor's."""
    held: HeldBy = HeldBy.WAITING
    """Who had it, where an act is taken back."""
    epoch: int | None = None
    """As the act left it: what somebody else did since is not taken back with it."""


async def claim(visit: StaffVisit, conversation_id: str, how: With) -> Done:
    before = await seen_now(visit, conversation_id)
    async with lost_races_explained(visit, conversation_id):
        await _desk(visit).claim(conversation_id, visit.agent)
    given = {"held": HeldBy.WAITING.value} if before.state.owner.name else {}
    return Done(visit.words("It is yours."), await undo_to(visit, conversation_id, before, **given))


async def release(visit: StaffVisit, conversation_id: str, how: With) -> Done:
    before = await seen_now(visit, conversation_id)
    async with lost_races_explained(visit, conversation_id):
        await _desk(visit).release(conversation_id, visit.agent)
    return Done(visit.words("Back in the queue."), await undo_to(visit, conversation_id, before))


async def assign(visit: StaffVisit, conversation_id: str, how: With) -> Done:
    if how.to == visit.agent.name:
        return await _assign_to_me(visit, conversation_id, how)
    colleague = await _colleague(visit, how.to)
    before = await seen_now(visit, conversation_id)
    async with lost_races_explained(visit, conversation_id):
        await _desk(visit).assign(conversation_id, visit.agent, colleague)
    undo = await undo_to(visit, conversation_id, before)
    return Done(visit.words("Given to {name}.", name=colleague.display), undo)


async def transfer(visit: StaffVisit, conversation_id: str, how: With) -> Done:
    before = await seen_now(visit, conversation_id)
    async with lost_races_explained(visit, conversation_id):
        await _desk(visit).transfer(conversation_id, visit.agent, how.team)
    brief = visit.parts.service.brief
    team = (before.ticket.team if before.ticket else None) or brief.default_team or next(iter(brief.teams))
    undo = await undo_to(visit, conversation_id, before, team=team)
    return Done(visit.words("Passed to {name}.", name=visit.team_title(how.team)), undo)


async def hand_back(visit: StaffVisit, conversation_id: str, how: With) -> Done:
    before = await seen_now(visit, conversation_id)
    async with lost_races_explained(visit, conversation_id):
        await _desk(visit).hand_back(conversation_id, visit.agent)
    undo = await undo_to(visit, conversation_id, before)
    visit.parts.owe(conversation_id)
    return Done(visit.words("The assistant answers again."), undo)


async def resolve(visit: StaffVisit, conversation_id: str, how: With) -> Done:
    before = await seen_now(visit, conversation_id)
    async with lost_races_explained(visit, conversation_id):
        await _desk(visit).resolve(conversation_id, visit.agent)
    return Done(visit.words("Resolved."), await undo_to(visit, conversation_id, before))


async def mark_spam(visit: StaffVisit, conversation_id: str, how: With) -> Done:
    before = await seen_now(visit, conversation_id)
    async with lost_races_explained(visit, conversation_id):
        await _desk(visit).mark_spam(conversation_id, visit.agent)
    return Done(visit.words("Marked as spam and closed."), await undo_to(visit, conversation_id, before))


async def merge(visit: StaffVisit, conversation_id: str, how: With) -> Done:
    before = await seen_now(visit, conversation_id)
    async with lost_races_explained(visit, conversation_id):
        await _desk(visit).merge(conversation_id, visit.agent, how.into)
    return Done(visit.words("Merged, and closed here."), await undo_to(visit, conversation_id, before))


async def reopen(visit: StaffVisit, conversation_id: str, how: With) -> Done:
    before = await _ticket(visit, conversation_id)
    async with lost_races_explained(visit, conversation_id):
        await _desk(visit).reopen(conversation_id, visit.agent)
        if how.mine:
            await _desk(visit).claim(conversation_id, visit.agent)
    return Done(visit.words("Open again."), _undo_reopening(conversation_id, before))


def _undo_reopening(conversation_id: str, before: Ticket | None) -> Undo:
    """Closed again as it was."""
    match before:
        case Ticket(closed_how=Closing.SPAM):
            return _undo(conversation_id, "spam")
        case Ticket(closed_how=Closing.MERGED, merged_into=str(into)):
            return _undo(conversation_id, "merge", into=into)
        case _:
            return _undo(conversation_id, "resolve")


async def put_back(visit: StaffVisit, conversation_id: str, how: With) -> Done:
    """Where it was before an act: open, with its team, with whom it was, put aside until then. Each step
    needs its own right: nobody does by this what they may not do by hand."""
    desk, me = _desk(visit), visit.agent
    colleague = await _colleague(visit, how.to) if how.held is HeldBy.PERSON else me
    async with lost_races_explained(visit, conversation_id):
        now = await standing_of(visit, conversation_id)
        if how.epoch not in (None, now.epoch):
            raise Refused(visit.words("More has happened to it since: look at it again."), 409)
        if now.owner.held is HeldBy.NOBODY:
            await desk.reopen(conversation_id, me)
        if how.team:
            await desk.transfer(conversation_id, me, how.team)
        await _let_have(visit, conversation_id, how.held, colleague)
        if how.at is not None and how.at > visit.now:
            await desk.snooze(conversation_id, me, how.at)
    return Done(visit.words("Taken back."))


async def _let_have(visit: StaffVisit, conversation_id: str, held: HeldBy, colleague: Agent) -> None:
    desk, me = _desk(visit), visit.agent
    now = (await standing_of(visit, conversation_id)).owner
    match held:
        case HeldBy.BOT:
            await desk.hand_back(conversation_id, me)
            visit.parts.owe(conversation_id)
        case HeldBy.PERSON if colleague.name == me.name and now.name is None:
            await desk.claim(conversation_id, me)
        case HeldBy.PERSON:
            await desk.assign(conversation_id, me, colleague)
        case _ if now.held is not HeldBy.WAITING:
            if now.held is HeldBy.BOT:
                await desk.claim(conversation_id, me)
            await desk.release(conversation_id, me)


async def snooze(visit: StaffVisit, conversation_id: str, how: With) -> Done:
    before = await _ticket(visit, conversation_id)
    until = moment_of(how.later, how.at, visit.now, visit.zone)
    async with lost_races_explained(visit, conversation_id):
        await _desk(visit).snooze(conversation_id, visit.agent, until)
    when = day_and_clock(until, visit.now, visit.zone, visit.words.language)
    undo = _undo_waking(visit, conversation_id, before) or _undo(conversation_id, "wake")
    return Done(visit.words("Put aside until {time}.", time=when), undo)


async def wake(visit: StaffVisit, conversation_id: str, how: With) -> Done:
    before = await _ticket(visit, conversation_id)
    await _desk(visit).wake(conversation_id, visit.agent)
    return Done(visit.words("Back in the list."), _undo_waking(visit, conversation_id, before))


def _undo_waking(visit: StaffVisit, conversation_id: str, before: Ticket | None) -> Undo | None:
    """None where it was not put aside."""
    until = before.snoozed_until if before else None
    return (
        _undo(conversation_id, "snooze", later=Later.MOMENT.value, at=until.isoformat())
        if until and until > visit.now
        else None
    )


async def tag(visit: StaffVisit, conversation_id: str, how: With) -> Done:
    undo = await _undo_tagging(visit, conversation_id, how.tag)
    await _desk(visit).tag(conversation_id, visit.agent, how.tag)
    return Done(visit.words("Tagged."), undo)


async def untag(visit: StaffVisit, conversation_id: str, how: With) -> Done:
    undo = await _undo_tagging(visit, conversation_id, how.tag)
    await _desk(visit).untag(conversation_id, visit.agent, how.tag)
    return Done(visit.words("The tag is gone."), undo)


async def _undo_tagging(visit: StaffVisit, conversation_id: str, name: str) -> Undo:
    """Tagged again if it was, whatever is done now."""
    before = await _ticket(visit, conversation_id)
    was = before is not None and tag_of(name) in before.tags
    return _undo(conversation_id, "tag" if was else "untag", tag=tag_of(name))


async def prioritise(visit: StaffVisit, conversation_id: str, how: With) -> Done:
    before = await _ticket(visit, conversation_id)
    await _desk(visit).prioritise(conversation_id, visit.agent, how.priority)
    undo = _undo(conversation_id, "priority", priority=before.priority.value) if before else None
    name = visit.parts.templates.label(how.priority, visit.words.language)
    return Done(visit.words("Priority: {name}.", name=name), undo)


async def edit_reply(visit: StaffVisit, conversation_id: str, how: With) -> Done:
    require_filled(visit, how.text)
    events = await visit.parts.service.log.read(conversation_id)
    async with lost_races_explained(visit, conversation_id):
        await _desk(visit).edit_reply(conversation_id, visit.agent, how.position, how.text)
    before = standing(events, how.position).event
    said = before.text if isinstance(before, ReplySent | ReplyEdited) else how.text
    undo = _undo(conversation_id, "edit-reply", position=str(how.position), text=said)
    return Done(visit.words("Changed: the customer reads it so now."), undo)


async def withdraw_reply(visit: StaffVisit, conversation_id: str, how: With) -> Done:
    async with lost_races_explained(visit, conversation_id):
        await _desk(visit).withdraw_reply(conversation_id, visit.agent, how.position)
    return Done(visit.words("Withdrawn: the customer reads it no more."))


def require_filled(visit: StaffVisit, text: str) -> None:
    """No place of a canned reply is left open."""
    if places := unfilled(text):
        names = ", ".join(f"{{{{{name}}}}}" for name in places)
        raise Refused(visit.words("Fill in {places} first.", places=names))


@asynccontextmanager
async def lost_races_explained(visit: StaffVisit, conversation_id: str) -> AsyncIterator[None]:
    """Turns "somebody else has it" into who, and since when."""
    try:
        yield
    except (AlreadyClaimed, NotYourTurn) as lost:
        ticket = await _ticket(visit, conversation_id)
        if ticket is None or ticket.status not in IN_HAND:
            raise
        if ticket.claimed_by == visit.agent.name:
            raise Refused(visit.words("You have this conversation already."), 409) from lost
        raise Held(ticket.claimed_as or ticket.claimed_by or "", ticket.claimed_at) from lost


async def _assign_to_me(visit: StaffVisit, conversation_id: str, how: With) -> Done:
    """From a colleague, as a lead may; from the queue, as everybody may."""
    before = await seen_now(visit, conversation_id)
    if before.state.owner.name is None:
        return await claim(visit, conversation_id, how)
    async with lost_races_explained(visit, conversation_id):
        await _desk(visit).assign(conversation_id, visit.agent, visit.agent)
    return Done(visit.words("It is yours."), await undo_to(visit, conversation_id, before))


async def _colleague(visit: StaffVisit, name: str) -> Agent:
    colleague = await visit.parts.service.roster.get(name)
    if colleague is None or not colleague.active:
        raise Refused(visit.words("There is no such colleague."))
    return colleague


async def undo_to(visit: StaffVisit, conversation_id: str, before: Before, **fields: str) -> Undo:
    """To whoever had it; put aside if it was. Asked for right after the act."""
    owner, until = before.state.owner, before.ticket.snoozed_until if before.ticket else None
    now = await standing_of(visit, conversation_id)
    way = {"held": owner.held.value, "epoch": str(now.epoch)}
    way |= {"to": owner.name} if owner.name else {}
    way |= {"at": until.isoformat()} if until and until > visit.now else {}
    return Undo(f"/conversations/{conversation_id}/back", way | fields)


async def seen_now(visit: StaffVisit, conversation_id: str) -> Before:
    return Before(await standing_of(visit, conversation_id), await _ticket(visit, conversation_id))


async def standing_of(visit: StaffVisit, conversation_id: str) -> State:
    return await state_of(visit.parts.service.log, conversation_id)


def _undo(conversation_id: str, act: str, **fields: str) -> Undo:
    return Undo(f"/conversations/{conversation_id}/{act}", fields)


async def _ticket(visit: StaffVisit, conversation_id: str) -> Ticket | None:
    return await visit.parts.service.queue.of(conversation_id)


def _desk(visit: StaffVisit) -> Desk:
    return visit.parts.service.desk


Act: TypeAlias = Callable[[StaffVisit, str, With], Awaitable[Done]]


@dataclass(frozen=True, slots=True)
class Known:
    may: May
    do: Act
    way: Way = Way.UNDO


ACTS: Mapping[str, Known] = {
    "claim": Known(May.CLAIM, claim),
    "release": Known(May.RELEASE, release),
    "assign": Known(May.TRANSFER, assign),
    "transfer": Known(May.TRANSFER, transfer),
    "hand-back": Known(May.HAND_BACK, hand_back),
    "resolve": Known(May.RESOLVE, resolve),
    "spam": Known(May.MARK_SPAM, mark_spam),
    "merge": Known(May.MERGE, merge),
    "reopen": Known(May.REOPEN, reopen),
    "back": Known(May.CLAIM, put_back, Way.BACK),
    "snooze": Known(May.SNOOZE, snooze),
    "wake": Known(May.SNOOZE, wake),
    "tag": Known(May.TAG, tag),
    "untag": Known(May.TAG, untag),
    "priority": Known(May.PRIORITISE, prioritise),
    "edit-reply": Known(May.REPLY, edit_reply),
    "withdraw-reply": Known(May.REPLY, withdraw_reply, Way.SURE),
}
"""By the name that addresses use."""


async def perform(visit: StaffVisit, conversation_id: str, name: str, how: With) -> Done:
    """Raises NotThere, NotAllowed, and what the act itself does."""
    if name not in ACTS:
        raise NotThere
    require(visit.agent, ACTS[name].may)
    return await ACTS[name].do(visit, conversation_id, how)

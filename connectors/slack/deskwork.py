"""What colleagues do with escalations in Slack: the same acts, at the same desk, as in the console."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.brief import Brief
from bot.conversation import ConversationError, NotYourTurn, UnknownTransition, person
from bot.events import NoteWritten
from bot.log import ConversationLog, MessagesChanged
from connectors.slack.accounts import account_of
from connectors.slack.blocks import (
    Block,
    actions,
    button,
    context,
    markdown,
    modal,
    option,
    section,
    select,
    text_field,
)
from connectors.slack.blocks import escaped as literally
from connectors.slack.cards import Reader, about_draft
from connectors.slack.envelope import Where
from connectors.slack.outgoing import FROM_SLACK
from connectors.slack.people import People
from connectors.slack.talking import Talking
from connectors.slack.words import Words, words
from escalation.amending import sent_as
from escalation.desk import AlreadyClaimed, Desk
from escalation.packet import Suggestion
from escalation.packets import Packets
from escalation.queue import IN_HAND, Filter, Queue
from escalation.roles import May, NotAllowed, may
from escalation.roster import Agent, Roster
from escalation.ticket import Status, Ticket

Owe = Callable[[str], None]
REPLY = 3000
"""Characters that a form of Slack's takes."""
_MARK = re.compile(r" ?\[\d{1,3}\](?!\()")


class Deskwork:
    def __init__(
        self,
        log: ConversationLog,
        queue: Queue,
        desk: Desk,
        packets: Packets,
        roster: Roster,
        brief: Brief,
        people: People,
        talking: Talking,
        reader: Callable[[str], Reader],
        clock: Callable[[], datetime],
        owe: Owe,
    ) -> None:
        self._log = log
        self._queue = queue
        self._desk = desk
        self._packets = packets
        self._roster = roster
        self._brief = brief
        self._people = people
        self._talking = talking
        self._reader = reader
        self._clock = clock
        self._owe = owe

    # At once

    async def claim(self, id: str, where: Where) -> None:
        await self._act(id, where, lambda agent: self._desk.claim(id, agent))

    async def resolve(self, id: str, where: Where) -> None:
        await self._act(id, where, lambda agent: self._desk.resolve(id, agent))

    async def release(self, id: str, where: Where) -> None:
        await self._act(id, where, lambda agent: self._desk.release(id, agent))

    async def hand_back(self, id: str, where: Where) -> None:
        if await self._act(id, where, lambda agent: self._desk.hand_back(id, agent)):
            self._owe(id)

    async def draft(self, id: str, where: Where) -> None:
        """Shown to who asks for it; sending it is another act, with its preview."""
        agent, said = await self._agent(where)
        if agent is None:
            return
        suggestion = await self._suggestion(id, said)
        if suggestion is None:
            await self._talking.tell(where, said.no_draft)
            return
        about = about_draft(suggestion, said)
        blocks = [context(f"*{said.draft_for_you}{about}*"), markdown(suggestion.text)]
        if not suggestion.internal:
            blocks.append(actions(button(said.send, "send_draft", id)))
        await self._talking.tell(where, said.draft_for_you, blocks)

    # With a form

    async def assign_form(self, id: str, where: Where, trigger: str) -> None:
        agent, said = await self._agent(where)
        if agent is None:
            return
        ticket = await self._queue.of(id)
        team = ticket.team if ticket else None
        there = [a for a in await self._roster.everyone() if may(a, May.CLAIM) and a.is_in(team)]
        if not there:
            await self._talking.tell(where, said.nobody_there)
            return
        choices = [option(a.display, a.name) for a in sorted(there, key=lambda a: not a.on_duty)]
        fields = [select(said.colleague, "colleague", choices)]
        await self._open(trigger, where, modal("assign", said.assign_title, fields, *_ends(said, where, id)))

    async def assign(self, id: str, where: Where, name: str) -> None:
        to = await self._roster.get(name)
        if to is not None:
            await self._act(id, where, lambda agent: self._desk.assign(id, agent, to))

    async def snooze_form(self, id: str, where: Where, trigger: str) -> None:
        agent, said = await self._agent(where)
        if agent is None:
            return
        choices = [
            option(said.hour, "1"),
            option(said.four_hours, "4"),
            option(said.tomorrow, "tomorrow"),
            option(said.next_week, "168"),
        ]
        fields = [select(said.until, "until", choices, choices[0])]
        await self._open(trigger, where, modal("snooze", said.snooze_title, fields, *_ends(said, where, id)))

    async def snooze(self, id: str, where: Where, until: str) -> None:
        moment = self._until(until)
        await self._act(id, where, lambda agent: self._desk.snooze(id, agent, moment))

    async def transfer_form(self, id: str, where: Where, trigger: str) -> None:
        agent, said = await self._agent(where)
        if agent is None:
            return
        ticket = await self._queue.of(id)
        others = [team for team in self._brief.teams if ticket is None or team != ticket.team]
        if not others:
            await self._talking.tell(where, said.no_other_team)
            return
        fields = [select(said.team, "team", [option(team, team) for team in others])]
        view = modal("not_for_us", said.team_title, fields, *_ends(said, where, id))
        await self._open(trigger, where, view)

    async def transfer(self, id: str, where: Where, team: str) -> None:
        await self._act(id, where, lambda agent: self._desk.transfer(id, agent, team))

    # Words to the customer: never without a preview of who will read them

    async def reply_form(
        self, id: str, where: Where, trigger: str, text: str = "", client_id: str = ""
    ) -> None:
        agent, said = await self._agent(where)
        if agent is None:
            return
        if client_id and await self._sent(id, client_id):
            await self._talking.tell(where, said.sent_before)
            return
        state = await self._log.state(id)
        if state.owner != person(agent.name):
            await self._refuse(id, where, said)
            return
        fields = [self._will_see(await self._queue.of(id), agent, said), _reply_field(said, text)]
        kept = where.packed(id=id, client_id=client_id)
        view = modal("reply", said.send_title, fields, said.cancel, said.send_title, kept)
        await self._open(trigger, where, view)

    async def draft_form(self, id: str, where: Where, trigger: str) -> None:
        """Internal words are to be put in others: they are not filled in."""
        suggestion = await self._suggestion(id, words((await self._people.person(where.user)).language))
        text = "" if suggestion is None or suggestion.internal else _MARK.sub("", suggestion.text)
        await self.reply_form(id, where, trigger, text)

    async def reply(self, id: str, where: Where, text: str, client_id: str) -> None:
        said = words((await self._people.person(where.user)).language)
        if await self._act(id, where, lambda agent: self._desk.reply(id, agent, text, client_id)):
            ticket = await self._queue.of(id)
            name = self._customer(ticket, said)
            await self._talking.tell(where, said.sent.format(customer=literally(name)))

    async def number_form(self, number: str, where: Where, trigger: str, text: str) -> None:
        """`/comptoir reply`: by the number on the card, or the only one they have."""
        agent, said = await self._agent(where)
        if agent is None:
            return
        if number:
            ticket = await self._queue.get(int(number))
        else:
            mine = await self._queue.open_tickets(2, Filter(claimed_by=agent.name))
            ticket = mine[0] if len(mine) == 1 else None
        if ticket is None or ticket.status is Status.RESOLVED:
            await self._talking.tell(where, said.unknown_number if number else said.which_one)
            return
        await self.reply_form(ticket.conversation_id, where, trigger, text)

    # Notes: what is written in a card's thread stays there

    async def note(self, id: str, where: Where, text: str, client_id: str) -> None:
        agent, said = await self._agent(where)
        if agent is None or not text.strip():
            return
        await self._desk.note(id, agent, text, client_id)
        row = actions(button(said.send, "send_note", f"{id} {client_id}"))
        await self._talking.tell(where, said.noted, [context(said.noted), row])

    async def note_form(self, id: str, where: Where, trigger: str, client_id: str) -> None:
        """To send a note after all."""
        events = await self._log.read(id)
        notes = [e.event for e in events if isinstance(e.event, NoteWritten)]
        text = next((note.text for note in reversed(notes) if note.client_id == client_id), "")
        await self.reply_form(id, where, trigger, text, client_id)

    # How it is said, and refused

    async def _act(self, id: str, where: Where, act: Callable[[Agent], Awaitable[object]]) -> bool:
        """False when it was refused, and they were told why."""
        agent, said = await self._agent(where)
        if agent is None:
            return False
        try:
            await act(agent)
        except AlreadyClaimed as claimed:
            if claimed.owner != agent.name:
                await self._talking.tell(where, said.has_it.format(name=await self._name(claimed.owner)))
            return False
        except (NotYourTurn, UnknownTransition):
            await self._refuse(id, where, said)
            return False
        except MessagesChanged:
            await self._talking.tell(where, said.customer_wrote)
            return False
        except NotAllowed:
            await self._talking.tell(where, said.not_allowed)
            return False
        except ConversationError as error:
            await self._talking.tell(where, said.too_late.format(why=literally(str(error))))
            return False
        return True

    async def _refuse(self, id: str, where: Where, said: Words) -> None:
        """As things are now: somebody has it, nobody has, or it is closed."""
        ticket = await self._queue.of(id)
        if ticket is None or ticket.status is Status.RESOLVED:
            why = said.too_late.format(why=said.resolved)
        elif ticket.status in IN_HAND:
            why = said.has_it.format(name=literally(ticket.claimed_as or ticket.claimed_by or ""))
        else:
            why = said.claim_first
        await self._talking.tell(where, why)

    async def _agent(self, where: Where) -> tuple[Agent | None, Words]:
        return await account_of(where, self._people, self._talking)

    async def _name(self, account: str) -> str:
        found = await self._roster.get(account)
        return literally(found.display if found else account)

    async def _open(self, trigger: str, where: Where, view: Block) -> None:
        if not await self._talking.form(trigger, view):
            said = words((await self._people.person(where.user)).language)
            await self._talking.tell(where, said.slow)

    async def _suggestion(self, id: str, said: Words) -> Suggestion | None:
        packet = await self._packets.of(id, said.language)
        return packet.suggestion if packet else None

    async def _sent(self, id: str, client_id: str) -> bool:
        return sent_as(await self._log.read(id), client_id) is not None

    def _will_see(self, ticket: Ticket | None, agent: Agent, said: Words) -> Block:
        place = f" ({literally(ticket.site or ticket.door)})" if ticket else ""
        who = literally(self._customer(ticket, said))
        return section(said.will_see.format(customer=who, where=place, name=literally(agent.display)))

    def _customer(self, ticket: Ticket | None, said: Words) -> str:
        known = self._reader(said.language).discretion.name(ticket) if ticket else None
        return known or said.the_customer

    def _until(self, chosen: str) -> datetime:
        now = self._clock()
        if chosen != "tomorrow":
            return now + timedelta(hours=int(chosen))
        local = now.astimezone(self._brief.zone) + timedelta(days=1)
        return local.replace(hour=9, minute=0, second=0, microsecond=0)


def client_id(channel: str, ts: str) -> str:
    """Of what was written as a message in Slack."""
    return f"{FROM_SLACK}{channel} {ts}"


def _reply_field(said: Words, text: str) -> Block:
    return text_field(said.reply_label, "text", text, longest=REPLY)


def _ends(said: Words, where: Where, id: str) -> tuple[str, str, str]:
    """How a form is left, and what it remembers."""
    return said.cancel, said.save, where.packed(id=id)

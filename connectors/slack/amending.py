"""Replies that were sent to a customer, edited or withdrawn from Slack.

Who sent a message of the thread edits or deletes that message; every reply has the same in its own menu.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from bot.conversation import ConversationError, NotYourTurn
from bot.events import LoggedEvent, ReplyEdited, ReplySent
from bot.log import ConversationLog
from connectors.slack.accounts import account_of
from connectors.slack.blocks import Block, escaped, modal, section, text_field
from connectors.slack.envelope import Where
from connectors.slack.people import People
from connectors.slack.talking import Talking
from connectors.slack.words import Words
from escalation.amending import ReplyIsWithdrawn, reply_at, sent_as, standing
from escalation.desk import Desk
from escalation.roles import NotAllowed
from escalation.roster import Agent, Roster

LONGEST = 3000
"""Characters that a form of Slack's takes."""


class Amending:
    def __init__(
        self, log: ConversationLog, desk: Desk, roster: Roster, people: People, talking: Talking
    ) -> None:
        self._log = log
        self._desk = desk
        self._roster = roster
        self._people = people
        self._talking = talking

    async def changed(self, id: str, where: Where, text: str | None, client_id: str, again: str) -> None:
        """A message in a card's thread was edited, or deleted (None): the reply that was sent from it goes
        with it. One that was not sent is another note. `again` tells this edit from others."""
        reply = sent_as(await self._log.read(id), client_id)
        if reply is None:
            agent = await self._people.agent(where.user)
            if agent is not None and text:
                await self._desk.note(id, agent, text, again)
        elif text is None:
            await self.withdraw(id, where, reply.position)
        else:
            await self.edit(id, where, reply.position, text, again)

    async def edit(self, id: str, where: Where, position: int, text: str, client_id: str) -> None:
        async def act(agent: Agent) -> None:
            await self._desk.edit_reply(id, agent, position, text, client_id)

        await self._act(id, where, position, act, lambda said: said.reads_edited)

    async def withdraw(self, id: str, where: Where, position: int) -> None:
        async def act(agent: Agent) -> None:
            await self._desk.withdraw_reply(id, agent, position)

        await self._act(id, where, position, act, lambda said: said.reads_withdrawn)

    # By the menu of a reply

    async def edit_form(self, value: str, where: Where, trigger: str) -> None:
        id, position = _split(value)
        agent, said = await account_of(where, self._people, self._talking)
        events = await self._log.read(id)
        if agent is None or not events:
            return
        stands = standing(events, position).event
        text = stands.text if isinstance(stands, ReplySent | ReplyEdited) else ""
        if not text or len(text) > LONGEST:
            await self._talking.tell(where, said.edit_in_console if text else _still(said, said.is_withdrawn))
            return
        fields = [section(said.will_reread), text_field(said.reply_label, "text", text, longest=LONGEST)]
        await self._open("edit_reply", said.edit_title, fields, said.save, where, value, trigger, said)

    async def withdraw_form(self, value: str, where: Where, trigger: str) -> None:
        agent, said = await account_of(where, self._people, self._talking)
        if agent is not None:
            fields = [section(said.will_withdraw)]
            title, name = said.withdraw_title, said.withdraw
            await self._open("withdraw_reply", title, fields, name, where, value, trigger, said)

    async def submitted(self, callback: str, where: Where, value: str, text: str, view: str) -> None:
        id, position = _split(value)
        if callback == "edit_reply":
            await self.edit(id, where, position, text, f"slack view {view}")
        else:
            await self.withdraw(id, where, position)

    async def _open(
        self,
        callback: str,
        title: str,
        fields: Sequence[Block],
        submit: str,
        where: Where,
        value: str,
        trigger: str,
        said: Words,
    ) -> None:
        view = modal(callback, title, fields, said.cancel, submit, where.packed(id=value))
        if not await self._talking.form(trigger, view):
            await self._talking.tell(where, said.slow)

    async def _act(
        self,
        id: str,
        where: Where,
        position: int,
        act: Callable[[Agent], Awaitable[None]],
        done: Callable[[Words], str],
    ) -> None:
        """Whatever comes of it, who did it is told: the customer reads it, or does not."""
        agent, said = await account_of(where, self._people, self._talking)
        if agent is None:
            return
        try:
            await act(agent)
        except ConversationError as refused:
            why = await self._why(refused, id, position, said)
            await self._talking.tell(where, _still(said, why))
        else:
            await self._talking.tell(where, done(said))

    async def _why(self, refused: ConversationError, id: str, position: int, said: Words) -> str:
        match refused:
            case NotYourTurn():
                owner = (await self._log.state(id)).owner.name or ""
                found = await self._roster.get(owner)
                return said.with_colleague.format(name=escaped(found.display if found else owner))
            case NotAllowed():
                return said.not_yours.format(name=escaped(_author(await self._log.read(id), position)))
            case ReplyIsWithdrawn():
                return said.is_withdrawn
            case _:
                return escaped(str(refused))


def _still(said: Words, why: str) -> str:
    return said.reads_as_before.format(why=why)


def _author(events: Sequence[LoggedEvent], position: int) -> str:
    return reply_at(events, position).shown


def _split(value: str) -> tuple[str, int]:
    """Of a button: the conversation, and the reply's position in it."""
    id, _, position = value.rpartition(" ")
    return id, int(position)

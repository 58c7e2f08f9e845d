"""Colleagues, and whoever else is in a channel, ask; what they say of the answers."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.asked import Asked, Responder
from bot.brief import Brief
from bot.decisions import Answer
from bot.events import Customer, OutcomeGiven, Review
from bot.log import ConversationLog
from bot.reception import MessageEmpty, MessageTooLong, Reception
from connectors.delivery import Later, Refused
from connectors.slack.answers import Place, Shape, fallback, outcome_blocks, source_blocks
from connectors.slack.blocks import actions, button, context, modal, option, select, text_field
from connectors.slack.envelope import Where
from connectors.slack.people import People
from connectors.slack.records import Ask, SlackRecords
from connectors.slack.streaming import Streaming
from connectors.slack.talking import Talking
from connectors.slack.web import Web
from connectors.slack.words import words
from escalation.desk import Desk
from escalation.judgements import outcome_in
from knowledge.entries import Audience
from knowledge.ports import EntryStore

DOOR = "slack"
log_lines = logging.getLogger(__name__)
Owe = Callable[[str], None]
"""Has the bot answer a conversation, soon."""


class Asking:
    def __init__(
        self,
        reception: Reception,
        responder: Responder,
        log: ConversationLog,
        desk: Desk,
        entries: EntryStore,
        brief: Brief,
        records: SlackRecords,
        people: People,
        talking: Talking,
        web: Web,
        streaming: Streaming,
        clock: Callable[[], datetime],
        owe: Owe,
    ) -> None:
        self._reception = reception
        self._responder = responder
        self._log = log
        self._desk = desk
        self._entries = entries
        self._brief = brief
        self._records = records
        self._people = people
        self._talking = talking
        self._web = web
        self._streaming = streaming
        self._clock = clock
        self._owe = owe
        self.thinking: set[asyncio.Task[None]] = set()

    # Questions

    async def in_thread(
        self, channel: str, thread: str, ts: str, user: str, text: str, *, about: str | None = None
    ) -> None:
        """Where everybody there reads the answer. `about`: what makes it a conversation of its own in a
        thread that is another's."""
        person = await self._people.person(user)
        internal = person.member and await self._people.only_members_read(channel)
        id = conversation_id(channel, about or thread)
        known = await self._records.ask(id)
        ask = known or Ask(id, channel, thread, user, person.team, internal)
        ask = await self._records.asked(replace(ask, internal=internal and ask.internal))
        if ask.pane:
            await self._status(ask, person.language)
        await self._receive(ask, user, text, f"slack {channel} {ts}", Where(user, channel, thread))

    async def privately(self, channel: str, user: str, text: str, key: str, respond_at: str | None) -> None:
        """Only who asks sees the answer."""
        person = await self._people.person(user)
        id = conversation_id(channel, hashlib.sha256(key.encode()).hexdigest()[:16])
        ask = Ask(id, channel, None, user, person.team, person.member, private=True, respond_at=respond_at)
        ask = await self._records.asked(ask)
        await self._receive(ask, user, text, f"slack {key}"[:200], Where(user, channel, None, respond_at))

    def if_sure(self, channel: str, ts: str, user: str, text: str) -> None:
        """Answers only what it is sure of, and is silent otherwise: nobody has asked it. In the background:
        it keeps nobody waiting, and is forgotten when the service stops."""
        task = asyncio.create_task(self._if_sure(channel, ts, user, text))
        self.thinking.add(task)
        task.add_done_callback(self._thought)

    def _thought(self, task: asyncio.Task[None]) -> None:
        self.thinking.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log_lines.warning("a message was passed over: %s", error)

    async def _if_sure(self, channel: str, ts: str, user: str, text: str) -> None:
        person = await self._people.person(user)
        internal = person.member and await self._people.only_members_read(channel)
        audiences = frozenset(Audience) if internal else frozenset({Audience.PUBLIC})
        asked = Asked(conversation_id(channel, ts), (text,), (), self._clock(), audiences=audiences)
        response = await self._responder.respond(asked)
        if isinstance(response.outcome, Answer) and not response.outcome.hedged:
            await self.in_thread(channel, ts, ts, user, text)

    async def begin_pane(self, channel: str, thread: str, user: str) -> None:
        """The assistant pane was opened."""
        person = await self._people.person(user)
        said = words(person.language)
        await self._records.asked(
            Ask(
                conversation_id(channel, thread), channel, thread, user, person.team, person.member, pane=True
            )
        )
        prompts = [{"title": prompt, "message": prompt} for prompt in said.suggestions[:4]]
        await self._web.call(
            "assistant.threads.setSuggestedPrompts", channel_id=channel, thread_ts=thread, prompts=prompts
        )

    async def chosen(self, place: Place, title: str, where: Where, key: str) -> None:
        """A choice was clicked, which could have been typed: by whomever, who sees what they may see."""
        ask = await self._records.ask(place.conversation_id)
        if ask is None:
            return
        person = await self._people.person(where.user)
        internal = person.member and (ask.private or await self._people.only_members_read(ask.channel))
        ask = await self._records.asked(replace(ask, internal=internal and ask.internal))
        await self._receive(ask, where.user, title, f"slack {key}"[:200], where)

    async def _receive(self, ask: Ask, user: str, text: str, client_id: str, where: Where) -> None:
        person = await self._people.person(user)
        language = person.language if person.language in self._brief.languages else None
        customer = Customer(f"slack:{ask.user}", person.name or None) if ask.user == user else None
        await self._reception.open(ask.conversation_id, language, DOOR, None, customer)
        try:
            await self._reception.receive(ask.conversation_id, client_id, text)
        except MessageEmpty:
            await self._talking.tell(where, words(person.language).usage)
            return
        except MessageTooLong as error:
            await self._talking.tell(where, str(error))
            return
        if ask.pane:
            await self._streaming.follow(ask)
        self._owe(ask.conversation_id)

    async def _status(self, ask: Ask, language: str) -> None:
        try:
            await self._web.call(
                "assistant.threads.setStatus",
                channel_id=ask.channel,
                thread_ts=ask.thread,
                status=words(language).looking,
            )
        except (Later, Refused):  # a nicety: the answer comes all the same
            return

    # What is said of an answer

    async def judge(self, place: Place, useful: bool, where: Where) -> None:
        said = words((await self._people.person(where.user)).language)
        await self._reception.judge(place.conversation_id, place.position, useful)
        if useful:
            await self._talking.tell(where, said.thanks)
            return
        row = [button(said.correct, "correct", str(place)), button(said.ask_person, "ask_person", str(place))]
        await self._talking.tell(
            where, said.what_was_missing, [context(said.what_was_missing), actions(*row)]
        )

    async def sources(self, place: Place, where: Where) -> None:
        """Whoever clicks sees of them what they may see."""
        person = await self._people.person(where.user)
        said = words(person.language)
        answer = await self._answer(place)
        if answer is None:
            return
        internal = await self._internal(answer)
        if internal and not person.member:
            await self._talking.tell(where, said.not_here)
            return
        await self._talking.tell(where, said.sources_title, source_blocks(answer, internal, said))

    async def share(self, place: Place, where: Where) -> None:
        """A private answer, for all who read the channel. Again the same is harmless: it is the answer."""
        person = await self._people.person(where.user)
        said = words(person.language)
        answer = await self._answer(place)
        ask = await self._records.ask(place.conversation_id)
        if answer is None or ask is None or not where.respond_at:
            return
        internal = await self._internal(answer)
        if internal and not await self._people.only_members_read(ask.channel):
            await self._talking.tell(where, said.not_shareable)
            return
        blocks = outcome_blocks(answer, place, Shape(), internal, said)
        by = context(said.shared_by.format(user=f"<@{where.user}>"))
        message = {"response_type": "in_channel", "replace_original": False, "text": fallback(answer)}
        await self._web.respond(where.respond_at, message | {"blocks": [by, *blocks]})

    async def ask_person(self, place: Place, where: Where) -> None:
        said = words((await self._people.person(where.user)).language)
        called = await self._reception.request_person(place.conversation_id)
        await self._talking.tell(where, said.person_called if called else said.already_with_person)

    # Correcting it

    async def correction_form(self, place: Place, where: Where, trigger: str) -> None:
        said = words((await self._people.person(where.user)).language)
        if await self._people.agent(where.user) is None:
            await self._talking.tell(where, said.no_account)
            return
        given = outcome_in(await self._log.read(place.conversation_id), place.position)
        if given is None:
            return
        marks = [option(said.wrong, Review.WRONG.value), option(said.incomplete, Review.INCOMPLETE.value)]
        fields = [
            select(said.mark_label, "mark", marks, marks[0]),
            text_field(said.correct_label, "correction", given.outcome.text),
        ]
        kept = where.packed(place=str(place))
        view = modal("correct", said.correct_title, fields, said.cancel, said.save, kept)
        if not await self._talking.form(trigger, view):
            await self._talking.tell(where, said.slow)

    async def correct(self, place: Place, where: Where, mark: str, correction: str) -> None:
        said = words((await self._people.person(where.user)).language)
        agent = await self._people.agent(where.user)
        given = outcome_in(await self._log.read(place.conversation_id), place.position)
        if agent is None or given is None:
            await self._talking.tell(where, said.no_account)
            return
        changed = correction.strip() != given.outcome.text.strip()
        await self._desk.review(
            place.conversation_id, agent, place.position, Review(mark), correction if changed else None
        )
        await self._talking.tell(where, said.corrected)

    async def _answer(self, place: Place) -> Answer | None:
        given: OutcomeGiven | None = outcome_in(await self._log.read(place.conversation_id), place.position)
        return given.outcome if given is not None and isinstance(given.outcome, Answer) else None

    async def _internal(self, answer: Answer) -> set[str]:
        cited = {citation.entry_id for citation in answer.citations}
        found = await self._entries.get(sorted(cited), frozenset({Audience.PUBLIC})) if cited else []
        return cited - {one.entry.id for one in found}


def conversation_id(channel: str, what: str) -> str:
    return f"slack-{channel}-{what}".replace(".", "-")

"""What of the log is told in Slack: answers to who asked there, and escalations to the team."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bot.amending import Amendment, amendments, as_they_stand
from bot.brief import Brief
from bot.conversation import State
from bot.decisions import Answer
from bot.events import (
    Author,
    ContactLeft,
    ConversationResolved,
    CustomerIdentified,
    Event,
    HandedBack,
    LoggedEvent,
    MarkedSpam,
    Merged,
    MessageReceived,
    NoteWritten,
    OutcomeGiven,
    PersonAssigned,
    PersonJoined,
    Prioritised,
    PromiseMade,
    Released,
    Reopened,
    ReplyEdited,
    ReplySent,
    ReplyWithdrawn,
    ServiceLevelBreached,
    ServiceLevelWarned,
    Snoozed,
    Transferred,
    Woken,
)
from bot.log import ConversationLog
from connectors.delivery import NotNeeded, Refused
from connectors.outbox.jobs import Job, job_for
from connectors.settings import Settings
from connectors.slack import cards
from connectors.slack.answers import Place, Shape, fallback, outcome_blocks
from connectors.slack.blocks import Block, clipped, context, escaped, markdown, section
from connectors.slack.cards import Reader
from connectors.slack.discretion import Discretion
from connectors.slack.people import People
from connectors.slack.posting import Posting
from connectors.slack.records import Ask, Post, SlackRecords
from connectors.slack.streaming import Streaming
from connectors.slack.web import Web
from connectors.slack.words import words
from escalation.packet import Packet
from escalation.packets import Packets
from escalation.queue import Queue
from escalation.roster import Roster
from escalation.ticket import Status, Ticket
from knowledge.entries import Audience
from knowledge.ports import EntryStore

DOOR = "slack"
FROM_SLACK = "slack "
"""Client ids of what was written in Slack begin so: it stands there already."""

AMENDED = (ReplyEdited, ReplyWithdrawn)
"""What they are about stands in Slack already, and is changed there."""
SAID = (OutcomeGiven, ReplySent, *AMENDED, PromiseMade, PersonJoined, ConversationResolved, HandedBack)
"""To who asked in Slack. A customer's door: of everything else they hear nothing."""
MIRRORED = (MessageReceived, OutcomeGiven, ReplySent, *AMENDED, NoteWritten, PromiseMade)
LATE = (ServiceLevelWarned, ServiceLevelBreached)
CHANGES_CARD = (
    *(OutcomeGiven, PersonAssigned, PersonJoined, ReplySent, Transferred, Released, Snoozed, Woken),
    *(Prioritised, MarkedSpam, Merged, HandedBack, ConversationResolved, Reopened, CustomerIdentified),
    *(ContactLeft, MessageReceived, *LATE),
)


class Outgoing:
    """A Deliverer."""

    def __init__(
        self,
        log: ConversationLog,
        queue: Queue,
        packets: Packets,
        entries: EntryStore,
        roster: Roster,
        brief: Brief,
        settings: Settings,
        records: SlackRecords,
        web: Web,
        people: People,
        streaming: Streaming,
        clock: Callable[[], datetime],
    ) -> None:
        self._log = log
        self._queue = queue
        self._packets = packets
        self._entries = entries
        self._roster = roster
        self._brief = brief
        self._settings = settings
        self._records = records
        self._web = web
        self._people = people
        self._streaming = streaming
        self._clock = clock
        self._posting = Posting(web, records, clock)

    @property
    def door(self) -> str:
        return DOOR

    @property
    def hears(self) -> tuple[type[Event], ...]:
        return tuple(dict.fromkeys((*SAID, *MIRRORED, *CHANGES_CARD)))

    async def jobs_of(self, logged: LoggedEvent, state: State) -> Sequence[Job]:
        return [*self._to_asker(logged, state), *await self._to_team(logged)]

    def _to_asker(self, logged: LoggedEvent, state: State) -> list[Job]:
        if state.door != DOOR or not isinstance(logged.event, SAID):
            return []
        if isinstance(logged.event, ConversationResolved | HandedBack) and logged.author is Author.CUSTOMER:
            return []
        lane = f"{logged.conversation_id} asker"
        return [job_for(DOOR, logged, "say", logged.conversation_id, lane=lane)]

    async def _to_team(self, logged: LoggedEvent) -> list[Job]:
        ticket = await self._queue.of(logged.conversation_id)
        if ticket is None or logged.position < ticket.position:
            return []
        if not self._settings.slack.channel_of(self._team(ticket)):
            return []
        kinds = []
        opens = logged.position == ticket.position
        if isinstance(logged.event, CHANGES_CARD) or opens:
            kinds.append("card")
        if isinstance(logged.event, MIRRORED) and not opens and not _is_ours(logged.event):
            kinds.append("mirror")
        if isinstance(logged.event, PersonAssigned) and logged.event.by != logged.event.name:
            kinds.append("given")
        if isinstance(logged.event, LATE):
            kinds.append("late")
        return [
            job_for(DOOR, logged, kind, logged.conversation_id, lane=f"{logged.conversation_id} team")
            for kind in kinds
        ]

    async def deliver(self, job: Job) -> None:
        events = await self._log.read(job.conversation_id)
        if len(events) < job.position:
            raise NotNeeded("the conversation is not kept any more")
        logged = events[job.position - 1]
        match job.kind:
            case "say":
                await self._say(job, logged, events)
            case "card":
                await self.show_card(job.conversation_id, events)
            case "mirror":
                await self._mirror(job, logged, events)
            case "given":
                await self._given(job, logged, events)
            case "late":
                await self._late(job, logged, events)
            case _:
                raise Refused(f"there is nothing called {job.kind}")

    # To who asked

    async def _say(self, job: Job, logged: LoggedEvent, events: Sequence[LoggedEvent]) -> None:
        ask = await self._records.ask(job.conversation_id)
        if ask is None:
            raise NotNeeded("nobody knows where in Slack this is")
        text, blocks = await self._said(ask, _what_stands(logged, events), amendments(events))
        if await self._changed(job, logged, events, text, blocks):
            return
        if ask.private and ask.respond_at:
            message = {"response_type": "ephemeral", "replace_original": False}
            if await self._web.respond(ask.respond_at, message | {"text": text, "blocks": blocks}):
                return
        if ask.pane and isinstance(logged.event, OutcomeGiven) and logged.event.answers:
            await self._streaming.say(ask, logged.event, text, blocks)
            return
        channel = ask.user if ask.private else ask.channel
        thread = None if ask.private else ask.thread
        await self._posting.post(job.id, job.conversation_id, channel, thread, text, blocks)

    async def _changed(
        self, job: Job, logged: LoggedEvent, events: Sequence[LoggedEvent], text: str, blocks: list[Block]
    ) -> bool:
        """The message of Slack's in which the amended reply stands; False where there is none."""
        if not isinstance(logged.event, AMENDED):
            return False
        told = job_for(DOOR, _what_stands(logged, events), job.kind, job.recipient)
        post = await self._records.post(told.id)
        if post is None or post.ts is None:
            return False
        await self._posting.update(post, text, blocks)
        return True

    async def _said(
        self, ask: Ask, logged: LoggedEvent, amended: Mapping[int, Amendment]
    ) -> tuple[str, list[Block]]:
        event = logged.event
        state = await self._log.state(logged.conversation_id)
        language = event.language if isinstance(event, OutcomeGiven) else state.language
        said = words(language)
        match event:
            case OutcomeGiven(outcome=outcome):
                internal = await self._internal(event)
                if internal and not ask.internal:  # somebody from outside has come in since it was asked
                    return said.not_here, [context(said.not_here)]
                place = Place(logged.conversation_id, logged.position)
                shape = Shape(private=ask.private, pane=ask.pane)
                return fallback(outcome), outcome_blocks(outcome, place, shape, internal, said)
            case ReplySent() as reply:
                amendment = amended.get(logged.position)
                line = said.withdrawn if isinstance(amendment, ReplyWithdrawn) else (amendment or reply).text
                who = f"*{escaped(reply.shown)}*"
                return clipped(escaped(line), 3000), cards.reply(reply, amendment, who, said)
            case PromiseMade(text=text):
                return escaped(text), [markdown(text)]
            case PersonJoined() as joined:
                line = said.joined.format(name=escaped(joined.shown))
            case HandedBack():
                line = said.bot_again
            case _:
                line = said.closed
        return line, [context(line)]

    async def _internal(self, given: OutcomeGiven) -> set[str]:
        """Of what is cited, what is not for customers; looked at once more on the way out."""
        if not isinstance(given.outcome, Answer):
            return set()
        cited = sorted({citation.entry_id for citation in given.outcome.citations})
        found = await self._entries.get(cited, frozenset(Audience)) if cited else []
        public = {one.entry.id for one in found if one.entry.audience is Audience.PUBLIC}
        return set(cited) - public

    # To the team

    async def show_card(self, conversation_id: str, events: Sequence[LoggedEvent]) -> Post:
        """The card as things are now, in the channel whose it is. Raises NotNeeded, Later, Refused."""
        reader = self.reader()
        packet = await self._packets.of(conversation_id, reader.words.language)
        channel = self._settings.slack.channel_of(self._team(packet.ticket)) if packet else ""
        if packet is None or not channel:
            raise NotNeeded("it is not the team's")
        text, blocks = cards.headline(packet, reader), cards.card(packet, reader)
        id = f"card {conversation_id} {packet.ticket.number} {channel}"
        shown = await self._records.cards(conversation_id)
        await self._retire([post for post in shown if post.id != id], packet, reader)
        mine = next((post for post in shown if post.id == id), None)
        if mine is not None:
            await self._posting.update(mine, text, blocks)
            return mine
        ts = await self._posting.post(id, conversation_id, channel, None, text, blocks)
        before = [e for e in as_they_stand(events) if e.position <= packet.ticket.position]
        if told := cards.history(before, reader):
            await self._posting.post(f"history {id}", conversation_id, channel, ts, reader.words.before, told)
        return Post(id, conversation_id, channel, None, ts, self._clock())

    async def _retire(self, others: Sequence[Post], packet: Packet, reader: Reader) -> None:
        """Cards in other channels, and of what was settled before, lose their buttons."""
        for post in others:
            about = f"card {packet.ticket.conversation_id} {packet.ticket.number} "
            if post.id.startswith(about):
                text = cards.headline(packet, reader)
                await self._posting.update(post, text, cards.moved(packet, reader))

    async def _mirror(self, job: Job, logged: LoggedEvent, events: Sequence[LoggedEvent]) -> None:
        stands = _what_stands(logged, events)
        text, blocks = cards.mirrored(stands, amendments(events).get(stands.position), self.reader())
        if not blocks:
            raise NotNeeded("there is nothing to tell")
        if await self._changed(job, logged, events, text, blocks):
            return
        card = await self._card(job.conversation_id, events)
        await self._posting.post(job.id, job.conversation_id, card.channel, card.ts, text, blocks)

    async def _given(self, job: Job, logged: LoggedEvent, events: Sequence[LoggedEvent]) -> None:
        """Mention whose it is now, who may be looking at something else."""
        ticket = await self._queue.of(job.conversation_id)
        if (
            not isinstance(logged.event, PersonAssigned)
            or ticket is None
            or ticket.status is not Status.ASSIGNED
        ):
            raise NotNeeded("it is nobody's to come to")
        colleague = await self._roster.get(logged.event.name)
        if colleague is None or not colleague.active or ticket.claimed_by != colleague.name:
            raise NotNeeded("it is not theirs any more")
        user = await self._people.user(colleague)
        if user is None:
            raise NotNeeded("they are not in Slack")
        giver = await self._roster.get(logged.event.by) if logged.event.by else None
        said = words((await self._people.person(user)).language)
        line = said.given_by if giver else said.given
        text = line.format(person=f"<@{user}>", name=escaped(giver.display) if giver else "")
        card = await self._card(job.conversation_id, events)
        await self._posting.post(job.id, job.conversation_id, card.channel, card.ts, text, [section(text)])

    async def _late(self, job: Job, logged: LoggedEvent, events: Sequence[LoggedEvent]) -> None:
        ticket = await self._queue.of(job.conversation_id)
        if ticket is None or not isinstance(logged.event, LATE) or ticket.closed_at is not None:
            raise NotNeeded("it is settled")
        card = await self._card(job.conversation_id, events)
        text = f"#{ticket.number} · {cards.lateness(logged.event, ticket, self.reader())}"
        where = (job.id, job.conversation_id, card.channel, card.ts)
        await self._posting.post(*where, text, [markdown(text)], broadcast=True)

    async def _card(self, conversation_id: str, events: Sequence[LoggedEvent]) -> Post:
        shown = await self._records.cards(conversation_id)
        ticket = await self._queue.of(conversation_id)
        channel = self._settings.slack.channel_of(self._team(ticket)) if ticket else ""
        here = [p for p in shown if ticket and p.id == f"card {conversation_id} {ticket.number} {channel}"]
        return here[-1] if here else await self.show_card(conversation_id, events)

    def reader(self, language: str | None = None) -> Reader:
        """Of the team: the company's usual language, unless it is one person who reads."""
        language = language or ("fr" if self._brief.languages[0] == "fr" else "en")
        settings = self._settings
        address = settings.public_address or f"http://{settings.host}:{settings.port}"
        return Reader(
            words(language),
            self._brief,
            Discretion(settings.slack.personal_data, language),
            f"{address}/console/conversations",
            self._clock(),
        )

    def _team(self, ticket: Ticket) -> str | None:
        return ticket.team or self._brief.default_team or next(iter(self._brief.teams), None)


def _what_stands(logged: LoggedEvent, events: Sequence[LoggedEvent]) -> LoggedEvent:
    """Of an amendment, the reply that it is about."""
    return events[logged.event.position - 1] if isinstance(logged.event, AMENDED) else logged


def _is_ours(event: Event) -> bool:
    """A note that was written in the card's thread."""
    return isinstance(event, NoteWritten) and (event.client_id or "").startswith(FROM_SLACK)

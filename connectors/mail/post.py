"""The mail door: what of the log is told by mail, to customers who left and to colleagues."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.brief import Brief
from bot.conversation import State, fold, person
from bot.events import (
    Event,
    LoggedEvent,
    Measure,
    PersonAssigned,
    PersonJoined,
    ReplySent,
    ServiceLevelBreached,
    ServiceLevelWarned,
)
from bot.log import ConversationLog
from connectors.delivery import NotNeeded, Refused
from connectors.http.shown import Shown, ShownEscalation, ShownReply
from connectors.http.tokens import Tokens, Visit
from connectors.http.views import Views
from connectors.mail import colleagues, customers
from connectors.mail.addresses import Mailbox, WrongAddress, mailbox
from connectors.mail.bundles import bundle_ending_at
from connectors.mail.customers import Envelope, Link
from connectors.mail.letter import Letter
from connectors.mail.message import Sender, composed
from connectors.mail.occasions import FOR_STAFF, HEARD, Occasion, for_customer, for_staff, team_of
from connectors.mail.smtp import Transport
from connectors.mail.wanted import require_gone, require_unsettled, require_waiting
from connectors.mail.words import customer_words, staff_words
from connectors.outbox.jobs import Job, job_for
from connectors.settings import DEFAULT_SITE, Settings
from escalation.queue import Queue
from escalation.roster import Agent, Roster
from escalation.ticket import Status, Ticket

DOOR = "mail"


@dataclass(frozen=True, slots=True)
class Conversation:
    """As it is when a mail is written."""

    id: str
    events: Sequence[LoggedEvent]
    state: State
    shown: Sequence[Shown]
    """What a customer may see of it: mails are made of this."""

    def before(self, position: int) -> list[Shown]:
        return [one for one in self.shown if one.position < position]


class Post:
    """A Deliverer. `present` says whether the customer has a conversation open now, as far as this process
    knows; `links` are the tokens of links in mails."""

    def __init__(
        self,
        log: ConversationLog,
        queue: Queue,
        roster: Roster,
        views: Views,
        brief: Brief,
        settings: Settings,
        links: Tokens,
        transport: Transport,
        present: Callable[[str], bool],
        clock: Callable[[], datetime],
    ) -> None:
        self._log = log
        self._queue = queue
        self._roster = roster
        self._views = views
        self._brief = brief
        self._settings = settings
        self._links = links
        self._transport = transport
        self._present = present
        self._clock = clock
        self._sites = {site.id: site for site in settings.sites}
        self._wait = timedelta(seconds=settings.mail.wait_seconds)
        reply_to = settings.mail.reply_to
        self._sender = Sender(mailbox(settings.mail.sender), mailbox(reply_to) if reply_to else None)

    @property
    def door(self) -> str:
        return DOOR

    @property
    def hears(self) -> tuple[type[Event], ...]:
        return HEARD

    # What is to be sent

    async def jobs_of(self, logged: LoggedEvent, state: State) -> Sequence[Job]:
        return [*self._to_customer(logged, state), *await self._to_staff(logged, state)]

    def _to_customer(self, logged: LoggedEvent, state: State) -> list[Job]:
        due = for_customer(logged, state, known=self._settings.mail.known_customers)
        if due is None:
            return []
        occasion, address = due
        at_once = occasion is Occasion.TRANSCRIPT
        lane = f"{logged.conversation_id} {address}" + (f" {occasion}" if at_once else "")
        wait = timedelta(0) if at_once else self._wait
        return [job_for(DOOR, logged, occasion, address, wait=wait, lane=lane)]

    async def _to_staff(self, logged: LoggedEvent, state: State) -> list[Job]:
        if not self._settings.mail.staff or isinstance(logged.event, ReplySent):
            return []
        ticket = await self._queue.of(logged.conversation_id)
        team = team_of(self._brief, ticket.team if ticket else None)
        due = for_staff(logged, state, await self._roster.everyone(), team)
        if due is None:
            return []
        occasion, agents = due
        wait = self._wait if occasion is Occasion.GIVEN else timedelta(0)
        return [
            job_for(
                DOOR,
                logged,
                occasion,
                agent.email,
                wait=wait,
                lane=f"{logged.conversation_id} {agent.email} staff",
                detail={"agent": agent.name},
            )
            for agent in agents
            if agent.email
        ]

    # Sending it

    async def deliver(self, job: Job) -> None:
        occasion = Occasion(job.kind)
        recipient = _recipient(job)
        conversation = await self._conversation(job.conversation_id)
        if occasion in FOR_STAFF:
            letter = await self._staff_letter(occasion, job, conversation)
        else:
            letter = self._customer_letter(occasion, job, conversation)
        message = composed(letter, job, self._sender, recipient, self._clock())
        await self._transport.send(message, self._sender.mailbox, recipient)

    async def _conversation(self, conversation_id: str) -> Conversation:
        events = await self._log.read(conversation_id)
        if not events:
            raise NotNeeded("the conversation is not kept any more")
        return Conversation(conversation_id, events, fold(events), await self._views.of(events))

    # To customers

    def _customer_letter(self, occasion: Occasion, job: Job, conversation: Conversation) -> Letter:
        events, state = conversation.events, conversation.state
        logged = events[job.position - 1]
        before = conversation.before(job.position)
        present, now = self._present(conversation.id), self._clock()
        match occasion:
            case Occasion.PROMISE:
                require_waiting(events, logged, state, present, now)
                promised = next(s for s in conversation.shown if s.position == job.position)
                assert isinstance(promised, ShownEscalation)
                return customers.promise(self._envelope(occasion, job, state), promised, before)
            case Occasion.CLOSED:
                require_unsettled(events, logged, state, present, now)
                return customers.closed(self._envelope(occasion, job, state), before)
            case Occasion.TRANSCRIPT:
                envelope = self._envelope(occasion, job, state)
                return customers.transcript(envelope, before, events[0].at)
        bundle = bundle_ending_at(events, job.position, self._wait)
        if bundle is None:
            raise NotNeeded("it goes with the reply after it")
        require_gone(events, logged, present, now)
        positions = {reply.position for reply in bundle}
        replies = [
            s
            for s in conversation.shown
            if isinstance(s, ShownReply) and s.position in positions and s.amended != "reply_withdrawn"
        ]
        if not replies:
            raise NotNeeded("it was withdrawn before it went out")
        before = conversation.before(bundle[0].position)
        return customers.answer(self._envelope(occasion, job, state), replies, before)

    def _envelope(self, occasion: Occasion, job: Job, state: State) -> Envelope:
        words = customer_words(self._brief, state.language)
        site = self._sites.get(state.site or "")
        known = state.customer is not None and state.customer.email == job.recipient
        because = words.because_known if known else words.because_left
        said = self._brief.words(words.language)
        return Envelope(
            words=words,
            company=self._company(site.name if site else ""),
            assistant=_capital(said.common["assistant"]),
            zone=self._brief.zone,
            link=self._link(job.conversation_id, state),
            name=_in_one_line(state.customer.name or "") if state.customer and known else None,
            because=words.because_asked if occasion is Occasion.TRANSCRIPT else because,
            replies_are_read=self._sender.reply_to is not None,
            accent=site.accent if site else None,
        )

    def _link(self, conversation_id: str, state: State) -> Link:
        issued = self._links.issue(
            Visit(conversation_id, state.site or next(iter(self._sites), DEFAULT_SITE))
        )
        return Link(f"{self._settings.public_address}/c/{issued.token}", issued.expires_at)

    # To colleagues

    async def _staff_letter(self, occasion: Occasion, job: Job, conversation: Conversation) -> Letter:
        agent = await self._roster.get(str(job.detail["agent"]))
        ticket = await self._queue.of(job.conversation_id)
        if agent is None or not agent.active:
            raise NotNeeded("their account is closed")
        if ticket is None or ticket.status is Status.RESOLVED:
            raise NotNeeded("it is settled")
        notice = self._notice(agent, ticket, conversation)
        event = conversation.events[job.position - 1].event
        if isinstance(event, PersonAssigned | PersonJoined):  # the latter where the log is older
            _require_theirs_and_untouched(agent, job, conversation)
            by = await self._roster.get(event.by) if event.by else None
            return colleagues.given(notice, by.display if by else event.by)
        assert isinstance(event, ServiceLevelWarned | ServiceLevelBreached)
        if event.measure is Measure.FIRST_RESPONSE and ticket.first_reply_at is not None:
            raise NotNeeded("the customer has a first reply")
        return colleagues.late(
            notice,
            event.measure,
            event.due_at.astimezone(self._brief.calendar(ticket.team).zone),
            self._clock(),
            breached=occasion is Occasion.BREACHED,
            claimed=ticket.claimed_by is not None,
        )

    def _notice(self, agent: Agent, ticket: Ticket, conversation: Conversation) -> colleagues.Notice:
        return colleagues.Notice(
            words=staff_words(self._language(agent)),
            company=self._company(""),
            number=ticket.number,
            shown=conversation.shown,
            address=f"{self._settings.public_address}/console/conversations/{conversation.id}",
        )

    def _language(self, agent: Agent) -> str:
        """The company's usual one, of those that they speak."""
        return next((language for language in self._brief.languages if agent.speaks(language)), "en")

    def _company(self, site: str) -> str:
        return _in_one_line(site or self._brief.company or "Comptoir")


def _recipient(job: Job) -> Mailbox:
    try:
        return mailbox(job.recipient)
    except WrongAddress as error:
        raise Refused(str(error)) from error


def _require_theirs_and_untouched(agent: Agent, job: Job, conversation: Conversation) -> None:
    if conversation.state.owner != person(agent.name):
        raise NotNeeded("somebody else has it now")
    after = [e.event for e in conversation.events if e.position > job.position]
    if any(isinstance(event, PersonJoined | ReplySent) and event.name == agent.name for event in after):
        raise NotNeeded("they are at it already")


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

"""What people do with conversations. Whoever is too late, or may not, is told so and nothing happens.

Each act is one event in the log, written only if the conversation is still as it was seen. All methods raise
UnknownConversation, NotAllowed, NotYourTurn, LogUnavailable, and UnknownTransition for what makes no sense
as the conversation stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from bot.amending import Amendment
from bot.conversation import (
    ConversationError,
    Held,
    NotYourTurn,
    State,
    UnknownTransition,
    fold,
    person,
)
from bot.decisions import Priority
from bot.events import (
    AnswerReviewed,
    Author,
    ConversationResolved,
    CorrectionPublished,
    Event,
    HandedBack,
    LoggedEvent,
    MarkedSpam,
    Merged,
    NoteWritten,
    OutcomeGiven,
    PersonAssigned,
    PersonJoined,
    Prioritised,
    Released,
    ReleaseReason,
    Reopened,
    ReplyEdited,
    ReplySent,
    ReplyWithdrawn,
    Review,
    Snoozed,
    Tagged,
    Transferred,
    Untagged,
    Woken,
)
from bot.log import ConversationLog, ConversationMoved, Expected, state_of
from bot.reception import readable
from escalation.amending import reply_at, require_may_amend, says_so_already, standing
from escalation.roles import May, may, require
from escalation.roster import Agent

LONGEST = 20_000
"""Characters of a reply or a note."""


class AlreadyClaimed(ConversationError):
    """Another person has this conversation. The message names them; `owner` is their account name."""

    def __init__(self, owner: str, message: str) -> None:
        super().__init__(message)
        self.owner = owner


class NothingWritten(ConversationError):
    """There are no words in it."""


class TooLong(ConversationError):
    """More words than one message takes."""


class UnknownTeam(ConversationError):
    """The brief lists no such team."""


class NotTheSameCustomer(ConversationError):
    """Nothing says that two conversations are of one customer: one would be left without an answer."""


class NoSuchAnswer(ConversationError):
    """The bot gave no outcome at this position."""


class WakesInThePast(ConversationError):
    """A conversation can be put aside until a later moment only."""


class Desk:
    def __init__(
        self,
        log: ConversationLog,
        clock: Callable[[], datetime],
        teams: Sequence[str] = (),
        default_team: str | None = None,
    ) -> None:
        """`teams` are those of the brief, `default_team` the one for what belongs to no other."""
        self._log = log
        self._clock = clock
        self._teams = teams
        self._default_team = default_team or next(iter(teams), None)

    # Whose it is

    async def claim(self, conversation_id: str, who: Agent) -> LoggedEvent:
        """Take a conversation from the queue, from the bot, whose turn under way is dropped, or what was
        given to one. Raises AlreadyClaimed; a lead takes it from others by `assign`."""
        require(who, May.CLAIM)
        state = await state_of(self._log, conversation_id)
        if state.joined or state.owner != person(who.name):
            _refuse_claimed(state, who)
        joined = PersonJoined(who.name, who.display, team=self._lands_in(who, state))
        return await self._append(conversation_id, joined, state)

    async def assign(self, conversation_id: str, by: Agent, to: Agent) -> LoggedEvent:
        """Give a conversation to a colleague: one's own, one from the queue, or one that was given by oneself
        to who has not come yet; a lead any. Who gives it to themselves takes it; for another the customer
        waits until they come.
        Raises AlreadyClaimed when they have it, or when another has it and `by` may not take it from them."""
        require(by, May.TRANSFER)
        require(to, May.CLAIM)
        state = await state_of(self._log, conversation_id)
        if state.owner == person(to.name) and (state.joined or to.name != by.name):
            raise AlreadyClaimed(to.name, f"{to.display} has this conversation already")
        if by.name not in (state.owner.name, state.given_by) and not may(by, May.TAKE_FROM_OTHERS):
            _refuse_claimed(state, by)
        team = self._lands_in(to, state)
        if to.name == by.name:
            return await self._append(conversation_id, PersonJoined(to.name, to.display, team=team), state)
        given = PersonAssigned(to.name, to.display, by.name, team)
        return await self._append(conversation_id, given, state)

    async def release(self, conversation_id: str, who: Agent) -> LoggedEvent:
        """Back into the queue, at its old place. A lead may do so for a colleague; whoever gave it to one, as
        long as they have not come."""
        require(who, May.RELEASE)
        state = await self._seen(conversation_id, who, or_giver=True)
        owner = state.owner.name or who.name
        by = who.name if owner != who.name else None
        return await self._append(conversation_id, Released(owner, ReleaseReason.THEMSELVES, by), state)

    async def transfer(self, conversation_id: str, who: Agent, team: str) -> LoggedEvent:
        """To another team's queue. Raises UnknownTeam."""
        require(who, May.TRANSFER)
        if team not in self._teams:
            raise UnknownTeam(f"there is no team {team!r}; teams: {', '.join(self._teams) or 'none'}")
        state = await self._seen(conversation_id, who)
        return await self._append(conversation_id, Transferred(team, who.name), state)

    async def hand_back(self, conversation_id: str, who: Agent) -> LoggedEvent:
        """The bot goes on, with the messages that nobody answered yet: call `Reception.answer` after it."""
        require(who, May.HAND_BACK)
        state = await self._seen(conversation_id, who)
        return await self._append(conversation_id, HandedBack(who.name), state)

    # What is said

    async def reply(
        self, conversation_id: str, who: Agent, text: str, client_id: str | None = None
    ) -> LoggedEvent:
        """To the customer, in Markdown. With a client id a second try is harmless. Only who has the
        conversation may: raises NotYourTurn, NothingWritten, TooLong."""
        require(who, May.REPLY)
        event = ReplySent(who.name, _checked(text), who.display, client_id)
        state = await state_of(self._log, conversation_id)
        if state.owner != person(who.name):
            return await self._said_before(conversation_id, event, state)
        return await self._append(conversation_id, event, state)

    async def reply_and_resolve(
        self, conversation_id: str, who: Agent, text: str, client_id: str | None = None
    ) -> LoggedEvent:
        """Raises MessagesChanged when the customer wrote in between: the reply is sent, it stays open."""
        await self.reply(conversation_id, who, text, client_id)
        return await self.resolve(conversation_id, who)

    async def note(
        self, conversation_id: str, who: Agent, text: str, client_id: str | None = None
    ) -> LoggedEvent:
        """For colleagues only, whoever has the conversation. Raises NothingWritten, TooLong."""
        require(who, May.NOTE)
        event = NoteWritten(who.name, _checked(text), client_id)
        return await self._log.append(conversation_id, event, Author.STAFF, None, self._clock())

    async def edit_reply(
        self, conversation_id: str, who: Agent, position: int, text: str, client_id: str | None = None
    ) -> LoggedEvent:
        """The reply at `position` in other words, wherever it is read from now on. Of its author, unless a
        colleague has the conversation by now; a lead may always. Harmless when repeated. Raises NoSuchReply,
        ReplyIsWithdrawn, NothingWritten, TooLong."""
        text = _checked(text)
        return await self._amend(
            conversation_id, who, position,
            lambda reply: ReplyEdited(position, text, who.name, reply.shown, client_id),
        )  # fmt: skip

    async def withdraw_reply(self, conversation_id: str, who: Agent, position: int) -> LoggedEvent:
        """The customer reads instead of it that it was withdrawn; by whom `edit_reply` says. Raises
        NoSuchReply."""
        return await self._amend(
            conversation_id, who, position, lambda reply: ReplyWithdrawn(position, who.name, reply.shown)
        )

    # How it ends

    async def resolve(self, conversation_id: str, who: Agent) -> LoggedEvent:
        """Settled, with the words that were said or without any.
        Raises MessagesChanged when the customer wrote while the conversation was being closed."""
        require(who, May.RESOLVE)
        state = await self._seen(conversation_id, who)
        return await self._append(conversation_id, ConversationResolved(who.name), state)

    async def mark_spam(self, conversation_id: str, who: Agent) -> LoggedEvent:
        require(who, May.MARK_SPAM)
        state = await self._seen(conversation_id, who)
        return await self._append(conversation_id, MarkedSpam(who.name), state)

    async def merge(self, conversation_id: str, who: Agent, into: str) -> LoggedEvent:
        """Close a conversation because its customer goes on in another one. Raises NotTheSameCustomer."""
        require(who, May.MERGE)
        state = await self._seen(conversation_id, who)
        other = await state_of(self._log, into)
        if into == conversation_id or not _same_customer(state, other):
            raise NotTheSameCustomer(
                "nothing says that both conversations are the same customer's: neither the same account nor "
                "the same e-mail address"
            )
        return await self._append(conversation_id, Merged(into, who.name), state)

    async def reopen(self, conversation_id: str, who: Agent) -> LoggedEvent:
        """Undo resolving, spam, or a merge: the conversation is in the queue again."""
        require(who, May.REOPEN)
        state = await state_of(self._log, conversation_id)
        return await self._append(conversation_id, Reopened(who.name, self._team_of(who)), state)

    # How it is kept in order

    async def snooze(self, conversation_id: str, who: Agent, until: datetime) -> LoggedEvent:
        """Out of sight until then or until the customer writes. Raises WakesInThePast."""
        require(who, May.SNOOZE)
        if until <= self._clock():
            raise WakesInThePast("that moment is over: choose a later one")
        state = await self._seen(conversation_id, who)
        return await self._append(conversation_id, Snoozed(until, who.name), state)

    async def wake(self, conversation_id: str, who: Agent) -> LoggedEvent:
        require(who, May.SNOOZE)
        state = await state_of(self._log, conversation_id)
        return await self._append(conversation_id, Woken(who.name), state)

    async def tag(self, conversation_id: str, who: Agent, tag: str) -> LoggedEvent:
        require(who, May.TAG)
        return await self._remark(conversation_id, Tagged(tag_of(tag), who.name))

    async def untag(self, conversation_id: str, who: Agent, tag: str) -> LoggedEvent:
        require(who, May.TAG)
        return await self._remark(conversation_id, Untagged(tag_of(tag), who.name))

    async def prioritise(self, conversation_id: str, who: Agent, priority: Priority) -> LoggedEvent:
        require(who, May.PRIORITISE)
        return await self._remark(conversation_id, Prioritised(priority, who.name))

    # What is learnt from it

    async def review(
        self,
        conversation_id: str,
        who: Agent,
        position: int,
        review: Review | None,
        correction: str | None = None,
        note: str = "",
        by_chance: bool = False,
    ) -> LoggedEvent:
        """Label the bot's outcome at `position`; None takes the label back. `by_chance`: it was drawn by lot
        rather than picked. Raises NoSuchAnswer, TooLong."""
        require(who, May.REVIEW)
        await self._require_outcome(conversation_id, position)
        correction = _checked(correction) if correction and correction.strip() else None
        note = _checked(note) if note.strip() else ""
        reviewed = AnswerReviewed(position, who.name, review, correction, note, by_chance)
        return await self._remark(conversation_id, reviewed)

    async def published(
        self, conversation_id: str, who: Agent, position: int, entry_id: str | None
    ) -> LoggedEvent:
        """A correction of this outcome is this entry of the knowledge base now, or none any more."""
        require(who, May.PUBLISH_CORRECTION)
        await self._require_outcome(conversation_id, position)
        return await self._remark(conversation_id, CorrectionPublished(position, entry_id, who.name))

    def _lands_in(self, who: Agent, state: State) -> str | None:
        """Which team's it is where nobody had asked for a person."""
        return self._team_of(who) if state.owner.held is Held.BOT else None

    def _team_of(self, who: Agent) -> str | None:
        """Their only one, else the one for what belongs to no other."""
        return next(iter(who.teams)) if len(who.teams) == 1 else self._default_team

    async def _seen(self, conversation_id: str, who: Agent, or_giver: bool = False) -> State:
        """As it stands, if `who` may act on it: it is theirs or waits for anybody, or they are a lead."""
        state = await state_of(self._log, conversation_id)
        if state.owner.held is Held.PERSON and state.owner != person(who.name):
            given = or_giver and state.given_by == who.name
            if not given and not may(who, May.TAKE_FROM_OTHERS):
                raise NotYourTurn(f"{state.owner} holds the conversation, not {who.name}")
        elif state.owner.held in (Held.BOT, Held.NOBODY):
            raise UnknownTransition(_NOT_IN_HAND[state.owner.held])
        return state

    async def _said_before(self, conversation_id: str, event: ReplySent, state: State) -> LoggedEvent:
        """A second try of a reply that was sent before the conversation went on to somebody else."""
        for logged in await self._log.read(conversation_id) if event.client_id else ():
            match logged.event:
                case ReplySent(name=event.name, client_id=event.client_id):
                    return logged
        raise NotYourTurn(f"{state.owner} holds the conversation, not {event.name}")

    async def _amend(
        self, conversation_id: str, who: Agent, position: int, amend: Callable[[ReplySent], Amendment]
    ) -> LoggedEvent:
        """Of two who amend the same reply at once, the second sees what the first did."""
        require(who, May.REPLY)
        while True:
            events = await self._log.read(conversation_id)
            state = fold(events) if events else await state_of(self._log, conversation_id)
            reply = reply_at(events, position)
            require_may_amend(who, reply, state)
            amendment, stands = amend(reply), standing(events, position)
            if says_so_already(stands.event, amendment):
                return stands
            expected = Expected(state.owner, state.epoch, position=state.position)
            with suppress(ConversationMoved, NotYourTurn):  # something else was quicker: look again
                now = self._clock()
                return await self._log.append(conversation_id, amendment, Author.STAFF, expected, now)

    async def _require_outcome(self, conversation_id: str, position: int) -> None:
        events = await self._log.read(conversation_id)
        if not any(e.position == position and isinstance(e.event, OutcomeGiven) for e in events):
            raise NoSuchAnswer(f"the bot gave no outcome at position {position}")

    async def _remark(self, conversation_id: str, event: Event) -> LoggedEvent:
        return await self._log.append(conversation_id, event, Author.STAFF, None, self._clock())

    async def _append(self, conversation_id: str, event: Event, state: State) -> LoggedEvent:
        unanswered = state.unanswered_positions if isinstance(event, ConversationResolved) else None
        expected = Expected(state.owner, state.epoch, unanswered)
        return await self._log.append(conversation_id, event, Author.STAFF, expected, self._clock())


_NOT_IN_HAND = {
    Held.BOT: "the bot has this conversation: claim it first",
    Held.NOBODY: "this conversation is closed: reopen it first",
}


def tag_of(text: str) -> str:
    """A tag as it is kept: small letters, without # and spaces around. Raises NothingWritten, TooLong."""
    tag = " ".join(readable(text).replace("|", " ").strip().lstrip("#").lower().split())
    if not tag:
        raise NothingWritten("a tag needs a name")
    if len(tag) > 50:
        raise TooLong("a tag has at most 50 characters")
    return tag


def _refuse_claimed(state: State, who: Agent) -> None:
    if state.owner.held is Held.PERSON:
        owner = state.owner.name or ""
        said = "you have" if owner == who.name else f"{owner} has"
        raise AlreadyClaimed(owner, f"{said} this conversation already")


def _checked(text: str) -> str:
    clean = readable(text).strip()
    if not clean:
        raise NothingWritten("there is nothing written in it")
    if len(clean) > LONGEST:
        raise TooLong(f"it has {len(clean)} characters; at most {LONGEST} are sent at once")
    return clean


def _same_customer(closing: State, other: State) -> bool:
    """Whom the company vouches for does not go on where anybody may be reading."""
    if closing.customer:
        return other.customer is not None and closing.customer.id == other.customer.id
    addresses = {_address(closing), _address(other)}
    return len(addresses) == 1 and None not in addresses


def _address(state: State) -> str | None:
    address = state.contact or (state.customer.email if state.customer else None)
    return address.strip().lower() if address else None

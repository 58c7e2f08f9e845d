"""A reply that was sent, edited or withdrawn afterwards: who may, and when it is too late. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.amending import Amendment
from bot.conversation import ConversationError, Held, NotYourTurn, State, person
from bot.events import Event, LoggedEvent, ReplyEdited, ReplySent, ReplyWithdrawn
from escalation.roles import May, NotAllowed, may
from escalation.roster import Agent


class NoSuchReply(ConversationError):
    """No person replied at this position."""


class ReplyIsWithdrawn(ConversationError):
    """It was taken back; what should be said instead is another reply."""


def reply_at(events: Sequence[LoggedEvent], position: int) -> ReplySent:
    """As it was sent. Raises NoSuchReply."""
    found = next((e.event for e in events if e.position == position), None)
    if not isinstance(found, ReplySent):
        raise NoSuchReply(f"no reply was sent at position {position}")
    return found


def sent_as(events: Sequence[LoggedEvent], client_id: str) -> LoggedEvent | None:
    """The reply that was sent with this client id."""
    return next(
        (e for e in events if isinstance(e.event, ReplySent) and e.event.client_id == client_id), None
    )


def standing(events: Sequence[LoggedEvent], position: int) -> LoggedEvent:
    """The row that says how this reply reads now: that it was sent, edited, or withdrawn."""
    return [e for e in events if e.position == position or _is_about(e.event, position)][-1]


def says_so_already(stands: Event, amendment: Amendment) -> bool:
    """Raises ReplyIsWithdrawn for an edit that comes too late."""
    match stands, amendment:
        case ReplyWithdrawn(), ReplyEdited():
            raise ReplyIsWithdrawn("this reply was withdrawn: the customer sees it no more")
        case ReplyWithdrawn(), ReplyWithdrawn():
            return True
        case ReplySent(text=before) | ReplyEdited(text=before), ReplyEdited(text=after):
            return before == after
        case _:
            return False


def require_may_amend(who: Agent, reply: ReplySent, state: State) -> None:
    """Its author, as long as no colleague speaks with the customer by now; a lead, always.
    Raises NotAllowed, NotYourTurn."""
    if may(who, May.TAKE_FROM_OTHERS):
        return
    if who.name != reply.name:
        raise NotAllowed(f"only {reply.shown} or a lead may change this reply")
    if state.owner.held is Held.PERSON and state.owner != person(who.name):
        raise NotYourTurn(f"{state.owner} holds the conversation, not {who.name}")


def _is_about(event: Event, position: int) -> bool:
    return isinstance(event, ReplyEdited | ReplyWithdrawn) and event.position == position

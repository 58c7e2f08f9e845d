"""Whether a mail to a customer is still wanted when its time has come. Pure.

A mail is for who has gone. Whoever did something in the conversation since has read what was said there. An
open window alone proves little (a laptop may sleep in it): it puts a mail off for a while, no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.amending import as_they_stand
from bot.conversation import Held, State
from bot.events import Author, LoggedEvent, MessageReceived, ReplySent
from connectors.delivery import Later, NotNeeded

LOOK_AGAIN = timedelta(minutes=2)
WINDOW_COUNTS_FOR = timedelta(minutes=30)


def require_gone(events: Sequence[LoggedEvent], since: LoggedEvent, present: bool, now: datetime) -> None:
    """For words of the team up to `since`. Raises NotNeeded, Later."""
    if any(e.author is Author.CUSTOMER for e in events if e.position > since.position):
        raise NotNeeded("the customer was there after it")
    if present and now - since.at < WINDOW_COUNTS_FOR:
        raise Later("the customer has the conversation open", after=LOOK_AGAIN)


def require_waiting(
    events: Sequence[LoggedEvent], promise: LoggedEvent, state: State, present: bool, now: datetime
) -> None:
    """For a promise. Raises NotNeeded, Later."""
    if not state.is_waiting:
        raise NotNeeded("the customer waits no more")
    require_gone(events, promise, present, now)


def require_unsettled(
    events: Sequence[LoggedEvent], closing: LoggedEvent, state: State, present: bool, now: datetime
) -> None:
    """For a conversation that was closed without a word. Raises NotNeeded, Later."""
    before = [e.event for e in as_they_stand(events) if e.position < closing.position]
    last = next((e for e in reversed(before) if isinstance(e, MessageReceived | ReplySent)), None)
    if isinstance(last, ReplySent):
        raise NotNeeded("the reply before it says enough")
    if state.owner.held is not Held.NOBODY:
        raise NotNeeded("the conversation goes on")
    require_gone(events, closing, present, now)

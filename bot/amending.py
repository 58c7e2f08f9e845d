"""Replies as they stand now: some were edited or withdrawn after they had been sent. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.events import LoggedEvent, ReplyEdited, ReplySent, ReplyWithdrawn

Amendment = ReplyEdited | ReplyWithdrawn


def as_they_stand(events: Iterable[LoggedEvent]) -> list[LoggedEvent]:
    """Edited replies in their new words, and none that was withdrawn: for whoever tells or quotes them."""
    events = tuple(events)
    amended = amendments(events)
    found = (_as_it_stands(logged, amended.get(logged.position)) for logged in events)
    return [logged for logged in found if logged is not None]


def amendments(events: Iterable[LoggedEvent]) -> dict[int, Amendment]:
    """What last became of a reply, by its position."""
    changes = (logged.event for logged in events)
    return {event.position: event for event in changes if isinstance(event, ReplyEdited | ReplyWithdrawn)}


def _as_it_stands(logged: LoggedEvent, amendment: Amendment | None) -> LoggedEvent | None:
    match logged.event, amendment:
        case ReplySent() as reply, ReplyEdited(text=text):
            return replace(logged, event=replace(reply, text=text))
        case ReplySent(), ReplyWithdrawn():
            return None
        case _:
            return logged

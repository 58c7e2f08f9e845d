"""Replies that were edited or withdrawn after they had been sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.amending import amendments, as_they_stand
from bot.conversation import fold
from bot.events import (
    CUSTOMER_SEES,
    ConversationResolved,
    Event,
    HandedBack,
    LoggedEvent,
    MessageReceived,
    PersonJoined,
    Released,
    ReplyEdited,
    ReplySent,
    ReplyWithdrawn,
)
from tests.builders import logged

TALK = (
    MessageReceived("m1", "Where is my lamp?"),
    PersonJoined("zoe", "Zoé"),
    ReplySent("zoe", "It comes tomorow.", "Zoé"),
    ReplySent("zoe", "Anything else?", "Zoé"),
)
EDITED = ReplyEdited(4, "It comes tomorrow.", "zoe", "Zoé")
WITHDRAWN = ReplyWithdrawn(4, "zoe", "Zoé")


def said(events: list[LoggedEvent]) -> list[tuple[int, str]]:
    return [(e.position, e.event.text) for e in as_they_stand(events) if isinstance(e.event, ReplySent)]


def test_an_edited_reply_reads_as_it_was_edited_last() -> None:
    events = logged(*TALK, EDITED, replace(EDITED, text="On Monday."))
    assert said(events) == [(4, "On Monday."), (5, "Anything else?")]
    assert amendments(events)[4] == events[-1].event


def test_a_withdrawn_reply_is_not_told_any_more() -> None:
    assert said(logged(*TALK, EDITED, WITHDRAWN)) == [(5, "Anything else?")]


@pytest.mark.parametrize("then", [None, Released("zoe"), HandedBack("zoe"), ConversationResolved("zoe")])
@pytest.mark.parametrize("amendment", [EDITED, WITHDRAWN])
def test_what_becomes_of_a_reply_changes_nothing_of_whose_turn_it_is(
    then: Event | None, amendment: Event
) -> None:
    """Whoever holds the conversation by now, and whatever still waits for an answer."""
    talk = (*TALK, MessageReceived("m2", "And the shade?"), *([then] if then else []))
    before, after = fold(logged(*talk)), fold(logged(*talk, amendment))
    assert replace(after, position=before.position) == before
    assert isinstance(amendment, CUSTOMER_SEES)

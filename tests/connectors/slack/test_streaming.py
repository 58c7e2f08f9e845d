"""In the assistant pane an answer is read while it is composed, and what stays is what the log says."""

from __future__ import annotations

import pytest

from bot.events import OutcomeGiven, TurnDropped
from tests.connectors.slack.conftest import ZOE, Place
from tests.slack_server import Json, text_of, until

pytestmark = pytest.mark.asyncio(loop_scope="session")

PANE = "D0ZOE"
WHOLE = "You may return it within 30 days. [1](https://shop.example/returns)"


async def asked(place: Place, *drafts: str, question: str = "May I return it?") -> str:
    """In a new pane. The thread."""
    place.librarian.drafts = list(drafts)
    thread = place.slack.ts()
    place.slack.messages[PANE].append({"ts": thread, "user": "U0BOT", "text": ""})
    about = {"user_id": ZOE, "channel_id": PANE, "thread_ts": thread, "context": {}}
    await place.slack.event({"type": "assistant_thread_started", "assistant_thread": about})
    await until(lambda: any(given["thread_ts"] == thread for given in place.slack.prompts))
    await place.slack.say(ZOE, PANE, question, thread=thread)
    return thread


async def streams(place: Place, thread: str, text: str) -> Json:
    """The message, once so much of it is there, and no more."""
    await until(lambda: [m for m in place.bots(PANE, thread) if m.get("streaming") and m["text"] == text])
    return place.bots(PANE, thread)[0]


async def ends(place: Place, thread: str) -> Json:
    await until(lambda: [m for m in place.bots(PANE, thread) if "streaming" not in m and m.get("blocks")])
    await place.quiet()
    (message,) = place.bots(PANE, thread)
    return message


def calls(place: Place, method: str) -> int:
    return len([name for name, _ in place.slack.calls if name == method])


async def test_it_is_read_while_it_is_composed(place: Place) -> None:
    thread = await asked(place, "You may", "You may return it")
    await streams(place, thread, "You may")
    place.librarian.goes_on()
    await streams(place, thread, "You may return it")
    assert calls(place, "chat.startStream") == 1
    place.librarian.goes_on()
    answer = await ends(place, thread)
    assert answer["text"] == WHOLE
    assert "Sure" in text_of(answer)
    assert calls(place, "chat.startStream") == calls(place, "chat.stopStream") == 1
    assert calls(place, "chat.update") == 0


async def test_an_answer_that_ends_otherwise_replaces_the_draft(place: Place) -> None:
    thread = await asked(place, "We take everything back.")
    await streams(place, thread, "We take everything back.")
    place.librarian.goes_on()
    answer = await ends(place, thread)
    assert WHOLE in text_of(answer)
    assert "everything" not in text_of(answer)


async def test_slack_asks_for_a_slower_pace_and_nothing_is_said_twice(place: Place) -> None:
    place.slack.limited["chat.appendStream"] = [1]
    thread = await asked(place, "You may", "You may return it")
    await until(lambda: not place.slack.limited["chat.appendStream"])
    place.librarian.goes_on()
    await streams(place, thread, "You may return it")
    place.slack.limited["chat.stopStream"] = [1]
    place.librarian.goes_on()
    assert (await ends(place, thread))["text"] == WHOLE


async def test_an_addition_whose_fate_is_unknown_is_not_repeated(place: Place) -> None:
    place.slack.lost["chat.appendStream"] = 1
    thread = await asked(place, "You may")
    await streams(place, thread, "You may")
    place.librarian.goes_on()
    answer = await ends(place, thread)
    assert text_of(answer).count("You may") == 2, "in the message, and in its notification"
    assert WHOLE in text_of(answer)


async def test_slack_has_ended_the_stream_by_itself_and_the_answer_is_there(place: Place) -> None:
    thread = await asked(place, "You may")
    message = await streams(place, thread, "You may")
    message.pop("streaming")
    place.librarian.goes_on()
    await until(lambda: WHOLE in text_of(place.bots(PANE, thread)[0]))


async def test_a_draft_that_comes_to_nothing_is_taken_away(place: Place) -> None:
    """A colleague takes the conversation over while the bot composes."""
    thread = await asked(place, "You may")
    await streams(place, thread, "You may")
    name = f"slack-{PANE}-{thread}".replace(".", "-")
    zoe = await place.service.roster.get("zoe")
    assert zoe
    await place.service.desk.claim(name, zoe)
    place.librarian.goes_on()
    await place.happens(TurnDropped, name)
    await until(lambda: not [m for m in place.bots(PANE, thread) if "You may" in text_of(m)])
    assert not [e for e in await place.events(name) if isinstance(e.event, OutcomeGiven)]


async def test_the_next_question_in_the_pane_streams_anew(place: Place) -> None:
    thread = await asked(place, "You may")
    await streams(place, thread, "You may")
    place.librarian.goes_on()
    await ends(place, thread)
    place.librarian.drafts = ["Return"]
    await place.slack.say(ZOE, PANE, "Really, a return?", thread=thread)
    await until(lambda: [m for m in place.bots(PANE, thread) if m.get("streaming")])
    place.librarian.goes_on()
    await until(lambda: [WHOLE in text_of(m) for m in place.bots(PANE, thread)] == [True, True])

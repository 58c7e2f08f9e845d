"""Slack is away, slow, or asks to wait: nothing is lost and nothing is said twice."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from bot.events import NoteWritten, PersonJoined, ReplySent
from connectors.slack.incoming import DOOR as EVENTS
from tests.connectors.slack.conftest import HELP, SALES, ZOE, Place, a_place, eventually
from tests.slack_server import text_of, until

CLIENT = "m2"

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_outage_loses_nothing_and_says_nothing_twice(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ts = await place.customer()
    await place.quiet()
    hurry(monkeypatch)
    place.slack.away = True
    zoe = await place.service.roster.get("zoe")
    assert zoe
    await place.service.desk.claim("c1", zoe)
    for text in ("One.", "Two.", "Three."):
        await place.service.desk.reply("c1", zoe, text)
    await place.service.reception.open("c2", "en", "widget", "shop")
    await place.service.reception.handle("c2", "m1", "And my chair?")
    await eventually(lambda: has_tried(place, 3))
    place.slack.away = False
    await place.quiet()
    told = [text_of(m) for m in place.slack.thread(HELP, ts)]
    assert [text.rsplit("\n", 1)[-1] for text in told[1:]] == ["One.", "Two.", "Three."]
    assert "Zoe has it" in text_of(place.card(ts))
    assert len(place.slack.roots(HELP)) == 2


async def test_an_answer_of_slack_that_was_lost_makes_no_second_message(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    place.slack.lost["chat.postMessage"] = 2  # the card, then what was said before
    ts = await place.customer()
    await place.quiet()
    assert len(place.slack.roots(HELP)) == 1
    assert len(place.slack.thread(HELP, ts)) == 1
    place.slack.lost["chat.postMessage"] = 1
    await place.service.reception.receive("c1", CLIENT, "Hello?")
    await until(lambda: len(place.slack.thread(HELP, ts)) == 2)
    await place.quiet()
    assert len(place.slack.thread(HELP, ts)) == 2


async def test_slack_is_given_the_time_that_it_asks_for(place: Place) -> None:
    ts = await place.customer()
    await place.quiet()
    before = await place.service.outbox.standing("slack", place.service.clock())
    place.slack.limited["chat.postMessage"] = [1]
    await place.service.reception.receive("c1", CLIENT, "Hello?")
    slack = place.service.slack
    assert slack
    await until(lambda: slack.web._rests)
    await place.service.reception.open("c2", "en", "widget", "shop")  # what is said of others waits too
    await place.service.reception.handle("c2", "m1", "And my chair?")
    await until(lambda: len(place.slack.thread(HELP, ts)) == 2 and len(place.slack.roots(HELP)) == 2)
    await place.quiet()
    assert place.slack.impatient == []
    standing = await place.service.outbox.standing("slack", place.service.clock())
    assert (standing.waiting, standing.refused) == (0, before.refused)


async def test_events_are_acknowledged_before_anything_is_done(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With Slack's own API away and a dozen questions at once, each is acknowledged in time."""
    hurry(monkeypatch)
    place.slack.away = True
    began = [place.ask(ZOE, SALES, f"How do returns work, part {n}?") for n in range(12)]
    asked = await asyncio.gather(*began)
    assert len(place.slack.acknowledged) == 24  # each mention is told twice
    assert len(asked) == 12
    standing = await place.service.outbox.standing(EVENTS, place.service.clock())
    assert standing.waiting > 0
    place.slack.away = False
    for ts in asked:
        assert "30 days" in text_of(await place.answered(SALES, ts))


async def test_a_store_that_is_away_acknowledges_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from connectors.outbox.jobs import OutboxUnavailable

    async with a_place(tmp_path, "http") as place:
        took = place.service.outbox.take_in

        async def away(*given: object) -> bool:
            raise OutboxUnavailable("the disk is full")

        event = {"type": "app_mention", "user": ZOE, "text": "<@U0BOT> returns?", "channel": SALES}
        ts = place.slack.ts()
        place.slack.messages[SALES].append({"ts": ts, "user": ZOE, "text": "returns?"})
        monkeypatch.setattr(place.service.outbox, "take_in", away)
        with pytest.raises(AssertionError):
            await place.slack.event(event | {"ts": ts, "event_ts": ts}, "Ev0AGAIN")
        monkeypatch.setattr(place.service.outbox, "take_in", took)
        await place.slack.event(event | {"ts": ts, "event_ts": ts}, "Ev0AGAIN")  # as Slack does
        await place.answered(SALES, ts)


async def test_a_connection_that_breaks_comes_back(place: Place) -> None:
    before = place.slack.connections
    await place.slack.disconnect()
    await until(lambda: place.slack.connections > before)
    ts = await place.ask(ZOE, SALES, "How do returns work?")
    assert "30 days" in text_of(await place.answered(SALES, ts))


async def test_only_slack_is_listened_to(tmp_path: Path) -> None:
    async with a_place(tmp_path, "http") as place:
        challenge = json.dumps({"type": "url_verification", "challenge": "c0ffee", "token": "t"})
        good = await place.slack.posted(challenge, "application/json")
        assert (good.status_code, good.json()) == (200, {"challenge": "c0ffee"})
        event = {"type": "app_mention", "user": ZOE, "text": "<@U0BOT> hi", "ts": "1.1", "channel": SALES}
        body = json.dumps({"type": "event_callback", "event_id": "Ev1", "event": event})
        forged = await place.slack.posted(body, "application/json", secret="not the secret")
        assert forged.status_code == 401
        stale = await place.client.post(
            "/slack/events",
            content=body,
            headers={"X-Slack-Signature": "v0=0", "X-Slack-Request-Timestamp": str(int(time.time()) - 900)},
        )
        assert stale.status_code == 401
        standing = await place.service.outbox.standing(EVENTS, place.service.clock())
        assert standing.waiting == 0
        assert place.slack.messages[SALES] == []


async def test_what_was_done_before_a_stop_is_not_done_again(tmp_path: Path) -> None:
    async with a_place(tmp_path) as place:
        ts = await place.customer()
        await place.slack.click(ZOE, HELP, place.card(ts), "claim")
        await place.happens(PersonJoined)
        await place.slack.say(ZOE, HELP, "a note", thread=ts)
        await place.happens(NoteWritten)
        await place.quiet()
        calls = len([m for m, _ in place.slack.calls if m == "chat.postMessage"])
        await place.service.courier.round()
        await place.quiet()
        assert len([m for m, _ in place.slack.calls if m == "chat.postMessage"]) == calls
        assert not [e for e in await place.events() if isinstance(e.event, ReplySent)]


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried again at once."""
    from datetime import timedelta

    monkeypatch.setattr("connectors.delivery.backoff", lambda attempt, chance: timedelta(milliseconds=50))


async def has_tried(place: Place, times: int) -> bool:
    standing = await place.service.outbox.standing("slack", place.service.clock())
    return standing.trouble is not None and standing.waiting >= times

"""Colleagues ask in Slack, and so do people from outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.events import AnswerJudged, AnswerReviewed, MessageReceived, OutcomeGiven, Review
from knowledge.entries import Audience
from tests.connectors.slack.conftest import (
    CHAT,
    GUEST,
    HELP,
    NEMO,
    PARTNER,
    PARTNERS,
    PAUL,
    SALES,
    ZOE,
    Place,
    a_place,
)
from tests.slack_server import direct, element_of, text_of, until

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_a_mention_is_answered_in_its_thread_with_the_source(tmp_path: Path, mode: str) -> None:
    async with a_place(tmp_path, mode) as place:
        ts = await place.ask(ZOE, SALES, "How do returns work?")
        answer = await place.answered(SALES, ts)
        assert "within 30 days. [1](https://shop.example/returns)" in text_of(answer)
        assert "*Sure*" in text_of(answer)
        assert "<https://shop.example/returns|Returns>" in text_of(answer)
        await place.quiet()
        assert len(place.bots(SALES, ts)) == 1


async def test_follow_ups_in_the_thread_keep_their_context(place: Place) -> None:
    ts = await place.ask(ZOE, SALES, "How do returns work?")
    await place.answered(SALES, ts)
    await place.slack.say(ZOE, SALES, "And abroad?", thread=ts)
    await place.answered(SALES, ts, 2)
    assert [e.question for e in place.librarian.asked[-1].exchanges] == ["How do returns work?"]
    await place.slack.say(PAUL, SALES, "I think so too", thread=ts)  # colleagues among themselves
    await place.quiet()
    assert len(place.bots(SALES, ts)) == 2


async def test_colleagues_see_internal_articles_and_outsiders_never(place: Place) -> None:
    ts = await place.ask(ZOE, SALES, "What discount may I give?")
    told = text_of(await place.answered(SALES, ts))
    assert "15 % off" in told
    assert "internal" in told
    for user, channel in ((ZOE, PARTNERS), (PARTNER, PARTNERS), (GUEST, "D0GUEST")):
        ts = await place.ask(user, channel, "What discount may I give?")
        answer = await place.answered(channel, ts)
        assert "15 %" not in text_of(answer)
        assert place.librarian.asked[-1].audiences == {Audience.PUBLIC}


async def test_one_guest_in_a_channel_makes_it_public(place: Place) -> None:
    place.slack.channel("C0MIXED", ZOE, GUEST)
    ts = await place.ask(ZOE, "C0MIXED", "What discount may I give?")
    assert "15 %" not in text_of(await place.answered("C0MIXED", ts))


async def test_of_a_large_channel_everybody_is_looked_at_at_once(place: Place) -> None:
    crowd = [place.slack.user(f"U0{n}", f"Member {n}") for n in range(1200)]
    place.slack.channel("C0LARGE", ZOE, *crowd)
    ts = await place.ask(ZOE, "C0LARGE", "What discount may I give?")
    assert "15 %" in text_of(await place.answered("C0LARGE", ts))
    place.slack.channel("C0LARGER", ZOE, *crowd, GUEST)
    ts = await place.ask(ZOE, "C0LARGER", "What discount may I give?")
    assert "15 %" not in text_of(await place.answered("C0LARGER", ts))
    assert len([m for m, _ in place.slack.calls if m.startswith("users.")]) < 20


async def test_a_choice_shows_whoever_takes_it_what_they_may_see(place: Place) -> None:
    """A colleague asks among colleagues; a guest, who was let in since, clicks."""
    for user, told in ((NEMO, True), (GUEST, False)):
        ts = await place.ask(ZOE, SALES, "Which one?")
        question = await place.answered(SALES, ts)
        await place.slack.click(user, SALES, question, "choice-1")  # the internal one, "Discounts"
        assert ("15 %" in text_of(await place.answered(SALES, ts, 2))) is told


async def test_a_direct_message_is_answered_in_its_thread(place: Place) -> None:
    ts = await place.slack.say(ZOE, direct(ZOE), "What discount may I give?")
    assert "15 % off" in text_of(await place.answered(direct(ZOE), ts))


async def test_a_command_is_answered_privately_and_may_be_shared(place: Place) -> None:
    place.slack.channel("C0FAR", ZOE, joined=False)  # a command works where the app is not
    await place.slack.command(ZOE, "C0FAR", "How do returns work?")
    private = await place.told(ZOE)
    assert "30 days" in text_of(private)
    assert place.slack.messages["C0FAR"] == []
    await place.slack.click(ZOE, "C0FAR", private, "share")
    await until(lambda: place.slack.messages["C0FAR"])
    shared = text_of(place.slack.messages["C0FAR"][0])
    assert "30 days" in shared
    assert f"Shared by <@{ZOE}>" in shared


async def test_what_is_internal_is_not_shared_where_outsiders_read(place: Place) -> None:
    await place.slack.command(ZOE, PARTNERS, "What discount may I give?")
    private = await place.told(ZOE)
    assert "15 %" in text_of(private)
    await place.slack.click(ZOE, PARTNERS, private, "share")
    assert "stays with you" in text_of(await place.told(ZOE, 2))
    assert place.slack.messages[PARTNERS] == []


async def test_a_private_answer_that_comes_late_is_a_direct_message(place: Place) -> None:
    place.slack.forget_responses = True
    await place.slack.command(ZOE, SALES, "How do returns work?")
    await until(lambda: place.slack.messages[direct(ZOE)])
    assert "30 days" in text_of(place.slack.messages[direct(ZOE)][0])
    assert place.slack.messages[SALES] == []


async def test_a_message_is_looked_up_by_its_shortcut(place: Place) -> None:
    ts = await place.slack.say(NEMO, SALES, "A customer wants to know how returns work")
    await place.slack.shortcut(ZOE, SALES, ts, "ask")
    assert "30 days" in text_of(await place.told(ZOE))
    assert place.bots(SALES, ts) == []


async def test_the_assistant_pane_suggests_and_streams(place: Place) -> None:
    about = {"user_id": ZOE, "channel_id": "D0ZOE", "thread_ts": place.slack.ts(), "context": {}}
    place.slack.messages["D0ZOE"].append({"ts": about["thread_ts"], "user": "U0BOT", "text": ""})
    await place.slack.event({"type": "assistant_thread_started", "assistant_thread": about})
    await until(lambda: place.slack.prompts)
    await place.slack.say(ZOE, "D0ZOE", "What discount may I give?", thread=str(about["thread_ts"]))
    answer = await place.answered("D0ZOE", str(about["thread_ts"]))
    await until(lambda: "streaming" not in answer and answer["blocks"])
    assert "15 % off" in answer["text"]
    methods = [name for name, _ in place.slack.calls]
    assert methods.index("assistant.threads.setStatus") < methods.index("chat.startStream")
    await place.slack.click(ZOE, "D0ZOE", answer, "feedback", "useful")
    assert "Thank you" in text_of(await place.told(ZOE))


async def test_a_channel_may_be_answered_only_when_sure(place: Place) -> None:
    sure = await place.slack.say(NEMO, CHAT, "does anybody know how a return works?")
    answer = await place.answered(CHAT, sure)
    assert "30 days" in text_of(answer)
    for text in ("lunch?", "perhaps a return"):
        unsure = await place.slack.say(NEMO, CHAT, text)
        await place.quiet()
        assert place.bots(CHAT, unsure) == []
    elsewhere = await place.slack.say(NEMO, SALES, "does anybody know how a return works?")
    await place.quiet()
    assert place.bots(SALES, elsewhere) == []


async def test_answers_are_judged_corrected_and_shown_with_their_sources(place: Place) -> None:
    ts = await place.ask(NEMO, SALES, "How do returns work?")
    answer = await place.answered(SALES, ts)
    name = f"slack-{SALES}-{ts}".replace(".", "-")
    await place.slack.click(PAUL, SALES, answer, "not_useful")
    judged = await place.happens(AnswerJudged, name)
    assert judged.useful is False
    assert "Merci" in text_of(await place.told(PAUL))  # in the language of who reads
    await place.slack.click(NEMO, SALES, answer, "sources")
    assert "You may return it within 30 days." in text_of(await place.told(NEMO))
    await place.slack.click(NEMO, SALES, answer, "correct")
    assert "no account" in text_of(await place.told(NEMO, 2))
    await place.slack.click(PAUL, SALES, answer, "correct")
    form = await place.view()
    await place.slack.submit(PAUL, form, mark="incomplete", correction="Within 30 days, and it is free.")
    reviewed = await place.happens(AnswerReviewed, name)
    assert (reviewed.by, reviewed.review) == ("paul", Review.INCOMPLETE)
    assert reviewed.correction == "Within 30 days, and it is free."
    (waiting,) = await place.service.reviews.latest(to_publish=True)  # in the console, like any other
    assert waiting.correction == reviewed.correction


async def test_what_nobody_knows_goes_to_the_team_and_the_answer_comes_back(place: Place) -> None:
    ts = await place.ask(NEMO, SALES, "Who may sign contracts?")
    assert "A colleague takes over" in text_of(await place.answered(SALES, ts))
    await until(lambda: place.slack.roots(HELP))
    name = f"slack-{SALES}-{ts}".replace(".", "-")
    zoe = await place.service.roster.get("zoe")
    assert zoe
    await place.service.desk.claim(name, zoe)
    await place.service.desk.note(name, zoe, "Nemo again!")
    await place.service.desk.reply(name, zoe, "Only **the board**.")
    await until(lambda: "Only **the board**." in "".join(map(text_of, place.bots(SALES, ts))))
    await place.quiet()
    assert "Nemo again!" not in "".join(map(text_of, place.slack.messages[SALES]))


async def test_what_slack_sends_twice_is_done_once(place: Place) -> None:
    ts = place.slack.ts()
    event = {"type": "app_mention", "user": ZOE, "text": "<@U0BOT> returns?", "ts": ts, "channel": SALES}
    place.slack.messages[SALES].append({"ts": ts, "user": ZOE, "text": "returns?"})
    for _ in range(3):
        await place.slack.event(event | {"event_ts": ts}, "Ev0TWICE")
    await place.answered(SALES, ts)
    await place.quiet()
    assert len(place.bots(SALES, ts)) == 1
    name = f"slack-{SALES}-{ts}".replace(".", "-")
    kinds = [type(e.event) for e in await place.events(name)]
    assert kinds.count(MessageReceived) == kinds.count(OutcomeGiven) == 1


async def test_markup_of_others_makes_no_mentions(place: Place) -> None:
    ts = await place.ask(ZOE, SALES, "Who is &lt;!channel&gt; <!here> in <#C0HELP|help>?")
    await place.answered(SALES, ts)
    await until(lambda: place.slack.roots(HELP))
    card = place.slack.roots(HELP)[0]
    assert "<!channel>" not in text_of({"blocks": [b for b in card["blocks"] if b["type"] != "section"]})
    assert "&lt;!channel&gt;" in text_of(card)
    assert element_of(card, "claim")

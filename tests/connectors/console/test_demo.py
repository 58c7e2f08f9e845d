"""The demo shop's fortnight: there at the first start, marked as made up, gone when it is not wanted."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.brief_file import read_brief
from bot.events import MessageReceived
from connectors.assembly import Service
from connectors.demo import guest, history, is_made_up
from connectors.demo.lives import Talk
from connectors.demo.script import Script, read_script
from connectors.demo.shop import Moving, Shop
from escalation.reports import Scope
from knowledge.ports import Browsing
from knowledge.versions import CONSOLE
from tests.console import Browser
from tests.web import a_service, indoors, now, web_settings

IN_THE_AFTERNOON = datetime(2026, 3, 18, 14, 30, tzinfo=UTC)
DEMO = Path(__file__).parents[3] / "deploy" / "demo"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Service]:
    """Without its help centre: the assistant passes on whatever it is asked."""
    async with a_service(web_settings(tmp_path), brief=read_brief(DEMO / "brief.yaml")) as service:
        yield service


@pytest.fixture
def quiet_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "BY_WEEKDAY", (1, 1, 1, 1, 1, 1, 1))


async def said_twice(shop: Service, id: str, script: Script) -> list[str]:
    """What a customer said again in the same words; thanks and greetings apart."""
    polite = {*script.thanks.fr, *script.thanks.en, *script.greetings.fr, *script.greetings.en}
    events = [logged.event for logged in await shop.log.read(id)]
    texts = Counter(event.text for event in events if isinstance(event, MessageReceived))
    return [text for text, number in texts.items() if number > 1 and text not in polite]


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_who_comes_back_says_it_in_other_words(shop: Service, language: str) -> None:
    script = read_script(DEMO / "history.yaml")
    for number, story in enumerate((*script.questions, *script.holes, *script.persons)):
        talk = Talk(Shop(shop, script, random.Random(number), Moving(now()), None), "", language, story)
        talk.said.append(talk.any(story.of(language)))
        again = talk.once_more(script.back_to_person)
        assert not any(again.lower().endswith(text.lower()) for text in talk.said)


def test_french_articles_break_no_line_before_a_sign() -> None:
    """A line must not begin with "?", ":" or "»", nor part a number from its thousands or its unit."""
    wrong = re.compile(r"\S [?!;»]|« |\d [€%]|\d \d{3}(?!\d)|[^\s|/-] :(?=\s)")
    for file in [*DEMO.glob("help/fr/*.md"), *DEMO.glob("staff/fr/*.md")]:
        body = file.read_text("utf-8").partition("\n---\n")[2]
        lines = [re.sub(r"`[^`]*`|https?://\S+( :)?", "", line) for line in body.splitlines()]
        assert [line for line in lines if wrong.search(line)] == [], file.name


@pytest.mark.usefixtures("quiet_days")
async def test_the_fortnight_is_marked_as_made_up_and_taken_out_without_a_trace(shop: Service) -> None:
    await shop.reception.open("own", "en", "widget", "shop")
    await shop.reception.request_person("own")
    script = read_script(DEMO / "history.yaml")
    made = await history.live_through(shop, script, IN_THE_AFTERNOON)
    everything = Scope(made.since, made.until)

    cards = await shop.directory.find(limit=1000)
    assert len(cards) > made.conversations - len(script.spam), "spam is not listed"
    assert [card.conversation_id for card in cards if not is_made_up(card.conversation_id)] == ["own"]
    for card in cards:
        assert not await said_twice(shop, card.conversation_id, script)
    counts = await shop.queue.counts()
    assert counts.open > 5
    assert counts.claimed > 0
    assert await shop.reports.open_questions(everything)
    assert await shop.console.canned.all()
    assert await shop.entries.count(Browsing(origin=CONSOLE)) == 2
    assert [agent.on_duty for agent in await shop.roster.everyone()] == [False] * 4

    assert await history.is_there(shop)
    assert await history.forget(shop) == made.conversations
    assert [card.conversation_id for card in await shop.directory.find(limit=1000)] == ["own"]
    assert (await shop.queue.counts()).open == 1
    assert await shop.console.canned.all() == []
    assert await shop.entries.count(Browsing(origin=CONSOLE)) == 0
    assert await shop.roster.everyone() == []
    assert not await history.is_there(shop)
    assert await history.forget(shop) == 0


async def test_whoever_tries_the_demo_is_let_into_its_console_once(shop: Service) -> None:
    before = await guest.way_in(shop.console, shop.roster, now())
    link = (await guest.way_in(shop.console, shop.roster, now())).removeprefix("/console")
    async with indoors(shop) as client:
        visitor = Browser(client)
        assert (await visitor.get(before.removeprefix("/console"))).status_code == 410, (
            "only the newest opens"
        )
        await visitor.get(link)
        assert (await visitor.post(link)).status_code == 303
        assert (await visitor.get("/people")).status_code == 200
        assert (await Browser(client).get(link)).status_code == 410

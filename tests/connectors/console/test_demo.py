"""The demo shop's fortnight: there at the first start, marked as made up, gone when it is not wanted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.brief_file import read_brief
from connectors.assembly import Service
from connectors.demo import guest, history, is_made_up
from connectors.demo.script import read_script
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

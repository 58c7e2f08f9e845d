"""The overview's figures and what is taken along of them, for leads."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import timedelta

import httpx

from bot.decisions import SmallTalk
from bot.events import Author, ConversationOpened, ConversationResolved, Event, MessageReceived, Reopened
from connectors.assembly import Service
from connectors.console.words import Words
from tests.builders import an_outcome
from tests.console import Browser, escalated


async def test_what_is_taken_along_has_heads_in_the_readers_language(service: Service, zoe: Browser) -> None:
    await escalated(service, "c1", "=SUM(1;2) is no lamp")
    days = _table(await zoe.get("/overview/days.csv?days=7", accept_language="en"))
    assert days[0][:3] == ["Day", "Conversations", "Confirmed by the customer"]
    assert len(days) == 8
    assert sum(int(row[1]) for row in days[1:]) == 1
    jours = _table(await zoe.get("/overview/days.csv?days=7", accept_language="fr"), ";")
    assert jours[0][:3] == ["Jour", "Conversations", "Confirmée par le client"]
    assert jours[1:] == days[1:]
    head, row = _table(await zoe.get("/overview/questions.csv", accept_language="fr"), ";")
    assert head[:2] == ["Question", "Fois posée"]
    assert row[:3] == ["'=SUM(1;2) is no lamp", "1", "1"], "no spreadsheet may take it for a formula"


async def test_figures_are_those_of_the_site_and_language_that_were_asked_for(
    service: Service, zoe: Browser
) -> None:
    await escalated(service, "c1")
    for narrowed, number in (
        ("site=shop", "1"),
        ("site=outlet", "0"),
        ("language=en", "1"),
        ("language=fr", "0"),
    ):
        figures = _table(await zoe.get(f"/overview/figures.csv?{narrowed}"))
        conversations = next(row for row in figures if row[0] == "Conversations")
        assert conversations[1] == number, narrowed
        assert conversations[4].startswith("Conversations that began in the period"), "how it is counted"


async def test_spreadsheets_open_it_in_columns_as_they_write_numbers_there(
    service: Service, zoe: Browser
) -> None:
    """With a French keyboard a comma is for decimals: cells end with a semicolon."""
    await escalated(service, "c1", "Où est ma lampe ; ou bien, quand vient-elle ?")
    for language, first in (("en", "Day,Conversations,Confirmed"), ("fr", "Jour;Conversations;Confirmée")):
        days = (await zoe.get("/overview/days.csv?days=7", accept_language=language)).content
        assert days.startswith(b"\xef\xbb\xbf" + first.encode())
    page = await zoe.get("/overview/questions.csv", accept_language="fr")
    assert _table(page, ";")[1][0] == "Où est ma lampe ; ou bien, quand vient-elle ?", "one cell"


async def test_whoever_comes_back_within_seven_days_was_not_settled(service: Service, zoe: Browser) -> None:
    """A later question is another matter, a thank-you is none, and a slip of a colleague is taken back."""
    moment, minute = service.clock() - timedelta(days=20), timedelta(minutes=1)
    question, answer = MessageReceived("m2", "It is not there yet"), an_outcome(4)
    thanks = an_outcome(4, outcome=SmallTalk("You're welcome."))
    closed, again = ConversationResolved("zoe"), Reopened("zoe")
    stories: dict[str, tuple[timedelta, Sequence[Event]]] = {
        "comes back": (timedelta(days=7) - minute, (question, answer)),
        "comes too late": (timedelta(days=7) + minute, (question, answer)),
        "says thanks": (timedelta(days=2), (MessageReceived("m2", "Thank you!"), thanks)),
        "is reopened": (timedelta(days=2), (again,)),
        "was closed by mistake": (5 * minute, (again,)),
    }
    for name, (later, events) in stories.items():
        await service.log.open(name, ConversationOpened("en"), moment)
        for event in (MessageReceived("m1", "Where is my lamp?"), an_outcome(2)):
            await service.log.append(name, event, Author.SYSTEM, None, moment)
        if again in events:
            await service.log.append(name, closed, Author.STAFF, None, moment)
        for event in events:
            await service.log.append(name, event, Author.SYSTEM, None, moment + later)
    for language, between, title in (("en", ",", "Came back"), ("fr", ";", "Revenue")):
        sheet = _table(await zoe.get("/overview/figures.csv?days=30", accept_language=language), between)
        row = next(row for row in sheet if row[0] == title)
        assert row[1:3] == ["2", Words(language).percent(2 / 5)], row
    page = await zoe.get("/overview?days=30")
    assert "within seven days the customer came back" in page.text


def _table(sheet: httpx.Response, between: str = ",") -> list[list[str]]:
    assert sheet.status_code == 200, sheet.text
    assert sheet.headers["content-disposition"].startswith("attachment")
    return list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig")), delimiter=between))

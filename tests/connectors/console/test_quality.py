"""The quality room: what was kept, for leads, from the first look on."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from bot.events import Author, MessageReceived, OutcomeGiven, Review
from connectors.assembly import Service
from connectors.console.pages.quality import why_so
from connectors.console.words import Words
from tests.builders import an_agent, an_answer
from tests.console import Browser


async def judged(service: Service, times: int, review: Review = Review.RIGHT, language: str = "en") -> None:
    """Answers that colleagues were shown by lot."""
    for n in range(times):
        id = str(uuid4())
        await service.reception.open(id, language)
        at = service.clock() - timedelta(minutes=n)
        message = await service.log.append(id, MessageReceived(id, "Returns?"), Author.CUSTOMER, None, at)
        sure = 0.6 + n % 4 / 10
        trace = {"confidence": sure, "uncorrected": sure, "threshold": 0.6}
        outcome = OutcomeGiven(an_answer(), (message.position,), sure, trace, language)
        given = await service.log.append(id, outcome, Author.BOT, None, at)
        await service.desk.review(id, an_agent("zoe"), given.position, review, by_chance=True)


async def test_an_empty_room_says_what_to_do(zoe: Browser, paul: Browser) -> None:
    page = (await zoe.get("/quality")).text
    assert "judge 20 answers" in page
    assert (await paul.get("/quality")).status_code == 403
    assert "/console/quality" not in (await paul.get("/queue")).text


async def test_a_lead_sees_what_was_kept_and_why_the_assistant_dares(service: Service, zoe: Browser) -> None:
    await judged(service, 2, Review.WRONG)
    page = (await zoe.get("/quality")).text
    assert "18 are missing." in page
    await judged(service, 22, language="fr")
    page = (await zoe.get("/quality")).text
    assert "22 of 24, so 74% to 98%" in page
    assert "It answers from" in page
    assert "It comes from other help centres" in page
    assert 'data-table="reliability"' in page
    assert "French" in page


async def test_the_room_for_judging_says_which_answers_came_by_lot(service: Service, zoe: Browser) -> None:
    id = str(uuid4())
    await service.reception.open(id, "en")
    message = await service.log.append(
        id, MessageReceived(id, "Returns?"), Author.CUSTOMER, None, service.clock()
    )
    outcome = OutcomeGiven(an_answer(), (message.position,), 0.9, {}, "en")
    given = await service.log.append(id, outcome, Author.BOT, None, service.clock())
    assert 'name="chance" value="1"' in (await zoe.get("/judge")).text
    assert 'name="chance" value="0"' in (await zoe.get(f"/judge?one={id}.{given.position}")).text
    marked = {"position": given.position, "review": "right", "chance": "1"}
    await zoe.post(f"/conversations/{id}/review", marked)
    [mark] = await service.reviews.of(id)
    assert mark.by_chance


async def test_a_room_without_answers_does_not_say_that_all_are_marked(
    service: Service, zoe: Browser
) -> None:
    await zoe.get("/judge")
    assert "The assistant has not answered anybody in the last 14 days." in zoe.text
    assert "is marked" not in zoe.text
    await judged(service, 1)
    await zoe.get("/judge")
    assert "Every answer of the last 14 days is marked." in zoe.text


def test_where_no_threshold_keeps_the_promise_none_is_said_to() -> None:
    source: dict[str, str | int] = {"labels": 29, "thresholds": "labels"}
    assert "no threshold keeps the promise" in why_so(source, 1.5, Words("en"))
    assert "aucun seuil ne tient la promesse" in why_so(source, 1.5, Words("fr"))
    assert "so that the promise is kept" in why_so(source, 0.6, Words("en"))

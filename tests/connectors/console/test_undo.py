"""What was done is taken back with the link in the note."""

from __future__ import annotations

from connectors.assembly import Service
from escalation.ticket import Closing
from tests.console import Browser, escalated, take_back, words


async def test_an_edited_reply_says_again_what_it_said(service: Service, paul: Browser) -> None:
    await escalated(service, "c1")
    await paul.act("c1", "claim")
    await paul.act("c1", "reply", text='It comes "tomorrow" & <soon>.', client_id="r1")
    position = str((await service.log.state("c1")).position)
    once = await paul.act("c1", "edit-reply", position=position, text="It comes on Monday.")
    again = await paul.act("c1", "edit-reply", position=position, text="It comes on Tuesday.")
    await take_back(paul, again)
    await paul.get("/conversations/c1")
    assert "It comes on Monday." in paul.text
    await take_back(paul, once)
    await paul.get("/conversations/c1")
    assert 'It comes "tomorrow" & <soon>.' in paul.text


async def test_what_was_reopened_by_mistake_is_closed_as_it_was(service: Service, paul: Browser) -> None:
    await escalated(service, "c1")
    await escalated(service, "c2")
    for conversation, closed, closing in (
        ("c1", "resolve", Closing.RESOLVED),
        ("c2", "spam", Closing.SPAM),
    ):
        await paul.act(conversation, "claim")
        await paul.act(conversation, closed)
        answer = await paul.act(conversation, "reopen")
        assert "Open again." in words(answer)
        await take_back(paul, answer)
        ticket = await service.queue.of(conversation)
        assert ticket is not None
        assert ticket.closed_how is closing


async def test_a_colleague_is_again_who_they_were(service: Service, ada: Browser) -> None:
    fields = {"name": "paul", "display": "Paul", "role": "agent", "skills": "", "capacity": "3", "email": ""}
    await ada.post("/people/change", {**fields, "teams": ["support", "orders"], "languages": ["fr", "en"]})
    before = await service.roster.get("paul")
    await ada.post("/people/change", {**fields, "teams": ["orders"], "role": "lead", "capacity": ""})
    assert await service.roster.get("paul") != before
    await take_back(ada, await ada.get("/people"))
    assert await service.roster.get("paul") == before


async def test_an_account_that_was_closed_by_mistake_is_opened_from_the_note(
    ada: Browser, paul: Browser
) -> None:
    await ada.post("/people/leave", {"name": "paul"})
    await take_back(ada, await ada.get("/people"))
    assert (await paul.sign_in("paul")).status_code == 303

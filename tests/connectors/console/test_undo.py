"""What was done is taken back with the link in the note."""

from __future__ import annotations

import httpx

from connectors.assembly import Service
from escalation.ticket import Closing
from tests.connectors.console.test_knowledge import fields_of
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


async def proposed(service: Service, paul: Browser, conversation: str, correction: str) -> None:
    await escalated(service, conversation, "Do you engrave lamps?")
    await paul.get(f"/conversations/{conversation}")
    await paul.act(conversation, "review", position="3", review="wrong", correction=correction)


async def published(zoe: Browser, wanted: str) -> httpx.Response:
    """And the page after it, with the way back."""
    saved = await zoe.post("/knowledge/save", fields_of(await zoe.get(f"/knowledge/write?{wanted}")))
    assert saved.status_code == 303, words(saved)
    return await zoe.get("/knowledge")


async def waiting(service: Service) -> list[str | None]:
    return [one.correction for one in await service.reviews.latest(to_publish=True)]


async def test_a_correction_whose_publishing_is_taken_back_is_proposed_again(
    service: Service, zoe: Browser, paul: Browser
) -> None:
    await proposed(service, paul, "c1", "Up to twenty characters.")
    page = await published(zoe, "answers=c1.3")
    assert await waiting(service) == []
    await take_back(zoe, page)
    assert await waiting(service) == ["Up to twenty characters."]
    await take_back(zoe, await zoe.get("/knowledge"))
    assert await waiting(service) == [], "it is knowledge after all"
    await take_back(zoe, await zoe.get("/knowledge"))
    assert await waiting(service) == ["Up to twenty characters."]


async def test_a_correction_that_changed_an_entry_is_proposed_again_when_the_change_is_taken_back(
    service: Service, zoe: Browser, paul: Browser
) -> None:
    await proposed(service, paul, "c1", "Up to twenty characters.")
    await published(zoe, "answers=c1.3")
    await proposed(service, paul, "c2", "Up to thirty characters.")
    form = fields_of(await zoe.get("/knowledge/write?id=do-you-engrave-lamps&answers=c2.3"))
    changed = form | {"text": "Up to thirty characters.", "of": ["c1.3", "c2.3"]}
    await zoe.post("/knowledge/save", changed)
    await take_back(zoe, await zoe.get("/knowledge"))
    assert await waiting(service) == ["Up to thirty characters."], "the first is in the entry still"
    await take_back(zoe, await zoe.get("/knowledge"))
    assert await waiting(service) == []

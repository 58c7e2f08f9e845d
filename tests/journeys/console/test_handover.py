"""A customer needs a person, and gets one: two and three browsers side by side."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import expect

from bot.conversation import Held
from bot.events import ReplySent
from tests.builders import an_agent
from tests.journeys.console.conftest import SignedIn
from tests.journeys.console.office import Colleague, Office

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def held(office: Office, conversation: str) -> Held:
    return (await office.service.log.state(conversation)).owner.held


async def test_a_customer_is_claimed_answered_and_settled(office: Office, zoe: Colleague) -> None:
    await expect(zoe.page.locator(".empty")).to_contain_text("Nobody waits.")
    customer = await office.customer()
    async with customer.follow() as live:
        await customer.say("I want to talk to a person about my lamp")
        await live.until("escalation")
        await zoe.row(customer.id).wait_for()
        await zoe.opens(customer.id)
        await expect(zoe.lines).to_contain_text("I want to talk to a person about my lamp")
        await zoe.button("Claim").click()
        await zoe.is_told("It is yours.")
        assert (await live.until("person_joined")).data["name"] == "Zoé Le Goff"

        await zoe.field.press_sequentially("Good")
        assert (await live.until("typing")).data == {"name": "Zoé Le Goff"}
        await zoe.field.fill("Good morning, **which lamp** is it?")
        await expect(zoe.page.locator("#standing [data-send]").first).to_contain_text("Send to Visitor")
        await zoe.button(await zoe.page.locator(".for-reply [data-send]").inner_text()).click()
        await expect(zoe.page.locator("#toasts")).to_contain_text("Sending in")
        reply = await live.until("reply")
        assert "<strong>which lamp</strong>" in reply.data["html"]
        await expect(zoe.lines).to_contain_text("which lamp is it?")
        await expect(zoe.field).to_have_value("")

        await customer.say("The green one", "m2")
        await expect(zoe.lines).to_contain_text("The green one")
        await zoe.button("Resolve").click()
        await zoe.is_told("Resolved.")
        assert (await live.until("resolved")).data["by"] == "staff"
    await expect(zoe.bar).to_contain_text("Resolved")
    assert await held(office, customer.id) is Held.NOBODY
    assert zoe.errors == []


async def test_of_two_who_claim_at_once_the_second_learns_who_has_it(
    office: Office, zoe: Colleague, paul: Colleague
) -> None:
    customer = await office.somebody_waits()
    for one in (zoe, paul):
        await one.row(customer.id).wait_for()
        await one.opens(customer.id)
    await asyncio.gather(*(one.button("Claim").click() for one in (zoe, paul)))

    async def one_has_it() -> bool:
        return await held(office, customer.id) is Held.PERSON

    await office.until(one_has_it)
    winner, loser, name = zoe, paul, "Zoé Le Goff"
    if (await office.service.log.state(customer.id)).owner.name == "paul":
        winner, loser, name = paul, zoe, "Paul Martin"
    await winner.is_told("It is yours.")
    await expect(loser.page.locator(".toast.wrong")).to_contain_text(
        re.compile(rf"{name} has it since \d\d:\d\d\.")
    )
    await expect(winner.bar).to_contain_text("Yours")
    await expect(loser.bar).to_contain_text(f"With {name}")
    await expect(loser.page.locator("#standing")).to_contain_text(f"{name} has it since")


async def test_words_for_a_conversation_that_was_lost_are_kept(
    office: Office, zoe: Colleague, paul: Colleague
) -> None:
    """Zoé, who is a lead, takes it while Paul is writing; his page does not know yet."""
    customer = await office.somebody_waits()
    await office.service.desk.claim(customer.id, an_agent("paul", display="Paul Martin"))
    await paul.page.route("**/console/live*", lambda route: route.abort())
    await paul.goes_to(f"/conversations/{customer.id}")
    await expect(paul.bar).to_contain_text("Yours")
    await zoe.goes_to(f"/conversations/{customer.id}")
    await zoe.button("Take it").click()
    await expect(zoe.bar).to_contain_text("Yours")
    await paul.sends("Hello, this is Paul")
    await expect(paul.page.locator(".toast.wrong")).to_contain_text("Zoé Le Goff has it since")
    await expect(paul.field).to_have_value("Hello, this is Paul")
    said = [one.event for one in await office.service.log.read(customer.id)]
    assert not any(isinstance(event, ReplySent) for event in said)


async def test_colleagues_see_who_is_looking_and_who_writes(
    office: Office, zoe: Colleague, paul: Colleague
) -> None:
    customer = await office.somebody_waits()
    for one in (zoe, paul):
        await one.row(customer.id).wait_for()
    await zoe.opens(customer.id)
    looking = paul.row(customer.id).locator(".looking")
    await expect(looking).to_have_attribute("title", "Zoé Le Goff is looking at it")
    await paul.opens(customer.id)
    await expect(zoe.bar).to_contain_text("Paul Martin is looking too")
    await zoe.button("Claim").click()
    await expect(zoe.bar).to_contain_text("Yours")
    await zoe.field.press_sequentially("On it")
    await expect(paul.page.locator("#typing")).to_contain_text("Zoé Le Goff is writing…")
    await expect(zoe.page.locator("#typing")).to_be_hidden()
    await paul.goes_to("/account")
    await expect(zoe.bar).not_to_contain_text("is looking too")


async def test_handed_back_the_assistant_goes_on_and_a_person_may_return(
    office: Office, zoe: Colleague
) -> None:
    customer = await office.somebody_waits()
    await zoe.row(customer.id).wait_for()
    await zoe.opens(customer.id)
    await zoe.button("Claim").click()
    await expect(zoe.bar).to_contain_text("Yours")
    await zoe.presses("b")
    await zoe.is_told("The assistant answers again.")
    await customer.say("Thank you!", "m2")
    await expect(zoe.lines.locator(".bot")).to_have_count(2)
    await zoe.button("Take over").click()
    await expect(zoe.bar).to_contain_text("Yours")


async def test_passed_on_to_a_team_and_to_a_colleague(
    office: Office, zoe: Colleague, paul: Colleague
) -> None:
    customer = await office.somebody_waits()
    await zoe.goes_to(f"/conversations/{customer.id}")
    await zoe.presses("t")
    await zoe.page.get_by_role("button", name="Order team").click()
    await zoe.is_told("Passed to Order team.")
    await expect(zoe.lines).to_contain_text("Zoé Le Goff passed it to Order team.")
    await zoe.presses("t")
    await zoe.bar.get_by_role("button", name="Paul Martin").click()
    await zoe.is_told("Given to Paul Martin.")
    await expect(paul.row(customer.id).locator(".owner > .face")).to_have_attribute("title", "Paul Martin")
    await zoe.presses("z")
    await expect(zoe.bar).to_contain_text("Waiting for a person")


async def test_a_note_stays_among_colleagues(office: Office, zoe: Colleague, paul: Colleague) -> None:
    customer = await office.somebody_waits()
    async with customer.follow() as live:
        await zoe.goes_to(f"/conversations/{customer.id}")
        await paul.goes_to(f"/conversations/{customer.id}")
        await zoe.presses("i")
        before = await zoe.page.locator("#composer").evaluate("one => getComputedStyle(one).backgroundColor")
        await zoe.field.fill("The **third** broken one this month")
        await zoe.button("Add the note").click()
        for one in (zoe, paul):
            note = one.lines.locator(".note")
            await expect(note).to_contain_text("only your team sees this")
            await expect(note.locator("strong", has_text="third")).to_be_visible()
        await zoe.presses("Escape", "r")
        after = await zoe.page.locator("#composer").evaluate("one => getComputedStyle(one).backgroundColor")
        assert before != after, "a note is written on another ground"
        await zoe.button("Claim").click()
        await expect(zoe.bar).to_contain_text("Yours")
        await zoe.sends("We send you a new one.")
        await live.until("reply")
        told = str([event.data for event in live.seen])
    assert "We send you a new one." in told
    assert "third" not in told
    assert "third" not in (await customer.get("transcript")).text


async def test_without_a_script_all_of_it_still_works(office: Office, colleague: SignedIn) -> None:
    customer = await office.somebody_waits()
    zoe = await colleague("zoe", java_script_enabled=False)
    await zoe.row(customer.id).locator(".ticket-link").click()
    await zoe.button("Claim").click()
    await zoe.is_told("It is yours.")
    await zoe.field.fill("We look into it.")
    await zoe.page.locator(".for-reply [data-send]").click()
    await zoe.is_told("Sent to Visitor")
    await expect(zoe.lines).to_contain_text("We look into it.")
    await zoe.button("Resolve").click()
    await expect(zoe.bar).to_contain_text("Resolved")
    await zoe.button("Undo").click()
    await expect(zoe.bar).to_contain_text("Yours")

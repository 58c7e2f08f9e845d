"""A customer at the widget and colleagues at the console, in browsers side by side, with a mail server."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from bot.conversation import Held
from bot.events import ConversationRated
from escalation.roster import Agent
from tests.journeys.console.office import Colleague, Office, an_open_office
from tests.journeys.widget.people import Customer, Customers
from tests.journeys.widget.test_access import PHONE, no_violations
from tests.mail_server import MailServer, a_mail_server
from tests.web import now

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

OURS: dict[str, Any] = {"id": "shop", "languages": ["en", "fr"], "accent": "#2f6b4f"}


@pytest_asyncio.fixture(loop_scope="session")
async def mails() -> AsyncIterator[MailServer]:
    async with a_mail_server() as mails:
        yield mails


@pytest_asyncio.fixture(loop_scope="session")
async def office(data: Path, tmp_path: Path, mails: MailServer) -> AsyncIterator[Office]:
    shutil.copytree(data, tmp_path / "data")
    mail, address = mails.settings(wait_seconds=0), "https://help.shop.example"
    async with an_open_office(tmp_path / "data", mail=mail, public_address=address, sites=[OURS]) as office:
        yield office
        for context in office.contexts:
            await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def customers(office: Office, browser: Browser) -> AsyncIterator[Customers]:
    """On our own page with the widget."""
    those = Customers(browser, f"{office.address}/c?site=shop")
    yield those
    await those.leave()


async def is_held(office: Office, conversation: str, by: Held) -> bool:
    return (await office.service.log.state(conversation)).owner.held is by


async def was_rated(office: Office, conversation: str, rating: ConversationRated) -> bool:
    return any(logged.event == rating for logged in await office.service.log.read(conversation))


async def the_agent(office: Office, name: str) -> Agent:
    agent = await office.service.roster.get(name)
    assert agent is not None
    return agent


async def test_from_the_queue_to_a_good_end_and_back(
    office: Office, customers: Customers, zoe: Colleague, mails: MailServer
) -> None:
    before = await office.somebody_waits()
    ana = await customers.new(reduced_motion="reduce")
    page, header, thread = ana.page, ana.panel.locator(".header .who"), ana.panel.locator(".thread")
    await ana.opens()
    await ana.asks("I want to talk to a person about my lamp")
    await expect(await ana.hears("escalation")).to_contain_text("a colleague takes over")
    await expect(header).to_contain_text("You're 2nd in line.")
    await no_violations(ana, "waiting")
    await office.service.desk.claim(before.id, await the_agent(office, "paul"))
    await expect(header).to_contain_text("You're next in line.")

    conversation = await ana.conversation()
    await zoe.goes_to(f"/conversations/{conversation}")
    await zoe.button("Claim").click()
    await expect(header).to_contain_text("You are talking with Zoé Le Goff")
    await expect(ana.panel.locator(".header .avatar")).to_have_text("ZG")
    await expect(thread).not_to_contain_text("Back to the assistant")
    await zoe.field.press_sequentially("Which")
    await expect(thread).to_contain_text("Zoé Le Goff is writing…")
    await ana.field.press_sequentially("The green")
    await expect(zoe.page.locator("#typing")).to_contain_text("is writing…")
    await zoe.sends("Which **lamp** is it?")
    await expect((await ana.hears("staff")).locator("strong")).to_have_text("lamp")

    await zoe.button("Resolve").click()
    ending = ana.panel.get_by_role("group", name="How did we do?")
    await ending.get_by_role("button", name="4 of 5").click()
    await no_violations(ana, "rated")
    await ana.panel.get_by_label("What was good, what was missing?").fill("Quick and kind")
    await ana.panel.get_by_role("button", name="Send the comment").click()
    await expect(thread).to_contain_text("Thanks for telling us.")
    await office.until(lambda: was_rated(office, conversation, ConversationRated(4, "Quick and kind")))

    await ana.panel.get_by_role("button", name="Get the conversation by e-mail").last.click()
    await ana.panel.get_by_role("textbox", name="E-mail address").fill("ana@home.example")
    await page.keyboard.press("Enter")
    await expect(thread).to_contain_text("It is on its way to your inbox.")
    await office.until(lambda: has_come(mails, "ana@home.example"))
    assert "Which lamp is it?" in mails.received[-1].text

    await expect(thread).to_contain_text("Write to take it up again.")
    await ana.asks("Thanks!")
    await ana.hears("small_talk")
    await expect(header).to_contain_text("Assistant")
    await expect(ending).to_have_count(0)
    assert ana.errors == []


async def test_when_all_are_off_duty_the_answer_comes_by_mail(
    office: Office, customers: Customers, mails: MailServer
) -> None:
    for agent in await office.service.roster.everyone():
        await office.service.roster.set_duty(agent.name, False, now())
    ana = await customers.new(locale="fr-FR", color_scheme="dark", reduced_motion="reduce", **PHONE)
    await ana.opens()
    await ana.page.get_by_role("button", name="Parler à une personne").click()
    await expect(ana.panel.locator(".header .who")).to_contain_text(
        "Vous êtes n°\u00a01. Personne n'est à son poste pour l'instant."
    )
    await ana.asks("Ma lampe est arrivée cassée")
    await expect(ana.panel.locator(".thread")).to_contain_text("Laissez-nous une adresse : la réponse vous")
    await no_violations(ana, "nobody is there")
    await leaves(ana, "ana@nowhere")
    await expect(ana.panel.get_by_role("alert")).to_contain_text("nom@exemple.fr")
    await no_violations(ana, "a wrong address")
    await ana.page.keyboard.press("Escape")
    await leaves(ana, "ana@home.example")
    await expect(ana.panel.locator(".thread")).to_contain_text(
        "Votre adresse pour la réponse : ana@home.example"
    )
    await expect(ana.field).to_be_focused()
    conversation = await ana.conversation()
    await ana.page.close()
    await office.until(lambda: has_left(office, conversation))

    zoe = await the_agent(office, "zoe")
    await office.service.desk.claim(conversation, zoe)
    await office.service.desk.reply(conversation, zoe, "Nous vous en renvoyons une.")
    await office.until(lambda: has_come(mails, "ana@home.example"))
    assert "Nous vous en renvoyons une." in mails.received[-1].text


async def leaves(ana: Customer, email: str) -> None:
    await ana.panel.get_by_role("button", name="Réponse par e-mail").click()
    field = ana.panel.get_by_role("textbox", name="Adresse e-mail")
    await expect(field).to_be_focused()
    await field.fill(email)
    await field.press("Enter")


async def has_left(office: Office, conversation: str) -> bool:
    """Who still looks on gets their mail later."""
    return office.service.hub.listeners(conversation) == 0


async def has_come(mails: MailServer, recipient: str) -> bool:
    return any(recipient in mail.recipients for mail in mails.received)


async def test_who_is_tired_of_waiting_goes_back_to_the_assistant_or_away(
    office: Office, customers: Customers
) -> None:
    ana = await customers.new()
    await ana.opens()
    await ana.page.get_by_role("button", name="Talk to a person").click()
    await ana.hears("escalation")
    await expect(ana.panel.locator(".thread")).to_contain_text("Write what it is about")
    await ana.page.get_by_role("button", name="Back to the assistant").click()
    await expect(ana.field).to_be_focused()
    await ana.asks("Thanks!")
    await ana.hears("small_talk")
    await ana.page.get_by_role("button", name="Talk to a person").last.click()
    await ana.hears("escalation", 1)
    await ana.page.get_by_role("button", name="Close", exact=True).click()
    await expect(ana.panel.locator(".thread")).to_contain_text("You closed this conversation.")
    assert await is_held(office, await ana.conversation(), Held.NOBODY)

"""A customer asks, and is answered, shown the way, asked back, or given a person."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.journeys.widget.elsewhere import Elsewhere, page_with_widget
from tests.journeys.widget.people import Colleague, Customer, Customers
from tests.journeys.widget.running import Service

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def test_customer_is_answered_with_the_words_of_the_help_centre_and_sees_where_they_stand(
    customer: Customer,
) -> None:
    await customer.opens()
    await customer.asks("How do I return an item?")
    answer = await customer.hears("answer")

    await expect(answer).to_contain_text("30 days from receipt")
    await answer.get_by_role("button", name="Source 1: Return an item").click()

    source = customer.page.get_by_role("dialog", name="Return an item", exact=True)
    await expect(source.locator(".mark")).to_contain_text("You have 30 days from receipt")
    await expect(source.locator(".passage")).to_contain_text('Open "My account"')
    page = source.get_by_role("link", name="Open the page")
    await expect(page).to_have_attribute("href", re.compile("^https://www.maison-tilleul.example/"))
    await customer.page.keyboard.press("Escape")
    await expect(source).to_have_count(0)
    await expect(customer.panel).to_be_visible()


async def test_a_suggestion_is_asked_with_one_click(customer: Customer) -> None:
    await customer.opens()
    await customer.page.get_by_role("button", name="Where is my parcel?").click()

    route = await customer.hears("route")
    await expect(route).to_contain_text("Track my order")
    await expect(route.get_by_role("link", name="Open the page")).to_have_attribute(
        "href", "https://www.maison-tilleul.example/en/orders/track"
    )
    await expect(customer.page.get_by_role("button", name="Where is my parcel?")).to_have_count(0)


async def test_customer_is_asked_which_of_two_is_meant_and_chooses(customer: Customer) -> None:
    await customer.opens()
    await customer.asks("open an account")
    clarify = await customer.hears("clarify")

    await clarify.get_by_role("button", name="How do I create an account?").click()

    await expect(await customer.hears("answer")).to_contain_text("e-mail address and a password")
    await expect(clarify.get_by_role("button")).to_have_count(0)


async def test_a_follow_up_is_understood(customer: Customer) -> None:
    await customer.opens()
    await customer.asks("What does delivery to Belgium cost?")
    await customer.hears("answer")
    await customer.asks("and to Ireland?")
    await expect(await customer.hears("answer", 1)).to_contain_text("Ireland")


async def test_customer_gets_a_person_when_the_help_centre_has_no_answer(
    customer: Customer, colleague: Colleague
) -> None:
    await customer.opens()
    await customer.asks("Do you sell flying carpets?")
    await customer.hears("escalation")
    await expect(customer.panel.locator(".header")).to_contain_text("Waiting for a colleague")
    await expect(customer.page.get_by_role("button", name="Talk to a person")).to_have_count(0)

    conversation = await customer.conversation()
    await colleague.takes_over(conversation)
    await colleague.replies(conversation, "No, but we have **flat** ones.\n\nWill that do?")

    reply = await customer.hears("staff")
    await expect(reply).to_contain_text("Marie Le Goff")
    await expect(reply.locator("strong")).to_have_text("flat")
    await expect(customer.panel.locator(".header")).to_contain_text("You are talking with Marie Le Goff")
    await expect(customer.panel.locator(".header .avatar")).to_have_text("MG")

    await customer.asks("Perfect")
    await colleague.hands_back(conversation)
    await expect(customer.panel.locator(".header")).to_contain_text("Assistant")
    await expect(customer.panel).to_contain_text("The assistant is back.")


async def test_a_person_is_one_click_away_before_anything_is_said(customer: Customer) -> None:
    await customer.opens()
    await customer.page.get_by_role("button", name="Talk to a person").click()
    await expect(await customer.hears("escalation")).to_contain_text("a colleague takes over")
    await expect(customer.panel.locator(".header")).to_contain_text("Waiting for a colleague")


async def test_customer_says_what_was_missing(customer: Customer, service: Service) -> None:
    await customer.opens()
    await customer.asks("How do I return an item?")
    answer = await customer.hears("answer")

    await answer.get_by_role("button", name="Not useful").click()
    missing = answer.get_by_role("textbox", name="What was missing?")
    await expect(missing).to_be_focused()
    await expect(answer.get_by_role("button", name="Talk to a person")).to_be_visible()
    await missing.fill("Which label for two parcels?")
    await answer.get_by_role("button", name="Send the comment").click()
    await expect(answer).to_contain_text("Thanks for telling us.")

    await customer.page.reload()
    again = await customer.hears("answer")
    await expect(again.get_by_role("button", name="Not useful")).to_have_attribute("aria-pressed", "true")
    await expect(again.get_by_role("textbox")).to_have_count(0)


async def test_doubt_is_said_in_words_with_the_source_on_top_and_a_person_at_hand(customer: Customer) -> None:
    await customer.opens()
    await customer.asks("phone number")
    answer = await customer.hears("answer")
    await expect(answer.locator(".bubble > :first-child")).to_contain_text("From: Can I order by phone?")
    await expect(answer).to_contain_text("This may help:")
    await expect(answer.get_by_role("button", name="Talk to a person")).to_be_visible()
    await expect(answer.get_by_role("link", name="Call +33 2 55 59 01 40")).to_have_attribute(
        "href", "tel:+33255590140"
    )


@pytest.mark.usefixtures("slowly")
async def test_what_is_verified_is_shown_while_the_rest_is_being_written(
    customer: Customer, service: Service
) -> None:
    await customer.opens()
    await customer.asks("How do I return an item?")
    await expect(customer.said("own")).to_contain_text("Sent")
    await expect(customer.panel.locator(".composing")).to_contain_text("Looking in our help centre")
    await expect(customer.panel).to_contain_text("30 days from receipt")
    await expect(customer.panel.get_by_role("button", name="Source 1")).to_be_visible()
    await expect(customer.said("answer")).to_have_count(0)

    service.gate.unlink()

    await expect(await customer.hears("answer")).to_contain_text("drop-off receipt")
    await expect(customer.panel.locator(".composing")).to_have_count(0)
    await expect(customer.panel.locator(".thread").get_by_text("30 days from receipt")).to_have_count(1)


async def test_the_widget_speaks_french(customers: Customers, elsewhere: Elsewhere, service: Service) -> None:
    customer = await customers.new(page_with_widget(elsewhere, service.address, "/fr", "fr"))
    await customer.page.get_by_role("button", name="Ouvrir la discussion").click()
    await expect(customer.panel).to_contain_text("Bonjour et bienvenue chez Maison Tilleul")
    await customer.asks("Quelle ampoule choisir ?")
    await expect(await customer.hears("answer")).to_contain_text("L'ampoule adaptée")
    await customer.page.get_by_role("button", name="Parler à une personne").click()
    await expect(customer.panel).to_contain_text("Un collègue va vous répondre")


async def test_the_widget_follows_the_language_of_the_page(customer: Customer) -> None:
    await customer.opens()
    await customer.field.fill("half a sent")
    await customer.page.evaluate("document.documentElement.lang = 'fr'")
    await expect(customer.panel.locator(".header")).to_contain_text("réponses de notre centre d'aide")
    await expect(customer.field).to_have_value("half a sent")


async def test_customer_starts_over_after_being_asked(customer: Customer, service: Service) -> None:
    await customer.opens()
    await customer.asks("thanks")
    await customer.hears("small_talk")
    first = await customer.conversation()

    await customer.page.get_by_role("button", name="Options").click()
    await customer.page.get_by_role("button", name="Start over").click()
    sure = customer.page.get_by_role("alertdialog", name="Start a new conversation?")
    await sure.get_by_role("button", name="Cancel").click()
    await expect(customer.said("small_talk")).to_have_count(1)

    await customer.page.get_by_role("button", name="Options").click()
    await customer.page.get_by_role("button", name="Start over").click()
    await sure.get_by_role("button", name="Start over").click()
    await expect(customer.said("small_talk")).to_have_count(0)
    await customer.asks("thanks")
    await customer.hears("small_talk")
    assert await customer.conversation() != first


async def test_customer_takes_the_conversation_home(customer: Customer) -> None:
    await customer.opens()
    await customer.asks("How do I return an item?")
    await customer.hears("answer")
    await customer.page.get_by_role("button", name="Options").click()
    async with customer.page.expect_download() as download:
        await customer.page.get_by_role("button", name="Download the conversation").click()
    file = await download.value
    text = (await file.path()).read_text("utf-8")
    assert file.suggested_filename == "conversation.md"
    assert "How do I return an item?" in text
    assert "30 days from receipt" in text


async def test_a_settled_conversation_is_taken_up_again_by_writing(
    customer: Customer, colleague: Colleague
) -> None:
    await customer.opens()
    await customer.page.get_by_role("button", name="Talk to a person").click()
    await customer.hears("escalation")
    conversation = await customer.conversation()
    await colleague.takes_over(conversation)
    await colleague.resolves(conversation)
    await expect(customer.panel).to_contain_text("This conversation is settled. Write to take it up again.")
    await expect(customer.panel.locator(".header")).to_contain_text("Conversation closed")

    await customer.asks("How do I return an item?")
    await customer.hears("answer")
    await expect(customer.panel.locator(".header")).to_contain_text("Assistant")

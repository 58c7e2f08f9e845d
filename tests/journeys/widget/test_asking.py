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
    await customer.asks("How do I reset my password?")
    answer = await customer.hears("answer")

    await expect(answer).to_contain_text("valid for 1 hour")
    await answer.locator("sup").get_by_role("button", name="Source 1: Reset my password").click()

    source = customer.page.get_by_role("dialog", name="Reset my password", exact=True)
    await expect(source.locator(".mark")).to_contain_text("You reset your password with a link")
    await expect(source.locator(".passage")).to_contain_text("Reset a forgotten password")
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


async def test_customer_picks_from_three_and_later_still_reads_what_they_were(customer: Customer) -> None:
    await customer.opens()
    await customer.asks("discount code invalid")
    clarify = await customer.hears("clarify")
    await expect(clarify).to_contain_text("Is your question about one of these?")
    await expect(clarify.get_by_role("list")).to_have_count(0)
    await expect(clarify.get_by_role("button", name="Talk to a person")).to_be_visible()

    await clarify.get_by_role("button", name="My promo code does not work").click()

    await expect(await customer.hears("answer")).to_be_visible()
    await expect(clarify.get_by_role("button")).to_have_count(0)
    await expect(clarify.get_by_role("listitem")).to_have_count(3)


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
    await expect(customer.panel.locator(".header")).to_contain_text(" in line")
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
    await expect(customer.panel.locator(".header")).to_contain_text(" in line")


async def test_customer_says_what_was_missing(customer: Customer, service: Service) -> None:
    await customer.opens()
    await customer.asks("How do I reset my password?")
    answer = await customer.hears("answer")

    await answer.get_by_role("button", name="Not useful").click()
    missing = answer.get_by_role("textbox", name="What was missing?")
    await expect(missing).to_be_focused()
    await expect(answer.get_by_role("button", name="Talk to a person")).to_be_visible()
    await missing.fill("The link does not come.")
    await answer.get_by_role("button", name="Send the comment").click()
    await expect(answer).to_contain_text("Thanks for telling us.")

    await customer.page.reload()
    again = await customer.hears("answer")
    await expect(again.get_by_role("button", name="Not useful")).to_have_attribute("aria-pressed", "true")
    await expect(again.get_by_role("textbox")).to_have_count(0)


async def test_doubt_is_said_in_words_with_the_source_on_top_and_a_person_at_hand(customer: Customer) -> None:
    await customer.opens()
    await customer.asks("change delivery address")
    answer = await customer.hears("answer")
    await expect(answer.locator(".bubble > :first-child")).to_contain_text(
        "From: I typed the wrong delivery address"
    )
    await expect(answer).to_contain_text("This may help:")
    await expect(answer.get_by_role("button", name="Talk to a person")).to_be_visible()


@pytest.mark.parametrize(
    ("kind", "href", "action"),
    [
        ("page", "https://shop.example/track", "Open the page"),
        ("form", "https://shop.example/returns", "Open the form"),
        ("phone", "tel:+33255590140", "Call +33 2 55 59 01 40"),
        ("email", "mailto:help@shop.example", "Write to +33 2 55 59 01 40"),
        ("team", None, "Talk to a person"),
    ],
)
async def test_a_card_has_one_action_of_its_kind_and_its_hours(
    customer: Customer, kind: str, href: str | None, action: str
) -> None:
    card = {"kind": kind, "title": "Customer care", "html": "<p>We are here.</p>", "href": href}
    card |= {"target": "+33 2 55 59 01 40", "open_now": True, "hours_text": "open until 18:00"}
    event = {
        "position": 2,
        "at": "2026-11-23T09:00:00Z",
        "type": "route",
        "html": "<p>Here:</p>",
        "card": card,
    }
    await customer.hears_instead([event])
    await customer.opens()
    await customer.asks("hello")

    shown = (await customer.hears("route")).locator(".card")
    await expect(shown).to_contain_text("We are here.")
    await expect(shown.locator(".hours.open")).to_have_text("open until 18:00")
    control = shown.get_by_role("link" if href else "button", name=action)
    await expect(control).to_be_visible()
    assert await control.get_attribute("href") == href


async def test_customer_sees_that_a_person_is_writing(customer: Customer) -> None:
    joined = {"position": 2, "at": "2026-11-23T09:00:00Z", "type": "person_joined", "name": "Marie"}
    state = {"type": "state", "held": "person", "person": "Marie"}
    await customer.hears_instead([joined, state, {"type": "typing", "name": "Marie"}])
    await customer.opens()
    await customer.asks("hello")
    await expect(customer.panel.locator(".composing")).to_have_text("Marie is writing…")


@pytest.mark.usefixtures("slowly")
async def test_what_is_verified_is_shown_while_the_rest_is_being_written(
    customer: Customer, service: Service
) -> None:
    await customer.opens()
    await customer.asks("How do I reset my password?")
    await expect(customer.said("own")).to_contain_text("Sent")
    await expect(customer.panel.locator(".composing")).to_contain_text("Looking in our help centre")
    await expect(customer.panel).to_contain_text("valid for 1 hour")
    await expect(customer.panel.get_by_role("button", name="Source 1")).to_be_visible()
    await expect(customer.said("answer")).to_have_count(0)

    service.gate.unlink()

    await expect(await customer.hears("answer")).to_contain_text("at least 10 characters")
    await expect(customer.panel.locator(".composing")).to_have_count(0)
    await expect(customer.panel.locator(".thread").get_by_text("valid for 1 hour")).to_have_count(1)


async def test_the_widget_speaks_french(customers: Customers, elsewhere: Elsewhere, service: Service) -> None:
    customer = await customers.new(page_with_widget(elsewhere, service.address, "/fr", "fr"))
    await customer.page.get_by_role("button", name="Ouvrir la discussion").click()
    await expect(customer.panel).to_contain_text("Bonjour et bienvenue chez Maison Tilleul")
    await customer.asks("Puis-je payer en plusieurs fois ?")
    await expect(await customer.hears("answer")).to_contain_text("3 ou 4 fois")
    await customer.page.get_by_role("button", name="Parler à une personne").click()
    await expect(customer.panel).to_contain_text("Vous êtes n°")


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
    await customer.asks("How do I reset my password?")
    await customer.hears("answer")
    await customer.page.get_by_role("button", name="Options").click()
    async with customer.page.expect_download() as download:
        await customer.page.get_by_role("button", name="Download the conversation").click()
    file = await download.value
    text = (await file.path()).read_text("utf-8")
    assert file.suggested_filename == "conversation.md"
    assert "How do I reset my password?" in text
    assert "valid for 1 hour" in text


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

    await customer.asks("How do I reset my password?")
    await customer.hears("answer")
    await expect(customer.panel.locator(".header")).to_contain_text("Assistant")

"""Connections drop, servers are killed, limits are hit: nothing typed is lost, and the widget goes on."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Route, expect

from tests.journeys.widget.elsewhere import Elsewhere, page_with_widget
from tests.journeys.widget.people import Colleague, Customer, Customers
from tests.journeys.widget.running import Service

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

MESSAGES = "**/api/v1/conversations/*/messages"


async def test_what_is_written_without_a_connection_leaves_when_it_is_back(customer: Customer) -> None:
    await customer.opens()
    await customer.asks("thanks")
    await customer.hears("small_talk")

    await customer.page.context.set_offline(True)
    await expect(customer.panel.locator(".banner")).to_contain_text("Connection lost")
    await customer.asks("How do I reset my password?")
    await expect(customer.said("own").nth(1)).to_contain_text("Leaves when the connection is back")

    await customer.page.context.set_offline(False)
    await expect(await customer.hears("answer")).to_contain_text("valid for 1 hour")
    await expect(customer.panel.locator(".banner")).to_be_hidden()
    await expect(customer.said("own")).to_have_count(2)


async def test_what_was_said_meanwhile_is_there_when_the_connection_is_back(
    customer: Customer, colleague: Colleague
) -> None:
    await customer.opens()
    await customer.page.get_by_role("button", name="Talk to a person").click()
    await customer.hears("escalation")
    conversation = await customer.conversation()
    await customer.page.context.set_offline(True)
    await colleague.takes_over(conversation)
    await colleague.replies(conversation, "Here I am.")
    await customer.page.context.set_offline(False)
    await expect(await customer.hears("staff")).to_contain_text("Here I am.")
    await expect(customer.said("staff")).to_have_count(1)


async def test_killed_in_the_middle_of_an_answer_the_service_gives_it_after_the_next_start(
    customers: Customers, mortal: Service, elsewhere: Elsewhere
) -> None:
    customer = await customers.new(page_with_widget(elsewhere, mortal.address, "/mortal"))
    mortal.gate.touch()
    await customer.opens()
    await customer.asks("How do I reset my password?")
    await expect(customer.panel).to_contain_text("valid for 1 hour")
    await customer.field.fill("Something else I was about to")

    mortal.kill()
    await expect(customer.panel.locator(".banner")).to_contain_text("Connection lost")
    mortal.gate.unlink()
    mortal.start()

    await expect(await customer.hears("answer")).to_contain_text("at least 10 characters")
    await expect(customer.said("answer")).to_have_count(1)
    await expect(customer.panel.locator(".composing")).to_have_count(0)
    await expect(customer.panel.locator(".banner")).to_be_hidden()
    await expect(customer.field).to_have_value("Something else I was about to")


async def test_what_is_written_while_the_service_is_down_is_answered_when_it_is_back(
    customers: Customers, mortal: Service, elsewhere: Elsewhere
) -> None:
    customer = await customers.new(page_with_widget(elsewhere, mortal.address, "/mortal"))
    await customer.opens()
    await customer.asks("thanks")
    await customer.hears("small_talk")
    mortal.kill()
    await expect(customer.panel.locator(".banner")).to_contain_text("Connection lost")
    await customer.asks("How do I reset my password?")
    await expect(customer.said("own").nth(1)).to_contain_text("Leaves when the connection is back")
    mortal.start()
    await customer.hears("answer")
    await expect(customer.said("own")).to_have_count(2)
    await expect(customer.panel).not_to_contain_text("connection")


async def test_stopped_politely_the_service_finishes_and_the_widget_comes_back_unasked(
    customers: Customers, mortal: Service, elsewhere: Elsewhere
) -> None:
    customer = await customers.new(page_with_widget(elsewhere, mortal.address, "/mortal"))
    await customer.opens()
    await customer.asks("thanks")
    await customer.hears("small_talk")
    mortal.stop()
    mortal.start()
    await customer.asks("How do I reset my password?")
    await customer.hears("answer")


async def test_a_message_that_failed_goes_with_a_tap(customer: Customer) -> None:
    async def broken(route: Route) -> None:
        await route.fulfill(status=500, json={"detail": "Broken.", "code": "unexpected"})

    await customer.page.route(MESSAGES, broken)
    await customer.opens()
    await customer.asks("thanks")
    await expect(customer.said("own")).to_contain_text("Sending…")
    again = customer.said("own").get_by_role("button", name="Not sent. Try again")
    await again.wait_for()

    await customer.page.unroute(MESSAGES)
    await again.click()

    await customer.hears("small_talk")
    await expect(customer.said("own")).to_have_count(1)


async def test_a_message_that_is_refused_says_why_and_can_be_edited(customer: Customer) -> None:
    async def refused(route: Route) -> None:
        await route.fulfill(status=422, json={"detail": "Leave the emoji out.", "code": "message_empty"})

    await customer.page.route(MESSAGES, refused)
    await customer.opens()
    await customer.asks("thanks")
    await expect(customer.said("own")).to_contain_text("Leave the emoji out.")
    await customer.said("own").get_by_role("button", name="Edit the message").click()
    await expect(customer.said("own")).to_have_count(0)
    await expect(customer.field).to_have_value("thanks")
    await expect(customer.field).to_be_focused()


async def test_who_writes_too_fast_is_told_and_the_message_leaves_by_itself(customer: Customer) -> None:
    refusals = 0

    async def later(route: Route) -> None:
        nonlocal refusals
        refusals += 1
        if refusals > 1:
            await route.continue_()
            return
        headers = {"Retry-After": "1", "Access-Control-Allow-Origin": "*"}
        headers["Access-Control-Expose-Headers"] = "Retry-After"
        await route.fulfill(status=429, headers=headers, json={"detail": "", "code": "too_many_requests"})

    await customer.page.route(MESSAGES, later)
    await customer.opens()
    await customer.asks("thanks")
    await expect(customer.panel).to_contain_text("your message leaves in a moment")
    await customer.hears("small_talk")
    await expect(customer.panel.locator(".thread")).not_to_contain_text("in a moment")
    assert refusals == 2


async def test_a_message_too_long_is_not_sent_and_not_lost(customer: Customer) -> None:
    await customer.opens()
    await customer.field.fill("x" * 4003)
    await expect(customer.panel).to_contain_text("3 characters too many")
    await customer.field.press("Enter")
    await expect(customer.said("own")).to_have_count(0)
    await expect(customer.field).to_have_value("x" * 4003)


async def test_when_the_conversation_has_expired_the_message_starts_a_new_one(customer: Customer) -> None:
    await customer.opens()
    await customer.asks("thanks")
    await customer.hears("small_talk")
    first = await customer.conversation()
    await customer.page.evaluate(
        """() => {
          const name = Object.keys(localStorage).find((key) => key.endsWith(" conversation"));
          const kept = JSON.parse(localStorage[name]);
          localStorage[name] = JSON.stringify({ ...kept, token: kept.token.slice(0, -3) + "xyz" });
        }"""
    )
    await customer.field.fill("How do I reset")
    await customer.page.reload()
    await expect(customer.panel).to_contain_text("Your last conversation has expired.")
    await expect(customer.field).to_have_value("How do I reset")

    await customer.asks("How do I reset my password?")
    await customer.hears("answer")
    assert await customer.conversation() != first
    await expect(customer.panel).not_to_contain_text("expired")


async def test_history_and_what_was_being_written_survive_a_reload(customer: Customer) -> None:
    await customer.opens()
    await customer.asks("How do I reset my password?")
    await customer.hears("answer")
    await customer.field.fill("And what if I")

    await customer.page.reload()

    await expect(await customer.hears("answer")).to_contain_text("valid for 1 hour")
    await expect(customer.said("own")).to_contain_text("How do I reset my password?")
    await expect(customer.field).to_have_value("And what if I")
    await customer.asks("thanks")
    await customer.hears("small_talk")


async def test_history_is_there_at_once_even_without_a_connection(
    customer: Customer, elsewhere: Elsewhere
) -> None:
    await customer.opens()
    await customer.asks("thanks")
    await customer.hears("small_talk")
    await customer.page.route("**/events", lambda route: route.abort())
    await customer.page.reload()
    await customer.hears("small_talk")
    await expect(customer.panel.locator(".banner")).to_contain_text("Connection lost")


async def test_a_message_left_in_the_outbox_leaves_after_a_reload(customer: Customer) -> None:
    await customer.page.route(MESSAGES, lambda route: route.abort())
    await customer.opens()
    await customer.asks("thanks")
    await expect(customer.said("own")).to_have_count(1)
    await customer.page.unroute(MESSAGES)
    await customer.page.reload()
    await customer.hears("small_talk")
    await expect(customer.said("own")).to_have_count(1)


async def test_two_tabs_show_the_same_conversation(customers: Customers, customer: Customer) -> None:
    other = await customers.tab(customer.page.context)
    await customer.opens()
    await other.opens()

    await customer.asks("How do I reset my password?")
    await customer.hears("answer")
    await expect(await other.hears("answer")).to_contain_text("valid for 1 hour")
    await other.asks("thanks")
    await customer.hears("small_talk")
    await other.hears("small_talk")

    for tab in (customer, other):
        await expect(tab.said("own")).to_have_count(2)
        await expect(tab.said("answer")).to_have_count(1)
    assert await customer.conversation() == await other.conversation()


async def test_when_the_reading_tab_is_closed_the_other_goes_on(
    customers: Customers, customer: Customer
) -> None:
    await customer.opens()
    await customer.asks("thanks")
    await customer.hears("small_talk")
    other = await customers.tab(customer.page.context)
    await other.opens()
    await other.hears("small_talk")
    await other.page.close()
    await customer.asks("How do I reset my password?")
    await customer.hears("answer")


async def test_starting_over_in_one_tab_starts_over_in_the_other(
    customers: Customers, customer: Customer
) -> None:
    other = await customers.tab(customer.page.context)
    await customer.opens()
    await other.opens()
    await customer.asks("thanks")
    await other.hears("small_talk")
    await customer.page.get_by_role("button", name="Options").click()
    await customer.page.get_by_role("button", name="Start over").click()
    await customer.page.get_by_role("alertdialog").get_by_role("button", name="Start over").click()
    await expect(other.said("small_talk")).to_have_count(0)


async def test_two_tabs_that_begin_at_the_same_time_begin_one_conversation(
    customers: Customers, customer: Customer
) -> None:
    other = await customers.tab(customer.page.context)
    await customer.opens()
    await other.opens()
    await asyncio.gather(customer.asks("thanks"), other.asks("hello"))
    for tab in (customer, other):
        await expect(tab.said("own")).to_have_count(2)
    assert await customer.conversation() == await other.conversation()


async def test_it_works_where_the_browser_keeps_nothing_and_tabs_cannot_talk(
    customers: Customers, customer: Customer
) -> None:
    """Storage is forbidden; a page without https has no locks."""
    await customer.page.add_init_script(
        """
        for (const name of ["localStorage", "sessionStorage"]) {
          Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });
        }
        Object.defineProperty(navigator, "locks", { value: undefined });
        Object.defineProperty(crypto, "randomUUID", { value: undefined });
        delete window.BroadcastChannel;
        """
    )
    await customer.page.reload()
    await customer.opens()
    await customer.asks("How do I reset my password?")
    await customer.hears("answer")
    await customer.asks("thanks")
    await customer.hears("small_talk")
    await expect(customer.said("own")).to_have_count(2)
    assert [error for error in customer.errors if "404" not in error] == []

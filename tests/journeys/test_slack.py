"""A customer in a browser, and a colleague who answers from Slack: real Chromium, widget and service."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.events import NoteWritten, PersonJoined, ReplySent
from tests.connectors.slack.conftest import HELP, ZOE, a_place
from tests.journeys.test_mail import a_browser
from tests.journeys.widget.elsewhere import Elsewhere, page_with_widget
from tests.journeys.widget.people import Customers
from tests.slack_server import text_of, until

pytestmark = pytest.mark.slow


async def test_a_customer_in_the_widget_is_answered_from_slack(tmp_path: Path) -> None:
    shop = Elsewhere()
    shop.start()
    try:
        async with a_place(tmp_path, origins=(shop.origin,)) as place, a_browser() as browser:
            customers = Customers(browser, page_with_widget(shop, str(place.client.base_url).rstrip("/")))
            customer = await customers.new()
            await customer.opens()
            await customer.asks("Where is my lamp?")
            await customer.hears("escalation")
            name = await customer.conversation()

            await until(lambda: place.slack.roots(HELP))
            ts = str(place.slack.roots(HELP)[0]["ts"])
            assert "Where is my lamp?" in text_of(place.card(ts))
            await place.slack.click(ZOE, HELP, place.card(ts), "claim")
            await place.happens(PersonJoined, name)

            await place.slack.say(ZOE, HELP, "He asks this every week", thread=ts)
            await place.happens(NoteWritten, name)
            note = await place.slack.say(ZOE, HELP, "It comes *tomorrow*.", thread=ts)
            await place.happens(NoteWritten, name, 2)
            await place.slack.shortcut(ZOE, HELP, note, "send")
            await place.slack.submit(ZOE, await place.view())
            await place.happens(ReplySent, name)

            reply = await customer.hears("staff")
            await expect(reply).to_contain_text("It comes tomorrow.")
            await expect(reply.locator("strong")).to_have_text("tomorrow")
            await expect(customer.panel).not_to_contain_text("every week")

            await place.slack.edit(HELP, note, "It comes *on Monday*.")
            await expect(reply).to_contain_text("It comes on Monday.")
            await expect(reply).to_contain_text("Zoe · edited")
            announced = customer.panel.locator(".unseen[aria-live=polite]")
            await expect(announced).to_have_text("Zoe: edited: It comes on Monday.")
            assert await customer.said("staff").count() == 1
            await customer.page.reload()
            await expect(await customer.hears("staff")).to_contain_text("It comes on Monday.")
            await expect(customer.panel).not_to_contain_text("tomorrow")
            await expect(announced).to_be_empty()

            await place.slack.edit(HELP, note, None)
            reply = await customer.hears("staff")
            await expect(reply).to_contain_text("Zoe · message withdrawn")
            await expect(announced).to_have_text("Zoe: message withdrawn")
            await expect(customer.panel).not_to_contain_text("Monday")
            await customer.page.evaluate(
                "Object.keys(localStorage).filter((name) => name.endsWith(' copy'))"
                ".forEach((name) => localStorage.removeItem(name))"
            )
            await customer.page.reload()  # the history comes from the service anew
            await expect(await customer.hears("staff")).to_contain_text("Zoe · message withdrawn")
            await expect(customer.panel).not_to_contain_text("Monday")

            await customer.asks("Thank you so much, at what time?")
            await until(lambda: "at what time?" in text_of({"all": place.slack.thread(HELP, ts)}))
            await customers.leave()
    finally:
        shop.stop()

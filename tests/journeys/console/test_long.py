"""A conversation of many lines: one finds one's way in it, and what is read does not go away."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.journeys.console.office import Colleague, Office

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]
LONG = " It goes on and on." * 40


async def test_earlier_lines_are_found_and_stay(
    office: Office, zoe: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.console.pages.conversation.SHOWN", 4)
    customer = await office.somebody_waits()
    for number in range(6):
        await customer.say(f"Line {number}.{LONG}", f"n{number}")
    await zoe.goes_to(f"/conversations/{customer.id}#line-2")
    first, last = zoe.page.locator("#line-2"), zoe.lines.locator(".line").last
    await expect(first).to_be_in_viewport()
    await expect(last).not_to_be_in_viewport()
    newest = zoe.page.locator("#to-newest")
    await expect(newest).to_be_visible()
    await customer.say("One more.", "more")
    await expect(zoe.lines).to_contain_text("One more.")
    await expect(first).to_be_in_viewport()
    await newest.click()
    await expect(last).to_be_in_viewport()
    await expect(newest).to_be_hidden()

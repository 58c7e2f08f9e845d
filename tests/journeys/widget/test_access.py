"""With a keyboard, a screen reader, a phone, a zoom, in the dark: everybody gets through."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Route, expect

from tests.journeys.widget.elsewhere import Elsewhere, page_with_widget
from tests.journeys.widget.people import Colleague, Customer, Customers
from tests.journeys.widget.running import Service

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

DESK: dict[str, Any] = {}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}
AXE = Axe()


async def no_violations(customer: Customer, state: str) -> None:
    await customer.page.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")
    found = (await AXE.run(customer.page)).response["violations"]
    told = [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found]
    assert told == [], state


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
async def test_axe_finds_nothing_in_any_state(
    customers: Customers,
    colleague: Colleague,
    service: Service,
    elsewhere: Elsewhere,
    colours: str,
    device: dict[str, Any],
) -> None:
    customer = await customers.new(
        page_with_widget(elsewhere, service.address, "/careful", site="careful"),
        color_scheme=colours,
        reduced_motion="reduce",
        **device,
    )
    page, panel = customer.page, customer.panel
    await customer.launcher.wait_for()
    await no_violations(customer, "closed")
    await customer.opens()
    await no_violations(customer, "asking for consent")
    await page.get_by_role("button", name="I agree").click()
    await no_violations(customer, "open")

    await customer.asks("open an account")
    await customer.hears("clarify")
    await no_violations(customer, "asked back")
    await page.get_by_role("button", name="Options").click()
    await no_violations(customer, "menu")
    await page.get_by_role("button", name="Start over").click()
    await no_violations(customer, "asked whether to start over")
    await page.get_by_role("alertdialog").get_by_role("button", name="Start over").click()

    await customer.asks("your phone number")
    await customer.hears("answer")
    await no_violations(customer, "a hedged answer")

    service.gate.touch()
    await customer.asks("How do I reset my password?")
    await expect(panel).to_contain_text("valid for 1 hour")
    await no_violations(customer, "composing")
    service.gate.unlink()
    answer = await customer.hears("answer", 1)
    await no_violations(customer, "answered")
    await answer.locator("sup").get_by_role("button", name="Source 2").click()
    await no_violations(customer, "source open")
    await page.keyboard.press("Escape")
    await answer.get_by_role("button", name="Not useful").click()
    await no_violations(customer, "asked what was missing")

    await customer.asks("What does delivery to Belgium cost?")
    await customer.hears("answer", 2)
    await no_violations(customer, "a table")
    await page.get_by_role("button", name="Talk to a person").last.click()
    await customer.hears("escalation")
    await no_violations(customer, "waiting for a person")
    conversation = await customer.conversation()
    await colleague.takes_over(conversation)
    await colleague.replies(conversation, "Hello, see https://shop.example/")
    await customer.hears("staff")
    await no_violations(customer, "with a person")

    await page.context.set_offline(True)
    await customer.asks("Thank you")
    await expect(customer.said("own").last).to_contain_text("Leaves when")
    await no_violations(customer, "offline")
    await page.keyboard.press("Escape")
    await page.context.set_offline(False)
    await colleague.replies(conversation, "You're welcome.")
    await page.locator(".badge").wait_for()
    await no_violations(customer, "unread")


async def test_axe_finds_nothing_when_a_message_has_failed(customer: Customer) -> None:
    async def refused(route: Route) -> None:
        await route.fulfill(status=422, json={"detail": "Shorter, please.", "code": "message_too_long"})

    await customer.page.route("**/messages", refused)
    await customer.opens()
    await customer.asks("thanks")
    await expect(customer.said("own")).to_contain_text("Shorter, please.")
    await no_violations(customer, "refused")


async def test_all_of_it_works_with_the_keyboard_alone(customer: Customer) -> None:
    page, keys = customer.page, customer.page.keyboard
    await customer.launcher.wait_for()
    await keys.press("Tab")
    await keys.press("Tab")
    await expect(customer.launcher).to_be_focused()
    await keys.press("Enter")
    await expect(customer.field).to_be_focused()

    await keys.type("How do I")
    await keys.press("Shift+Enter")
    await keys.type("reset my password?")
    await keys.press("Enter")
    answer = await customer.hears("answer")
    await expect(customer.said("own")).to_contain_text("How do I\nreset my password?", use_inner_text=True)
    await expect(customer.field).to_be_focused()

    mark = answer.locator("sup").get_by_role("button", name="Source 2")
    await press_until_focused(customer, "Shift+Tab", mark)
    await keys.press("Enter")
    source = page.get_by_role("dialog", name="Reset my password", exact=True)
    await expect(source).to_be_focused()
    await keys.press("Escape")
    await expect(mark).to_be_focused()

    options = page.get_by_role("button", name="Options")
    await press_until_focused(customer, "Shift+Tab", options)
    await keys.press("Enter")
    await expect(page.get_by_role("button", name="Download the conversation")).to_be_focused()
    await keys.press("Escape")
    await expect(options).to_be_focused()
    await expect(customer.panel).to_be_visible()

    await keys.press("Escape")
    await expect(customer.panel).to_be_hidden()
    await expect(customer.launcher).to_be_focused()


async def press_until_focused(customer: Customer, key: str, wanted: Any) -> None:
    for _ in range(25):
        await customer.page.keyboard.press(key)
        if await wanted.evaluate("(element) => element.matches(':focus')"):
            return
    raise AssertionError(f"{key} does not lead to {wanted}")


async def test_focus_goes_back_to_whatever_opened_it(customer: Customer) -> None:
    before = customer.page.locator("#before")
    await before.evaluate("(button) => button.addEventListener('click', () => Comptoir.open())")
    await before.click()
    await expect(customer.field).to_be_focused()
    await customer.page.keyboard.press("Escape")
    await expect(before).to_be_focused()


@pytest.mark.usefixtures("slowly")
async def test_an_answer_is_announced_once_and_only_when_it_is_complete(
    customer: Customer, service: Service
) -> None:
    await customer.opens()
    await customer.page.evaluate(
        """() => {
          window.announced = [];
          const root = document.querySelector("comptoir-widget").shadowRoot;
          for (const live of root.querySelectorAll("[aria-live=polite]")) {
            new MutationObserver(() => announced.push(live.textContent)).observe(live, { childList: true });
          }
        }"""
    )
    await customer.asks("How do I reset my password?")
    await expect(customer.panel.locator(".thread")).to_contain_text("valid for 1 hour")
    assert await customer.page.evaluate("announced") == []
    service.gate.unlink()
    await customer.hears("answer")
    announced = await customer.page.evaluate("announced")
    assert len(announced) == 1
    words = " ".join(announced[0].split())
    assert words.startswith("Assistant: You reset your password with a link")
    assert "at least 10 characters" in words
    await expect(customer.panel.locator(".thread")).to_have_attribute("aria-live", "off")


async def test_on_a_phone_it_takes_the_whole_screen_and_nothing_behind_it(customers: Customers) -> None:
    customer = await customers.new(**PHONE, reduced_motion="reduce")
    await customer.opens()
    assert await customer.panel.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 780}
    assert await customer.panel.evaluate("(panel) => panel.matches(':modal')")
    await expect(customer.panel).to_have_attribute("aria-modal", "true")
    assert await customer.page.evaluate("getComputedStyle(document.documentElement).overflow") == "hidden"
    await customer.asks("How do I reset my password?")
    await customer.hears("answer")
    await customer.page.get_by_role("button", name="Close the chat").click()
    await expect(customer.launcher).to_be_focused()
    assert await customer.page.evaluate("getComputedStyle(document.documentElement).overflow") == "visible"


async def test_on_a_phone_it_stands_above_the_keyboard(customers: Customers) -> None:
    customer = await customers.new(**PHONE, reduced_motion="reduce")
    await customer.opens()
    await customer.page.evaluate(
        """() => {
          Object.defineProperty(visualViewport, "height", { value: 430 });
          Object.defineProperty(visualViewport, "offsetTop", { value: 24 });
          visualViewport.dispatchEvent(new Event("resize"));
        }"""
    )
    panel = await customer.panel.bounding_box()
    assert panel is not None
    assert (panel["x"], panel["y"], panel["width"], round(panel["height"])) == (0, 24, 390, 430)
    field = await customer.field.bounding_box()
    assert field is not None
    assert field["y"] + field["height"] < 24 + 430


async def test_a_phone_does_not_open_it_again_on_the_next_page(customers: Customers) -> None:
    customer = await customers.new(**PHONE)
    await customer.opens()
    await customer.page.reload()
    await expect(customer.launcher).to_be_visible()


async def test_turning_the_device_keeps_what_is_typed_and_where(customers: Customers) -> None:
    customer = await customers.new()
    await customer.opens()
    await customer.field.fill("half a sent")
    await expect(customer.panel).to_have_attribute("aria-modal", "false")
    await customer.page.set_viewport_size({"width": 390, "height": 780})
    await expect(customer.panel).to_have_attribute("aria-modal", "true")
    await expect(customer.field).to_be_focused()
    await expect(customer.field).to_have_value("half a sent")
    await customer.page.set_viewport_size({"width": 1000, "height": 760})
    await expect(customer.panel).to_have_attribute("aria-modal", "false")
    await expect(customer.field).to_be_focused()


async def test_the_page_scrolls_afterwards_as_it_did_before(customers: Customers) -> None:
    for device, while_open in ((DESK, "clip"), (PHONE, "hidden")):
        customer = await customers.new(**device)
        await customer.page.evaluate("document.documentElement.style.overflow = 'clip'")
        await customer.opens()
        assert await customer.page.evaluate("document.documentElement.style.overflow") == while_open
        await customer.page.get_by_role("button", name="Close the chat").click()
        assert await customer.page.evaluate("document.documentElement.style.overflow") == "clip"


async def test_at_twice_the_size_all_is_in_reach(customers: Customers) -> None:
    """A window of 1280 by 800 pixels, zoomed to 200 %."""
    customer = await customers.new(viewport={"width": 640, "height": 400}, device_scale_factor=2)
    await customer.opens()
    await customer.asks("How do I reset my password?")
    await customer.hears("answer")
    for control in (
        customer.field,
        customer.page.get_by_role("button", name="Close the chat"),
        customer.page.get_by_role("button", name="Talk to a person"),
        customer.panel.locator(".thread"),
    ):
        await expect(control).to_be_in_viewport(ratio=1)


async def test_nothing_moves_when_less_motion_is_asked_for(customers: Customers, service: Service) -> None:
    for wanted, moves in (("no-preference", True), ("reduce", False)):
        customer = await customers.new(reduced_motion=wanted)
        service.gate.touch()
        await customer.opens()
        await customer.asks("How do I reset my password?")
        await expect(customer.panel.locator(".composing")).to_be_visible()
        moving = await customer.page.evaluate(
            "document.querySelector('comptoir-widget').shadowRoot.getAnimations().length"
        )
        service.gate.unlink()
        assert (moving > 0) is moves


@pytest.mark.parametrize("device", [DESK, PHONE], ids=["desk", "phone"])
async def test_every_control_is_large_enough_to_hit(customers: Customers, device: dict[str, Any]) -> None:
    """WCAG 2.2, 2.5.8: 24 by 24 pixels; marks in a line of text are exempt, and large enough all the same."""
    customer = await customers.new(**device)
    await customer.opens()
    await customer.asks("Where is my parcel?")
    await customer.hears("route")
    await customer.asks("How do I reset my password?")
    await customer.hears("answer")
    small = await customer.panel.evaluate(
        """(panel) => [...panel.querySelectorAll("button, a, textarea")]
          .filter((control) => control.checkVisibility() && !control.closest("sup, .text, .small > a"))
          .filter((control) => Math.min(control.offsetWidth, control.offsetHeight) < 24)
          .map((control) => `${control.className} ${control.textContent}`)"""
    )
    assert small == []
    mark = customer.panel.locator("sup button").first
    reach = await mark.evaluate("(mark) => parseFloat(getComputedStyle(mark, '::after').height)")
    assert reach >= 24


async def test_the_launcher_is_seen_in_forced_colours(customers: Customers) -> None:
    customer = await customers.new(forced_colors="active")
    border = await customer.launcher.evaluate("(launcher) => getComputedStyle(launcher).borderTopWidth")
    assert border == "1px"

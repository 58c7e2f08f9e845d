"""What a page can do with the widget: the JavaScript API, attributes, languages by a file, the element."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import expect

from tests.journeys.widget.elsewhere import Elsewhere, page_with_widget
from tests.journeys.widget.people import Colleague, Customer, Customers
from tests.journeys.widget.running import Service

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def test_a_page_opens_asks_hears_and_closes(customer: Customer) -> None:
    await customer.page.evaluate(
        """() => {
          window.heard = [];
          for (const name of ["open", "close", "message", "answer", "escalation", "unread"]) {
            Comptoir.on(name, (detail) => heard.push([name, detail.text ?? detail.count ?? null]));
          }
          Comptoir.ask("thanks");
        }"""
    )
    await customer.hears("small_talk")
    await customer.page.evaluate("Comptoir.close()")
    await expect(customer.panel).to_be_hidden()
    heard = await customer.page.evaluate("heard")
    assert [name for name, _ in heard if name != "unread"] == ["open", "message", "answer", "close"]
    assert ["message", "thanks"] in heard


async def test_a_listener_can_leave(customer: Customer) -> None:
    await customer.page.evaluate(
        "window.count = 0; const leave = Comptoir.on('open', () => count++); leave(); Comptoir.open()"
    )
    await expect(customer.panel).to_be_visible()
    assert await customer.page.evaluate("count") == 0


async def test_calls_made_before_the_widget_has_come_are_not_lost(
    customers: Customers, elsewhere: Elsewhere, service: Service
) -> None:
    page_with_widget(elsewhere, service.address, "/early")
    text, _ = elsewhere.pages["/early"]
    early = (
        "<script>window.opened = 0;"
        "(window.Comptoir ??= []).push(['on', 'open', () => opened++], ['ask', 'thanks'])</script></head>"
    )
    customer = await customers.new(elsewhere.put("/early", text.replace("</head>", early)))
    await customer.hears("small_talk")
    assert await customer.page.evaluate("opened") == 1


async def test_the_panel_stays_open_from_page_to_page(customer: Customer) -> None:
    await customer.opens()
    await customer.page.reload()
    await expect(customer.panel).to_be_visible()
    assert await customer.page.evaluate("document.activeElement.tagName") == "BODY", "the focus is the page's"
    await customer.page.keyboard.press("Escape")
    await customer.page.evaluate("Comptoir.close()")
    await customer.page.reload()
    await expect(customer.launcher).to_be_visible()
    await expect(customer.panel).to_be_hidden()


async def test_news_while_older_messages_are_read_are_counted_on_the_way_down(
    customer: Customer, colleague: Colleague
) -> None:
    await customer.opens()
    await customer.page.get_by_role("button", name="Talk to a person").click()
    await customer.hears("escalation")
    conversation = await customer.conversation()
    await colleague.takes_over(conversation)
    await colleague.replies(conversation, "It is a long story.\n\n" * 30)
    await customer.hears("staff")
    await customer.page.locator(".thread").evaluate("(thread) => { thread.scrollTop = 0; }")
    await customer.page.get_by_role("button", name="To the latest message", exact=True).wait_for()
    await colleague.replies(conversation, "That was it.")
    await customer.page.get_by_role("button", name="To the latest message, 1 new").click()
    await expect(customer.said("staff").nth(1)).to_be_in_viewport()
    await expect(customer.page.locator(".to-end")).to_be_hidden()


async def test_news_while_it_is_closed_is_counted_on_the_launcher(
    customer: Customer, colleague: Colleague
) -> None:
    await customer.opens()
    await customer.page.get_by_role("button", name="Talk to a person").click()
    await customer.hears("escalation")
    conversation = await customer.conversation()
    await customer.page.keyboard.press("Escape")
    await customer.page.evaluate(
        "() => { window.counts = []; Comptoir.on('unread', ({ count }) => counts.push(count)); }"
    )

    await colleague.takes_over(conversation)
    await colleague.replies(conversation, "Here I am.")
    await expect(customer.page.locator(".badge")).to_have_text("1")
    await colleague.replies(conversation, "How can I help?")
    await expect(customer.page.locator(".badge")).to_have_text("2")
    assert await customer.page.evaluate("counts") == [1, 2]
    await customer.page.reload()
    await expect(customer.page.locator(".badge")).to_have_text("2")

    await customer.page.get_by_role("button", name="Open the chat, 2 unread").click()
    await expect(customer.said("staff")).to_have_count(2)
    await customer.page.keyboard.press("Escape")
    await expect(customer.page.locator(".badge")).to_have_count(0)


async def test_another_language_comes_by_a_file(
    customers: Customers, elsewhere: Elsewhere, service: Service
) -> None:
    words = {"greeting": "¡Hola!", "ask": "Hablar con una persona", "launcher": "Abrir el chat"}
    file = json.dumps({"language": "es", "words": words})
    elsewhere.put("/es.json", file, "application/json")
    address = page_with_widget(elsewhere, service.address, "/es", "es", words="/es.json")
    customer = await customers.new(address)
    await customer.page.get_by_role("button", name="Abrir el chat").click()
    await expect(customer.page.get_by_role("button", name="Hablar con una persona")).to_be_visible()
    await expect(customer.page.locator(".root")).to_have_attribute("lang", "es")
    await expect(customer.field).to_have_attribute("placeholder", "Write your message")


async def test_a_language_from_right_to_left_is_laid_out_from_right_to_left(
    customers: Customers, elsewhere: Elsewhere, service: Service
) -> None:
    elsewhere.put("/ar.json", json.dumps({"language": "ar", "words": {"send": "إرسال"}}), "application/json")
    customer = await customers.new(
        page_with_widget(elsewhere, service.address, "/ar", "ar", words="/ar.json")
    )
    await customer.opens()
    await expect(customer.page.locator(".root")).to_have_attribute("dir", "rtl")
    panel = await customer.panel.bounding_box()
    send = await customer.page.get_by_role("button", name="إرسال").bounding_box()
    field = await customer.field.bounding_box()
    assert panel is not None
    assert send is not None
    assert field is not None
    assert panel["x"] == 20
    assert send["x"] < field["x"]


async def test_the_element_may_stand_where_the_page_wants_it(
    customers: Customers, elsewhere: Elsewhere, service: Service
) -> None:
    address = elsewhere.put(
        "/element",
        f"""<!doctype html><html lang="en"><title>A shop</title><body><h1>A shop</h1>
        <comptoir-widget site="shop" language="fr" launcher="none"></comptoir-widget>
        <script type="module" src="{service.address}/widget.js"></script></body></html>""",
    )
    customer = await customers.new(address)
    await customer.page.evaluate("customElements.whenDefined('comptoir-widget').then(() => Comptoir.open())")
    await expect(customer.panel.locator(".header")).to_contain_text("réponses de notre centre d'aide")
    await expect(customer.launcher).to_be_hidden()
    await customer.page.evaluate("document.querySelector('comptoir-widget').remove()")
    await customer.page.evaluate(
        """() => { const again = document.createElement("comptoir-widget");
        again.setAttribute("site", "shop"); document.body.append(again); }"""
    )
    await expect(customer.panel).to_be_visible()
    await customer.page.get_by_role("button", name="Close the chat").click()
    await expect(customer.launcher).to_be_visible()


async def test_each_site_has_its_own_corner_colour_and_conversation(
    customers: Customers, elsewhere: Elsewhere, service: Service
) -> None:
    customer = await customers.new(page_with_widget(elsewhere, service.address, "/careful", site="careful"))
    box = await customer.launcher.bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (20, 56)
    other = await customers.tab(customer.page.context)
    colours = [
        await tab.launcher.evaluate("launcher => getComputedStyle(launcher).backgroundColor")
        for tab in (customer, other)
    ]
    assert colours[1] == "rgb(47, 107, 79)"
    assert colours[0] != colours[1]
    await other.opens()
    await other.asks("thanks")
    await other.hears("small_talk")
    await customer.opens()
    await expect(customer.said("own")).to_have_count(0)


async def test_the_demo_shop_asks_for_who_clicks(customers: Customers, service: Service) -> None:
    customer = await customers.new(service.address + "/?lang=en")
    await customer.page.get_by_role("button", name="How do I reset my password?").click()
    await expect(await customer.hears("answer")).to_contain_text("valid for 1 hour")
    await customer.page.keyboard.press("Escape")
    await customer.page.get_by_role("button", name="Français").click()
    await expect(customer.page.get_by_role("heading", level=1)).to_contain_text("Une lumière douce")
    await customer.page.get_by_role("button", name="Poser une question").click()
    await expect(customer.panel.locator(".header")).to_contain_text("réponses de notre centre d'aide")
    await expect(customer.page.get_by_role("link", name="Documentation de l'API")).to_have_attribute(
        "href", "/api/docs"
    )
    assert customer.errors == []

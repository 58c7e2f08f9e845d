"""Hostile articles, hostile messages, a hostile server, a strict page: nothing runs, nothing leaks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from playwright.async_api import expect

from bot.events import ConversationOpened
from connectors.records import open_records
from connectors.settings import load_settings
from tests.journeys.widget.elsewhere import Elsewhere, page_with_widget
from tests.journeys.widget.people import Colleague, Customer, Customers
from tests.journeys.widget.running import SECRET, Service

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

ATTACKS = (
    "<img src=x onerror=window.pwned=1>",
    "<script>window.pwned=2</script>",
    "[here](javascript:window.pwned=3)",
    "</p></div><iframe srcdoc='<script>parent.pwned=4</script>'></iframe>",
)
SENT_BY_A_HOSTILE_SERVER = (
    '<img src=x onerror="window.pwned=1"><script>window.pwned=2</script>'
    '<a href="javascript:window.pwned=3">link</a><a href="data:text/html,x" onclick="window.pwned=4">two</a>'
    '<p onclick="window.pwned=5" style="position:fixed">words</p><svg onload="window.pwned=6"></svg>'
    '<iframe src="javascript:parent.pwned=7"></iframe><cite data-n="1" onfocus="window.pwned=8"></cite>'
    '<form action="//evil.example"><input name="card"></form></div></dialog><style>*{display:none}</style>'
)


async def nothing_ran(customer: Customer) -> None:
    assert await customer.page.evaluate("window.pwned") is None
    for what in ("script", "img", "iframe", "form[action]", "input", "style", '[href^="javascript"]'):
        assert await customer.page.locator(f".panel {what}").count() == 0, what


async def test_a_hostile_article_and_a_hostile_message_run_nothing(
    customer: Customer, colleague: Colleague
) -> None:
    await customer.opens()
    await customer.asks("What is the purple wombat policy?")
    answer = await customer.hears("bot", 1)
    await expect(answer).to_contain_text("purple wombats")
    for n, mark in enumerate(await answer.locator("sup button").all()):
        await mark.click()
        await customer.page.get_by_role("button", name="Close", exact=True).click()
        assert n < 5
    await nothing_ran(customer)

    for attack in ATTACKS:
        await customer.asks(attack)
        await expect(customer.said("own").last).to_contain_text(attack)
    conversation = await customer.conversation()
    await colleague.takes_over(conversation)
    await colleague.replies(conversation, "\n\n".join(ATTACKS))
    await expect(await customer.hears("staff")).to_contain_text("onerror")
    await nothing_ran(customer)


async def test_even_a_hostile_server_runs_nothing_in_the_page(customer: Customer) -> None:
    """The second lock: what the widget would do with a server that does not sanitise."""
    html = SENT_BY_A_HOSTILE_SERVER
    attack = ATTACKS[0]
    citation = {
        "number": 1, "title": attack, "heading": [attack], "quote_html": html, "before": attack,
        "quote": attack, "after": attack, "url": "javascript:window.pwned=9", "updated": None,
    }  # fmt: skip
    card = {
        "kind": "page", "title": attack, "html": html, "target": attack, "href": "javascript:window.pwned=10",
        "open_now": True, "hours_text": attack,
    }  # fmt: skip
    answer = {
        "position": 2, "at": "2026-11-23T09:00:00Z", "type": "answer", "html": html, "text": attack,
        "citations": [citation], "more": {"title": attack, "url": "javascript:window.pwned=11"},
        "hedged": True, "card": card, "feedback": True,
    }  # fmt: skip
    reply = {"position": 3, "at": answer["at"], "type": "reply", "name": attack, "html": html, "text": attack}

    draft = {"type": "draft", "html": html, "citations": [citation]}
    state = {"type": "state", "held": "person", "person": attack}
    await customer.hears_instead([answer, reply, draft, state])
    await customer.opens()
    await customer.asks("hello")
    shown = await customer.hears("answer")
    await shown.locator("sup button").first.click()
    await nothing_ran(customer)
    await customer.page.keyboard.press("Escape")
    for link in await customer.panel.get_by_text("link", exact=True).all():
        await link.click()
    await customer.hears("staff")
    await nothing_ran(customer)


async def test_the_widget_works_in_a_page_with_a_strict_policy_of_another_origin(
    customers: Customers, elsewhere: Elsewhere, service: Service
) -> None:
    page_with_widget(elsewhere, service.address, "/strict")
    policy = (
        f"default-src 'none'; script-src {service.address}; connect-src {service.address}; base-uri 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    address = elsewhere.put("/strict", elsewhere.pages["/strict"][0], Content_Security_Policy=policy)
    customer = await customers.new(address)
    await customer.opens()
    await customer.asks("How do I reset my password?")
    answer = await customer.hears("answer")
    await answer.locator("sup").get_by_role("button", name="Source 1").click()
    await customer.page.keyboard.press("Escape")
    await answer.get_by_role("button", name="Useful", exact=True).click()
    await expect(answer).to_contain_text("Thanks")
    box = await customer.panel.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (380, 640)
    assert [error for error in customer.errors if "favicon" not in error and "404" not in error] == []


async def test_nothing_of_a_third_party_is_loaded_and_no_cookie_is_set(
    customer: Customer, service: Service, elsewhere: Elsewhere
) -> None:
    asked: list[str] = []
    customer.page.on("request", lambda request: asked.append(request.url))
    await customer.page.reload()
    await customer.opens()
    await customer.asks("How do I reset my password?")
    await customer.hears("answer")
    assert all(url.startswith((service.address, elsewhere.origin)) for url in asked), asked
    assert await customer.page.context.cookies() == []


async def test_an_origin_that_is_not_on_the_list_gets_no_widget(
    customers: Customers, elsewhere: Elsewhere, service: Service
) -> None:
    address = page_with_widget(elsewhere, service.address).replace("127.0.0.1", "localhost")
    customer = await customers.new(address)
    await expect(customer.launcher).to_have_count(0)
    async with customer.page.expect_console_message(
        lambda said: "no widget for the site" in said.text or "CORS" in said.text
    ):
        await customer.page.reload()


async def test_a_site_that_asks_for_consent_gets_it_before_the_first_message(
    customers: Customers, elsewhere: Elsewhere, service: Service
) -> None:
    customer = await customers.new(page_with_widget(elsewhere, service.address, "/careful", site="careful"))
    await customer.opens()
    await expect(customer.panel).to_contain_text("We keep this conversation for 30 days.")
    await expect(customer.panel.locator(".consent").get_by_role("link")).to_have_attribute(
        "href", "https://shop.example/privacy"
    )
    await customer.asks("thanks")
    await expect(customer.said("own")).to_have_count(0)
    await expect(customer.field).to_have_value("thanks")
    agree = customer.page.get_by_role("button", name="I agree")
    await expect(agree).to_be_focused()

    await agree.click()
    await expect(customer.field).to_be_focused()
    await customer.field.press("Enter")
    await customer.hears("small_talk")
    await customer.page.reload()
    await customer.hears("small_talk")
    await expect(customer.panel.locator(".consent")).to_be_hidden()


async def test_what_a_page_asks_waits_for_the_consent_beside_what_is_typed(
    customers: Customers, elsewhere: Elsewhere, service: Service
) -> None:
    customer = await customers.new(page_with_widget(elsewhere, service.address, "/careful", site="careful"))
    await customer.opens()
    await customer.field.fill("half a sent")
    await customer.page.evaluate("Comptoir.ask('thanks')")
    await expect(customer.field).to_have_value("half a sent\nthanks")
    await expect(customer.said("own")).to_have_count(0)


async def test_no_person_is_called_without_the_consent(
    customers: Customers, elsewhere: Elsewhere, service: Service
) -> None:
    customer = await customers.new(page_with_widget(elsewhere, service.address, "/careful", site="careful"))
    await customer.opens()
    await customer.page.get_by_role("button", name="Talk to a person").click()
    await expect(customer.page.get_by_role("button", name="I agree")).to_be_focused()
    await expect(customer.said("escalation")).to_have_count(0)
    await customer.page.get_by_role("button", name="I agree").click()
    await customer.page.get_by_role("button", name="Talk to a person").click()
    await customer.hears("escalation")


def signed(subject: str, secret: str = SECRET, minutes: float = 5) -> str:
    claims = {"sub": subject, "name": "Ada", "exp": datetime.now(UTC) + timedelta(minutes=minutes)}
    return jwt.encode(claims, secret, algorithm="HS256")


async def test_a_customer_who_has_signed_in_is_known(customer: Customer, service: Service) -> None:
    await customer.page.evaluate("token => Comptoir.identify(token)", signed("customer-7"))
    await customer.opens()
    await customer.asks("thanks")
    await customer.hears("small_talk")

    assert await known_as(customer, service) == ("customer-7", "Ada")


async def known_as(customer: Customer, service: Service) -> tuple[str, str | None]:
    settings = load_settings(service.folder / "comptoir.toml", data=service.folder / "data")
    async with await open_records(settings) as records:
        opened = (await records.log.read(await customer.conversation()))[0].event
    assert isinstance(opened, ConversationOpened)
    assert opened.customer is not None
    return opened.customer.id, opened.customer.name


async def test_a_page_that_is_told_of_an_expired_identity_gives_a_new_one(
    customer: Customer, service: Service
) -> None:
    await customer.page.evaluate(
        """([old, fresh]) => {
          window.errors = [];
          Comptoir.on("error", ({ code }) => {
            errors.push(code);
            if (code === "identity_expired") Comptoir.identify(fresh);
          });
          Comptoir.identify(old);
        }""",
        [signed("customer-7", minutes=-5), signed("customer-7")],
    )
    await customer.opens()
    await customer.asks("thanks")
    await customer.hears("small_talk")
    assert await customer.page.evaluate("errors") == ["identity_expired"]
    assert await known_as(customer, service) == ("customer-7", "Ada")
    await expect(customer.panel).not_to_contain_text("expired")


async def test_a_forged_identity_is_told_to_the_page_and_the_customer_is_served_as_a_stranger(
    customer: Customer,
) -> None:
    await customer.page.evaluate(
        "() => { window.errors = []; Comptoir.on('error', error => errors.push(error.code)); }"
    )
    await customer.page.evaluate(
        "token => Comptoir.identify(token)", signed("admin", "somebody-else's-secret-of-some-length")
    )
    await customer.opens()
    await customer.asks("thanks")
    await customer.hears("small_talk")
    assert await customer.page.evaluate("errors") == ["identity_invalid"]


async def test_another_customer_of_the_same_browser_does_not_see_the_conversation(customer: Customer) -> None:
    await customer.page.evaluate("token => Comptoir.identify(token)", signed("customer-7"))
    await customer.opens()
    await customer.asks("How do I reset my password?")
    await customer.hears("answer")
    await customer.page.evaluate("token => Comptoir.identify(token)", signed("customer-8"))
    await expect(customer.said("answer")).to_have_count(0)
    await customer.asks("thanks")
    await customer.hears("small_talk")
    await expect(customer.said("own")).to_have_count(1)

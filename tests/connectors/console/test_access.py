"""Every address is closed to whoever may not use it, and every form to whoever did not get it from us."""

from __future__ import annotations

import re

import pytest

from connectors.assembly import Service
from connectors.console.app import ROOMS
from connectors.console.routing import Address, Anybody, open_page, page
from connectors.console.visit import Visit
from escalation.roles import ALLOWED, May
from escalation.roster import Role
from tests.console import Browser, an_office, escalated, hired
from tests.web import indoors

EVERY = [address for room in ROOMS for address in room]
CLOSED = [address for address in EVERY if address.may is not Anybody.EVERYONE]
ACTS = [address for address in EVERY if address.method == "POST"]


def named(address: Address) -> str:
    return f"{address.method} {address.path}"


def path_of(address: Address) -> str:
    return re.sub(r"\{position\}", "2", re.sub(r"\{\w+\}", "c1", address.path))


async def test_nobody_comes_in_without_signing_in(browser: Browser) -> None:
    for address in CLOSED:
        await browser.get("/sign-in")
        send = browser.get if address.method == "GET" else browser.post
        answer = await send(path_of(address))
        assert answer.status_code == 303, named(address)
        assert answer.headers["location"].startswith("/console/sign-in"), named(address)


async def test_no_form_is_taken_without_its_token(zoe: Browser) -> None:
    for address in ACTS:
        for wrong in ("", "0" * 64):
            answer = await zoe.post(path_of(address), token=wrong)
            assert answer.status_code == 403, named(address)
            assert "out of date" in answer.text


async def test_no_form_is_taken_from_another_site(zoe: Browser) -> None:
    for headers in (
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "", "sec_fetch_site": "cross-site"},
        {"origin": "", "sec_fetch_site": "same-site"},
        {"origin": "", "referer": "https://evil.example/console/"},
    ):
        answer = await zoe.post("/duty", {"on": "false"}, **headers)
        assert answer.status_code == 403, headers
    assert (
        await zoe.post("/duty", {"on": "false"}, origin="", sec_fetch_site="same-origin")
    ).status_code == 303


async def test_another_colleagues_token_is_worth_nothing(zoe: Browser, paul: Browser) -> None:
    answer = await zoe.post("/duty", {"on": "false"}, token=paul.token)
    assert answer.status_code == 403


def roles_without(address: Address) -> list[Role]:
    return [role for role in Role if isinstance(address.may, May) and address.may not in ALLOWED[role]]


async def test_a_role_that_may_not_is_told_so(service: Service, zoe: Browser, paul: Browser) -> None:
    browsers = {Role.AGENT: paul, Role.LEAD: zoe}
    await escalated(service, "c1")
    for address in EVERY:
        for role in roles_without(address):
            await browsers[role].get("/account")
            send = browsers[role].get if address.method == "GET" else browsers[role].post
            answer = await send(path_of(address))
            assert answer.status_code == 403, named(address)
            assert "Your role may not do that" in answer.text


def test_an_address_for_colleagues_cannot_be_open_to_everyone() -> None:
    async def shown(visit: Visit) -> None: ...

    with pytest.raises(ValueError, match="open_page"):
        page("/secret", shown, Anybody.EVERYONE)  # type: ignore[arg-type]
    assert open_page("/sign-in", shown).may is Anybody.EVERYONE  # type: ignore[arg-type]


PAGES = ["/queue", "/queue?show=closed", "/conversations/c1", "/account", "/canned", "/people", "/nowhere"]


async def test_pages_have_no_script_or_style_of_their_own(service: Service, ada: Browser) -> None:
    """What the policy refuses must not be there; and nothing comes from elsewhere."""
    await escalated(service, "c1", "<script>alert(1)</script> <img src=x onerror=alert(2)>")
    for path in PAGES:
        page = (await ada.get(path)).text
        assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page) == []
        assert re.findall(r"<style|\sstyle=|\son\w+=", re.sub(r"&lt;.*?&gt;", "", page)) == []
        assert set(re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]*', page)) == set()


async def test_every_answer_says_what_browsers_must_not_do(browser: Browser, zoe: Browser) -> None:
    answers = [
        await browser.get("/sign-in"),
        await browser.get("/queue"),
        await browser.get("/nowhere"),
        await browser.get("/accent.css"),
        await browser.get("/static/x/console.css"),
        await zoe.get("/queue"),
        await zoe.post("/duty", {"on": "x"}),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers.get_list("content-security-policy", split_commas=False) == [policy]


async def test_pages_are_kept_by_nobody_and_files_for_ever(zoe: Browser) -> None:
    page = await zoe.get("/queue")
    assert page.headers["cache-control"] == "no-store"
    style = re.search(r'href="/console(/static/[^"]+console\.css)"', page.text)
    assert style
    assert "immutable" in (await zoe.get(style[1])).headers["cache-control"]


async def test_files_outside_the_folder_are_not_served(browser: Browser) -> None:
    for path in ("/static/x/../app.py", "/static/x/%2e%2e/app.py", "/static/x/..%2fapp.py"):
        assert (await browser.get(path)).status_code == 404


async def test_what_is_not_there_is_told_in_words(zoe: Browser) -> None:
    assert (await zoe.get("/nowhere")).status_code == 404
    assert "There is nothing at this address." in zoe.text
    assert (await zoe.get("/conversations/nobody")).status_code == 404
    assert "There is no such conversation." in zoe.text
    assert (await zoe.get("/conversations/nobody/fresh", hx_request="true")).headers[
        "hx-retarget"
    ] == "#toasts"


async def test_the_bare_address_leads_in(browser: Browser) -> None:
    answer = await browser.client.get("/console")
    assert (answer.status_code, answer.headers["location"]) == (307, "/console/")


async def test_the_console_can_be_switched_off(tmp_path: object) -> None:
    async with an_office(tmp_path, settings={"console": False}) as service, indoors(service) as client:
        assert (await client.get("/console/sign-in")).status_code == 404


async def test_an_agent_cannot_make_an_admin_of_themselves(service: Service, paul: Browser) -> None:
    await hired(service, "eve")
    fields = {"name": "paul", "display": "Paul", "role": "admin"}
    assert (await paul.post("/people/change", fields)).status_code == 403
    agent = await service.roster.get("paul")
    assert agent is not None
    assert agent.role is Role.AGENT

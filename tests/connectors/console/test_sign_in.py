"""Who gets in, how, and for how long."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from connectors.assembly import Service
from connectors.console.lockout import Lockout
from connectors.console.sessions import key_of
from connectors.console.visit import COOKIE
from escalation.roster import Role
from knowledge.store.database import open_database, reading
from tests.builders import Clock
from tests.console import PASSWORD, Browser, a_link, an_office, hired
from tests.web import indoors

NEW = "lime trees and lamps"


def refusal(page: httpx.Response) -> str:
    return page.text.partition('role="alert"')[2].partition("</p>")[0].rpartition(">")[2]


async def test_a_colleague_signs_in_and_sees_the_queue(browser: Browser) -> None:
    answer = await browser.sign_in("zoe")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/")
    page = await browser.get("/queue")
    assert page.status_code == 200
    assert "Nobody waits." in browser.text


async def test_capitals_and_spaces_around_a_name_do_not_matter(browser: Browser) -> None:
    assert (await browser.sign_in("  Zoe ")).status_code == 303


async def test_nobody_learns_whether_a_name_exists(browser: Browser) -> None:
    wrong, unknown = [await browser.sign_in(name, "not the password") for name in ("zoe", "nobody")]
    assert wrong.status_code == unknown.status_code == 401
    assert refusal(wrong) == refusal(unknown) == "That name and password do not go together."


async def test_a_browser_that_guesses_is_locked_out(client: httpx.AsyncClient, service: Service) -> None:
    guesser = Browser(client, "203.0.113.66")
    answers = [await guesser.sign_in("zoe", f"guess number {n}") for n in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert "Too many attempts" in refusal(answers[-1])
    assert (await guesser.sign_in("zoe")).status_code == 429, "nor does the right password open it now"
    assert (await guesser.sign_in("paul")).status_code == 303, "another account is not locked"


async def test_guesses_from_elsewhere_do_not_lock_its_owner_out(client: httpx.AsyncClient) -> None:
    guesser = Browser(client, "203.0.113.66")
    for n in range(6):
        await guesser.sign_in("zoe", f"guess number {n}")
    assert (await Browser(client, "198.51.100.2").sign_in("zoe")).status_code == 303


async def test_guesses_from_everywhere_lock_the_account() -> None:
    lockout = Lockout(account="3/15 minutes")
    for n in range(3):
        assert await lockout.minutes("zoe", f"203.0.113.{n}") == 0
        await lockout.failed("zoe", f"203.0.113.{n}")
    assert await lockout.minutes("zoe", "198.51.100.2") == 15
    assert await lockout.minutes("paul", "198.51.100.2") == 0


async def test_an_address_that_tries_many_names_is_locked_out() -> None:
    lockout = Lockout(address="3/15 minutes")
    for n in range(3):
        await lockout.failed(f"somebody-{n}", "2001:db8::1")
    assert await lockout.minutes("zoe", "2001:db8::2") == 15, "the same network"
    assert await lockout.minutes("zoe", "2001:db8:1::2") == 0


async def test_who_mistyped_and_then_got_it_right_starts_anew() -> None:
    lockout = Lockout(here="2/15 minutes")
    await lockout.failed("zoe", "203.0.113.1")
    await lockout.succeeded("zoe", "203.0.113.1")
    await lockout.failed("zoe", "203.0.113.1")
    assert await lockout.minutes("zoe", "203.0.113.1") == 0


async def test_a_link_opens_an_account_that_is_locked(client: httpx.AsyncClient, service: Service) -> None:
    owner = Browser(client, "203.0.113.66")
    for n in range(6):
        await owner.sign_in("zoe", f"guess number {n}")
    link = (await a_link(service, "zoe")).removeprefix("/console")
    await owner.get(link)
    assert (await owner.post(link)).status_code == 303


async def test_the_cookie_is_kept_from_scripts_and_other_sites(browser: Browser) -> None:
    answer = await browser.sign_in("zoe")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/console" in cookie
    assert "secure" not in cookie, "over http a secure cookie would never come back"


async def test_over_https_the_cookie_is_secure(tmp_path: Path) -> None:
    settings = {"public_address": "https://help.shop.example"}
    async with an_office(tmp_path, settings=settings) as service, indoors(service) as client:
        await hired(service, "zoe")
        client.base_url = "https://help.shop.example"
        answer = await Browser(client).sign_in("zoe")
        assert answer.status_code == 303
        assert "secure" in answer.headers["set-cookie"].lower()
        assert answer.headers["strict-transport-security"]


async def test_signing_in_makes_a_new_session(browser: Browser, service: Service) -> None:
    """Whoever planted a cookie before does not hold the session after."""
    await browser.get("/sign-in")
    before = browser.client.cookies[COOKIE]
    await browser.sign_in("zoe")
    after = browser.client.cookies[COOKIE]
    assert before != after
    assert await service.console.sessions.get(key_of(before)) is None
    assert await service.console.sessions.get(key_of(after)) is not None


async def test_the_database_does_not_hold_what_opens_a_session(browser: Browser, service: Service) -> None:
    await browser.sign_in("zoe")
    link = await a_link(service, "paul")
    engine = open_database(service.settings.database_url)
    async with reading(engine) as connection:
        tables = ("console_sessions", "console_links", "console_accounts")
        kept = [str((await connection.execute(text(f"SELECT * FROM {table}"))).all()) for table in tables]
    await engine.dispose()
    secrets = (browser.client.cookies[COOKIE], link.rpartition("/")[2], PASSWORD)
    assert all(kept)
    assert not any(secret in rows for secret in secrets for rows in kept)


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_a_session_ends_when_nobody_uses_it(tmp_path: Path, clock: Clock) -> None:
    async with an_office(tmp_path, clock=clock) as service, indoors(service) as client:
        await hired(service, "zoe")
        browser = Browser(client)
        await browser.sign_in("zoe")
        clock.pass_by(minutes=11 * 60)
        assert (await browser.get("/account")).status_code == 200
        clock.pass_by(minutes=11 * 60)
        assert (await browser.get("/account")).status_code == 200, "being used, it went on"
        clock.pass_by(minutes=12 * 60 + 1)
        answer = await browser.get("/account")
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in?next=%2Faccount")


async def test_what_a_script_fetches_keeps_no_session_alive(tmp_path: Path, clock: Clock) -> None:
    async with an_office(tmp_path, clock=clock) as service, indoors(service) as client:
        await hired(service, "zoe")
        browser = Browser(client)
        await browser.sign_in("zoe")
        for _ in range(3):
            clock.pass_by(minutes=5 * 60)
            answer = await browser.get("/queue/rows", x_background="1", hx_request="true")
        assert answer.headers["hx-redirect"].startswith("/console/sign-in")


async def test_a_session_ends_after_two_weeks_however_it_is_used(tmp_path: Path, clock: Clock) -> None:
    async with an_office(tmp_path, clock=clock) as service, indoors(service) as client:
        await hired(service, "zoe")
        browser = Browser(client)
        await browser.sign_in("zoe")
        for _ in range(33):
            clock.pass_by(minutes=10 * 60)
            assert (await browser.get("/account")).status_code == 200
        clock.pass_by(minutes=10 * 60)
        assert (await browser.get("/account")).status_code == 303


async def test_signing_out_ends_the_session_on_the_server(browser: Browser) -> None:
    await browser.sign_in("zoe")
    cookie = browser.client.cookies[COOKIE]
    assert (await browser.post("/sign-out")).headers["location"] == "/console/sign-in"
    browser.client.cookies.clear()
    browser.client.cookies.set(COOKIE, cookie, path="/console")
    assert (await browser.get("/account")).status_code == 303


async def test_a_link_signs_in_once(browser: Browser, service: Service) -> None:
    link = (await a_link(service, "zoe")).removeprefix("/console")
    await browser.get(link)
    await browser.get(link)
    assert "Hello Zoé Le Goff" in browser.text, "looking at it does not use it up: mail programs do"
    assert (await browser.post(link)).headers["location"] == "/console/"
    assert (await browser.get("/account")).status_code == 200
    again = Browser(browser.client)
    assert (await again.get(link)).status_code == 410
    await again.get("/sign-in")
    assert (await again.post(link)).status_code == 410


async def test_a_link_is_good_for_a_day(tmp_path: Path, clock: Clock) -> None:
    async with an_office(tmp_path, clock=clock) as service, indoors(service) as client:
        await hired(service, "zoe")
        link = (await a_link(service, "zoe")).removeprefix("/console")
        clock.pass_by(minutes=24 * 60 + 1)
        browser = Browser(client)
        assert (await browser.get(link)).status_code == 410
        await browser.get("/sign-in")
        assert (await browser.post(link)).status_code == 410


async def test_who_has_left_is_out_at_once(zoe: Browser, ada: Browser) -> None:
    assert (await zoe.get("/account")).status_code == 200
    assert (await ada.post("/people/leave", {"name": "zoe"})).status_code == 303
    assert (await zoe.get("/account")).status_code == 303
    assert (await zoe.sign_in("zoe")).status_code == 401


async def test_a_new_password_signs_out_everywhere_else(client: httpx.AsyncClient) -> None:
    here, elsewhere = Browser(client), Browser(client)
    await here.sign_in("zoe")
    await elsewhere.sign_in("zoe")
    new = NEW
    answer = await here.post("/account/password", {"current": PASSWORD, "password": new, "sure": new})
    assert answer.status_code == 303
    assert (await here.get("/account")).status_code == 200
    assert (await elsewhere.get("/account")).status_code == 303
    assert (await elsewhere.sign_in("zoe", PASSWORD)).status_code == 401
    assert (await elsewhere.sign_in("zoe", new)).status_code == 303


async def test_an_open_tab_is_not_enough_to_change_the_password(zoe: Browser) -> None:
    answer = await zoe.post("/account/password", {"current": "a guess", "password": NEW, "sure": NEW})
    assert answer.status_code == 422
    assert "The current password is not right." in answer.text


async def test_a_password_that_was_mistyped_once_is_not_kept(zoe: Browser, client: httpx.AsyncClient) -> None:
    sent = {"current": PASSWORD, "password": NEW, "sure": "lime trees and lambs"}
    answer = await zoe.post("/account/password", sent)
    assert answer.status_code == 422
    assert "The two new passwords are not the same." in answer.text
    assert (await Browser(client).sign_in("zoe", PASSWORD)).status_code == 303


@pytest.mark.parametrize("password", ["short", "password1234", "zoezoezoezoe", "aaaaaaaaaaaaaaa"])
async def test_a_password_that_is_guessed_first_is_refused(zoe: Browser, password: str) -> None:
    answer = await zoe.post(
        "/account/password", {"current": PASSWORD, "password": password, "sure": password}
    )
    assert answer.status_code == 422


async def test_one_ends_a_session_that_was_left_open(client: httpx.AsyncClient) -> None:
    here, forgotten = Browser(client), Browser(client)
    await forgotten.sign_in("zoe")
    await here.sign_in("zoe")
    await here.post("/account/sessions/end", {"key": key_of(forgotten.client.cookies[COOKIE]), "sure": "1"})
    assert (await forgotten.get("/account")).status_code == 303
    assert (await here.get("/account")).status_code == 200


async def test_nobody_ends_another_ones_session(zoe: Browser, paul: Browser, service: Service) -> None:
    (pauls,) = await service.console.sessions.of("paul")
    await zoe.post("/account/sessions/end", {"key": pauls.key, "sure": "1"})
    assert (await paul.get("/account")).status_code == 200


@pytest.mark.parametrize(
    "next",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "/../../evil", ""],
)
async def test_nobody_is_sent_to_another_site(browser: Browser, next: str) -> None:
    answer = await browser.sign_in("zoe", next=next)
    assert httpx.URL(browser.origin).join(answer.headers["location"]).host == "door"
    assert answer.headers["location"].startswith("/console/")


async def test_after_signing_in_one_is_where_one_wanted_to_be(browser: Browser) -> None:
    answer = await browser.get("/queue?show=mine&team=orders")
    assert answer.headers["location"] == "/console/sign-in?next=%2Fqueue%3Fshow%3Dmine%26team%3Dorders"
    answer = await browser.sign_in("zoe", next="/queue?show=mine&team=orders")
    assert answer.headers["location"] == "/console/queue?show=mine&team=orders"


async def test_the_page_speaks_french_to_a_french_browser(browser: Browser) -> None:
    await browser.get("/sign-in", accept_language="fr-CA,fr;q=0.9,en;q=0.8")
    assert "Se connecter" in browser.text
    assert '<html lang="fr"' in browser.last.text


async def test_the_account_says_which_language_counts(zoe: Browser) -> None:
    fields = {"language": "fr", "theme": "dark", "hold_seconds": "10", "sound": "true"}
    await zoe.post("/account", fields)
    page = await zoe.get("/account", accept_language="en")
    assert "Mon compte" in zoe.text
    assert 'data-theme="dark"' in page.text


async def test_roles_come_from_the_roster(service: Service, client: httpx.AsyncClient) -> None:
    """A lead who is made an agent has an agent's rights with the next click."""
    zoe = Browser(client)
    await zoe.sign_in("zoe")
    agent = await service.roster.get("zoe")
    assert agent is not None
    assert (await zoe.post("/canned", {"title": "Hello", "text": "Hello!"})).status_code == 303
    await service.roster.save(replace(agent, role=Role.AGENT))
    assert (await zoe.post("/canned", {"title": "Bye", "text": "Bye!"})).status_code == 403

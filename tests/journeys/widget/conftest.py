"""A shop with the widget in it: the real service, real Chromium, pages of another origin."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.journeys.widget.elsewhere import Elsewhere, page_with_widget
from tests.journeys.widget.people import Colleague, Customer, Customers
from tests.journeys.widget.running import HOSTILE, Service

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
expect.set_options(timeout=15_000)
QUIET = ("disable-background-networking", "disable-component-update", "disable-sync", "no-first-run")


@pytest.fixture(scope="session")
def service(
    loaded_demo: Path, tmp_path_factory: pytest.TempPathFactory, elsewhere: Elsewhere
) -> Iterator[Service]:
    """One for all stories that do not kill it. It also knows an article that somebody hostile has written."""
    running = Service(tmp_path_factory.mktemp("service"), elsewhere.origin)
    running.prepare(loaded_demo)
    article = running.folder / "wombat.md"
    article.write_text(HOSTILE, "utf-8")
    running.ingest(article)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def mortal(loaded_demo: Path, tmp_path: Path, elsewhere: Elsewhere) -> Iterator[Service]:
    """One of its own for a story that kills it."""
    running = Service(tmp_path, elsewhere.origin)
    running.prepare(loaded_demo)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def slowly(service: Service) -> Iterator[None]:
    """The bot takes its time, for as long as the story lasts."""
    service.gate.touch()
    yield
    service.gate.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def elsewhere() -> Iterator[Elsewhere]:
    server = Elsewhere()
    server.start()
    yield server
    server.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox", *(f"--{name}" for name in QUIET)]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def customers(browser: Browser, service: Service, elsewhere: Elsewhere) -> AsyncIterator[Customers]:
    those = Customers(browser, page_with_widget(elsewhere, service.address))
    yield those
    await those.leave()


@pytest_asyncio.fixture(loop_scope="session")
async def customer(customers: Customers) -> Customer:
    """One at a desk, in the shop, in English."""
    return await customers.new()


@pytest.fixture
def colleague(service: Service) -> Colleague:
    return Colleague(service)

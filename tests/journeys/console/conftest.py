"""The console in real Chromium, with as many browsers side by side as a story needs."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.journeys.console.office import Colleague, Office, a_colleague, an_open_office, furnished

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
QUIET = ("disable-background-networking", "disable-component-update", "disable-sync", "no-first-run")

expect.set_options(timeout=20_000)

SignedIn = Callable[..., Awaitable[Colleague]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox", *(f"--{name}" for name in QUIET)]
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return await furnished(tmp_path_factory.mktemp("office"))


@pytest_asyncio.fixture(loop_scope="session")
async def office(data: Path, tmp_path: Path) -> AsyncIterator[Office]:
    shutil.copytree(data, tmp_path / "data")
    async with an_open_office(tmp_path / "data") as office:
        yield office
        for context in office.contexts:
            await context.close()
    broken = [error for one in office.colleagues for error in one.errors if "Content Security" in error]
    assert broken == [], "no page breaks its own policy"


@pytest_asyncio.fixture(loop_scope="session")
async def colleague(office: Office, browser: Browser) -> SignedIn:
    """`await colleague("zoe")` signs Zoé in, at a browser of her own."""

    async def signed_in(name: str | None = None, language: str = "en", **how: Any) -> Colleague:
        return await a_colleague(office, browser, name, language, **how)

    return signed_in


@pytest_asyncio.fixture(loop_scope="session")
async def zoe(colleague: SignedIn) -> Colleague:
    return await colleague("zoe")


@pytest_asyncio.fixture(loop_scope="session")
async def paul(colleague: SignedIn) -> Colleague:
    return await colleague("paul")

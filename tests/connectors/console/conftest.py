"""An office with a lead, an agent and an admin, each in front of a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from connectors.assembly import Service
from escalation.roster import Role
from tests.console import Browser, an_office, hired
from tests.web import indoors


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    async with an_office(tmp_path) as service:
        await hired(service, "zoe", Role.LEAD, display="Zoé Le Goff")
        await hired(service, "paul", Role.AGENT, display="Paul Martin")
        await hired(service, "ada", Role.ADMIN, display="Ada Lovelace")
        yield service


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with indoors(service) as client:
        yield client


@pytest.fixture
def browser(client: httpx.AsyncClient) -> Browser:
    """Nobody is signed in."""
    return Browser(client)


@pytest.fixture
async def zoe(client: httpx.AsyncClient) -> Browser:
    return await _signed_in(client, "zoe")


@pytest.fixture
async def paul(client: httpx.AsyncClient) -> Browser:
    return await _signed_in(client, "paul")


@pytest.fixture
async def ada(client: httpx.AsyncClient) -> Browser:
    return await _signed_in(client, "ada")


async def _signed_in(client: httpx.AsyncClient, name: str) -> Browser:
    browser = Browser(client)
    assert (await browser.sign_in(name)).status_code == 303
    return browser

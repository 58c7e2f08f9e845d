"""One service with Rasa's doors open, for all tests; each test talks as somebody else."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from connectors.assembly import Service
from tests.builders import ScriptedResponder
from tests.connectors.rasa.assistant import OTHER_KEY, RASA_KEY
from tests.web import a_service, served, web_settings

_names = itertools.count(1)


@pytest.fixture(scope="session")
def bot() -> ScriptedResponder:
    return ScriptedResponder()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def service(tmp_path_factory: pytest.TempPathFactory, bot: ScriptedResponder) -> AsyncIterator[Service]:
    settings = web_settings(
        tmp_path_factory.mktemp("rasa"),
        rasa={"action_server": True, "rest": True, "socketio": True},
        rasa_keys={"shop": RASA_KEY, "other": OTHER_KEY},
        rates={
            "conversations_per_address": "1000/hour",
            "messages_per_address": "1000/minute",
            "messages_per_conversation": "9/hour",
        },
    )
    async with a_service(settings, bot) as service:
        yield service


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with served(service) as (_, client):
        yield client


@pytest.fixture
def sender() -> str:
    return f"customer-{next(_names)}"

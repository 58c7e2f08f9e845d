"""A real model server behind the demo shop: what it invents never reaches a customer, and it may die."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from bot.asked import Asked, Draft
from bot.brief import Brief
from bot.brief_file import read_brief
from bot.decisions import Answer
from bot.events import OutcomeGiven
from bot.model_use import ModelUse
from connectors.assembly import Service, assemble
from connectors.settings import load_settings
from knowledge.entries import Audience
from tests.inventions import inventions
from tests.local_model import NAME, local_model

if TYPE_CHECKING:
    from tests.journeys.conftest import Shop

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.real_model]

PATIENT = {"seconds": 60, "first_word_seconds": 60, "aside_seconds": 20, "tokens": 40}
"""A busy machine with one thread is slow; nothing here is about speed."""
QUESTIONS = (
    "How long do I have to send something back?",
    "Can I pay in several instalments?",
    "what does delivery to Switzerland cost, and who pays the customs",
    "I was not at home, where is my parcel now?",
    "is the broken bulb of my lamp under warranty",
    "quels articles ne peuvent pas être renvoyés ?",
    "combien de temps met la livraison express",
    "à quoi servent mes points de fidélité",
    "mon colis est arrivé abîmé, que faire",
    "comment changer l'adresse e-mail de mon compte",
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with local_model() as url:
        yield url


@pytest.fixture
async def service(address: str, loaded_demo: Path, tmp_path: Path) -> AsyncIterator[Service]:
    async with await _service(address, loaded_demo, tmp_path / "data") as service:
        yield service


async def _service(address: str, loaded_demo: Path, data: Path) -> Service:
    shutil.copytree(loaded_demo, data)
    settings = load_settings(
        ROOT / "deploy/demo/comptoir.toml", data=data, model=NAME, model_url=address, model_limits=PATIENT
    )
    brief: Brief = read_brief(ROOT / "deploy/demo/brief.yaml")
    always = brief.model_copy(update={"model": ModelUse(quote_when_sure=False)})
    service = await assemble(settings, brief=always)
    await service.warm_up()
    return service


async def _sources(service: Service) -> list[str]:
    return [
        text
        async for batch in service.entries.scan()
        for stored in batch
        if stored.entry.audience is Audience.PUBLIC
        for text in (stored.entry.text, stored.entry.title)
    ]


async def test_what_a_real_model_invents_reaches_no_customer(service: Service) -> None:
    sources = await _sources(service)
    written = 0
    for question in QUESTIONS:
        drafts: list[Draft] = []
        asked = Asked("c", (question,), (), datetime.now(UTC))
        response = await service.turn.respond(asked, drafts.append)
        for use in (response.trace["model"] or {}).get("uses", []):
            written += use["written"]
        for draft in drafts:
            assert inventions(draft.text, sources) == [], question
        if isinstance(response.outcome, Answer) and response.outcome.written:
            # Before it stand only the bot's own phrases: "This may help:".
            assert response.outcome.text.endswith(drafts[-1].text)
        if isinstance(response.outcome, Answer):
            by_id = {e.entry.id: e.entry.text for e in await service.entries.get(
                [c.entry_id for c in response.outcome.citations], frozenset({Audience.PUBLIC}))}  # fmt: skip
            for citation in response.outcome.citations:
                assert by_id[citation.entry_id][citation.start : citation.end] == citation.quote
    assert written, "the model never said a word: nothing was tried"
    assert service.writer is not None
    assert service.writer.tally.total() >= 1


async def test_when_the_server_dies_customers_get_the_quotation(loaded_demo: Path, tmp_path: Path) -> None:
    with local_model() as url:
        service = await _service(url, loaded_demo, tmp_path / "data")
    async with service:
        conversation = str(uuid4())
        await service.reception.open(conversation)
        given = await service.reception.handle(conversation, "m1", QUESTIONS[1])
        assert given is not None
        assert isinstance(given.event, OutcomeGiven)
        assert isinstance(given.event.outcome, Answer)
        assert not given.event.outcome.written
        [use] = given.event.trace["model"]["uses"]
        assert (use["outcome"], use["why"]) == ("fell_back", "failed")


def comptoir(shop: Shop, more: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from connectors.cli import main; main()", *arguments],
        capture_output=True, text=True, check=False, cwd=shop.data, env=shop.environment | more,
    )  # fmt: skip


def test_the_doctor_and_the_command_line_speak_with_it(address: str, shop: Shop) -> None:
    with_model = {"COMPTOIR_MODEL": NAME, "COMPTOIR_MODEL_URL": address} | {
        f"COMPTOIR_MODEL_LIMITS__{name.upper()}": str(value) for name, value in PATIENT.items()
    }
    doctor = comptoir(shop, with_model, "doctor")
    assert "language model" in doctor.stdout
    assert NAME in doctor.stdout
    asked = comptoir(shop, with_model, "ask", "--json", "--explain", QUESTIONS[3])
    assert asked.returncode == 0, asked.stderr
    model = json.loads(asked.stdout)["trace"]["model"]
    assert model["name"] == NAME


def test_a_provider_that_is_not_installed_is_refused_at_start_in_one_line(shop: Shop) -> None:
    refused = comptoir(shop, {"COMPTOIR_MODEL": "anthropic:claude"}, "ask", "hello")
    assert refused.returncode == 4
    assert "langchain-anthropic" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1

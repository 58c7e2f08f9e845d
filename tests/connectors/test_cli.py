"""The verbs, their codes, and what they say when something is wrong."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from connectors.cli.page import cli_page

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, English, no terminal."""
    monkeypatch.chdir(tmp_path)
    for name in [
        name for name in os.environ if name.startswith("COMPTOIR_") and name != "COMPTOIR_SHARED_DATA"
    ]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def comptoir(*arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
    """The real program, as a shell starts it."""
    return subprocess.run(
        [sys.executable, "-c", "from connectors.cli import main; main()", *arguments],
        input=said, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def one_line(result: subprocess.CompletedProcess[str], code: int) -> str:
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    (line,) = result.stderr.splitlines()
    return line


def test_the_page_of_the_command_line_is_current() -> None:
    assert (ROOT / "docs/cli.md").read_text("utf-8") == cli_page(), "run: make docs"


def test_help_names_every_verb() -> None:
    shown = comptoir("--help").stdout
    assert all(
        verb in shown
        for verb in (
            "init",
            "ingest",
            "ask",
            "chat",
            "index",
            "escalations",
            "deliveries",
            "eval",
            "doctor",
            "demo",
        )
    )


def test_an_unknown_verb_is_a_usage_error() -> None:
    result = comptoir("sing")
    assert result.returncode == 2
    assert "No such command 'sing'" in result.stderr


def test_init_writes_a_shop_that_passes_its_own_checks() -> None:
    result = comptoir("init", "shop")
    assert result.returncode == 0, result.stderr
    assert {p.name for p in Path("shop").iterdir()} == {"comptoir.toml", "brief.yaml", "help", "staff"}
    os.chdir("shop")
    examined = comptoir("doctor", "--json")
    assert examined.returncode == 0, examined.stdout
    health = {check["part"]: check["health"] for check in json.loads(examined.stdout)}
    assert health["brief"] == health["database"] == health["embedder"] == "ok"


def test_init_leaves_what_is_there_as_it_is() -> None:
    comptoir("init", "shop")
    Path("shop/comptoir.toml").write_text("# mine")
    assert comptoir("init", "shop").returncode == 2
    assert Path("shop/comptoir.toml").read_text() == "# mine"


def test_wrong_settings_stop_every_verb_with_code_3() -> None:
    Path("comptoir.toml").write_text("indx = 'chroma'\n")
    assert "comptoir.toml:1: indx: there is no such setting" in one_line(comptoir("escalations"), 3)


def test_a_wrong_brief_stops_with_code_3_and_its_line() -> None:
    Path("comptoir.toml").write_text("brief = 'brief.yaml'\n")
    Path("brief.yaml").write_text("company: Shop\ntone: shouting\n")
    assert "line 2, tone" in one_line(comptoir("ask", "hello"), 3)


def test_a_database_that_cannot_be_opened_stops_with_code_4() -> None:
    Path("var").mkdir()
    Path("var/comptoir.db").write_text("this is no database, and long enough to be told from one " * 20)
    assert "damaged" in one_line(comptoir("escalations"), 4)


def test_a_data_folder_that_cannot_be_made_stops_with_code_4() -> None:
    Path("var").write_text("a file, where the folder should be")
    assert "var cannot be made" in one_line(comptoir("escalations"), 4)


def test_an_error_nobody_foresaw_is_one_line_that_names_the_log() -> None:
    Path("comptoir.toml").write_text("[[sources]]\npath = 'articles'\n")
    program = (
        "import connectors.records as records\n"
        "def broken(settings): raise ZeroDivisionError('a surprise')\n"
        "records.open_records = broken\n"
        "import sys; sys.argv = ['comptoir', 'escalations']\n"
        "from connectors.cli import main; main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    line = one_line(result, 1)
    assert "unforeseen ZeroDivisionError: a surprise" in line
    named = re.search(r"More in (.*)$", line)
    assert named
    assert "Traceback" in Path(named[1]).read_text()


def test_nobody_waits_at_first() -> None:
    result = comptoir("escalations")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "Nobody waits.\n")
    assert json.loads(comptoir("escalations", "--json").stdout) == []


def test_french_where_the_locale_or_the_option_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert comptoir("--language", "fr", "escalations").stderr == "Personne n'attend.\n"
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    assert comptoir("escalations").stderr == "Personne n'attend.\n"
    assert comptoir("--language", "en", "escalations").stderr == "Nobody waits.\n"


def test_an_empty_question_is_a_usage_error() -> None:
    assert comptoir("ask", " ").returncode == 2
    assert comptoir("ask", "-", said="\n").returncode == 2


def test_a_source_that_is_not_there_is_a_usage_error() -> None:
    result = comptoir("ingest", "nowhere")
    assert result.returncode == 2
    assert "nowhere is not there" in result.stderr


def test_nothing_to_ingest_says_how_to_name_something() -> None:
    result = comptoir("ingest")
    assert result.returncode == 2
    assert "[[sources]]" in result.stderr

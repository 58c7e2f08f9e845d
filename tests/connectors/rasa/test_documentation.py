"""docs/rasa.md and the assistant beside it say what is so: their commands run, their files fit together."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from ruamel.yaml import YAML

from bot.asked import Asked
from bot.brief_file import parse_brief
from bot.errands import Errand, needs_of
from connectors.assembly import Service
from connectors.http.door import make_door
from connectors.rasa.actions import LOOK_AGAIN, NEWS, TRANSCRIPT, ComptoirActions
from connectors.rasa.in_process import FolderOfActions
from connectors.rasa.threads import AT_ONCE
from connectors.rasa.utterances import is_unguessable
from connectors.settings import load_settings
from tests.builders import MONDAY
from tests.connectors.rasa.assistant import RASA_KEY, SLOTS
from tests.connectors.rasa.webchat import VERSION

pytestmark = pytest.mark.asyncio(loop_scope="session")

DOCS = Path(__file__).parents[3] / "docs"
EXAMPLE = DOCS / "rasa-example"
PAGE = (DOCS / "rasa.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def example(name: str) -> Any:
    return YAML(typ="safe").load(EXAMPLE / name)


@pytest.fixture
def actions(service: Service) -> set[str]:
    return set(ComptoirActions(make_door(service), "shop").executor().actions)


async def test_each_command_works_as_it_stands(client: httpx.AsyncClient) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    address = f"{client.base_url.host}:{client.base_url.port}"
    environment = os.environ | {"COMPTOIR_RASA_KEY": RASA_KEY}
    for block in blocks("sh"):
        for command in re.split(r"(?<!\\)\n", block.strip()):
            if not command.startswith("curl"):
                continue

            running = await asyncio.create_subprocess_exec(
                "bash", "-c", command.replace("localhost:8000", address), env=environment,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            said, complaint = await running.communicate()
            told = json.loads(said)
            assert running.returncode == 0, complaint
            expected = {"health": {"status": "ok"}}.get(command.rsplit("/", 1)[-1])
            if expected:
                assert told == expected
            elif "webhook" in command:
                assert told[0]["text"].startswith("How long does a refund take?")
            else:
                assert {"name": "action_comptoir_answer"} in told


async def test_the_settings_that_it_shows_are_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported = re.search(r"export COMPTOIR_RASA_KEYS='(.*)'", PAGE)
    assert exported
    monkeypatch.setenv("COMPTOIR_RASA_KEYS", exported[1])
    for block in blocks("toml"):
        (tmp_path / "comptoir.toml").write_text(block, "utf-8")
        rasa = load_settings(tmp_path / "comptoir.toml").rasa
        assert rasa.action_endpoint or (rasa.action_server and rasa.rest and rasa.socketio and rasa.actions)


async def test_the_action_that_it_shows_answers_for_the_brief_that_it_shows(tmp_path: Path) -> None:
    (code,) = blocks("python")
    (yaml,) = [block for block in blocks("yaml") if block.startswith("# brief.yaml")]
    folder = tmp_path / "documented_actions"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "order_status.py").write_text(code, "utf-8")
    ((name, action),) = parse_brief(yaml).actions.items()
    needs = needs_of(action, Asked("c", ("Where is my order MT-1042?",), (), MONDAY), "en")
    said = await FolderOfActions(folder).run(Errand(name, needs.known, "", "c", "en", action.seconds))
    assert said.text == "Order 1042 is on its way."


async def test_it_names_the_actions_slots_and_figures_that_there_are(actions: set[str]) -> None:
    assert set(re.findall(r"`(action_comptoir_\w+)`", PAGE)) == actions
    assert set(re.findall(r"^\| `comptoir_(\w+)` \|", PAGE, re.MULTILINE)) == set(SLOTS)
    assert f"every {LOOK_AGAIN.seconds} seconds" in PAGE
    assert f"last {TRANSCRIPT} lines" in PAGE
    assert f"one of {AT_ONCE} places" in PAGE
    assert NEWS in PAGE
    assert f"rasa-webchat@{VERSION}/" in PAGE
    assert is_unguessable("0f8fad5b-d9cb-469f-a165-70867728950e")


async def test_the_example_assistant_fits_together(actions: set[str]) -> None:
    domain = example("domain.yml")
    assert set(domain["actions"]) == actions
    assert {name.removeprefix("comptoir_") for name in domain["slots"]} == {*SLOTS, "language"}
    assert NEWS in domain["intents"]
    assert domain["slots"]["comptoir_speaker"]["values"] == ["bot", "waiting", "person", "nobody"]
    steps = [step for rule in example("data/rules.yml")["rules"] for step in rule["steps"]]
    done = {step["action"] for step in steps if "action" in step}
    assert done <= {*domain["actions"], *domain["responses"]}
    assert actions - done == {"action_comptoir_route"}
    assert {step["intent"] for step in steps if "intent" in step} <= set(domain["intents"])
    assert {block["intent"] for block in example("data/nlu.yml")["nlu"]} <= set(domain["intents"])
    assert example("endpoints.yml") == YAML(typ="safe").load(
        next(block for block in blocks("yaml") if block.startswith("action_endpoint"))
    )
    (policy,) = example("config.yml")["policies"]
    assert policy["core_fallback_action_name"] in actions

"""Who has no Rasa pays nothing for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

SCRIPT = """
import asyncio, sys, tempfile
from pathlib import Path

RASA = {"rasa_sdk", "socketio", "engineio", "sanic", "slack_bolt", "slack_sdk"}
import connectors.cli
assert not RASA & set(sys.modules), RASA & set(sys.modules)

from connectors.assembly import assemble
from connectors.http.app import make_app
from connectors.http.door import make_door
from connectors.settings import load_settings
from knowledge.embedders.hashing import HashingEmbedder

async def start():
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(Path("deploy/demo/comptoir.toml"), data=Path(folder), index="exact")
        async with await assemble(settings, embedder=HashingEmbedder()) as service:
            make_app(make_door(service))

asyncio.run(start())
assert not RASA & set(sys.modules), RASA & set(sys.modules)
"""


def test_neither_the_command_line_nor_a_service_without_rasa_loads_any_of_it() -> None:
    """The demo's service, which has all defaults and an action: even that is loaded when it is wanted."""
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr

"""What the default service loads: nothing heavy before it is used."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = (
    "torch",
    "transformers",
    "sentence_transformers",
    "langchain",
    "langchain_core",
    "langchain_openai",
    "openai",
    "slack_bolt",
    "slack_sdk",
    "rasa_sdk",
    "socketio",
    "chromadb",
    "trafilatura",
    "pdfplumber",
    "pypdf",
    "docx",
    "aiosmtplib",
    "scipy",
    "sklearn",
    "pandas",
)
SERVICE = """
import asyncio, json, sys
from datetime import UTC, datetime
from pathlib import Path

from bot.asked import Asked
from connectors.assembly import assemble
from connectors.http.app import make_app
from connectors.http.door import make_door
from connectors.settings import Settings


async def main(data):
    async with await assemble(Settings(data=data, _env_file=None)) as service:
        await service.warm_up()
        make_app(make_door(service))
        asked = Asked("c", ("How long may I return a lamp?",), (), datetime.now(UTC))
        response = await service.turn.respond(asked)
    loaded = [name for name in json.loads(sys.argv[2]) if name in sys.modules]
    print(json.dumps([response.outcome.kind, response.trace["candidates"][0]["title"], loaded]))


asyncio.run(main(Path(sys.argv[1])))
"""


def test_the_default_service_answers_without_loading_what_it_does_not_use(tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "return.md").write_text("# Returns\n\nYou may return a lamp within 30 days.\n")
    (articles / "pay.md").write_text("# Payment\n\nCards and bank transfers are taken.\n")
    settings = tmp_path / "comptoir.toml"
    settings.write_text(f'data = "{tmp_path / "data"}"\n')
    ingest = "from connectors.cli import main; main()"
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path)}
    subprocess.run(
        [sys.executable, "-c", ingest, "--settings", str(settings), "ingest", str(articles)],
        env=environment,
        check=True,
        capture_output=True,
    )
    told = subprocess.run(
        [sys.executable, "-c", SERVICE, str(tmp_path / "data"), json.dumps(HEAVY)],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    _, best, loaded = json.loads(told.stdout)
    assert best == "Returns"
    assert loaded == []

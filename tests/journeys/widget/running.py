"""The service as a process of its own, with a help centre in a temporary folder."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent
SECRET = "a-secret-of-the-shop-that-is-long-enough"

SETTINGS = """\
brief = "{brief}"
target_precision = 0.8
demo_page = true

[rates]
conversations_per_address = "10000/hour"
messages_per_address = "10000/minute"
requests_per_address = "100000/minute"

[[sites]]
id = "demo"
languages = ["fr", "en"]

[[sites]]
id = "shop"
origins = ["{elsewhere}"]
languages = ["en", "fr"]
accent = "#2f6b4f"
suggestions.en = ["How do I reset my password?", "Where is my parcel?"]
suggestions.fr = ["Puis-je payer en plusieurs fois ?"]

[[sites]]
id = "careful"
origins = ["{elsewhere}"]
languages = ["en", "fr"]
position = "start"
accent = "#ffd400"
privacy_url = "https://shop.example/privacy"
consent.en = "We keep this conversation for 30 days."
consent.fr = "Nous gardons cette conversation 30 jours."
"""

HOSTILE = """\
---
title: 'Purple wombat <img src=x onerror="window.pwned=1">'
language: en
---

The purple wombat policy<script>window.pwned=3</script> says <img src=x onerror="window.pwned=4"> that
purple wombats [are refunded](javascript:window.pwned=5) within 12 days, <b onclick="window.pwned=6">yes</b>.

## <svg onload="window.pwned=7"></svg>Wombats

Purple wombats travel <iframe srcdoc="<script>parent.pwned=8</script>"></iframe> by sea.
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Service:
    """The service's process; `gate` is the file that makes the bot slow."""

    folder: Path
    elsewhere: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def gate(self) -> Path:
        return self.folder / "gate"

    @property
    def environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("COMPTOIR_")}
        return ours | {
            "COMPTOIR_SETTINGS": str(self.folder / "comptoir.toml"),
            "COMPTOIR_DATA": str(self.folder / "data"),
            "COMPTOIR_SITE_SECRETS": json.dumps({"shop": SECRET}),
            "PYTHONPATH": str(ROOT),
            "LC_ALL": "C.UTF-8",
        }

    def prepare(self, loaded: Path) -> None:
        shutil.copytree(loaded, self.folder / "data")
        settings = SETTINGS.format(brief=ROOT / "deploy/demo/brief.yaml", elsewhere=self.elsewhere)
        (self.folder / "comptoir.toml").write_text(settings, "utf-8")

    def ingest(self, file: Path) -> None:
        command = [sys.executable, "-c", "from connectors.cli import main; main()", "ingest", str(file)]
        subprocess.run(command, env=self.environment, check=True, capture_output=True)

    def start(self) -> None:
        command = [sys.executable, str(HERE / "serving.py"), str(self.port), str(self.gate)]
        with (self.folder / "serving.log").open("a") as log:
            self.process = subprocess.Popen(
                command, env=self.environment, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said == "ready\n", (self.folder / "serving.log").read_text()

    def kill(self) -> None:
        """At once, as when the power fails."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.communicate(timeout=30)
            self.process = None

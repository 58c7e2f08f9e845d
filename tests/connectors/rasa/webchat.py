"""rasa-webchat, the widget of somebody else, as npm has it: fetched when a test wants it, never kept here."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest

VERSION = "1.0.1"
SHA512 = (
    "2ddd73549bd301a4ebb3a039a7cb7bd1a80d36b2984725e5bea5d94600680ef2"
    "8a5176c0d238492840a2e5b74f1a5691ea3b26a96b55ca51d2f98a88aa8d31f3"
)
SECONDS = 90


def webchat_script() -> str:
    """Its one script. Skips the test where it cannot be had: no npm, or no registry."""
    kept = Path(tempfile.gettempdir(), "comptoir-npm", f"rasa-webchat-{VERSION}.tgz")
    if not kept.exists():
        _fetch(kept)
    assert hashlib.sha512(kept.read_bytes()).hexdigest() == SHA512, f"{kept} is not what was looked at"
    with tarfile.open(kept) as package:
        script = package.extractfile("package/lib/index.js")
        assert script
        return script.read().decode()


def _fetch(kept: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: rasa-webchat, the widget of somebody else, cannot be fetched")
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        command = [npm, "pack", f"rasa-webchat@{VERSION}", "--silent", "--pack-destination", folder]
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=SECONDS)
        except (subprocess.SubprocessError, OSError) as error:
            pytest.skip(f"npm could not fetch rasa-webchat@{VERSION}: {error}")
        Path(folder, kept.name).rename(kept)


PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A shop</title></head>
<body><h1>A shop with a Rasa widget</h1><script src="/webchat.js"></script><script>
window.WebChat.default({{
  socketUrl: "{service}", socketPath: "/socket.io/", customData: {{ language: "en" }},
  title: "Support", initPayload: "/get_started", customMessageDelay: () => 30,
  params: {{ storage: "local" }},
}}, null);
</script></body></html>"""

"""The demo shop served by a process of its own, for programs that measure it over loopback."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from connectors.assembly import assemble
from connectors.settings import Settings, load_settings
from knowledge.entries import Audience

ROOT = Path(__file__).resolve().parents[2]
KEY = "a key of the benchmark, long enough"
RATES = (
    "requests_per_address",
    "conversations_per_address",
    "messages_per_address",
    "messages_per_conversation",
    "questions_per_key",
)


@dataclass(frozen=True)
class Shop:
    """The demo shop in a folder, as processes are told of it."""

    environment: dict[str, str]

    @property
    def settings(self) -> Settings:
        os.environ.update({k: v for k, v in self.environment.items() if k.startswith("COMPTOIR_")})
        return load_settings()

    def run(self, *arguments: str) -> None:
        subprocess.run(_command(*arguments), env=self.environment, check=True, capture_output=True)

    async def questions(self) -> list[str]:
        """What customers might ask, in French and English: titles and alternatives of the public articles."""
        async with await assemble(self.settings) as service:
            stored = [entry async for batch in service.entries.scan() for entry in batch]
        public = [each.entry for each in stored if each.entry.audience is Audience.PUBLIC]
        return list(
            dict.fromkeys(said for entry in public for said in (*entry.questions, entry.title) if said)
        )


@dataclass(frozen=True)
class Server:
    address: str
    pid: int
    start_seconds: float
    """From its start until it answered that it is well."""


def demo_shop(folder: Path, loaded: Path | None = None) -> Shop:
    """`loaded`: a data folder of the demo shop, which spares loading it."""
    if loaded:
        shutil.copytree(loaded, folder, dirs_exist_ok=True)
    ours = {name: value for name, value in os.environ.items() if not name.startswith("COMPTOIR_")}
    rates = dict.fromkeys(RATES, "1000000/minute") | {"streams_per_address": 100_000}
    shop = Shop(
        ours
        | {
            "COMPTOIR_SETTINGS": str(ROOT / "deploy/demo/comptoir.toml"),
            "COMPTOIR_DATA": str(folder),
            "COMPTOIR_API_KEYS": json.dumps({"bench": KEY}),
            "COMPTOIR_RATES": json.dumps(rates),
            "PYTHONPATH": str(ROOT),
        }
    )
    shop.run("ingest")
    return shop


@asynccontextmanager
async def served(shop: Shop, cores: Collection[int] | None = None) -> AsyncIterator[Server]:
    """`cores`: the only ones that it may use."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs here
        _command("serve", "--port", str(port)), env=shop.environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, preexec_fn=(lambda: os.sched_setaffinity(0, cores)) if cores else None,
    )  # fmt: skip
    try:
        async with httpx.AsyncClient(timeout=60) as client:
            for _ in range(3000):
                if await _is_well(client, address):
                    break
                await asyncio.sleep(0.02)
        yield Server(address, process.pid, time.perf_counter() - began)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


async def _is_well(client: httpx.AsyncClient, address: str) -> bool:
    try:
        return (await client.get(f"{address}/api/v1/health")).is_success
    except httpx.TransportError:
        return False


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from connectors.cli import main; main()", *arguments]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def resident(pid: int) -> int:
    """Bytes of memory that it holds, shared libraries counted whole."""
    return _kilobytes(Path(f"/proc/{pid}/status"), "VmRSS:") * 1024


def proportional(pid: int) -> int:
    """The same, where what several processes share counts by its share."""
    return _kilobytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss:") * 1024


def _kilobytes(file: Path, name: str) -> int:
    return next(int(line.split()[1]) for line in file.read_text().splitlines() if line.startswith(name))


def machine() -> str:
    """What the figures were measured on, and what else it did."""
    model = next(
        (line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
         if line.startswith("model name")), "an unnamed processor",
    )  # fmt: skip
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return (
        f"{os.cpu_count()} cores ({model}), Python {sys.version.split()[0]}; load averages {load} at the end"
    )

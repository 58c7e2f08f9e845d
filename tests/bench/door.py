"""What the web door adds to the bare turn, and what open streams cost: writes docs/speed.md.

    python -m tests.bench.door [--questions N] [--streams N] [--data DIR]

A server process with the demo shop, this process as its customers, loopback only. Each question is asked
three ways in one run, one after the other: the turn in this process; `POST /ask` (one request); and
`POST messages` with the event stream open, as the widget does. Ratios are against the turn.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
from rich.progress import track

from bot.asked import Asked
from connectors.assembly import assemble
from connectors.settings import Settings, load_settings
from knowledge.entries import Audience

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "speed.md"
KEY = "a key of the benchmark, long enough"
RATES = (
    "requests_per_address",
    "conversations_per_address",
    "messages_per_address",
    "messages_per_conversation",
    "questions_per_key",
)
WARM = 5
"""Questions asked before the clock counts."""


@dataclass(frozen=True)
class Times:
    """Seconds, one a question."""

    turn: list[float]
    ask: list[float]
    accepted: list[float]
    first_word: list[float]
    whole: list[float]


@dataclass(frozen=True)
class Memory:
    streams: int
    resident: int
    """Bytes of the server process."""
    open_seconds: float


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--data", type=Path, help="a data folder of the demo shop, to spare the loading")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if wanted.data:
            shutil.copytree(wanted.data, folder, dirs_exist_ok=True)
        environment = _environment(Path(folder))
        _run(environment, "ingest")
        questions = await _questions(environment, wanted.questions)
        turn = await _bare_turn(environment, questions)
        async with _server(environment) as (address, process):
            times = await _over_http(address, questions, turn)
            memory = await _streams(address, process.pid, wanted.streams)
    PAGE.write_text(_page(times, memory, len(questions)), "utf-8")
    print(PAGE.read_text("utf-8"))


def _environment(data: Path) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("COMPTOIR_")}
    return ours | {
        "COMPTOIR_SETTINGS": str(ROOT / "deploy/demo/comptoir.toml"),
        "COMPTOIR_DATA": str(data),
        "COMPTOIR_API_KEYS": json.dumps({"bench": KEY}),
        "COMPTOIR_RATES": json.dumps(
            dict.fromkeys(RATES, "1000000/minute") | {"streams_per_address": 100_000}
        ),
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip


def _run(environment: dict[str, str], *arguments: str) -> None:
    subprocess.run(_command(*arguments), env=environment, check=True, capture_output=True)


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from connectors.cli import main; main()", *arguments]


async def _questions(environment: dict[str, str], number: int) -> list[str]:
    """The alternative questions of the demo's public articles, French and English in turn."""
    async with await assemble(_settings(environment)) as service:
        stored = [entry async for batch in service.entries.scan() for entry in batch]
    public = [each.entry for each in stored if each.entry.audience is Audience.PUBLIC]
    return sorted(entry.questions[0] for entry in public if entry.questions)[:number]


def _settings(environment: dict[str, str]) -> Settings:
    os.environ.update({k: v for k, v in environment.items() if k.startswith("COMPTOIR_")})
    return load_settings()


async def _bare_turn(environment: dict[str, str], questions: Sequence[str]) -> list[float]:
    async with await assemble(_settings(environment)) as service:
        await service.warm_up()
        times = []
        for question in track([*questions[:WARM], *questions], description="the turn"):
            asked = Asked(str(uuid4()), (question,), (), datetime.now(UTC))
            start = time.perf_counter()
            await service.turn.respond(asked)
            times.append(time.perf_counter() - start)
    return times[WARM:]


@asynccontextmanager
async def _server(environment: dict[str, str]) -> AsyncIterator[tuple[str, subprocess.Popen[bytes]]]:
    port = _free_port()
    process = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs here
        _command("serve", "--port", str(port)), env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient() as client:
            for _ in range(600):
                try:
                    await client.get(f"{address}/api/v1/health")
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
        yield address, process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def _over_http(address: str, questions: Sequence[str], turn: list[float]) -> Times:
    times = Times(turn, [], [], [], [])
    async with httpx.AsyncClient(base_url=address, timeout=60) as client:
        for number, question in enumerate(track([*questions[:WARM], *questions], description="the door")):
            ask = await _asked(client, question)
            accepted, first_word, whole = await _conversed(client, question)
            if number >= WARM:
                times.ask.append(ask)
                times.accepted.append(accepted)
                times.first_word.append(first_word)
                times.whole.append(whole)
    return times


async def _asked(client: httpx.AsyncClient, question: str) -> float:
    start = time.perf_counter()
    answer = await client.post(
        "/api/v1/ask", json={"question": question}, headers={"Authorization": f"Bearer {KEY}"}
    )
    answer.raise_for_status()
    return time.perf_counter() - start


async def _conversed(client: httpx.AsyncClient, question: str) -> tuple[float, float, float]:
    """Seconds from the message to its acknowledgement, to the first word of the answer, to all of it."""
    opened = (await client.post("/api/v1/conversations", json={"site": "demo"})).raise_for_status().json()
    path, headers = f"/api/v1/conversations/{opened['id']}", {"Authorization": f"Bearer {opened['token']}"}
    async with client.stream("GET", f"{path}/events", headers=headers) as stream:
        lines = stream.aiter_lines()
        async for line in lines:
            if line == "event: caught_up":
                break
        start = time.perf_counter()
        posted = asyncio.create_task(
            client.post(
                f"{path}/messages", json={"client_id": str(uuid4()), "text": question}, headers=headers
            )
        )
        posted.add_done_callback(lambda _: acknowledged.append(time.perf_counter() - start))
        acknowledged: list[float] = []
        first_word: float | None = None
        async for line in lines:
            kind = line.removeprefix("event: ")
            if kind in ("draft", "answer", "route", "clarify", "small_talk", "escalation"):
                first_word = first_word or time.perf_counter() - start
                if kind != "draft":
                    whole = time.perf_counter() - start
                    break
        (await posted).raise_for_status()
    return acknowledged[0], first_word or whole, whole


async def _streams(address: str, pid: int, most: int) -> list[Memory]:
    """The server's memory with so many streams open, each of a conversation of its own."""
    memory = [Memory(0, _resident(pid), 0.0)]
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=limits) as client:
        open_streams = []
        for number in (most // 10, most // 2, most):
            start = time.perf_counter()
            while len(open_streams) < number:
                open_streams.append(await _opened(client))
            seconds = time.perf_counter() - start
            await asyncio.sleep(1)
            memory.append(Memory(number, _resident(pid), seconds))
        for stream in open_streams:
            await stream.aclose()
    return memory


async def _opened(client: httpx.AsyncClient) -> httpx.Response:
    opened = (await client.post("/api/v1/conversations", json={"site": "demo"})).raise_for_status().json()
    request = client.build_request(
        "GET",
        f"/api/v1/conversations/{opened['id']}/events",
        headers={"Authorization": f"Bearer {opened['token']}"},
    )
    return (await client.send(request, stream=True)).raise_for_status()


def _resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) * 1024


def _page(times: Times, memory: Sequence[Memory], questions: int) -> str:
    base = statistics.median(times.turn)
    rows = "\n".join(
        f"| {name} | {_ms(values, 50)} | {_ms(values, 95)} | {statistics.median(values) / base:.2f} |"
        for name, values in (
            ("the bare turn, in the process", times.turn),
            ("`POST /ask`, one request", times.ask),
            ("`POST messages` → acknowledged (on disk)", times.accepted),
            ("`POST messages` → first word on the stream", times.first_word),
            ("`POST messages` → whole answer on the stream", times.whole),
        )
    )
    streams = "\n".join(f"| {m.streams} | {m.resident / 2**20:.0f} | {_each(m, memory[0])} |" for m in memory)
    return f"""# Speed

<!-- Written by `python -m tests.bench.door` (make speed). Loopback, one machine, a server process beside its
customers, no language model. A machine with other work shows longer times; the ratios count. -->

## From a message to its answer

{questions} questions to the demo shop, French and English, each asked all ways in one run. Milliseconds.

| | p50 | p95 | ratio to the turn (p50) |
|---|---|---|---|
{rows}

A quoted answer is composed at once: its first word comes with the whole. With a language model the first word
is its first verified sentence (docs/quality.md has those times).

## Open streams

One stream is one open widget. Memory of the server process.

| open streams | resident MiB | KiB a stream |
|---|---|---|
{streams}
"""


def _ms(seconds: Sequence[float], percentile: int) -> str:
    cut = statistics.quantiles(seconds, n=100)[percentile - 1]
    return f"{cut * 1000:.1f}"


def _each(memory: Memory, base: Memory) -> str:
    return f"{(memory.resident - base.resident) / 1024 / memory.streams:.1f}" if memory.streams else ""


if __name__ == "__main__":
    asyncio.run(main())

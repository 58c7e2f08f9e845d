"""Thousands of open widgets, while customers are answered and colleagues reply.

    python -m tests.bench.widgets [--widgets N] [--rate N] [--seconds N] [--data DIR]

Writes the section "widgets" of docs/performance.md. A server process with the demo shop; this process is its
customers, each with a real connection that follows the conversation, and two colleagues at the console. While
customers' messages come at a steady rate and are answered or escalated, the colleagues reply to conversations
that several widgets watch: the delay is from a reply being posted until the last of them has it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
from rich.progress import track

from connectors.assembly import assemble
from tests.bench.performance_page import write_section
from tests.bench.servers import Server, Shop, demo_shop, machine, resident, served
from tests.console import Browser, hired

WATCHERS = 5
"""Widgets that follow one conversation that a colleague replies to: tabs of one customer."""
CARED_FOR = 20
"""Conversations that colleagues reply to."""
BETWEEN_REPLIES = 0.25
GIVEN_UP = 20.0
"""Seconds after which a message or reply that has not come is counted as missing."""


@dataclass
class Widget:
    """One connection that follows a conversation."""

    conversation: Conversation
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def listen(self) -> None:
        kind = ""
        async for line in self.reader:
            if line.startswith(b"event: "):
                kind = line[7:].strip().decode()
            elif line.startswith(b"data: "):
                self.conversation.hears(kind, line[6:])


@dataclass
class Conversation:
    id: str
    token: str
    replies: dict[str, list[float]] = field(default_factory=dict)
    """By text, when each watcher had it."""
    outcomes: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def path(self) -> str:
        return f"/api/v1/conversations/{self.id}"

    def hears(self, kind: str, data: bytes) -> None:
        if kind == "reply":
            self.replies.setdefault(json.loads(data)["text"], []).append(time.perf_counter())
        elif kind in {"answer", "route", "clarify", "small_talk", "escalation"}:
            self.outcomes.put_nowait(kind)


@dataclass(frozen=True)
class Figures:
    widgets: int
    bytes_each: float
    wanted_rate: float
    seconds: float
    outcomes: Sequence[str]
    answered: Sequence[float]
    """Seconds from a customer's message to its outcome."""
    unanswered: int
    replies: Sequence[float]
    lost_replies: int
    quiet_replies: Sequence[float]
    """While no customer writes."""
    server_share: float
    """Of one core, what the server worked while messages came."""

    @property
    def rate(self) -> float:
        return len(self.outcomes) / self.seconds


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--widgets", type=int, default=2000)
    parser.add_argument("--rate", type=float, nargs="*", default=[50, 25, 12])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--data", type=Path, help="a data folder of the demo shop, to spare the loading")
    wanted = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory() as folder:
        shop = demo_shop(Path(folder), wanted.data)
        questions = await shop.questions()
        async with assemble_office(shop):
            pass
        async with served(shop) as server:
            figures = await _measured(server, questions, wanted.widgets, wanted.rate, wanted.seconds)
    write_section("widgets", _section(figures, machine()))


@asynccontextmanager
async def assemble_office(shop: Shop) -> AsyncIterator[None]:
    """Zoé may sign in and reply."""
    async with await assemble(shop.settings) as service:
        await hired(service, "zoe")
        yield


async def _measured(
    server: Server, questions: Sequence[str], number: int, rates: Sequence[float], seconds: float
) -> list[Figures]:
    limits = httpx.Limits(max_connections=64)
    async with httpx.AsyncClient(base_url=server.address, timeout=60, limits=limits) as client:
        await _opened(client)  # what the first needs is loaded
        cared_for = [await _opened(client) for _ in range(CARED_FOR)]
        for each in cared_for:
            (await client.post(f"{each.path}/escalate", headers=each.headers)).raise_for_status()
        talking = [await _opened(client) for _ in range(max(number - CARED_FOR * WATCHERS, 1))]
        before = resident(server.pid)
        watched = [each for each in cared_for for _ in range(WATCHERS)] + talking
        widgets = [await _connected(server, each) for each in track(watched, description="widgets")]
        listening = [asyncio.create_task(each.listen()) for each in widgets]
        await asyncio.sleep(2)
        each_bytes = (resident(server.pid) - before) / len(widgets)
        colleague = await _colleague(client, cared_for)
        quiet, _ = await _replies(colleague, cared_for, 5)
        figures: list[Figures] = []
        unasked = iter(talking)  # who was passed to a person gets no second outcome
        for rate in rates:
            customers = list(islice(unasked, int(rate * seconds)))
            worked, began = _worked(server.pid), time.perf_counter()
            crowd = asyncio.create_task(_crowd(client, customers, questions, rate))
            replies, lost = await _replies(colleague, cared_for, seconds)
            outcomes, answered, unanswered, took = await crowd
            share = (_worked(server.pid) - worked) / (time.perf_counter() - began)
            figures.append(
                Figures(len(widgets), each_bytes, rate, took, outcomes, answered, unanswered, replies, lost,
                        quiet, share)
            )  # fmt: skip
            if not unanswered and len(outcomes) / took > 0.9 * rate:
                break
            await _quiet(talking)
        for task in listening:
            task.cancel()
        for widget in widgets:
            widget.writer.close()
        return figures


async def _opened(client: httpx.AsyncClient) -> Conversation:
    opened = (await client.post("/api/v1/conversations", json={"site": "demo"})).raise_for_status().json()
    return Conversation(opened["id"], opened["token"])


async def _connected(server: Server, conversation: Conversation) -> Widget:
    """A bare socket: a browser's costs, which are not what is measured, would outweigh the server's."""
    address = urlsplit(server.address)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    request = f"GET {conversation.path}/events HTTP/1.1\r\nHost: {address.netloc}\r\n"
    writer.write(f"{request}Authorization: Bearer {conversation.token}\r\n\r\n".encode())
    async for line in reader:
        if line.strip() == b"event: caught_up":
            break
    return Widget(conversation, reader, writer)


async def _colleague(client: httpx.AsyncClient, conversations: Sequence[Conversation]) -> Browser:
    browser = Browser(client)
    await browser.sign_in("zoe")
    for each in conversations:
        (await browser.act(each.id, "claim")).raise_for_status()
    return browser


async def _replies(
    colleague: Browser, conversations: Sequence[Conversation], seconds: float
) -> tuple[list[float], int]:
    """Seconds that each reply took to the last of its watchers, and how many replies missed one."""
    posted: list[tuple[Conversation, str, float]] = []
    until = time.perf_counter() + seconds
    number = 0
    while time.perf_counter() < until:
        conversation, text = conversations[number % len(conversations)], f"Reply {uuid4()}"
        number += 1
        posted.append((conversation, text, time.perf_counter()))
        answer = await colleague.act(conversation.id, "reply", text=text, client_id=str(uuid4()))
        answer.raise_for_status()
        await asyncio.sleep(BETWEEN_REPLIES)
    await asyncio.sleep(1)
    heard = [(each.replies.pop(text, []), at) for each, text, at in posted]
    return [max(times) - at for times, at in heard if len(times) == WATCHERS], sum(
        len(times) < WATCHERS for times, _ in heard
    )


async def _crowd(
    client: httpx.AsyncClient,
    conversations: Sequence[Conversation],
    questions: Sequence[str],
    rate: float,
) -> tuple[list[str], list[float], int, float]:
    """A message of each, at a steady rate: their outcomes, how long each took, how many had none, and how
    long it all took."""
    outcomes: list[str] = []
    took: list[float] = []

    async def one(number: int) -> None:
        conversation = conversations[number]
        began = time.perf_counter()
        text = f"{questions[number % len(questions)]} ({rate + number / 1000:g})"  # at no rate as at another
        message = {"client_id": str(uuid4()), "text": text}
        posted = await client.post(
            f"{conversation.path}/messages", json=message, headers=conversation.headers
        )
        posted.raise_for_status()
        async with asyncio.timeout(GIVEN_UP):
            outcomes.append(await conversation.outcomes.get())
        took.append(time.perf_counter() - began)

    began = time.perf_counter()
    under_way = []
    for number in range(len(conversations)):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        under_way.append(asyncio.create_task(one(number)))
    results = await asyncio.gather(*under_way, return_exceptions=True)
    missing = sum(isinstance(each, BaseException) for each in results)
    return outcomes, took, missing, time.perf_counter() - began


async def _quiet(conversations: Sequence[Conversation]) -> None:
    """Until nobody is answered any more who was given up."""
    for _ in range(60):
        before = sum(each.outcomes.qsize() for each in conversations)
        await asyncio.sleep(2)
        if sum(each.outcomes.qsize() for each in conversations) == before:
            return


def _worked(pid: int) -> float:
    """Seconds of processor time."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


# The page


def _section(figures: Sequence[Figures], where: str) -> str:
    rows = "\n".join(map(_row, figures))
    first, last = figures[0], figures[-1]
    met = first.replies and not first.lost_replies and statistics.median(first.replies) < 0.05
    return f"""## Open widgets

Measured on {where}.
The server shared both cores with all of its customers.

**{first.widgets} widgets** held their connections open: **{first.bytes_each / 1024:.1f} KiB** of the server's
memory for each. A colleague's reply, at the console, to a conversation that {WATCHERS} widgets watch reached
all of them in {_ms(first.quiet_replies, 50)} ms at the median ({_ms(first.quiet_replies, 95)} at the 95th
percentile) while no customer wrote. While customers wrote, each question another, at a steady rate:

| messages a second | outcomes a second | escalated | none in {GIVEN_UP:g} s | to the outcome, p50 ms | p95 \
| reply to all watchers, p50 ms | p95 | replies that missed one | cores the server used |
|---|---|---|---|---|---|---|---|---|---|
{rows}

Wanted: under 50 ms at the median while {first.wanted_rate:g} a second are answered or escalated:
**{"kept" if met and first.rate > 0.9 * first.wanted_rate else "missed"}**. The highest rate that was carried
here is {max(each.rate for each in figures):.1f} a second{_same(last)}. The last column tells whether the
server was what held it up, or its customers and whatever else the machine did.
"""


def _row(each: Figures) -> str:
    cells = (
        f"{each.wanted_rate:g}",
        f"{each.rate:.1f}",
        f"{each.outcomes.count('escalation')} of {len(each.outcomes)}",
        str(each.unanswered),
        _ms(each.answered, 50),
        _ms(each.answered, 95),
        _ms(each.replies, 50),
        _ms(each.replies, 95),
        str(each.lost_replies),
        f"{each.server_share:.2f}",
    )
    return f"| {' | '.join(cells)} |"


def _same(last: Figures) -> str:
    return f"; at {last.rate:.0f} a second a reply took {_ms(last.replies, 50)} ms at the median"


def _ms(seconds: Sequence[float], percentile: int) -> str:
    if len(seconds) < 2:
        return "–"
    return f"{statistics.quantiles(seconds, n=100, method='inclusive')[percentile - 1] * 1000:.0f}"


if __name__ == "__main__":
    asyncio.run(main())

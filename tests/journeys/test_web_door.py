"""Whole stories through the web door, as `comptoir serve` opens it, with the demo shop's real help centre."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.web import Chat, an_identity, opened, problem

ROOT = Path(__file__).parents[2]
PATIENCE = 60
SECRET = "the demo shop and Comptoir know it"

pytestmark = pytest.mark.slow


class Running:
    """A service in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []
        self.address = ""

    def until_ready(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.said.append(line.rstrip("\n"))
            if found := re.search(r"http://localhost:\d+", line):
                self.address = found[0]
                return
        raise AssertionError(f"it did not start: {self.said}")

    def stop(self, how: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        _, rest = self.process.communicate(timeout=PATIENCE)
        self.said += rest.splitlines()
        return self.process.returncode


COMPTOIR = [sys.executable, "-c", "from connectors.cli import main; main()"]


@contextmanager
def started(command: list[str], variables: dict[str, str], folder: Path) -> Iterator[Running]:
    """In a session of its own, as in a terminal of its own."""
    process = subprocess.Popen(
        command, cwd=folder, env=variables, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    running = Running(process)
    try:
        running.until_ready()
        yield running
    finally:
        running.stop(signal.SIGKILL)


@contextmanager
def serving(shop: Any, **variables: str) -> Iterator[Running]:
    patient = {"COMPTOIR_STOP_SECONDS": "20"}
    command = [*COMPTOIR, "serve", "--port", "0"]
    with started(command, shop.environment | patient | variables, shop.data) as running:
        yield running


@asynccontextmanager
async def customer_of(running: Running, **body: Any) -> AsyncIterator[Chat]:
    async with httpx.AsyncClient(base_url=running.address, timeout=PATIENCE) as client:
        yield await opened(client, site="demo", **body)


@asynccontextmanager
async def back(chat: Chat, running: Running) -> AsyncIterator[Chat]:
    """The same browser after a restart: it has kept the id and the token."""
    async with httpx.AsyncClient(base_url=running.address, timeout=PATIENCE) as client:
        again = Chat(client, chat.id, "")
        again.headers = chat.headers
        yield again


async def test_a_customer_asks_in_french_then_in_english_and_gets_a_person(shop: Any) -> None:
    with serving(shop) as running:
        async with customer_of(running, language="fr") as chat, chat.follow() as stream:
            await stream.until("caught_up")
            await chat.say("Quelle ampoule pour ma lampe ?", "m1")
            answer = (await stream.until("answer")).data
            assert answer["more"]["title"] == "Quelle ampoule pour ma lampe ?"
            (citation, *_) = answer["citations"]
            assert citation["quote"]
            assert citation["before"] or citation["after"], "the words stand in their article"
            assert citation["url"].startswith("https://www.maison-tilleul.example/")
            await chat.say("How long does a refund take?", "m2")
            answer = (await stream.until("answer")).data
            assert "5 working days" in answer["text"]
            judged = await chat.post("feedback", {"position": answer["position"], "useful": True})
            assert judged.status_code == 202
            await chat.post("escalate")
            escalation = (await stream.until("escalation")).data
            assert escalation["text"]
            state = await stream.until("state")
            assert state.data == {"held": "waiting", "person": None}
            assert running.stop() == 0


async def test_a_message_sent_over_a_bad_line_is_answered_once(shop: Any) -> None:
    with serving(shop) as running:
        async with customer_of(running) as chat, chat.follow() as stream:
            same = [await chat.say("Which bulb fits my lamp?") for _ in range(3)]
            assert len({response.json()["position"] for response in same}) == 1
            await stream.until("answer")
            await chat.say("thank you", "m2")
            await stream.until("small_talk")
            assert stream.kinds.count("answer") == 1


async def test_killed_in_the_middle_of_an_answer_it_gives_it_after_the_restart(shop: Any) -> None:
    with serving(shop) as running:
        async with customer_of(running) as chat:
            assert (await chat.say("Which bulb fits my lamp?")).status_code == 202
            assert running.stop(signal.SIGKILL) == -signal.SIGKILL
    with serving(shop) as running:
        async with back(chat, running) as again, again.follow(after=1) as stream:
            answer = await stream.until("answer")
            assert answer.data["more"]["title"] == "Which bulb fits my lamp?"
            assert (await again.say("Which bulb fits my lamp?")).json()["position"] == 2, "it is known"
            await again.say("thanks", "m2")
            await stream.until("small_talk")
            assert stream.kinds.count("answer") == 1


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_stop_it_finishes_the_answer_and_says_goodbye(shop: Any, how: int) -> None:
    with serving(shop) as running:
        async with customer_of(running) as chat, chat.follow() as stream:
            await stream.until("caught_up")
            await chat.say("Which bulb fits my lamp?")
            stopping = asyncio.create_task(asyncio.to_thread(running.stop, how))
            goodbye = await stream.until("goodbye")
            assert goodbye.data["retry_ms"] > 0
            assert "answer" in stream.kinds
            await stream.end()
            assert await stopping == 0
        assert "Traceback" not in "".join(running.said)
        assert "Stopped" in running.said[-1]
    with serving(shop) as running:
        async with back(chat, running) as again, again.follow(after=3) as stream:
            await stream.until("caught_up")
            assert stream.kinds == ["state", "caught_up"], "nothing is said twice"


COLLEAGUE = """
import asyncio, sys
from connectors.assembly import open_records, system_clock
from connectors.settings import load_settings
from escalation.desk import Desk
from escalation.roster import Agent

async def work(conversation):
    async with await open_records(load_settings()) as records:
        desk, zoe = Desk(records.log, system_clock), Agent("zoe.martin", "Zoé")
        await desk.claim(conversation, zoe)
        await desk.reply(conversation, zoe, "Bonjour, **je** regarde.")

asyncio.run(work(sys.argv[1]))
"""


async def test_what_a_colleague_writes_in_another_process_appears_in_the_stream(shop: Any) -> None:
    with serving(shop) as running:
        async with customer_of(running, language="fr") as chat, chat.follow() as stream:
            await chat.post("escalate")
            await stream.until("escalation")
            colleague = await asyncio.create_subprocess_exec(
                sys.executable, "-c", COLLEAGUE, chat.id, cwd=shop.data, env=shop.environment
            )
            reply = await stream.until("reply", PATIENCE)
            assert await colleague.wait() == 0
            assert (reply.data["name"], reply.data["text"]) == ("Zoé", "Bonjour, je regarde.")
            assert [e.data for e in stream.seen if e.kind == "state"][-1] == {
                "held": "person",
                "person": "Zoé",
            }
            await chat.say("Merci, ma commande est la 123", "m2")
            await stream.until("message")
            closed = await chat.post("close")
            assert closed.json()["event"]["by"] == "customer"
            await chat.say("Quelle ampoule pour ma lampe ?", "m3")
            await stream.until("answer")
            transcript = (await chat.get("transcript")).text
            assert "zoe.martin" not in transcript
            for said in ("**Zoé**", "je** regarde", "ma commande est la 123"):
                assert said in transcript


async def test_who_may_not_is_told_why(shop: Any) -> None:
    secrets = {"COMPTOIR_SITE_SECRETS": json.dumps({"demo": SECRET})}
    with serving(shop, **secrets) as running:
        async with customer_of(running, identity=an_identity(SECRET, name="Ana")) as chat:
            other = Chat(chat.client, chat.id, "not.the.token")
            assert problem(await other.get("transcript"), 401) == "token_invalid"
            stranger = await opened(chat.client, site="demo")
            other.headers = stranger.headers
            assert problem(await other.get("transcript"), 403) == "not_this_conversation"
            evil = {"Origin": "https://evil.example"}
            refused = await chat.client.post("/api/v1/conversations", json={"site": "demo"}, headers=evil)
            assert problem(refused, 403) == "origin_not_allowed"
            old = an_identity(SECRET, exp=1)
            assert problem(await chat.post("identify", {"identity": old}), 401) == "identity_expired"
            assert problem(await chat.say("x" * 5000), 413) == "message_too_long"
            refusals = [await chat.say("hello", f"m{n}") for n in range(25)]
            assert problem(refusals[-1], 429) == "too_many_requests"
            keyless = await chat.client.post("/api/v1/ask", json={"question": "Hello"})
            assert problem(keyless, 401) == "key_missing"


async def test_the_first_start_keeps_a_secret_for_the_next(shop: Any) -> None:
    with serving(shop) as running:
        async with customer_of(running) as chat:
            pass
    file = shop.data / "secret.key"
    assert oct(file.stat().st_mode)[-3:] == "600"
    with serving(shop) as running:
        async with back(chat, running) as again:
            assert (await again.get("transcript")).status_code == 200
    file.unlink()
    with serving(shop) as running:
        async with back(chat, running) as again:
            assert problem(await again.get("transcript"), 401) == "token_invalid"


async def test_a_second_service_on_the_same_data_answers_too(shop: Any) -> None:
    """The embedded index belongs to the first; the second searches exactly."""
    with serving(shop) as first, serving(shop) as second:
        async with customer_of(first) as chat, back(chat, second) as there, there.follow() as stream:
            await there.say("Which bulb fits my lamp?")
            await stream.until("answer")
            await chat.say("thank you", "m2")
            await stream.until("small_talk")


def one_line(result: subprocess.CompletedProcess[str], code: int) -> str:
    assert result.returncode == code, result.stderr
    (line,) = result.stderr.splitlines()
    return line


def test_a_port_in_use_is_told_in_one_line(shop: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = one_line(shop.comptoir("serve", "--port", str(port)), 4)
    assert f"Port {port} is in use" in line
    assert "--port" in line


@pytest.mark.skipif(os.geteuid() == 0, reason="root may take any port")
def test_a_port_that_is_not_ours_is_told_in_one_line(shop: Any) -> None:
    assert "take one above 1023" in one_line(shop.comptoir("serve", "--port", "80"), 4)


def test_a_weak_secret_is_refused_at_start(shop: Any) -> None:
    result = subprocess.run(
        [*COMPTOIR, "serve"],
        cwd=shop.data, env=shop.environment | {"COMPTOIR_SITE_SECRETS": '{"demo": "hunter2"}'},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    line = one_line(result, 3)
    assert "COMPTOIR_SITE_SECRETS" in line
    assert "hunter2" not in line


async def test_make_run_opens_the_shop_and_closes_it_cleanly(shop: Any) -> None:
    make = shutil.which("make")
    assert make
    variables = shop.environment | {"COMPTOIR_VENV": sys.prefix, "COMPTOIR_PORT": "0"}
    del variables["COMPTOIR_SETTINGS"]
    with started([make, "-C", str(ROOT), "run"], variables, shop.data) as running:
        assert "The demo shop is open" in running.said[-1]
        async with httpx.AsyncClient(base_url=running.address, timeout=PATIENCE) as client:
            page = await client.get("/")
            assert page.status_code == 200
            assert "widget.js" in page.text
            assert (await client.get("/api/docs")).status_code == 200
        os.killpg(running.process.pid, signal.SIGINT)  # Ctrl-C reaches make and all below it
        running.process.wait(PATIENCE)
        running.stop()
        assert "Traceback" not in "".join(running.said)
        assert any("Stopped" in line for line in running.said)


def test_the_chat_of_the_demo_is_still_there(shop: Any) -> None:
    result = shop.comptoir("demo", "--chat", said="Which bulb fits my lamp?\n")
    assert result.returncode == 0, result.stderr
    assert "help/en/choose-a-bulb.md" in result.stdout

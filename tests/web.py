"""The web door with real parts in memory, a real server on loopback, and a reader of its event streams."""

from __future__ import annotations

import asyncio
import atexit
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, cast

import httpx
import jwt

from bot.asked import Responder
from bot.brief import Brief
from bot.log import ConversationLog
from bot.reception import Reception
from connectors.assembly import Service, assemble
from connectors.heard_log import HeardLog
from connectors.http.app import make_app
from connectors.http.door import Door, make_door
from connectors.http.listening import listen
from connectors.http.server import Server
from connectors.records import open_records
from connectors.settings import Settings
from connectors.stream import Hub
from knowledge.embedders.hashing import HashingEmbedder
from tests.builders import ScriptedResponder, told

SITE_SECRET = "the shop and Comptoir know this one"
API_KEY = "a key for the crm, long enough"
STAFF_KEY = "a key for the help desk, long enough"
SHOP = "https://shop.example"


def now() -> datetime:
    return datetime.now(UTC)


def web_settings(data: Path, **values: Any) -> Settings:
    given: dict[str, Any] = {
        "data": data,
        "secret": "a secret of the tests, long enough to be one",
        "sites": [{"id": "shop", "origins": [SHOP]}, {"id": "outlet", "origins": ["https://outlet.example"]}],
        "site_secrets": {"shop": SITE_SECRET},
        "api_keys": {"crm": API_KEY},
        "staff_keys": {"desk": STAFF_KEY},
        "stop_seconds": 5.0,
        "index": "exact",
    }
    return Settings(**(given | values))


@asynccontextmanager
async def a_service(
    settings: Settings,
    responder: Responder | None = None,
    brief: Brief | None = None,
    clock: Callable[[], datetime] = now,
    log: Callable[[ConversationLog], ConversationLog] = lambda log: log,
) -> AsyncIterator[Service]:
    """Its parts are real; the bot says what the responder is told to. `log` may get something before it."""
    await with_tables(settings.data)
    brief = brief or Brief(company="Maison Tilleul")
    async with await assemble(settings, clock=clock, brief=brief, embedder=HashingEmbedder()) as service:
        given = log(service.log)
        hub = Hub(given)
        the_log = HeardLog(given, hub.heard)
        responder = responder or ScriptedResponder()
        reception = Reception(
            the_log,
            responder,
            clock,
            hand_over=told,
            onlooker=hub,
            longest=settings.limits.message_characters,
        )
        yield replace(service, log=the_log, hub=hub, turn=cast(Any, responder), reception=reception)


_made: list[Path] = []


async def with_tables(folder: Path) -> None:
    """Migrating a new database takes longer than most tests: they get copies of one."""
    if not _made:
        place = Path(mkdtemp(prefix="comptoir-web-"))
        atexit.register(shutil.rmtree, place, ignore_errors=True)
        async with await open_records(Settings(data=place)):
            pass
        _made.append(place)
    _copy_to(folder)


def _copy_to(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "comptoir.db").exists():
        shutil.copy(_made[0] / "comptoir.db", folder)


@asynccontextmanager
async def indoors(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A client that reaches the application without a network. For all but streams."""
    door = make_door(service)
    transport = httpx.ASGITransport(make_app(door), raise_app_exceptions=False)
    async with door.running(), httpx.AsyncClient(transport=transport, base_url="http://door") as client:
        yield client


@asynccontextmanager
async def serving(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a real server on a free port of this machine, which is stopped gracefully at the end."""
    async with served(service) as (_, client):
        yield client


@asynccontextmanager
async def served(service: Service) -> AsyncIterator[tuple[Server, httpx.AsyncClient]]:
    door: Door = make_door(service)
    ready = asyncio.Event()
    with listen("127.0.0.1", 0) as bound:
        server = Server(make_app(door), ready.set)
        running = asyncio.create_task(server.serve([bound]))
        await ready.wait()
        address = f"http://127.0.0.1:{bound.getsockname()[1]}"
        try:
            async with httpx.AsyncClient(base_url=address, timeout=20) as client:
                yield server, client
        finally:
            server.should_exit = True
            await running


class Chat:
    """One conversation, as a customer's browser has it."""

    def __init__(self, client: httpx.AsyncClient, id: str, token: str) -> None:
        self.client = client
        self.id = id
        self.headers = {"Authorization": f"Bearer {token}"}

    @property
    def path(self) -> str:
        return f"/api/v1/conversations/{self.id}"

    async def post(self, what: str, body: Any = None) -> httpx.Response:
        return await self.client.post(f"{self.path}/{what}", json=body or {}, headers=self.headers)

    async def get(self, what: str) -> httpx.Response:
        return await self.client.get(f"{self.path}/{what}", headers=self.headers)

    async def say(self, text: str, client_id: str = "m1") -> httpx.Response:
        return await self.post("messages", {"client_id": client_id, "text": text})

    @asynccontextmanager
    async def follow(self, after: int | None = None) -> AsyncIterator[Follower]:
        headers = self.headers | ({} if after is None else {"Last-Event-ID": str(after)})
        async with self.client.stream("GET", f"{self.path}/events", headers=headers) as response:
            assert response.status_code == 200, await response.aread()
            yield Follower(response)


async def opened(client: httpx.AsyncClient, **body: Any) -> Chat:
    response = await client.post("/api/v1/conversations", json={"site": "shop", "language": "en"} | body)
    assert response.status_code == 201, response.text
    told = response.json()
    return Chat(client, told["id"], told["token"])


class Follower:
    """Reads a stream of server-sent events, as the standard has them."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.seen: list[Event] = []
        self._coming = self._events()

    async def until(self, kind: str, patience: float = 20) -> Event:
        """The next event of this kind. What came before it is in `seen`."""
        async with asyncio.timeout(patience):
            async for event in self._coming:
                self.seen.append(event)
                if event.kind == kind:
                    return event
        raise AssertionError(f"the stream ended without {kind}: {self.kinds}")

    async def end(self, patience: float = 20) -> None:
        async with asyncio.timeout(patience):
            async for event in self._coming:
                self.seen.append(event)

    async def events(self) -> AsyncIterator[Event]:
        """Each as it comes, for whoever reads on in the background."""
        async for event in self._coming:
            self.seen.append(event)
            yield event

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.seen]

    async def _events(self) -> AsyncIterator[Event]:
        fields: dict[str, str] = {}
        async for line in self.response.aiter_lines():
            name, _, value = line.partition(": ")
            if name:
                fields[name] = value
            elif line == "" and "data" in fields:
                yield Event(fields.get("event", "message"), json.loads(fields["data"]), fields.get("id"))
                fields = {}


class Event:
    def __init__(self, kind: str, data: dict[str, Any], id: str | None) -> None:
        self.kind = kind
        self.data = data
        self.id = id

    def __repr__(self) -> str:
        return f"{self.kind} {self.data}"


def an_identity(secret: str = SITE_SECRET, **claims: Any) -> str:
    given = {"sub": "customer 7", "exp": datetime.now(UTC) + timedelta(hours=1)} | claims
    return jwt.encode({k: v for k, v in given.items() if v is not None}, secret, "HS256")


async def eventually(check: Callable[[], Awaitable[bool]], patience: float = 20) -> None:
    """Until it is so; how long that takes is not what is tested."""
    async with asyncio.timeout(patience):
        while not await check():  # noqa: ASYNC110 - nothing in the log tells us
            await asyncio.sleep(0.02)


def problem(response: httpx.Response, status: int) -> str:
    """The code of a refusal, which is as every refusal must be."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = response.json()
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    assert told["type"] == f"/api/docs#problem-{told['code']}"
    assert "Traceback" not in response.text
    return str(told["code"])

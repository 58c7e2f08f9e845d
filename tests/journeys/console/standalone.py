"""The office's server as a process of its own, which a story may kill: python -m … FOLDER PORT."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from connectors.http.app import make_app
from connectors.http.door import make_door
from connectors.http.listening import listen
from connectors.http.server import Server
from tests.journeys.console.office import assembled, settings_of

ROOT = Path(__file__).parents[3]
PATIENCE = 60
READY = b"ready\n"


class Standalone:
    def __init__(self, data: Path) -> None:
        self.data = data
        with listen("127.0.0.1", 0) as bound:
            self.port = int(bound.getsockname()[1])
        self._process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        module = ("-m", "tests.journeys.console.standalone")
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *module, str(self.data), str(self.port), cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            assert await self._process.stdout.readline() == READY, "it says that it stands"

    async def kill(self) -> None:
        """As a machine that loses its power: nothing is finished."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def standing(data: Path) -> AsyncIterator[Standalone]:
    server = Standalone(data)
    try:
        await server.start()
        yield server
    finally:
        await server.kill()


def tell_ready() -> None:
    sys.stdout.buffer.write(READY)
    sys.stdout.flush()


async def main(data: Path, port: int) -> None:
    async with assembled(settings_of(data)) as service:
        with listen("127.0.0.1", port) as bound:
            await Server(make_app(make_door(service)), tell_ready).serve([bound])


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))

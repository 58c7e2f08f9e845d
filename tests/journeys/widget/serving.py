"""The real service behind its real door, as a process of its own: python serving.py PORT GATE.

While the file GATE exists, the bot shows a draft and then takes its time with the rest, as a slow language
model would: the tests look at the draft, cut the connection or kill the process.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from bot.asked import Asked, Draft, Responder, Response, Shown, to_nobody
from bot.decisions import Answer
from connectors.assembly import assemble
from connectors.http.app import make_app
from connectors.http.door import make_door
from connectors.http.listening import listen
from connectors.http.server import Server
from connectors.settings import load_settings


class Gated:
    def __init__(self, responder: Responder, gate: Path) -> None:
        self._responder = responder
        self._gate = gate

    async def respond(self, asked: Asked, shown: Shown = to_nobody) -> Response:
        response = await self._responder.respond(asked)
        while self._gate.exists():
            if isinstance(response.outcome, Answer):
                shown(_first_of(response.outcome))
            await asyncio.sleep(0.05)
        return response


def _first_of(answer: Answer) -> Draft:
    """Its first paragraph."""
    return Draft(answer.text.partition("\n\n")[0], answer.citations[:1])


async def serve(port: int, gate: Path) -> None:
    async with await assemble(load_settings()) as service:
        await service.warm_up()
        reception = service.reception
        reception._responder = Gated(reception._responder, gate)
        app = make_app(make_door(replace(service, reception=reception)))
        with listen("127.0.0.1", port) as bound:
            await Server(app, lambda: print("ready", flush=True)).serve([bound])


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))

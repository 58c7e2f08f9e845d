"""A model that says what it is told to: for tests, and to try a brief without one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from dataclasses import dataclass

from bot.models.port import Delta, ModelFailed, Prompt, Usage


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds until it goes on. `Wait(60)` hangs."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Endlessly:
    """Says this over and over."""

    text: str


Line = str | Wait | Endlessly | ModelFailed
"""What is said, waited for, or broken off with."""


class ScriptedModel:
    """Plays one script a prompt, in order, and the last one again after that; remembers the prompts.

    A script is a text, said in small pieces, or several lines."""

    def __init__(self, *scripts: str | Sequence[Line], piece: int = 7) -> None:
        self.prompts: list[Prompt] = []
        self.abandoned = 0
        """Streams that were closed before their end."""
        self._scripts = [(script,) if isinstance(script, str) else tuple(script) for script in scripts]
        self._piece = piece

    @property
    def name(self) -> str:
        return "scripted"

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        self.prompts.append(prompt)
        script = self._scripts[min(len(self.prompts), len(self._scripts)) - 1] if self._scripts else ()
        said = 0
        try:
            for line in script:
                async for piece in self._played(line):
                    said += 1
                    yield Delta(piece)
        except GeneratorExit:
            self.abandoned += 1
            raise
        yield Delta(usage=Usage(sum(len(m.text) for m in prompt.messages) // 4, said))

    async def _played(self, line: Line) -> AsyncIterator[str]:
        match line:
            case str():
                for piece in self._pieces(line):
                    yield piece
            case Wait(seconds):
                await asyncio.sleep(seconds)
            case Endlessly(text):
                while True:
                    await asyncio.sleep(0)
                    yield text
            case ModelFailed():
                raise line

    def _pieces(self, text: str) -> Iterable[str]:
        return (text[n : n + self._piece] for n in range(0, len(text), self._piece))

    async def close(self) -> None: ...

"""One prompt at a time to the model, within its time, on the account."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from bot.models.port import ChatModel, ModelFailed, ModelResting, ModelTimeout, Prompt, Usage
from bot.writing.account import Use, Why


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds."""

    whole: float = 12.0
    """For an answer or a translation."""
    first_word: float = 5.0
    aside: float = 4.0
    """For what comes beside the answer: rewriting a question, a summary."""


@dataclass(frozen=True, slots=True)
class Pen:
    model: ChatModel
    patience: Patience
    clock: Callable[[], float]

    async def write(self, prompt: Prompt, use: Use, seconds: float) -> AsyncGenerator[str, None]:
        """The text as it comes. Raises ModelFailed, also when the time is over.

        Leaving the loop early and closing this stops the model."""
        began = self.clock()
        heard = 0
        end = asyncio.get_running_loop().time() + seconds
        first_by = min(end, end - seconds + self.patience.first_word)
        try:
            async with aclosing(self.model.stream(prompt)) as deltas:
                while True:
                    # The limit is around waiting alone: what is done with the text meanwhile is not cut.
                    try:
                        async with asyncio.timeout_at(first_by if use.first_token_ms is None else end):
                            delta = await anext(deltas, None)
                    except TimeoutError as error:
                        raise ModelTimeout(f"{self.model.name}: no more within its time") from error
                    if delta is None:
                        return
                    use.usage = delta.usage or use.usage
                    if delta.text:
                        if use.first_token_ms is None:
                            use.first_token_ms = self._since(began)
                        heard += len(delta.text)
                        yield delta.text
        finally:
            use.total_ms = self._since(began)
            if use.usage is None and heard:
                use.usage, use.is_estimated = _estimated(prompt, heard), True

    async def line(self, prompt: Prompt, use: Use, most: int) -> str | None:
        """The first line that has words, for small jobs; None where there is none in time."""
        text = ""
        try:
            async with aclosing(self.write(prompt, use, self.patience.aside)) as pieces:
                async for piece in pieces:
                    text = (text + piece).lstrip()
                    if "\n" in text or len(text) > most:
                        break
        except ModelFailed as error:
            note_failure(use, error)
            return None
        line = text.partition("\n")[0].strip()
        if not line:
            use.why = Why.EMPTY
        return line or None

    def _since(self, began: float) -> float:
        return round((self.clock() - began) * 1000, 2)


def _estimated(prompt: Prompt, heard: int) -> Usage:
    """A stream that is cut off, and some servers, tell nothing. About four characters make a token."""
    return Usage(sum(len(message.text) for message in prompt.messages) // 4, heard // 4)


def note_failure(use: Use, error: ModelFailed) -> None:
    use.detail = str(error)
    match error:
        case ModelTimeout():
            use.why = Why.TIMEOUT
        case ModelResting():
            use.why = Why.RESTING
        case _:
            use.why = Why.FAILED

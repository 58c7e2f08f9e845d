"""What the bot needs of a language model: a prompt goes in, text comes out piece by piece."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Role(StrEnum):
    SYSTEM = "system"
    """The company's orders. Never a customer's words, never a passage."""
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    tokens_in: int
    tokens_out: int


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of text; the last one says what it all took, where the provider tells."""

    text: str = ""
    usage: Usage | None = None


class ModelFailed(Exception):
    """The model gave no answer, or not to its end. The message says why, for the log."""


class ModelTimeout(ModelFailed):
    """It took longer than it may."""


class ModelResting(ModelFailed):
    """It failed so often that it is not asked for a while."""


class ChatModel(Protocol):
    @property
    def name(self) -> str:
        """As the settings name it, `provider:model`."""
        ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        """Raises ModelFailed. Closing the iterator early stops the model."""
        ...

    async def close(self) -> None: ...

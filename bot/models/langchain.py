"""Any chat model that LangChain knows, behind our port. The sole importer of langchain and its like."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any

import httpx
import langsmith
from langchain.chat_models import init_chat_model
from langchain_core.exceptions import ModelAuthenticationError, ModelTimeoutError
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from bot.models.port import Delta, ModelFailed, ModelTimeout, Prompt, Role, Usage
from knowledge.ports import ModelUnavailable

_MESSAGES: Mapping[Role, type[BaseMessage]] = {
    Role.SYSTEM: SystemMessage,
    Role.USER: HumanMessage,
    Role.ASSISTANT: AIMessage,
}
LONGEST_REASON = 300
"""Characters of an error that are told."""

_NO_KEY = "not-needed"
"""Servers of one's own ask for no key, and the client for one all the same."""
_OPTIONS: Mapping[str, Mapping[str, Any]] = {"openai": {"stream_usage": True}}
"""At an address of one's own, OpenAI's class would not ask for the usage."""
_TOKENS = {"ollama": "num_predict", "google_genai": "max_output_tokens"}
"""What providers call the most tokens of an answer, where it is not `max_tokens`."""


class LangChainModel:
    """Loads the provider's package when it is made; the network is touched by the first prompt."""

    def __init__(
        self,
        name: str,
        *,
        url: str | None = None,
        key: str | None = None,
        seconds: float = 30.0,
        tokens: int = 500,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """`name` is "provider:model"; `tokens` is where the model stops at the latest; `options` go to the
        provider's class as they are.

        Raises ModelUnavailable for a provider that is not known, not installed, or lacks something."""
        keep_to_ourselves()
        self._name = name
        provider, _, model = name.partition(":")
        options = {
            **{"timeout": seconds, "max_retries": 0, _TOKENS.get(provider, "max_tokens"): tokens},
            **({"base_url": url, "api_key": _NO_KEY} if url else {}),
            **({"api_key": key} if key else {}),
            **_OPTIONS.get(provider, {}),
            **(options or {}),
        }
        self._model = _made(provider, model, options)

    @property
    def name(self) -> str:
        return self._name

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        messages = [_MESSAGES[message.role](message.text) for message in prompt.messages]
        usage: Usage | None = None
        try:
            async with aclosing(_closable(self._model.astream(messages))) as chunks:
                async for chunk in chunks:
                    usage = _usage(chunk) or usage
                    if text := str(chunk.text):
                        yield Delta(text)
        except (ModelTimeoutError, TimeoutError, httpx.TimeoutException) as error:
            raise ModelTimeout(_said(self._name, error)) from error
        except Exception as error:
            raise ModelFailed(_said(self._name, error)) from error
        yield Delta(usage=usage)

    async def close(self) -> None:
        """The providers' clients close their connections when they are collected."""


def keep_to_ourselves() -> None:
    """Whatever the environment says, nobody reads along: LangSmith can trace calls, and reroute them."""
    langsmith.configure(enabled=False)
    if os.environ.get("LANGSMITH_GATEWAY"):
        raise ModelUnavailable(
            "model: LANGSMITH_GATEWAY is set in the environment and would send every prompt past LangSmith; "
            "unset it"
        )


def _made(provider: str, model: str, options: Mapping[str, Any]) -> BaseChatModel:
    try:
        made = init_chat_model(model, model_provider=provider, **options)
    except ImportError as error:
        raise ModelUnavailable(
            f"model: the provider {provider!r} is not installed. {_in_a_line(error)}"
        ) from error
    except Exception as error:
        hint = "" if isinstance(error, ValueError) else " The key goes into COMPTOIR_MODEL_KEY."
        raise ModelUnavailable(
            f'model: "{provider}:{model}" is refused: {_in_a_line(error)}{hint}'
        ) from error
    assert isinstance(made, BaseChatModel)
    return made


async def _closable(stream: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
    """LangChain promises iterators that are generators, and closing one frees the server's slot."""
    try:
        async for chunk in stream:
            yield chunk
    finally:
        if isinstance(stream, AsyncGenerator):
            await stream.aclose()


def _usage(chunk: BaseMessage) -> Usage | None:
    found = getattr(chunk, "usage_metadata", None)
    return Usage(found["input_tokens"], found["output_tokens"]) if found else None


def _said(name: str, error: BaseException) -> str:
    hint = "; is COMPTOIR_MODEL_KEY right?" if isinstance(error, ModelAuthenticationError) else ""
    return f"{name}: {type(error).__name__}: {_in_a_line(error)}{hint}"


def _in_a_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:LONGEST_REASON] or "no reason given"

"""Decision models behind our port, through langchain-openai: the Decisions API, and any chat model that tells
the probabilities of its tokens."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from string import ascii_uppercase
from typing import Any

import httpx
from langchain_core._api import suppress_langchain_beta_warning
from langchain_core.messages import HumanMessage
from langchain_openai import ChatOpenAI
from langchain_openai.decisions import Choice, ChoiceAnswer, OpenAIDecisions
from pydantic import SecretStr

from bot.models.decider import DeciderFailed
from bot.models.langchain import keep_to_ourselves

NO_KEY = "not-needed"
"""Servers of one's own ask for no key, and the client for one all the same."""
LEAST_SAID = 0.05
"""Probability of all options together, below which the model said something else."""
_TOP = 20
_LONGEST_REASON = 200


class DecisionsApi:
    """`POST /decisions`: one pass, no text generated."""

    def __init__(self, model: str, url: str | None, key: str | None, seconds: float) -> None:
        keep_to_ourselves()
        self._name = model
        self._client = httpx.AsyncClient(timeout=seconds)
        with suppress_langchain_beta_warning():
            self._api = OpenAIDecisions(
                model=model,
                base_url=url,
                api_key=SecretStr(key or NO_KEY),
                max_retries=0,
                timeout=seconds,
                http_async_client=self._client,
            )

    @property
    def name(self) -> str:
        return f"decisions:{self._name}"

    async def decide(self, question: str, options: Sequence[str], context: str) -> Mapping[str, float]:
        asked = Choice(instructions=question, choices=dict.fromkeys(options))
        try:
            said = await self._api.ainvoke({"input": context, "questions": {"asked": asked}})
        except Exception as error:
            raise DeciderFailed(_said(self.name, error)) from error
        answer = said.answers.get("asked")
        if not isinstance(answer, ChoiceAnswer):
            raise DeciderFailed(f"{self.name}: it refused to decide")
        return _normal({option: answer.probabilities.get(option, 0.0) for option in options})

    async def close(self) -> None:
        await self._client.aclose()


class TokenProbabilities:
    """A chat model is asked for the letter of an option, and its first token's probabilities are read."""

    def __init__(self, model: str, url: str | None, key: str | None, seconds: float) -> None:
        keep_to_ourselves()
        self._name = model
        self._client = httpx.AsyncClient(timeout=seconds)
        self._chat = ChatOpenAI(
            model=model,
            base_url=url,
            api_key=SecretStr(key or NO_KEY),
            max_retries=0,
            timeout=seconds,
            temperature=0,
            max_completion_tokens=1,
            logprobs=True,
            top_logprobs=_TOP,
            http_async_client=self._client,
        )

    @property
    def name(self) -> str:
        return f"chat:{self._name}"

    async def decide(self, question: str, options: Sequence[str], context: str) -> Mapping[str, float]:
        letters = dict(zip(ascii_uppercase, options, strict=False))
        listed = "\n".join(f"{letter}) {option}" for letter, option in letters.items())
        prompt = f"{context}\n\n{question}\n{listed}\n\nThe letter of the right option is:"
        try:
            said = await self._chat.ainvoke([HumanMessage(prompt)])
        except Exception as error:
            raise DeciderFailed(_said(self.name, error)) from error
        top = _first_token(said.response_metadata)
        found: dict[str, float] = {}
        for token, probability in top:
            if option := letters.get(token.strip(" \n\t()*:.").upper()):
                found[option] = found.get(option, 0.0) + probability
        if sum(found.values()) < LEAST_SAID:
            raise DeciderFailed(f"{self.name}: it named none of the options")
        unlisted = min(
            probability for _, probability in top
        )  # what is not among the likeliest has at most this
        return _normal({option: found.get(option, unlisted) for option in options})

    async def close(self) -> None:
        await self._client.aclose()


def _first_token(metadata: Mapping[str, Any]) -> list[tuple[str, float]]:
    content = (metadata.get("logprobs") or {}).get("content") or []
    top = content[0].get("top_logprobs") or [] if content else []
    return [(str(one["token"]), math.exp(one["logprob"])) for one in top]


def _normal(found: Mapping[str, float]) -> Mapping[str, float]:
    mass = sum(found.values()) or 1.0
    return {option: probability / mass for option, probability in found.items()}


def _said(name: str, error: BaseException) -> str:
    reason = " ".join(str(error).split())[:_LONGEST_REASON] or "no reason given"
    return f"{name}: {type(error).__name__}: {reason}"

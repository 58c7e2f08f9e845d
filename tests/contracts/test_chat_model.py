"""What every chat model does, whoever provides it: the scripted one, and LangChain's over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from bot.models.breaker import Breaker
from bot.models.port import (
    ChatModel,
    Delta,
    Message,
    ModelFailed,
    ModelResting,
    ModelTimeout,
    Prompt,
    Role,
    Usage,
)
from bot.models.scripted import Endlessly, ScriptedModel, Wait
from tests.model_server import ModelServer, model_server

PROMPT = Prompt((Message(Role.SYSTEM, "Be brief."), Message(Role.USER, "Are returns free?")))


async def heard(model: ChatModel) -> tuple[str, Usage | None]:
    text, usage = "", None
    async with aclosing(model.stream(PROMPT)) as deltas:
        async for delta in deltas:
            text += delta.text
            usage = delta.usage or usage
    return text, usage


async def _to_the_end(deltas: AsyncIterator[Delta]) -> None:
    async for _ in deltas:
        pass


class ChatModelContract:
    async def test_the_text_comes_in_pieces_and_the_usage_at_the_end(self, model: ChatModel) -> None:
        deltas = [delta async for delta in model.stream(PROMPT)]
        assert "".join(delta.text for delta in deltas) == "Returns are free."
        assert len([delta for delta in deltas if delta.text]) > 1
        assert deltas[-1].usage is not None
        assert all(delta.usage is None for delta in deltas[:-1])

    async def test_it_says_its_name(self, model: ChatModel) -> None:
        assert model.name

    async def test_it_can_be_asked_again(self, model: ChatModel) -> None:
        assert await heard(model) == await heard(model)

    async def test_a_line_that_breaks_is_a_failure_after_what_was_said(self, broken: ChatModel) -> None:
        async with aclosing(broken.stream(PROMPT)) as deltas:
            assert (await anext(deltas)).text.startswith("Return")
            with pytest.raises(ModelFailed):
                await _to_the_end(deltas)

    async def test_who_listens_may_leave(self, hanging: ChatModel) -> None:
        async with aclosing(hanging.stream(PROMPT)) as deltas:
            assert (await anext(deltas)).text


class TestScripted(ChatModelContract):
    @pytest.fixture
    def model(self) -> ChatModel:
        return ScriptedModel("Returns are free.")

    @pytest.fixture
    def broken(self) -> ChatModel:
        return ScriptedModel(("Returns ", ModelFailed("the line is cut")))

    @pytest.fixture
    def hanging(self) -> ChatModel:
        return ScriptedModel(("Returns ", Wait(60)))

    async def test_it_counts_who_left(self) -> None:
        model = ScriptedModel((Endlessly("and so on "),))
        async with aclosing(model.stream(PROMPT)) as deltas:
            assert (await anext(deltas)).text == "and so on "
        assert model.abandoned == 1


class TestBreaker(TestScripted):
    """A breaker is the model it guards."""

    @pytest.fixture
    def model(self) -> ChatModel:
        return Breaker(ScriptedModel("Returns are free."))

    @pytest.fixture
    def broken(self) -> ChatModel:
        return Breaker(ScriptedModel(("Returns ", ModelFailed("the line is cut"))))

    @pytest.fixture
    def hanging(self) -> ChatModel:
        return Breaker(ScriptedModel(("Returns ", Wait(60))))

    async def test_after_three_failures_in_a_row_it_rests_then_tries_once(self) -> None:
        now = 0.0
        failing: list[str | tuple[ModelFailed, ...]] = [(ModelFailed("away"),)] * 4
        model = ScriptedModel(*failing, "Returns are free.")
        breaker = Breaker(model, failures=3, rest=60, clock=lambda: now)
        for _ in range(3):
            with pytest.raises(ModelFailed, match="away"):
                await heard(breaker)
        with pytest.raises(ModelResting):
            await heard(breaker)
        assert len(model.prompts) == 3
        now = 61.0
        with pytest.raises(ModelFailed, match="away"):
            await heard(breaker)
        with pytest.raises(ModelResting):
            await heard(breaker)
        now = 122.0
        assert (await heard(breaker))[0] == "Returns are free."
        assert not breaker.is_resting

    async def test_a_listener_whose_patience_ran_out_counts_as_a_failure(self) -> None:
        breaker = Breaker(ScriptedModel((Wait(60),)), failures=1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await heard(breaker)
        with pytest.raises(ModelResting):
            await heard(breaker)

    async def test_a_model_that_is_only_slow_has_not_failed(self) -> None:
        now = 0.0
        breaker = Breaker(ScriptedModel(("One ", Wait(60))), failures=1, clock=lambda: now)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await heard(breaker)
        assert not breaker.is_resting

    async def test_a_listener_who_has_heard_enough_does_not(self) -> None:
        breaker = Breaker(ScriptedModel((Endlessly("x"),)), failures=1)
        for _ in range(3):
            async with aclosing(breaker.stream(PROMPT)) as deltas:
                await anext(deltas)
        assert not breaker.is_resting


@pytest.mark.real_model
class TestLangChain(ChatModelContract):
    @pytest.fixture
    async def server(self) -> AsyncIterator[ModelServer]:
        async with model_server(ModelServer()) as server:
            yield server

    @pytest.fixture
    def model(self, server: ModelServer) -> ChatModel:
        return langchain(server)

    @pytest.fixture
    def broken(self, server: ModelServer) -> ChatModel:
        server.breaks = True
        return langchain(server)

    @pytest.fixture
    def hanging(self, server: ModelServer) -> ChatModel:
        server.hangs = True
        return langchain(server)

    async def test_the_prompt_the_key_and_the_limit_arrive(self, server: ModelServer) -> None:
        await heard(langchain(server, key="k-123", tokens=60))
        [request] = server.requests
        assert request["messages"] == [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Are returns free?"},
        ]
        assert request["model"] == "small"
        assert 60 in (request.get("max_tokens"), request.get("max_completion_tokens"))
        assert server.headers[0]["authorization"] == "Bearer k-123"

    async def test_options_reach_the_provider(self, server: ModelServer) -> None:
        await heard(langchain(server, options={"temperature": 0.2}))
        assert server.requests[0]["temperature"] == 0.2

    async def test_a_server_that_tells_no_usage_is_fine(self, server: ModelServer) -> None:
        server.tells_usage = False
        assert await heard(langchain(server)) == ("Returns are free.", None)

    @pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
    async def test_a_refusal_is_a_failure_and_is_not_retried(self, server: ModelServer, status: int) -> None:
        server.status = status
        with pytest.raises(ModelFailed) as failure:
            await heard(langchain(server))
        assert len(server.requests) == 1
        assert ("COMPTOIR_MODEL_KEY" in str(failure.value)) == (status == 401)

    async def test_a_server_that_is_not_there_is_a_failure(self) -> None:
        with pytest.raises(ModelFailed):
            await heard(langchain(ModelServer(url="http://127.0.0.1:9/v1")))

    async def test_a_server_that_says_nothing_is_a_timeout(self, server: ModelServer) -> None:
        server.pieces, server.hangs = (), True
        with pytest.raises(ModelTimeout):
            await heard(langchain(server, seconds=0.3))

    async def test_leaving_frees_the_server(self, server: ModelServer) -> None:
        server.hangs = True
        async with aclosing(langchain(server).stream(PROMPT)) as deltas:
            await anext(deltas)
        async with asyncio.timeout(10):
            await server.abandoned.wait()

    async def test_nothing_is_traced_whatever_the_environment_says(
        self, server: ModelServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with model_server(ModelServer()) as tracer:
            monkeypatch.setenv("LANGSMITH_TRACING", "true")
            monkeypatch.setenv("LANGCHAIN_TRACING_V2", "true")
            monkeypatch.setenv("LANGSMITH_API_KEY", "k")
            monkeypatch.setenv("LANGSMITH_ENDPOINT", tracer.url)
            from langsmith.utils import tracing_is_enabled

            model = langchain(server)
            assert (await heard(model))[0] == "Returns are free."
            assert not tracing_is_enabled()


def langchain(server: ModelServer, **more: object) -> ChatModel:
    from bot.models.langchain import LangChainModel

    return LangChainModel("openai:small", url=server.url, **more)  # type: ignore[arg-type]


@pytest.mark.real_model
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nobody:small", "Unsupported provider"),
        ("anthropic:claude", "pip install langchain-anthropic"),
        ("openai:gpt-5", "COMPTOIR_MODEL_KEY"),
    ],
)
def test_a_provider_that_cannot_be_used_is_refused_with_one_line(
    name: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.models.langchain import LangChainModel
    from knowledge.ports import ModelUnavailable

    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelUnavailable) as refused:
        LangChainModel(name)
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.real_model
def test_a_gateway_that_would_read_along_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.models.langchain import LangChainModel
    from knowledge.ports import ModelUnavailable

    monkeypatch.setenv("LANGSMITH_GATEWAY", "true")
    with pytest.raises(ModelUnavailable, match="LANGSMITH_GATEWAY"):
        LangChainModel("openai:small", url="http://127.0.0.1:9/v1")


def test_other_tests_cannot_load_a_provider() -> None:
    with pytest.raises(ImportError):
        import bot.models.langchain  # noqa: F401

"""Something reads the passage: it is calibrated, sees no personal data, and may fail."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest

from bot.brief import Brief
from bot.listening import DecidingListener
from bot.models.decider import DeciderFailed
from bot.models.fuse import Fuse
from bot.models.guarded_decider import GuardedDecider
from bot.reading import DecidingReader
from bot.understanding import Kind, Understanding
from connectors.doctor import Health, check_reader
from connectors.factories import make_decider, make_reader
from connectors.settings import Settings
from knowledge.correction import READING
from knowledge.embedders.hashing import HashingEmbedder
from knowledge.entries import Article
from knowledge.evidence import Evidence, Question
from knowledge.index.exact import ExactIndex
from knowledge.ingest import ingest
from knowledge.knowledge_base import KnowledgeBase
from knowledge.language import LanguageDetector
from knowledge.ports import Loaded, Reader, ReaderFailed, Reranker
from knowledge.store.memory import MemoryEntryStore
from tests.local_model import local_model

QUESTION = "Can I return a lamp? Mail me at jean.martin@example.fr"


class Centre:
    origin = "centre"

    async def read(self):  # type: ignore[no-untyped-def]
        for title in ("Return a lamp", "Repair a lamp", "Invoices", "Opening hours"):
            yield Loaded(Article(title, title, f"{title}: here is all about it.", "en"))


class Scripted:
    """Says yes with this probability, fails, or never comes back."""

    name = "scripted"

    def __init__(self, yes: float | None = 0.5, hangs: bool = False) -> None:
        self.yes, self.hangs, self.seen = yes, hangs, ""

    async def decide(self, question: str, options: Sequence[str], context: str) -> Mapping[str, float]:
        self.seen = context
        if self.hangs:
            await asyncio.Event().wait()
        if self.yes is None:
            raise DeciderFailed("it is away")
        return {"yes": self.yes, "no": 1 - self.yes}

    async def close(self) -> None:
        return


class SaysThat:
    """A re-ranker that scores everything alike."""

    def __init__(self, score: float) -> None:
        self._score = score

    async def score(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        return [self._score] * len(texts)


async def found(reader: Reader | None = None, reranker: Reranker | None = None) -> Evidence:
    store, index, embedder = MemoryEntryStore(), ExactIndex(), HashingEmbedder()
    await ingest([Centre()], store, index, embedder, LanguageDetector())
    knowledge = KnowledgeBase(store, index, embedder, reader=reader, reranker=reranker)
    await knowledge.prepare()
    return await knowledge.find(Question(QUESTION, "en"))


def reading(yes: float | None, hangs: bool = False) -> DecidingReader:
    return DecidingReader(GuardedDecider(Scripted(yes, hangs), seconds=0.05))


async def test_a_no_lowers_the_confidence_and_a_yes_alone_does_not_raise_it() -> None:
    without, no, yes = await found(), await found(reading(0.02)), await found(reading(0.99))
    assert no.confidence < without.confidence == pytest.approx(yes.confidence)
    assert no.uncorrected == without.confidence
    assert no.features[READING] < 0 < yes.features[READING]
    assert no.calibration["reading"] == "scripted"
    assert "reading" not in without.calibration


@pytest.mark.parametrize(("yes", "hangs"), [(None, False), (0.9, True)])
async def test_a_reader_that_is_away_is_done_without_and_the_trace_says_so(yes: float, hangs: bool) -> None:
    without, away = await found(), await found(reading(yes, hangs))
    assert away.confidence == without.confidence
    assert str(away.calibration["reading"]).startswith("failed: ")
    assert READING not in away.features


async def test_a_reader_that_fails_again_and_again_is_left_alone_for_a_while() -> None:
    now, decider = 0.0, Scripted(None)
    reader = DecidingReader(GuardedDecider(decider, 1.0, Fuse(failures=3, rest=60, clock=lambda: now)))
    for _ in range(3):
        with pytest.raises(ReaderFailed, match="away"):
            await reader.answers(QUESTION, "Returns")
    decider.yes = 0.9
    with pytest.raises(ReaderFailed, match="rests"):
        await reader.answers(QUESTION, "Returns")
    now = 61.0
    assert await reader.answers(QUESTION, "Returns") == 0.9


async def test_a_re_rankers_score_goes_through_the_calibration_too() -> None:
    without, doubted = await found(), await found(reranker=SaysThat(0.05))
    assert doubted.confidence < without.confidence
    assert doubted.calibration["reading"] == "reranker"


async def test_personal_data_is_masked_before_anybody_reads() -> None:
    decider = Scripted()
    await DecidingReader(decider).answers(QUESTION, "Return a lamp: within 30 days.")
    assert "jean.martin" not in decider.seen
    assert "Can I return a lamp?" in decider.seen
    assert "within 30 days" in decider.seen


@asynccontextmanager
async def decisions_api(status: str, answer: object) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that speaks the Decisions API, and what it was sent."""
    sent: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        sent.extend((head, await reader.readexactly(length)))
        body = json.dumps(answer).encode()
        writer.write(
            f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
            f"connection: close\r\n\r\n".encode()
            + body
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", sent


@asynccontextmanager
async def read_by(decider: str, url: str) -> AsyncIterator[DecidingReader]:
    settings = Settings(decider=decider, decider_url=url, decider_seconds=30)
    asked = make_decider(settings)
    reader = make_reader(settings, asked)
    assert asked is not None
    assert reader is not None
    yield reader
    await asked.close()


@pytest.mark.real_model
async def test_the_decisions_api_is_spoken() -> None:
    answer = {
        "model": "small",
        "answers": [
            {
                "name": "asked",
                "type": "choice",
                "choice": "yes",
                "confidence": 0.6,
                "probabilities": [{"value": "yes", "probability": 0.8}, {"value": "no", "probability": 0.2}],
            }
        ],
    }
    async with decisions_api("200 OK", answer) as (url, sent), read_by("decisions:small", url) as reader:
        said = await reader.answers(QUESTION, "Within 30 days.")
    assert said == pytest.approx(0.8)
    assert sent[0].startswith(b"POST /v1/decisions ")
    assert [question["type"] for question in json.loads(sent[1])["questions"]] == ["choice"]
    assert b"jean.martin" not in sent[1]


@pytest.mark.real_model
async def test_a_decisions_api_that_is_broken_is_a_reader_that_failed() -> None:
    async with (
        decisions_api("500 Internal Server Error", {}) as (url, _),
        read_by("decisions:s", url) as reader,
    ):
        with pytest.raises(ReaderFailed, match="decisions:s"):
            await reader.answers(QUESTION, "Within 30 days.")


@pytest.mark.real_model
@pytest.mark.parametrize(
    ("status", "yes", "health"),
    [
        ("200 OK", 0.9, Health.OK),
        ("200 OK", 0.1, Health.ATTENTION),
        ("500 Internal Server Error", 0.9, Health.FAILED),
    ],
)
async def test_the_doctor_says_how_it_is(status: str, yes: float, health: Health) -> None:
    said = [{"value": "yes", "probability": yes}, {"value": "no", "probability": 1 - yes}]
    choice = {"name": "asked", "type": "choice", "choice": "yes", "confidence": 0.6, "probabilities": said}
    async with decisions_api(status, {"model": "small", "answers": [choice]}) as (url, _):
        check = await check_reader(Settings(decider="decisions:small", decider_url=url, decider_seconds=30))
    assert check.health is health
    assert check.advice or health is Health.OK


async def test_the_doctor_says_that_there_is_none() -> None:
    assert (await check_reader(Settings())).found == "none, passages are read by Comptoir alone"


@pytest.mark.real_model
@pytest.mark.slow
async def test_a_local_chat_models_token_probabilities_decide() -> None:
    with local_model() as url:
        async with read_by("chat:gemma-3-270m", url) as reader:
            said = await reader.answers(QUESTION, "Return a lamp: within 30 days.")
            choice = await reader._decider.decide("About what?", ("lamps", "shoes", "taxes"), "A lamp.")
            listener = DecidingListener(reader._decider, Brief(), understands=True, routes=False)
            heard = await listener.hear(Understanding(Kind.QUESTION, "en", QUESTION))
    assert heard.failures == ()
    assert 0 < said < 1
    assert set(choice) == {"lamps", "shoes", "taxes"}
    assert sum(choice.values()) == pytest.approx(1)

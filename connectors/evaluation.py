"""`comptoir eval`: every judged question of a set through the real turn, and how that went."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.asked import Asked, Exchange, Responder
from bot.decisions import Answer, Clarify, Decision, EntryLink
from bot.turn import Knowledge
from connectors.benchmark_set import JudgedQuestion
from connectors.quality import Prediction
from knowledge.evidence import Evidence, Question

RANKED = 20


@dataclass(slots=True)
class WatchedKnowledge:
    """Passes questions on and remembers the last evidence, so that the ranking is what the turn saw."""

    knowledge: Knowledge
    seen: Evidence | None = None

    async def find(self, question: Question) -> Evidence:
        self.seen = await self.knowledge.find(question)
        return self.seen


async def predict(
    responder: Responder,
    knowledge: WatchedKnowledge,
    questions: Sequence[JudgedQuestion],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Prediction]:
    """One prediction a question, in order. `responder` must ask `knowledge`."""
    predictions: list[Prediction] = []
    for number, question in enumerate(questions, start=1):
        predictions.append(await _prediction(responder, knowledge, question))
        progress(number, len(questions))
    return predictions


async def _prediction(
    responder: Responder, knowledge: WatchedKnowledge, question: JudgedQuestion
) -> Prediction:
    knowledge.seen = None
    start = time.perf_counter()
    response = await responder.respond(_asked(question))
    ms = (time.perf_counter() - start) * 1000
    evidence = knowledge.seen or await knowledge.find(Question(question.text, question.language))
    ranked = tuple(hit.entry.id for hit in evidence.hits[:RANKED])
    outcome = response.outcome
    return Prediction(
        question.id,
        ranked,
        response.confidence,
        outcome.kind,
        ms,
        hedged=isinstance(outcome, Answer) and outcome.hedged,
        doubtful=isinstance(outcome, Answer) and outcome.doubtful,
        offered=_offered(outcome),
    )


def _offered(outcome: Decision) -> tuple[str, ...]:
    return tuple(choice.entry_id for choice in outcome.choices) if isinstance(outcome, Clarify) else ()


def _asked(question: JudgedQuestion) -> Asked:
    return Asked(
        conversation_id=question.id,
        messages=(question.text,),
        exchanges=tuple(_exchanges(question.history)),
        now=datetime.now(UTC),
    )


def _exchanges(history: Iterable[tuple[str, str]]) -> Iterable[Exchange]:
    """Each turn of the customer with what was said to it, as the bot's own answers would stand in the log."""
    asked: str | None = None
    for position, (role, text) in enumerate(history, start=1):
        if role == "user":
            asked = text if asked is None else f"{asked}\n{text}"
        elif asked is not None:
            yield Exchange(asked, _said(text), position)
            asked = None
    if asked is not None:
        yield Exchange(asked, None, 0)


def _said(text: str) -> Decision:
    return Answer(text=text, citations=(), more=EntryLink("", ""))


def write_predictions(path: Path, predictions: Iterable[Prediction]) -> None:
    """One JSON object a line. Raises OSError."""
    lines = (json.dumps(prediction.as_line(), ensure_ascii=False) for prediction in predictions)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

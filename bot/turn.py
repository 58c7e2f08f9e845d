"""The turn: understand → retrieve → judge → compose → verify → decide."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from bot.asked import Asked, Response, Shown, to_nobody
from bot.brief import Brief
from bot.composing import compose
from bot.deciding import decide
from bot.decisions import Answer, Clarify, Decision, Escalate
from bot.judging import Judgement, Verdict, judge
from bot.understanding import Kind, Understanding, understand
from bot.verifying import verify
from knowledge.evidence import Evidence, Hit, Question
from knowledge.ports import IndexUnavailable, ModelUnavailable, WrongModel

PATIENCE = 10.0
"""Seconds that a search may take before the customer gets a person instead."""
TRACED = 10
"""Candidates kept in the trace."""

Composer = Callable[[Hit, Evidence, Brief], Answer | None]
"""Writes a draft from what was found; whatever it writes is verified afterwards."""


class Knowledge(Protocol):
    async def find(self, question: Question) -> Evidence: ...


class Detector(Protocol):
    def detect(self, text: str, hint: str | None = None) -> str:
        """ISO 639-1; `hint` decides for texts that are too short to tell."""
        ...


class Turn:
    """Answers the messages of one customer; keeps nothing between two turns."""

    def __init__(
        self,
        knowledge: Knowledge,
        brief: Brief,
        detector: Detector,
        *,
        composer: Composer = compose,
        unavailable: tuple[type[Exception], ...] = (),
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`unavailable` are the errors by which the store says that it is away; the index's are known."""
        self._knowledge = knowledge
        self._brief = brief
        self._detector = detector
        self._composer = composer
        self._unavailable: tuple[type[Exception], ...] = (
            IndexUnavailable,
            ModelUnavailable,
            WrongModel,
            TimeoutError,
            *unavailable,
        )
        self._patience = patience
        self._clock = clock

    async def respond(self, asked: Asked, shown: Shown = to_nobody) -> Response:
        record = _Record(self._clock)
        with record.step("understand"):
            understood = self._understand(asked)
        with record.step("retrieve"):
            evidence = await self._retrieve(understood, asked, record)
        with record.step("judge"):
            judgement = self._judge(evidence, understood, asked)
        with record.step("compose"):
            draft = self._compose(judgement, evidence)
        with record.step("verify"):
            answer = self._verify(draft, evidence, asked)
        with record.step("decide"):
            decision = decide(understood, judgement, answer, self._brief, asked)
        return Response(
            decision,
            judgement.confidence if judgement else 0.0,
            record.trace(understood, evidence, judgement, draft, answer, decision),
            understood.language,
            understood.rejects,
        )

    def _understand(self, asked: Asked) -> Understanding:
        language = self._detector.detect("\n".join(asked.messages), asked.language)
        return understand(asked, language, self._brief)

    async def _retrieve(self, understood: Understanding, asked: Asked, record: _Record) -> Evidence | None:
        """None when there is nothing to search, or nothing to search in."""
        if not understood.needs_search:
            return None
        question = Question(
            understood.question,
            understood.language,
            asked.audiences,
            understood.context,
            understood.background,
            excluding=understood.shown,
        )
        try:
            async with asyncio.timeout(self._patience):
                return await self._knowledge.find(question)
        except self._unavailable as error:
            record.failure = f"{type(error).__name__}: {error}"
            return None

    def _judge(self, evidence: Evidence | None, understood: Understanding, asked: Asked) -> Judgement | None:
        if evidence is None:
            return None
        last = asked.exchanges[-1].outcome if asked.exchanges else None
        return judge(
            evidence,
            chosen=understood.choice.entry_id if understood.choice else None,
            may_clarify=not isinstance(last, Clarify) and understood.kind is not Kind.WRONG_ANSWER,
        )

    def _compose(self, judgement: Judgement | None, evidence: Evidence | None) -> Answer | None:
        if judgement is None or evidence is None or judgement.best is None:
            return None
        if judgement.verdict not in {Verdict.SURE, Verdict.LESS_SURE}:
            return None
        return self._composer(judgement.best, evidence, self._brief)

    def _verify(self, draft: Answer | None, evidence: Evidence | None, asked: Asked) -> Answer | None:
        if draft is None or evidence is None:
            return None
        return verify(draft, (hit.entry for hit in evidence.hits), asked.audiences)


@dataclass
class _Record:
    """What the trace is made of, while the turn goes on."""

    clock: Callable[[], float]
    timings: dict[str, float] = field(default_factory=dict)
    failure: str | None = None

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        start = self.clock()
        try:
            yield
        finally:
            self.timings[name] = round((self.clock() - start) * 1000, 2)

    def trace(
        self,
        understood: Understanding,
        evidence: Evidence | None,
        judgement: Judgement | None,
        draft: Answer | None,
        answer: Answer | None,
        decision: Decision,
    ) -> dict[str, Any]:
        """JSON-able."""
        return {
            "understanding": _plain(understood),
            "question": evidence.question.text if evidence else None,
            "features": dict(evidence.features) if evidence else {},
            "terms": dict(evidence.terms) if evidence else {},
            "candidates": [_candidate(hit) for hit in evidence.hits[:TRACED]] if evidence else [],
            "confidence": evidence.confidence if evidence else None,
            "threshold": evidence.threshold if evidence else None,
            "degraded": evidence.degraded if evidence else None,
            "unavailable": self.failure,
            "judgement": _judged(judgement) if judgement else None,
            "cut": draft is not None and (answer is None or answer.text != draft.text),
            "decision": decision.kind,
            "reason": decision.reason.value if isinstance(decision, Escalate) else None,
            "timings": {**self.timings, "search": dict(evidence.timings) if evidence else {}},
        }


def _plain(understood: Understanding) -> dict[str, Any]:
    return {
        **asdict(understood),
        "kind": understood.kind.value,
        "talk": understood.talk.value if understood.talk else None,
        "shown": sorted(understood.shown),
        "context": list(understood.context),
        "background": list(understood.background),
        "signs": list(understood.signs),
    }


def _candidate(hit: Hit) -> dict[str, Any]:
    return {
        "entry_id": hit.entry.id,
        "title": hit.entry.title,
        "language": hit.entry.language,
        "score": float(hit.score),
        "signals": {name: float(value) for name, value in hit.signals.items()},
        "passages": [
            {"start": p.passage.start, "end": p.passage.end, "score": float(p.score)}
            for p in hit.passages[:3]
        ],
    }


def _judged(judgement: Judgement) -> dict[str, Any]:
    return {
        "verdict": judgement.verdict.value,
        "best": judgement.best.entry.id if judgement.best else None,
        "card": judgement.card.entry.id if judgement.card else None,
        "competing": [hit.entry.id for hit in judgement.competing],
        "near": judgement.near,
    }

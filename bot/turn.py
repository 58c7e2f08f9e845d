"""The turn: understand → retrieve → judge → compose → verify → decide."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from operator import attrgetter
from typing import Any, Protocol

from bot.asked import Asked, Response, Shown, to_nobody
from bot.brief import Brief
from bot.composing import compose
from bot.deciding import apologise, decide, pass_on
from bot.decisions import Answer, Decision, Escalate, Performed
from bot.errands import Errand, ErrandFailed, Errands, Said, errand_of
from bot.judging import HEDGE_FROM, Judgement, Verdict, judge
from bot.languages import Detector
from bot.listening import Heard
from bot.recognisers.shorthand import spelled_out
from bot.understanding import Kind, Understanding, understand
from bot.verifying import verify
from bot.writing.sheet import Blank, Sheet
from knowledge.evidence import Evidence, Hit, Question
from knowledge.ports import IndexUnavailable, ModelUnavailable, WrongModel

PATIENCE = 10.0
"""Seconds that a search may take before the customer gets a person instead."""
QUESTIONS_BACK = 2
"""In a row, at most: whom they do not help gets a person. Each offers one as well."""
TRACED = 10
"""Candidates kept in the trace."""

_logging = logging.getLogger(__name__)

Composer = Callable[[Hit, Evidence, Brief], Answer | None]
"""Writes a draft from what was found; whatever it writes is verified afterwards."""


class Knowledge(Protocol):
    async def find(self, question: Question) -> Evidence: ...


class Listener(Protocol):
    async def hear(self, understood: Understanding) -> Heard: ...


class Turn:
    """Answers the messages of one customer; keeps nothing between two turns."""

    def __init__(
        self,
        knowledge: Knowledge,
        brief: Brief,
        detector: Detector,
        *,
        composer: Composer = compose,
        sheet: Callable[[], Sheet] = Blank,
        errands: Errands | None = None,
        listener: Listener | None = None,
        unavailable: tuple[type[Exception], ...] = (),
        hedge_from: float = HEDGE_FROM,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`sheet` makes a turn's, on which a model may write; `errands` runs the brief's actions;
        `listener` hears what the recognisers may have missed;
        `unavailable` are the errors by which the store says that it is away, the index's are known;
        `hedge_from` is the confidence from which an answer below the threshold is shown as doubtful."""
        self._knowledge = knowledge
        self._brief = brief
        self._detector = detector
        self._composer = composer
        self._sheet = sheet
        self._errands = errands
        self._listener = listener
        self._unavailable: tuple[type[Exception], ...] = (
            IndexUnavailable,
            ModelUnavailable,
            WrongModel,
            TimeoutError,
            *unavailable,
        )
        self._hedge_from = hedge_from
        self._patience = patience
        self._clock = clock

    async def respond(self, asked: Asked, shown: Shown = to_nobody) -> Response:
        record = _Record(self._clock)
        sheet = self._sheet()
        with record.step("understand"):
            understood = await sheet.question(self._understand(asked))
        with record.step("retrieve"):
            if self._listener is None or understood.kind is not Kind.QUESTION:
                evidence = await self._retrieve(understood, asked, record)
            else:
                evidence, heard = await asyncio.gather(
                    self._retrieve(understood, asked, record), self._listener.hear(understood)
                )
                record.heard, understood = heard, heard.in_addition_to(understood)
        with record.step("judge"):
            judgement = self._judge(evidence, understood, asked)
        with record.step("compose"):
            drafts = await self._compose(judgement, evidence, understood, asked, sheet, shown)
        with record.step("verify"):
            answer = self._verify(drafts, evidence, understood, asked, sheet)
        with record.step("decide"):
            decision = decide(understood, judgement, answer, self._brief, asked)
            errand = errand_of(understood.topic, decision, asked, self._brief, understood.language)
            if errand is not None:
                with record.step("act"):
                    said = await self._run(errand, record)
                if said is None:
                    decision = apologise(understood, judgement, self._brief, asked)
                elif said.wants_person:
                    decision = pass_on(understood, judgement, self._brief, asked, said.text)
                else:
                    decision = Performed(said.text, errand.action, said.choices)
            if isinstance(decision, Escalate):
                await sheet.summary(asked, understood.language)
        return Response(
            decision,
            judgement.confidence if judgement else 0.0,
            record.trace(understood, evidence, judgement, drafts, answer, decision, sheet),
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
            spelled_out(understood.question, understood.language),
            understood.language,
            asked.audiences,
            understood.context,
            understood.background,
            excluding=understood.shown,
        )
        try:
            async with asyncio.timeout(self._patience):
                evidence = await self._knowledge.find(question)
                if understood.may_leave and _leads_elsewhere(evidence, understood.offered):
                    alone = await self._knowledge.find(replace(question, context=()))
                    return max(evidence, alone, key=attrgetter("confidence"))
                return evidence
        except self._unavailable as error:
            record.failure = f"{type(error).__name__}: {error}"
            return None

    async def _run(self, errand: Errand, record: _Record) -> Said | None:
        """None when it failed: the record says why."""
        record.errand = {"action": errand.action, "slots": errand.masked}
        try:
            if self._errands is None:
                raise ErrandFailed("no actions are set up: see [rasa] in the settings")
            async with asyncio.timeout(errand.seconds):
                said = await self._errands.run(errand)
        except TimeoutError:
            record.fail(errand, f"nothing within {errand.seconds:g} seconds")
        except ErrandFailed as failed:
            record.fail(errand, str(failed), failed.detail)
        else:
            record.note(errand, said)
            return said
        return None

    def _judge(self, evidence: Evidence | None, understood: Understanding, asked: Asked) -> Judgement | None:
        if evidence is None:
            return None
        return judge(
            evidence,
            chosen=understood.choice.entry_id if understood.choice else None,
            may_clarify=asked.questions_back < QUESTIONS_BACK and understood.kind is not Kind.WRONG_ANSWER,
            offered=understood.offered,
            hedge_from=None
            if understood.rejects or understood.kind is not Kind.QUESTION
            else self._hedge_from,
        )

    async def _compose(
        self,
        judgement: Judgement | None,
        evidence: Evidence | None,
        understood: Understanding,
        asked: Asked,
        sheet: Sheet,
        shown: Shown,
    ) -> tuple[Answer, ...]:
        """The quotation, and before it what a model makes of it where an answer is what will be decided. What
        is doubtful is quoted: the customer shall see what it really says."""
        if judgement is None or evidence is None or judgement.best is None:
            return ()
        if judgement.verdict not in {Verdict.SURE, Verdict.LESS_SURE}:
            return ()
        quoted = self._composer(judgement.best, evidence, self._brief)
        if quoted is None:
            return ()
        is_visible = judgement.best.entry.audience in asked.audiences
        will_be_sent = isinstance(decide(understood, judgement, quoted, self._brief, asked), Answer)
        if judgement.doubtful or not (is_visible and will_be_sent):
            return (quoted,)
        written = await sheet.answer(quoted, judgement, evidence, understood, shown)
        return (written, quoted) if written else (quoted,)

    def _verify(
        self,
        drafts: tuple[Answer, ...],
        evidence: Evidence | None,
        understood: Understanding,
        asked: Asked,
        sheet: Sheet,
    ) -> Answer | None:
        """The first draft that stands. A quotation may lose a sentence here; a model's text must stand whole:
        its sentences were held to their passages already, so something is wrong when one is not."""
        for draft in drafts:
            answer = verify(
                draft,
                (hit.entry for hit in evidence.hits) if evidence else (),
                asked.audiences,
                language=understood.language,
                company=self._brief.company,
                meaning=sheet.meaning,
            )
            is_quoted = not (draft.written or draft.translated)
            if answer is not None and (is_quoted or answer.text == draft.text):
                return answer
            if not is_quoted:
                sheet.refuse()
        return None


def _leads_elsewhere(evidence: Evidence, offered: frozenset[str]) -> bool:
    """What was read as narrowing down finds nothing of what was offered, nor anything sure."""
    first = {hit.entry.id for hit in evidence.hits[:1]}
    return evidence.confidence < evidence.threshold and not first & offered


@dataclass
class _Record:
    """What the trace is made of, while the turn goes on."""

    clock: Callable[[], float]
    timings: dict[str, float] = field(default_factory=dict)
    failure: str | None = None
    errand: dict[str, Any] | None = None
    heard: Heard | None = None
    error: dict[str, str] | None = None

    def note(self, errand: Errand, said: Said) -> None:
        self.errand = {"action": errand.action, "slots": errand.masked, "ran": said.ran}
        if said.wants_person:
            self.errand |= {"wants_person": True, "why": errand.without_slots(said.why)}
            _logging.info("%s (%s) asks for a person", errand.action, errand.masked)

    def fail(self, errand: Errand, why: str, detail: str = "") -> None:
        why, detail = errand.without_slots(why), errand.without_slots(detail)
        _logging.warning("%s (%s) failed: %s", errand.action, errand.masked, why)
        self.error = {"type": "ErrandFailed", "message": f"{errand.action}: {why}", "detail": detail}

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
        drafts: tuple[Answer, ...],
        answer: Answer | None,
        decision: Decision,
        sheet: Sheet,
    ) -> dict[str, Any]:
        """JSON-able."""
        return {
            "understanding": _plain(understood),
            "question": evidence.question.text if evidence else None,
            "features": dict(evidence.features) if evidence else {},
            "terms": dict(evidence.terms) if evidence else {},
            "candidates": [_candidate(hit) for hit in evidence.hits[:TRACED]] if evidence else [],
            "confidence": evidence.confidence if evidence else None,
            "shortlist_confidence": evidence.shortlist_confidence if evidence else None,
            "uncorrected": evidence.uncorrected if evidence else None,
            "threshold": evidence.threshold if evidence else None,
            "calibration": dict(evidence.calibration) if evidence else {},
            "degraded": evidence.degraded if evidence else None,
            "unavailable": self.failure,
            **({"errand": self.errand} if self.errand else {}),
            **({"heard": asdict(self.heard)} if self.heard else {}),
            **({"error": self.error} if self.error else {}),
            "judgement": _judged(judgement) if judgement else None,
            "cut": bool(drafts) and (answer is None or all(answer.text != draft.text for draft in drafts)),
            "model": sheet.as_trace(),
            "decision": decision.kind,
            "reason": decision.reason.value if isinstance(decision, Escalate) else None,
            "timings": {**self.timings, "search": dict(evidence.timings) if evidence else {}},
        }


def _plain(understood: Understanding) -> dict[str, Any]:
    return {
        **{each.name: getattr(understood, each.name) for each in fields(understood)},
        "kind": understood.kind.value,
        "talk": understood.talk.value if understood.talk else None,
        "choice": asdict(understood.choice) if understood.choice else None,
        "shown": sorted(understood.shown),
        "offered": sorted(understood.offered),
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
        "tags": list(judgement.best.entry.tags) if judgement.near and judgement.best else [],
    }

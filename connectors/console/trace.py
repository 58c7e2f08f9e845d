"""The trace of an outcome, in the order in which one asks: what it understood, found, and dared. Pure.

A trace is free-form JSON: what is not as expected is left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.events import OutcomeGiven


@dataclass(frozen=True, slots=True)
class Candidate:
    entry_id: str
    title: str
    language: str
    score: float
    share: int
    """Of the best one's score, 0 to 100: the length of its bar."""
    signals: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Timing:
    step: str
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Traced:
    kind: str
    question: str | None
    understood: str | None
    language: str | None
    confidence: float
    threshold: float | None
    candidates: tuple[Candidate, ...]
    features: tuple[tuple[str, float], ...]
    verdict: str | None
    reason: str | None
    cut: bool
    degraded: str | None
    unavailable: str | None
    error: str | None
    detail: str | None
    """Of the error, for whoever mends it."""
    errand: str | None
    """The company's action that was run, with what it was given, and where."""
    person_wanted: str | None
    """The action asked for a person: why, as far as it said."""
    timings: tuple[Timing, ...]
    model: tuple[tuple[str, str], ...]

    @property
    def total(self) -> float:
        return sum(timing.milliseconds for timing in self.timings)


def traced(given: OutcomeGiven) -> Traced:
    trace = given.trace
    understanding = _mapping(trace.get("understanding"))
    judgement = _mapping(trace.get("judgement"))
    return Traced(
        kind=given.outcome.kind,
        question=_text(trace.get("question")),
        understood=_text(understanding.get("kind")),
        language=given.language,
        confidence=given.confidence,
        threshold=_number(trace.get("threshold")),
        candidates=tuple(_candidates(trace.get("candidates"))),
        features=tuple(_numbers(trace.get("features"))),
        verdict=_text(judgement.get("verdict")),
        reason=_text(trace.get("reason")),
        cut=trace.get("cut") is True,
        degraded=_text(trace.get("degraded")),
        unavailable=_text(trace.get("unavailable")),
        error=_text(_mapping(trace.get("error")).get("message")),
        detail=_text(_mapping(trace.get("error")).get("detail")),
        errand=_errand(_mapping(trace.get("errand"))),
        person_wanted=_person_wanted(_mapping(trace.get("errand"))),
        timings=tuple(Timing(*pair) for pair in _numbers(trace.get("timings"))),
        model=tuple((str(k), str(v)) for k, v in _mapping(trace.get("model")).items() if v is not None),
    )


def _errand(errand: Mapping[str, Any]) -> str | None:
    if not (action := _text(errand.get("action"))):
        return None
    slots = ", ".join(f"{name} {value}" for name, value in _mapping(errand.get("slots")).items())
    return " · ".join(part for part in (action, slots, _text(errand.get("ran"))) if part)


def _person_wanted(errand: Mapping[str, Any]) -> str | None:
    return (_text(errand.get("why")) or "") if errand.get("wants_person") else None


def _candidates(found: Any) -> Iterator[Candidate]:
    listed = [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
    best = max((_number(one.get("score")) or 0.0 for one in listed), default=0.0)
    for one in listed:
        score = _number(one.get("score")) or 0.0
        yield Candidate(
            str(one.get("entry_id", "")),
            str(one.get("title") or one.get("entry_id", "")),
            str(one.get("language") or ""),
            score,
            round(100 * max(score, 0.0) / best) if best > 0 else 0,
            tuple(_numbers(one.get("signals"))),
        )


def _numbers(found: Any) -> Iterator[tuple[str, float]]:
    for name, value in _mapping(found).items():
        if (number := _number(value)) is not None:
            yield str(name), number


def _mapping(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}


def _text(found: Any) -> str | None:
    return found if isinstance(found, str) and found else None


def _number(found: Any) -> float | None:
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None

"""What a model was asked for in one turn, what came of it, and what it took: for the trace."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.models.port import Usage


class Task(StrEnum):
    ANSWER = "answer"
    TRANSLATION = "translation"
    QUESTION = "question"
    """Rewriting a follow-up."""
    SUMMARY = "summary"


class Outcome(StrEnum):
    CARRIED = "carried"
    """What the model wrote is what is used."""
    FELL_BACK = "fell_back"
    SKIPPED = "skipped"
    """It was not asked."""


class Why(StrEnum):
    """Why a model's text was not used. A closed list: reports count by it."""

    SURE_QUOTATION = "sure_quotation"
    """Not asked: the quotation is short and answers a question that the entry itself asks."""
    INJECTION = "injection"
    """Not asked: the message talks to a model."""
    UNCHECKED_LANGUAGE = "unchecked_language"
    """Not asked: what would turn a sentence of this language round is not known here."""
    NOT_WANTED = "not_wanted"
    """Not asked: the brief says so."""
    TIMEOUT = "timeout"
    FAILED = "failed"
    RESTING = "resting"
    EMPTY = "empty"
    """It wrote nothing, or that the passages do not answer."""
    LOOPS = "loops"
    NOTHING_STOOD = "nothing_stood"
    """No sentence of it stands in the passages."""
    DOES_NOT_ANSWER = "does_not_answer"
    """What was left says less to the question than the quotation."""
    STEPS_LEFT_OUT = "steps_left_out"
    UNFAITHFUL = "unfaithful"
    """Not all of a translation, a question or a summary stands in what it was made from."""
    LAST_GATE = "last_gate"
    """It did not pass the last look at every answer."""


@dataclass(slots=True)
class Use:
    """One prompt."""

    task: Task
    outcome: Outcome = Outcome.FELL_BACK
    why: Why | None = None
    detail: str = ""
    """Of a failure, for whoever runs the service."""
    written: int = 0
    kept: int = 0
    dropped: list[tuple[str, str]] = field(default_factory=list)
    """Sentences, masked, each with the reason."""
    usage: Usage | None = None
    is_estimated: bool = False
    """The usage: nobody told it."""
    first_token_ms: float | None = None
    total_ms: float = 0.0

    def as_trace(self) -> dict[str, Any]:
        return {
            "task": self.task.value,
            "outcome": self.outcome.value,
            "why": self.why.value if self.why else None,
            "detail": self.detail or None,
            "written": self.written,
            "kept": self.kept,
            "dropped": [{"text": text, "why": why} for text, why in self.dropped],
            "tokens_in": self.usage.tokens_in if self.usage else None,
            "tokens_out": self.usage.tokens_out if self.usage else None,
            "estimated": self.is_estimated,
            "first_token_ms": self.first_token_ms,
            "total_ms": self.total_ms,
        }


@dataclass(frozen=True, slots=True)
class Prices:
    """Of a million tokens, in whatever currency the company pays."""

    tokens_in: float = 0.0
    tokens_out: float = 0.0

    def of(self, usage: Usage) -> float:
        return (usage.tokens_in * self.tokens_in + usage.tokens_out * self.tokens_out) / 1_000_000


@dataclass(slots=True)
class Account:
    """All prompts of one turn."""

    model: str
    prices: Prices
    uses: list[Use] = field(default_factory=list)

    def opened(self, task: Task) -> Use:
        self.uses.append(Use(task))
        return self.uses[-1]

    def as_trace(self) -> dict[str, Any] | None:
        """JSON-able: what became of the answer, each use, and what all took. None when there was nothing to
        ask a model for."""
        if not self.uses:
            return None
        usages = [use.usage for use in self.uses if use.usage]
        told = next((use for use in self.uses if use.task in {Task.ANSWER, Task.TRANSLATION}), None)
        return {
            "name": self.model,
            "outcome": told.outcome.value if told else None,
            "why": told.why.value if told and told.why else None,
            "uses": [use.as_trace() for use in self.uses],
            "tokens_in": sum(usage.tokens_in for usage in usages),
            "tokens_out": sum(usage.tokens_out for usage in usages),
            "cost": round(sum(self.prices.of(usage) for usage in usages), 6),
            "total_ms": round(sum(use.total_ms for use in self.uses), 2),
        }


Tally = Counter[tuple[Task, Outcome, Why | None]]
"""How often each came about since the service started."""

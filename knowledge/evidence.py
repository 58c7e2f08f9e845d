"""What a search returns: ranked hits, and how sure we may be that the first one answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from knowledge.entries import Audience, Entry, Passage


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    language: str
    """ISO 639-1 of the message."""
    audiences: frozenset[Audience] = frozenset({Audience.PUBLIC})
    context: tuple[str, ...] = ()
    """Earlier turns of the customer without which the question cannot be understood, oldest first."""
    background: tuple[str, ...] = ()
    """Earlier turns before a question that may stand alone: where it tells too little by itself, they have a
    say in what comes first, and none in how sure that is. Not with `context`."""
    excluding: frozenset[str] = frozenset()
    """Entry ids that the customer has seen and refused: search, ranking and confidence do without them."""


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    passage: Passage
    score: float
    """Cosine with the question."""


@dataclass(frozen=True, slots=True)
class Hit:
    entry: Entry
    score: float
    """Fused, in standard deviations above this index's background for this question."""
    signals: Mapping[str, float]
    """The parts of the score by name: dense_head, dense_body, lexical, …"""
    passages: tuple[ScoredPassage, ...]
    """Best first."""


@dataclass(frozen=True, slots=True)
class Evidence:
    question: Question
    """As it was read: without its `background` where it told enough, or more, alone."""
    hits: tuple[Hit, ...]
    """Best first; empty when nothing is indexed."""
    confidence: float
    """Calibrated probability that the first hit answers the question."""
    shortlist_confidence: float = field(default=0.0, kw_only=True)
    """Calibrated probability that one of the first three does (`knowledge.confidence.SHORTLIST`)."""
    threshold: float
    """Lowest confidence at which the answers sent keep the target precision; above 1 when none does."""
    uncorrected: float | None = None
    """The confidence before labels, or something that reads the passage, corrected it."""
    calibration: Mapping[str, str | int] = field(default_factory=dict)
    """What spoke: the revision of entries, the weights, where the threshold is from, how many labels."""
    features: Mapping[str, float] = field(default_factory=dict)
    terms: Mapping[str, float] = field(default_factory=dict)
    """The question's stems (typos put right) with their weight: rare words weigh more."""
    degraded: str | None = None
    """Why search was poorer than usual, or None."""
    timings: Mapping[str, float] = field(default_factory=dict)
    """Milliseconds by step."""

"""The evidence packet: what a person needs to take over, as a colleague would hand it over. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from bot.brief import Brief
from bot.composing import compose
from bot.decisions import Answer, Clarify, Decision, Reason, Route
from bot.events import (
    AnswerJudged,
    ConversationResolved,
    LoggedEvent,
    MessageReceived,
    OutcomeGiven,
)
from bot.judging import HEDGE_FROM, NEAR, judge
from bot.routing import Case, route
from escalation.reasons import because
from escalation.similar import SimilarCase
from escalation.summary import one_line, summary
from escalation.ticket import Ticket
from knowledge.entries import Article, Audience, Citation
from knowledge.evidence import Evidence, Hit

QUOTED = 600
"""Characters of a passage that are shown."""


@dataclass(frozen=True, slots=True)
class Considered:
    """An entry that has to do with the question."""

    entry_id: str
    title: str
    score: float
    """In standard deviations above the background."""
    by_bot: bool
    """The bot saw it. It looks at what customers may see; staff see more, and what is new since then."""
    shown: bool = False
    """To the customer, in this conversation."""
    refused: bool = False
    """The customer said that it was not it."""
    internal: bool = False
    """Not for customers' eyes: its words are not to be pasted."""
    language: str | None = None
    url: str | None = None
    passage: str | None = None
    """Its words that come nearest."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What the bot gave before it passed the customer on."""

    position: int
    kind: str
    """answer, route or clarify."""
    question: str
    text: str
    entries: tuple[str, ...]
    """Ids of the entries that were shown."""
    useful: bool | None
    """The customer's thumb, or their next words where they said that it did not help."""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A draft, in the words of the knowledge base. It is never sent by itself."""

    text: str
    """Markdown with [1], [2]."""
    citations: tuple[Citation, ...]
    confidence: float
    """That this is the answer; at least NEAR."""
    internal: bool
    """It quotes what customers may not see: to be put in other words."""

    @property
    def is_likely(self) -> bool:
        """More likely right than wrong."""
        return self.confidence >= HEDGE_FROM


@dataclass(frozen=True, slots=True)
class Packet:
    ticket: Ticket
    question: str
    """In one line."""
    summary: tuple[str, ...]
    """Sentences of the customer, or the model's line."""
    by_model: bool
    """The summary is a model's."""
    reason: Reason
    because: str
    """The reason in words."""
    confidence: float
    threshold: float | None
    """From which confidence on the bot answers; above 1 when it never does."""
    features: Mapping[str, float] = field(default_factory=dict)
    candidates: tuple[Considered, ...] = ()
    """Best first."""
    far: bool = False
    """A search of what staff may see gives none that is likely to answer: these are only the closest."""
    tried: tuple[Tried, ...] = ()
    similar: tuple[SimilarCase, ...] = ()
    suggestion: Suggestion | None = None
    team: str | None = None
    """Which team would be right, by the brief; may differ from the ticket's."""


def packet(
    ticket: Ticket,
    events: Sequence[LoggedEvent],
    found: Evidence | None,
    similar: Sequence[SimilarCase],
    brief: Brief,
    language: str,
) -> Packet:
    """`events` are the conversation's; `found` is what a search with a colleague's eyes gives now, None when
    it could not search; `language` is that of who reads it."""
    episode = _episode(events, ticket)
    trace = _trace(episode, ticket)
    tried = tuple(_tried(episode, ticket))
    messages = [e.event.text for e in episode if isinstance(e.event, MessageReceived)]
    line = _model_line(trace)
    return Packet(
        ticket=ticket,
        question=one_line(question_of(ticket, trace)),
        summary=(line,) if line else summary(messages, ticket.language, found.terms if found else None),
        by_model=line is not None,
        reason=ticket.reason,
        because=because(ticket, trace, language),
        confidence=ticket.confidence,
        threshold=_number(trace.get("threshold")),
        features=_numbers(trace.get("features")),
        candidates=tuple(_candidates(ticket, found, tried, _refused(trace))),
        far=found is not None and not judge(found).near,
        tried=tried,
        similar=tuple(similar),
        suggestion=_suggestion(found, brief),
        team=_team(ticket, found, brief),
    )


def question_of(ticket: Ticket, trace: Mapping[str, Any]) -> str:
    """As the bot understood it, with what went before, else as it was asked."""
    match trace:
        case {"understanding": {"question": str(understood)}} if understood.strip():
            return understood
    return ticket.question


def trace_of(events: Sequence[LoggedEvent], ticket: Ticket) -> Mapping[str, Any]:
    """Of the outcome that escalated."""
    return _trace(_episode(events, ticket), ticket)


def _episode(events: Sequence[LoggedEvent], ticket: Ticket) -> list[LoggedEvent]:
    """Since the conversation was last closed before the escalation: what was before is another matter."""
    closed = [
        e.position
        for e in events
        if e.position < ticket.position and isinstance(e.event, ConversationResolved)
    ]
    return [e for e in events if e.position > max(closed, default=0)]


def _trace(episode: Sequence[LoggedEvent], ticket: Ticket) -> Mapping[str, Any]:
    for logged in episode:
        if logged.position == ticket.position and isinstance(logged.event, OutcomeGiven):
            return logged.event.trace
    return {}


def _model_line(trace: Mapping[str, Any]) -> str | None:
    match trace:
        case {"model": {"summary": str(line)}} if line.strip():
            return " ".join(line.split())
    return None


def _tried(episode: Sequence[LoggedEvent], ticket: Ticket) -> Iterator[Tried]:
    asked = {e.position: e.event.text for e in episode if isinstance(e.event, MessageReceived)}
    given = [e for e in episode if isinstance(e.event, OutcomeGiven) and e.position <= ticket.position]
    thumbs = {e.event.position: e.event for e in episode if isinstance(e.event, AnswerJudged)}
    for logged, following in zip_longest(given, given[1:]):
        event = logged.event
        if not isinstance(event, OutcomeGiven) or not isinstance(event.outcome, Answer | Route | Clarify):
            continue
        thumb = thumbs.get(logged.position)
        rejected = (
            following is not None and isinstance(following.event, OutcomeGiven) and following.event.rejected
        )
        yield Tried(
            logged.position,
            event.outcome.kind,
            "\n".join(asked[n] for n in event.answers if n in asked),
            event.outcome.text,
            tuple(entries_of(event.outcome)),
            False if rejected else thumb.useful if thumb else None,
            thumb.comment if thumb else "",
        )


def entries_of(outcome: Decision) -> Iterator[str]:
    """Ids of the entries that an outcome shows, each once."""
    shown: list[str] = []
    match outcome:
        case Answer(citations=citations, card=card):
            shown = [citation.entry_id for citation in citations] + ([card.entry_id] if card else [])
        case Route(card=card):
            shown = [card.entry_id]
        case Clarify(choices=choices):
            shown = [choice.entry_id for choice in choices]
        case _:
            pass
    yield from dict.fromkeys(shown)


def _refused(trace: Mapping[str, Any]) -> frozenset[str]:
    match trace:
        case {"understanding": {"shown": list(ids)}}:
            return frozenset(entry_id for entry_id in ids if isinstance(entry_id, str))
    return frozenset()


def _candidates(
    ticket: Ticket, found: Evidence | None, tried: Sequence[Tried], refused: frozenset[str]
) -> Iterator[Considered]:
    """What the search finds now, then what only the bot saw."""
    by_bot = {candidate.entry_id: candidate for candidate in ticket.candidates}
    shown = {entry_id for one in tried for entry_id in one.entries}
    bad = refused | {entry_id for one in tried if one.useful is False for entry_id in one.entries}
    hits = found.hits[:10] if found else ()
    for hit in hits:
        seen = by_bot.get(hit.entry.id)
        yield Considered(
            hit.entry.id,
            hit.entry.title,
            seen.score if seen else float(hit.score),
            by_bot=seen is not None,
            shown=hit.entry.id in shown,
            refused=hit.entry.id in bad,
            internal=_is_internal(hit),
            language=hit.entry.language or None,
            url=hit.entry.url,
            passage=_passage(hit),
        )
    found_now = {hit.entry.id for hit in hits}
    for candidate in ticket.candidates:
        if candidate.entry_id not in found_now:
            yield Considered(
                candidate.entry_id,
                candidate.title,
                candidate.score,
                by_bot=True,
                shown=candidate.entry_id in shown,
                refused=candidate.entry_id in bad,
            )


def _passage(hit: Hit) -> str | None:
    if not hit.passages:
        return hit.entry.text[:QUOTED] or None
    return hit.passages[0].passage.text[:QUOTED]


def _suggestion(found: Evidence | None, brief: Brief) -> Suggestion | None:
    """In the words of the best article. None when none is even near: what is most likely wrong costs a
    colleague more time than it saves."""
    if found is None:
        return None
    articles = [hit for hit in found.hits[:5] if isinstance(hit.entry, Article)]
    level = [hit for hit in articles if hit.score >= articles[0].score - LEVEL]
    chosen = min(level, key=lambda hit: _rank(hit, found.question.language), default=None)
    if chosen is None or (confidence := _confidence_in(chosen, found)) < NEAR:
        return None
    draft = compose(chosen, found, brief)
    if draft is None:
        return None
    return Suggestion(draft.text, draft.citations, confidence, _is_internal(chosen))


LEVEL = 0.5
"""Standard deviations within which one article is as good as another."""
HALVED_OVER = 0.1
"""Lead, as a share of the best score, over which what follows is half as likely the answer."""


def _confidence_in(hit: Hit, found: Evidence) -> float:
    """The evidence's is about the first hit, which may be a page or a form: what follows is less likely."""
    ahead = found.hits[0].score - hit.score
    lead = max(ahead - LEVEL, 0.0) / max(found.hits[0].score, LEVEL)
    return judge(found).confidence * float(0.5 ** (lead / HALVED_OVER))


def _rank(hit: Hit, language: str) -> tuple[bool, bool, float]:
    """What customers may see and can read comes first."""
    return _is_internal(hit), hit.entry.language != language, -hit.score


def _is_internal(hit: Hit) -> bool:
    return hit.entry.audience is not Audience.PUBLIC


def _team(ticket: Ticket, found: Evidence | None, brief: Brief) -> str | None:
    near = found is not None and judge(found).near
    tags = found.hits[0].entry.tags if found and near else ()
    tier = ticket.customer.tier if ticket.customer else None
    case = Case(ticket.reason, ticket.language, ticket.topic, ticket.tags or tags, ticket.site, tier)
    rule = brief.rule(ticket.topic) if ticket.topic else None
    return route(case, brief, rule.team if rule else None).team


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _numbers(value: Any) -> dict[str, float]:
    if not isinstance(value, Mapping):
        return {}
    return {str(name): float(n) for name, n in value.items() if isinstance(n, int | float)}

"""Evidence → Judgement: does what was found answer the question, and how sure may we be? Pure.

The search gives a calibrated probability and the threshold at which the answers sent keep the lead's
target. What is below it and still more likely right than wrong may be shown as what it is: doubtful, with the
offer of a person, and counted apart. What judging adds besides: twins of one entry in two languages are one
candidate, a resource may be the answer, and where no candidate is sure enough but one of the first three is
more likely right than not, the customer is asked which: they know, and it costs them a tap.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.recognisers.subjects import names_a_subject
from knowledge.confidence import SHORTLIST
from knowledge.entries import Resource
from knowledge.evidence import Evidence, Hit
from knowledge.lexical import fold

HEDGE_FROM = 0.5
"""From this probability on a doubtful answer is worth more than none: it is more likely right than wrong."""
SURE = 0.8
"""An answer that is sent although it is less probable than this stands behind "This may help:". The target
holds for the answers together; this is about the single one. Who only names a subject is told nothing less
sure at once: they are asked what about it."""
TIED = 0.06
"""Share of the best score within which a resource and an article are level: both are given."""
COMPETING = 0.08
"""Share of the best score within which two candidates compete, so that neither is quoted as doubtful: a right
entry commonly leads by a fifth."""
WORTH_ASKING = 0.2
"""How probable it must be that one of the candidates offered is right, for a question back. In vain it costs
the customer a tap, and a colleague is offered in the same breath; otherwise it spares them the wait. What one
more question back is worth at each value: docs/decisions/0011-asking-which-of-three.md."""
NEAR = 0.15
"""Below this probability nothing found is even near. That is no proof that there is nothing: the customer is
told that no answer was found, not that the help centre has none."""


class Verdict(StrEnum):
    SURE = "sure"
    LESS_SURE = "less_sure"
    """Good enough for the target, yet worth saying so."""
    ROUTE = "route"
    """A resource is the answer."""
    COMPETING = "competing"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Judgement:
    verdict: Verdict
    best: Hit | None = None
    card: Hit | None = None
    """The resource to show: alone with ROUTE, beside the article otherwise."""
    competing: tuple[Hit, ...] = ()
    confidence: float = 0.0
    """That the best candidate answers."""
    near: bool = False
    """Something was found that may have to do with it."""
    doubtful: bool = False
    """Below the threshold: the target does not hold for it."""


def judge(
    evidence: Evidence,
    *,
    chosen: str | None = None,
    may_clarify: bool = True,
    offered: frozenset[str] = frozenset(),
    hedge_from: float | None = None,
) -> Judgement:
    """`chosen` is the entry the customer picked after a question back: their word is good enough.
    `offered`: what the question back was between, where they answer it in words of their own. The best being
    one of these is reason enough to ask again.
    `hedge_from`: the probability from which a doubtful answer may be shown; None for never.

    Hits that the question excluded are never judged, whoever searched."""
    candidates = _candidates(evidence)
    if not candidates:
        return Judgement(Verdict.NOTHING)
    if chosen is not None:
        picked = [hit for hit in evidence.hits if hit.entry.id == chosen]
        if picked:
            return _answerable(picked[0], [picked[0]], max(evidence.confidence, SURE))
    best = candidates[0]
    confidence = _confidence(evidence)
    near = confidence >= NEAR
    rivals = _distinct(candidates)[:SHORTLIST]
    is_worth_it = evidence.shortlist_confidence >= WORTH_ASKING or best.entry.id in offered
    can_ask = may_clarify and len(rivals) > 1 and is_worth_it
    question = evidence.question
    is_open = can_ask and confidence < SURE and not question.context and names_a_subject(question.text)
    if confidence >= evidence.threshold and not is_open:
        return _answerable(best, candidates, confidence)
    may_quote = hedge_from is not None and confidence >= hedge_from and not isinstance(best.entry, Resource)
    if may_quote and not (can_ask and (is_open or _is_contested(candidates))):
        return Judgement(Verdict.LESS_SURE, best, None, (), confidence, near=True, doubtful=True)
    if can_ask:
        return Judgement(Verdict.COMPETING, best, None, rivals, confidence, near=True)
    return Judgement(Verdict.NOTHING, best, None, (), confidence, near)


def _answerable(best: Hit, candidates: list[Hit], confidence: float) -> Judgement:
    level = [hit for hit in candidates[1:3] if _lead(best, hit) <= TIED]
    if isinstance(best.entry, Resource):
        article = next((hit for hit in level if not isinstance(hit.entry, Resource)), None)
        if article is None:
            return Judgement(Verdict.ROUTE, best, best, (), confidence, near=True)
        return Judgement(_certainty(confidence), article, best, (), confidence, near=True)
    resource = next((hit for hit in level if isinstance(hit.entry, Resource)), None)
    return Judgement(_certainty(confidence), best, resource, (), confidence, near=True)


def _certainty(confidence: float) -> Verdict:
    return Verdict.SURE if confidence >= SURE else Verdict.LESS_SURE


def _candidates(evidence: Evidence) -> list[Hit]:
    """One hit for each group of twins, in the customer's language where there is one, best group first."""
    groups: dict[str, list[Hit]] = {}
    for hit in evidence.hits:
        if hit.entry.id not in evidence.question.excluding:
            groups.setdefault(_group(hit), []).append(hit)
    return [_in_language(group, evidence.question.language) for group in groups.values()]


def _group(hit: Hit) -> str:
    return f"twin {hit.entry.twin}" if hit.entry.twin else f"entry {hit.entry.id}"


def _in_language(twins: list[Hit], language: str) -> Hit:
    return next((hit for hit in twins if hit.entry.language == language), twins[0])


def _confidence(evidence: Evidence) -> float:
    """The evidence's, unless its first hit is one that should have been left out: then nobody knows."""
    excluded = evidence.hits[0].entry.id in evidence.question.excluding
    return 0.0 if excluded else evidence.confidence


def _distinct(candidates: list[Hit]) -> tuple[Hit, ...]:
    """The first of each title: nobody is asked "do you mean A or A?"."""
    first: dict[str, Hit] = {}
    for hit in candidates:
        first.setdefault(fold(hit.entry.title).strip() or hit.entry.id, hit)
    return tuple(first.values())


def _is_contested(candidates: list[Hit]) -> bool:
    """A form and an article about it go together; only another article is another answer."""
    best, *others = candidates
    return any(type(hit.entry) is type(best.entry) and _lead(best, hit) <= COMPETING for hit in others)


def _lead(best: Hit, other: Hit) -> float:
    """By how much one leads, as a share of its score; scores at or below the background lead by nothing."""
    return max(best.score - other.score, 0.0) / best.score if best.score > 0 else 0.0

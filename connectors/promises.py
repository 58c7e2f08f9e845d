"""What was promised and what was kept: how right the answers were that customers got, as the log tells. Pure.

Kept is only what colleagues judged who were shown an answer by lot: what they picked says nothing of the
rest. An incomplete answer is neither right nor wrong, one in the wrong tone is right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from connectors.learning import right_by_lot
from connectors.quality import SENT
from connectors.reliability import Bin, Point, reliability, trade_off
from escalation.reports import Searched, Share
from knowledge.drift import Drift, shape_drift, share_drift

FEWEST = 20
"""Judged answers from which on curves are drawn."""


@dataclass(frozen=True, slots=True)
class Group:
    """A language or a topic."""

    name: str | None
    asked: int
    sent: Share
    kept: Share


@dataclass(frozen=True, slots=True)
class Promises:
    asked: int
    """Outcomes that came from a search."""
    sent: Share
    """Of these, answered or shown a place to go, and not as something doubtful."""
    kept: Share
    """Right ones of those that were judged by lot."""
    kept_sure: Share
    kept_hedged: Share
    """The same of those that began with "This may help"."""
    doubtful: Share
    """Of what was asked, got an answer below the threshold, as one that is not certain."""
    kept_doubtful: Share
    """Right ones of these that were judged by lot."""
    expected: float | None
    """Mean confidence of what was sent: what the assistant itself thinks it kept."""
    bins: Sequence[Bin]
    curve: Sequence[Point]
    languages: Sequence[Group]
    topics: Sequence[Group]
    shape: Drift
    """Of the confidences before correction, against the period before."""
    judged: Drift
    """Of the share that was right."""

    @property
    def drifts(self) -> bool:
        return self.shape.is_alarming or self.judged.is_alarming


def promises(
    now: Sequence[Searched], before: Sequence[Searched], topic_of: Mapping[str, str] | None = None
) -> Promises:
    """`before` is as long a period just before; `topic_of` gives an entry's topic."""
    topics = topic_of or {}
    sent, doubtful = _sent(now), [one for one in now if one.doubtful]
    given = [*sent, *doubtful]
    told = [(one.confidence, right) for one in given if (right := right_by_lot(one)) is not None]
    confidence, marked = [sure for sure, _ in told], [right for _, right in told]
    enough = len(told) >= FEWEST
    kept, earlier = kept_of(sent), kept_of(_sent(before))
    return Promises(
        asked=len(now),
        sent=Share(len(sent), len(now)),
        kept=kept,
        kept_sure=kept_of([one for one in sent if not one.hedged]),
        kept_hedged=kept_of([one for one in sent if one.hedged]),
        doubtful=Share(len(doubtful), len(now)),
        kept_doubtful=kept_of(doubtful),
        expected=sum(one.confidence for one in sent) / len(sent) if sent else None,
        bins=reliability(confidence, marked) if enough else (),
        curve=trade_off([one.confidence for one in now], confidence, marked) if enough else (),
        languages=_groups(now, lambda one: one.language),
        topics=_groups(now, lambda one: topics.get(one.entry_id or "")),
        shape=shape_drift([one.uncorrected for one in before], [one.uncorrected for one in now]),
        judged=share_drift(earlier.part, earlier.whole, kept.part, kept.whole),
    )


def _sent(searched: Sequence[Searched]) -> list[Searched]:
    """What the promise is about."""
    return [one for one in searched if one.kind in SENT and not one.doubtful]


def kept_of(searched: Sequence[Searched]) -> Share:
    told = [right for one in searched if (right := right_by_lot(one)) is not None]
    return Share(sum(told), len(told))


def _groups(searched: Sequence[Searched], of: Callable[[Searched], str | None]) -> list[Group]:
    """The most asked first."""
    grouped: defaultdict[str | None, list[Searched]] = defaultdict(list)
    for one in searched:
        grouped[of(one)].append(one)
    found = [
        Group(name, len(its), Share(len(_sent(its)), len(its)), kept_of(_sent(its)))
        for name, its in grouped.items()
    ]
    return sorted(found, key=lambda group: (-group.asked, group.name or ""))

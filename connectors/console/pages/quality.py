"""The quality room: what the assistant promised, what it kept, and why it dares what it dares."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from pydantic import BaseModel, Field
from starlette.responses import Response

from connectors.console.figures import NOTHING
from connectors.console.routing import Address, page
from connectors.console.visit import StaffVisit
from connectors.console.words import Words
from connectors.console.words.names import language_name
from connectors.demo import NOTE
from connectors.promises import FEWEST, Group, promises
from escalation.reports import Scope, Searched, Share
from escalation.roles import May
from knowledge.confidence import FOREIGN
from knowledge.correction import LEAST_LABELS
from knowledge.ports import Browsing

CHOICES = (14, 30, 90)
TOPICS = 12
"""The most asked ones are shown."""


class Looked(BaseModel):
    days: int = Field(14, ge=1, le=366)


@dataclass(frozen=True, slots=True)
class Row:
    """Of a table of languages or topics."""

    name: str
    asked: int
    sent: Share
    kept: Share


async def quality_page(visit: StaffVisit) -> Response:
    looked = visit.query(Looked)
    service = visit.parts.service
    reports = service.reports
    scope = Scope(visit.now - timedelta(days=looked.days), visit.now + timedelta(minutes=1))
    now, before, made_up = await asyncio.gather(
        reports.searched(scope), reports.searched(scope.before()), service.entries.read_note(NOTE)
    )
    calibration = service.knowledge.calibration
    threshold = calibration.threshold(service.settings.target_precision, {FOREIGN: 0.0})
    told = promises(now, before, await _topics(visit, now))
    return visit.page(
        "quality/page.html",
        section="quality",
        looked=looked,
        choices=CHOICES,
        made_up=made_up,
        told=told,
        target=service.settings.target_precision,
        threshold=threshold,
        calibration=calibration.source,
        why=why_so(calibration.source, threshold, visit.words),
        missing=max(0, FEWEST - told.kept.whole),
        fewest=FEWEST,
        languages=[_row(group, group.name and language_name(group.name, visit.words), visit.words)
                   for group in told.languages],
        topics=[_row(group, group.name, visit.words) for group in told.topics[:TOPICS]],
        share=lambda share: share_said(share, visit.words),
        between=lambda share: between_said(share, visit.words),
        nothing=NOTHING,
    )  # fmt: skip


def why_so(source: dict[str, str | int], threshold: float, _: Words) -> str:
    """Where the threshold comes from, in a sentence."""
    labels = int(source["labels"])
    if source["thresholds"] == "labels" and threshold > 1:
        return _.count(
            labels,
            "So says {number} judged answer: with nine chances in ten, no threshold keeps the promise.",
            "So say {number} judged answers: with nine chances in ten, no threshold keeps the promise.",
        )
    if source["thresholds"] == "labels":
        return _.count(
            labels,
            "It was chosen so that the promise is kept with nine chances in ten, by {number} judged answer.",
            "It was chosen so that the promise is kept with nine chances in ten, by {number} judged answers.",
        )
    if source["thresholds"] == "rehearsed":
        return _(
            "It comes from rehearsals: the knowledge base asked itself its own questions, with and without "
            "their answers. From {number} judged answers on, they decide.",
            number=_.number(LEAST_LABELS),
        )
    return _(
        "It comes from other help centres, none of them yours: it may keep more or less than is promised. "
        "From {number} judged answers on, they decide.",
        number=_.number(LEAST_LABELS),
    )


def share_said(share: Share, _: Words) -> str:
    return NOTHING if share.value is None else _.percent(share.value)


def between_said(share: Share, _: Words) -> str:
    """What holds the true share in 95 of 100 such samples."""
    interval = share.interval
    if interval is None:
        return _("nothing judged")
    return _(
        "{part} of {whole}, so {low} to {high}",
        part=_.number(share.part),
        whole=_.number(share.whole),
        low=_.percent(interval.low),
        high=_.percent(interval.high),
    )


def _row(group: Group, name: str | None, _: Words) -> Row:
    return Row(name or _("none given"), group.asked, group.sent, group.kept)


async def _topics(visit: StaffVisit, searched: Sequence[Searched]) -> dict[str, str]:
    """The first tag of each entry."""
    ids = frozenset(one.entry_id for one in searched if one.entry_id)
    listed = await visit.parts.service.entries.browse(Browsing(ids=ids), limit=max(len(ids), 1))
    return {one.entry.id: one.entry.tags[0] for one in listed if one.entry.tags}


ADDRESSES: tuple[Address, ...] = (page("/quality", quality_page, May.READ_REPORTS),)

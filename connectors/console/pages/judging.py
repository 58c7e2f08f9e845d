"""Judging the assistant's answers, chosen by chance, and the corrections that leads agree to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field
from starlette.responses import Response

from bot.events import AnswerReviewed, LoggedEvent, OutcomeGiven, Review
from connectors.console.entry_form import answered, written
from connectors.console.offers import InVain, Offer, in_vain, offer_of, offers_in
from connectors.console.pages.knowledge import staff_names
from connectors.console.refusals import NotThere
from connectors.console.routing import Address, Way, act, page
from connectors.console.sheets import download
from connectors.console.transcript import Line, Reader, lines
from connectors.console.visit import StaffVisit, Undo
from escalation.facts import ANSWERING
from escalation.judgements import Answered, asked_in, labels, outcome_in, to_mark
from escalation.reports import Scope, judged_right
from escalation.reviews import Judgement
from escalation.roles import May
from knowledge.differences import Line as DiffLine
from knowledge.differences import line_differences

LISTED = 50


class Show(StrEnum):
    CHANCE = "chance"
    """Answers that nobody marked, chosen by chance."""
    CORRECTIONS = "corrections"
    """What colleagues would have said, and is no knowledge yet."""
    MARKED = "marked"


class Looked(BaseModel):
    show: Show = Show.CHANCE
    days: int = Field(14, ge=1, le=366)
    skip: int = Field(0, ge=0)
    one: str = Field("", max_length=300)
    """This answer: "conversation.position"."""
    just: str = Field("", max_length=300)
    """The answer that was found right just now."""
    before: int | None = None
    """The sequence of the last one of the page before."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer as it is judged."""

    conversation_id: str
    position: int
    question: str
    line: Line
    mine: Judgement | None
    offer: Offer | None
    in_vain: InVain | None

    @property
    def key(self) -> str:
        return written((self.conversation_id, self.position))


@dataclass(frozen=True, slots=True)
class Listed:
    """A mark with what it is about."""

    judgement: Judgement
    question: str
    answer: str
    in_vain: InVain | None
    between: tuple[DiffLine, ...] = ()
    """What the correction changes."""

    @property
    def key(self) -> str:
        return written((self.judgement.conversation_id, self.judgement.position))

    @property
    def answered_by(self) -> str | None:
        """An entry, since. A correction that came after it is none yet."""
        named = self.in_vain.answered_by if self.in_vain and not self.judgement.correction else None
        return self.judgement.published_as or named


async def judge(visit: StaffVisit) -> Response:
    looked = visit.query(Looked)
    scope = Scope(visit.now - timedelta(days=looked.days), visit.now + timedelta(minutes=1))
    service = visit.parts.service
    given, waiting = await asyncio.gather(
        service.reports.given(scope), service.reviews.latest(LISTED + 1, to_publish=True)
    )
    values: dict[str, Any] = {
        "section": "judge",
        "looked": looked,
        "judged": judged_right(given),
        "given": sum(one.number for one in given if one.kind in ANSWERING),
        "waiting": len(waiting),
        "name": await staff_names(visit),
    }
    match looked.show:
        case Show.CHANCE:
            return visit.page("judging/chance.html", **values, **await _next(visit, looked, scope))
        case Show.CORRECTIONS:
            listed = await _listed(visit, await _undecided(visit, waiting[:LISTED]))
            return visit.page("judging/corrections.html", **values, listed=listed)
        case Show.MARKED:
            marked = await service.reviews.latest(LISTED, before=looked.before)
            return visit.page(
                "judging/marked.html", **values, listed=await _listed(visit, marked), size=LISTED
            )


async def _next(visit: StaffVisit, looked: Looked, scope: Scope) -> dict[str, Any]:
    """The answer to judge now, and how many are left; the same order all day for the same colleague."""
    seed = f"{visit.account.name} {visit.now.astimezone(visit.parts.service.brief.zone).date()}"
    left = await to_mark(visit.parts.service.reports, scope, seed)
    pair = answered(looked.one)
    if pair is None and left:
        pair = left[looked.skip % len(left)]
    shown = await _judged(visit, pair) if pair else None
    just = answered(looked.just)
    return {"shown": shown, "left": len(left), "offered": await offer_of(visit, just) if just else None}


async def _judged(visit: StaffVisit, pair: Answered) -> Judged:
    conversation_id, position = pair
    service = visit.parts.service
    events = await service.log.read(conversation_id)
    agents = {agent.name: agent for agent in await service.roster.everyone()}
    found = [line for line in lines(events, Reader(visit.words, agents)) if line.position == position]
    given = outcome_in(events, position)
    if given is None or not found:
        raise NotThere
    mine = [
        one
        for one in await service.reviews.of(conversation_id)
        if (one.position, one.by) == (position, visit.account.name)
    ]
    offer = (await offers_in(visit, conversation_id, events)).get(position)
    vain = in_vain(conversation_id, events).get(position)
    question = asked_in(events, given)
    return Judged(conversation_id, position, question, found[0], next(iter(mine), None), offer, vain)


async def _undecided(visit: StaffVisit, waiting: Sequence[Judgement]) -> list[Judgement]:
    """A correction is settled when somebody said later that the answer was right after all."""
    found = []
    for judgement in waiting:
        labels = await visit.parts.service.reviews.of(judgement.conversation_id)
        its = [label for label in labels if label.position == judgement.position]
        if max(its, key=lambda label: label.sequence).review is not Review.RIGHT:
            found.append(judgement)
    return found


async def _listed(visit: StaffVisit, judgements: Sequence[Judgement]) -> list[Listed]:
    found = []
    for judgement in judgements:
        events = await visit.parts.service.log.read(judgement.conversation_id)
        given = outcome_in(events, judgement.position)
        if given is not None:
            found.append(_told(judgement, events, given))
    return found


def _told(judgement: Judgement, events: Sequence[LoggedEvent], given: OutcomeGiven) -> Listed:
    said, corrected = given.outcome.text, judgement.correction
    between = tuple(line_differences(said.split("\n"), corrected.split("\n"))) if corrected else ()
    vain = in_vain(judgement.conversation_id, events).get(judgement.position)
    return Listed(judgement, asked_in(events, given), said, vain, between)


# Marking


class Marked(BaseModel):
    position: int
    review: Annotated[Review | None, BeforeValidator(lambda value: value or None)] = None
    """None takes the mark back."""
    correction: str = Field("", max_length=20_000)
    note: str = Field("", max_length=2000)
    then: str = ""
    """"next": the next answer is judged after it."""
    chance: bool = False
    """The room for judging chose it, not the colleague."""
    like: int | None = None
    """As this mark of one's own said, by its sequence: what is taken back may be longer than a note keeps."""


async def review(visit: StaffVisit) -> Response:
    marked = await visit.form(Marked)
    conversation_id = visit.path("id")
    before = await _my_mark(visit, conversation_id, marked.position)
    if marked.like is not None:
        marked = await _again(visit, conversation_id, marked)
    correction = _meant(marked, await _answer(visit, conversation_id, marked.position))
    await visit.parts.service.desk.review(
        conversation_id,
        visit.agent,
        marked.position,
        marked.review,
        correction,
        marked.note,
        by_chance=marked.chance,
    )
    undo = Undo(f"/conversations/{conversation_id}/review", _as_before(marked.position, before))
    said = _said(visit, marked, correction)
    if marked.then != "next":
        return visit.done(said, undo=undo)
    finished = marked.review is Review.RIGHT or correction is not None or marked.note.strip()
    pair = (conversation_id, marked.position)
    next_one = await _after_right(visit, pair) if finished else f"?one={written(pair)}"
    return visit.done(said, undo=undo, to=f"/judge{next_one}", leave=True)


async def _after_right(visit: StaffVisit, pair: Answered) -> str:
    """What the page of the next answer offers for this one."""
    return f"?just={written(pair)}" if await offer_of(visit, pair) else ""


def _said(visit: StaffVisit, marked: Marked, correction: str | None) -> str:
    _ = visit.words
    if marked.review is None:
        return _("The mark is gone.")
    if correction is not None:
        return _("Thank you. A lead can make it knowledge now.")
    return _("Marked: {mark}.", mark=visit.parts.templates.label(marked.review, _.language))


def _meant(marked: Marked, answer: str) -> str | None:
    """The answer itself, unchanged, is no correction."""
    correction = marked.correction.replace("\r\n", "\n").strip()
    return correction if correction and correction != answer.strip() else None


def _as_before(position: int, before: Judgement | None) -> dict[str, str]:
    fields = {"position": str(position), "review": before.review.value if before else ""}
    return fields | ({"like": str(before.sequence)} if before else {})


async def _again(visit: StaffVisit, conversation_id: str, marked: Marked) -> Marked:
    for logged in await visit.parts.service.log.read(conversation_id):
        match logged.event:
            case AnswerReviewed(by=visit.agent.name) as said if logged.sequence == marked.like:
                words = {"correction": said.correction or "", "note": said.note}
                return marked.model_copy(update=words)
    raise NotThere


async def _answer(visit: StaffVisit, conversation_id: str, position: int) -> str:
    given = outcome_in(await visit.parts.service.log.read(conversation_id), position)
    if given is None:
        raise NotThere
    return given.outcome.text


async def _my_mark(visit: StaffVisit, conversation_id: str, position: int) -> Judgement | None:
    found = await visit.parts.service.reviews.of(conversation_id)
    mine = (one for one in found if (one.position, one.by) == (position, visit.account.name))
    return next(mine, None)


# To take along


async def take_labels(visit: StaffVisit) -> Response:
    """Every judged outcome with what the bot knew then: a line of JSON each, for whoever calibrates."""
    service = visit.parts.service
    found = [
        json.dumps(asdict(label) | {"right": label.right}, ensure_ascii=False)
        async for label in labels(service.reports, service.log)
    ]
    return download("comptoir-labels.jsonl", "application/jsonl; charset=utf-8", "\n".join(found).encode())


ADDRESSES: tuple[Address, ...] = (
    page("/judge", judge, May.REVIEW),
    page("/judge/labels.jsonl", take_labels, May.READ_REPORTS),
    act("/conversations/{id}/review", review, May.REVIEW, Way.UNDO),
)

"""An entry answers what was asked in vain: a colleague names it, and the questions become ways to ask it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel, Field, Json, TypeAdapter
from starlette.responses import Response

from connectors.console.entry_form import all_answered, answered, written
from connectors.console.lists import Said
from connectors.console.naming import MOST_AT_ONCE, Change, Named, candidates, group_of, named, posed_in
from connectors.console.pages.knowledge import CUSTOMERS, searched
from connectors.console.pages.writing import change_of, undo_of
from connectors.console.refusals import NotThere, Refused
from connectors.console.routing import Address, Way, act, page
from connectors.console.visit import StaffVisit, Undo, within
from connectors.console.words import Words
from escalation.other_ways import LONGEST, Led, Posed, Unfit, unfit_anywhere
from escalation.roles import May
from knowledge.entries import Entry
from knowledge.versions import EntryChanged

FOUND = 8


class Wanted(BaseModel):
    """What is in the address."""

    of: str = Field("", max_length=300)
    """What was asked in vain: "conversation.position"."""
    days: int | None = Field(None, ge=1, le=366)
    """With all that was asked in like words in these days; None: alone."""
    q: Said = None
    entry: str = Field("", max_length=300)
    """The one that is looked at."""
    then: str = Field("", max_length=500)
    """Where to go afterwards, within the console."""

    def with_(self, **changes: object) -> str:
        said = {"of": self.of, "days": self.days, "q": self.q, "then": self.then} | changes
        return "/knowledge/answered-by?" + urlencode({name: v for name, v in said.items() if v})


@dataclass(frozen=True, slots=True)
class Row:
    """A question on the page."""

    posed: Posed
    into: str | None
    """The title of the entry that it is added to, where that is another one than was named."""
    why_not: str
    """Why it is not added; "" where it is, or may be."""

    @property
    def key(self) -> str:
        return written(self.posed.of)


async def choose(visit: StaffVisit) -> Response:
    """Which entry? Once one is looked at: what comes of it, before it is done."""
    wanted = visit.query(Wanted)
    pair = answered(wanted.of)
    if pair is None:
        raise NotThere
    pairs = await group_of(visit, pair, wanted.days) if wanted.days else [pair]
    questions = await posed_in(visit, pairs[:MOST_AT_ONCE])
    values: dict[str, Any] = {
        "section": "knowledge",
        "wanted": wanted,
        "to": place(wanted.then),
        "all": len(pairs),
    }
    if wanted.entry:
        meant = await named(visit, wanted.entry, questions)
        rows = [_row(visit.words, meant, one) for one in meant.led]
        return visit.page("knowledge/answers_it.html", **values, rows=rows, named=meant)
    considered = await candidates(visit, questions)
    words = wanted.q or ("" if considered else questions[0].question[:100])
    rows = [_before(visit.words, posed) for posed in questions]
    return visit.page(
        "knowledge/which_entry.html",
        **values,
        rows=rows,
        considered=considered,
        words=words,
        found=await _found(visit, words) if words else [],
    )


async def _found(visit: StaffVisit, words: str) -> list[Entry]:
    listed, _ = await searched(visit, words)
    return [one.entry for one, _hit in listed[:FOUND]]


class Sent(BaseModel):
    entry: str = Field(max_length=300)
    seen: str = Field("", max_length=100)
    """Its content hash, as it was looked at."""
    of: tuple[str, ...] = Field((), max_length=MOST_AT_ONCE)
    then: str = Field("", max_length=500)


async def name(visit: StaffVisit) -> Response:
    """What is added comes from the log, not from the form."""
    sent = await visit.form(Sent)
    pairs = list(dict.fromkeys(all_answered(sent.of)))
    if not pairs:
        raise Refused(visit.words("Tick at least one question that it answers."))
    meant = await named(visit, sent.entry, await posed_in(visit, pairs))
    if meant.stored.content_hash != sent.seen:
        raise EntryChanged(sent.entry)
    steps = await _all_done(visit, meant)
    fields = {"steps": TypeAdapter(list[Step]).dump_json(steps).decode(), "then": sent.then}
    undo = Undo("/knowledge/answered-by/undo", fields)
    return visit.done(_said(visit.words, meant), undo=undo, to=place(sent.then), leave=True)


class Step(BaseModel):
    """What naming did to one entry."""

    id: str
    number: int | None = None
    """The version before; None: the entry stayed as it was."""
    seen: str = ""
    of: tuple[str, ...] = ()


async def _all_done(visit: StaffVisit, meant: Named) -> list[Step]:
    """All of it or nothing. Raises EntryChanged when somebody is quicker at one of the entries."""
    steps: list[Step] = []
    try:
        for change in meant.changes:
            steps.append(await _done(visit, change))
    except EntryChanged:
        await _all_undone(visit, steps)
        raise
    return steps


async def _done(visit: StaffVisit, change: Change) -> Step:
    corrections, entry = visit.parts.service.corrections, change.after
    newly = await corrections.unpublished(entry.id, change.of)
    step = Step(id=entry.id, of=tuple(written(pair) for pair in newly))
    if not change.added:
        await corrections.note(entry.id, newly, visit.agent)
        return step
    why = change_of(visit, _why_changed(visit.words, change))
    made = await corrections.amend(entry, change.before.content_hash, newly, visit.agent, why)
    undo = await undo_of(visit, entry.id, made.content_hash)
    number = int(str(undo.fields["number"])) if undo else None
    return step.model_copy(update={"number": number, "seen": made.content_hash})


class Steps(BaseModel):
    steps: Json[list[Step]]
    then: str = Field("", max_length=500)


async def take_back(visit: StaffVisit) -> Response:
    """All of it, or nothing where somebody has changed one of the entries since."""
    sent = await visit.form(Steps)
    changed = [step for step in sent.steps if step.number is not None]
    here = await visit.parts.service.entries.get([step.id for step in changed], CUSTOMERS)
    hashes = {one.entry.id: one.content_hash for one in here}
    for step in changed:
        if hashes.get(step.id) != step.seen:
            raise EntryChanged(step.id)
    await _all_undone(visit, sent.steps)
    said = visit.words("Taken back: the question has no answer again.")
    return visit.done(said, to=place(sent.then), leave=True)


async def _all_undone(visit: StaffVisit, steps: Sequence[Step]) -> None:
    service = visit.parts.service
    for step in steps:
        if step.number is not None:
            why = change_of(visit, visit.words("Version {number} again", number=step.number))
            await service.editor.restore(step.id, step.number, step.seen, why)
        await service.corrections.take_back(step.id, all_answered(step.of), visit.agent)


# Details


def place(then: str) -> str:
    """Within the console; where nothing is said, what is missing."""
    split = urlsplit(then or "/knowledge/missing")
    return within(split.path, split.query)


def _before(_: Words, posed: Posed) -> Row:
    unfit = unfit_anywhere(posed)
    return Row(posed, None, why_not(_, unfit) if unfit else "")


def _row(_: Words, meant: Named, one: Led) -> Row:
    into = meant.title_of(one.entry_id) if one.entry_id != meant.stored.entry.id else None
    return Row(one.posed, into, why_not(_, one.unfit) if one.unfit else "")


def why_not(_: Words, unfit: Unfit) -> str:
    match unfit:
        case Unfit.COLLEAGUES:
            return _("it was asked in Slack, perhaps by a colleague")
        case Unfit.NO_QUESTION:
            return _("it is no question that stands alone: a reaction, say, or a wish for a person")
        case Unfit.LEANS:
            return _("it may lean on what was asked before it")
        case Unfit.WORDLESS:
            return _("there are no words in it")
        case Unfit.LONG:
            return _("it is too long for a question: more than {number} characters", number=LONGEST)
        case Unfit.LANGUAGE:
            return _("it is in another language, and nothing in that language is the same entry")
        case Unfit.THERE:
            return _("the entry has it already")
        case Unfit.FULL:
            return _("the entry has as many ways to ask as it may have")
        case Unfit.FOR_STAFF:
            return _("the entry is for staff only")


def _said(_: Words, meant: Named) -> str:
    title, added = meant.stored.entry.title, sum(change.added for change in meant.changes)
    if not added:
        return _("Noted: “{name}” answers it. Nothing was added to it.", name=title)
    return _.count(
        added,
        "“{name}” answers it from now on: {number} question was added.",
        "“{name}” answers it from now on: {number} questions were added.",
        name=title,
    )


def _why_changed(_: Words, change: Change) -> str:
    """For whoever reads the versions."""
    if len(change.of) == 1:
        return _("A customer's question, from the conversation {id}", id=change.of[0][0])
    return _.count(
        change.added,
        "{number} question of customers that it answers",
        "{number} questions of customers that it answers",
    )


ADDRESSES: tuple[Address, ...] = (
    page("/knowledge/answered-by", choose, May.EDIT_KNOWLEDGE),
    act("/knowledge/answered-by", name, May.EDIT_KNOWLEDGE, Way.UNDO),
    act("/knowledge/answered-by/undo", take_back, May.EDIT_KNOWLEDGE, Way.BACK),
)

"""Writing knowledge: new entries and changes. What is saved answers the next question."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from pydantic import BaseModel, Field
from starlette.responses import Response

from connectors.console.entry_form import (
    EntryForm,
    Problem,
    all_answered,
    answered,
    entry_of,
    form_of,
    kept,
    problem_of,
    written,
)
from connectors.console.occasions import Occasion, for_answer, from_answer, from_reply, from_twin
from connectors.console.pages.knowledge import EVERYONE, staff_names, the_entry, twins_of
from connectors.console.refusals import Refused
from connectors.console.routing import Address, Way, act, page
from connectors.console.templating import article
from connectors.console.visit import StaffVisit, Undo
from escalation.judgements import Answered
from escalation.roles import May
from knowledge.differences import Difference, differences
from knowledge.editing import EntryRefused
from knowledge.entries import Audience, ResourceKind
from knowledge.versions import Change, EntryChanged


class Wanted(BaseModel):
    """What somebody wants to write: an entry changed, or a new one out of something."""

    id: str = Field("", max_length=300)
    answers: str = Field("", max_length=300)
    """The outcome that it is to be said instead of: "conversation.position"."""
    conversation: str = Field("", max_length=300)
    """Whose answer by a colleague is to become an article."""
    twin: str = Field("", max_length=300)
    """The id of an entry that it says in another language."""
    language: str = Field("", max_length=10)
    resource: bool = False


async def write(visit: StaffVisit) -> Response:
    wanted = visit.query(Wanted)
    form, occasion = await _begun(visit, wanted)
    return await _page(visit, form, occasion)


async def _begun(visit: StaffVisit, wanted: Wanted) -> tuple[EntryForm, Occasion]:
    pair = answered(wanted.answers)
    if wanted.id:
        stored = await the_entry(visit, wanted.id)
        if pair is None:
            return form_of(stored.entry, stored.content_hash), Occasion()
        return await for_answer(visit, stored, pair)
    if pair is not None:
        return await from_answer(visit, pair)
    if wanted.conversation:
        return await from_reply(visit, wanted.conversation)
    if wanted.twin:
        twin = (await the_entry(visit, wanted.twin)).entry
        return from_twin(visit, twin, wanted.language)
    usual = visit.parts.service.brief.languages[0]
    kind = ResourceKind.PAGE if wanted.resource else None
    return EntryForm(language=wanted.language or usual, kind=kind), Occasion()


async def save(visit: StaffVisit) -> Response:
    form = await visit.form(EntryForm)
    try:
        return await (_change(visit, form) if form.id else _publish(visit, form))
    except EntryRefused as refused:
        return await _page(
            visit, form, await _occasion(visit, form), problem_of(refused, visit.words), status=422
        )
    except EntryChanged:
        return await _overtaken(visit, form)


async def _publish(visit: StaffVisit, form: EntryForm) -> Response:
    service = visit.parts.service
    entry = entry_of(form, service.brief.languages)
    made = await service.corrections.publish(entry, form.answered(), visit.agent, change_of(visit, form.why))
    undo = Undo("/knowledge/remove", {"id": made.entry.id, "seen": made.content_hash, "of": form.of})
    said = visit.words("Published. It answers from now on.")
    return visit.done(said, undo=undo, to=path_of(made.entry.id), leave=True)


async def _change(visit: StaffVisit, form: EntryForm) -> Response:
    service = visit.parts.service
    before = await the_entry(visit, form.id)
    entry = kept(entry_of(form, service.brief.languages), before.entry)
    newly = await service.corrections.unpublished(form.id, form.answered())
    made = await service.corrections.amend(
        entry, form.seen, form.answered(), visit.agent, change_of(visit, form.why)
    )
    undo = await undo_of(visit, made.entry.id, made.content_hash, newly)
    said = visit.words("Saved. It answers so from now on.")
    return visit.done(said, undo=undo, to=path_of(made.entry.id), leave=True)


async def _overtaken(visit: StaffVisit, form: EntryForm) -> Response:
    """Somebody else was quicker: what they changed is shown, what was written here stays in the form."""
    entries = visit.parts.service.entries
    found = await entries.get([form.id], EVERYONE)
    if not found:
        raise Refused(visit.words("This entry is gone. What you wrote was not saved."), 409)
    last = (await entries.versions(form.id))[:1]
    by = (await staff_names(visit))(last[0].change.by if last and last[0].change else None)
    said = visit.words(
        "{name} changed this entry while you wrote. Look at the difference, then save again.", name=by
    )
    mine = entry_of(form, visit.parts.service.brief.languages)
    return await _page(
        visit,
        form.model_copy(update={"seen": found[0].content_hash}),
        await _occasion(visit, form),
        Problem("", said),
        status=409,
        between=differences(found[0].entry, kept(mine, found[0].entry)),
    )


class Previewed(BaseModel):
    text: str = Field("", max_length=400_000)


async def preview(visit: StaffVisit) -> Response:
    typed = await visit.form(Previewed)
    return visit.page("knowledge/preview.html", html=article(typed.text))


class Removed(BaseModel):
    id: str
    seen: str
    of: tuple[str, ...] = ()
    """Outcomes that it answered: taken back, their corrections wait again."""


async def remove(visit: StaffVisit) -> Response:
    removed = await visit.form(Removed)
    service = visit.parts.service
    before = await the_entry(visit, removed.id)
    await service.editor.remove(removed.id, removed.seen, change_of(visit))
    if removed.of:
        await service.corrections.take_back(removed.id, all_answered(removed.of), visit.agent)
    newest = (await service.entries.versions(removed.id))[0].number
    back = {"id": removed.id, "number": str(newest - 1), "seen": "", "of": removed.of, "answers": "1"}
    undo = Undo("/knowledge/restore", back)
    said = visit.words("“{name}” answers no more. Its versions stay.", name=before.entry.title)
    return visit.done(said, undo=undo, to="/knowledge", leave=True)


# Details


async def _page(
    visit: StaffVisit,
    form: EntryForm,
    occasion: Occasion,
    problem: Problem | None = None,
    *,
    status: int = 200,
    between: list[Difference] | None = None,
) -> Response:
    service = visit.parts.service
    found = await service.entries.get([form.id], EVERYONE) if form.id else []
    return visit.page(
        "knowledge/write.html",
        status,
        section="knowledge",
        form=form,
        occasion=occasion,
        correction_by=(await staff_names(visit))(occasion.by) if occasion.by else "",
        problem=problem,
        between=between,
        twins=await twins_of(visit, found[0].entry) if found else {},
        html=article(form.text),
        languages=service.brief.languages,
        audiences=list(Audience),
        resource_kinds=list(ResourceKind),
    )


async def _occasion(visit: StaffVisit, form: EntryForm) -> Occasion:
    pairs = form.answered()
    return (await from_answer(visit, pairs[0]))[1] if pairs else Occasion()


def change_of(visit: StaffVisit, why: str = "") -> Change:
    """Dated by the company's calendar."""
    return Change(visit.now.astimezone(visit.parts.service.brief.zone), visit.account.name, why.strip())


async def undo_of(
    visit: StaffVisit,
    id: str,
    seen: str,
    of: Sequence[Answered] = (),
    *,
    answers: bool = False,
    stay: bool = False,
) -> Undo | None:
    """Back to the version before the newest; None where nothing changed. `of` are outcomes that the newest
    answered and the one before does not, or with `answers` the other way round; `stay` on the page."""
    found = await visit.parts.service.entries.versions(id)
    if len(found) < 2 or found[1].entry is None:
        return None
    fields: dict[str, str | list[str]] = {"id": id, "number": str(found[1].number), "seen": seen}
    if of:
        fields |= {"of": [written(one) for one in of], "answers": "1" if answers else "0"}
    if stay:
        fields["stay"] = "1"
    return Undo("/knowledge/restore", fields)


def path_of(id: str) -> str:
    return "/knowledge/entry?" + urlencode({"id": id})


ADDRESSES: tuple[Address, ...] = (
    page("/knowledge/write", write, May.EDIT_KNOWLEDGE),
    act("/knowledge/save", save, May.EDIT_KNOWLEDGE, Way.UNDO),
    act("/knowledge/preview", preview, May.EDIT_KNOWLEDGE, Way.HARMLESS),
    act("/knowledge/remove", remove, May.EDIT_KNOWLEDGE, Way.UNDO),
)

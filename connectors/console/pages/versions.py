"""What entries said before, and where files say something else than people do here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel
from starlette.responses import Response

from connectors.console.entry_form import all_answered
from connectors.console.pages.knowledge import EVERYONE, staff_names
from connectors.console.pages.writing import change_of, path_of, undo_of
from connectors.console.refusals import NotThere
from connectors.console.routing import Address, Anybody, Way, act, page
from connectors.console.visit import StaffVisit, Undo
from escalation.roles import May
from knowledge.differences import Difference, differences
from knowledge.editing import NoSuchEntry, Side
from knowledge.entries import Entry
from knowledge.ports import StoredEntry
from knowledge.versions import EntryChanged, Override, Version


class Compared(BaseModel):
    id: str = ""
    old: int | None = None
    """The one before `new`, unless another is named."""
    new: int | None = None
    """The newest, unless another is named."""


async def versions(visit: StaffVisit) -> Response:
    compared = visit.query(Compared)
    service = visit.parts.service
    found = await service.entries.versions(compared.id)
    here = await service.entries.get([compared.id], EVERYONE)
    if not found and not here:
        raise NotThere
    numbered = {version.number: version for version in found}
    new = numbered.get(compared.new or max(numbered, default=0))
    old = numbered.get(compared.old or (new.number - 1 if new else 0))
    return visit.page(
        "knowledge/versions.html",
        section="knowledge",
        id=compared.id,
        title=_title(here, found),
        versions=found,
        name=await staff_names(visit),
        old=old,
        new=new,
        between=differences(old.entry if old else None, new.entry) if new else [],
        seen=here[0].content_hash if here else "",
        is_there=bool(here),
    )


class Restored(BaseModel):
    id: str
    number: int
    seen: str = ""
    """Content hash of what is there now; "" where it was removed."""
    of: tuple[str, ...] = ()
    """Outcomes of which this decides, when it takes something back, whether the entry answers them."""
    answers: bool = False
    stay: bool = False
    """It was done from a page about something else: nobody is led away from it."""


async def restore(visit: StaffVisit) -> Response:
    wanted = await visit.form(Restored)
    service = visit.parts.service
    change = change_of(visit, visit.words("Version {number} again", number=wanted.number))
    made = await service.editor.restore(wanted.id, wanted.number, wanted.seen or None, change)
    of = all_answered(wanted.of)
    if of:
        settle_them = service.corrections.note if wanted.answers else service.corrections.take_back
        await settle_them(wanted.id, of, visit.agent)
    if wanted.seen:
        undo = await undo_of(
            visit, wanted.id, made.content_hash, of, answers=not wanted.answers, stay=wanted.stay
        )
    else:
        undo = Undo("/knowledge/remove", {"id": wanted.id, "seen": made.content_hash, "of": wanted.of})
    said, to = _again(visit, made.entry, wanted), path_of(wanted.id)
    return visit.done(said, undo=undo, to=None if wanted.stay else to, leave=not wanted.stay)


def _again(visit: StaffVisit, entry: Entry, wanted: Restored) -> str:
    _, number = visit.words, wanted.number
    if wanted.stay:
        return _("“{name}” says again what it said in version {number}.", name=entry.title, number=number)
    return _("It says again what it said in version {number}.", number=number)


# Conflicts with what files say


@dataclass(frozen=True, slots=True)
class Disputed:
    override: Override
    here: StoredEntry | None
    """None: it was removed here."""
    between: list[Difference]
    """What the file would change."""

    @property
    def title(self) -> str:
        return self.here.entry.title if self.here else self.override.latest.title


async def conflicts(visit: StaffVisit) -> Response:
    entries = visit.parts.service.entries
    disputed = [o for _, o in sorted((await entries.overrides()).items()) if o.conflict is not None]
    here = {s.entry.id: s for s in await entries.get([o.entry_id for o in disputed], EVERYONE)}
    return visit.page(
        "knowledge/conflicts.html",
        section="knowledge",
        disputed=[_disputed(override, here.get(override.entry_id)) for override in disputed],
    )


class Settled(BaseModel):
    id: str
    right: Side
    noticed: str
    """When the conflict was noticed that was looked at: another one is another decision."""


async def settle(visit: StaffVisit) -> Response:
    settled = await visit.form(Settled)
    service = visit.parts.service
    override = (await service.entries.overrides()).get(settled.id)
    if override is None or override.conflict is None:
        raise NoSuchEntry(settled.id)
    if str(override.noticed_at) != settled.noticed:
        raise EntryChanged(settled.id)
    change = change_of(visit, visit.words("As its file says"))
    await service.editor.settle(override, settled.right, change)
    said, undo = visit.words("What is written here stays."), None
    if settled.right is Side.SOURCE:
        said, undo = visit.words("The file is right from now on."), await _undo_taking(visit, settled.id)
    return visit.done(said, undo=undo, to="/knowledge/conflicts", leave=True)


async def _undo_taking(visit: StaffVisit, id: str) -> Undo | None:
    """What was written here comes back from the versions."""
    service = visit.parts.service
    here = await service.entries.get([id], EVERYONE)
    found = await service.entries.versions(id)
    if len(found) < 2:
        return None
    seen = here[0].content_hash if here else ""
    if found[1].entry is None:
        return Undo("/knowledge/remove", {"id": id, "seen": seen}) if here else None
    return Undo("/knowledge/restore", {"id": id, "number": str(found[1].number), "seen": seen})


def _disputed(override: Override, here: StoredEntry | None) -> Disputed:
    return Disputed(override, here, differences(here.entry if here else None, override.theirs))


def _title(here: Sequence[StoredEntry], found: Sequence[Version]) -> str:
    last: Entry | None = here[0].entry if here else None
    last = last or next((version.entry for version in found if version.entry), None)
    return last.title if last else ""


ADDRESSES: tuple[Address, ...] = (
    page("/knowledge/versions", versions, Anybody.SIGNED_IN),
    act("/knowledge/restore", restore, May.EDIT_KNOWLEDGE, Way.UNDO),
    page("/knowledge/conflicts", conflicts, May.EDIT_KNOWLEDGE),
    act("/knowledge/settle", settle, May.EDIT_KNOWLEDGE, Way.SURE),
)

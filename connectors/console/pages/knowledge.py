"""The knowledge base: browse it, search it as the bot does, see what each entry is worth, take it along."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlencode

from pydantic import BaseModel, Field
from starlette.responses import Response

from bot.asked import Asked
from bot.decisions import Answer, Clarify, Escalate, Route
from connectors.console.lists import Said
from connectors.console.refusals import NotThere
from connectors.console.routing import Address, Anybody, page
from connectors.console.sheets import download
from connectors.console.visit import StaffVisit
from escalation.questions import grouped
from escalation.reports import Scope, Use
from escalation.roles import May
from knowledge.entries import Audience, Entry, Resource
from knowledge.evidence import Hit, Question
from knowledge.exporting import archive, as_markdown
from knowledge.ports import Browsing, EntryOrder, Listed, StoredEntry
from knowledge.sources.reading import slug
from knowledge.versions import CONSOLE, Override

PAGE = 50
USED_WITHIN = timedelta(days=30)
EVERYONE = frozenset(Audience)
CUSTOMERS = frozenset({Audience.PUBLIC})


class As(StrEnum):
    """Through whose eyes to search."""

    CUSTOMER = "customer"
    STAFF = "staff"


class Kind(StrEnum):
    ARTICLES = "articles"
    RESOURCES = "resources"


class Looked(BaseModel):
    """What is in the address."""

    q: Said = None
    eyes: As = As.CUSTOMER
    audience: Audience | None = None
    language: Said = None
    kind: Kind | None = None
    tag: Said = None
    origin: Said = None
    order: EntryOrder = EntryOrder.TITLE
    skip: int = Field(0, ge=0)

    def with_(self, **changes: object) -> str:
        said = {
            "q": self.q,
            "eyes": self.eyes if self.q and self.eyes is not As.CUSTOMER else None,
            "audience": self.audience,
            "language": self.language,
            "kind": self.kind,
            "tag": self.tag,
            "origin": self.origin,
            "order": self.order if self.order is not EntryOrder.TITLE else None,
        } | changes
        query = urlencode({name: str(value) for name, value in said.items() if value})
        return f"/knowledge?{query}" if query else "/knowledge"

    def page_at(self, skip: int) -> str:
        return self.with_(skip=skip)

    @property
    def is_narrowed(self) -> bool:
        return any((self.audience, self.language, self.kind, self.tag, self.origin))


class Named(BaseModel):
    id: str = Field("", max_length=300)


@dataclass(frozen=True, slots=True)
class Row:
    entry: Entry
    written_here: bool
    use: Use
    conflict: bool
    hit: Hit | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a search says besides its hits."""

    confidence: float
    would_answer: bool


async def browse(visit: StaffVisit) -> Response:
    looked = visit.query(Looked)
    service = visit.parts.service
    overrides = await service.entries.overrides()
    if looked.q:
        listed, found = await searched(visit, looked.q, looked.eyes)
        total = len(listed)
    else:
        shown = _browsing(looked)
        entries, total = await asyncio.gather(
            service.entries.browse(shown, looked.order, PAGE, looked.skip), service.entries.count(shown)
        )
        listed, found = [(one, None) for one in entries], None
    uses = await service.reports.uses([one.entry.id for one, _ in listed], visit.now - USED_WITHIN)
    return visit.page(
        "knowledge/browse.html",
        section="knowledge",
        looked=looked,
        rows=[_row(one, hit, uses, overrides) for one, hit in listed],
        found=found,
        total=total,
        size=PAGE,
        languages=service.brief.languages,
        conflicts=sum(override.conflict is not None for override in overrides.values()),
        everybody=list(As),
        kinds=list(Kind),
        audiences=list(Audience),
        orders=list(EntryOrder),
        console=CONSOLE,
    )


async def entry_page(visit: StaffVisit) -> Response:
    service = visit.parts.service
    stored = await the_entry(visit, visit.query(Named).id)
    entry = stored.entry
    twins, uses, versions, overrides, name = await asyncio.gather(
        twins_of(visit, entry),
        service.reports.uses([entry.id], visit.now - USED_WITHIN),
        service.entries.versions(entry.id),
        service.entries.overrides(),
        staff_names(visit),
    )
    return visit.page(
        "knowledge/entry.html",
        section="knowledge",
        entry=entry,
        seen=stored.content_hash,
        origin=stored.origin,
        console=CONSOLE,
        resource=entry if isinstance(entry, Resource) else None,
        twins=twins,
        missing_languages=[code for code in service.brief.languages if code not in {entry.language, *twins}],
        use=uses.get(entry.id, Use()),
        days=USED_WITHIN.days,
        versions=versions,
        override=overrides.get(entry.id),
        name=name,
    )


class Tried(BaseModel):
    q: str = Field("", max_length=2000)
    id: str = Field("", max_length=300)
    eyes: As = As.CUSTOMER


async def ask(visit: StaffVisit) -> Response:
    """What the assistant would say, without a customer."""
    tried = visit.query(Tried)
    if not tried.q.strip():
        return visit.page("knowledge/asked.html", outcome=None, tried=tried, confidence=0.0, entries=[])
    audiences = CUSTOMERS if tried.eyes is As.CUSTOMER else EVERYONE
    asked = Asked("", (tried.q.strip(),), (), visit.now, None, audiences)
    response = await visit.parts.service.turn.respond(asked)
    return visit.page(
        "knowledge/asked.html",
        outcome=response.outcome,
        tried=tried,
        confidence=response.confidence,
        entries=_entries_in(response.outcome),
    )


def _entries_in(outcome: object) -> list[tuple[str, str]]:
    """Ids and titles of what it says or shows."""
    match outcome:
        case Answer(citations=citations, card=card):
            cited = {citation.entry_id: citation.title for citation in citations}
            return list((cited | ({card.entry_id: card.title} if card else {})).items())
        case Route(card=card):
            return [(card.entry_id, card.title)]
        case Clarify(choices=choices):
            return [(choice.entry_id, choice.title) for choice in choices]
        case Escalate() | _:
            return []


class Holes(BaseModel):
    days: int = Field(30, ge=1, le=366)
    skip: int = Field(0, ge=0)

    def page_at(self, skip: int) -> str:
        return f"/knowledge/missing?days={self.days}" + (f"&skip={skip}" if skip else "")


async def missing(visit: StaffVisit) -> Response:
    """Questions without a good answer, of the last days; after them those that were answered since."""
    looked = visit.query(Holes)
    scope = Scope(visit.now - timedelta(days=looked.days), visit.now)
    found = grouped(await visit.parts.service.reports.open_questions(scope))
    found.sort(key=lambda group: not group.unanswered)
    shown = found[looked.skip : looked.skip + PAGE]
    return visit.page(
        "knowledge/missing.html",
        section="knowledge",
        looked=looked,
        shown=len(shown),
        total=len(found),
        size=PAGE,
        groups=[group for group in shown if group.unanswered],
        closed=[group for group in shown if not group.unanswered],
        days=looked.days,
    )


# To take along


async def export_all(visit: StaffVisit) -> Response:
    entries = [stored.entry async for some in visit.parts.service.entries.scan() for stored in some]
    day = visit.now.astimezone(visit.zone).date().isoformat()
    return download(f"comptoir-knowledge-{day}.zip", "application/zip", archive(entries))


async def export_one(visit: StaffVisit) -> Response:
    stored = await the_entry(visit, visit.query(Named).id)
    if isinstance(stored.entry, Resource):
        return download("resource.zip", "application/zip", archive([stored.entry]))
    name = f"{slug(stored.entry.id.rsplit('/', 1)[-1]) or 'entry'}.md"
    plain = name if name.isascii() else "entry.md"
    return download(plain, "text/markdown; charset=utf-8", as_markdown(stored.entry).encode())


# Details


async def the_entry(visit: StaffVisit, id: str) -> StoredEntry:
    """Raises NotThere."""
    found = await visit.parts.service.entries.get([id], EVERYONE)
    if not found:
        raise NotThere
    return found[0]


async def staff_names(visit: StaffVisit) -> Callable[[str | None], str]:
    """What colleagues call the owner of an account; a source has none."""
    names = {agent.name: agent.display for agent in await visit.parts.service.roster.everyone()}
    return lambda account: visit.words("a file") if account is None else names.get(account, account)


async def twins_of(visit: StaffVisit, entry: Entry) -> dict[str, Entry]:
    """The same in other languages, by language."""
    if not entry.twin:
        return {}
    listed = await visit.parts.service.entries.browse(Browsing(twin=entry.twin))
    return {one.entry.language: one.entry for one in listed if one.entry.id != entry.id}


async def searched(
    visit: StaffVisit, words: str, eyes: As = As.CUSTOMER
) -> tuple[list[tuple[Listed, Hit | None]], Found]:
    """As the assistant searches for whoever has these eyes."""
    service = visit.parts.service
    language = await asyncio.to_thread(service.detector.detect, words)
    audiences = CUSTOMERS if eyes is As.CUSTOMER else EVERYONE
    evidence = await service.knowledge.find(Question(words, language, audiences))
    ids = frozenset(hit.entry.id for hit in evidence.hits)
    origins = {one.entry.id: one for one in await service.entries.browse(Browsing(ids=ids), limit=len(ids))}
    listed: list[tuple[Listed, Hit | None]] = [
        (origins.get(hit.entry.id, Listed(hit.entry, "", "")), hit) for hit in evidence.hits
    ]
    return listed, Found(evidence.confidence, evidence.confidence >= evidence.threshold)


def _browsing(looked: Looked) -> Browsing:
    return Browsing(
        audience=looked.audience,
        language=looked.language,
        resources=None if looked.kind is None else looked.kind is Kind.RESOURCES,
        tag=looked.tag,
        origin=looked.origin,
    )


def _row(listed: Listed, hit: Hit | None, uses: Mapping[str, Use], overrides: Mapping[str, Override]) -> Row:
    id = listed.entry.id
    conflict = id in overrides and overrides[id].conflict is not None
    return Row(listed.entry, listed.origin == CONSOLE, uses.get(id, Use()), conflict, hit)


ADDRESSES: tuple[Address, ...] = (
    page("/knowledge", browse, Anybody.SIGNED_IN),
    page("/knowledge/entry", entry_page, Anybody.SIGNED_IN),
    page("/knowledge/ask", ask, Anybody.SIGNED_IN),
    page("/knowledge/missing", missing, Anybody.SIGNED_IN),
    page("/knowledge/export.zip", export_all, May.EDIT_KNOWLEDGE),
    page("/knowledge/entry.md", export_one, Anybody.SIGNED_IN),
)

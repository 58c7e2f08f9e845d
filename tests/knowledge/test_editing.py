"""People edit what the bot answers from: the next search shows it, and no file overwrites it in silence."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.migrations import migrate
from knowledge.editing import Editor, EntryRefused, NoSuchEntry, Side
from knowledge.embedders.hashing import HashingEmbedder
from knowledge.entries import Article, Audience, Entry, Resource, ResourceKind
from knowledge.evidence import Question
from knowledge.index.exact import ExactIndex
from knowledge.index.guarded import GuardedIndex
from knowledge.ingest import IngestReport, ingest
from knowledge.knowledge_base import KnowledgeBase
from knowledge.language import LanguageDetector
from knowledge.ports import EntryStore, Matrix, StoredEntry
from knowledge.sources.folder import FolderSource
from knowledge.store.database import open_database
from knowledge.store.memory import MemoryEntryStore
from knowledge.store.sql import SqlEntryStore
from knowledge.versions import CONSOLE, Change, Conflict, EntryChanged

EVERYONE = frozenset(Audience)
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
ZOE = Change(MONDAY, "zoe")
TUESDAY = MONDAY + timedelta(days=1)
RETURNS = "---\ntitle: Returns\nlanguage: en\nquestions: [Send it back]\n---\n\nThirty days.\n"


class Help:
    """A folder of articles, its store, and somebody who edits."""

    def __init__(self, store: EntryStore, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self.embedder = HashingEmbedder(64)
        self.index = GuardedIndex(ExactIndex(), store)
        self.editor = Editor(store, self.index, self.embedder, LanguageDetector())
        self.knowledge = KnowledgeBase(store, self.index, self.embedder)

    def write(self, text: str = RETURNS, name: str = "returns.md") -> None:
        (self.folder / name).write_text(text)

    async def ingest(self) -> IngestReport:
        return await ingest(
            [FolderSource(self.folder)],
            self.store,
            self.index,
            self.embedder,
            LanguageDetector(),
            now=TUESDAY,
        )

    async def stored(self, id: str = "returns") -> StoredEntry:
        [found] = await self.store.get([id], EVERYONE)
        return found

    async def text(self, id: str = "returns") -> str:
        return (await self.stored(id)).entry.text

    async def change(self, text: str, id: str = "returns") -> Entry:
        seen = await self.stored(id)
        return (await self.editor.edit(replace(seen.entry, text=text), seen.content_hash, ZOE)).entry

    async def found(self, question: str, audience: Audience = Audience.PUBLIC) -> list[str]:
        evidence = await self.knowledge.find(Question(question, "en", frozenset({Audience.PUBLIC, audience})))
        return [hit.entry.id for hit in evidence.hits]


@pytest.fixture(params=["memory", "sqlite"])
async def help(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Help]:
    folder = tmp_path / "help"
    folder.mkdir()
    if request.param == "memory":
        help = Help(MemoryEntryStore(), folder)
    else:
        engine = open_database(request.getfixturevalue("sqlite_url"))
        await migrate(engine)
        help = Help(SqlEntryStore(engine), folder)
    help.write()
    await help.ingest()
    yield help
    await help.knowledge.close()
    await help.index.close()
    if request.param == "sqlite":
        await engine.dispose()


def an_article(title: str = "Gift wrapping", text: str = "Two euros a parcel.", **more: Any) -> Article:
    return Article("", title, text, "en", **more)


async def test_a_new_entry_is_found_by_the_next_question(help: Help) -> None:
    assert await help.found("gift wrapping") == ["returns"]
    made = await help.editor.create(an_article(questions=("do you wrap presents",)), ZOE)
    assert made.index_problem is None
    assert (made.entry.id, made.entry.updated) == ("gift-wrapping", MONDAY.date())
    assert (await help.found("gift wrapping"))[0] == "gift-wrapping"
    assert (await help.found("do you wrap presents"))[0] == "gift-wrapping"
    assert (await help.stored("gift-wrapping")).origin == CONSOLE


async def test_a_changed_entry_answers_in_its_new_words_at_once(help: Help) -> None:
    await help.found("returns")
    await help.change("Sixty days for club members.")
    [hit] = (await help.knowledge.find(Question("club members", "en"))).hits
    assert hit.passages[0].passage.text == "Sixty days for club members."


async def test_an_entry_made_internal_is_lost_to_customers_at_once(help: Help) -> None:
    seen = await help.stored()
    await help.editor.edit(replace(seen.entry, audience=Audience.INTERNAL), seen.content_hash, ZOE)
    assert await help.found("returns") == []
    assert await help.found("returns", Audience.INTERNAL) == ["returns"]


async def test_a_second_entry_of_the_same_title_gets_a_name_of_its_own(help: Help) -> None:
    first = await help.editor.create(an_article(), ZOE)
    await help.editor.remove(first.entry.id, first.content_hash, ZOE)
    assert (await help.editor.create(an_article(), ZOE)).entry.id == "gift-wrapping-2"
    assert (await help.editor.create(an_article("???"), ZOE)).entry.id == "entry"
    phone = Resource("", "Call us", "", "en", ResourceKind.PHONE, "+33 1 23 45 67 89")
    assert (await help.editor.create(phone, ZOE)).entry.id == "console#call-us"


async def test_an_entry_is_kept_as_a_file_would_give_it(help: Help) -> None:
    untidy = an_article(
        "  Gift \n wrapping ", "\r\nOne\r\nTwo\0 \n\n", questions=("a", " a ", ""), tags=("x\ny",)
    )
    entry = (await help.editor.create(untidy, ZOE)).entry
    assert (entry.title, entry.text) == ("Gift wrapping", "One\nTwo")
    assert (entry.questions, entry.tags) == (("a",), ("x y",))


async def test_the_language_is_told_from_the_text_where_nobody_says_it(help: Help) -> None:
    french = replace(
        an_article("Emballage cadeau", "Nous emballons vos cadeaux pour deux euros."), language=""
    )
    assert (await help.editor.create(french, ZOE)).entry.language == "fr"


@pytest.mark.parametrize(
    ("entry", "part", "why"),
    [
        (an_article(" "), "title", "missing"),
        (an_article("x" * 301), "title", "too_long"),
        (an_article(text="\n"), "text", "missing"),
        (an_article(text="x" * 100_001), "text", "too_long"),
        (an_article(questions=tuple(map(str, range(51)))), "questions", "too_many"),
    ],
)
async def test_what_is_no_entry_is_refused(help: Help, entry: Article, part: str, why: str) -> None:
    with pytest.raises(EntryRefused) as refused:
        await help.editor.create(entry, ZOE)
    assert (refused.value.part, refused.value.why) == (part, why)


async def test_of_two_who_edit_the_same_entry_the_second_is_told(help: Help) -> None:
    seen = await help.stored()
    await help.editor.edit(replace(seen.entry, text="Zoé's."), seen.content_hash, ZOE)
    with pytest.raises(EntryChanged):
        await help.editor.edit(replace(seen.entry, text="Karim's."), seen.content_hash, ZOE)
    with pytest.raises(EntryChanged):
        await help.editor.remove("returns", seen.content_hash, ZOE)
    assert await help.text() == "Zoé's."


async def test_an_old_version_is_restored_as_a_new_one(help: Help) -> None:
    await help.change("Sixty days.")
    here = await help.stored()
    restored = await help.editor.restore("returns", 1, here.content_hash, ZOE)
    assert restored.entry.text == "Thirty days."
    versions = await help.store.versions("returns")
    assert [(v.number, v.entry.text if v.entry else None) for v in versions] == [
        (3, "Thirty days."),
        (2, "Sixty days."),
        (1, "Thirty days."),
    ]
    with pytest.raises(NoSuchEntry):
        await help.editor.restore("returns", 9, restored.content_hash, ZOE)


async def test_a_removed_entry_comes_back_from_its_versions(help: Help) -> None:
    await help.editor.remove("returns", (await help.stored()).content_hash, ZOE)
    assert await help.found("returns") == []
    await help.editor.restore("returns", 1, None, ZOE)
    assert await help.found("returns") == ["returns"]


async def test_an_ingest_leaves_alone_what_people_wrote(help: Help) -> None:
    await help.change("Sixty days.")
    await help.editor.create(an_article(), ZOE)
    report = await help.ingest()
    assert (report.changed, report.removed, report.unchanged, report.conflicts) == (0, 0, 1, ())
    assert await help.text() == "Sixty days."
    assert await help.text("gift-wrapping") == "Two euros a parcel."


async def test_what_a_person_removed_stays_removed(help: Help) -> None:
    await help.editor.remove("returns", (await help.stored()).content_hash, ZOE)
    report = await help.ingest()
    assert (report.added, report.conflicts) == (0, ())
    assert await help.store.get(["returns"], EVERYONE) == []


async def test_a_file_that_changes_after_an_edit_is_a_conflict_and_answers_nothing(help: Help) -> None:
    await help.change("Sixty days.")
    help.write(RETURNS.replace("Thirty", "Forty"))
    for _ in range(2):
        [conflict] = (await help.ingest()).conflicts
    assert (conflict.entry_id, conflict.conflict, conflict.noticed_at) == (
        "returns",
        Conflict.CHANGED,
        TUESDAY,
    )
    assert (conflict.base.text, conflict.latest.text) == ("Thirty days.", "Forty days.")
    assert await help.text() == "Sixty days."
    help.write()
    assert (await help.ingest()).conflicts == ()


@pytest.mark.parametrize("right", list(Side))
async def test_somebody_decides_who_is_right(help: Help, right: Side) -> None:
    await help.change("Sixty days.")
    help.write(RETURNS.replace("Thirty", "Forty"))
    [conflict] = (await help.ingest()).conflicts
    await help.editor.settle(conflict, right, ZOE)
    told = {Side.HERE: "Sixty days.", Side.SOURCE: "Forty days."}[right]
    report = await help.ingest()
    assert (report.conflicts, await help.text(), report.embedded) == ((), told, 0)
    with pytest.raises((NoSuchEntry, EntryChanged)):
        await help.editor.settle(conflict, right, ZOE)
    help.write(RETURNS.replace("Thirty", "Fifty"))
    report = await help.ingest()
    assert [c.latest.text for c in report.conflicts] == (["Fifty days."] if right is Side.HERE else [])


async def test_nobody_decides_about_what_they_have_not_seen(help: Help) -> None:
    await help.change("Sixty days.")
    help.write(RETURNS.replace("Thirty", "Forty"))
    [conflict] = (await help.ingest()).conflicts
    help.write(RETURNS.replace("Thirty", "Fifty"))
    await help.ingest()
    with pytest.raises(EntryChanged):
        await help.editor.settle(conflict, Side.SOURCE, ZOE)
    assert await help.text() == "Sixty days."


@pytest.mark.parametrize("right", list(Side))
async def test_a_file_that_is_gone_takes_no_edited_entry_with_it(help: Help, right: Side) -> None:
    await help.change("Sixty days.")
    (help.folder / "returns.md").unlink()
    help.write("# Other\n\nText.", "other.md")
    [conflict] = (await help.ingest()).conflicts
    assert (conflict.conflict, conflict.theirs) == (Conflict.GONE, None)
    assert await help.text() == "Sixty days."
    await help.editor.settle(conflict, right, ZOE)
    assert (await help.ingest()).conflicts == ()
    assert await help.store.overrides() == {}
    assert len(await help.store.get(["returns"], EVERYONE)) == (right is Side.HERE)


async def test_a_file_that_cannot_be_read_is_not_gone(help: Help) -> None:
    await help.change("Sixty days.")
    help.write("---\ntitle: broken\n")
    assert (await help.ingest()).conflicts == ()
    help.write()
    assert (await help.ingest()).conflicts == ()


async def test_a_file_that_is_gone_settles_what_a_person_removed(help: Help) -> None:
    await help.editor.remove("returns", (await help.stored()).content_hash, ZOE)
    (help.folder / "returns.md").unlink()
    help.write("# Other\n\nText.", "other.md")
    assert (await help.ingest()).conflicts == ()
    assert await help.store.overrides() == {}


async def test_a_file_that_says_what_the_person_said_owns_the_entry_again(help: Help) -> None:
    await help.change("Sixty days.")
    help.write(RETURNS.replace("Thirty", "Sixty"))
    assert (await help.ingest()).conflicts == ()
    stored = await help.stored()
    assert (stored.origin, stored.entry.updated) == (help.folder.as_posix(), None)
    assert len(await help.store.versions("returns")) == 2
    help.write(RETURNS.replace("Thirty", "Ninety"))
    assert (await help.ingest()).changed == 1
    assert await help.text() == "Ninety days."


async def test_a_file_with_the_id_of_an_entry_written_here_is_refused(help: Help) -> None:
    await help.editor.create(an_article(), ZOE)
    help.write("Another text.", "gift-wrapping.md")
    [rejected] = (await help.ingest()).rejected
    assert "written in the console" in rejected.reason
    assert await help.text("gift-wrapping") == "Two euros a parcel."


class Meanwhile(HashingEmbedder):
    """Lets something happen while an ingest embeds."""

    def __init__(self) -> None:
        super().__init__(64)
        self.happens: Callable[[], Any] | None = None

    async def embed_passages(self, texts: Any) -> Matrix:
        if self.happens is not None:
            happens, self.happens = self.happens, None
            await happens()
        return await super().embed_passages(texts)


async def test_an_edit_during_an_ingest_is_not_lost(help: Help) -> None:
    help.write(RETURNS.replace("Thirty", "Forty"))
    help.write("# Other\n\nText.", "other.md")
    meanwhile = Meanwhile()
    meanwhile.happens = lambda: help.change("Sixty days.")
    source = FolderSource(help.folder)
    await ingest([source], help.store, help.index, meanwhile, LanguageDetector(), now=TUESDAY)
    assert (await help.text(), await help.text("other")) == ("Sixty days.", "# Other\n\nText.")
    [conflict] = (await help.ingest()).conflicts
    assert conflict.latest.text == "Forty days."


async def test_the_date_is_that_of_the_editors_day(help: Help) -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC).astimezone(tz=None)
    made = await help.editor.create(an_article(), Change(late, "zoe"))
    assert made.entry.updated == late.date()
    assert date(2026, 11, 23) <= made.entry.updated

"""Sources go in; the store and the index hold exactly what they say, whatever happens on the way."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.migrations import migrate
from knowledge.embedders.hashing import HashingEmbedder
from knowledge.entries import Article, Audience, Entry
from knowledge.index.chroma import ChromaIndex
from knowledge.index.exact import ExactIndex
from knowledge.ingest import IngestReport, ingest, rebuild_index, reembed
from knowledge.language import LanguageDetector
from knowledge.ports import (
    EntryStore,
    Field,
    IndexState,
    IndexUnavailable,
    Loaded,
    Matrix,
    Rejected,
    VectorIndex,
    WrongModel,
)
from knowledge.progress import Phase
from knowledge.sources.folder import FolderSource
from knowledge.store.database import open_database
from knowledge.store.memory import MemoryEntryStore
from knowledge.store.sql import SqlEntryStore
from tests.entries_at_hand import an_article

EVERYONE = frozenset(Audience)
DETECTOR = LanguageDetector()


class CountingEmbedder(HashingEmbedder):
    """The hashing embedder, remembering what it was given; stops after `limit` texts."""

    def __init__(self, dimensions: int = 64, limit: int | None = None) -> None:
        super().__init__(dimensions)
        self.texts: list[str] = []
        self._limit = limit

    async def embed_passages(self, texts: Sequence[str]) -> Matrix:
        if self._limit is not None and len(self.texts) >= self._limit:
            raise KeyboardInterrupt
        self.texts += texts
        return await super().embed_passages(texts)


@dataclass
class Given:
    """A source that gives what the test says."""

    outcomes: Sequence[Entry | Rejected | Exception]
    origin: str = "given"

    async def read(self) -> AsyncIterator[Loaded | Rejected]:
        for outcome in self.outcomes:
            if isinstance(outcome, Exception):
                raise outcome
            yield outcome if isinstance(outcome, Rejected) else Loaded(outcome)


@dataclass
class Desk:
    """A store, an index and an embedder, as a service has them."""

    store: EntryStore = field(default_factory=MemoryEntryStore)
    index: VectorIndex = field(default_factory=ExactIndex)
    embedder: CountingEmbedder = field(default_factory=CountingEmbedder)

    async def ingest(self, *sources: FolderSource | Given, batch: int = 8) -> IngestReport:
        self.embedder.texts.clear()
        return await ingest(sources, self.store, self.index, self.embedder, DETECTOR, batch=batch)

    async def ids(self) -> list[str]:
        return [stored.entry.id async for entries in self.store.scan() for stored in entries]

    async def entry(self, id: str) -> Entry:
        [stored] = await self.store.get([id], EVERYONE)
        return stored.entry

    async def contents(self) -> tuple[object, object]:
        """All that the store holds, and all that the index finds."""
        kept = [
            (s.entry, s.origin, s.content_hash, s.passages, s.heads.tobytes(), s.bodies.tobytes())
            async for entries in self.store.scan()
            for s in entries
        ]
        if await self.store.stamp() is None:
            return kept, set()
        [probe] = await self.embedder.embed_queries(["probe"])
        found = [
            (hit.entry_id, field, hit.position, audience, round(hit.score, 5))
            for audience in Audience
            for field in Field
            for hit in await self.index.nearest(probe, field, frozenset({audience}), 10_000)
        ]
        return kept, set(found)


@pytest.fixture
def help(tmp_path: Path) -> Path:
    folder = tmp_path / "help"
    folder.mkdir()
    (folder / "returns.md").write_text(
        "---\nquestions: [Send it back]\n---\n# Returns\n\nThirty days.\n\n## How\n\nPrint the label."
    )
    (folder / "delais.md").write_text("# Délais\n\nVotre colis arrive en deux jours ouvrés.")
    return folder


async def test_a_folder_goes_in_whole(help: Path) -> None:
    desk = Desk()
    report = await desk.ingest(FolderSource(help))
    assert await desk.ids() == ["delais", "returns"]
    [row] = report.origins
    assert (row.added, row.changed, row.unchanged, row.removed, row.rejected) == (2, 0, 0, 0, 0)
    assert report.stamp == await desk.store.stamp()
    assert report.passages == 3
    assert report.embedded == len(desk.embedder.texts) == 6
    [stored] = await desk.store.get(["returns"], EVERYONE)
    assert stored.heads.shape == (2, 64)
    assert [passage.heading for passage in stored.passages] == [("Returns",), ("Returns", "How")]
    assert all(passage.text in stored.entry.text for passage in stored.passages)
    assert report.stamp is not None
    assert await desk.index.state(report.stamp) is IndexState.READY


async def test_the_language_is_detected_where_nobody_said_it(help: Path) -> None:
    desk = Desk()
    await desk.ingest(FolderSource(help))
    assert (await desk.entry("delais")).language == "fr"
    assert (await desk.entry("returns")).language == "en"


async def test_what_did_not_change_is_not_embedded_again(help: Path) -> None:
    desk = Desk()
    await desk.ingest(FolderSource(help))
    before = await desk.contents()
    stamp = await desk.store.stamp()
    report = await desk.ingest(FolderSource(help))
    assert (report.unchanged, report.embedded, desk.embedder.texts) == (2, 0, [])
    assert await desk.store.stamp() == stamp
    assert await desk.contents() == before


async def test_of_a_changed_article_only_the_changed_passage_is_embedded(help: Path) -> None:
    desk = Desk()
    await desk.ingest(FolderSource(help))
    text = (help / "returns.md").read_text()
    (help / "returns.md").write_text(text.replace("Thirty days.", "Forty days."))
    report = await desk.ingest(FolderSource(help))
    assert (report.added, report.changed, report.unchanged) == (0, 1, 1)
    assert len(desk.embedder.texts) == report.embedded == 1
    assert "Forty days." in desk.embedder.texts[0]


async def test_a_field_that_is_not_embedded_is_a_change_all_the_same() -> None:
    desk = Desk()
    article = an_article("a")
    await desk.ingest(Given([article]))
    report = await desk.ingest(Given([Article(**{**_fields(article), "url": "https://example.com"})]))
    assert (report.changed, report.embedded) == (1, 0)
    assert (await desk.entry("a")).url == "https://example.com"


def _fields(article: Article) -> dict[str, object]:
    return {name: getattr(article, name) for name in Article.__slots__}


async def test_another_way_of_cutting_texts_makes_every_entry_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    await desk.ingest(Given([an_article("a"), an_article("b")]))
    monkeypatch.setattr("knowledge.chunking.VERSION", 999)
    assert (await desk.ingest(Given([an_article("a"), an_article("b")]))).changed == 2


async def test_a_file_that_is_gone_takes_its_entry_with_it(help: Path) -> None:
    desk = Desk()
    await desk.ingest(FolderSource(help))
    (help / "delais.md").unlink()
    report = await desk.ingest(FolderSource(help))
    assert report.removed == 1
    assert await desk.ids() == ["returns"]
    assert {hit[0] for hit in (await desk.contents())[1]} == {"returns"}  # type: ignore[attr-defined]


async def test_a_renamed_file_is_not_embedded_again(help: Path) -> None:
    desk = Desk()
    await desk.ingest(FolderSource(help))
    (help / "delais.md").rename(help / "livraison.md")
    report = await desk.ingest(FolderSource(help))
    assert (report.added, report.removed, report.embedded) == (1, 1, 0)
    assert await desk.ids() == ["livraison", "returns"]


async def test_an_entry_whose_file_is_broken_now_keeps_its_old_version(help: Path) -> None:
    desk = Desk()
    (help / "faq.csv").write_text("question,answer\nOpen on Sunday?,No.\nGift wrap?,Yes.\n")
    await desk.ingest(FolderSource(help))
    whole = await desk.ids()
    (help / "returns.md").write_text("---\naudiance: public\n---\n# Returns")
    (help / "faq.csv").write_text("question,answer\nOpen on Sunday?,No.,what,is,this\n")
    report = await desk.ingest(FolderSource(help))
    assert await desk.ids() == whole
    assert {rejected.source.split(",")[0] for rejected in report.rejected} == {
        "help/returns.md",
        "help/faq.csv",
    }
    assert "Thirty days." in (await desk.entry("returns")).text


async def test_a_broken_file_does_not_keep_others_that_are_gone(help: Path) -> None:
    desk = Desk()
    await desk.ingest(FolderSource(help))
    (help / "delais.md").unlink()
    (help / "returns.md").unlink()
    (help / "logo.png").write_bytes(b"\x89PNG")
    report = await desk.ingest(FolderSource(help))
    assert len(report.rejected) == 1
    assert await desk.ids() == []


@pytest.mark.parametrize(
    "failure",
    [
        [Rejected("https://example.com/", "does not answer")],
        [ConnectionError("reset by peer")],
    ],
)
async def test_a_source_that_failed_altogether_removes_nothing(failure: list[Rejected | Exception]) -> None:
    desk = Desk()
    origin = "https://example.com/"
    await desk.ingest(Given([an_article("a"), an_article("b")], origin))
    report = await desk.ingest(Given(failure, origin), Given([an_article("c")], "other"))
    assert await desk.ids() == ["a", "b", "c"]
    assert [(row.removed, row.rejected) for row in report.origins] == [(0, 1), (0, 0)]


async def test_a_folder_that_is_away_removes_nothing(help: Path) -> None:
    desk = Desk()
    await desk.ingest(FolderSource(help))
    shutil.move(help, help.with_name("elsewhere"))
    report = await desk.ingest(FolderSource(help))
    assert await desk.ids() == ["delais", "returns"]
    assert len(report.rejected) == 1


async def test_two_sources_do_not_fight_over_an_id() -> None:
    desk = Desk()
    ours, theirs = Given([an_article("x", "Ours.")], "one"), Given([an_article("x", "Theirs.")], "two")
    for _ in range(2):
        report = await desk.ingest(ours, theirs)
        assert (await desk.entry("x")).text == "Ours."
        assert "give it an id of its own" in report.rejected[0].reason
    report = await desk.ingest(Given([], "one"), theirs)
    assert (await desk.entry("x")).text == "Theirs."
    await desk.ingest(ours, theirs)
    assert (await desk.entry("x")).text == "Ours."


async def test_an_entry_may_move_to_another_source() -> None:
    desk = Desk()
    await desk.ingest(Given([an_article("x")], "one"), Given([], "two"))
    report = await desk.ingest(Given([], "one"), Given([an_article("x")], "two"))
    assert await desk.ids() == ["x"]
    assert report.embedded == 0


async def test_a_source_that_is_not_named_keeps_its_entries() -> None:
    desk = Desk()
    await desk.ingest(Given([an_article("a")], "one"))
    await desk.ingest(Given([an_article("b")], "two"))
    assert await desk.ids() == ["a", "b"]


async def test_characters_that_no_database_takes_are_replaced(database_url: str) -> None:
    engine = open_database(database_url)
    await migrate(engine)
    desk = Desk(SqlEntryStore(engine))
    await desk.ingest(Given([Article("a", "Torn \ud83d", "One\0two", "en", questions=("\udc00?",))]))
    entry = await desk.entry("a")
    assert (entry.title, entry.text, entry.questions) == ("Torn ?", "One two", ("??",))
    assert (
        await desk.ingest(Given([Article("a", "Torn \ud83d", "One\0two", "en", questions=("\udc00?",))]))
    ).unchanged
    await engine.dispose()


async def test_texts_of_many_entries_are_embedded_together_and_progress_is_told() -> None:
    desk = Desk()
    told: list[tuple[int, int, Phase]] = []
    many = [an_article(f"a{n:03}") for n in range(100)]
    await ingest(
        [Given(many)],
        desk.store,
        desk.index,
        desk.embedder,
        DETECTOR,
        lambda done, total, phase: told.append((done, total, phase)),
    )
    reading = [done for done, _, phase in told if phase is Phase.READING]
    embedding = [(done, total) for done, total, phase in told if phase is Phase.EMBEDDING]
    assert reading == list(range(1, 101))
    assert [done for done, _ in embedding] == sorted(done for done, _ in embedding)
    assert embedding[-1] == (200, 200)
    assert len(embedding) < 10
    assert told[-1] == (200, 0, Phase.INDEXING)


async def test_another_model_is_refused_before_anything_is_read() -> None:
    desk = Desk()
    await desk.ingest(Given([an_article("a")]))
    desk.embedder = CountingEmbedder(32)
    with pytest.raises(WrongModel, match="comptoir index rebuild"):
        await desk.ingest(Given([AssertionError("nothing may be read")]))


async def test_an_index_that_cannot_follow_does_not_stop_the_ingest() -> None:
    class Away(ExactIndex):
        async def rebuild(self, *_: object) -> None:
            raise IndexUnavailable("the server is away")

    desk = Desk(index=Away())
    report = await desk.ingest(Given([an_article("a")]))
    assert report.index_problem == "the server is away"
    assert await desk.ids() == ["a"]


async def test_an_index_that_missed_a_change_is_built_anew() -> None:
    desk = Desk()
    await desk.ingest(Given([an_article("a")]))
    present, desk.index = desk.index, ExactIndex()
    await desk.ingest(Given([an_article("a"), an_article("b")]))
    desk.index = present
    await desk.ingest(Given([an_article("a"), an_article("b"), an_article("c")]))
    assert {hit[0] for hit in (await desk.contents())[1]} == {"a", "b", "c"}  # type: ignore[attr-defined]


async def test_chroma_holds_what_the_store_holds_after_every_ingest(tmp_path: Path) -> None:
    desk = Desk(index=ChromaIndex(path=tmp_path / "index"))
    articles = [an_article(f"a{n}", audience=list(Audience)[n % 2]) for n in range(9)]
    for some in (articles[:5], articles[3:], [an_article("a4", "Changed."), *articles[7:]], []):
        report = await desk.ingest(Given(some), batch=3)
        assert report.stamp is not None
        assert await desk.index.state(report.stamp) is IndexState.READY
        kept, found = await desk.contents()
        exact = Desk(desk.store, embedder=desk.embedder)
        await rebuild_index(desk.store, exact.index)
        assert (kept, found) == await exact.contents()
    await desk.index.close()


# Another model


async def test_everything_moves_to_another_model_and_nothing_is_embedded_twice() -> None:
    desk = Desk()
    articles = [an_article(f"a{n}") for n in range(10)]
    await desk.ingest(Given(articles))
    desk.embedder = CountingEmbedder(32, limit=None)
    stamp = await reembed(desk.store, desk.index, desk.embedder)
    assert stamp is not None
    assert (stamp.model, stamp.dimensions) == ("hashing-32", 32)
    assert await desk.index.state(stamp) is IndexState.READY
    assert len(desk.embedder.texts) == 20
    fresh = Desk(embedder=CountingEmbedder(32))
    await fresh.ingest(Given(articles))
    assert await desk.contents() == await fresh.contents()
    assert await reembed(desk.store, desk.index, desk.embedder) == stamp
    assert len(desk.embedder.texts) == 20


async def test_a_move_that_was_broken_off_leaves_the_old_model_and_goes_on_later() -> None:
    desk = Desk()
    articles = [an_article(f"a{n:03}") for n in range(200)]
    await desk.ingest(Given(articles))
    before = await desk.contents()
    with pytest.raises(KeyboardInterrupt):
        await reembed(desk.store, desk.index, CountingEmbedder(32, limit=200))
    assert await desk.contents() == before
    rest = CountingEmbedder(32)
    stamp = await reembed(desk.store, desk.index, rest)
    assert stamp is not None
    assert stamp.model == "hashing-32"
    assert 0 < len(rest.texts) < 300


async def test_an_empty_store_has_nothing_to_move() -> None:
    desk = Desk()
    assert await reembed(desk.store, desk.index, desk.embedder) is None


# Killed


KILLED = """
import asyncio, sys, time
from pathlib import Path
from knowledge.embedders.hashing import HashingEmbedder
from knowledge.index.chroma import ChromaIndex
from knowledge.ingest import ingest
from knowledge.language import LanguageDetector
from knowledge.sources.folder import FolderSource
from knowledge.store.database import open_database
from knowledge.store.sql import SqlEntryStore

class Slow(HashingEmbedder):
    async def embed_passages(self, texts):
        print("embedding", flush=True)
        await asyncio.sleep(0.02)
        return await super().embed_passages(texts)

async def main(url, folder, index):
    store, index = SqlEntryStore(open_database(url)), ChromaIndex(path=Path(index))
    await ingest([FolderSource(Path(folder))], store, index, Slow(64), LanguageDetector(), batch=6)
    print("done", flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_process_killed_in_the_middle_loses_nothing_and_the_next_run_finishes(
    tmp_path: Path, sqlite_url: str
) -> None:
    folder = tmp_path / "help"
    folder.mkdir()
    for n in range(40):
        (folder / f"a{n:02}.md").write_text(f"# Title {n}\n\nThe text of article {n}.")
    engine = open_database(sqlite_url)
    await migrate(engine)
    store = SqlEntryStore(engine)
    saved = [0]
    for batches in (3, 5):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", KILLED, sqlite_url, str(folder), str(tmp_path / "index")),
            stdout=asyncio.subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert process.stdout is not None
        for _ in range(batches):
            assert await process.stdout.readline() == b"embedding\n"
        process.kill()
        assert await process.wait() == -signal.SIGKILL
        saved.append(len(await store.hashes(folder.as_posix())))
    assert 0 < saved[1] < saved[2] < 40
    desk = Desk(store, ChromaIndex(path=tmp_path / "index"))
    report = await desk.ingest(FolderSource(folder))
    assert (report.added, report.unchanged) == (40 - saved[2], saved[2])
    assert report.embedded == 2 * (40 - saved[2])
    fresh = Desk()
    await fresh.ingest(FolderSource(folder))
    assert await desk.contents() == await fresh.contents()
    await desk.index.close()
    await engine.dispose()


# The law


NAMES = st.sampled_from(["a.md", "b.md", "sub/a.md", "c.txt"])
TEXTS = st.sampled_from(
    ["# One\n\nAlpha.", "# Two\n\nBeta.\n\n## More\n\nGamma.", "Plain words.", "# One\n\nBeta."]
)
EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), NAMES, TEXTS),
        st.tuples(st.just("delete"), NAMES, st.just("")),
        st.tuples(st.just("ingest"), st.just(""), st.just("")),
    ),
    max_size=14,
)


@settings(max_examples=40, deadline=None)
@given(EDITS, st.integers(1, 10))
def test_any_edits_and_ingests_end_where_a_fresh_ingest_ends(
    edits: list[tuple[str, str, str]], batch: int
) -> None:
    asyncio.run(_edited_equals_fresh(edits, batch))


async def _edited_equals_fresh(edits: list[tuple[str, str, str]], batch: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        desk, fresh = Desk(), Desk()
        for edit, name, text in edits:
            match edit:
                case "write":
                    _write(root / name, text)
                case "delete":
                    _delete(root / name)
                case _:
                    await desk.ingest(FolderSource(root), batch=batch)
        await desk.ingest(FolderSource(root), batch=batch)
        await fresh.ingest(FolderSource(root))
        assert await desk.contents() == await fresh.contents()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def _delete(path: Path) -> None:
    path.unlink(missing_ok=True)

"""What is exported can be read back from its folder, word for word."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from knowledge.editing import neat
from knowledge.entries import Article, Audience, Entry, Resource, ResourceKind
from knowledge.exporting import archive, as_markdown, files
from knowledge.ports import Loaded, Rejected
from knowledge.preparing import storable
from knowledge.sources.folder import FolderSource

ROOT = Path(__file__).parents[2]

WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), min_size=1, max_size=60
)
IDS = st.text("aAbé/#-_. 1", min_size=1, max_size=12).filter(lambda id: id.strip() == id and "  " not in id)
ARTICLES = st.builds(
    Article,
    id=IDS,
    title=WORDS,
    text=WORDS,
    language=st.sampled_from(["fr", "en", "no"]),
    audience=st.sampled_from(Audience),
    questions=st.lists(WORDS, max_size=3).map(tuple),
    tags=st.lists(WORDS, max_size=3).map(tuple),
    url=st.sampled_from([None, "https://example.com/a?b=c#d"]),
    twin=st.sampled_from([None, "twin", "true", "12"]),
    updated=st.sampled_from([None, date(2026, 11, 1)]),
)


async def read_back(texts: dict[str, str]) -> Sequence[Loaded | Rejected]:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            write(Path(folder, name), text)
        return [outcome async for outcome in FolderSource(Path(folder)).read()]


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def entries_of(outcomes: Sequence[Loaded | Rejected]) -> list[Entry]:
    assert all(isinstance(outcome, Loaded) for outcome in outcomes), outcomes
    found = (replace(outcome.entry, source="") for outcome in outcomes if isinstance(outcome, Loaded))
    return sorted(found, key=lambda entry: entry.id)


@given(st.lists(ARTICLES, max_size=4, unique_by=lambda article: article.id))
async def test_articles_come_back_as_they_were(articles: list[Article]) -> None:
    written = [neat(storable(article)) for article in articles]
    written = [article for article in written if article.title and article.text]
    assert entries_of(await read_back(files(written))) == sorted(written, key=lambda entry: entry.id)


async def test_the_demo_help_centre_comes_back_as_it_was() -> None:
    demo = ROOT / "deploy/demo"
    sources = [
        FolderSource(demo / "help"),
        FolderSource(demo / "resources.csv"),
        FolderSource(demo / "faq.csv"),
    ]
    read = [[outcome async for outcome in source.read()] for source in sources]
    entries = entries_of([outcome for outcomes in read for outcome in outcomes])
    texts = files(entries)
    assert "fr/echanger-un-article.md" in texts
    assert "id:" not in texts["fr/echanger-un-article.md"]
    assert entries_of(await read_back(texts)) == entries


async def test_resources_come_back_from_their_table() -> None:
    phone = Resource(
        "console#call-us",
        "Call us",
        "We answer, quickly.",
        "en",
        ResourceKind.PHONE,
        "+33 1 23 45 67 89",
        "Mo-Fr 09:00-18:00",
        Audience.INTERNAL,
        ("your number?", "phone"),
        ("contact",),
        "https://example.com",
        "call",
        date(2026, 11, 1),
    )
    assert entries_of(await read_back(files([phone]))) == [phone]


def test_an_export_is_one_zip_of_readable_files() -> None:
    article = Article("fr/retours", "Retours : 30 jours", "Trente jours.", "fr", tags=("retours",))
    with zipfile.ZipFile(io.BytesIO(archive([article, replace(article, id="FR/Retours")]))) as folder:
        assert folder.namelist() == ["FR/Retours.md", "fr/retours-2.md"]
        assert folder.read("FR/Retours.md").decode() == as_markdown(article, "fr/retours.md")
    assert as_markdown(article, "fr/retours.md") == (
        "---\ntitle: 'Retours : 30 jours'\nlanguage: fr\ntags:\n- retours\n---\n\nTrente jours.\n"
    )

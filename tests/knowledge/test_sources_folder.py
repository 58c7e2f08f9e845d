"""A folder with what people put into folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from knowledge.entries import Article, Audience, Entry, Resource
from knowledge.ports import Loaded, Rejected, Source
from knowledge.sources.folder import FolderSource

PROJECT = Path(__file__).parents[2]


async def read(source: Source) -> tuple[list[Entry], dict[str, str]]:
    entries: list[Entry] = []
    problems: dict[str, str] = {}
    async for outcome in source.read():
        match outcome:
            case Loaded(entry):
                entries.append(entry)
            case Rejected(name, reason):
                problems[name] = reason
    return entries, problems


@pytest.fixture
def help_centre(tmp_path: Path) -> Path:
    root = tmp_path / "help"
    (root / "fr").mkdir(parents=True)
    (root / "fr" / "retours.md").write_text("# Retours\n\nTrente jours.", encoding="utf-8")
    (root / "about.txt").write_text("We sell lamps.", encoding="utf-8")
    (root / "faq.csv").write_text("id,question,answer\n1,Where?,Here.\n", encoding="utf-8")
    return root


async def test_every_file_is_read_in_order_with_a_stable_id(help_centre: Path) -> None:
    entries, problems = await read(FolderSource(help_centre))
    assert problems == {}
    assert [(e.id, e.source) for e in entries] == [
        ("about", "help/about.txt"),
        ("faq#1", "help/faq.csv"),
        ("fr/retours", "help/fr/retours.md"),
    ]


async def test_one_file_alone_is_a_source_too(help_centre: Path) -> None:
    source = FolderSource(help_centre / "faq.csv", Audience.INTERNAL)
    entries, _ = await read(source)
    assert [(e.id, e.source, e.audience) for e in entries] == [("faq#1", "faq.csv", Audience.INTERNAL)]
    assert source.origin == (help_centre / "faq.csv").as_posix()


async def test_a_broken_file_is_reported_and_the_rest_is_loaded(help_centre: Path) -> None:
    (help_centre / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    (help_centre / "broken.docx").write_bytes(b"PK\x03\x04")
    (help_centre / "empty.md").write_bytes(b" \n")
    (help_centre / "huge.txt").write_bytes(b"x" * 2001)
    (help_centre / "binary.txt").write_bytes(bytes(range(256)))
    (help_centre / "logo.png").write_bytes(b"\x89PNG")
    (help_centre / "README").write_bytes(b"hello")
    entries, problems = await read(FolderSource(help_centre, max_bytes=2000))
    assert len(entries) == 3
    assert {name.removeprefix("help/"): reason.split(":")[0] for name, reason in problems.items()} == {
        "broken.pdf": "is a damaged PDF",
        "broken.docx": "is damaged, or not what its name says",
        "empty.md": "is empty",
        "huge.txt": "is larger than 0.002 MB",
        "binary.txt": "is in an unknown charset, or no text",
        "logo.png": "files of the kind .png are not read",
        "README": "files without a suffix are not read",
    }
    assert all(":" in reason for reason in problems.values()), "each says what to do"


async def test_a_parser_that_fails_in_its_own_way_stops_nothing(help_centre: Path) -> None:
    (help_centre / "odd.xlsx").write_bytes(_zip_with("hello.txt", b"no workbook"))
    (help_centre / "odd.docx").write_bytes(_zip_with("hello.txt", b"no document"))
    entries, problems = await read(FolderSource(help_centre))
    assert len(entries) == 3
    assert set(problems) == {"help/odd.xlsx", "help/odd.docx"}


async def test_hidden_files_and_folders_are_left_alone(help_centre: Path) -> None:
    (help_centre / ".git").mkdir()
    (help_centre / ".git" / "config.txt").write_text("secret")
    (help_centre / ".draft.md").write_text("secret")
    entries, problems = await read(FolderSource(help_centre))
    assert (len(entries), problems) == (3, {})


async def test_links_out_of_the_folder_are_not_followed(help_centre: Path, tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "salaries.md").write_text("secret")
    (help_centre / "a-file.md").symlink_to(tmp_path / "private" / "salaries.md")
    (help_centre / "a-folder").symlink_to(tmp_path / "private")
    (help_centre / "gone.md").symlink_to(help_centre / "nothing.md")
    entries, problems = await read(FolderSource(help_centre))
    assert len(entries) == 3
    assert "leaves the folder" in problems["help/a-file.md"]
    assert "leaves the folder" in problems["help/a-folder"]
    assert "does not exist" in problems["help/gone.md"]


async def test_a_pipe_is_not_waited_for(help_centre: Path) -> None:
    os.mkfifo(help_centre / "pipe.md")
    _, problems = await read(FolderSource(help_centre))
    assert set(problems) == {"help/pipe.md"}


async def test_the_second_of_two_entries_with_one_id_is_refused(help_centre: Path) -> None:
    (help_centre / "about.md").write_text("Also about.")
    (help_centre / "zebra.md").write_text("---\nid: fr/retours\n---\nText.")
    entries, problems = await read(FolderSource(help_centre))
    assert len(entries) == 3
    assert "“about” like help/about.md" in problems["help/about.txt"]
    assert "help/zebra.md" in problems["help/fr/retours.md"]


async def test_a_folder_that_is_not_there_is_reported(tmp_path: Path) -> None:
    entries, problems = await read(FolderSource(tmp_path / "nowhere"))
    assert entries == []
    assert problems == {"nowhere": "does not exist: check its name"}


async def test_the_same_folder_read_twice_gives_the_same(help_centre: Path) -> None:
    assert await read(FolderSource(help_centre)) == await read(FolderSource(help_centre))


async def test_the_demo_help_centre_is_read_without_a_complaint() -> None:
    demo = PROJECT / "deploy" / "demo"
    articles, no_problems = await read(FolderSource(demo / "help"))
    assert no_problems == {}
    assert all(isinstance(entry, Article) and entry.language in {"fr", "en"} for entry in articles)
    for language in ("fr", "en"):
        assert sum(entry.language == language for entry in articles) >= 20
    staff, no_problems = await read(FolderSource(demo / "staff", Audience.INTERNAL))
    assert no_problems == {}
    assert {entry.audience for entry in staff} == {Audience.INTERNAL}


async def test_the_demo_tables_are_read_without_a_complaint() -> None:
    demo = PROJECT / "deploy" / "demo"
    questions, no_problems = await read(FolderSource(demo / "faq.csv"))
    assert no_problems == {}
    assert all(isinstance(entry, Article) and entry.questions for entry in questions)
    resources, no_problems = await read(FolderSource(demo / "resources.csv"))
    assert no_problems == {}
    assert len(resources) >= 15
    assert all(isinstance(entry, Resource) for entry in resources)


def _zip_with(name: str, data: bytes) -> bytes:
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as container:
        container.writestr(name, data)
    return out.getvalue()

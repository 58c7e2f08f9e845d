"""Sets of judged questions on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connectors.benchmark_set import BenchmarkSetError, read_set
from knowledge.ports import Loaded

ENTRIES = [
    {"id": "a", "title": "A", "text": "about a", "lang": "en", "examples": ["ask for a"]},
    {"id": "b", "title": "B", "text": "au sujet de b", "lang": "fr"},
]
QUESTIONS = [
    {"id": "1", "text": "a?", "lang": "en", "relevant": ["a"], "answerable": True, "split": "dev",
     "history": [{"role": "user", "text": "hi"}]},
    {"id": "2", "text": "b?", "lang": "fr", "relevant": ["b"], "answerable": True, "split": "test"},
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "kb.jsonl", ENTRIES)
    write(tmp_path / "questions.jsonl", QUESTIONS)
    return tmp_path


def write(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


async def test_examples_are_alternative_questions(folder: Path) -> None:
    entries = [loaded.entry async for loaded in read_set(folder).read() if isinstance(loaded, Loaded)]
    assert [entry.id for entry in entries] == ["a", "b"]
    assert entries[0].questions == ("ask for a",)


async def test_what_is_dropped_is_neither_indexed_nor_relevant(folder: Path) -> None:
    write(folder / "drop.jsonl", [{"id": "a"}])
    less = read_set(folder, folder / "drop.jsonl")
    assert less.ids() == {"b"}
    assert [q.relevant for q in less.questions()] == [frozenset(), frozenset({"b"})]


def test_earlier_turns_come_along(folder: Path) -> None:
    assert read_set(folder).questions()[0].history == (("user", "hi"),)


def test_a_missing_folder_says_what_to_name(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkSetError, match=r"there is no kb\.jsonl"):
        read_set(tmp_path)


def test_a_broken_line_is_named(folder: Path) -> None:
    (folder / "questions.jsonl").write_text('{"id": "1", "text": "x"}\n{broken\n', encoding="utf-8")
    with pytest.raises(BenchmarkSetError, match=r"questions\.jsonl:2: not JSON"):
        read_set(folder).questions()


def test_a_row_without_what_it_needs_is_named(folder: Path) -> None:
    (folder / "questions.jsonl").write_text('{"id": "1"}\n', encoding="utf-8")
    with pytest.raises(BenchmarkSetError, match=r"questions\.jsonl:1: lacks text"):
        read_set(folder).questions()

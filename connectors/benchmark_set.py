"""A help centre with judged questions on disk, as `comptoir eval` reads it.

`kb.jsonl`: one entry a line, {"id", "title", "text", "lang", "url"?, "examples"?}.
`questions.jsonl`: {"id", "text", "lang", "relevant": [entry ids], "answerable", "split"?, "history"?}.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.entries import Article
from knowledge.ports import Loaded, Rejected


class BenchmarkSetError(Exception):
    """A file of the set is missing or wrong; the message names file and line."""


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    id: str
    text: str
    language: str
    relevant: frozenset[str]
    """Entries that answer it; empty when nothing here does."""
    split: str
    history: tuple[tuple[str, str], ...]
    """Earlier turns, oldest first: (role, text), role "user" for the customer."""


@dataclass(frozen=True, slots=True)
class BenchmarkSet:
    """The knowledge base of a set, less what is left out. A `Source` of knowledge."""

    directory: Path
    dropped: frozenset[str]
    body_only: bool = False
    """Leave titles out, for sets whose questions *are* the titles."""
    language: str | None = None
    """Keep the entries in this language only."""

    @property
    def origin(self) -> str:
        return f"benchmark:{self.directory.name}"

    async def read(self) -> AsyncIterator[Loaded | Rejected]:
        for row in self._kept():
            yield Loaded(self._article(row))

    def ids(self) -> frozenset[str]:
        return frozenset(row["id"] for row in self._kept())

    def _kept(self) -> Iterator[dict[str, Any]]:
        for row in _rows(self.directory / "kb.jsonl", ("id", "text")):
            if row["id"] not in self.dropped and self.language in (None, row.get("lang")):
                yield row

    def questions(self, file: Path | None = None) -> list[JudgedQuestion]:
        """The judged questions; what was dropped from the entries is no longer relevant."""
        there = self.ids()
        path = file or self.directory / "questions.jsonl"
        return [_question(row, there) for row in _rows(path, ("id", "text"))]

    def _article(self, row: dict[str, Any]) -> Article:
        return Article(
            id=row["id"],
            title="" if self.body_only else row.get("title") or "",
            text=row["text"],
            language=row.get("lang") or "",
            questions=tuple(row.get("examples") or ()),
            url=row.get("url"),
            source=str(self.directory.name),
        )


def read_set(directory: Path, drop: Path | None = None, body_only: bool = False) -> BenchmarkSet:
    if not (directory / "kb.jsonl").is_file():
        raise BenchmarkSetError(f"{directory}: there is no kb.jsonl; name a folder that holds one")
    dropped = frozenset(row["id"] for row in _rows(drop, ("id",))) if drop else frozenset[str]()
    return BenchmarkSet(directory, dropped, body_only)


def _question(row: dict[str, Any], there: frozenset[str]) -> JudgedQuestion:
    answerable = row.get("answerable", True)
    return JudgedQuestion(
        id=row["id"],
        text=row["text"],
        language=row.get("lang") or "",
        relevant=frozenset(row.get("relevant") or ()) & there if answerable else frozenset(),
        split=row.get("split") or "",
        history=tuple((turn["role"], turn["text"]) for turn in row.get("history") or ()),
    )


def _rows(path: Path, required: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise BenchmarkSetError(f"{path}: cannot be read ({problem})") from problem
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield _row(path, number, line, required)


def _row(path: Path, number: int, line: str, required: tuple[str, ...]) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as problem:
        raise BenchmarkSetError(f"{path}:{number}: not JSON ({problem.msg})") from problem
    missing = [name for name in required if not isinstance(row, dict) or name not in row]
    if missing:
        raise BenchmarkSetError(f"{path}:{number}: lacks {', '.join(missing)}")
    found: dict[str, Any] = row
    return found

"""A folder of documents, or one file, as a source."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path, PurePosixPath

from knowledge.entries import Audience
from knowledge.ports import Loaded, Rejected
from knowledge.sources.docx import read_docx
from knowledge.sources.html import read_html
from knowledge.sources.markdown import read_markdown
from knowledge.sources.pdf import read_pdf
from knowledge.sources.reading import MAX_BYTES, Reader, SourceFile, Unreadable
from knowledge.sources.tables import read_csv, read_jsonl, read_xlsx, read_yaml
from knowledge.sources.text import read_text

READERS: Mapping[str, Reader] = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".pdf": read_pdf,
    ".docx": read_docx,
    ".txt": read_text,
    ".csv": read_csv,
    ".tsv": read_csv,
    ".xlsx": read_xlsx,
    ".jsonl": read_jsonl,
    ".yaml": read_yaml,
    ".yml": read_yaml,
}


class FolderSource:
    """Reads all files of a folder in the order of their names, hidden ones apart; or the one file at `path`.

    An entry's id is its path within the folder without suffix, and `#row` in a table. What cannot be
    read is rejected by name and the rest goes on.
    """

    def __init__(self, path: Path, audience: Audience = Audience.PUBLIC, max_bytes: int = MAX_BYTES) -> None:
        self._root = path.resolve()
        self._audience = audience
        self._max_bytes = max_bytes

    @property
    def origin(self) -> str:
        return self._root.as_posix()

    async def read(self) -> AsyncIterator[Loaded | Rejected]:
        seen: dict[str, str] = {}
        for path in await asyncio.to_thread(lambda: list(self._paths())):
            for outcome in await asyncio.to_thread(self._read_file, path):
                yield _unless_seen(outcome, seen)

    def _paths(self) -> Iterator[Path]:
        """Files in a stable order. Linked folders are given as they are, to be refused."""
        if not self._root.is_dir():
            yield self._root
            return
        for folder, subfolders, names in os.walk(self._root):
            subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
            for name in subfolders:
                if Path(folder, name).is_symlink():
                    yield Path(folder, name)
            for name in sorted(names):
                if not name.startswith("."):
                    yield Path(folder, name)

    def _read_file(self, path: Path) -> list[Loaded | Rejected]:
        name = self._name(path)
        outcomes: list[Loaded | Rejected] = []
        try:
            self._refuse_at_sight(path)
            reader = READERS[path.suffix.lower()]
            for outcome in reader(SourceFile(self._id(path), name, self._bytes(path), self._audience)):
                outcomes.append(outcome)
        except Unreadable as problem:
            outcomes.append(Rejected(name, str(problem)))
        except OSError as error:
            outcomes.append(Rejected(name, f"cannot be opened: {error.strerror or error}"))
        except Exception as error:  # noqa: BLE001 - a stranger's file met a stranger's parser: the rest goes on
            outcomes.append(Rejected(name, f"is damaged ({type(error).__name__}): open it and save it anew"))
        return outcomes

    def _refuse_at_sight(self, path: Path) -> None:
        """Raises Unreadable for what must not or need not be opened, such as a pipe that never ends."""
        if path.is_symlink() and not path.resolve().is_relative_to(self._root):
            raise Unreadable("is a link that leaves the folder: copy the file here instead")
        if not path.exists():
            raise Unreadable("does not exist: check its name")
        if not path.is_file():
            raise Unreadable("is a link to a folder, or no file: copy what it holds here instead")
        if path.suffix.lower() not in READERS:
            suffix = f"files of the kind {path.suffix}" if path.suffix else "files without a suffix"
            raise Unreadable(f"{suffix} are not read: save it as one of {' '.join(READERS)}, or move it away")

    def _bytes(self, path: Path) -> bytes:
        with path.open("rb") as file:
            data = file.read(self._max_bytes + 1)
        if len(data) > self._max_bytes:
            raise Unreadable(f"is larger than {self._max_bytes / 1e6:g} MB: split it by subject")
        if not data.strip():
            raise Unreadable("is empty: write something in it, or delete it")
        return data

    def _id(self, path: Path) -> str:
        return PurePosixPath(self._relative(path)).with_suffix("").as_posix()

    def _name(self, path: Path) -> str:
        relative = self._relative(path)
        return relative if path == self._root else f"{self._root.name}/{relative}"

    def _relative(self, path: Path) -> str:
        return path.name if path == self._root else path.relative_to(self._root).as_posix()


def _unless_seen(outcome: Loaded | Rejected, seen: dict[str, str]) -> Loaded | Rejected:
    """A second entry with the same id is refused; which one was meant is not ours to guess."""
    if isinstance(outcome, Rejected):
        return outcome
    entry = outcome.entry
    if entry.id in seen:
        return Rejected(
            entry.source,
            f"has the id “{entry.id}” like {seen[entry.id]}: rename it or give it an id of its own",
        )
    seen[entry.id] = entry.source
    return outcome

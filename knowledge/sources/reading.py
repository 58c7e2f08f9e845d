"""What the readers of files share: the file, what they give back, and how they refuse."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from knowledge.entries import Audience
from knowledge.ports import Loaded, Rejected

MAX_BYTES = 20_000_000
MAX_UNPACKED_BYTES = 200_000_000


class Unreadable(Exception):
    """A file, row or page cannot become an entry. The message, shown to people, says what to do about it."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    id: str
    """Stable within its origin; a table adds `#row`."""
    name: str
    """For people: a path within the folder, or an address."""
    data: bytes
    audience: Audience
    """Of entries that do not say their own."""
    url: str | None = None


Reader = Callable[[SourceFile], Iterable[Loaded | Rejected]]
"""Gives the entries of one file, in their order. Raises Unreadable when the whole file is of no use."""


def title_from_name(name: str) -> str:
    """« aide/delais_de-livraison.md » → "Delais de livraison", for files that say no title."""
    stem = re.sub(r"\.\w+$", "", name.rsplit("/", 1)[-1])
    words = re.sub(r"[\s_-]+", " ", stem).strip()
    return words[:1].upper() + words[1:]


def slug(text: str, longest: int = 80) -> str:
    """« Où est mon colis ? » → "ou-est-mon-colis"; letters of other alphabets stay."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "-", plain).strip("-")[:longest].strip("-")


def table_as_markdown(rows: Iterable[Iterable[str | None]]) -> str:
    """A Markdown table whose first row is the head; empty rows are left out, short ones filled up."""
    cells = [[re.sub(r"\s+", " ", cell or "").replace("|", "\\|").strip() for cell in row] for row in rows]
    cells = [row for row in cells if any(row)]
    if not cells:
        return ""
    width = max(len(row) for row in cells)
    lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in cells]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def check_unpacked_size(data: bytes) -> None:
    """Refuse a zip container (DOCX, XLSX) that would fill the memory. Raises Unreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as container:
            size = sum(member.file_size for member in container.infolist())
    except zipfile.BadZipFile as error:
        raise Unreadable("is damaged, or not what its name says: open it and save it anew") from error
    if size > MAX_UNPACKED_BYTES:
        raise Unreadable(f"would unpack to {size // 1_000_000} MB: split it, or take out its pictures")

"""PDF files → articles: paragraphs put together again, headings by their size, tables as Markdown."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import pdfplumber
from pdfplumber.page import Page
from pdfplumber.utils.exceptions import PdfminerException
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from knowledge.entries import Article
from knowledge.ports import Loaded, Rejected
from knowledge.sources.reading import SourceFile, Unreadable, table_as_markdown, title_from_name

MAX_PAGES = 300
_LONGEST_HEADING = 120
_HEADING_RATIO = 1.15
"""A line whose letters are this much larger than the document's usual ones is a heading."""
_ITEM = re.compile(r"(?:[•◦▪‣●○*–-]|\(?\d{1,2}[.)])\s+")
_BULLET = re.compile(r"[•◦▪‣●○–]\s+")


@dataclass(frozen=True, slots=True)
class _Line:
    page: int
    top: float
    bottom: float
    size: float
    """Median height of its letters, in points; 0 for a table."""
    text: str
    is_table: bool = False


def read_pdf(file: SourceFile) -> Iterable[Loaded | Rejected]:
    """One article. Raises Unreadable when encrypted, scanned, damaged or too long."""
    _refuse_unreadable(file.data)
    try:
        with pdfplumber.open(io.BytesIO(file.data)) as document:
            lines = [line for number, page in enumerate(document.pages) for line in _lines(number, page)]
            pages = len(document.pages)
    except PdfminerException as error:
        raise Unreadable("is a damaged PDF: print or export it anew") from error
    body = _without_running_heads(lines, pages)
    if sum(len(line.text) for line in body) < 20:
        raise Unreadable("holds no text, only pictures (a scan?): run text recognition (OCR) on it first")
    text = _markdown(body)
    yield Loaded(
        Article(
            id=file.id,
            title=_title(text) or title_from_name(file.name),
            text=text,
            language="",
            audience=file.audience,
            source=file.name,
        )
    )


def _refuse_unreadable(data: bytes) -> None:
    """pypdf tells quickly and surely what stands against reading; pdfplumber then reads."""
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("is under a password: save it without one")
        pages = len(reader.pages)
    except PyPdfError as error:
        raise Unreadable("is a damaged PDF: print or export it anew") from error
    if pages > MAX_PAGES:
        raise Unreadable(f"has {pages} pages, more than {MAX_PAGES}: split it by subject")


def _lines(number: int, page: Page) -> list[_Line]:
    """Text lines and tables of a page, from top to bottom."""
    tables = [table for table in page.find_tables() if len(table.rows) > 1 and len(table.columns) > 1]
    prose: Any = page
    for table in tables:
        prose = prose.outside_bbox(_inside(page, table.bbox))
    found = [
        _Line(number, line["top"], line["bottom"], median(c["size"] for c in line["chars"]), line["text"])
        for line in prose.extract_text_lines(return_chars=True)
    ]
    for table in tables:
        if markdown := table_as_markdown(table.extract()):
            found.append(_Line(number, table.bbox[1], table.bbox[3], 0.0, markdown, is_table=True))
    page.close()
    return sorted(found, key=lambda line: line.top)


def _inside(page: Page, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """The box cut to the page: pdfplumber refuses one that sticks out."""
    x0, top, x1, bottom = page.bbox
    return max(box[0], x0), max(box[1], top), min(box[2], x1), min(box[3], bottom)


def _without_running_heads(lines: Sequence[_Line], pages: int) -> list[_Line]:
    """Drop lines that stand at the same height on most pages, page numbers apart: heads and feet."""
    if pages < 3:
        return list(lines)
    seen = Counter(place for place in {(line.page, *_place(line)) for line in lines})
    on_pages = Counter(place[1:] for place in seen)
    return [line for line in lines if on_pages[_place(line)] * 2 <= pages or line.is_table]


def _place(line: _Line) -> tuple[int, str]:
    return round(line.top / 3), re.sub(r"\d+", "0", line.text)


def _markdown(lines: Sequence[_Line]) -> str:
    usual = _usual_size(lines)
    levels = _heading_levels(lines, usual)
    blocks: list[str] = []
    previous: _Line | None = None
    for line in lines:
        level = levels.get(_rounded(line.size)) if _may_be_heading(line) else None
        if level:
            blocks.append("#" * level + " " + line.text)
        elif line.is_table or previous is None or _begins_block(line, previous, levels, usual):
            blocks.append(line.text if line.is_table else _BULLET.sub("- ", line.text, count=1))
        else:
            blocks[-1] = _joined(blocks[-1], line.text)
        previous = line
    return re.sub(r"(?m)(^(?:- |\d+[.)] ).*)\n\n(?=- |\d+[.)] )", r"\1\n", "\n\n".join(blocks))


def _begins_block(line: _Line, previous: _Line, levels: dict[float, int], usual: float) -> bool:
    if previous.is_table or _ITEM.match(line.text):
        return True
    if _may_be_heading(previous) and _rounded(previous.size) in levels:
        return True
    if line.page != previous.page:
        return previous.text.rstrip().endswith((".", "!", "?", ":", "…", "»", '"'))
    return line.top - previous.bottom > 0.75 * usual


def _joined(before: str, line: str) -> str:
    """A word cut at the line's end is made whole: “rembour-” + “sement”."""
    if re.search(r"\w-$", before) and line[:1].islower():
        return before[:-1] + line
    return f"{before} {line}"


def _usual_size(lines: Sequence[_Line]) -> float:
    weights: Counter[float] = Counter()
    for line in lines:
        if not line.is_table:
            weights[_rounded(line.size)] += len(line.text)
    return weights.most_common(1)[0][0] if weights else 0.0


def _heading_levels(lines: Sequence[_Line], usual: float) -> dict[float, int]:
    """Letter size → level. When more than a third of the lines would be headings, sizes mean nothing here."""
    large = [line for line in lines if _may_be_heading(line) and line.size >= usual * _HEADING_RATIO]
    if len(large) * 3 > len(lines):
        return {}
    sizes = sorted({_rounded(line.size) for line in large}, reverse=True)
    return {size: min(level, 6) for level, size in enumerate(sizes, start=1)}


def _may_be_heading(line: _Line) -> bool:
    return not line.is_table and len(line.text) <= _LONGEST_HEADING and any(map(str.isalpha, line.text))


def _rounded(size: float) -> float:
    return round(size * 2) / 2


def _title(text: str) -> str:
    heading = re.search(r"(?m)^# (.+)$", text)
    return heading.group(1).strip() if heading else ""

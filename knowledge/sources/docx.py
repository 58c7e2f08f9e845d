"""Word documents → articles: headings, lists and tables become Markdown."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import docx
from docx.document import Document
from docx.table import Table
from docx.text.paragraph import Paragraph

from knowledge.entries import Article
from knowledge.ports import Loaded, Rejected
from knowledge.sources.reading import (
    SourceFile,
    Unreadable,
    check_unpacked_size,
    table_as_markdown,
    title_from_name,
)

_OLE = b"\xd0\xcf\x11\xe0"
"""An old .doc, or a .docx under a password, begins with this."""


def read_docx(file: SourceFile) -> Iterable[Loaded | Rejected]:
    """One article. The title is the one of the document's style “Title”, else its first heading."""
    if file.data.startswith(_OLE):
        raise Unreadable("is under a password or of an old Word: save it as .docx without one")
    check_unpacked_size(file.data)
    document = docx.Document(io.BytesIO(file.data))
    text = "\n".join(_blocks(document)).strip()
    if not text:
        raise Unreadable("has no text (only pictures?): write its text, or delete it")
    yield Loaded(
        Article(
            id=file.id,
            title=_title(document) or title_from_name(file.name),
            text=text,
            language="",
            audience=file.audience,
            updated=_updated(document),
            source=file.name,
        )
    )


def _blocks(document: Document) -> Iterator[str]:
    """Markdown lines; the items of a list follow each other, all else stands between blank lines."""
    in_list = False
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            markdown, is_item = _table(block), False
        else:
            markdown, is_item = _paragraph(block)
        if not markdown:
            continue
        if in_list and not is_item:
            yield ""
        yield markdown
        if not is_item:
            yield ""
        in_list = is_item


def _table(table: Table) -> str:
    return table_as_markdown([cell.text for cell in row.cells] for row in table.rows)


def _paragraph(paragraph: Paragraph) -> tuple[str, bool]:
    """The paragraph as Markdown, and whether it is an item of a list."""
    text = paragraph.text.strip()
    if not text:
        return "", False
    if level := _heading_level(paragraph):
        return "#" * level + " " + re.sub(r"\s+", " ", text), False
    item = _list_item(paragraph)
    if item is None:
        return text, False
    depth, numbered = item
    return "   " * depth + ("1. " if numbered else "- ") + text.replace("\n", " "), True


def _heading_level(paragraph: Paragraph) -> int:
    """1 to 6; 0 for what is no heading."""
    name = _style_name(paragraph)
    if name == "Title":
        return 1
    found = re.fullmatch(r"Heading ([1-9])", name)
    return min(int(found.group(1)), 6) if found else 0


def _list_item(paragraph: Paragraph) -> tuple[int, bool] | None:
    """Depth and whether it is numbered, from the style's name or the paragraph's own numbering."""
    styled = re.fullmatch(r"List (Bullet|Number)(?: ([2-9]))?", _style_name(paragraph))
    if styled:
        return int(styled.group(2) or 1) - 1, styled.group(1) == "Number"
    properties: Any = paragraph._p.pPr
    numbering = None if properties is None else properties.numPr
    if numbering is None or numbering.numId is None or numbering.numId.val == 0:
        return None
    depth = 0 if numbering.ilvl is None else int(numbering.ilvl.val)
    return depth, _number_format(paragraph, int(numbering.numId.val), depth) not in ("bullet", "none")


def _number_format(paragraph: Paragraph, number: int, depth: int) -> str:
    """`decimal`, `bullet`, …: ECMA-376 part 1, 17.9; looked up over two steps in numbering.xml."""
    part: Any = paragraph.part
    root = part.numbering_part.element
    abstract = root.xpath(f"w:num[@w:numId='{number}']/w:abstractNumId/@w:val")
    if not abstract:
        return "bullet"
    formats = root.xpath(
        f"w:abstractNum[@w:abstractNumId='{abstract[0]}']/w:lvl[@w:ilvl='{depth}']/w:numFmt/@w:val"
    )
    return str(formats[0]) if formats else "bullet"


def _title(document: Document) -> str:
    headings = [p for p in document.paragraphs if p.text.strip() and _heading_level(p) == 1]
    titled = [p for p in headings if _style_name(p) == "Title"] or headings
    return " ".join(titled[0].text.split()) if titled else ""


def _style_name(paragraph: Paragraph) -> str:
    style = paragraph.style
    return (style.name or "") if style is not None else ""


def _updated(document: Document) -> date | None:
    modified = document.core_properties.modified
    return modified.date() if modified else None

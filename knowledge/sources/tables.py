"""FAQ tables and resource tables: CSV, XLSX, JSON Lines, YAML. One row, one entry."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import openpyxl
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from knowledge.entries import Entry
from knowledge.ports import Loaded, Rejected
from knowledge.sources.fields import TABLE_FIELDS, article, field_name, named, resource, unknown_names
from knowledge.sources.markdown import what, where
from knowledge.sources.reading import SourceFile, Unreadable, check_unpacked_size, slug
from knowledge.sources.text import decode

MAX_ROWS = 100_000
_ARTICLE_FIELDS = TABLE_FIELDS - {"kind", "target", "hours"}
_OLE = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class _Row:
    place: str
    """ "line 12": where people find it."""
    values: Mapping[object, object]


def read_csv(file: SourceFile) -> Iterable[Loaded | Rejected]:
    """The delimiter is the one that gives the most known column names."""
    text = decode(file.data)
    header = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(
        ",;\t|", key=lambda mark: sum(field_name(c.strip('"')) is not None for c in header.split(mark))
    )
    return _entries(file, _csv_rows(text, delimiter))


def read_xlsx(file: SourceFile) -> Iterable[Loaded | Rejected]:
    """Every sheet that is not empty; its first row names the columns."""
    if file.data.startswith(_OLE):
        raise Unreadable("is under a password or of an old Excel: save it as .xlsx without one")
    check_unpacked_size(file.data)
    return _entries(file, _xlsx_rows(file.data))


def read_jsonl(file: SourceFile) -> Iterable[Loaded | Rejected]:
    return _entries(file, _jsonl_rows(decode(file.data)))


def read_yaml(file: SourceFile) -> Iterable[Loaded | Rejected]:
    """A list of entries, each with names and values."""
    return _entries(file, _yaml_rows(decode(file.data)))


def _entries(file: SourceFile, rows: Iterator[_Row | Rejected]) -> Iterator[Loaded | Rejected]:
    empty = True
    for number, row in enumerate(rows):
        empty = False
        if number >= MAX_ROWS:
            yield Rejected(file.name, f"has more than {MAX_ROWS} rows, the rest is left out: split it")
            return
        if isinstance(row, Rejected):
            yield Rejected(f"{file.name}, {row.source}", row.reason)
            continue
        try:
            yield Loaded(_entry(file, row.values))
        except Unreadable as problem:
            yield Rejected(f"{file.name}, {row.place}", str(problem))
    if empty:
        raise Unreadable("has no rows: fill it, or delete it")


def _entry(file: SourceFile, values: Mapping[object, object]) -> Entry:
    names = {field_name(str(name)) for name in values}
    is_resource = {"kind", "target"} <= names
    fields = named(values, TABLE_FIELDS if is_resource else _ARTICLE_FIELDS)
    if is_resource:
        return resource(fields, id=_row_id(file, fields), audience=file.audience, source=file.name)
    return _article(file, fields)


def _article(file: SourceFile, fields: dict[str, object]) -> Entry:
    title = str(fields.get("title") or fields.get("question") or "").strip()
    text = str(fields.get("answer") or fields.get("description") or "").strip()
    if not title:
        raise Unreadable("has no question: write it as a customer would ask it")
    if not text:
        raise Unreadable("has no answer: write it, or delete the row")
    asked = [fields["question"]] if "title" in fields and "question" in fields else []
    return article(
        fields | {"title": title, "id": _row_id(file, fields), "questions": [*asked, *_several(fields)]},
        id="",
        title=title,
        text=text,
        audience=file.audience,
        url=None,
        source=file.name,
    )


def _several(fields: Mapping[str, object]) -> list[object]:
    value = fields.get("questions", [])
    if isinstance(value, Mapping):
        raise Unreadable("questions holds names and values: write a plain list")
    return list(value) if isinstance(value, list | tuple) else [*re.split(r"[|\n]", str(value))]


def _row_id(file: SourceFile, fields: Mapping[str, object]) -> str:
    """`faq#id`; without an id the words of the question, which do not change when rows are sorted."""
    written = str(fields.get("id") or "").strip()
    if written:
        return f"{file.id}#{written}"
    words = slug(str(fields.get("title") or fields.get("question") or ""))
    return f"{file.id}#{words}" + (f"-{fields['language']}" if fields.get("language") else "")


def _csv_rows(text: str, delimiter: str) -> Iterator[_Row | Rejected]:
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    header: Sequence[str] | None = None
    begins = 1
    try:
        for cells in reader:
            place, begins = f"line {begins}", reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _header(cells)
            elif len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
                yield Rejected(place, _TOO_MANY_CELLS.format(len(cells), len(header), delimiter))
            else:
                yield _Row(place, dict(zip(header, (cell.strip() for cell in cells), strict=False)))
    except csv.Error as error:
        yield Rejected(f"line {begins}", f"is no valid CSV ({error}): the rest of the file is not read")


_TOO_MANY_CELLS = (
    "has {0} cells but there are {1} columns: put quotes around a cell in which there is a “{2}”"
)


def _header(cells: Sequence[object]) -> list[str]:
    """The names of the columns. Raises Unreadable when they cannot be meant as such."""
    names = [str(cell).strip() if cell is not None else "" for cell in cells]
    while names and not names[-1]:
        names.pop()
    known = {field_name(name) for name in names}
    if not known & {"title", "question"}:
        raise Unreadable("has no column “question” or “title”: name the columns in its first row")
    unknown = [name for name in names if field_name(name) is None and not name.startswith("_")]
    if unknown:
        raise Unreadable("column " + unknown_names([name or "(no name)" for name in unknown], TABLE_FIELDS))
    return names


def _xlsx_rows(data: bytes) -> Iterator[_Row | Rejected]:
    workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    try:
        for sheet in workbook.worksheets:
            yield from _sheet_rows(sheet, f"sheet “{sheet.title}”" if len(workbook.worksheets) > 1 else "")
    finally:
        workbook.close()


def _sheet_rows(sheet: Any, name: str) -> Iterator[_Row | Rejected]:
    header: list[str] | None = None
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        place = f"{name}, row {number}".removeprefix(", ")
        if all(cell is None or not str(cell).strip() for cell in cells):
            continue
        if header is not None:
            yield _Row(place, dict(zip(header, map(_cell, cells), strict=False)))
            continue
        try:
            header = _header(cells)
        except Unreadable as problem:
            yield Rejected(place, str(problem))
            return


def _cell(value: object) -> object:
    """Excel makes 12 of "12" as 12.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _jsonl_rows(text: str) -> Iterator[_Row | Rejected]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except ValueError as error:
            yield Rejected(f"line {number}", f"is no valid JSON: {error}")
            continue
        yield _row(f"line {number}", values)


def _yaml_rows(text: str) -> Iterator[_Row | Rejected]:
    try:
        rows = YAML(typ="rt", pure=True).load(text)
    except YAMLError as error:
        raise Unreadable(f"is no valid YAML{where(error)}: {what(error)}") from error
    if rows is None:
        return
    if not isinstance(rows, list):
        raise Unreadable("is no list: begin each entry with “- question: …”")
    lines: Any = rows  # ruamel's lists know where their items stand
    for index, values in enumerate(rows):
        yield _row(f"line {lines.lc.item(index)[0] + 1}", values)


def _row(place: str, values: object) -> _Row | Rejected:
    if isinstance(values, Mapping):
        return _Row(place, values)
    return Rejected(place, "holds no names and values, such as a question and its answer")

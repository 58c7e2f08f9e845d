"""Tables to take along, as spreadsheets read them without doing what a cell says."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from starlette.responses import Response

MARK = "\ufeff"
"""So that spreadsheets take it for UTF-8."""


BETWEEN = {"fr": ";"}
"""What spreadsheets take for the end of a cell, where it is no comma: that writes decimals there."""


def sheet(name: str, rows: Iterable[Sequence[object]], language: str) -> Response:
    """`language` is of who reads it."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=BETWEEN.get(language, ","))
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return download(name, "text/csv; charset=utf-8", (MARK + text.getvalue()).encode())


def download(name: str, media_type: str, data: bytes) -> Response:
    """`name` is of plain letters, digits, dots and dashes."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=media_type, headers=headers)


def _harmless(cell: object) -> object:
    """A question that begins with = is no formula (owasp.org/www-community/attacks/CSV_Injection)."""
    if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{cell}"
    return cell

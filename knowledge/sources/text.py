"""Plain text files, and how bytes become characters for all the readers of text."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable

from charset_normalizer import from_bytes

from knowledge.entries import Article
from knowledge.ports import Loaded, Rejected
from knowledge.sources.reading import SourceFile, Unreadable, title_from_name

LONGEST_TITLE = 120
_LEGACY = (["cp1252"], ["mac_roman", "cp1251", "shift_jis", "gb18030"])
"""Windows' western charset first: for short texts a guess between its neighbours is a toss of a coin."""
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_text(file: SourceFile) -> Iterable[Loaded | Rejected]:
    """One article; a short first line above a blank one is its title."""
    title, text = _split_title(decode(file.data).strip())
    if not text:
        raise Unreadable("is empty: write something in it, or delete it")
    yield Loaded(
        Article(
            id=file.id,
            title=title or title_from_name(file.name),
            text=text,
            language="",
            audience=file.audience,
            source=file.name,
        )
    )


def decode(data: bytes) -> str:
    """UTF-8, what a byte order mark says, or a likely legacy charset, with line ends as \\n.

    Raises Unreadable when it is no text, or in a charset that cannot be told.
    """
    text = _marked(data) or _plain(data)
    if "\0" in text:
        raise Unreadable("is no text but binary data: check its suffix")
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _marked(data: bytes) -> str | None:
    for mark, charset in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(charset)
            except UnicodeDecodeError as error:
                raise Unreadable(f"begins as {charset} but is not: save it as UTF-8") from error
    return None


def _plain(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        guesses = (
            from_bytes(data, cp_isolation=charsets).best() for charsets in _LEGACY if b"\0" not in data
        )
    guess = next((found for found in guesses if found), None)
    if guess is None:
        raise Unreadable("is in an unknown charset, or no text: save it as UTF-8")
    return str(guess)


def _split_title(text: str) -> tuple[str, str]:
    first, _, rest = text.partition("\n")
    if len(first) <= LONGEST_TITLE and re.match(r"[ \t]*\n", rest):
        return first.strip(), rest.strip()
    return "", text

"""Sanitised HTML → plain text as people write it in mails: lists keep their marks, links their addresses."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_APART = frozenset({"p", "ul", "ol", "pre", "blockquote", "table", "hr", "div"})
"""A blank line stands between these."""


def as_plain(html: str) -> str:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    text = re.sub(r"[ \t]+\n", "\n", "".join(reader.parts))
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._fresh = True
        """Nothing stands in the line yet but a mark: spaces that come now mean nothing."""
        self._lists: list[int | None] = []
        """The next number of each list that is open, the outermost first; None: it has none."""
        self._link: tuple[str, int] | None = None
        """Where it leads, and at which part its words begin."""
        self._verbatim = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        match tag:
            case "br":
                self._begin("\n")
            case "li":
                self._item()
            case "ol":
                self._open_list(int(given.get("start") or 1))
            case "ul":
                self._open_list(None)
            case "a":
                self._link = (given.get("href") or "", len(self.parts))
            case "cite":
                self._say(f"[{given.get('data-n')}]")
            case _ if tag in _APART:
                self._paragraph()
        self._verbatim += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        self._verbatim -= tag == "pre"
        match tag:
            case "ol" | "ul":
                self._lists = self._lists[:-1]
                self._paragraph()
            case "a" if self._link is not None:
                self._close_link(*self._link)
            case "td" | "th":
                self._begin("  ")
            case "tr":
                self._begin("\n")
            case _ if tag in _APART:
                self._paragraph()

    def handle_data(self, text: str) -> None:
        if self._verbatim:
            self._say(text)
        elif words := self._closed_up(text):
            self._say(words)

    def _closed_up(self, text: str) -> str:
        words = re.sub(r"[ \t\r\n]+", " ", text)
        return words.lstrip(" ") if self._fresh else words

    def _open_list(self, number: int | None) -> None:
        if not self._lists:
            self._paragraph()
        self._lists.append(number)

    def _item(self) -> None:
        self._line()
        indent = "   " * (len(self._lists) - 1)
        number = self._lists[-1] if self._lists else None
        self._begin(f"{indent}- " if number is None else f"{indent}{number}. ")
        if number is not None:
            self._lists[-1] = number + 1

    def _close_link(self, address: str, begin: int) -> None:
        self._link = None
        words = "".join(self.parts[begin:]).strip()
        shown = re.sub("^(mailto|tel):", "", address)
        if shown.rstrip("/") != words.rstrip("/"):
            self._say(f" ({shown})")

    def _paragraph(self) -> None:
        """Within a list, paragraphs are lines: its items stand close together."""
        if self._lists:
            self._line()
        else:
            self._begin("\n\n")

    def _line(self) -> None:
        if not self._fresh:
            self._begin("\n")

    def _begin(self, mark: str) -> None:
        self.parts.append(mark)
        self._fresh = True

    def _say(self, words: str) -> None:
        self.parts.append(words)
        self._fresh = False

"""Markdown → HTML that is safe in a customer's page, and Markdown → plain text.

Raw HTML in the Markdown is shown as text. What is rendered passes a sanitiser all the same: two locks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

SCHEMES = frozenset({"http", "https", "mailto", "tel"})
"""Where a link may lead; of any other only the words are shown."""

_MARK = re.compile(r"\[(\d{1,3})\](?!\()")
_ADDRESS = re.compile(r"https?://[^\s<>\"'«»]+[^\s<>\"'«».,;:!?()\[\]*_]")
_NEW_TAB = ("http:", "https:")
_TAGS = (
    *("p", "br", "hr", "strong", "em", "s", "ul", "ol", "li", "a", "cite", "code", "pre", "blockquote"),
    *("table", "thead", "tbody", "tr", "th", "td"),
)
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_KEPT = 500
"""Texts whose HTML or words are at hand: the same passages are quoted again and again."""


class Rendered(NamedTuple):
    html: str
    text: str
    """As `plain` gives it."""


def rendered(markdown: str, *, marks: int = 0, breaks: bool = False) -> str:
    """HTML. Citation marks [1] to [`marks`] become `<cite data-n="1"></cite>`; with `breaks`, as people
    type, each line is a line."""
    return both(markdown, marks=marks, breaks=breaks).html


@lru_cache(_KEPT)
def both(markdown: str, *, marks: int = 0, breaks: bool = False) -> Rendered:
    """HTML and plain text, the Markdown read once."""
    parser, env = _parser(breaks), {"marks": marks}
    tokens = parser.parse(markdown, env)
    html = parser.renderer.render(tokens, parser.options, env)
    return Rendered(_cleaner().clean(html).strip(), _in_words(tokens))


def article(markdown: str) -> str:
    """HTML of a whole article, with its headings: they begin with the second level, under the page's own."""
    html: str = _parser(False).render(markdown, {"marks": 0, "headings": True})
    return _cleaner(_HEADINGS).clean(html).strip()


@lru_cache(_KEPT)
def plain(markdown: str) -> str:
    """The words as one would read them out: no Markdown, paragraphs apart, citation marks as they are."""
    return _in_words(_parser(True).parse(markdown, {"marks": 0}))


def link_to(address: str) -> str | None:
    """The address, if a customer's browser may be sent there."""
    return address if _scheme(address) in SCHEMES else None


@cache
def _parser(breaks: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": breaks}).enable(["table", "strikethrough"])
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # `_safe` decides, and keeps the words
    parser.inline.ruler.before("link", "mark", _mark)
    parser.core.ruler.push("safe", _safe)
    parser.add_render_rule("mark", _render_mark)
    return parser


@cache
def _cleaner(more: tuple[str, ...] = ()) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags={*_TAGS, *more},
        attributes={"a": {"href", "target"}, "cite": {"data-n"}, "ol": {"start"}},
        clean_content_tags={"script", "style"},
        url_schemes=set(SCHEMES),
        link_rel="noopener noreferrer nofollow",
    )


def _mark(state: StateInline, silent: bool) -> bool:
    """A citation's mark, unless it stands within a word or is one that the text itself has."""
    found = _MARK.match(state.src, state.pos)
    before = state.src[state.pos - 1 : state.pos]
    if found is None or before.isalnum() or not 1 <= int(found[1]) <= state.env.get("marks", 0):
        return False
    if not silent:
        state.push("mark", "cite", 0).content = found[1]
    state.pos = found.end()
    return True


def _render_mark(renderer: object, tokens: Sequence[Token], index: int, options: object, env: object) -> str:
    return f'<cite data-n="{int(tokens[index].content)}"></cite>'


def _safe(state: StateCore) -> None:
    """Headings of an article would break the outline of the customer's page: they are shown in bold, unless
    the page is made for them."""
    heading, kept = False, state.env.get("headings", False)
    for token in state.tokens:
        if token.children is not None:
            shown = _linked(_with_safe_links(_without_images(token.children)))
            token.children = [*_in_bold(shown)] if heading and not kept else [*shown]
        heading = token.type == "heading_open"
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{max(2, int(token.tag[1]))}" if kept else "p"


def _in_bold(tokens: Iterable[Token]) -> Iterator[Token]:
    yield Token("strong_open", "strong", 1)
    yield from tokens
    yield Token("strong_close", "strong", -1)


def _without_images(tokens: Iterable[Token]) -> Iterator[Token]:
    """An image would tell its server who reads this; its words are shown instead."""
    for token in tokens:
        if token.type == "image":
            yield _text(token.content)
        else:
            yield token


def _with_safe_links(tokens: Iterable[Token]) -> Iterator[Token]:
    dropped: list[bool] = []
    for token in tokens:
        if token.type == "link_open":
            address = str(token.attrs.get("href", ""))
            dropped.append(_scheme(address) not in SCHEMES)
            token.attrs = {"href": address}
            if address.startswith(_NEW_TAB):
                token.attrs["target"] = "_blank"
        if token.type not in ("link_open", "link_close") or not dropped[-1]:
            yield token
        if token.type == "link_close":
            dropped.pop()


def _linked(tokens: Iterable[Token]) -> Iterator[Token]:
    """Addresses that stand in the text as they are become links, outside of links."""
    within = 0
    for token in tokens:
        within += (token.type == "link_open") - (token.type == "link_close")
        if token.type != "text" or within:
            yield token
            continue
        start = 0
        for found in _ADDRESS.finditer(token.content):
            yield _text(token.content[start : found.start()])
            yield Token("link_open", "a", 1, attrs={"href": found[0], "target": "_blank"})
            yield _text(found[0])
            yield Token("link_close", "a", -1)
            start = found.end()
        yield _text(token.content[start:])


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _scheme(address: str) -> str:
    """ "" for an address that leads nowhere without the page it came from."""
    found = re.match(r"([a-zA-Z][a-zA-Z0-9+.-]*):", address)
    return found[1].lower() if found else ""


def _in_words(tokens: Sequence[Token]) -> str:
    return "\n".join(_spoken(tokens)).strip()


def _spoken(tokens: Sequence[Token]) -> Iterator[str]:
    """A line for each block that has words; the cells of a table row in one."""
    row: list[str] | None = None
    for token in tokens:
        if token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row is not None:
            yield " · ".join(row)
            row = None
        elif token.type in ("code_block", "fence"):
            yield token.content.rstrip("\n")
        elif token.type == "inline":
            words = "".join(_word(child) for child in token.children or ())
            if row is None:
                yield words
            else:
                row.append(words)


def _word(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return "\n"
    return f"[{token.content}]" if token.type == "mark" else token.content

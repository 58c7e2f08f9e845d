"""Markdown becomes HTML that can do nothing in a customer's page, whoever wrote it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http.html import link_to, plain, rendered

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert(1))",
    "[click](java\tscript:alert(1))",
    "[click](&#106;avascript:alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "[click](vbscript:msgbox)",
    "[click](//evil.example)",
    '[click](https://a.example "onmouseover=alert(1)")',
    '[click](https://a.example/" onmouseover="alert(1))',
    "![x](javascript:alert(1))",
    '![x](https://evil.example/pixel.gif"onload="alert(1))',
    "<javascript:alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<svg/onload=alert(1)>",
    "<style>*{background:url(//evil.example)}</style>",
    '<cite data-n="1" onclick="alert(1)">x</cite>',
    "<iframe src=//evil.example>",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    "https://a.example/'onmouseover='alert(1)",
    "[x]: javascript:alert(1)\n\n[x]",
    "| <b onclick=alert(1)> |\n|---|\n| <script> |",
    "[1]<script>[1]",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u202e<script>",
)
ALLOWED = {
    *("p", "br", "hr", "strong", "em", "s", "ul", "ol", "li", "a", "cite", "code", "pre", "blockquote"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


class Inspector(HTMLParser):
    """Reads HTML as a browser does, and complains of all that is not harmless."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        given = dict(attrs)
        assert set(given) <= {"a": {"href", "target", "rel"}, "cite": {"data-n"}, "ol": {"start"}}.get(
            tag, set()
        )
        if tag == "a":
            assert re.match(r"(?:https?|mailto|tel):", given["href"] or ""), given
            assert given["rel"] == "noopener noreferrer nofollow"

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment")


@pytest.mark.parametrize("markdown", HOSTILE)
def test_a_hostile_text_can_do_nothing(markdown: str) -> None:
    for marks in (0, 1):
        Inspector(rendered(markdown, marks=marks))
        Inspector(rendered(markdown, marks=marks, breaks=True))


@given(st.lists(st.sampled_from([*HOSTILE, "[1]", "\n\n", "| a |", "> ", "1. ", "**", "~~", "`", "\\", "x"])))
def test_nor_can_any_mixture_of_them(parts: list[str]) -> None:
    Inspector(rendered("".join(parts), marks=1))


@given(st.text(alphabet=st.sampled_from("<>\"'&[]()!*_`~#|-=\\/:.x1\n \t\u2028"), max_size=60))
def test_nor_can_any_heap_of_signs(text: str) -> None:
    Inspector(rendered(text, marks=2, breaks=True))
    plain(text)


def test_raw_html_is_shown_as_the_words_it_is() -> None:
    assert Inspector(rendered("Type <b>no</b> tags")).words == "Type <b>no</b> tags"


def test_marks_of_citations_become_elements_and_no_other_brackets_do() -> None:
    html = rendered("Within 30 days. [1] In a[1] list \\[1\\] and [3], [1](https://a.example)", marks=2)
    assert html.count("<cite") == 1
    assert '<p>Within 30 days. <cite data-n="1"></cite> In a[1] list [1] and [3], <a href' in html


def test_a_mark_in_a_table_or_in_bold_is_one_too() -> None:
    assert '<td>5 € <cite data-n="2"></cite></td>' in rendered("| a |\n|---|\n| 5 € [2] |", marks=2)
    assert '<strong>5 € <cite data-n="1"></cite></strong>' in rendered("**5 € [1]**", marks=2)


def test_links_open_beside_the_page_and_tell_nothing() -> None:
    assert rendered("[us](https://a.example)") == (
        '<p><a href="https://a.example" target="_blank" rel="noopener noreferrer nofollow">us</a></p>'
    )
    assert "target" not in rendered("[write](mailto:a@b.example)")
    assert 'href="tel:+33240"' in rendered("[call](tel:+33240)")


def test_an_address_in_the_text_can_be_clicked() -> None:
    html = rendered("See https://a.example/x_y?a=1&b=2. (Or https://b.example/)")
    assert ">https://a.example/x_y?a=1&amp;b=2</a>. (Or <a" in html
    assert ">https://b.example/</a>)" in html


def test_a_link_that_leads_nowhere_leaves_its_words() -> None:
    assert rendered("[read](/returns) and [this](other.md)") == "<p>read and this</p>"


def test_an_image_leaves_its_words() -> None:
    assert rendered("![A lamp](https://a.example/lamp.png)") == "<p>A lamp</p>"


def test_a_heading_does_not_break_the_outline_of_the_page() -> None:
    assert rendered("## Returns of *lamps*") == "<p><strong>Returns of <em>lamps</em></strong></p>"


def test_people_break_lines_where_they_like() -> None:
    assert "<br" in rendered("Hello\nAna", breaks=True)
    assert "<br" not in rendered("Hello\nAna")


def test_plain_text_has_the_words_and_no_signs() -> None:
    markdown = "# Returns\n\nWithin **30 days** of [delivery](https://a.example). [1]\n\n1. Pack\n2. Send"
    assert plain(markdown) == "Returns\nWithin 30 days of delivery. [1]\nPack\nSend"
    assert plain("| a | b |\n|---|---|\n| 1 | 2 |") == "a · b\n1 · 2"
    assert plain("```\n<b>\n```") == "<b>"


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://a.example", True),
        ("mailto:a@b.example", True),
        ("tel:+33", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("/relative", False),
        ("//evil.example", False),
        ("", False),
    ],
)
def test_where_a_browser_may_be_sent(address: str, safe: bool) -> None:
    assert link_to(address) == (address if safe else None)

"""Formatted words as plain text: nothing that a reader needs is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http.html import rendered
from connectors.mail.plain import as_plain


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("One.\n\nTwo **strong**.", "One.\n\nTwo strong."),
        ("One\ntwo", "One\ntwo"),
        ("Bring:\n\n- passport\n- licence\n\nThanks", "Bring:\n\n- passport\n- licence\n\nThanks"),
        ("Then:\n\n1. come\n2. go\n\nThanks", "Then:\n\n1. come\n2. go\n\nThanks"),
        ("3. three\n4. four", "3. three\n4. four"),
        ("- a\n  - b\n- c", "- a\n   - b\n- c"),
        ("[our page](https://shop.example/returns)", "our page (https://shop.example/returns)"),
        ("https://shop.example/returns", "https://shop.example/returns"),
        ("[hello@shop.example](mailto:hello@shop.example)", "hello@shop.example"),
        ("```\nA  B\n  C\n```", "A  B\n  C"),
        ("> quoted\n\nmine", "quoted\n\nmine"),
        ("2 < 3 & 4 > 1", "2 < 3 & 4 > 1"),
        ("Version 2. **It** works.", "Version 2. It works."),
        ("Version 2. \nIt works.\\\nYes - \nno.", "Version 2.\nIt works.\nYes -\nno."),
        ("1. one\n\n   more\n2. two", "1. one\nmore\n2. two"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a  b\n1  2"),
        ("*Été* à 10 €", "Été à 10 €"),
    ],
)
def test_words_are_kept_as_one_would_type_them(markdown: str, expected: str) -> None:
    assert as_plain(rendered(markdown, breaks=True)) == expected


def test_citation_marks_are_numbers() -> None:
    assert as_plain(rendered("Within 30 days. [1] Free. [2]", marks=2)) == "Within 30 days. [1] Free. [2]"


@given(st.lists(st.text("abc é1", min_size=1), min_size=1, max_size=5))
def test_no_word_is_lost(paragraphs: list[str]) -> None:
    text = "\n\n".join(f"x{paragraph}x" for paragraph in paragraphs)
    assert as_plain(rendered(text)).split() == text.split()

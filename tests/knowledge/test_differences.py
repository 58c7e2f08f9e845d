"""What changed between two versions, as people read it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from knowledge.differences import Line, Mark, differences, line_differences
from knowledge.entries import Article, Audience
from tests.entries_at_hand import an_article

LINES = st.lists(st.text("ab c", max_size=6), max_size=12)


def drawn(lines: list[Line]) -> list[str]:
    signs = {Mark.SAME: "  ", Mark.ADDED: "+ ", Mark.REMOVED: "- ", Mark.SKIPPED: "… "}
    return [
        signs[line.mark] + (str(line.skipped) if line.mark is Mark.SKIPPED else marked(line))
        for line in lines
    ]


def marked(line: Line) -> str:
    return "".join(f"[{piece.text}]" if piece.changed else piece.text for piece in line.pieces)


def test_a_rewritten_line_shows_the_words_that_changed() -> None:
    old = ["Returns", "", "Within thirty days, unworn."]
    new = ["Returns", "", "Within sixty days, unworn.", "Club: ninety."]
    assert drawn(list(line_differences(old, new))) == [
        "  Returns",
        "  ",
        "- Within [thirty] days, unworn.",
        "+ Within [sixty] days, unworn.",
        "+ Club: ninety.",
    ]


def test_a_line_is_compared_with_what_it_was_wherever_that_stood() -> None:
    old = ["# Returns", "", "Within **30 days**."]
    assert drawn(list(line_differences(old, ["Within **60 days**."]))) == [
        "- # Returns",
        "- ",
        "- Within **[30] days**.",
        "+ Within **[60] days**.",
    ]


def test_long_stretches_without_a_change_are_folded() -> None:
    old = [f"line {n}" for n in range(20)]
    new = [*old[:10], "something else entirely", *old[11:]]
    assert drawn(list(line_differences(old, new))) == [
        "… 7",
        "  line 7",
        "  line 8",
        "  line 9",
        "- line 10",
        "+ something else entirely",
        "  line 11",
        "  line 12",
        "  line 13",
        "… 6",
    ]


def test_each_changed_field_is_told_in_its_own_right() -> None:
    old = an_article("a", "Text.")
    new = replace(old, title="New", questions=("how?",), audience=Audience.INTERNAL, source="b.md")
    told = {difference.part: drawn(list(difference.lines)) for difference in differences(old, new)}
    assert told == {
        "title": ["- Title of a", "+ New"],
        "audience": ["- public", "+ internal"],
        "questions": ["+ how?"],
    }
    assert differences(old, replace(old, source="elsewhere.md")) == []


def test_a_removed_entry_is_told_as_lines_that_are_gone() -> None:
    told = differences(Article("a", "Title", "One\nTwo", "en"), None)
    assert [drawn(list(difference.lines)) for difference in told][1] == ["- One", "- Two"]


@given(LINES, LINES)
def test_nothing_is_lost_or_made_up(old: list[str], new: list[str]) -> None:
    lines = list(line_differences(old, new))
    for side, ours in ((old, Mark.REMOVED), (new, Mark.ADDED)):
        at = 0
        for line in lines:
            if line.mark is Mark.SKIPPED:
                at += line.skipped
            elif line.mark in (Mark.SAME, ours):
                assert side[at] == line.text
                at += 1
        assert at == len(side)

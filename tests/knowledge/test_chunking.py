"""How an entry is cut into passages."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from knowledge.chunking import MAX_CHARS, passages_of
from knowledge.entries import Article

MARKDOWN = """\
Intro before any heading.

# Returns

You have 30 days.

## Exceptions

- Opened bedding
- Gift cards

| Option | Price |
|---|---|
| Parcel shop | free |
"""


def article(text: str) -> Article:
    return Article("a", "Title", text, "en")


def test_a_passage_knows_the_headings_above_it() -> None:
    headings = [passage.heading for passage in passages_of(article(MARKDOWN))]
    assert headings == [(), ("Returns",), ("Returns", "Exceptions")]


def test_lists_and_tables_stay_whole_when_they_fit() -> None:
    last = passages_of(article(MARKDOWN))[-1].text
    assert last.startswith("- Opened bedding")
    assert last.endswith("| Parcel shop | free |")


def test_a_long_paragraph_is_cut_at_the_end_of_a_sentence() -> None:
    sentence = "The parcel leaves the warehouse the same day when it is ordered before one o'clock. "
    passages = passages_of(article(sentence * 40))
    assert len(passages) > 1
    assert all(passage.text.endswith(".") for passage in passages)


def test_a_sentence_without_end_is_still_cut() -> None:
    assert all(len(passage.text) <= MAX_CHARS for passage in passages_of(article("word " * 2000)))


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=4000))
def test_every_passage_is_the_exact_stretch_of_the_text(text: str) -> None:
    for passage in passages_of(article(text)):
        assert passage.text == text[passage.start : passage.end]
        assert passage.text.strip()


blocks = st.sampled_from(
    ["# Head", "## Sub", "- item\n- other", "Para one. Two!", "x" * 1500, "> quoted", "---"]
)


@given(st.lists(blocks, max_size=12))
def test_no_word_outside_headings_is_lost_or_told_twice(parts: list[str]) -> None:
    text = "\n\n".join(parts)
    passages = passages_of(article(text))
    spans = [(passage.start, passage.end) for passage in passages]
    assert spans == sorted(spans)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    covered = "".join(passage.text for passage in passages)
    for word in ("item", "other", "Para", "Two", "quoted"):
        assert len(re.findall(word, covered)) == len(re.findall(word, text))

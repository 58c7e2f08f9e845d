from pathlib import Path

import frontmatter
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.brief import Brief, Format, Length
from bot.composing import compose
from bot.decisions import Answer
from bot.markers import bare, cited
from bot.sentences import sentences
from bot.verifying import verify
from knowledge.entries import Article, Audience
from tests.found import RETURNS, a_hit, a_resource, an_article, found

DEMO = sorted((Path(__file__).parents[2] / "deploy/demo/help").glob("*/*.md"))
PUBLIC = frozenset({Audience.PUBLIC})


def answer_to(
    question: str, article: Article | None = None, brief: Brief | None = None, language: str = "en"
) -> Answer:
    article = article or an_article()
    hit = a_hit(article, question=question)
    draft = compose(hit, found(hit, question=question, language=language), brief or Brief())
    assert draft is not None
    return draft


def test_a_short_answer_is_the_paragraph_that_says_it() -> None:
    draft = answer_to("what is the date of the drop-off receipt", brief=Brief(length=Length.SHORT))
    assert "The date of the drop-off receipt counts. Use each label within 14 days." in draft.text


def test_citations_point_at_the_exact_words_and_know_their_heading() -> None:
    draft = answer_to("can I return an installed item")
    [citation] = [c for c in draft.citations if "installed" in c.quote]
    assert RETURNS[citation.start : citation.end] == citation.quote
    assert citation.heading == ("Deadlines",)
    assert citation.url == "https://shop.example/returns"


def test_steps_stay_whole_and_in_order() -> None:
    text = answer_to("how do I print the label").text
    assert '1. Open your account and choose "Return items".\n2. Print the label.\n3. Drop' in text


def test_a_table_stays_a_table_with_its_mark_below() -> None:
    text = answer_to("how much is a home pick-up").text
    assert "| Home pick-up | €4.90, France only |\n\n[" in text


def test_a_heading_or_the_title_is_never_said() -> None:
    for question in ("deadlines", "steps", "return an item", "ways to return"):
        text = answer_to(question).text
        assert "Deadlines" not in text
        assert "## " not in text
        assert "Return an item" not in text


def test_the_marks_count_up_in_the_order_of_the_article() -> None:
    draft = answer_to("return item label receipt date", brief=Brief(length=Length.LONG))
    assert [number for _, number in cited(draft.text)] == list(range(1, len(draft.citations) + 1))
    starts = [citation.start for citation in draft.citations]
    assert starts == sorted(starts)


def test_more_leads_to_the_article() -> None:
    more = answer_to("return").more
    assert (more.entry_id, more.title, more.url) == (
        "returns",
        "Return an item",
        "https://shop.example/returns",
    )


def test_a_list_comes_with_the_line_that_introduces_it() -> None:
    article = an_article("Shipping is quick.\n\nWe ship to these countries:\n\n- France\n- Spain\n- Malta\n")
    text = answer_to("malta", article, Brief(length=Length.SHORT)).text
    assert "We ship to these countries:\n\n- France\n- Spain\n- Malta [" in text


def test_a_condition_right_after_is_not_left_out() -> None:
    article = an_article("Delivery is free from €60.\n\nOnly in mainland France.\n\nLamps are fragile.\n")
    text = answer_to("is delivery free", article, Brief(length=Length.SHORT)).text
    assert "Only in mainland France." in text


def test_a_paragraph_that_leans_back_brings_what_it_leans_on() -> None:
    article = an_article(
        "We like lamps.\n\nThe gift card is valid for two years.\n\nIt can be extended once by telephone.\n"
    )
    text = answer_to("extended once by telephone", article, Brief(length=Length.SHORT)).text
    assert "The gift card is valid for two years.\n\nIt can be extended once by telephone." in text


def test_a_very_long_paragraph_gives_one_stretch_of_whole_sentences() -> None:
    filler = " ".join(f"Sentence number {n} says little of interest to anybody." for n in range(40))
    article = an_article(f"{filler} The warranty of the Aurora lamp lasts five years. {filler}")
    draft = answer_to("warranty aurora", article, Brief(length=Length.SHORT))
    assert "The warranty of the Aurora lamp lasts five years." in draft.text
    assert len(draft.text) < 500
    [citation] = draft.citations
    assert article.text[citation.start : citation.end] == citation.quote


def test_a_very_long_table_gives_its_head_and_the_rows_that_matter() -> None:
    rows = "\n".join(f"| Country {n} | €{n} and some words to make it long |" for n in range(60))
    article = an_article(f"| Where | Price |\n|---|---|\n{rows}\n| Malta | €99 |\n")
    text = answer_to("price malta", article).text
    assert text.startswith("| Where | Price |\n|---|---|\n| ")
    assert "| Malta | €99 |" in text
    assert len(text) < 2000


def test_plain_format_has_no_markdown() -> None:
    article = an_article(
        "See **[our page](https://shop.example/x)** for *all* prices.\n\n| A | B |\n|---|---|\n| 1 | 2 |\n"
    )
    text = answer_to("prices a b 1 2", article, Brief(format=Format.PLAIN)).text
    assert "See our page for all prices." in text
    assert "A · B\n1 · 2" in text


def test_a_bracketed_number_of_the_source_is_no_citation() -> None:
    draft = answer_to("norm", an_article("The norm EN 60598 [7] applies."))
    assert len(draft.citations) == 1
    assert [number for _, number in cited(draft.text)] == [1]


def test_there_is_nothing_to_quote_of_a_resource_or_of_headings() -> None:
    for entry in (a_resource(), an_article("# Only a heading\n"), an_article("")):
        assert compose(a_hit(entry), found(entry), Brief()) is None


@pytest.mark.parametrize("format_", Format)
@pytest.mark.parametrize("path", DEMO, ids=lambda path: path.stem)
def test_every_demo_article_is_quoted_to_the_word(path: Path, format_: Format) -> None:
    page = frontmatter.load(str(path))
    article = an_article(page.content, path.stem, page["title"], page["language"])
    for question in [page["title"], *page["questions"]]:
        draft = answer_to(question, article, Brief(format=format_), article.language)
        checked = verify(draft, [article], PUBLIC)
        assert checked is not None
        assert checked.text.split() == draft.text.split()
        assert checked.citations == draft.citations


WORDS = st.sampled_from(
    [
        "lamp",
        "price",
        "label",
        "[1]",
        "€4.90",
        "**bold**",
        "M.",
        "Art.",
        "5",
        "e.g.",
        "it",
        "only",
        "`x`",
        "|",
        "#",
        "1.",
    ]
)
LINES = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)
SHAPES = st.one_of(
    LINES.map(lambda line: f"{line}."),
    LINES.map(lambda line: f"## {line}"),
    st.lists(LINES, min_size=1, max_size=4).map(lambda lines: "\n".join(f"- {line}" for line in lines)),
    st.lists(LINES, min_size=1, max_size=4).map(
        lambda lines: "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1))
    ),
    st.lists(LINES, min_size=1, max_size=3).map(
        lambda lines: (
            "| a | b |\n|---|---|\n" + "\n".join(f"| {line.replace('|', '')} | 2 |" for line in lines)
        )
    ),
    st.text(max_size=60),
)


@settings(max_examples=150, deadline=None)
@given(
    text=st.lists(SHAPES, max_size=8).map("\n\n".join),
    question=LINES,
    length=st.sampled_from(Length),
    format_=st.sampled_from(Format),
)
def test_whatever_the_text_each_citation_is_exact_and_nothing_else_is_said(
    text: str, question: str, length: Length, format_: Format
) -> None:
    article = an_article(text)
    hit = a_hit(article, question=question)
    draft = compose(hit, found(hit, question=question), Brief(length=length, format=format_))
    if draft is None:
        return
    for citation in draft.citations:
        assert citation.quote == text[citation.start : citation.end]
    assert [number for _, number in cited(draft.text)] == list(range(1, len(draft.citations) + 1))
    checked = verify(draft, [article], PUBLIC)
    assert bare(checked.text if checked else "") == bare(draft.text if checked else "")
    assert checked or not any(bare(piece) for piece, _ in cited(draft.text))


@given(st.text())
def test_sentences_lose_nothing_but_blank_space(text: str) -> None:
    spans = sentences(text)
    assert all(start < end for start, end in spans)
    assert "".join("".join(text[s:e] for s, e in spans).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("M. Martin paie 4,90 €. Puis il part.", ["M. Martin paie 4,90 €.", "Puis il part."]),
        (
            "Voir l'art. 5 du code. « C'est tout. » Et après ?",
            ["Voir l'art. 5 du code.", "« C'est tout. »", "Et après ?"],
        ),
        ("Ask before 9 a.m. Monday. Then wait.", ["Ask before 9 a.m. Monday.", "Then wait."]),
        ("It costs €4.90. See no. 5.", ["It costs €4.90.", "See no. 5."]),
        ("J. Smith agrees. So do we!", ["J. Smith agrees.", "So do we!"]),
        ("Écrivez à Mme. Dupont, p. 12. Merci.", ["Écrivez à Mme. Dupont, p. 12.", "Merci."]),
        ("Go to www.shop.example. It is easy.", ["Go to www.shop.example.", "It is easy."]),
        ("Version 2.0 is out... Really?! Yes", ["Version 2.0 is out...", "Really?!", "Yes"]),
    ],
)
def test_a_sentence_ends_where_people_end_it(text: str, expected: list[str]) -> None:
    assert [text[s:e] for s, e in sentences(text)] == expected

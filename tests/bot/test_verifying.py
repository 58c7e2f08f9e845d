from dataclasses import replace

from bot.decisions import Answer, Card, EntryLink
from bot.verifying import verify
from knowledge.entries import Article, Audience, Citation, ResourceKind
from tests.found import an_article

PUBLIC = frozenset({Audience.PUBLIC})
STAFF = frozenset(Audience)
TEXT = "You have 30 days to return an item. Returns are free. Installed items cannot be returned."
RETURNS = an_article(TEXT)


def quote(words: str, article: Article = RETURNS) -> Citation:
    start = article.text.index(words)
    return Citation(article.id, article.title, (), start, start + len(words), words)


def an_answer(text: str, *citations: Citation, about: str = "returns") -> Answer:
    return Answer(text, citations, EntryLink(about, "Return an item"))


def test_what_stands_in_its_passage_goes_out_unchanged() -> None:
    answer = an_answer("Returns are free. [1]", quote("Returns are free."))
    assert verify(answer, [RETURNS], PUBLIC) == answer


def test_a_sentence_that_a_model_made_up_is_cut() -> None:
    answer = an_answer("Returns are free. We pay in bitcoin. [1]", quote("Returns are free."))
    checked = verify(answer, [RETURNS], PUBLIC)
    assert checked is not None
    assert checked.text == "Returns are free. [1]"


def test_a_sentence_without_its_condition_is_not_the_same_sentence() -> None:
    article = an_article("Returns are free, only in France.")
    answer = an_answer("Returns are free [1]", quote("Returns are free, only in France.", article))
    assert verify(answer, [article], PUBLIC) is None


def test_another_price_or_currency_is_another_sentence() -> None:
    article = an_article("Delivery costs €4.90.")
    for said in ("Delivery costs €5.90. [1]", "Delivery costs $4.90. [1]", "Delivery costs €4.90 not. [1]"):
        assert verify(an_answer(said, quote("Delivery costs €4.90.", article)), [article], PUBLIC) is None


def test_other_markdown_around_the_same_words_is_fine() -> None:
    article = an_article("See **Returns** on [our page](https://shop.example).")
    answer = an_answer("See Returns on our page. [1]", quote(article.text, article))
    assert verify(answer, [article], PUBLIC) == answer


def test_the_citations_that_are_left_are_numbered_anew() -> None:
    answer = an_answer(
        "Nothing of this is true. [1]\n\nReturns are free. [2]",
        quote("You have 30 days to return an item."),
        quote("Returns are free."),
    )
    checked = verify(answer, [RETURNS], PUBLIC)
    assert checked is not None
    assert checked.text == "Returns are free. [1]"
    assert [citation.quote for citation in checked.citations] == ["Returns are free."]


def test_what_no_citation_follows_is_cut() -> None:
    answer = an_answer("Returns are free. [1] Trust me.", quote("Returns are free."))
    checked = verify(answer, [RETURNS], PUBLIC)
    assert checked is not None
    assert checked.text == "Returns are free. [1]"


def test_a_citation_of_words_that_are_not_there_carries_nothing() -> None:
    moved = replace(quote("Returns are free."), start=0, end=17)
    beyond = replace(quote("Returns are free."), start=500, end=517)
    for wrong in (moved, beyond):
        assert verify(an_answer("Returns are free. [1]", wrong), [RETURNS], PUBLIC) is None


def test_a_mark_without_a_citation_carries_nothing() -> None:
    assert verify(an_answer("Returns are free. [7]", quote("Returns are free.")), [RETURNS], PUBLIC) is None
    assert verify(an_answer("Returns are free. [0]", quote("Returns are free.")), [RETURNS], PUBLIC) is None


def test_a_citation_of_an_entry_that_was_not_found_carries_nothing() -> None:
    assert verify(an_answer("Returns are free. [1]", quote("Returns are free.")), [], PUBLIC) is None


def test_an_internal_article_never_reaches_a_customer_even_when_search_let_it_through() -> None:
    internal = an_article(TEXT, audience=Audience.INTERNAL)
    answer = an_answer("Returns are free. [1]", quote("Returns are free.", internal))
    assert verify(answer, [internal], PUBLIC) is None
    assert verify(answer, [internal], STAFF) == answer


def test_a_public_answer_may_not_lead_to_an_internal_article() -> None:
    internal = an_article("Secret.", "margins", audience=Audience.INTERNAL)
    answer = an_answer("Returns are free. [1]", quote("Returns are free."), about="margins")
    assert verify(answer, [RETURNS, internal], PUBLIC) is None


def test_a_card_that_may_not_be_seen_is_taken_off() -> None:
    card = Card("margins", ResourceKind.PAGE, "Margins", "", "https://shop.example/margins")
    answer = replace(an_answer("Returns are free. [1]", quote("Returns are free.")), card=card)
    checked = verify(answer, [RETURNS], PUBLIC)
    assert checked is not None
    assert checked.card is None

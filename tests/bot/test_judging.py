from dataclasses import replace

import pytest

from bot.judging import Judgement, Verdict, judge
from knowledge.evidence import Evidence
from tests.found import a_hit, a_resource, an_article, found

RETURNS = an_article()
GIFTS = an_article("Gifts can be returned too.", "gifts", "Return a gift")
LABELS = an_article("Print it at home.", "labels", "Print a label")
SWAPS = an_article("Another size is sent at once.", "swaps", "Swap an item")


def best(judgement: Judgement) -> str | None:
    return judgement.best.entry.id if judgement.best else None


def test_above_the_threshold_and_sure_it_answers() -> None:
    judgement = judge(found(RETURNS, confidence=0.95, threshold=0.7))
    assert (judgement.verdict, best(judgement)) == (Verdict.SURE, "returns")


def test_above_the_threshold_but_doubtful_it_says_so() -> None:
    assert judge(found(RETURNS, confidence=0.72, threshold=0.6)).verdict is Verdict.LESS_SURE


def test_below_the_threshold_nothing_is_answered_however_near() -> None:
    judgement = judge(found(RETURNS, confidence=0.69, threshold=0.7))
    assert (judgement.verdict, judgement.near) == (Verdict.NOTHING, True)


def test_below_the_threshold_what_is_more_likely_right_than_wrong_may_be_shown_as_doubtful() -> None:
    likely = found(a_hit(RETURNS, 4.0), a_hit(GIFTS, 1.0), confidence=0.69, threshold=0.7)
    judgement = judge(likely, hedge_from=0.5)
    assert (judgement.verdict, judgement.doubtful, best(judgement)) == (Verdict.LESS_SURE, True, "returns")
    unlikely = found(a_hit(RETURNS, 4.0), a_hit(GIFTS, 1.0), confidence=0.49, threshold=0.7, shortlist=0.19)
    assert judge(unlikely, hedge_from=0.5).verdict is Verdict.NOTHING
    assert not judge(found(RETURNS, confidence=0.72, threshold=0.6), hedge_from=0.5).doubtful


def test_nobody_is_sent_somewhere_on_a_doubt() -> None:
    form = found(a_hit(a_resource(), 4.0), confidence=0.69, threshold=0.7)
    assert judge(form, hedge_from=0.5).verdict is Verdict.NOTHING


def test_a_threshold_that_nothing_reaches_answers_nothing() -> None:
    assert judge(found(RETURNS, confidence=1.0, threshold=1.1)).verdict is Verdict.NOTHING


def test_with_hardly_a_chance_nothing_is_near() -> None:
    judgement = judge(found(RETURNS, confidence=0.05))
    assert (judgement.verdict, judgement.near) == (Verdict.NOTHING, False)


def test_an_empty_help_centre_finds_nothing() -> None:
    assert judge(found()) == Judgement(Verdict.NOTHING)


def test_where_nothing_is_sure_but_one_of_three_is_likely_the_customer_is_asked_which() -> None:
    hits = (
        a_hit(RETURNS, 4.0),
        a_hit(a_resource(), 3.9),
        a_hit(GIFTS, 3.0),
        a_hit(LABELS, 2.0),
        a_hit(SWAPS, 1.0),
    )
    judgement = judge(found(*hits, confidence=0.1, shortlist=0.21))
    assert (judgement.verdict, judgement.near) == (Verdict.COMPETING, True)
    assert [hit.entry.id for hit in judgement.competing] == ["returns", "track", "gifts"]


def test_two_close_candidates_are_asked_about_rather_than_quoted_as_doubtful() -> None:
    close = found(a_hit(RETURNS, 3.2), a_hit(GIFTS, 3.0), confidence=0.6)
    assert judge(close, hedge_from=0.5).verdict is Verdict.COMPETING
    leading = found(a_hit(RETURNS, 4.0), a_hit(GIFTS, 3.0), confidence=0.6)
    assert judge(leading, hedge_from=0.5).doubtful


def test_who_only_names_a_subject_is_asked_what_about_it_unless_the_answer_is_sure() -> None:
    def judged(text: str, confidence: float, context: tuple[str, ...] = ()) -> Judgement:
        evidence = found(a_hit(RETURNS, 4.0), a_hit(GIFTS, 1.0), confidence=confidence, threshold=0.6)
        question = replace(evidence.question, text=text, context=context)
        return judge(replace(evidence, question=question), hedge_from=0.4)

    assert judged("my account", 0.7).verdict is Verdict.COMPETING
    assert judged("my account", 0.5).verdict is Verdict.COMPETING
    assert judged("my account", 0.85).verdict is Verdict.SURE
    assert judged("close my account", 0.7).verdict is Verdict.LESS_SURE
    assert judged("close it", 0.7, ("my account",)).verdict is Verdict.LESS_SURE


def test_a_subject_with_one_article_is_not_asked_about() -> None:
    evidence = found(a_hit(RETURNS, 4.0), confidence=0.7, threshold=0.6)
    named = replace(evidence, question=replace(evidence.question, text="my account"))
    assert judge(named).verdict is Verdict.LESS_SURE


def test_nobody_is_asked_between_two_of_one_title() -> None:
    form = a_hit(a_resource("form", "Return an item"), 3.9)
    judgement = judge(found(a_hit(RETURNS, 4.0), form, a_hit(GIFTS, 3.0), confidence=0.4))
    assert [hit.entry.id for hit in judgement.competing] == ["returns", "gifts"]


def test_what_may_not_be_quoted_as_doubtful_may_be_asked_about() -> None:
    forms = found(a_hit(a_resource(), 4.0), a_hit(a_resource("label", "Print a label"), 3.0), confidence=0.6)
    assert judge(forms, hedge_from=0.5).verdict is Verdict.COMPETING


@pytest.mark.parametrize(
    "evidence",
    [
        found(a_hit(RETURNS, 3.2), a_hit(GIFTS, 3.0), confidence=0.19),
        found(a_hit(RETURNS, 3.2), confidence=0.6),
    ],
    ids=["neither is likely", "there is only one"],
)
def test_no_question_back_when(evidence: Evidence) -> None:
    assert judge(evidence).verdict is Verdict.NOTHING


def test_no_second_question_back_in_a_row() -> None:
    evidence = found(a_hit(RETURNS, 3.2), a_hit(GIFTS, 3.0), confidence=0.45)
    assert judge(evidence, may_clarify=False).verdict is Verdict.NOTHING


def test_the_twin_in_the_customers_language_wins_and_does_not_compete() -> None:
    french = an_article("Vous avez 30 jours.", "retours", "Retourner un article", "fr", twin="returns")
    english = an_article(twin="returns")
    judgement = judge(found(french, english, language="en", confidence=0.95))
    assert (judgement.verdict, best(judgement)) == (Verdict.SURE, "returns")
    doubtful = judge(found(a_hit(french, 3.1), a_hit(english, 3.0), confidence=0.45))
    assert doubtful.verdict is Verdict.NOTHING


def test_without_a_twin_the_other_language_is_used() -> None:
    french = an_article("Vous avez 30 jours.", "retours", "Retourner un article", "fr")
    assert best(judge(found(french, language="en"))) == "retours"


def test_a_resource_on_top_is_the_answer() -> None:
    judgement = judge(found(a_hit(a_resource(), 4.0), a_hit(RETURNS, 2.0)))
    assert judgement.verdict is Verdict.ROUTE
    assert judgement.card is not None
    assert judgement.card.entry.id == "track"


def test_a_resource_level_with_its_article_goes_along_with_it() -> None:
    for hits in (
        (a_hit(a_resource(), 4.0), a_hit(RETURNS, 3.8)),
        (a_hit(RETURNS, 4.0), a_hit(a_resource(), 3.8)),
    ):
        judgement = judge(found(*hits))
        assert (judgement.verdict, best(judgement)) == (Verdict.SURE, "returns")
        assert judgement.card is not None


def test_a_resource_far_behind_stays_out_of_it() -> None:
    assert judge(found(a_hit(RETURNS, 4.0), a_hit(a_resource(), 2.0))).card is None


def test_what_the_customer_picked_is_answered_though_it_came_second() -> None:
    evidence = found(a_hit(RETURNS, 3.2), a_hit(GIFTS, 3.0), confidence=0.45)
    judgement = judge(evidence, chosen="gifts")
    assert (judgement.verdict, best(judgement)) == (Verdict.SURE, "gifts")


def test_what_the_customer_refused_is_never_shown_again() -> None:
    ignored = found(RETURNS, GIFTS, confidence=0.95, excluding=frozenset({"returns"}))
    judgement = judge(ignored)
    assert (judgement.verdict, best(judgement)) == (Verdict.NOTHING, "gifts")
    honoured = found(GIFTS, confidence=0.95, excluding=frozenset({"returns"}))
    assert best(judge(honoured)) == "gifts"
    assert judge(honoured).verdict is Verdict.SURE

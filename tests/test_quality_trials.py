"""What docs/quality.md is measured on: removing entries leaves nothing of what it removes."""

from __future__ import annotations

from dataclasses import replace

from connectors.benchmark_set import JudgedQuestion
from connectors.quality import Prediction
from tests.bench.quality_page import DENSE, Row, targets_met
from tests.bench.trials import SEARCH, taken_away


def question(number: int, *relevant: str) -> JudgedQuestion:
    return JudgedQuestion(f"q{number}", f"question {number}", "en", frozenset(relevant), "test", ())


def test_a_third_is_taken_away_and_a_page_goes_in_both_languages_or_not_at_all() -> None:
    asked = [question(n, f"page-{n}-en", f"page-{n}-fr") for n in range(30)]
    gone = taken_away([*asked, question(30)])
    assert len(gone) == 20
    assert all(len(each.relevant & gone) in (0, 2) for each in asked)
    assert taken_away(reversed(asked)) == gone, "the same whatever the order of the questions"


def test_targets_are_counted_by_set() -> None:
    asked = [question(n, "right") for n in range(20)]
    asked = [*asked, *(replace(each, id=f"{each.id} gone", relevant=frozenset()) for each in asked)]
    sure = [_predicted(each, 0.99 if each.relevant else 0.01) for each in asked]
    mistaken = [_predicted(each, 0.01 if each.relevant else 0.99) for each in asked]
    good, bad = (Row.of(SEARCH[0], asked, each, {DENSE: mistaken}, 0.9) for each in (sure, mistaken))
    told = " ".join(targets_met([good, bad, bad]).split())
    assert "AUROC of at least 0.85 on 1;" in told
    assert "calibration error of at most 0.05 on 1;" in told
    assert "below the promise on 1, 0 of them no more than three points above" in told
    assert told.endswith("1.5 times what the best cosine could on 1."), "sending what is wrong is no coverage"


def _predicted(asked: JudgedQuestion, confidence: float) -> Prediction:
    return Prediction(asked.id, ("right",), confidence, "answer" if confidence > 0.5 else "escalate", 1.0)

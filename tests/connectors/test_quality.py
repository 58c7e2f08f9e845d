"""What the figures of `comptoir eval` count."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from connectors.benchmark_set import JudgedQuestion
from connectors.quality import Prediction, auroc, calibration_error, coverage, figures


def question(number: int, *relevant: str) -> JudgedQuestion:
    return JudgedQuestion(f"q{number}", "text", "en", frozenset(relevant), "test", ())


def prediction(number: int, ranked: list[str], confidence: float, decision: str) -> Prediction:
    return Prediction(f"q{number}", tuple(ranked), confidence, decision, ms=10.0 * number)


def test_figures_count_as_they_say() -> None:
    found = figures(
        [question(1, "a"), question(2, "b"), question(3, "c"), question(4)],
        [
            prediction(1, ["a", "x"], 0.9, "answer"),
            prediction(2, ["x", "b"], 0.6, "route"),
            prediction(3, ["x", "y"], 0.2, "escalate"),
            prediction(4, ["x"], 0.1, "small_talk"),
        ],
        target=0.9,
    )
    assert (found.questions, found.answerable) == (4, 3)
    assert found.recall_at_1 == pytest.approx(1 / 3)
    assert found.recall_at_3 == pytest.approx(2 / 3)
    assert found.mrr_at_10 == pytest.approx((1 + 1 / 2) / 3)
    assert found.auroc == 1.0
    assert (found.sent, found.precision) == (0.5, 0.5)
    assert found.p50_ms == 25.0
    assert found.decisions == {"answer": 1, "escalate": 1, "route": 1, "small_talk": 1}


def test_a_question_back_counts_as_right_when_it_offers_the_right_entry() -> None:
    asked_back = replace(prediction(2, ["x", "b"], 0.4, "clarify"), offered=("x", "b"))
    in_vain = replace(prediction(3, ["x", "y"], 0.4, "clarify"), offered=("x", "y"))
    found = figures(
        [question(1, "a"), question(2, "b"), question(3, "c"), question(4)],
        [
            prediction(1, ["a"], 0.9, "answer"),
            asked_back,
            in_vain,
            prediction(4, ["x"], 0.9, "answer"),
        ],
        target=0.9,
    )
    assert (found.right_at_once, found.right_after_one, found.asked_back) == (0.25, 0.5, 0.5)


def test_doubtful_answers_are_counted_apart_from_what_was_promised() -> None:
    doubtful = replace(prediction(2, ["x", "b"], 0.6, "answer"), hedged=True, doubtful=True)
    right = replace(prediction(3, ["c"], 0.55, "answer"), hedged=True, doubtful=True)
    found = figures(
        [question(1, "a"), question(2, "b"), question(3, "c"), question(4)],
        [prediction(1, ["a"], 0.9, "answer"), doubtful, right, prediction(4, ["x"], 0.1, "escalate")],
        target=0.9,
    )
    assert (found.sent, found.precision) == (0.25, 1.0)
    assert (found.doubtful, found.precision_doubtful, found.hedged) == (0.5, 0.5, 0.0)
    assert found.right_at_once == 0.5


def test_without_questions_nothing_is_claimed() -> None:
    found = figures([], [], target=0.9)
    assert found.recall_at_1 is None
    assert found.precision is None


def test_auroc_counts_ties_half_and_needs_both_classes() -> None:
    scores = np.array([0.5, 0.5, 0.9])
    assert auroc(scores, np.array([True, False, True])) == pytest.approx(0.75)
    assert auroc(scores, np.array([True, True, True])) is None


def test_a_perfectly_honest_confidence_has_no_calibration_error() -> None:
    confidence = np.repeat([0.0, 1.0], 50)
    assert calibration_error(confidence, confidence > 0.5) == 0.0
    assert calibration_error(np.ones(50), np.zeros(50, bool)) == 1.0


def test_coverage_is_the_longest_run_that_keeps_the_precision() -> None:
    confidence = np.linspace(1, 0, 10)
    right = np.array([True] * 8 + [False, False])
    assert coverage(confidence, right, 0.9) == pytest.approx(0.8)
    assert coverage(confidence, ~right, 0.9) == 0.0

"""Labels correct the confidence: little when they are few, not at all when there are none."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.correction import LEAST_READ, READING, Correction, Label, Labels, corrected

confidences = st.floats(0.0, 1.0)


def judged(right: int, wrong: int, confidence: float = 0.9) -> Correction:
    labels = [Label({}, True)] * right + [Label({}, False)] * wrong
    return corrected([confidence] * len(labels), Labels(tuple(labels)))


@given(confidences)
def test_without_labels_nothing_changes(confidence: float) -> None:
    correction = corrected([], Labels(()))
    assert correction.confidence(confidence, {}) == confidence
    assert correction.threshold(0.9) is None


@given(st.integers(1, 30), confidences, confidences)
def test_a_surer_answer_stays_a_surer_one(wrong: int, one: float, other: float) -> None:
    correction = judged(10, wrong)
    low, high = sorted((one, other))
    assert correction.confidence(low, {}) <= correction.confidence(high, {})


def test_answers_that_were_wrong_more_often_than_promised_lower_the_confidence() -> None:
    few, many = judged(5, 5).confidence(0.9, {}), judged(100, 100).confidence(0.9, {})
    assert 0.5 < many < few < 0.9
    assert many == pytest.approx(0.5, abs=0.03)


def test_answers_that_were_always_right_raise_it() -> None:
    assert 0.9 < judged(10, 0).confidence(0.9, {}) < judged(200, 0).confidence(0.9, {})


def test_a_few_labels_leave_thresholds_alone_and_many_set_them() -> None:
    assert judged(19, 0).threshold(0.9) is None
    assert (judged(200, 4).threshold(0.9) or 2) <= 1
    assert (judged(120, 80).threshold(0.9) or 0) > 1, "six in ten are right"


def test_thresholds_keep_their_promise_in_help_centres_where_confidence_means_something_else() -> None:
    """Whatever the world is like: of a hundred labels, nine in ten thresholds keep the target."""
    broken = 0
    worlds = [(slope, offset) for slope in (0.6, 1.0, 1.5) for offset in (-1.0, 0.0, 1.0)]
    for number, (slope, offset) in enumerate(worlds * 4):
        chance = random.Random(number)
        truth = Correction(1, slope, offset)
        asked = [chance.betavariate(2, 1) for _ in range(1000)]
        labels = [Label({}, chance.random() < truth.confidence(c, {})) for c in asked[:100]]
        found = corrected(asked[:100], Labels(tuple(labels), tuple(asked)))
        limit = found.threshold(0.9)
        sent = [truth.confidence(c, {}) for c in asked if limit and found.confidence(c, {}) >= limit]
        broken += bool(sent) and sum(sent) / len(sent) < 0.9
    assert broken <= 6


def test_a_reader_that_nobody_judged_only_makes_the_bot_more_careful() -> None:
    correction = corrected([], Labels(()))
    assert correction.confidence(0.8, {READING: 4.0}) == pytest.approx(0.8)
    assert 0.5 < correction.confidence(0.8, {READING: -4.0}) < 0.65
    assert correction.confidence(0.8, {READING: -1.0}) > correction.confidence(0.8, {READING: -4.0})


@pytest.mark.parametrize("knows", [True, False])
def test_a_reader_counts_for_what_it_proved_to_know(knows: bool) -> None:
    chance = random.Random(3)
    labels = []
    for _ in range(3 * LEAST_READ):
        right = chance.random() < 0.7
        says = right if knows else chance.random() < 0.5
        labels.append(Label({READING: 2.0 if says else -2.0}, right))
    correction = corrected([0.7] * len(labels), Labels(tuple(labels)))
    apart = correction.confidence(0.7, {READING: 2.0}) - correction.confidence(0.7, {READING: -2.0})
    assert apart > 0.5 if knows else abs(apart) < 0.25

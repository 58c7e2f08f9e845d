"""From what an index says about itself to a probability and a threshold."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from knowledge.calibration import FEWEST_TRIALS, Calibration, Trial, calibrated, untrained
from knowledge.confidence import PLAIN, STANDARDISED, features_of, shipped_weights
from knowledge.entries import Article
from knowledge.rehearsal import _held_nowhere_else


def features(strength: float) -> dict[str, float]:
    """A result whose every sign points the same way, for a question that no entry says it answers."""
    return dict.fromkeys((*STANDARDISED, *PLAIN), strength) | {"verbatim": 0.0}


def background(chance: random.Random) -> list[dict[str, float]]:
    return [features(chance.gauss(0, 1)) for _ in range(100)]


def rehearsals(chance: random.Random, gap: float) -> list[Trial]:
    """Right results are `gap` stronger than those whose entry was taken away."""
    there = [Trial(features(chance.gauss(gap, 1)), right=True, missing=False) for _ in range(200)]
    gone = [Trial(features(chance.gauss(0, 1)), right=False, missing=True) for _ in range(200)]
    return there + gone


def test_nothing_found_has_no_features() -> None:
    assert not any(features_of("hello", [], {}).values())


def test_every_weight_is_of_a_known_feature_and_thresholds_grow() -> None:
    weights = shipped_weights()
    assert set(weights.coefficients) == {*STANDARDISED, *PLAIN}
    targets, limits = zip(*weights.thresholds, strict=True)
    assert list(targets) == sorted(targets)
    assert list(limits) == sorted(limits)


def test_a_handful_of_entries_takes_typical_values() -> None:
    assert calibrated(7, [features(1.0)] * 3, []) == untrained(7)


def test_stronger_signs_give_more_confidence() -> None:
    calibration = calibrated(1, background(random.Random(1)), [])
    confidences = [calibration.confidence(features(strength)) for strength in (-1, 0, 1, 2, 3)]
    assert confidences == sorted(confidences)


def test_a_question_that_an_entry_says_it_answers_is_taken_at_its_word() -> None:
    calibration = calibrated(1, background(random.Random(1)), [])
    weak = features(-3.0)
    assert calibration.confidence(weak) < 0.5
    assert calibration.confidence(weak | {"verbatim": 0.5}) < 0.5
    assert calibration.confidence(weak | {"verbatim": 1.0}) >= 0.97


def test_few_rehearsals_leave_the_shipped_thresholds() -> None:
    chance = random.Random(2)
    few = rehearsals(chance, gap=3)[: FEWEST_TRIALS - 1]
    assert calibrated(1, background(chance), few).limits is None


@pytest.mark.parametrize("gap", [1.5, 3.0])
def test_the_threshold_keeps_the_promise_on_questions_not_rehearsed(gap: float) -> None:
    chance = random.Random(3)
    calibration = calibrated(1, background(chance), rehearsals(chance, gap))
    limit = calibration.threshold(0.9)
    fresh = [(gap, True)] * 600 + [(0.0, False)] * 400
    sent = [
        right for middle, right in fresh if calibration.confidence(features(chance.gauss(middle, 1))) >= limit
    ]
    assert sent
    assert sum(sent) / len(sent) >= 0.88


def test_a_clearer_index_may_answer_more() -> None:
    chance = random.Random(4)
    shares = []
    for gap in (1.5, 4.0):
        calibration = calibrated(1, background(chance), rehearsals(chance, gap))
        limit = calibration.threshold(0.95)
        results = [calibration.confidence(features(chance.gauss(gap, 1))) >= limit for _ in range(500)]
        shares.append(sum(results) / len(results))
    assert shares[0] < shares[1]


def test_a_promise_that_cannot_be_kept_lets_nothing_through() -> None:
    chance = random.Random(5)
    hopeless = [Trial(features(chance.gauss(0, 1)), right=n % 2 == 0, missing=n % 2 == 1) for n in range(400)]
    assert calibrated(1, background(chance), hopeless).threshold(0.99) > 1


def test_a_calibration_survives_the_store() -> None:
    chance = random.Random(6)
    calibration = calibrated(3, background(chance), rehearsals(chance, 2))
    assert Calibration.from_json(calibration.to_json()) == calibration


@pytest.mark.parametrize("note", [None, "", "{}", "nonsense", '{"revision": 1, "mean": {}, "spread": {}}'])
def test_a_note_of_another_version_is_made_anew(note: str | None) -> None:
    assert Calibration.from_json(note) is None


def test_a_note_made_with_other_weights_is_made_anew() -> None:
    calibration = calibrated(3, background(random.Random(7)), [])
    older = replace(calibration, edition="the one before")
    assert Calibration.from_json(older.to_json()) is None


def test_a_question_that_the_text_repeats_is_not_rehearsed() -> None:
    entry = Article(
        "a", "A", "Where is my parcel? In the depot.", "en", questions=("where is my parcel", "late")
    )
    assert _held_nowhere_else(entry) == [1]

"""From what an index says about itself to a probability and a threshold."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from knowledge.bounds import least_share
from knowledge.calibration import FEWEST_TRIALS, TYPICAL_COUNTS, Calibration, Trial, calibrated
from knowledge.confidence import (
    FEW,
    FOREIGN,
    HEAD,
    IN_WORDS,
    PLAIN,
    STANDARDISED,
    features_of,
    shipped_weights,
)
from knowledge.entries import Article
from knowledge.evidence import Hit
from knowledge.rehearsal import _held_nowhere_else


def features(strength: float) -> dict[str, float]:
    """A result whose every sign points the same way, for a question that no entry says it answers."""
    return dict.fromkeys((*STANDARDISED, *PLAIN), strength) | {"verbatim": 0.0, FOREIGN: 0.0}


def background(chance: random.Random) -> list[dict[str, float]]:
    return [features(chance.gauss(0, 1)) for _ in range(100)]


def rehearsals(chance: random.Random, gap: float) -> list[Trial]:
    """Right results are `gap` stronger than those whose entry was taken away."""
    there = [Trial(features(chance.gauss(gap, 1)), right=True, missing=False) for _ in range(200)]
    gone = [Trial(features(chance.gauss(0, 1)), right=False, missing=True) for _ in range(200)]
    return there + gone


def test_nothing_found_has_no_features() -> None:
    assert not any(features_of("hello", "en", [], {}).values())


def test_every_weight_is_of_a_known_feature_and_thresholds_grow() -> None:
    weights = shipped_weights()
    for model in (weights.first, weights.shortlist):
        assert set(model.coefficients) == {*STANDARDISED, *PLAIN, FEW}
    for thresholds in (weights.thresholds, weights.thresholds_of_few):
        targets, limits = zip(*thresholds, strict=True)
        assert list(targets) == sorted(targets)
        assert list(limits) == sorted(limits)


def test_what_speaks_for_a_hit_never_counts_against_it() -> None:
    weights = shipped_weights()
    for model in (weights.first, weights.shortlist):
        for_it = {name: w for name, w in model.coefficients.items() if name not in ("unknown", "length", FEW)}
        assert all(w >= 0 for w in for_it.values())
        assert model.coefficients["unknown"] <= 0


def test_one_of_three_is_at_least_as_likely_right_as_the_first() -> None:
    plain = calibrated(1, 100, [], [])
    for sign in (-2.0, 0.0, 2.0):
        assert plain.shortlist_confidence(features(sign)) >= plain.confidence(features(sign))
    assert plain.shortlist_confidence(features(0.0)) > plain.confidence(features(0.0))


def test_the_threshold_moves_without_a_step_from_a_small_help_centre_to_a_large_one() -> None:
    sizes = (1, 3, 10, 30, 100, 1000, 100_000)
    limits = [calibrated(1, size, [], []).threshold(0.9, features(0.0)) for size in sizes]
    assert limits == sorted(limits)
    assert limits[-1] == pytest.approx(dict(shipped_weights().thresholds)[0.9], abs=0.001)


def test_a_few_entries_in_another_language_are_held_to_the_threshold_of_many() -> None:
    few = calibrated(1, 3, [], [])
    foreign = few.threshold(0.9, features(0.0) | {FOREIGN: 1.0})
    assert foreign == dict(shipped_weights().thresholds)[0.9] > few.threshold(0.9, features(0.0))


def test_a_handful_of_entries_is_judged_by_what_is_typical_elsewhere() -> None:
    typical = shipped_weights().typical
    odd = [features(20.0 + n) for n in range(3)]
    handful, many = calibrated(7, 3, odd, []), calibrated(7, 300, odd * 100, [])
    for name in STANDARDISED:
        middle = typical[name][0]
        assert abs(handful.mean[name] - middle) < 0.2 * abs(many.mean[name] - middle)
        assert many.mean[name] == pytest.approx(21, rel=0.1)


def test_what_an_index_says_of_itself_counts_more_with_every_entry() -> None:
    typical = shipped_weights().typical["head"][0]
    away = []
    for count in (0, 1, TYPICAL_COUNTS, 10 * TYPICAL_COUNTS):
        calibration = calibrated(1, count, [features(typical + 10)] * count, [])
        away.append(calibration.mean["head"] - typical)
    assert away[:2] == [0, 0]
    assert away[2] == pytest.approx(5)
    assert 9 < away[3] < 10


def test_words_count_neither_for_nor_against_an_entry_in_another_language() -> None:
    calibration = calibrated(1, 100, background(random.Random(1)), [])
    foreign = features(1.0) | {FOREIGN: 1.0}
    for name in IN_WORDS:
        assert calibration.confidence(foreign | {name: -5.0}) == calibration.confidence(foreign)
        assert calibration.confidence(features(1.0) | {name: -5.0}) < calibration.confidence(features(1.0))


def test_where_nothing_has_a_title_titles_count_neither_for_nor_against() -> None:
    calibration = calibrated(1, 100, [features(0.5) | {HEAD: 0.0}] * 100, [])
    untitled = calibration.standardised(features(1.0) | {HEAD: 0.0})
    titled = calibration.standardised(features(1.0))
    assert untitled[HEAD] == 0
    assert {**untitled, HEAD: titled[HEAD]} == titled


def test_where_nothing_has_a_title_titles_put_nothing_first() -> None:
    def hit(id: str, head: float, body: float) -> Hit:
        signals = {HEAD: head, "body": body, "opening": body, "lexical": body}
        return Hit(Article(id, "", "Vouchers last two years.", "en"), head + body, signals, ())

    def agreeing(*hits: Hit) -> float:
        return features_of("vouchers", "en", hits, {})["agreement"]

    assert agreeing(hit("a", 0.0, 2.0), hit("b", 0.0, 1.0)) == 2
    assert agreeing(hit("a", 3.0, 2.0), hit("b", 0.5, 1.0)) == 3


def test_stronger_signs_give_more_confidence() -> None:
    calibration = calibrated(1, 100, background(random.Random(1)), [])
    confidences = [calibration.confidence(features(strength)) for strength in (-1, 0, 1, 2, 3)]
    assert confidences == sorted(confidences)


def test_a_question_that_an_entry_says_it_answers_is_taken_at_its_word() -> None:
    calibration = calibrated(1, 100, background(random.Random(1)), [])
    weak = features(-3.0)
    assert calibration.confidence(weak) < 0.5
    assert calibration.confidence(weak | {"verbatim": 0.5}) < 0.5
    assert calibration.confidence(weak | {"verbatim": 1.0}) >= 0.97


@pytest.mark.parametrize(("right", "asked", "least"), [(10, 10, 0.741), (95, 100, 0.898), (200, 350, 0.526)])
def test_the_bound_is_the_one_in_the_tables(right: int, asked: int, least: float) -> None:
    found = least_share(np.array([right / asked]), np.array([float(asked)]), 0.95)
    assert found == pytest.approx([least], abs=0.001)


def test_nothing_right_and_nothing_asked_promise_nothing() -> None:
    assert list(least_share(np.array([0.0, 1.0]), np.array([50.0, 0.9]), 0.95)) == [0, 0]


def test_few_rehearsals_leave_the_shipped_thresholds() -> None:
    chance = random.Random(2)
    few = rehearsals(chance, gap=3)[: FEWEST_TRIALS - 1]
    assert calibrated(1, 100, background(chance), few).limits is None


@pytest.mark.parametrize("gap", [1.5, 3.0])
def test_the_threshold_keeps_the_promise_on_questions_not_rehearsed(gap: float) -> None:
    chance = random.Random(3)
    calibration = calibrated(1, 100, background(chance), rehearsals(chance, gap))
    limit = calibration.threshold(0.9, features(0.0))
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
        calibration = calibrated(1, 100, background(chance), rehearsals(chance, gap))
        limit = calibration.threshold(0.95, features(0.0))
        results = [calibration.confidence(features(chance.gauss(gap, 1))) >= limit for _ in range(500)]
        shares.append(sum(results) / len(results))
    assert shares[0] < shares[1]


def test_a_promise_that_cannot_be_kept_lets_nothing_through() -> None:
    chance = random.Random(5)
    hopeless = [Trial(features(chance.gauss(0, 1)), right=n % 2 == 0, missing=n % 2 == 1) for n in range(400)]
    assert calibrated(1, 100, background(chance), hopeless).threshold(0.99, features(0.0)) > 1


def test_a_calibration_survives_the_store() -> None:
    chance = random.Random(6)
    calibration = calibrated(3, 100, background(chance), rehearsals(chance, 2))
    assert Calibration.from_json(calibration.to_json()) == calibration


@pytest.mark.parametrize("note", [None, "", "{}", "nonsense", '{"revision": 1, "mean": {}, "spread": {}}'])
def test_a_note_of_another_version_is_made_anew(note: str | None) -> None:
    assert Calibration.from_json(note) is None


def test_a_note_made_with_other_weights_is_made_anew() -> None:
    calibration = calibrated(3, 100, background(random.Random(7)), [])
    older = replace(calibration, edition="the one before")
    assert Calibration.from_json(older.to_json()) is None


def test_a_question_that_the_text_repeats_is_not_rehearsed() -> None:
    entry = Article(
        "a", "A", "Where is my parcel? In the depot.", "en", questions=("where is my parcel", "late")
    )
    assert _held_nowhere_else(entry) == [1]

"""What was kept of what was promised, from what the log has; and whether anything has changed."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from bot.events import Review
from connectors.promises import FEWEST, promises
from connectors.reliability import reliability, trade_off
from escalation.reports import Searched
from knowledge.drift import FEWEST as FEWEST_ASKED
from knowledge.drift import shape_drift, share_drift
from tests.builders import MONDAY

ANSWERED = Searched(MONDAY, "en", "answer", False, 0.9, 0.9, 0.7, "returns", None, False, None)
RIGHT = replace(ANSWERED, review=Review.RIGHT, by_chance=True)
WRONG = replace(ANSWERED, review=Review.WRONG, by_chance=True)
PASSED_ON = replace(ANSWERED, kind="escalate", confidence=0.2, uncorrected=0.2)


def test_only_what_was_judged_by_lot_tells_what_was_kept() -> None:
    picked = replace(WRONG, by_chance=False)
    unsure = replace(WRONG, review=Review.INCOMPLETE)
    told = promises([RIGHT] * 9 + [WRONG] + [picked, unsure] * 20 + [PASSED_ON] * 50, [])
    assert (told.kept.part, told.kept.whole) == (9, 10)
    assert (told.asked, told.sent.part) == (100, 50)


def test_answers_with_this_may_help_are_counted_apart_and_with_the_others() -> None:
    hedged = [replace(one, hedged=True, confidence=0.72) for one in (RIGHT, RIGHT, WRONG)]
    told = promises([RIGHT] * 6 + hedged, [])
    assert (told.kept_sure.part, told.kept_sure.whole) == (6, 6)
    assert (told.kept_hedged.part, told.kept_hedged.whole) == (2, 3)
    assert (told.kept.part, told.kept.whole) == (8, 9)


def test_doubtful_answers_are_no_part_of_the_promise() -> None:
    doubtful = [replace(one, hedged=True, confidence=0.6) for one in (RIGHT, WRONG, WRONG)]
    told = promises([RIGHT] * 6 + doubtful, [])
    assert (told.kept.part, told.kept.whole, told.sent.part) == (6, 6, 6)
    assert (told.kept_doubtful.part, told.kept_doubtful.whole) == (1, 3)
    assert (told.doubtful.part, told.doubtful.whole) == (3, 9)


def test_curves_wait_for_enough_judged_answers() -> None:
    assert promises([RIGHT] * (FEWEST - 1), []).bins == ()
    told = promises([RIGHT] * FEWEST, [])
    assert sum(one.right.whole for one in told.bins) == FEWEST
    assert told.curve[-1].sent == 1


def test_languages_and_topics_have_their_own_figures() -> None:
    french = [replace(WRONG, language="fr", entry_id="refunds")] * 3
    told = promises([RIGHT] * 5 + french, [], {"returns": "orders"})
    assert [(one.name, one.kept.part, one.kept.whole) for one in told.languages] == [
        ("en", 5, 5),
        ("fr", 0, 3),
    ]
    assert [(one.name, one.asked) for one in told.topics] == [("orders", 5), (None, 3)]


def test_a_reliable_confidence_is_right_as_often_as_it_says() -> None:
    chance = random.Random(1)
    confidence = [chance.random() for _ in range(2000)]
    bins = reliability(confidence, [chance.random() < sure for sure in confidence])
    assert len(bins) == 10
    assert all(abs(one.said - (one.right.value or 0)) < 0.1 for one in bins)


def test_daring_more_answers_more() -> None:
    confidence = [n / 100 for n in range(100)]
    points = trade_off(confidence, confidence, [sure > 0.5 for sure in confidence])
    assert [point.sent for point in points] == sorted(point.sent for point in points)
    assert points[0].right.value == 1
    assert points[-1].sent == 1


def test_a_change_is_told_and_chance_is_not() -> None:
    chance = random.Random(2)
    usual = [chance.betavariate(4, 2) for _ in range(300)]
    alike = [chance.betavariate(4, 2) for _ in range(300)]
    lower = [chance.betavariate(2, 4) for _ in range(300)]
    assert not shape_drift(usual, alike).is_alarming
    assert shape_drift(usual, lower).is_alarming
    assert not shape_drift(usual, lower[: FEWEST_ASKED - 1]).is_alarming
    assert share_drift(95, 100, 70, 100).is_alarming
    assert not share_drift(95, 100, 92, 100).is_alarming
    assert not share_drift(10, 10, 0, 10).is_alarming


def test_what_drifts_is_seen_against_the_period_before() -> None:
    fortnight = timedelta(days=14)
    before = [replace(ANSWERED, at=MONDAY - fortnight, uncorrected=0.5 + n / 500) for n in range(200)]
    now = [replace(ANSWERED, uncorrected=n / 500) for n in range(200)]
    assert promises(now, before).drifts
    assert not promises(before, before).drifts

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from knowledge.hours import Opening, WrongHours, check, opening

PARIS = ZoneInfo("Europe/Paris")
SUPPORT = "Mo-Fr 09:00-18:00; Sa 10:00-16:00; PH off"


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    """A moment in Paris, in 2026; 20 November is a Friday."""
    return datetime(2026, month, day, hour, minute, tzinfo=PARIS)


def test_an_open_team_says_until_when() -> None:
    assert opening(SUPPORT, at(20, 10), PARIS) == Opening(True, at(20, 18))


def test_a_closed_team_says_when_it_is_back() -> None:
    assert opening(SUPPORT, at(20, 19), PARIS) == Opening(False, at(21, 10))
    assert opening(SUPPORT, at(21, 17), PARIS) == Opening(False, at(23, 9))


def test_hours_hold_in_the_teams_own_time_zone() -> None:
    five_in_montreal = datetime(2026, 11, 20, 5, tzinfo=ZoneInfo("America/Toronto"))
    assert opening(SUPPORT, five_in_montreal, PARIS) == Opening(True, at(20, 18))


def test_a_lunch_break_is_closed_until_the_afternoon() -> None:
    assert opening("Mo-Fr 09:00-12:00,14:00-18:00", at(20, 12, 30), PARIS) == Opening(False, at(20, 14))


def test_christmas_is_a_holiday_where_the_country_is_known() -> None:
    eve = at(24, 20, month=12)
    assert opening(SUPPORT, eve, PARIS, country="FR") == Opening(False, at(26, 10, month=12))
    assert opening(SUPPORT, eve, PARIS) == Opening(False, at(25, 9, month=12))


def test_what_never_changes_has_no_end() -> None:
    assert opening("24/7", at(20, 3), PARIS) == Opening(True, None)
    assert opening("off", at(20, 3), PARIS) == Opening(False, None)


def test_a_night_line_is_open_past_midnight() -> None:
    assert opening("Mo-Su 22:00-06:00", at(20, 23), PARIS) == Opening(True, at(21, 6))


def test_two_neighbouring_openings_are_one() -> None:
    hours = 'Mo-Fr 09:00-12:00 "shop", Mo-Fr 12:00-18:00 "phone"'
    assert opening(hours, at(20, 10), PARIS) == Opening(True, at(20, 18))


def test_the_hour_that_summer_time_skips_is_no_trouble() -> None:
    assert opening("Mo-Su 08:00-20:00", at(28, 23, month=3), PARIS) == Opening(False, at(29, 8, month=3))


@pytest.mark.parametrize("hours", ["Mo-Fr 9h-18h", "lundi 9:00", "", "9-6"])
def test_hours_that_cannot_be_read_are_refused_with_an_example(hours: str) -> None:
    with pytest.raises(WrongHours, match="Mo-Fr 09:00-18:00"):
        check(hours)


def test_an_unknown_country_is_refused_by_name() -> None:
    with pytest.raises(WrongHours, match="ZZ"):
        check("24/7", country="ZZ")

"""The small things that pages are made of: colours, times, places in replies, traces."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.decisions import Escalate, Reason
from bot.events import Customer, OutcomeGiven
from connectors.console import times
from connectors.console.accent import DARK_GROUND, LEGIBLE, LIGHT_GROUND, WHITE, accent_css, contrast
from connectors.console.canned_replies import filled, unfilled
from connectors.console.moments import Later, moment_of, suggested
from connectors.console.names import customer_name, first_name, title_of
from connectors.console.templating import browser_name, hue
from connectors.console.trace import traced
from connectors.console.words import Words
from escalation.ticket import Ticket
from tests.builders import MONDAY

PARIS = ZoneInfo("Europe/Paris")
EN, FR = Words("en"), Words("fr")


@given(st.integers(0, 0xFFFFFF))
def test_any_colour_is_made_legible(colour: int) -> None:
    css = accent_css(f"#{colour:06x}")
    light, dark, ground = re.findall(r"#[0-9a-f]{6}", css)[:3]

    def read(text: str) -> tuple[float, float, float]:
        return int(text[1:3], 16) / 255, int(text[3:5], 16) / 255, int(text[5:], 16) / 255

    rounding = 0.1
    assert contrast(read(ground), WHITE) > LEGIBLE - rounding
    assert contrast(read(light), LIGHT_GROUND) > LEGIBLE - rounding
    assert contrast(read(dark), DARK_GROUND) > LEGIBLE - rounding


def test_a_legible_colour_stays_as_the_company_wants_it() -> None:
    assert "#0b6e4f" in accent_css("#0b6e4f")


@pytest.mark.parametrize(
    ("seconds", "english", "french"),
    [
        (0, "now", "à l'instant"),
        (-5, "now", "à l'instant"),
        (59, "now", "à l'instant"),
        (60, "1\u00a0min", "1\u00a0min"),
        (3 * 3600 + 59, "3\u00a0h", "3\u00a0h"),
        (2 * 86400, "2\u00a0d", "2\u00a0j"),
    ],
)
def test_how_long_ago_is_short(seconds: int, english: str, french: str) -> None:
    assert times.ago(timedelta(seconds=seconds), "en") == english
    assert times.ago(timedelta(seconds=seconds), "fr") == french


def test_how_long_ago_within_a_sentence() -> None:
    assert times.since(timedelta(minutes=10), "en") == "10\u00a0min ago"
    assert times.since(timedelta(minutes=10), "fr") == "il y a 10\u00a0min"
    assert times.since(timedelta(seconds=5), "fr") == "à l'instant"


def test_a_clock_counts_down_and_beyond() -> None:
    told = [times.left(timedelta(minutes=m), "fr") for m in (5, 65, 3000, -7, -130)]
    assert told == ["5\u00a0min", "1\u00a0h\u00a005", "2\u00a0j", "-7\u00a0min", "-2\u00a0h\u00a010"]


def test_exact_times_are_those_of_the_reader() -> None:
    assert times.exact(MONDAY, PARIS, "en") == "Monday 23 November 2026 at 10:00:00"
    assert times.exact(MONDAY, PARIS, "fr") == "lundi 23 novembre 2026 à 10:00:00"
    assert times.day_and_clock(MONDAY, MONDAY, PARIS, "en") == "10:00"
    assert times.day_and_clock(MONDAY - timedelta(days=1), MONDAY, PARIS, "fr") == "dim. 22 nov., 10:00"


@pytest.mark.parametrize("name", ["", "Nowhere/Land", "../../etc/passwd", "\x00", "Europe"])
def test_a_zone_that_is_none_becomes_the_companys(name: str) -> None:
    assert times.zone_named(name, PARIS) is PARIS


def test_later_is_what_people_mean() -> None:
    morning = datetime(2026, 11, 24, 9, 30, tzinfo=PARIS)
    offered = suggested(morning, PARIS)
    assert offered[Later.HOUR] == morning + timedelta(hours=1)
    assert offered[Later.AFTERNOON] == datetime(2026, 11, 24, 14, tzinfo=PARIS)
    assert offered[Later.TOMORROW] == datetime(2026, 11, 25, 9, tzinfo=PARIS)
    assert offered[Later.MONDAY] == datetime(2026, 11, 30, 9, tzinfo=PARIS)
    evening, sunday = datetime(2026, 11, 24, 19, tzinfo=PARIS), datetime(2026, 11, 29, 19, tzinfo=PARIS)
    assert Later.AFTERNOON not in suggested(evening, PARIS)
    assert Later.MONDAY not in suggested(sunday, PARIS), "that is tomorrow"


@given(st.integers(0, 2 * 365 * 24 * 60))
def test_later_is_never_before_now(minutes: int) -> None:
    now = MONDAY + timedelta(minutes=minutes)
    assert all(then > now for then in suggested(now, PARIS).values())


def test_a_moment_is_of_the_colleagues_clock() -> None:
    at = datetime.fromisoformat("2026-11-24T18:00")
    assert moment_of(Later.MOMENT, at, MONDAY, PARIS) == datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    assert moment_of(Later.MOMENT, at.replace(tzinfo=UTC), MONDAY, PARIS).hour == 18


def test_places_are_filled_with_what_is_known() -> None:
    text = "Hello {{ First_Name }}, {{agent}} of {{company}} here. Your {{order}}?"
    told = filled(text, {"first_name": "Camille", "agent": "Zoé", "company": None})
    assert told == "Hello Camille, Zoé of {{company}} here. Your {{order}}?"
    assert unfilled(told) == ["company", "order"]
    assert unfilled("Braces {like} these {} are no places") == []


def a_ticket(customer: Customer | None = None, contact: str | None = None) -> Ticket:
    return Ticket(
        1,
        "c1",
        Reason.FRUSTRATED,
        None,
        None,
        "?",
        "en",
        MONDAY,
        2,
        0.1,
        (),
        customer=customer,
        contact=contact,
    )


def test_a_customer_is_called_what_is_known_of_them() -> None:
    assert customer_name(a_ticket(Customer("7", "Camille Durand", "c@d.fr")), EN) == "Camille Durand"
    assert customer_name(a_ticket(Customer("7", None, "c@d.fr")), EN) == "c@d.fr"
    assert customer_name(a_ticket(None, "left@d.fr"), EN) == "left@d.fr"
    assert re.fullmatch(r"Visiteur [0-9A-F]{4}", customer_name(a_ticket(), FR))
    assert first_name(a_ticket(Customer("7", "Camille Durand"))) == "Camille"
    assert first_name(a_ticket(Customer("7", None, "c@d.fr"))) is None
    assert first_name(a_ticket(Customer("7", "  "))) is None


def test_a_teams_title_loses_its_article() -> None:
    titles = ("l'équipe commandes", "our order team", "notre responsable", "tier_2")
    assert [title_of(title) for title in titles] == [
        "Équipe commandes",
        "Order team",
        "Responsable",
        "Tier 2",
    ]


def test_browsers_are_called_what_people_call_them() -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"
    assert browser_name(firefox) == "Firefox · Linux"
    assert browser_name(edge) == "Edge · Windows"
    assert browser_name("") == "?"
    assert 0 <= hue("zoe") < 8
    assert hue("zoe") == hue("zoe")


json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PARTS = [
    "understanding",
    "candidates",
    "features",
    "timings",
    "judgement",
    "threshold",
    "question",
    "model",
    "error",
]


@given(st.dictionaries(st.sampled_from(PARTS), json, max_size=6))
def test_whatever_a_trace_holds_it_can_be_shown(trace: dict[str, object]) -> None:
    told = traced(OutcomeGiven(Escalate("…", Reason.POLICY), (), 0.0, trace))
    assert all(0 <= one.share <= 100 for one in told.candidates)
    assert told.total >= 0 or any(timing.milliseconds < 0 for timing in told.timings)


def test_a_trace_is_told_in_its_order() -> None:
    trace = {
        "question": "Where is it?",
        "candidates": [
            {"entry_id": "a", "title": "A", "score": 4.0, "language": "en", "signals": {"head": 1.5}},
            {"entry_id": "b", "score": 1.0},
        ],
        "threshold": 0.6,
        "features": {"score": 1.25, "note": "no number"},
        "judgement": {"verdict": "nothing"},
        "timings": {"judge": 1.5, "search": {"embed": 3}},
    }
    told = traced(OutcomeGiven(Escalate("…", Reason.LOW_CONFIDENCE), (2,), 0.4, trace, "en"))
    assert [(one.title, one.share) for one in told.candidates] == [("A", 100), ("b", 25)]
    assert told.candidates[0].signals == (("head", 1.5),)
    assert told.features == (("score", 1.25),)
    assert [timing.step for timing in told.timings] == ["judge"]
    assert (told.question, told.verdict, told.threshold) == ("Where is it?", "nothing", 0.6)

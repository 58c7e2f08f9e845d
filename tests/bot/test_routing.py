"""Which team takes over, and how urgent it is."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.brief import Brief, BriefRefused
from bot.brief_file import parse_brief, read_brief
from bot.conversation import State
from bot.decisions import Priority, Reason
from bot.events import ConversationOpened, Customer, MessageReceived
from bot.handover import hand_over, hand_over_unread
from bot.routing import Case, Routing, route
from knowledge.hours import Opening
from tests.builders import MONDAY, folded_stepwise, logged

ROOT = Path(__file__).parents[2]
PARIS = ZoneInfo("Europe/Paris")
BRIEF = parse_brief("""
country: FR
teams:
  support:
    hours: Mo-Fr 09:00-18:00
    exceptions:
      2026-12-24: 09:00-12:00
      2026-12-28/2027-01-02: off
  orders:
    tags: [delivery]
    languages: [fr]
  orders_en:
    tags: [delivery]
    languages: [en]
  vip: {}
  privacy:
    topics: [data_protection]
customer_tiers:
  gold: high
  partner: urgent
sensitive_topics:
  fraud:
    team: privacy
routing:
  - when: { tier: gold, language: [fr, en] }
    team: vip
    tags: vip
  - when: { reason: [frustrated, repeated_failure], site: outlet }
    priority: normal
  - when: { tags: delivery, reason: not_in_knowledge_base }
    team: support
    tags: [hole]
""")


def routed(reason: Reason = Reason.LOW_CONFIDENCE, **more: object) -> Routing:
    return route(Case(reason, **{"language": "fr", **more}), BRIEF)  # type: ignore[arg-type]


def test_what_no_rule_names_goes_to_the_first_team() -> None:
    assert routed() == Routing("support", Priority.NORMAL, ())
    assert route(Case(Reason.FRUSTRATED), Brief()) == Routing(None, Priority.HIGH, ())


def test_an_articles_tag_finds_the_team_that_speaks_the_language() -> None:
    assert routed(tags=("delivery",)).team == "orders"
    assert routed(tags=("delivery",), language="en").team == "orders_en"
    assert routed(tags=("delivery",), language="de").team == "orders"


def test_a_topic_finds_its_team() -> None:
    assert routed(Reason.SENSITIVE_TOPIC, topic="data_protection").team == "privacy"


def test_a_topics_own_team_knows_best() -> None:
    case = Case(Reason.SENSITIVE_TOPIC, "fr", topic="fraud", tier="gold")
    assert route(case, BRIEF, team="privacy").team == "privacy"


def test_the_first_rule_that_fits_decides_and_others_add_what_it_leaves_open() -> None:
    gold = routed(Reason.NOT_IN_KNOWLEDGE_BASE, tags=("delivery",), tier="gold")
    assert gold == Routing("vip", Priority.HIGH, ("delivery", "vip"))
    plain = routed(Reason.NOT_IN_KNOWLEDGE_BASE, tags=("delivery",))
    assert plain == Routing("support", Priority.NORMAL, ("delivery", "hole"))


def test_a_rule_fits_only_where_all_it_names_fits() -> None:
    assert routed(tier="gold", language="de").team == "support"
    assert routed(tags=("delivery",)).team == "orders"


@pytest.mark.parametrize(
    ("case", "priority"),
    [
        ({"reason": Reason.LOW_CONFIDENCE}, Priority.NORMAL),
        ({"reason": Reason.FRUSTRATED}, Priority.HIGH),
        ({"reason": Reason.REPEATED_FAILURE}, Priority.HIGH),
        ({"reason": Reason.LOW_CONFIDENCE, "frustrated": True}, Priority.HIGH),
        ({"reason": Reason.SENSITIVE_TOPIC, "topic": "fraud"}, Priority.HIGH),
        ({"reason": Reason.SENSITIVE_TOPIC, "topic": "self_harm"}, Priority.URGENT),
        ({"reason": Reason.LOW_CONFIDENCE, "tier": "partner"}, Priority.URGENT),
        ({"reason": Reason.LOW_CONFIDENCE, "tier": "nobody heard of"}, Priority.NORMAL),
        ({"reason": Reason.FRUSTRATED, "site": "outlet"}, Priority.NORMAL),
    ],
)
def test_the_most_urgent_counts_unless_a_rule_says_otherwise(
    case: dict[str, object], priority: Priority
) -> None:
    assert routed(**case).priority is priority  # type: ignore[arg-type]


def test_the_customer_is_told_of_the_team_they_go_to() -> None:
    brief = parse_brief("teams:\n  support: {}\n  vip:\n    title: { en: our VIP desk }\n    hours: 24/7\n"
                        "customer_tiers: { gold: high }\n"
                        "routing:\n  - when: { tier: gold }\n    team: vip\n")  # fmt: skip
    told = hand_over(brief, Case(Reason.LOW_CONFIDENCE, "en", tier="gold"), MONDAY)
    assert (told.team, told.priority) == ("vip", Priority.HIGH)
    assert "Our VIP desk is here day and night" in told.text


def test_who_presses_the_button_is_routed_by_what_is_known_of_them() -> None:
    told = hand_over_unread(BRIEF, Reason.ASKED_FOR_PERSON, opened(Customer("1", tier="gold")), MONDAY)
    assert (told.team, told.priority, told.reason) == ("vip", Priority.HIGH, Reason.ASKED_FOR_PERSON)
    assert hand_over_unread(BRIEF, Reason.UNAVAILABLE, opened(None), MONDAY).team == "support"


def opened(customer: Customer | None) -> State:
    first, *rest = logged(MessageReceived("m1", "?"))
    first = type(first)(1, "c1", 1, MONDAY, first.author, ConversationOpened("fr", customer=customer))
    return folded_stepwise([first, *rest])


def paris(day: int, hour: int, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=PARIS)


def test_exceptions_are_kept_to() -> None:
    calendar = BRIEF.calendar("support")
    assert calendar.opening(paris(24, 10)) == Opening(True, paris(24, 12))
    assert calendar.opening(paris(29, 10)) == Opening(False, datetime(2027, 1, 4, 9, tzinfo=PARIS))
    assert BRIEF.calendar("orders").opening(paris(29, 10)).open


def test_an_unknown_team_is_the_default_one() -> None:
    assert BRIEF.team(None) is BRIEF.teams["support"]
    assert BRIEF.team("closed last year") is BRIEF.teams["support"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("routing:\n  - team: nobody\n", "line 2, routing.0.team: there is no team 'nobody'"),
        ("routing:\n  - when: { reason: angry }\n    team: a\n", "routing.0.when.reason.0: 'angry' is not"),
        ("routing:\n  - when: {}\n", "line 2, routing.0: a rule says a team, a priority or tags"),
        ("routing:\n  - when: { tier: gold }\n    priority: high\n", "there is no tier 'gold' in"),
        ("routing:\n  - when: { topic: x }\n    priority: high\n", "there is no topic 'x'"),
        ("routing:\n  - wenn: {}\n    priority: high\n", "routing.0.wenn: there is no such field; did you"),
        ("teams:\n  a:\n    topics: [x]\n", "line 3, teams.a.topics: there is no topic 'x'"),
        ("teams:\n  a:\n    exceptions: { 24.12.: off }\n", "line 3, teams.a.exceptions: '24.12.' is no day"),
        ("teams:\n  a:\n    exceptions: { 2026-12-24: 9h }\n", "teams.a.exceptions: the opening hours"),
        ("teams:\n  a:\n    exceptions: { 2026-12-24: off }\n", "exceptions need hours"),
        ("teams:\n  a:\n    assignment: push\n", "allowed: pull, round_robin"),
        ("teams:\n  a:\n    idle: 0\n", "line 3, teams.a.idle: input should be greater than 0"),
        ("service_levels:\n  hot: {}\n", "service_levels.hot: 'hot' is not allowed; allowed: low"),
        ("service_levels:\n  high: { first_answer: 5 }\n", "service_levels.high.first_answer: there is no"),
        ("customer_tiers: { gold: very }\n", "customer_tiers.gold: 'very' is not allowed"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(text: str, problem: str) -> None:
    with pytest.raises(BriefRefused) as refused:
        parse_brief(text)
    assert problem in "\n".join(refused.value.problems)


def test_the_demo_shops_teams_are_believable() -> None:
    brief = read_brief(ROOT / "deploy/demo/brief.yaml")
    assert len(brief.teams) >= 4
    assert brief.routing
    assert brief.service_levels

"""Where a team shares its customers out, each gets the one who can help them, in turn."""

from __future__ import annotations

from datetime import timedelta

from escalation.assignment import assignee
from escalation.queue import Workload
from escalation.roster import Agent
from escalation.ticket import Ticket
from tests.builders import MONDAY, an_agent
from tests.escalation.tickets import a_ticket


def there(name: str, **more: object) -> Agent:
    return an_agent(name, on_duty=True, **more)


def given_to(ticket: Ticket, *agents: Agent, **workloads: Workload) -> str | None:
    agent = assignee(ticket, agents, workloads)
    return agent.name if agent else None


def busy(claimed: int, minutes_ago: float = 0) -> Workload:
    return Workload(claimed, MONDAY - timedelta(minutes=minutes_ago))


def test_nobody_is_given_anything_off_duty() -> None:
    assert given_to(a_ticket(), an_agent("zoe"), there("ali", active=False)) is None


def test_only_the_teams_own_people_are_asked() -> None:
    orders, everybody = there("zoe", teams=frozenset({"orders"})), there("lea")
    assert given_to(a_ticket(team="support"), orders, everybody, lea=busy(9)) == "lea"
    assert given_to(a_ticket(team="support"), orders) is None


def test_who_speaks_the_language_comes_first_whoever_is_there_comes_after() -> None:
    french, english = there("zoe", languages=frozenset({"fr"})), there("tom", languages=frozenset({"en"}))
    assert given_to(a_ticket(language="en"), french, english, tom=busy(5)) == "tom"
    assert given_to(a_ticket(language="en"), french) == "zoe"


def test_who_knows_the_subject_comes_before_who_is_free() -> None:
    knows = there("zoe", skills=frozenset({"delivery"}))
    ticket = a_ticket(tags=("delivery",))
    assert given_to(ticket, knows, there("ali"), zoe=busy(2)) == "zoe"


def test_who_has_the_fewest_is_next_and_then_who_waits_longest() -> None:
    agents = there("ali"), there("tom"), there("zoe")
    assert given_to(a_ticket(), *agents, ali=busy(2), tom=busy(1), zoe=busy(3)) == "tom"
    assert given_to(a_ticket(), *agents, ali=busy(1, 5), tom=busy(1, 9), zoe=busy(1, 1)) == "tom"
    assert given_to(a_ticket(), *agents, ali=busy(0, 5), tom=busy(0, 9)) == "zoe"


def test_who_is_full_is_left_alone() -> None:
    full, other = there("zoe", capacity=2), there("ali")
    assert given_to(a_ticket(), full, other, zoe=busy(2), ali=busy(7)) == "ali"
    assert given_to(a_ticket(), full, zoe=busy(2)) is None


def test_who_left_this_customer_waiting_is_asked_last() -> None:
    ticket = a_ticket(released_from=("zoe",))
    assert given_to(ticket, there("zoe"), there("ali"), ali=busy(5)) == "ali"
    assert given_to(ticket, there("zoe")) == "zoe"

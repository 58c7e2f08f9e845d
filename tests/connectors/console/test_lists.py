"""The address of a list, and what it lets pass."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from hypothesis import given
from hypothesis import strategies as st

from bot.decisions import Priority, Reason
from connectors.console.lists import Show, Wanted, filter_of, wanted_of
from escalation.queue import Order
from escalation.ticket import Closing, Status

word = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)
said = word.map(str.strip).filter(bool)
wanted = st.builds(
    Wanted,
    show=st.sampled_from(Show),
    team=st.none() | said,
    reason=st.none() | st.sampled_from(Reason),
    language=st.none() | said,
    site=st.none() | said,
    priority=st.none() | st.sampled_from(Priority),
    tag=st.none() | said,
    owner=st.none() | said,
    late=st.none() | st.just(True),
    q=st.none() | said,
    order=st.none() | st.sampled_from(Order),
)


@given(wanted)
def test_a_list_is_its_address(wanted: Wanted) -> None:
    assert wanted_of(wanted.query) == wanted


@given(st.dictionaries(st.sampled_from([*Wanted.model_fields, "else"]), st.text(max_size=30), max_size=6))
def test_nonsense_in_an_address_is_passed_over(nonsense: dict[str, str]) -> None:
    assert isinstance(wanted_of(urlencode(nonsense)), Wanted)


@given(wanted)
def test_a_changed_list_differs_in_what_was_changed_only(wanted: Wanted) -> None:
    changed = wanted_of(wanted.with_(team="orders").partition("?")[2])
    assert changed == wanted.model_copy(update={"team": "orders"})
    assert wanted_of(changed.with_(team=None).partition("?")[2]) == wanted.model_copy(update={"team": None})


def test_what_is_usual_is_not_said() -> None:
    assert Wanted().query == ""
    assert Wanted().with_() == "/queue?"
    assert dict(parse_qsl(Wanted(show=Show.MINE, late=True).query)) == {"show": "mine", "late": "1"}


def test_lists_let_pass_what_they_are_called() -> None:
    def shown(show: Show) -> tuple[frozenset[Status], bool | None, str | None, Closing | None]:
        filters = filter_of(Wanted(show=show), "zoe")
        return filters.statuses, filters.snoozed, filters.claimed_by, filters.closed_how

    live = frozenset({Status.OPEN, Status.ASSIGNED, Status.CLAIMED})
    assert shown(Show.OPEN) == (live, False, None, None)
    assert shown(Show.WAITING) == (frozenset({Status.OPEN}), False, None, None)
    assert shown(Show.MINE) == (frozenset({Status.ASSIGNED, Status.CLAIMED}), False, "zoe", None)
    assert shown(Show.SNOOZED) == (live, True, None, None)
    assert shown(Show.CLOSED) == (frozenset({Status.RESOLVED}), None, None, None)
    assert shown(Show.SPAM) == (frozenset({Status.RESOLVED}), None, None, Closing.SPAM)


def test_the_most_urgent_come_first_and_closed_ones_by_date() -> None:
    assert Wanted().sorted_by is Order.URGENCY
    assert Wanted(show=Show.CLOSED).sorted_by is Order.NEWEST
    assert Wanted(show=Show.CLOSED, order=Order.OLDEST).sorted_by is Order.OLDEST

"""What Comptoir says in Slack of its own: a name for each thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.decisions import Priority
from bot.events import Measure


@dataclass(frozen=True, slots=True)
class Words:
    language: str

    # Answers
    sure: str
    less_sure: str
    internal: str
    useful: str
    not_useful: str
    sources: str
    share: str
    correct: str
    ask_person: str
    thanks: str
    what_was_missing: str
    shared_by: str
    not_shareable: str
    not_here: str
    joined: str
    closed: str
    bot_again: str
    only_you: str
    looking: str
    welcome: str
    suggestions: tuple[str, ...]
    usage: str
    person_called: str
    already_with_person: str

    # Cards
    waiting: str
    claimed: str
    assigned: str
    snoozed: str
    resolved: str
    moved: str
    given: str
    given_by: str
    no_question: str
    reason: str
    found: str
    closest: str
    tried: str
    draft: str
    unlikely: str
    due: Mapping[Measure, str]
    priority: Mapping[Priority, str]
    claim: str
    assign: str
    snooze: str
    not_for_us: str
    open: str
    reply: str
    request_draft: str
    resolve: str
    hand_back: str
    release: str
    more: str
    before: str
    customer: str
    bot: str
    to_customer: str
    note: str
    promised: str
    edit: str
    withdraw: str
    edited: str
    withdrawn: str
    late: Mapping[Measure, str]
    nearly_late: Mapping[Measure, str]

    # What is told to one person
    has_it: str
    you_have_it: str
    no_account: str
    too_late: str
    claim_first: str
    customer_wrote: str
    not_allowed: str
    the_customer: str
    noted: str
    send: str
    sent: str
    sent_before: str
    reads_edited: str
    reads_withdrawn: str
    reads_as_before: str
    with_colleague: str
    not_yours: str
    is_withdrawn: str
    edit_in_console: str
    no_draft: str
    draft_for_you: str
    no_other_team: str
    which_one: str
    unknown_number: str
    slow: str
    nobody_there: str
    not_a_note: str
    on: str
    off: str
    done: str

    # Forms
    cancel: str
    save: str
    send_title: str
    will_see: str
    reply_label: str
    edit_title: str
    will_reread: str
    withdraw_title: str
    will_withdraw: str
    correct_title: str
    correct_label: str
    corrected: str
    mark_label: str
    wrong: str
    incomplete: str
    assign_title: str
    colleague: str
    snooze_title: str
    until: str
    hour: str
    four_hours: str
    tomorrow: str
    next_week: str
    team_title: str
    team: str
    missing_title: str
    missing_label: str
    sources_title: str

    # App home and digest
    mine: str
    queue: str
    nothing: str
    on_duty: str
    off_duty: str
    go_on: str
    go_off: str
    home_stranger: str
    digest: str
    digest_open: str
    digest_late: str
    and_more: str

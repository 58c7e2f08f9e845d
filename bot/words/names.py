"""What there is to say, by name, and which placeholders each phrase has."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Phrase(StrEnum):
    """What there is to say. The brief replaces a phrase by this name."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    WHO_ARE_YOU = "who_are_you"
    HOW_ARE_YOU = "how_are_you"
    NEEDS_HELP = "needs_help"
    GLAD = "glad"
    TELL_ME_MORE = "tell_me_more"
    UNREADABLE = "unreadable"
    ONLY_HELP = "only_help"
    REFUSE = "refuse"

    HEDGE = "hedge"
    DOUBT = "doubt"
    OFFER_PERSON = "offer_person"
    OTHER_LANGUAGE = "other_language"
    TRANSLATED = "translated"
    ROUTE = "route"
    CLARIFY = "clarify"
    SHORTLIST = "shortlist"

    ASKED_FOR_PERSON = "asked_for_person"
    LOW_CONFIDENCE = "low_confidence"
    NOT_IN_KNOWLEDGE_BASE = "not_in_knowledge_base"
    SENSITIVE_TOPIC = "sensitive_topic"
    FRUSTRATED = "frustrated"
    REPEATED_FAILURE = "repeated_failure"
    UNAVAILABLE = "unavailable"
    POLICY = "policy"
    ACTION_FAILED = "action_failed"
    SELF_HARM = "self_harm"

    OUR_TEAM = "our_team"
    TEAM_OPEN = "team_open"
    TEAM_ALWAYS_OPEN = "team_always_open"
    TEAM_BACK = "team_back"
    TEAM_NO_HOURS = "team_no_hours"

    IN_LINE = "in_line"
    IN_LINE_MINUTES = "in_line_minutes"
    IN_LINE_LATER = "in_line_later"
    IN_LINE_CLOSED = "in_line_closed"
    IN_LINE_AWAY = "in_line_away"
    WILL_TAKE_IT = "will_take_it"
    PROMISE = "promise"
    PROMISE_NO_HOURS = "promise_no_hours"
    PROMISE_BROKEN = "promise_broken"
    LEAVE_ADDRESS = "leave_address"


COMMON_PLACES = frozenset({"company", "assistant"})
"""Placeholders that any phrase may use."""

PLACES: Mapping[Phrase, frozenset[str]] = {
    Phrase.OTHER_LANGUAGE: frozenset({"language"}),
    Phrase.TRANSLATED: frozenset({"language"}),
    Phrase.CLARIFY: frozenset({"first", "second"}),
    Phrase.TEAM_OPEN: frozenset({"team", "time"}),
    Phrase.TEAM_ALWAYS_OPEN: frozenset({"team"}),
    Phrase.TEAM_BACK: frozenset({"team", "moment"}),
    Phrase.TEAM_NO_HOURS: frozenset({"team"}),
    Phrase.IN_LINE: frozenset({"place"}),
    Phrase.IN_LINE_MINUTES: frozenset({"place", "minutes"}),
    Phrase.IN_LINE_LATER: frozenset({"place", "team", "moment"}),
    Phrase.IN_LINE_CLOSED: frozenset({"place", "team", "moment"}),
    Phrase.IN_LINE_AWAY: frozenset({"place"}),
    Phrase.WILL_TAKE_IT: frozenset({"person"}),
    Phrase.PROMISE: frozenset({"team", "moment"}),
    Phrase.PROMISE_NO_HOURS: frozenset({"team"}),
    Phrase.PROMISE_BROKEN: frozenset({"team"}),
}
"""Placeholders of one phrase."""

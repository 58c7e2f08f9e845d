"""A person is needed: who, how urgently, and what the customer is told of it, by their business hours.

Nothing that is not known: no place in a queue, no minutes. Those change, and doors show them as they are.
"""

from __future__ import annotations

from datetime import datetime

from bot.brief import Brief
from bot.brief_parts import text_in
from bot.conversation import State
from bot.decisions import Escalate, Reason
from bot.routing import Case, route
from bot.words.moments import moment, until_when
from bot.words.names import Phrase
from bot.words.phrases import Words
from knowledge.hours import Opening


def hand_over(
    brief: Brief, case: Case, now: datetime, team: str | None = None, words: str | None = None
) -> Escalate:
    """`team` and `words` are those that the topic itself names."""
    routing = route(case, brief, team)
    language = case.language or brief.languages[0]
    text = handover_text(brief, language, now, case.reason, routing.team, words)
    return Escalate(text, case.reason, case.topic, routing.team, routing.priority, routing.tags)


def hand_over_unread(brief: Brief, reason: Reason, state: State, now: datetime) -> Escalate:
    """Without a turn that understood what it is about: the button was pressed, or the turn failed."""
    tier = state.customer.tier if state.customer else None
    return hand_over(brief, Case(reason, state.language, tags=state.tags, site=state.site, tier=tier), now)


def handover_text(
    brief: Brief,
    language: str,
    now: datetime,
    reason: Reason,
    team: str | None = None,
    words: str | None = None,
) -> str:
    """`words` come before the reason's own phrase; `team` is a name in the brief, else the default team."""
    spoken = brief.words(language)
    return f"{words or spoken.say(Phrase(reason.value))} {when_they_answer(brief, spoken, now, team)}"


def team_title(brief: Brief, words: Words, team: str | None) -> str:
    """As customers read it inside a sentence."""
    return text_in(brief.team(team).title, words.language) or words.name(Phrase.OUR_TEAM)


def when_they_answer(brief: Brief, words: Words, now: datetime, team: str | None) -> str:
    title = team_title(brief, words, team)
    if brief.team(team).hours is None:
        return words.say(Phrase.TEAM_NO_HOURS, team=title)
    match brief.calendar(team).opening(now):
        case Opening(open=True, until=None):
            return words.say(Phrase.TEAM_ALWAYS_OPEN, team=title)
        case Opening(open=True, until=datetime() as until):
            return words.say(Phrase.TEAM_OPEN, team=title, time=until_when(until, now, words.language))
        case Opening(until=datetime() as until):
            return words.say(Phrase.TEAM_BACK, team=title, moment=moment(until, now, words.language))
        case _:
            return words.say(Phrase.TEAM_NO_HOURS, team=title)

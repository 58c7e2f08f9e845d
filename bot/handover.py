"""What a customer is told when a person takes over: who, and when, by their business hours.

Nothing that is not known: no place in a queue, no minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.brief import Brief, Team, text_in
from bot.decisions import Reason
from bot.words.moments import moment, until_when
from bot.words.names import Phrase
from bot.words.phrases import Words
from knowledge.hours import Opening, opening


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
    return f"{words or spoken.say(Phrase(reason.value))} {_when(brief, spoken, now, team)}"


def team_for(brief: Brief, tags: Iterable[str] = ()) -> str | None:
    """The first team that one of the tags belongs to, else the default; None when the brief lists none."""
    for tag in tags:
        for name, team in brief.teams.items():
            if tag in team.tags:
                return name
    return brief.default_team or next(iter(brief.teams), None)


def _when(brief: Brief, words: Words, now: datetime, name: str | None) -> str:
    team = brief.teams.get(name or team_for(brief) or "", Team())
    title = text_in(team.title, words.language) or words.name(Phrase.OUR_TEAM)
    if team.hours is None:
        return words.say(Phrase.TEAM_NO_HOURS, team=title)
    zone = ZoneInfo(team.timezone) if team.timezone else brief.zone
    match opening(team.hours, now, zone, brief.country):
        case Opening(open=True, until=None):
            return words.say(Phrase.TEAM_ALWAYS_OPEN, team=title)
        case Opening(open=True, until=datetime() as until):
            return words.say(Phrase.TEAM_OPEN, team=title, time=until_when(until, now, words.language))
        case Opening(until=datetime() as until):
            return words.say(Phrase.TEAM_BACK, team=title, moment=moment(until, now, words.language))
        case _:
            return words.say(Phrase.TEAM_NO_HOURS, team=title)

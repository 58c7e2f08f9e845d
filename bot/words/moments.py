"""Times as people say them: "until 18:00", "demain à 9 h". Numbers follow the language."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from bot.words.waiting import NO_BREAK, hours_and_minutes
from knowledge.hours import Opening

_NIGHT = timedelta(hours=12)
"""A place open past midnight closes "at 6:00": nobody says tomorrow."""


def hours_now(opening: Opening, now: datetime, language: str) -> str:
    """What a card says of its hours: "open until 18:00", « fermé, rouvre demain à 9 h »."""
    french = language == "fr"
    match opening:
        case Opening(open=True, until=None):
            return f"ouvert 24{NO_BREAK}h/24" if french else "always open"
        case Opening(open=False, until=None):
            return "fermé" if french else "closed"
        case Opening(open=True, until=datetime() as until):
            return ("ouvert jusqu'à " if french else "open until ") + until_when(until, now, language)
        case Opening(until=datetime() as until):
            return ("fermé, rouvre " if french else "closed, reopens ") + moment(until, now, language)
    raise AssertionError(opening)


def until_when(then: datetime, now: datetime, language: str) -> str:
    """The end of something that lasts now: "18:00", "tomorrow at 18:00"."""
    if then - now <= _NIGHT:
        return clock(then, language)
    return moment(then, now, language)


def moment(then: datetime, now: datetime, language: str) -> str:
    """When something will be: "at 14:00", "tomorrow at 9:00", "on Monday at 9:00", « le 4 janvier à 9 h »."""
    at = f"{'à' if language == 'fr' else 'at'} {clock(then, language)}"
    day = _day(then, now, language)
    return f"{day} {at}" if day else at


def clock(time: datetime, language: str) -> str:
    if language != "fr":
        return "midnight" if (time.hour, time.minute) == (0, 0) else f"{time.hour}:{time.minute:02d}"
    if (time.hour, time.minute) == (0, 0):
        return "minuit"
    return hours_and_minutes(time.hour, time.minute)


def _day(then: datetime, now: datetime, language: str) -> str:
    french = language == "fr"
    days = (then.date() - now.astimezone(then.tzinfo).date()).days
    if days == 0:
        return ""
    if days == 1:
        return "demain" if french else "tomorrow"
    locale = "fr" if french else "en_GB"
    if days < 7:
        name = format_date(then, "EEEE", locale=locale)
        return name if french else f"on {name}"
    date = format_date(then, "d MMMM", locale=locale)
    return f"le {date}" if french else f"on {date}"


@lru_cache(maxsize=256)
def language_name(code: str, language: str) -> str:
    """What `language` calls the language `code`: "German", « allemand ». An unknown code stays as it is."""
    try:
        name = Locale.parse(code).get_language_name("fr" if language == "fr" else "en")
    except (UnknownLocaleError, ValueError):
        return code
    return name or code


def full_date(then: datetime, language: str) -> str:
    """ "7 December 2026", « 1er décembre 2026 »."""
    if language == "fr":
        return re.sub(r"^1 ", "1er ", format_date(then, "d MMMM y", locale="fr"))
    return format_date(then, "d MMMM y", locale="en_GB")

"""Times as the team reads them: how long ago, and exactly when in their own zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, get_day_names, get_month_names

from bot.words.waiting import NO_BREAK
from connectors.console.words import Words

MINUTE, HOUR, DAY = 60, 3600, 86400


def ago(span: timedelta, language: str) -> str:
    """Short: "now", "5 min", "3 h", "2 d". times.js says the same and keeps it true."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < MINUTE:
        return "à l'instant" if language == "fr" else "now"
    if seconds < HOUR:
        return f"{seconds // MINUTE}{NO_BREAK}min"
    if seconds < DAY:
        return f"{seconds // HOUR}{NO_BREAK}h"
    return f"{seconds // DAY}{NO_BREAK}{'j' if language == 'fr' else 'd'}"


def since(span: timedelta, language: str) -> str:
    """In a sentence: "now", "5 min ago"."""
    short = ago(span, language)
    if span < timedelta(seconds=MINUTE):
        return short
    return f"il y a {short}" if language == "fr" else f"{short} ago"


def left(span: timedelta, language: str) -> str:
    """Of a clock: "12 min", "1 h 05", and "-3 min" when it is over."""
    seconds = int(span.total_seconds())
    sign, minutes = ("-" if seconds < 0 else ""), abs(seconds) // 60
    if minutes < 60:
        return f"{sign}{minutes}{NO_BREAK}min"
    if minutes < 24 * 60:
        return f"{sign}{minutes // 60}{NO_BREAK}h{NO_BREAK}{minutes % 60:02d}"
    return f"{sign}{minutes // (24 * 60)}{NO_BREAK}{'j' if language == 'fr' else 'd'}"


def exact(moment: datetime, zone: ZoneInfo, language: str) -> str:
    """ "Monday 23 November 2026 at 10:00:01"."""
    local, names = moment.astimezone(zone), _names(language)
    day = f"{names.days[local.weekday()]} {local.day} {names.months[local.month]} {local.year}"
    return f"{day} {names.at} {local:%H:%M:%S}"


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """ "10:32"."""
    return f"{moment.astimezone(zone):%H:%M}"


def day_and_clock(moment: datetime, now: datetime, zone: ZoneInfo, language: str) -> str:
    """ "10:32", and with its day when that is not today's: "Mon 23 Nov, 10:32"."""
    local, names = moment.astimezone(zone), _names(language)
    if local.date() == now.astimezone(zone).date():
        return f"{local:%H:%M}"
    return f"{names.short_days[local.weekday()]} {local.day} {names.short_months[local.month]}, {local:%H:%M}"


def day(date: date, language: str) -> str:
    """ "Mon 23 Nov"."""
    names = _names(language)
    return f"{names.short_days[date.weekday()]} {date.day} {names.short_months[date.month]}"


def days(first: date, last: date, words: Words) -> str:
    """ "9 November to 23 November 2026"."""
    locale = _locale(words.language)
    if first == last:
        return format_date(first, "d MMMM y", locale)
    form = "d MMMM" if first.year == last.year else "d MMMM y"
    since, until = format_date(first, form, locale), format_date(last, "d MMMM y", locale)
    return words("{first} to {last}", first=since, last=until)


def weekdays(language: str) -> list[str]:
    """Monday first, short."""
    names = get_day_names("abbreviated", locale=_locale(language))
    return [names[number] for number in range(7)]


def zone_named(name: str, default: ZoneInfo) -> ZoneInfo:
    """What a browser says is its zone, if there is such a zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return default


def _locale(language: str) -> str:
    return "fr" if language == "fr" else "en_GB"


@dataclass(frozen=True, slots=True)
class _Names:
    """By number: Monday is 0, January is 1."""

    days: Mapping[int, str]
    short_days: Mapping[int, str]
    months: Mapping[int, str]
    short_months: Mapping[int, str]
    at: str


@cache
def _names(language: str) -> _Names:
    """Looked up once: a list is full of times."""
    locale = _locale(language)
    return _Names(
        dict(get_day_names("wide", locale=locale)),
        dict(get_day_names("abbreviated", locale=locale)),
        dict(get_month_names("wide", locale=locale)),
        dict(get_month_names("abbreviated", locale=locale)),
        "à" if language == "fr" else "at",
    )

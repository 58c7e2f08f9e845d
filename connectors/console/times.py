"""Times as the team reads them: how long ago, and exactly when in their own zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, format_datetime, get_day_names

from connectors.console.words import Words

MINUTE, HOUR, DAY = 60, 3600, 86400


def ago(span: timedelta, language: str) -> str:
    """Short: "now", "5 min", "3 h", "2 d". times.js says the same and keeps it true."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < MINUTE:
        return "à l'instant" if language == "fr" else "now"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min"
    if seconds < DAY:
        return f"{seconds // HOUR} h"
    return f"{seconds // DAY} {'j' if language == 'fr' else 'd'}"


def left(span: timedelta, language: str) -> str:
    """Of a clock: "12 min", "1 h 05", and "-3 min" when it is over."""
    seconds = int(span.total_seconds())
    sign, minutes = ("-" if seconds < 0 else ""), abs(seconds) // 60
    if minutes < 60:
        return f"{sign}{minutes} min"
    if minutes < 24 * 60:
        return f"{sign}{minutes // 60} h {minutes % 60:02d}"
    return f"{sign}{minutes // (24 * 60)} {'j' if language == 'fr' else 'd'}"


def exact(moment: datetime, zone: ZoneInfo, language: str) -> str:
    """ "Monday 23 November 2026 at 10:00:01"."""
    pattern = "EEEE d MMMM y 'à' HH:mm:ss" if language == "fr" else "EEEE d MMMM y 'at' HH:mm:ss"
    return format_datetime(moment, pattern, zone, locale="fr" if language == "fr" else "en_GB")


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """ "10:32"."""
    return f"{moment.astimezone(zone):%H:%M}"


def day_and_clock(moment: datetime, now: datetime, zone: ZoneInfo, language: str) -> str:
    """ "10:32", and with its day when that is not today's: "Mon 23 Nov, 10:32"."""
    if moment.astimezone(zone).date() == now.astimezone(zone).date():
        return clock(moment, zone)
    return format_datetime(moment, "EEE d MMM, HH:mm", zone, locale="fr" if language == "fr" else "en_GB")


def day(date: date, language: str) -> str:
    """ "Mon 23 Nov"."""
    return format_date(date, "EEE d MMM", _locale(language))


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

"""A place in a queue and a wait, as people say them: "2nd", « n° 2 », "about an hour"."""

from __future__ import annotations

NO_BREAK = "\u00a0"
"""In French, between a number and its unit: no line ends there."""


def place_in_line(place: int, language: str) -> str:
    """What stands in "You're … in line", « Vous êtes … »."""
    if language == "fr":
        return f"n°{NO_BREAK}{place}"
    return "next" if place == 1 else ordinal(place)


def ordinal(number: int) -> str:
    """In English: 1st, 2nd, 3rd, 11th, 21st."""
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def duration(minutes: int, language: str) -> str:
    """After "about", « environ »: "4 minutes", "an hour and a half", « 1 h 30 »."""
    if minutes < 60:
        space = NO_BREAK if language == "fr" else " "
        return f"{minutes}{space}minute" + ("s" if minutes > 1 else "")
    hours, rest = divmod(minutes, 60)
    if language == "fr":
        return hours_and_minutes(hours, rest)
    if hours == 1:
        return "an hour" + _AND.get(rest, f" and {rest} minutes")
    return f"{hours}½ hours" if rest == 30 else f"{hours} hours" + _AND.get(rest, f" and {rest} minutes")


def hours_and_minutes(hours: int, minutes: int) -> str:
    """In French, a time of day or a length: « 14 h 30 », « 9 h »."""
    whole = f"{hours}{NO_BREAK}h"
    return f"{whole}{NO_BREAK}{minutes:02d}" if minutes else whole


_AND = {0: "", 15: " and a quarter", 30: " and a half", 45: " and three quarters"}

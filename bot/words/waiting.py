"""A place in a queue and a wait, as people say them: "2nd", « n° 2 », "about an hour"."""

from __future__ import annotations


def place_in_line(place: int, language: str) -> str:
    """What stands in "You're … in line", « Vous êtes … »."""
    if language == "fr":
        return f"n° {place}"
    return "next" if place == 1 else ordinal(place)


def ordinal(number: int) -> str:
    """In English: 1st, 2nd, 3rd, 11th, 21st."""
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def duration(minutes: int, language: str) -> str:
    """After "about", « environ »: "4 minutes", "an hour and a half", « 1 h 30 »."""
    if minutes < 60:
        return f"{minutes} minute" + ("s" if minutes > 1 else "")
    hours, rest = divmod(minutes, 60)
    if language == "fr":
        return f"{hours} h {rest:02d}" if rest else f"{hours} h"
    if hours == 1:
        return "an hour" + _AND.get(rest, f" and {rest} minutes")
    return f"{hours}½ hours" if rest == 30 else f"{hours} hours" + _AND.get(rest, f" and {rest} minutes")


_AND = {0: "", 15: " and a quarter", 30: " and a half", 45: " and three quarters"}

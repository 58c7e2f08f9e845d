"""The overview's figures as people read them: each with how it is counted, and with what it was before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.words.waiting import NO_BREAK
from connectors.console.words import Words
from escalation.endings import Ending
from escalation.reports import Durations, Overview, Share


class Trend(StrEnum):
    BETTER = "better"
    WORSE = "worse"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    """Of the figure, for addresses and exports."""
    title: str
    value: str
    rule: str
    """How it is counted."""
    detail: str = ""
    """What it is a part of, or how sure it is."""
    before: str = ""
    """In the period before."""
    trend: Trend = Trend.NEITHER


NOTHING = "–"


def figures(now: Overview, before: Overview, _: Words) -> list[Figure]:
    return [
        Figure(
            "conversations",
            _("Conversations"),
            _.number(now.conversations),
            _(
                "Conversations that began in the period, with at least one word of the customer or a wish "
                "for a person. Spam and what was merged into another one are left out ({number} here).",
                number=_.number(now.left_out),
            ),
            before=_.number(before.conversations),
        ),
        Figure(
            "alone",
            _("Settled by the assistant"),
            _share(now.alone, _),
            _(
                "Of the conversations whose end is known: those that the assistant settled alone, as the "
                "customer confirmed or as we assume. No person was needed, and nobody came back within "
                "seven days. What is still under way does not count."
            ),
            _part(now.alone, _),
            _share(before.alone, _),
            _trend(now.alone.value, before.alone.value, 0.01),
        ),
        Figure(
            "judged",
            _("Answers judged right"),
            _share(now.judged, _),
            _(
                "Of the assistant's answers in the period that a colleague marked: those marked right. "
                "Incomplete, wrong in tone, or better left to a person do not count as right; of several "
                "marks the last one counts. The interval holds the true share in 95 of 100 such samples "
                "(Wilson), if what was marked was chosen by chance, as under “Judge”."
            ),
            _interval(now.judged, _),
            _share(before.judged, _),
        ),
        Figure(
            "satisfied",
            _("Satisfied customers"),
            _share(now.satisfied, _),
            _(
                "Of the ratings given to conversations that began in the period: those with four or five "
                "stars. Customers who do not rate are not counted, and they may think otherwise."
            ),
            _stars(now, _),
            _share(before.satisfied, _),
            _trend(now.satisfied.value, before.satisfied.value, 0.02),
        ),
        Figure(
            "waiting",
            _("Wait for a person"),
            duration(now.waiting.median, _),
            _(
                "From each escalation in the period until a person's first words; half of the customers "
                "waited no longer, nine in ten no longer than the second figure. By the clock on the wall: "
                "nights and weekends count. Who is still waiting is not in it."
            ),
            _ninetieth(now.waiting, _),
            duration(before.waiting.median, _),
            _trend(_negative(now.waiting.median), _negative(before.waiting.median), 60),
        ),
        Figure(
            "escalations",
            _("Passed to people"),
            _.number(now.escalations),
            _(
                "Times that a conversation was handed to people in the period, by the assistant, the "
                "customer or a colleague. A conversation may be handed over more than once; spam is left out."
            ),
            before=_.number(before.escalations),
        ),
    ]


def ending_name(ending: Ending, _: Words) -> str:
    return {
        Ending.CONFIRMED: _("Confirmed by the customer"),
        Ending.ASSUMED: _("Assumed settled"),
        Ending.ESCALATED: _("Passed to people|ending"),
        Ending.REOPENED: _("Came back"),
        Ending.ABANDONED: _("Abandoned"),
        Ending.UNDER_WAY: _("Under way"),
    }[ending]


def ending_rule(ending: Ending, _: Words) -> str:
    return {
        Ending.CONFIRMED: _(
            "The customer said that the assistant's last answer helped: by a thumb up, by thanking or "
            "agreeing in words, or with four or five stars."
        ),
        Ending.ASSUMED: _(
            "The assistant's last word was an answer, and the customer said nothing more for a day or "
            "closed the conversation. Nobody said that it helped."
        ),
        Ending.ESCALATED: _("It went to people: somebody asked for one, or the assistant did not dare."),
        Ending.REOPENED: _(
            "It was closed or silent for a day, and within seven days the customer came back with a "
            "question, or a colleague reopened it. A mere thank-you is no coming back. Whatever it was "
            "before, it was not settled."
        ),
        Ending.ABANDONED: _(
            "The customer left without an answer, or with one that they gave a thumb down, or one or two "
            "stars."
        ),
        Ending.UNDER_WAY: _("Not closed, and somebody said something within the last day."),
    }[ending]


ORDER = (
    Ending.CONFIRMED,
    Ending.ASSUMED,
    Ending.ESCALATED,
    Ending.REOPENED,
    Ending.ABANDONED,
    Ending.UNDER_WAY,
)
"""From what went well to what is open."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar."""

    name: str
    title: str
    rule: str
    number: int
    share: float
    start: float
    """Where it begins in the bar, between 0 and 1."""


def parts(numbers: Mapping[Ending, int], _: Words) -> list[Part]:
    total = sum(numbers.values())
    return list(_parts(numbers, total, _)) if total else []


def _parts(numbers: Mapping[Ending, int], total: int, _: Words) -> Iterator[Part]:
    start = 0.0
    for ending in ORDER:
        share = numbers[ending] / total
        yield Part(
            ending.value, ending_name(ending, _), ending_rule(ending, _), numbers[ending], share, start
        )
        start += share


def duration(seconds: float | None, _: Words) -> str:
    """ "40 s", "12 min", "3 h 05", "2 d 4 h"."""
    if seconds is None:
        return NOTHING
    if seconds < 60:
        return f"{round(seconds)}{NO_BREAK}s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes}{NO_BREAK}min"
    if minutes < 24 * 60:
        return f"{minutes // 60}{NO_BREAK}h{NO_BREAK}{minutes % 60:02d}"
    days, rest = divmod(minutes, 24 * 60)
    return f"{days}{NO_BREAK}{'j' if _.language == 'fr' else 'd'} {rest // 60}{NO_BREAK}h"


def _share(share: Share, _: Words) -> str:
    return NOTHING if share.value is None else _.percent(share.value)


def _part(share: Share, _: Words) -> str:
    if not share.whole:
        return _("nothing to count yet")
    return _("{part} of {whole}", part=_.number(share.part), whole=_.number(share.whole))


def _interval(share: Share, _: Words) -> str:
    interval = share.interval
    if interval is None:
        return _("none marked yet")
    marked = _.count(share.whole, "{number} marked", "{number} marked|several")
    return _(
        "{low} to {high}, {marked}", low=_.percent(interval.low), high=_.percent(interval.high), marked=marked
    )


def _stars(overview: Overview, _: Words) -> str:
    mean = overview.mean_stars
    if mean is None:
        return _("no ratings yet")
    ratings = _.count(overview.satisfied.whole, "{number} rating", "{number} ratings")
    return _("{mean} of 5, {ratings}", mean=_.decimal(mean, 1), ratings=ratings)


def _ninetieth(durations: Durations, _: Words) -> str:
    if durations.ninetieth is None:
        return _("nobody has waited yet")
    return _("nine in ten: {time}", time=duration(durations.ninetieth, _))


def _trend(now: float | None, before: float | None, least: float) -> Trend:
    """More is better; below `least` nothing has changed."""
    if now is None or before is None or abs(now - before) < least:
        return Trend.NEITHER
    return Trend.BETTER if now > before else Trend.WORSE


def _negative(value: float | None) -> float | None:
    return None if value is None else -value

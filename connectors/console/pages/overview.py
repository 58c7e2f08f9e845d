"""The overview: what came in, how it ended, who waited how long, and what nobody could answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from starlette.responses import Response

from connectors.console.figures import (
    NOTHING,
    ORDER,
    Part,
    duration,
    ending_name,
    ending_rule,
    figures,
    parts,
)
from connectors.console.period import CHOICES, Period
from connectors.console.refusals import NotThere
from connectors.console.routing import Address, page
from connectors.console.sheets import sheet
from connectors.console.times import day, days, weekdays
from connectors.console.visit import StaffVisit
from connectors.console.words import Words
from connectors.console.words.names import door_name, language_name
from connectors.demo import NOTE
from escalation.questions import Group, grouped
from escalation.reports import Dimension, Overview, Scope, days_by, overview
from escalation.roles import May

HOLES = 6
"""Unanswered questions that are shown here; the others have a page of their own."""
READ_QUESTIONS = 400
"""The latest ones, that are put together by likeness."""


class Shown(Period):
    by: Dimension | None = None
    """What the days are told apart by; None: how conversations ended."""


@dataclass(frozen=True, slots=True)
class Series:
    """A colour of the plot."""

    name: str
    """Of the colour: an ending, or a number."""
    title: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    series: list[Series]
    days: list[tuple[date, str, list[int]]]
    """With the day as people write it, and a number for each series."""


async def overview_page(visit: StaffVisit) -> Response:
    shown = visit.query(Shown)
    reports, zone = visit.parts.service.reports, visit.parts.service.brief.zone
    scope = shown.scope(visit.now, zone)
    counted, before, questions, sites, languages, made_up = await asyncio.gather(
        reports.counted(scope, visit.now, zone),
        reports.counted(scope.before(), visit.now, zone),
        reports.open_questions(scope, READ_QUESTIONS),
        reports.sites(),
        reports.languages(),
        visit.parts.service.entries.read_note(NOTE),
    )
    told = overview(counted, scope, zone)
    first, last = shown.dates(visit.now, zone)
    return visit.page(
        "overview/page.html",
        section="overview",
        shown=shown,
        first=first,
        last=last,
        made_up=made_up,
        period=days(first, last, visit.words),
        choices=CHOICES,
        dimensions=list(Dimension),
        sites=sites,
        languages=languages,
        told=told,
        figures=figures(told, overview(before, scope.before(), zone), visit.words),
        parts=parts(told.endings, visit.words),
        plot=await _plot(visit, shown, told, scope),
        hours=_hours(told, visit.words),
        busiest=max(map(max, told.hours)),
        times=_times(told, visit.words),
        groups=grouped(questions)[:HOLES],
        duration=lambda seconds: duration(seconds, visit.words),
        nothing=NOTHING,
    )


async def _plot(visit: StaffVisit, shown: Shown, told: Overview, scope: Scope) -> Plot:
    _ = visit.words
    if shown.by is None:
        series = [Series(e.value, ending_name(e, _), ending_rule(e, _)) for e in ORDER]
        return Plot(
            series, [(d.date, day(d.date, _.language), [d.endings[e] for e in ORDER]) for d in told.days]
        )
    zone = visit.parts.service.brief.zone
    values, by_day = days_by(await visit.parts.service.reports.began_by(scope, shown.by, zone), scope, zone)
    series = [Series(str(n % 6), _value_name(shown.by, value, _)) for n, value in enumerate(values)]
    return Plot(series, [(one, day(one, _.language), numbers) for one, numbers in by_day])


def _value_name(dimension: Dimension, value: str | None, _: Words) -> str:
    if value is None:
        return _("not known")
    match dimension:
        case Dimension.LANGUAGE:
            return language_name(value, _)
        case Dimension.DOOR:
            name = door_name(value, _)
            return name[:1].upper() + name[1:]
        case Dimension.SITE:
            return value


@dataclass(frozen=True, slots=True)
class Hours:
    """A row of the table of busy hours."""

    day: str
    numbers: list[int]


def _hours(told: Overview, _: Words) -> list[Hours]:
    rows = zip(weekdays(_.language), told.hours, strict=True)
    return [Hours(name, list(numbers)) for name, numbers in rows]


@dataclass(frozen=True, slots=True)
class Time:
    title: str
    number: int
    median: str
    ninetieth: str
    rule: str


def _times(told: Overview, _: Words) -> list[Time]:
    rows = (
        (
            _("Until a person takes it"),
            told.pick_up,
            _("From an escalation until somebody took it. To be given it is not to take it."),
        ),
        (
            _("Until a person's first words"),
            told.waiting,
            _("From an escalation until somebody replied for the first time."),
        ),
        (
            _("Until it is closed"),
            told.resolution,
            _(
                "From an escalation until it was closed, by whomever; what was reopened counts to the last "
                "time."
            ),
        ),
    )
    return [
        Time(title, d.number, duration(d.median, _), duration(d.ninetieth, _), rule)
        for title, d, rule in rows
    ]


# To take along


class Sheet(StrEnum):
    DAYS = "days"
    FIGURES = "figures"
    QUESTIONS = "questions"


async def take_along(visit: StaffVisit) -> Response:
    """The same figures as a table that spreadsheets read."""
    shown = visit.query(Shown)
    name = visit.path("sheet")
    if name not in set(Sheet):
        raise NotThere
    first, last = shown.dates(visit.now, visit.parts.service.brief.zone)
    rows = await _SHEETS[Sheet(name)](visit, shown)
    return sheet(f"comptoir-{name}-{first}-{last}.csv", rows, visit.words.language)


async def _day_rows(visit: StaffVisit, shown: Shown) -> list[list[object]]:
    told = await _told(visit, shown)
    rows: list[list[object]] = [
        [d.date.isoformat(), d.conversations, *(d.endings[e] for e in ORDER)] for d in told.days
    ]
    _ = visit.words
    return [[_("Day"), _("Conversations"), *(ending_name(ending, _) for ending in ORDER)], *rows]


async def _figure_rows(visit: StaffVisit, shown: Shown) -> list[list[object]]:
    _ = visit.words
    zone = visit.parts.service.brief.zone
    scope = shown.scope(visit.now, zone)
    before = await visit.parts.service.reports.counted(scope.before(), visit.now, zone)
    told = await _told(visit, shown)
    rows: list[list[object]] = [
        [figure.title, figure.value, figure.detail, figure.before, figure.rule]
        for figure in figures(told, overview(before, scope.before(), zone), _)
    ]
    rows += [[part.title, part.number, _.percent(part.share), "", part.rule] for part in _parts(told, _)]
    rows += [[time.title, time.median, time.ninetieth, "", time.rule] for time in _times(told, _)]
    label = visit.parts.templates.label
    rows += [[label(reason, _.language), number, "", "", ""] for reason, number in told.reasons.items()]
    rows += [[_.count(n, "{number} star", "{number} stars"), k, "", "", ""] for n, k in told.stars.items()]
    head: list[object] = [
        _("Figure"),
        _("Value"),
        _("Of which"),
        _("In the period before"),
        _("How it is counted"),
    ]
    return [head, *rows]


async def _question_rows(visit: StaffVisit, shown: Shown) -> list[list[object]]:
    groups = await _groups(visit, shown)
    rows: list[list[object]] = [
        [
            group.headline.question,
            len(group.questions),
            len(group.unanswered),
            group.headline.language or "",
            group.last_at.date().isoformat(),
            group.entry_id or "",
        ]
        for group in groups
    ]
    _ = visit.words
    head: list[object] = [
        _("Question|sheet"),
        _("Times asked"),
        _("Still open"),
        _("Language"),
        _("Last asked"),
        _("Answered by the entry"),
    ]
    return [head, *rows]


async def _told(visit: StaffVisit, shown: Shown) -> Overview:
    zone = visit.parts.service.brief.zone
    scope = shown.scope(visit.now, zone)
    return overview(await visit.parts.service.reports.counted(scope, visit.now, zone), scope, zone)


async def _groups(visit: StaffVisit, shown: Shown) -> list[Group]:
    scope = shown.scope(visit.now, visit.parts.service.brief.zone)
    return grouped(await visit.parts.service.reports.open_questions(scope, READ_QUESTIONS))


def _parts(told: Overview, _: Words) -> list[Part]:
    return parts(told.endings, _)


_SHEETS = {Sheet.DAYS: _day_rows, Sheet.FIGURES: _figure_rows, Sheet.QUESTIONS: _question_rows}


ADDRESSES: tuple[Address, ...] = (
    page("/overview", overview_page, May.READ_REPORTS),
    page("/overview/{sheet}.csv", take_along, May.READ_REPORTS),
)

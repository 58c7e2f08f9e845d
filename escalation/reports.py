"""The figures: each a count over the log, of a period.

The docstring of a field says how it is counted; the console says the same to whoever asks. A conversation
belongs to the moment when it began, an escalation to the moment of handing over, an answer to when it was
given, whatever became of them later. Everything is counted from the facts that are written with the log
(`escalation.facts`, `escalation.ticket`), so rebuilding the log's projections gives the same figures.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from bot.decisions import Reason
from bot.events import Review
from escalation.endings import Ending
from escalation.facts import ANSWERING
from escalation.slots import day_of

SURENESS = 1.96
"""Standard errors to either side: 95 in 100 such intervals hold the truth."""


class ReportsUnavailable(Exception):
    """The store does not answer now; try again."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is counted: what began from `start` until before `end`."""

    start: datetime
    end: datetime
    site: str | None = None
    language: str | None = None
    """What the conversation is in, as far as its last message told."""

    def before(self) -> Scope:
        """As long a period, just before this one."""
        return Scope(self.start - (self.end - self.start), self.start, self.site, self.language)


@dataclass(frozen=True, slots=True)
class Began:
    """So many conversations of one ending began on one day of the place's calendar."""

    day: int
    """Days since 1970: `escalation.slots.day_of`."""
    ending: Ending | None
    """None: not counted (spam, merged into another, opened without a word)."""
    number: int


class Dimension(StrEnum):
    """What conversations can be told apart by, beside how they ended."""

    SITE = "site"
    LANGUAGE = "language"
    DOOR = "door"


@dataclass(frozen=True, slots=True)
class BeganBy:
    """So many counted conversations of one site, language or door began on one day."""

    day: int
    value: str | None
    number: int


class Handled(NamedTuple):
    """An escalation, as far as it has come. There may be thousands in a report."""

    reason: Reason
    picked_up: float | None
    """Seconds from the escalation until a person took it; nights and weekends count."""
    replied: float | None
    """Until a person said something."""
    closed: float | None
    """Until it was closed, by whomever."""
    breached: bool


@dataclass(frozen=True, slots=True)
class Given:
    """Outcomes of the bot that have these things in common."""

    kind: str
    hedged: bool
    useful: bool | None
    review: Review | None
    """What a colleague said of them; of several, who said it last."""
    number: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What a store counts."""

    began: Sequence[Began]
    hours: Mapping[int, int]
    """Of these, how many counted ones began in which hour of the week: 0 is Monday's first."""
    handled: Sequence[Handled]
    given: Sequence[Given]
    stars: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Use:
    """Of one entry, in outcomes of the bot."""

    cited: int = 0
    """Outcomes that quote it."""
    shown: int = 0
    """Outcomes that show it as a card, a link or a choice, and do not quote it."""
    useful: int = 0
    not_useful: int = 0
    """Thumbs on outcomes that quote it."""
    escalated: int = 0
    """Outcomes with it after which the customer went to a person next."""
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question to which the bot had no good answer."""

    conversation_id: str
    position: int
    """Of the outcome."""
    at: datetime
    language: str | None
    question: str
    stems: frozenset[str]
    reason: Reason | None
    review: Review | None
    useful: bool | None
    entry_id: str | None = None
    """The entry that was made of its correction."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """An outcome of which somebody said something."""

    conversation_id: str
    position: int
    at: datetime
    language: str | None
    question: str
    review: Review | None
    useful: bool | None
    by_chance: bool = False
    """A colleague was shown it by lot."""


@dataclass(frozen=True, slots=True)
class Searched:
    """An outcome that came from a search, with how sure the bot was."""

    at: datetime
    language: str | None
    kind: str
    hedged: bool
    confidence: float
    uncorrected: float
    """Before labels corrected it."""
    threshold: float
    entry_id: str | None
    review: Review | None
    by_chance: bool
    useful: bool | None

    @property
    def doubtful(self) -> bool:
        """Given below the threshold, as an answer that is not certain: nothing was promised of it."""
        return self.hedged and self.confidence < self.threshold


class Reports(Protocol):
    """A projection of the log: written only by it. Every method may raise ReportsUnavailable."""

    async def counted(self, scope: Scope, now: datetime, zone: ZoneInfo) -> Counted:
        """Days and hours are those of `zone`."""
        ...

    async def given(self, scope: Scope) -> Sequence[Given]:
        """Of all that is counted, this alone."""
        ...

    async def began_by(self, scope: Scope, dimension: Dimension, zone: ZoneInfo) -> Sequence[BeganBy]:
        """Those that `ending_of` counts."""
        ...

    async def uses(self, entry_ids: Collection[str], since: datetime) -> Mapping[str, Use]:
        """Of those that were used."""
        ...

    async def open_questions(self, scope: Scope, limit: int = 1000) -> Sequence[OpenQuestion]:
        """Latest first. Escalations for lack of knowledge or of confidence, and answers that the customer
        called useless or a colleague wrong, incomplete, or better left to a person."""
        ...

    async def labelled(self, limit: int, after: Labelled | None = None) -> Sequence[Labelled]:
        """Oldest first: outcomes with a colleague's label or a customer's thumb."""
        ...

    async def searched(self, scope: Scope, limit: int = 20_000) -> Sequence[Searched]:
        """Latest first: every outcome that came from a search, judged or not."""
        ...

    async def unmarked(self, scope: Scope) -> Sequence[tuple[str, int]]:
        """Conversation and position of the answers and routes that no colleague has marked."""
        ...

    async def sites(self) -> Sequence[str]:
        """On which anything ever began."""
        ...

    async def languages(self) -> Sequence[str]: ...


LACKING = (Reason.LOW_CONFIDENCE, Reason.NOT_IN_KNOWLEDGE_BASE, Reason.REPEATED_FAILURE)
"""Why a person takes over where knowledge would have helped."""
FAULTS = (Review.WRONG, Review.INCOMPLETE, Review.SHOULD_HAVE_ESCALATED)


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole; of nothing there is no share."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> Interval | None:
        """Between what and what the true share is, with 95 % (Wilson, 1927)."""
        if not self.whole:
            return None
        n, p, z = self.whole, self.part / self.whole, SURENESS
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return Interval(max(0.0, middle - reach), min(1.0, middle + reach))


@dataclass(frozen=True, slots=True)
class Durations:
    """Of those that are over; in seconds."""

    number: int
    median: float | None
    """Half took no longer."""
    ninetieth: float | None
    """Nine in ten took no longer."""

    @staticmethod
    def of(seconds: Iterable[float | None]) -> Durations:
        known = sorted(value for value in seconds if value is not None)
        return Durations(len(known), _quantile(known, 0.5), _quantile(known, 0.9))


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    endings: Mapping[Ending, int]

    @property
    def conversations(self) -> int:
        return sum(self.endings.values())


@dataclass(frozen=True, slots=True)
class Overview:
    scope: Scope
    conversations: int
    """Began in the period, with at least one word of the customer or a wish for a person; no spam, and none
    that was merged into another."""
    left_out: int
    """The others."""
    endings: Mapping[Ending, int]
    """Each conversation once: see `Ending`."""
    days: Sequence[Day]
    """By the day on which they began, in the company's time zone; days without any are there, too."""
    hours: Sequence[Sequence[int]]
    """Seven rows (Monday first) of 24 hours, in the company's time zone."""
    escalations: int
    """Times that a conversation was handed to people, once or more often; without spam and merged ones."""
    reasons: Mapping[Reason, int]
    """Of the escalations, the most frequent first."""
    pick_up: Durations
    """From an escalation until a person took it. By the clock on the wall: nights and weekends count."""
    waiting: Durations
    """From an escalation until a person's first words."""
    resolution: Durations
    """From an escalation until it was closed."""
    breached: Share
    """Escalations of which a service level was missed."""
    alone: Share
    """Of the conversations whose end is known (not those under way): confirmed or assumed, so no person was
    needed and nobody came back."""
    judged: Share
    """Of the bot's answers and routes in the period that a colleague marked: those marked right. Incomplete,
    wrong in tone, or better left to a person are not right. Of several marks the last one counts."""
    reviews: Mapping[Review, int]
    given: int
    """Answers and routes of the bot."""
    hedged: int
    """Of these, with "this may help"."""
    useful: Share
    """Thumbs up, of all thumbs on answers and routes; a later thumb replaces the earlier one."""
    stars: Mapping[int, int]
    """How many conversations were rated 1 to 5; a later rating replaces the earlier one."""

    @property
    def satisfied(self) -> Share:
        """Four and five stars, of all ratings."""
        return Share(self.stars.get(4, 0) + self.stars.get(5, 0), sum(self.stars.values()))

    @property
    def mean_stars(self) -> float | None:
        rated = sum(self.stars.values())
        return sum(stars * number for stars, number in self.stars.items()) / rated if rated else None


def overview(counted: Counted, scope: Scope, zone: ZoneInfo) -> Overview:
    endings: Counter[Ending] = Counter()
    left_out = 0
    for began in counted.began:
        if began.ending is None:
            left_out += began.number
        else:
            endings[began.ending] += began.number
    total = endings.total()
    answers = [given for given in counted.given if given.kind in ANSWERING]
    reviews = _reviews(answers)
    alone = endings[Ending.CONFIRMED] + endings[Ending.ASSUMED]
    reasons = Counter(handled.reason for handled in counted.handled)
    return Overview(
        scope=scope,
        conversations=total,
        left_out=left_out,
        endings={ending: endings[ending] for ending in Ending},
        days=_days(counted.began, scope, zone),
        hours=_hours(counted.hours),
        escalations=len(counted.handled),
        reasons=dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
        pick_up=Durations.of(handled.picked_up for handled in counted.handled),
        waiting=Durations.of(handled.replied for handled in counted.handled),
        resolution=Durations.of(handled.closed for handled in counted.handled),
        breached=Share(sum(handled.breached for handled in counted.handled), len(counted.handled)),
        alone=Share(alone, total - endings[Ending.UNDER_WAY]),
        judged=judged_right(counted.given),
        reviews={review: reviews[review] for review in Review},
        given=sum(given.number for given in answers),
        hedged=sum(given.number for given in answers if given.hedged),
        useful=_thumbs(answers),
        stars={stars: counted.stars.get(stars, 0) for stars in range(1, 6)},
    )


def days_by(
    began: Iterable[BeganBy], scope: Scope, zone: ZoneInfo
) -> tuple[list[str | None], list[tuple[date, list[int]]]]:
    """The values, the most frequent first, and for each day how many of each began."""
    totals: Counter[str | None] = Counter()
    by_day: defaultdict[date, Counter[str | None]] = defaultdict(Counter)
    for one in began:
        totals[one.value] += one.number
        by_day[day_of(one.day)][one.value] += one.number
    values = [value for value, _ in totals.most_common()]
    return values, [(day, [by_day[day][value] for value in values]) for day in _dates(scope, zone)]


def judged_right(given: Iterable[Given]) -> Share:
    """Of answers and routes that a colleague marked."""
    reviews = _reviews(one for one in given if one.kind in ANSWERING)
    return Share(reviews[Review.RIGHT], reviews.total())


def _reviews(answers: Iterable[Given]) -> Counter[Review]:
    reviews: Counter[Review] = Counter()
    for given in answers:
        if given.review is not None:
            reviews[given.review] += given.number
    return reviews


def _thumbs(answers: Iterable[Given]) -> Share:
    thumbs = Counter[bool]()
    for given in answers:
        if given.useful is not None:
            thumbs[given.useful] += given.number
    return Share(thumbs[True], thumbs.total())


def _days(began: Iterable[Began], scope: Scope, zone: ZoneInfo) -> list[Day]:
    by_day: defaultdict[date, Counter[Ending]] = defaultdict(Counter)
    for one in began:
        if one.ending is not None:
            by_day[day_of(one.day)][one.ending] += one.number
    return [Day(day, {ending: by_day[day][ending] for ending in Ending}) for day in _dates(scope, zone)]


def _dates(scope: Scope, zone: ZoneInfo) -> list[date]:
    first = scope.start.astimezone(zone).date()
    last = (scope.end - timedelta(microseconds=1)).astimezone(zone).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _hours(hours: Mapping[int, int]) -> list[list[int]]:
    return [[hours.get(day * 24 + hour, 0) for hour in range(24)] for day in range(7)]


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest value that `share` of all do not exceed."""
    if not ordered:
        return None
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

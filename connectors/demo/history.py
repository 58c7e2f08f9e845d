"""A fortnight in a few seconds: the lives of many customers, in the order of what they do.

All goes through the real reception, desk and log, each with the moment at which it is said to have happened;
the answers are the real assistant's. The same seed, day and help centre give the same fortnight.
"""

from __future__ import annotations

import heapq
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count

from bot.events import Customer
from connectors.assembly import Service
from connectors.console.canned_replies import CannedReply
from connectors.demo import NOTE, PREFIX
from connectors.demo.lives import Backlog, Life, customer, editor, reviewer, spammer
from connectors.demo.script import Script, Story
from connectors.demo.shop import Moving, Shop
from connectors.records import Records
from escalation.roster import Role
from knowledge.entries import Audience
from knowledge.versions import Change

DAYS = 14
BY_HOUR = (1, 1, 0, 0, 0, 0, 1, 2, 5, 9, 11, 10, 7, 7, 9, 10, 9, 8, 7, 6, 7, 7, 4, 2)
BY_WEEKDAY = (12, 11, 10, 11, 10, 6, 5)
PUBLISHED = 6
"""So many days ago a lead wrote what had been missing."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was made up."""

    conversations: int
    since: datetime
    until: datetime


async def live_through(
    service: Service,
    script: Script,
    now: datetime,
    seed: int = 7,
    moved: Callable[[int, int], None] = lambda done, total: None,
) -> Made:
    """Write the fortnight that ends `now`, thirteen whole days and today; it must not be there yet."""
    chance = random.Random(seed)
    zone = service.brief.zone
    first = now.astimezone(zone).date() - timedelta(days=DAYS - 1)
    start = datetime.combine(first, time(), zone)
    site = service.settings.sites[0].id if service.settings.sites else None
    shop = Shop(service, script, chance, Moving(start), site)
    await shop.read_articles()
    for agent in shop.agents.values():
        await service.roster.save(agent)
    for reply in _canned(script, now):
        await service.console.canned.save(reply)
    lives = sorted(_lives(shop, start, now), key=lambda life: life[0])
    ids = [id for _, id, _ in lives if id]
    await _note(service, now, ids, shop)
    await _run(shop, lives, now, moved)
    await _note(service, now, ids, shop)
    return Made(len(ids), start, now)


async def is_there(records: Records | Service) -> bool:
    return bool(await records.entries.read_note(NOTE))


async def forget(service: Service) -> int:
    """Take out what was made up, and only that; how many conversations it was."""
    note = await service.entries.read_note(NOTE)
    if not note:
        return 0
    made = json.loads(note)
    gone = await service.log.forget(made["conversations"])
    for id in made["entries"]:
        await _remove(service, id)
    for name in made["colleagues"]:
        await service.roster.remove(name)
    for id in made["canned"]:
        await service.console.canned.remove(id)
    await service.entries.write_note(NOTE, "")
    return gone


async def _remove(service: Service, id: str) -> None:
    for stored in await service.entries.get([id], frozenset(Audience)):
        await service.editor.remove(id, stored.content_hash, Change(service.clock(), None, ""))


async def _note(service: Service, now: datetime, ids: list[str], shop: Shop) -> None:
    """First of all, so that what is begun can be taken out even if the fortnight breaks off."""
    made = {
        "made_at": now.isoformat(),
        "conversations": ids,
        "entries": shop.written,
        "colleagues": list(shop.agents),
        "canned": [reply.id for reply in _canned(shop.script, now)],
    }
    await service.entries.write_note(NOTE, json.dumps(made))


def _canned(script: Script, now: datetime) -> list[CannedReply]:
    lead = next(one.name for one in script.colleagues if one.role is Role.LEAD)
    return [
        CannedReply(f"{PREFIX}{number}", reply.title, reply.text, reply.language, lead, now)
        for number, reply in enumerate(script.canned, start=1)
    ]


async def _run(
    shop: Shop, lives: list[tuple[datetime, str, Life]], now: datetime, moved: Callable[[int, int], None]
) -> None:
    """Each goes on at its moment, whoever is next."""
    tie = count()
    waiting = [(at, next(tie), life) for at, _, life in lives]
    heapq.heapify(waiting)
    begun = 0
    while waiting and waiting[0][0] <= now:
        at, order, life = heapq.heappop(waiting)
        shop.clock.now = at
        begun += order < len(lives)
        pause = await anext(life, None)
        if pause is not None:
            heapq.heappush(waiting, (at + pause, next(tie), life))
        moved(begun, len(lives))


def _lives(shop: Shop, start: datetime, now: datetime) -> Iterator[tuple[datetime, str, Life]]:
    numbers = count(1)

    def named() -> str:
        return f"{PREFIX}{next(numbers):03}-{shop.chance.getrandbits(24):06x}"

    for at in _moments(shop, start, now - timedelta(minutes=100)):
        story, language, who = _story(shop), _language(shop), _who(shop)
        id = named()
        yield at, id, customer(shop, id, story, language, who)
    for at, story, language, backlog in _still_here(shop, now):
        id = named()
        yield at, id, customer(shop, id, story, language, _who(shop), backlog)
    hole = next(story for story in shop.script.holes if story.entry)
    for days, hour in ((12, 11), (10, 15), (9, 20), (7, 10), (5, 14), (3, 12), (2, 16), (1, 11)):
        id = named()
        yield _at(shop, now, days, time(hour, 7)), id, customer(shop, id, hole, _language(shop), _who(shop))
    for days, text in zip((11, 4), shop.script.spam, strict=False):
        id = named()
        yield _at(shop, now, days, time(10, 20)), id, spammer(shop, id, text)
    yield _at(shop, now, DAYS - 1, time(17, 12)), "", reviewer(shop, DAYS)
    yield _at(shop, now, PUBLISHED, time(10, 40)), "", editor(shop, hole)


def _moments(shop: Shop, start: datetime, until: datetime) -> Iterator[datetime]:
    for number in range(DAYS):
        day: date = (start.astimezone(shop.zone) + timedelta(days=number)).date()
        usual = BY_WEEKDAY[day.weekday()]
        for _ in range(round(usual * shop.chance.uniform(0.75, 1.3))):
            hour = shop.chance.choices(range(24), BY_HOUR)[0]
            at = datetime.combine(
                day, time(hour, shop.chance.randrange(60), shop.chance.randrange(60)), shop.zone
            )
            if start <= at < until:
                yield at


def _still_here(shop: Shop, now: datetime) -> Iterator[tuple[datetime, Story, str, Backlog]]:
    """Who is in the queue when the story ends."""
    holes, persons = shop.script.holes, shop.script.persons
    unanswered = [story for story in holes if story.entry is None]
    plan = [
        (96, unanswered[0], "snoozed"),
        (74, persons[0], "answered"),
        (58, unanswered[2], "answered"),
        (41, unanswered[0], "waiting"),
        (33, persons[0], "waiting"),
        (24, unanswered[1], "waiting"),
        (16, persons[1], "waiting"),
        (9, unanswered[3], "waiting"),
        (4, persons[0], "waiting"),
    ]
    for ago, story, until in plan:
        yield now - timedelta(minutes=ago), story, _language(shop), Backlog(until)


def _story(shop: Shop) -> Story:
    script = shop.script
    stories = (*script.questions, *script.holes, *script.persons)
    weights = [
        *(3 * s.weight for s in script.questions),
        *(s.weight * 2 for s in (*script.holes, *script.persons)),
    ]
    return shop.chance.choices(stories, weights)[0]


def _language(shop: Shop) -> str:
    return "fr" if shop.chance.random() < 0.64 else "en"


def _who(shop: Shop) -> Customer | None:
    """Less than half sign in."""
    if shop.chance.random() < 0.55:
        return None
    number = shop.chance.randrange(len(shop.script.customers))
    name = shop.script.customers[number]
    address = name.lower().translate(str.maketrans("éèêëàâîïôöùûüçñ -", "eeeeaaiioouuucn.."))
    return Customer(f"{PREFIX}customer-{number:02}", name, f"{address}@example.com")


def _at(shop: Shop, now: datetime, days: int, at: time) -> datetime:
    return datetime.combine((now.astimezone(shop.zone) - timedelta(days=days)).date(), at, shop.zone)

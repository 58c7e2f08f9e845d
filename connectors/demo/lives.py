"""What customers and colleagues do: each life goes on for a while, then says how long it pauses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from bot.conversation import ConversationError
from bot.decisions import Answer, Clarify, Decision, Escalate, Route
from bot.events import Customer, OutcomeGiven, Review
from connectors.demo.script import Entries, Story, Words, Written
from connectors.demo.shop import Given, Shop
from escalation.reports import Scope
from escalation.roster import Agent, Role
from knowledge.entries import Article
from knowledge.versions import Change

Life: TypeAlias = AsyncIterator[timedelta]

DRAWN = 0.7
"""Share of the answers that colleagues judge by lot."""
PICKED = 0.9
"""Share of the wrong ones that somebody marks, drawn or not."""
WATCHED = timedelta(minutes=10)
"""Between two looks of the timekeeper at who waits."""


def seconds(shop: Shop, least: float, most: float) -> timedelta:
    return timedelta(seconds=shop.chance.uniform(least, most))


def minutes(shop: Shop, least: float, most: float) -> timedelta:
    return timedelta(minutes=shop.chance.uniform(least, most))


@dataclass
class Talk:
    """One conversation, from the customer's side."""

    shop: Shop
    id: str
    language: str
    story: Story
    said: list[str] = field(default_factory=list)

    async def begin(self, customer: Customer | None) -> None:
        await self.shop.reception.open(self.id, self.language, "widget", self.shop.site, customer)

    async def say(self, text: str) -> Decision | None:
        """What the assistant gives for it, if it is its turn."""
        self.said.append(text)
        await self.shop.reception.receive(self.id, f"{self.id}-{len(self.said)}", text)
        logged = await self.shop.reception.answer(self.id)
        if logged is None or not isinstance(logged.event, OutcomeGiven):
            return None
        if isinstance(logged.event.outcome, Answer | Route):
            right = await self.shop.is_right(logged.event, self.story)
            self.shop.given.append(Given(self.id, logged.position, self.language, right, self.story))
        return logged.event.outcome

    @property
    def last(self) -> Given:
        return self.shop.given[-1]

    def any(self, texts: Sequence[str]) -> str:
        return self.shop.chance.choice(texts)

    def new(self, words: Words) -> str | None:
        """Nobody says the same thing twice in the same words."""
        left = [text for text in words.of(self.language) if text not in self.said]
        return self.any(left) if left else None

    def once_more(self, opening: Words) -> str:
        """What one comes back with: in other words than before, if there are any."""
        begun, again = self.any(opening.of(self.language)), self.new(self.story)
        return f"{begun} {again[:1].upper()}{again[1:]}" if again else begun


@dataclass(frozen=True, slots=True)
class Backlog:
    """How far people have come with somebody when the story ends; None: as far as time allows."""

    until: str
    """waiting, answered or snoozed."""


async def customer(
    shop: Shop,
    id: str,
    story: Story,
    language: str,
    who: Customer | None = None,
    backlog: Backlog | None = None,
) -> Life:
    talk = Talk(shop, id, language, story)
    await talk.begin(who)
    if shop.chance.random() < 0.1 and backlog is None:
        await talk.say(talk.any(shop.script.greetings.of(language)))
        yield seconds(shop, 6, 25)
    outcome = await talk.say(talk.any(story.of(language)))
    if backlog is not None and not isinstance(outcome, Escalate):
        await shop.reception.request_person(id)
        async for pause in _with_people(talk, backlog):
            yield pause
        return
    yield seconds(shop, 15, 80)
    async for pause in _after(talk, outcome, backlog):
        yield pause


async def _after(talk: Talk, outcome: Decision | None, backlog: Backlog | None = None) -> Life:
    match outcome:
        case Answer() | Route():
            async for pause in _answered(talk):
                yield pause
        case Clarify(choices=choices):
            if talk.shop.chance.random() < 0.75:
                chosen = await talk.say(choices[0].title)
                yield seconds(talk.shop, 15, 60)
                async for pause in _after(talk, chosen if not isinstance(chosen, Clarify) else None):
                    yield pause
        case Escalate():
            async for pause in _with_people(talk, backlog):
                yield pause
        case _:
            return


async def _answered(talk: Talk) -> Life:
    shop, chance, given = talk.shop, talk.shop.chance.random(), talk.last
    if not given.right:
        async for pause in _disappointed(talk):
            yield pause
        return
    if chance < 0.34:
        await shop.reception.judge(talk.id, given.position, True)
    elif chance < 0.38:
        await shop.reception.judge(talk.id, given.position, False)
        return
    if shop.chance.random() < 0.3:
        yield seconds(shop, 5, 40)
        await talk.say(talk.any(shop.script.thanks.of(talk.language)))
    if shop.chance.random() < 0.12:
        await shop.reception.rate(talk.id, shop.chance.choice([4, 5, 5]), _comment(talk, good=True))
    if shop.chance.random() < 0.06:
        yield timedelta(hours=shop.chance.uniform(26, 70))
        again = await talk.say(talk.once_more(shop.script.back_to_assistant))
        yield seconds(shop, 20, 60)
        if isinstance(again, Escalate):
            async for pause in _with_people(talk):
                yield pause


async def _disappointed(talk: Talk) -> Life:
    shop, given = talk.shop, talk.last
    if shop.chance.random() < 0.6:
        comment = talk.any(shop.script.too_little.of(talk.language)) if shop.chance.random() < 0.5 else ""
        await shop.reception.judge(talk.id, given.position, False, comment)
        yield seconds(shop, 4, 20)
        if shop.chance.random() < 0.65:
            await shop.reception.request_person(talk.id)
            async for pause in _with_people(talk):
                yield pause


async def _with_people(talk: Talk, backlog: Backlog | None = None) -> Life:
    shop = talk.shop
    if talk.story.then is not None and (added := talk.new(talk.story.then)):
        yield seconds(shop, 10, 50)
        await talk.say(added)
    if backlog is not None and backlog.until == "waiting":
        return
    ticket = await shop.service.queue.of(talk.id)
    assert ticket is not None, "somebody was handed over"
    closed = shop.until_open(ticket.team)
    if closed is None:
        return
    if closed and shop.chance.random() < 0.4:
        yield seconds(shop, 20, 90)
        await shop.reception.leave_contact(talk.id, f"{talk.id[-6:]}@example.com")
    async for pause in _waiting(talk, closed + _pick_up(shop)):
        yield pause
    agent = shop.somebody(ticket.team, talk.language)
    try:
        async for pause in _helped(talk, agent, backlog):
            yield pause
    except ConversationError:
        return  # the customer, or the time, was quicker: the conversation went on without this colleague


async def _waiting(talk: Talk, wait: timedelta) -> Life:
    """The timekeeper looks in while they wait."""
    while wait > WATCHED:
        yield WATCHED
        wait -= WATCHED
        await talk.shop.keep_time(talk.id)
        if wait > timedelta(hours=2):
            yield wait - timedelta(hours=2)
            wait = timedelta(hours=2)
    yield wait


def _pick_up(shop: Shop) -> timedelta:
    """Mostly some minutes, sometimes too late."""
    slow = shop.chance.random() < 0.12
    return timedelta(minutes=min(shop.chance.lognormvariate(1.7, 0.7) * (9 if slow else 1), 110))


async def _helped(talk: Talk, agent: Agent, backlog: Backlog | None) -> Life:
    shop, story = talk.shop, talk.story
    await shop.desk.claim(talk.id, agent)
    yield minutes(shop, 0.7, 5)
    await shop.keep_time(talk.id)
    if shop.chance.random() < 0.15:
        await shop.desk.note(talk.id, agent, shop.chance.choice(shop.script.notes))
    await shop.desk.reply(talk.id, agent, _reply(talk))
    if backlog is not None:
        if backlog.until == "snoozed":
            await shop.desk.snooze(talk.id, agent, shop.clock() + timedelta(days=1))
        return
    yield minutes(shop, 1, 18)
    if shop.chance.random() < 0.6:
        await talk.say(talk.any(shop.script.thanks.of(talk.language)))
        yield minutes(shop, 0.5, 4)
    await shop.desk.resolve(talk.id, agent)
    if story.about == frozenset() and story.reply and shop.chance.random() < 0.2:
        await shop.desk.tag(talk.id, agent, "faq")
    yield minutes(shop, 1, 30)
    if shop.chance.random() < 0.45:
        await _rate(talk)
    if shop.chance.random() < 0.05:
        yield timedelta(hours=shop.chance.uniform(3, 60))
        outcome = await talk.say(talk.once_more(shop.script.back_to_person))
        yield seconds(shop, 20, 60)
        if isinstance(outcome, Escalate):
            async for pause in _with_people(talk):
                yield pause


def _reply(talk: Talk) -> str:
    """As the story says, or out of the article that answers it."""
    script, language = talk.shop.script, talk.language
    if talk.story.reply is not None:
        return talk.story.reply.of(language)
    found = (talk.shop.articles.get((twin, language)) for twin in sorted(talk.story.about))
    article = next((one for one in found if one is not None), None)
    said = [script.patience.of(language), script.anything_else.of(language)]
    if article is not None:
        link = f"[{article.title}]({article.url})" if article.url else article.title
        said.insert(1, f"{_beginning(article.text)}\n\n→ {link}")
    return "\n\n".join(said)


def _beginning(text: str) -> str:
    """The first paragraph."""
    paragraphs = (part.strip() for part in text.split("\n\n"))
    return next((part for part in paragraphs if part and not part.startswith("#")), "")


async def _rate(talk: Talk) -> None:
    stars = talk.shop.chance.choices([5, 4, 3, 2, 1], [52, 27, 10, 6, 5])[0]
    await talk.shop.reception.rate(talk.id, stars, _comment(talk, good=stars > 3))


def _comment(talk: Talk, good: bool) -> str:
    ratings = talk.shop.script.ratings
    return talk.any((ratings.good if good else ratings.bad).of(talk.language))


async def spammer(shop: Shop, id: str, text: str) -> Life:
    talk = Talk(shop, id, "en", Story(fr=(text,), en=(text,)))
    await talk.begin(None)
    outcome = await talk.say(text)
    yield minutes(shop, 3, 20)
    if isinstance(outcome, Escalate):
        await shop.desk.mark_spam(id, shop.agents["camille"])


# Colleagues


async def reviewer(shop: Shop, days: int) -> Life:
    """In the afternoon, seven in ten of the answers since the day before as the lot gives them, and some of
    those that went wrong besides."""
    judges = [agent for agent in shop.agents.values() if agent.name in ("solene", "camille")]
    seen = 0
    for _ in range(days):
        fresh, seen = shop.given[seen:], len(shop.given)
        for given in fresh:
            drawn = shop.chance.random()
            if drawn > (DRAWN if given.right else PICKED):
                continue
            await _judge(shop, given, shop.chance.choice(judges), by_chance=drawn <= DRAWN)
            yield seconds(shop, 15, 90)
        at = shop.clock().astimezone(shop.zone)
        yield at.replace(hour=17, minute=12) + timedelta(days=1) - at


async def _judge(shop: Shop, given: Given, by: Agent, by_chance: bool) -> None:
    correction = None
    if given.right:
        review = shop.chance.choices([Review.RIGHT, Review.INCOMPLETE, Review.WRONG_TONE], [90, 7, 3])[0]
    elif given.story.about:
        review = shop.chance.choice([Review.WRONG, Review.WRONG, Review.INCOMPLETE])
    else:
        review = Review.WRONG if given.story.reply else Review.SHOULD_HAVE_ESCALATED
        correction = given.story.reply.of(given.language) if given.story.reply else None
    await shop.desk.review(given.conversation_id, by, given.position, review, correction, by_chance=by_chance)


async def editor(shop: Shop, story: Story) -> Life:
    """A lead closes a hole: from then on the assistant answers it. Two days later the text gets better."""
    lead = next(agent for agent in shop.agents.values() if agent.role is Role.LEAD)
    assert story.entry is not None, "only what has become an entry is written"
    made = []
    for language in ("fr", "en"):
        of = await _asked(shop, story.of(language))
        entry = _first_try(story.entry, language)
        done = await shop.corrections.publish(entry, of, lead, Change(_local(shop), lead.name))
        made.append((done.entry, done.content_hash))
        shop.written.append(done.entry.id)
        shop.knowledge.forget(story.of(language))
    yield timedelta(days=2, hours=1, minutes=20)
    for published, seen in made:
        better = replace(published, text=_written(story.entry, published.language).text)
        why = "délai et retour précisés" if published.language == "fr" else "said how long it takes"
        await shop.corrections.amend(better, seen, [], lead, Change(_local(shop), lead.name, why))
    shop.knowledge.forget([*story.fr, *story.en])


async def _asked(shop: Shop, texts: Sequence[str]) -> list[tuple[str, int]]:
    """Where these were asked in vain."""
    now = shop.clock()
    questions = await shop.service.reports.open_questions(Scope(now - timedelta(days=30), now))
    return [(q.conversation_id, q.position) for q in questions if q.question in texts]


def _first_try(entries: Entries, language: str) -> Article:
    """Only the first sentence."""
    written = _written(entries, language)
    text = written.text[: written.text.index(". ") + 1]
    return Article(
        "", written.title, text, language, questions=written.questions, tags=("products",), twin="engraving"
    )


def _written(entries: Entries, language: str) -> Written:
    return entries.fr if language == "fr" else entries.en


def _local(shop: Shop) -> datetime:
    return shop.clock().astimezone(shop.zone)

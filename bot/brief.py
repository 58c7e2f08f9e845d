"""What the company told the bot: `brief.yaml`, read into one validated value. An empty file works.

The fields and their meaning are listed in docs/brief.md, which is made from this file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from bot.brief_parts import Country, Hours, LanguageCode, Part, Text, Zone
from bot.brief_parts import text_in as text_in
from bot.decisions import Priority
from bot.errand_rules import Action, ActionName
from bot.model_use import ModelUse
from bot.recognisers.topics import Topic
from bot.routing import RoutingRule
from bot.teams import ServiceLevel
from bot.teams import Team as Team
from bot.words.names import Phrase
from bot.words.phrases import Words, unknown_places, words_for
from knowledge.entries import ResourceKind
from knowledge.hours import Calendar


class Tone(StrEnum):
    FORMAL = "formal"
    INFORMAL = "informal"
    TECHNICAL = "technical"


class Address(StrEnum):
    TU = "tu"
    VOUS = "vous"


class Format(StrEnum):
    MARKDOWN = "markdown"
    PLAIN = "plain"


class Length(StrEnum):
    SHORT = "short"
    MEDIUM = "medium"
    LONG = "long"

    @property
    def characters(self) -> int:
        """How much of an article an answer quotes. A list, a table or a paragraph is not cut for it."""
        return {Length.SHORT: 250, Length.MEDIUM: 500, Length.LONG: 1000}[self]


class Policy(StrEnum):
    """What is done about a topic."""

    ESCALATE = "escalate"
    """Hand over to a person."""
    REFUSE = "refuse"
    """Say no, in the topic's words."""
    ANSWER = "answer"
    """Show the topic's resource."""
    SEARCH = "search"
    """Treat it like any other question."""
    RUN = "run"
    """Run the topic's action, and pass on what it says."""


class Place(Part):
    """A resource written into the brief itself: it can be shown even when nothing can be searched."""

    kind: ResourceKind = Field(description="What it is.")
    title: Text = Field(description="Its name.")
    text: Text = Field(default={}, description="One line about it.")
    target: str = Field(description="The address, phone number, e-mail address or team, according to `kind`.")
    hours: Hours | None = Field(default=None, description="Opening hours, as for teams.")


class _TopicRule(Part):
    team: str | None = Field(default=None, description="With `escalate`: who takes over.")
    words: Text = Field(default={}, description="What the customer is told. Without it, the phrase.")
    resource: Place | None = Field(default=None, description="With `answer`: what is shown.")
    action: ActionName | None = Field(
        default=None,
        description="With `run`: which of the `actions` is run. A person takes over if it fails.",
    )
    triggers: tuple[str, ...] = Field(
        default=(),
        description="Words or phrases that mean this topic. Case, accents and endings do not matter.",
    )


class SensitiveTopic(_TopicRule):
    policy: Policy = Field(default=Policy.ESCALATE, description="What is done about it.")


class ForbiddenTopic(_TopicRule):
    policy: Policy = Field(default=Policy.REFUSE, description="What is done about it.")


Rule = SensitiveTopic | ForbiddenTopic


class Example(Part):
    """An exchange as the company would like it."""

    question: str = Field(description="What a customer writes.")
    answer: str = Field(description="What the company would answer.")
    language: LanguageCode | None = Field(default=None, description="Of both.")


class Brief(Part):
    """What the company tells the bot."""

    company: str = Field(default="", description="The company's name; `{company}` in phrases.")
    assistant: Text = Field(
        default={"fr": "l'assistant automatique", "en": "the automatic assistant"},
        description="What the bot calls itself; `{assistant}` in phrases. It never passes for a person.",
    )
    goal: str = Field(
        default="Answer customers' questions from the help centre, and get a person for all others.",
        description="What the bot is for. Given to a language model, where one is configured.",
    )
    quality_criteria: tuple[str, ...] = Field(
        default=(), description="What a good answer is. For reviewers, and for a language model."
    )
    tone: Tone = Field(default=Tone.INFORMAL, description="Of the bot's own phrases.")
    address: Address = Field(default=Address.VOUS, description="How French customers are addressed.")
    format: Format = Field(
        default=Format.MARKDOWN,
        description="`plain` takes emphasis and link addresses out of answers, for text-only doors.",
    )
    length: Length = Field(
        default=Length.MEDIUM,
        description="How much an answer quotes: short is about 250 characters, medium 500, long 1000. "
        "Paragraphs, lists and tables stay whole.",
    )
    limits: tuple[str, ...] = Field(
        default=(),
        description="What the bot must not do. Quotation keeps to the help centre by itself; "
        "for a language model, where one is configured.",
    )
    languages: tuple[LanguageCode, ...] = Field(
        default=("fr", "en"), min_length=1, description="The languages of the customers, the usual one first."
    )
    timezone: Zone = Field(default="Europe/Paris", description="Of hours that do not say otherwise.")
    country: Country | None = Field(
        default=None, description="Whose public holidays `PH` means in hours: two letters, such as FR."
    )
    teams: dict[str, Team] = Field(default={}, description="Who takes over, by a short name.")
    default_team: str | None = Field(
        default=None, description="The team for what belongs to no other. Without it, the first one."
    )
    service_levels: dict[Priority, ServiceLevel] = Field(
        default={},
        description="How soon customers are answered, by priority, where their team says nothing else. "
        "A priority that is not listed is treated as the next lower one.",
    )
    customer_tiers: dict[str, Priority] = Field(
        default={},
        description="How urgent customers of a tier are at least. Who is in which, the website says when it "
        "signs them in.",
    )
    routing: tuple[RoutingRule, ...] = Field(
        default=(),
        description="Who takes over what, and how urgent it is: team, priority and tags each come from the "
        "first rule that fits and names them. A topic's own `team` comes before them.",
    )
    sensitive_topics: dict[str, SensitiveTopic] = Field(
        default={},
        description="Topics for people. Those named "
        + ", ".join(f"`{topic}`" for topic in Topic)
        + " are recognised by themselves and escalate unless said otherwise here; others need `triggers`.",
    )
    actions: dict[ActionName, Action] = Field(
        default={},
        description="The company's own actions, by name: an order's status, for instance (docs/rasa.md).",
    )
    forbidden_topics: dict[str, ForbiddenTopic] = Field(
        default={}, description="Topics that the bot stays out of. Each needs `triggers`."
    )
    phrases: dict[LanguageCode, dict[Phrase, str]] = Field(
        default={}, description="The company's own words, by language and phrase, in place of the bot's."
    )
    examples: tuple[Example, ...] = Field(default=(), description="Exchanges that show the wanted style.")
    model: ModelUse = Field(
        default=ModelUse(), description="What a language model may do, where there is one."
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Brief:
        problems = list(self._problems())
        if problems:
            raise DoesNotFitTogether(problems)
        return self

    def _problems(self) -> Iterator[tuple[tuple[int | str, ...], str]]:
        """What each field cannot know alone, with the place of it."""
        teams = ", ".join(self.teams) or "none are listed"
        if self.default_team is not None and self.default_team not in self.teams:
            yield ("default_team",), f"there is no team {self.default_team!r}; teams: {teams}"
        for section, rules in (
            ("sensitive_topics", self.sensitive_topics),
            ("forbidden_topics", self.forbidden_topics),
        ):
            for name, rule in rules.items():
                if rule.team is not None and rule.team not in self.teams:
                    yield (section, name, "team"), f"there is no team {rule.team!r}; teams: {teams}"
                if rule.policy is Policy.ANSWER and rule.resource is None:
                    yield (section, name, "policy"), "the policy answer needs a resource to show"
                if (rule.policy is Policy.RUN) != (rule.action is not None):
                    yield (section, name), "the policy run and an action go together"
                elif rule.action is not None and rule.action not in self.actions:
                    listed = ", ".join(self.actions) or "none are listed"
                    yield (section, name, "action"), f"there is no action {rule.action!r}; actions: {listed}"
                if not rule.triggers and not (section == "sensitive_topics" and name in set(Topic)):
                    yield (section, name), "a topic of your own needs triggers to be recognised by"
        yield from self._routing_problems()
        for language, phrases in self.phrases.items():
            for phrase, text in phrases.items():
                yield from (
                    (("phrases", language, phrase.value), problem) for problem in _misplaced(phrase, text)
                )

    def _routing_problems(self) -> Iterator[tuple[tuple[int | str, ...], str]]:
        teams = ", ".join(self.teams) or "none are listed"
        topics = {*Topic, *self.sensitive_topics, *self.forbidden_topics}
        for number, rule in enumerate(self.routing):
            if rule.team is not None and rule.team not in self.teams:
                yield ("routing", number, "team"), f"there is no team {rule.team!r}; teams: {teams}"
            if rule.team is None and rule.priority is None and not rule.tags:
                yield ("routing", number), "a rule says a team, a priority or tags"
            for topic in sorted({*rule.when.topic} - topics):
                yield ("routing", number, "when", "topic"), f"there is no topic {topic!r}"
            for tier in sorted({*rule.when.tier} - {*self.customer_tiers}):
                yield ("routing", number, "when", "tier"), f"there is no tier {tier!r} in customer_tiers"
        for name, team in self.teams.items():
            for topic in sorted({*team.topics} - topics):
                yield ("teams", name, "topics"), f"there is no topic {topic!r}"
            if team.exceptions and team.hours is None:
                yield ("teams", name, "exceptions"), "exceptions need hours to be exceptions from"

    def rule(self, topic: str) -> Rule:
        """What is to be done about a topic that was recognised."""
        return self.forbidden_topics.get(topic) or self.sensitive_topics.get(topic) or SensitiveTopic()

    def words(self, language: str) -> Words:
        """The phrases for a customer who writes this language."""
        spoken = "fr" if language == "fr" else "en"
        assistant = text_in(self.assistant, spoken) or next(iter(self.assistant.values()), "Comptoir")
        return words_for(
            language,
            tu=self.address is Address.TU,
            formal=self.tone is Tone.FORMAL,
            own={**self.phrases.get(spoken, {}), **self.phrases.get(language, {})},
            common={"company": self.company, "assistant": assistant},
        )

    def team(self, name: str | None) -> Team:
        """The team of this name, else the default one, else one of which nothing is said."""
        default = self.default_team or next(iter(self.teams), "")
        return self.teams.get(name or default) or self.teams.get(default) or Team()

    def calendar(self, team: str | None) -> Calendar:
        """When the team is there."""
        found = self.team(team)
        zone = ZoneInfo(found.timezone) if found.timezone else self.zone
        return Calendar(found.all_hours, zone, self.country)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class BriefRefused(Exception):
    """The brief cannot be used. One line for each problem, with its place in the file."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class DoesNotFitTogether(ValueError):
    """Fields that are each right and do not go together."""

    def __init__(self, problems: list[tuple[tuple[int | str, ...], str]]) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, place))}: {said}" for place, said in problems))
        self.problems = problems


def _misplaced(phrase: Phrase, text: str) -> Iterator[str]:
    try:
        unknown = unknown_places(phrase, text)
    except ValueError:
        yield "braces are for places such as {company}; write {{ and }} for the signs themselves"
        return
    for place in sorted(unknown):
        yield f"there is nothing to put in {{{place}}} here"

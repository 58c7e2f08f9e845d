"""Which team takes over, and how urgent it is: what is known of a case → routing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from pydantic import BeforeValidator, Field

from bot.brief_parts import LanguageCode, Part
from bot.decisions import Priority, Reason
from bot.recognisers.topics import Topic
from bot.teams import Team


@dataclass(frozen=True, slots=True)
class Case:
    """What is known when a person is needed."""

    reason: Reason
    language: str | None = None
    topic: str | None = None
    """The sensitive topic."""
    tags: tuple[str, ...] = ()
    """Of the nearest article."""
    site: str | None = None
    tier: str | None = None
    """Of the customer."""
    frustrated: bool = False
    suits: str | None = None
    """The team that it seems to be for, where nothing that is known says so."""


@dataclass(frozen=True, slots=True)
class Routing:
    team: str | None
    """None when the brief lists no team."""
    priority: Priority
    tags: tuple[str, ...]


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_as_list)]


class Situation(Part):
    """What a rule is for: one value or a list. What is left out may be anything."""

    reason: Annotated[tuple[Reason, ...], BeforeValidator(_as_list)] = Field(
        default=(), description="Why a person is needed."
    )
    topic: Names = Field(default=(), description="Sensitive or forbidden topics, by their names here.")
    tags: Names = Field(default=(), description="The nearest article has one of these tags.")
    language: Annotated[tuple[LanguageCode, ...], BeforeValidator(_as_list)] = Field(
        default=(), description="The customer writes it."
    )
    site: Names = Field(default=(), description="The website, by its name in the settings.")
    tier: Names = Field(default=(), description="The customer's tier, from `customer_tiers`.")

    def fits(self, case: Case) -> bool:
        return (
            (not self.reason or case.reason in self.reason)
            and (not self.topic or case.topic in self.topic)
            and (not self.tags or bool({*self.tags} & {*case.tags}))
            and (not self.language or case.language in self.language)
            and (not self.site or case.site in self.site)
            and (not self.tier or case.tier in self.tier)
        )


class RoutingRule(Part):
    """Team, priority and tags each come from the first rule that fits and names them."""

    when: Situation = Field(default=Situation(), description="What it is for; without it, everything.")
    team: str | None = Field(default=None, description="Who takes over.")
    priority: Priority | None = Field(default=None, description="How urgent it is.")
    tags: Names = Field(default=(), description="What the conversation is tagged with, for lists and skills.")


class Rules(Protocol):
    """What a brief says of routing."""

    @property
    def teams(self) -> dict[str, Team]: ...
    @property
    def default_team(self) -> str | None: ...
    @property
    def routing(self) -> tuple[RoutingRule, ...]: ...
    @property
    def customer_tiers(self) -> dict[str, Priority]: ...


URGENT_TOPICS = frozenset({Topic.SELF_HARM.value})
PRESSING = frozenset({Reason.SENSITIVE_TOPIC, Reason.FRUSTRATED, Reason.REPEATED_FAILURE})
"""Reasons that are high priority when no rule says otherwise."""


def route(case: Case, rules: Rules, team: str | None = None) -> Routing:
    """`team` is the one that the topic itself names: nobody knows better."""
    fitting = [rule for rule in rules.routing if rule.when.fits(case)]
    tags = next((rule.tags for rule in fitting if rule.tags), ())
    named = team or next((rule.team for rule in fitting if rule.team), None)
    priority = next((rule.priority for rule in fitting if rule.priority), None)
    return Routing(
        named or _usual_team(case, rules),
        priority or _usual_priority(case, rules),
        tuple(dict.fromkeys([*case.tags, *tags])),
    )


def _usual_team(case: Case, rules: Rules) -> str | None:
    """By topic, then by the article's tags in their order; who speaks the language comes first."""
    by_topic = [name for name, team in rules.teams.items() if case.topic and case.topic in team.topics]
    by_tag = [name for tag in case.tags for name, team in rules.teams.items() if tag in team.tags]
    default = rules.default_team or next(iter(rules.teams), None)
    suits = [case.suits] if case.suits in rules.teams else []
    for names in (by_topic, by_tag, suits, [default] if default else []):
        if names:
            return next(_speaking(names, case, rules), names[0])
    return None


def _speaking(names: Iterable[str], case: Case, rules: Rules) -> Iterator[str]:
    return (n for n in names if not rules.teams[n].languages or case.language in rules.teams[n].languages)


def _usual_priority(case: Case, rules: Rules) -> Priority:
    """The most urgent that the topic, the reason, the mood or the customer's tier asks for."""
    found = [Priority.NORMAL]
    if case.topic in URGENT_TOPICS:
        found.append(Priority.URGENT)
    if case.reason in PRESSING or case.frustrated:
        found.append(Priority.HIGH)
    if case.tier in rules.customer_tiers:
        found.append(rules.customer_tiers[case.tier])
    return max(found, key=lambda priority: priority.rank)

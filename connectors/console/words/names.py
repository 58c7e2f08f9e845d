"""The words for the values of enums: reasons, statuses, priorities, … by `label(value)` in templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum

from bot.decisions import Priority, Reason
from bot.events import Measure, ReleaseReason, Review
from bot.words import moments
from connectors.console.accounts import Theme
from connectors.console.moments import Later
from connectors.console.words import Words
from escalation.reports import Dimension
from escalation.roster import Role
from escalation.ticket import Closing, Status
from knowledge.entries import Audience, ResourceKind


def labels(language: str) -> Callable[[Enum], str]:
    chosen = 1 if language == "fr" else 0

    def label(value: Enum) -> str:
        return _NAMES[value][chosen]

    return label


_NAMES: Mapping[Enum, tuple[str, str]] = {
    Reason.ASKED_FOR_PERSON: ("Asked for a person", "Demande une personne"),
    Reason.LOW_CONFIDENCE: ("Not sure enough", "Pas assez sûr"),
    Reason.NOT_IN_KNOWLEDGE_BASE: ("No answer found", "Sans réponse trouvée"),
    Reason.SENSITIVE_TOPIC: ("Sensitive topic", "Sujet sensible"),
    Reason.FRUSTRATED: ("Frustrated", "Agacement"),
    Reason.REPEATED_FAILURE: ("Answers did not help", "Réponses inutiles"),
    Reason.UNAVAILABLE: ("Something was broken", "Panne"),
    Reason.POLICY: ("The brief says so", "Règle du brief"),
    Reason.TAKEN_OVER: ("Taken over", "Reprise par l'équipe"),
    Priority.LOW: ("Low", "Basse"),
    Priority.NORMAL: ("Normal", "Normale"),
    Priority.HIGH: ("High", "Haute"),
    Priority.URGENT: ("Urgent", "Urgente"),
    Status.OPEN: ("Waiting", "En attente"),
    Status.ASSIGNED: ("Given to a colleague", "Confiée à un collègue"),
    Status.CLAIMED: ("With a colleague", "Prise en charge"),
    Status.RESOLVED: ("Closed", "Close"),
    Closing.RESOLVED: ("Resolved", "Résolue"),
    Closing.LEFT: ("The customer left", "Le client est parti"),
    Closing.HANDED_BACK: ("Back with the assistant", "Rendue à l'assistant"),
    Closing.SPAM: ("Spam", "Indésirable"),
    Closing.MERGED: ("Merged", "Fusionnée"),
    Role.AGENT: ("Agent", "Agent"),
    Role.LEAD: ("Lead", "Responsable"),
    Role.ADMIN: ("Admin", "Administrateur"),
    Theme.SYSTEM: ("As my device", "Comme mon appareil"),
    Theme.LIGHT: ("Light", "Clair"),
    Theme.DARK: ("Dark", "Sombre"),
    Measure.FIRST_RESPONSE: ("First response", "Première réponse"),
    Measure.RESOLUTION: ("Resolution", "Résolution"),
    ReleaseReason.THEMSELVES: ("given back", "rendue"),
    ReleaseReason.IDLE: ("idle for too long", "inactive trop longtemps"),
    ReleaseReason.OFF_DUTY: ("off duty", "hors service"),
    Review.RIGHT: ("Right", "Juste"),
    Review.WRONG: ("Wrong", "Fausse"),
    Review.INCOMPLETE: ("Incomplete", "Incomplète"),
    Review.SHOULD_HAVE_ESCALATED: ("Should have gone to a person", "Aurait dû passer à une personne"),
    Review.WRONG_TONE: ("Wrong tone", "Mauvais ton"),
    ResourceKind.PAGE: ("Page", "Page"),
    ResourceKind.FORM: ("Form", "Formulaire"),
    ResourceKind.PHONE: ("Phone", "Téléphone"),
    ResourceKind.EMAIL: ("E-mail", "E-mail"),
    ResourceKind.TEAM: ("Team", "Équipe"),
}


def later_name(later: Later, _: Words) -> str:
    return {
        Later.HOUR: _("In an hour"),
        Later.AFTERNOON: _("This afternoon"),
        Later.TOMORROW: _("Tomorrow morning"),
        Later.MONDAY: _("Next Monday"),
        Later.MOMENT: _("Another moment"),
    }[later]


def language_name(code: str, _: Words) -> str:
    """With a capital, as the name of a choice."""
    name = moments.language_name(code, _.language)
    return name[:1].upper() + name[1:]


# Names that are kept as plain words in traces. One that is not here is shown as it is.


def outcome_name(kind: str, _: Words) -> str:
    return {
        "answer": _("An answer"),
        "route": _("Sent to the right place"),
        "clarify": _("A question back"),
        "small_talk": _("Small talk"),
        "performed": _("Said by an action"),
        "escalate": _("Passed to a person"),
    }.get(kind, kind)


def verdict_name(verdict: str, _: Words) -> str:
    return {
        "sure": _("sure"),
        "less_sure": _("less sure: “This may help”"),
        "route": _("a resource is the answer"),
        "competing": _("one of several may be meant"),
        "nothing": _("nothing that is good enough"),
    }.get(verdict, verdict)


def step_name(step: str, _: Words) -> str:
    return {
        "understand": _("Understand"),
        "retrieve": _("Search"),
        "judge": _("Judge"),
        "compose": _("Compose"),
        "verify": _("Verify"),
        "decide": _("Decide"),
        "act": _("Run the action"),
    }.get(step, step)


def signal_name(signal: str, _: Words) -> str:
    """Of the parts of a score, and of the features that the confidence is made of."""
    return {
        "head": _("title"),
        "body": _("text"),
        "lexical": _("words"),
        "opening": _("opening"),
        "score": _("best score"),
        "dense": _("best score by meaning"),
        "few": _("how few entries there are"),
        "foreign": _("in another language"),
        "lead": _("lead over the second"),
        "margin": _("margin"),
        "share": _("share of the words found"),
        "covered": _("rare words covered"),
        "covered_by_passage": _("rare words in the passage"),
        "agreement": _("the rankings agree"),
        "verbatim": _("word for word"),
        "unknown": _("unknown words"),
        "length": _("length of the question"),
        "reranker": _("second reading"),
    }.get(signal, signal.replace("_", " "))


def topic_name(topic: str, _: Words) -> str:
    """Of those that are recognised by themselves; the brief's own are called what the brief calls them."""
    known = {
        "legal_threat": _("Legal threat"),
        "self_harm": _("Self-harm"),
        "fraud": _("Fraud"),
        "data_protection": _("Personal data"),
        "security_report": _("Security report"),
        "press": _("Press"),
    }
    bare = topic.replace("_", " ")
    return known.get(topic, bare[:1].upper() + bare[1:])


def dimension_name(dimension: Dimension, _: Words) -> str:
    return {
        Dimension.SITE: _("Site"),
        Dimension.LANGUAGE: _("Language"),
        Dimension.DOOR: _("Way in"),
    }[dimension]


def audience_name(audience: Audience, _: Words) -> str:
    return _("For customers") if audience is Audience.PUBLIC else _("For staff only")


def part_name(part: str, _: Words) -> str:
    """Of an entry."""
    return {
        "title": _("Title"),
        "text": _("Text"),
        "questions": _("Other ways to ask"),
        "language": _("Language"),
        "audience": _("Who may see it"),
        "tags": _("Tags"),
        "url": _("Page on the website"),
        "twin": _("Twin in another language"),
        "kind": _("Kind"),
        "target": _("Where to"),
        "hours": _("Hours"),
    }.get(part, part)


def door_name(door: str, _: Words) -> str:
    return {
        "widget": _("the chat on the website"),
        "terminal": _("the terminal"),
        "slack": "Slack",
        "mail": _("e-mail"),
        "rasa": "Rasa",
    }.get(door, door)

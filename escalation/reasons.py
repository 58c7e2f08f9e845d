"""Why a person is needed, in words for the person. French and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.decisions import Reason
from escalation.ticket import Ticket

_WORDS: Mapping[str, Mapping[Reason, str]] = {
    "en": {
        Reason.ASKED_FOR_PERSON: "The customer asked for a person.",
        Reason.LOW_CONFIDENCE: "The bot found something near and was not sure enough to say it.",
        Reason.NOT_IN_KNOWLEDGE_BASE: "Nothing near enough was found in the knowledge base.",
        Reason.SENSITIVE_TOPIC: "A topic for people.",
        Reason.FRUSTRATED: "The customer is annoyed.",
        Reason.REPEATED_FAILURE: "Two answers in a row did not help.",
        Reason.UNAVAILABLE: "The bot could not work: a part of it did not answer.",
        Reason.POLICY: "The brief leaves this to people.",
        Reason.TAKEN_OVER: "Nobody asked for a person: a colleague came in.",
    },
    "fr": {
        Reason.ASKED_FOR_PERSON: "Le client a demandé une personne.",
        Reason.LOW_CONFIDENCE: "Le bot a trouvé quelque chose de proche, sans être assez sûr pour le dire.",
        Reason.NOT_IN_KNOWLEDGE_BASE: "Rien d'assez proche n'a été trouvé dans la base de connaissances.",
        Reason.SENSITIVE_TOPIC: "Un sujet pour des personnes.",
        Reason.FRUSTRATED: "Le client est agacé.",
        Reason.REPEATED_FAILURE: "Deux réponses de suite n'ont pas aidé.",
        Reason.UNAVAILABLE: "Le bot ne pouvait pas travailler : une de ses parties ne répondait pas.",
        Reason.POLICY: "Le brief laisse ce sujet aux personnes.",
        Reason.TAKEN_OVER: "Personne n'a demandé : un collègue est intervenu.",
    },
}


def because(ticket: Ticket, trace: Mapping[str, Any], language: str) -> str:
    """One or two sentences. `trace` is that of the outcome that escalated; it may be empty."""
    french = language == "fr"
    said = [_WORDS["fr" if french else "en"][ticket.reason]]
    if ticket.topic:
        said.append(f"Sujet : {ticket.topic}." if french else f"Topic: {ticket.topic}.")
    match trace:
        case {"confidence": float() | int() as sure, "threshold": float() | int() as needed}:
            said.append(_sureness(float(sure), float(needed), french))
    match trace:
        case {"unavailable": str(what)} | {"error": {"message": str(what)}}:
            said.append(what)
    return " ".join(said)


def _sureness(sure: float, needed: float, french: bool) -> str:
    """A threshold above 1: no answer keeps the lead's target."""
    percent = round(100 * sure)
    if needed > 1:
        return f"Sûr à {percent}\u00a0%." if french else f"It was {percent}% sure."
    limit = round(100 * needed)
    if french:
        return f"Sûr à {percent}\u00a0%\u202f; il répond à partir de {limit}\u00a0%."
    return f"It was {percent}% sure; it answers from {limit}% on."

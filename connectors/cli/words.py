"""What the command line says, in English and French. Errors and file formats stay English."""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    sources: str
    more_in: str
    updated: str
    sure: str
    less_sure: str
    not_sure: str
    passed_on: str
    """{reason}"""
    open_now: str
    closed_now: str
    kinds: Mapping[str, str]
    """Of resources, by their kind."""
    reasons: Mapping[str, str]
    """Why a person takes over, by bot.decisions.Reason."""

    chat_help: str
    chat_try: str
    chat_commands: str
    chat_ended: str
    """{conversation}"""
    chat_new: str
    chat_stopped: str
    chat_waiting: str
    chat_with_person: str
    """{name}"""
    chat_nothing_to_judge: str
    chat_judged_useful: str
    chat_judged_useless: str
    chat_unknown_command: str
    """{command}"""

    serve_ready: str
    """{address} {seconds}"""
    serve_stopped: str

    demo_loading: str
    demo_forgotten: str
    """{count}"""
    demo_ready: str
    demo_console: str
    """{address} {seconds}"""
    ingest_phases: Mapping[str, str]
    """By knowledge.progress.Phase, "calibrating", and "living" for the demo."""
    ingest_summary: Mapping[str, str]
    ingest_done: str
    """{passages} {embedded} {seconds}"""
    ingest_index_later: str
    """{why}"""
    ingest_rejected: str
    """{count}"""
    ingest_conflicts: str
    """{count}"""

    escalations_none: str
    escalations_columns: Mapping[str, str]

    deliveries_none: str
    deliveries_standing: str
    """{door} {waiting} {refused}"""
    deliveries_columns: Mapping[str, str]
    deliveries_again: str
    """{count}"""

    admin_password: str
    admin_password_again: str
    admin_created: str
    admin_reset: str
    admin_link: str


ENGLISH = Words(
    sources="Sources",
    more_in="more in",
    updated="updated",
    sure="sure",
    less_sure="less sure",
    not_sure="not sure",
    passed_on="passed to a person: {reason}",
    open_now="open now",
    closed_now="closed now",
    kinds={"page": "page", "form": "form", "phone": "phone", "email": "e-mail", "team": "team"},
    reasons={
        "asked_for_person": "asked for a person",
        "low_confidence": "not sure enough",
        "not_in_knowledge_base": "no answer found",
        "sensitive_topic": "sensitive topic",
        "frustrated": "frustrated",
        "repeated_failure": "two answers did not help",
        "unavailable": "something was broken",
        "policy": "the brief says so",
        "taken_over": "a colleague came in",
    },
    chat_help="Write a question. /help shows what else you can do, /quit ends.",
    chat_try="For example:",
    chat_commands="""\
/useful       the last answer helped
/not-useful   it did not
/person       ask for a person
/explain      how the last answer came about
/new          a new conversation
/quit         end (or Ctrl-D)
A line that ends in \\ goes on in the next one.""",
    chat_ended="Go on later with: comptoir chat --conversation {conversation}",
    chat_new="A new conversation.",
    chat_stopped="Stopped. Your message is kept and is answered together with the next one.",
    chat_waiting="(Noted for the person who takes over. /new begins a new conversation.)",
    chat_with_person="({name} reads this and answers.)",
    chat_nothing_to_judge="There is no answer yet.",
    chat_judged_useful="Thank you, good to know.",
    chat_judged_useless="Noted. Say what was missing, or /person for a person.",
    chat_unknown_command="There is no {command}. /help shows what there is.",
    serve_ready="Comptoir answers at {address} (started in {seconds} s). Ctrl-C stops it.",
    serve_stopped="Stopped. What was acknowledged is kept.",
    demo_loading="Loading the help centre of the demo shop; the first time takes a minute or two.",
    demo_forgotten="Taken out: {count} made-up conversations. The articles and your own conversations stay.",
    demo_ready="The demo shop is open: {address} (started in {seconds} s). Ctrl-C closes it.",
    demo_console="Its team's console, by a link that works once: {address}{path}",
    ingest_phases={
        "reading": "reading",
        "embedding": "embedding",
        "indexing": "indexing",
        "calibrating": "calibrating",
        "living": "a fortnight of customers",
    },
    ingest_done="{passages} new passages, {embedded} texts embedded, {seconds:.1f} s.",
    ingest_index_later="The index comes later, exact search answers until then: {why}",
    ingest_summary={
        "source": "source",
        "added": "added",
        "changed": "changed",
        "unchanged": "unchanged",
        "removed": "removed",
        "rejected": "rejected",
    },
    ingest_rejected="Left out ({count}):",
    ingest_conflicts="Changed in the console and in their files, too ({count}); what the console says stands "
    "until somebody decides there:",
    admin_password="Password",
    admin_password_again="The same again",
    admin_created="The account is there: sign in at /console.",
    admin_reset="Signed out everywhere.",
    admin_link="This link signs in once:",
    escalations_none="Nobody waits.",
    escalations_columns={
        "number": "no.",
        "waiting": "waiting",
        "reason": "why",
        "question": "question",
        "team": "team",
        "status": "status",
    },
    deliveries_none="Nothing was given up.",
    deliveries_standing="{door}: {waiting} waiting, {refused} given up",
    deliveries_columns={
        "when": "given up",
        "door": "to",
        "kind": "what",
        "recipient": "whom",
        "conversation": "conversation",
        "reason": "why",
    },
    deliveries_again="{count} will be tried again.",
)

FRENCH = Words(
    sources="Sources",
    more_in="plus dans",
    updated="mis à jour le",
    sure="sûr",
    less_sure="moins sûr",
    not_sure="pas sûr",
    passed_on="transmis à une personne : {reason}",
    open_now="ouvert",
    closed_now="fermé",
    kinds={
        "page": "page",
        "form": "formulaire",
        "phone": "téléphone",
        "email": "e-mail",
        "team": "équipe",
    },
    reasons={
        "asked_for_person": "demande une personne",
        "low_confidence": "pas assez sûr",
        "not_in_knowledge_base": "sans réponse trouvée",
        "sensitive_topic": "sujet sensible",
        "frustrated": "agacement",
        "repeated_failure": "deux réponses n'ont pas aidé",
        "unavailable": "quelque chose était en panne",
        "policy": "le brief le demande",
        "taken_over": "un collègue est intervenu",
    },
    chat_help="Posez votre question. /aide montre le reste, /quitter termine.",
    chat_try="Par exemple :",
    chat_commands="""\
/utile        la dernière réponse a aidé
/inutile      elle n'a pas aidé
/personne     demander une personne
/expliquer    comment la dernière réponse est venue
/nouveau      une nouvelle conversation
/quitter      terminer (ou Ctrl-D)
Une ligne qui finit par \\ continue sur la suivante.""",
    chat_ended="Pour reprendre plus tard : comptoir chat --conversation {conversation}",
    chat_new="Une nouvelle conversation.",
    chat_stopped="Interrompu. Votre message est gardé et recevra sa réponse avec le suivant.",
    chat_waiting="(Noté pour la personne qui prend le relais. /nouveau ouvre une autre conversation.)",
    chat_with_person="({name} vous lit et vous répond.)",
    chat_nothing_to_judge="Il n'y a pas encore de réponse.",
    chat_judged_useful="Merci, c'est bon à savoir.",
    chat_judged_useless="C'est noté. Dites ce qui manquait, ou /personne pour une personne.",
    chat_unknown_command="{command} n'existe pas. /aide montre ce qu'il y a.",
    serve_ready="Comptoir répond sur {address} (démarré en {seconds} s). Ctrl-C l'arrête.",
    serve_stopped="Arrêté. Tout ce qui a été confirmé est gardé.",
    demo_forgotten="Retirées : {count} conversations inventées. Les articles et vos conversations restent.",
    demo_console="La console de son équipe, par un lien qui sert une fois : {address}{path}",
    demo_ready="La boutique de démonstration est ouverte : {address} (démarrée en {seconds} s). "
    "Ctrl-C la ferme.",
    demo_loading="Chargement du centre d'aide de démonstration : une à deux minutes la première fois.",
    ingest_phases={
        "reading": "lecture",
        "embedding": "vecteurs",
        "indexing": "index",
        "calibrating": "calibrage",
        "living": "quinze jours de clients",
    },
    ingest_done="{passages} nouveaux passages, {embedded} textes vectorisés, {seconds:.1f} s.",
    ingest_index_later="L'index suivra, la recherche exacte répond d'ici là : {why}",
    ingest_summary={
        "source": "source",
        "added": "ajoutés",
        "changed": "modifiés",
        "unchanged": "inchangés",
        "removed": "retirés",
        "rejected": "écartés",
    },
    ingest_rejected="Laissés de côté ({count}) :",
    ingest_conflicts="Modifiés dans la console et aussi dans leurs fichiers ({count}) ; la console fait foi "
    "jusqu'à ce que quelqu'un y tranche :",
    admin_password="Mot de passe",
    admin_password_again="Le même encore une fois",
    admin_created="Le compte est créé : connectez-vous à /console.",
    admin_reset="Déconnecté partout.",
    admin_link="Ce lien connecte une seule fois :",
    escalations_none="Personne n'attend.",
    escalations_columns={
        "number": "n°",
        "waiting": "attend depuis",
        "reason": "pourquoi",
        "question": "question",
        "team": "équipe",
        "status": "état",
    },
    deliveries_none="Rien n'a été abandonné.",
    deliveries_standing="{door} : {waiting} en attente, {refused} abandonnés",
    deliveries_columns={
        "when": "abandonné",
        "door": "vers",
        "kind": "quoi",
        "recipient": "à qui",
        "conversation": "conversation",
        "reason": "pourquoi",
    },
    deliveries_again="{count} seront tentés de nouveau.",
)


def words_for(language: str) -> Words:
    return FRENCH if language == "fr" else ENGLISH


def language_of_the_machine() -> str:
    """ "fr" or "en", as the locale says."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "fr" if value.lower().startswith("fr") else "en"
    return "fr" if (locale.getlocale()[0] or "").lower().startswith("fr") else "en"

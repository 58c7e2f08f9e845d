"""What Comptoir says in Slack of its own, in English and French."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.decisions import Priority
from bot.events import Measure


@dataclass(frozen=True, slots=True)
class Words:
    language: str

    # Answers
    sure: str
    less_sure: str
    internal: str
    useful: str
    not_useful: str
    sources: str
    share: str
    correct: str
    ask_person: str
    thanks: str
    what_was_missing: str
    shared_by: str
    not_shareable: str
    not_here: str
    joined: str
    closed: str
    bot_again: str
    only_you: str
    looking: str
    welcome: str
    suggestions: tuple[str, ...]
    usage: str
    person_called: str
    already_with_person: str

    # Cards
    waiting: str
    claimed: str
    snoozed: str
    resolved: str
    moved: str
    no_question: str
    reason: str
    found: str
    tried: str
    draft: str
    due: Mapping[Measure, str]
    priority: Mapping[Priority, str]
    claim: str
    assign: str
    snooze: str
    not_for_us: str
    open: str
    reply: str
    request_draft: str
    resolve: str
    hand_back: str
    release: str
    more: str
    before: str
    customer: str
    bot: str
    to_customer: str
    note: str
    promised: str
    late: Mapping[Measure, str]
    nearly_late: Mapping[Measure, str]

    # What is told to one person
    has_it: str
    you_have_it: str
    no_account: str
    too_late: str
    claim_first: str
    customer_wrote: str
    not_allowed: str
    the_customer: str
    noted: str
    send: str
    sent: str
    sent_before: str
    edited_after: str
    no_draft: str
    draft_for_you: str
    no_other_team: str
    which_one: str
    unknown_number: str
    slow: str
    nobody_there: str
    not_a_note: str
    on: str
    off: str
    done: str

    # Forms
    cancel: str
    save: str
    send_title: str
    will_see: str
    reply_label: str
    correct_title: str
    correct_label: str
    corrected: str
    mark_label: str
    wrong: str
    incomplete: str
    assign_title: str
    colleague: str
    snooze_title: str
    until: str
    hour: str
    four_hours: str
    tomorrow: str
    next_week: str
    team_title: str
    team: str
    missing_title: str
    missing_label: str
    sources_title: str

    # App home and digest
    mine: str
    queue: str
    nothing: str
    on_duty: str
    off_duty: str
    go_on: str
    go_off: str
    home_stranger: str
    digest: str
    digest_open: str
    digest_late: str
    and_more: str


ENGLISH = Words(
    language="en",
    sure="Sure",
    less_sure="Less sure: please check the source",
    internal="internal",
    useful="Useful",
    not_useful="Not useful",
    sources="Sources",
    share="Share to channel",
    correct="Correct it",
    ask_person="Ask a person",
    thanks="Thank you.",
    what_was_missing="Thank you. What should it have said? “Correct it” takes your words.",
    shared_by="Shared by {user}",
    not_shareable="This answer quotes internal articles, and people from outside read this channel. It stays "
    "with you.",
    not_here="What I found is for colleagues only, and people from outside read this. Ask me in a direct "
    "message.",
    joined="{name} has joined the conversation.",
    closed="The conversation was closed. Write again to open it.",
    bot_again="The assistant answers again.",
    only_you="Only you see this.",
    looking="is looking in the help centre…",
    welcome="Hi! Ask away: I answer from the help centre.",
    suggestions=("How do returns work?", "How do I reset a password?", "What does the warranty cover?"),
    usage="`/comptoir your question` asks the help centre; only you see the answer.\n"
    "`/comptoir reply NUMBER words` answers a customer, after a preview.\n"
    "`/comptoir on` and `/comptoir off` say whether you are on duty.",
    person_called="A colleague will answer here.",
    already_with_person="A person has this already.",
    waiting="Waiting for a person",
    claimed="{name} has it",
    snoozed="Put aside until {moment}",
    resolved="Closed",
    moved="Moved to {team}",
    no_question="The customer asked for a person",
    reason="Why",
    found="Found",
    tried="Tried",
    draft="Draft",
    due={Measure.FIRST_RESPONSE: "first reply due {moment}", Measure.RESOLUTION: "solution due {moment}"},
    priority={
        Priority.LOW: "low",
        Priority.NORMAL: "normal",
        Priority.HIGH: "high priority",
        Priority.URGENT: "urgent",
    },
    claim="Claim",
    assign="Assign",
    snooze="Snooze",
    not_for_us="Not for us",
    open="Open in console",
    reply="Reply",
    request_draft="Draft",
    resolve="Resolve",
    hand_back="Hand back to the bot",
    release="Back to the queue",
    more="More",
    before="What was said so far",
    customer="Customer",
    bot="Bot",
    to_customer="{name} → customer",
    note="Note by {name}, only your team sees this",
    promised="Promised to the customer",
    late={
        Measure.FIRST_RESPONSE: "Late: no first reply yet, it was due {moment}.",
        Measure.RESOLUTION: "Late: not solved yet, it was due {moment}.",
    },
    nearly_late={
        Measure.FIRST_RESPONSE: "Nearly late: the first reply is due {moment}.",
        Measure.RESOLUTION: "Nearly late: the solution is due {moment}.",
    },
    has_it="{name} has this already.",
    you_have_it="You have this already.",
    no_account="You have no account in Comptoir under this e-mail address: ask a lead for one.",
    too_late="That is not possible any more: {why}",
    claim_first="Claim it first.",
    customer_wrote="The customer wrote in the meantime. Read it, then try again.",
    not_allowed="Your role may not do that. Ask a lead or an admin.",
    the_customer="The customer",
    noted="Kept as a note, only your team sees it.",
    send="Send to customer…",
    sent="Sent to {customer}.",
    sent_before="This was sent to the customer already.",
    edited_after="The customer has this message as it was sent: what is sent is not changed afterwards. Send "
    "another one to put it right.",
    no_draft="There is nothing in the knowledge base to draft from.",
    draft_for_you="A draft from the knowledge base. Nothing is sent yet.",
    no_other_team="There is no other team.",
    which_one="Which conversation? `/comptoir reply NUMBER words`; the number stands on its card.",
    unknown_number="There is no open conversation with that number.",
    slow="That took too long; please press again.",
    nobody_there="There is nobody to assign it to.",
    not_a_note="Only messages in the thread of a customer's card can be sent.",
    on="You are on duty.",
    off="You are off duty.",
    done="Done.",
    cancel="Cancel",
    save="Save",
    send_title="Send to customer",
    will_see="*{customer}* will read this{where}. They see your name as *{name}*.",
    reply_label="Your reply",
    correct_title="Correct the answer",
    correct_label="What it should have said",
    corrected="Thank you. A lead can make it knowledge now.",
    mark_label="The answer was",
    wrong="wrong",
    incomplete="incomplete",
    assign_title="Assign",
    colleague="Colleague",
    snooze_title="Snooze",
    until="Until",
    hour="In an hour",
    four_hours="In four hours",
    tomorrow="Tomorrow at 9:00",
    next_week="In a week",
    team_title="Not for us",
    team="Team",
    missing_title="What was missing?",
    missing_label="In a few words",
    sources_title="Sources",
    mine="Your conversations",
    queue="Waiting for a person",
    nothing="Nothing here.",
    on_duty="You are *on duty*.",
    off_duty="You are *off duty*.",
    go_on="Go on duty",
    go_off="Go off duty",
    home_stranger="Ask me anything in Messages: I answer from the help centre.",
    digest="Good morning. In the last 24 hours: {opened} came to people, of which {closed} are closed.",
    digest_open="{open} wait now, {claimed} are being handled.",
    digest_late="{late} are late.",
    and_more="and {number} more",
)
FRENCH = Words(
    language="fr",
    sure="Sûr",
    less_sure="Moins sûr : vérifiez la source",
    internal="interne",
    useful="Utile",
    not_useful="Pas utile",
    sources="Sources",
    share="Partager dans le canal",
    correct="Corriger",
    ask_person="Demander à une personne",
    thanks="Merci.",
    what_was_missing="Merci. Qu'aurait-il fallu dire ? « Corriger » prend vos mots.",
    shared_by="Partagé par {user}",
    not_shareable="Cette réponse cite des articles internes, et des personnes extérieures lisent ce canal. "
    "Elle reste entre nous.",
    not_here="Ce que j'ai trouvé est réservé aux collègues, et des personnes extérieures lisent ceci. "
    "Demandez-le-moi en message direct.",
    joined="{name} a rejoint la conversation.",
    closed="La conversation a été close. Écrivez pour la rouvrir.",
    bot_again="L'assistant répond de nouveau.",
    only_you="Vous seul voyez ceci.",
    looking="cherche dans le centre d'aide…",
    welcome="Bonjour ! Posez votre question, je cherche dans le centre d'aide.",
    suggestions=(
        "Comment faire un retour ?",
        "Comment réinitialiser un mot de passe ?",
        "Que couvre la garantie ?",
    ),
    usage="`/comptoir votre question` interroge le centre d'aide ; vous seul voyez la réponse.\n"
    "`/comptoir reply NUMÉRO texte` répond à un client, après un aperçu.\n"
    "`/comptoir on` et `/comptoir off` disent si vous êtes de service.",
    person_called="Un collègue répondra ici.",
    already_with_person="Une personne s'en occupe déjà.",
    waiting="Attend une personne",
    claimed="{name} s'en occupe",
    snoozed="Mis de côté jusqu'à {moment}",
    resolved="Close",
    moved="Passée à {team}",
    no_question="Le client a demandé une personne",
    reason="Pourquoi",
    found="Trouvé",
    tried="Essayé",
    draft="Brouillon",
    due={
        Measure.FIRST_RESPONSE: "première réponse due {moment}",
        Measure.RESOLUTION: "solution due {moment}",
    },
    priority={
        Priority.LOW: "basse",
        Priority.NORMAL: "normale",
        Priority.HIGH: "priorité haute",
        Priority.URGENT: "urgente",
    },
    claim="Prendre",
    assign="Attribuer",
    snooze="Mettre de côté",
    not_for_us="Pas pour nous",
    open="Ouvrir la console",
    reply="Répondre",
    request_draft="Brouillon",
    resolve="Résoudre",
    hand_back="Rendre au bot",
    release="Remettre en file",
    more="Plus",
    before="Ce qui a été dit jusqu'ici",
    customer="Client",
    bot="Bot",
    to_customer="{name} → client",
    note="Note de {name}, seule votre équipe la voit",
    promised="Promis au client",
    late={
        Measure.FIRST_RESPONSE: "En retard : pas de première réponse, elle était due {moment}.",
        Measure.RESOLUTION: "En retard : pas résolu, c'était dû {moment}.",
    },
    nearly_late={
        Measure.FIRST_RESPONSE: "Bientôt en retard : première réponse due {moment}.",
        Measure.RESOLUTION: "Bientôt en retard : solution due {moment}.",
    },
    has_it="{name} s'en occupe déjà.",
    you_have_it="Vous vous en occupez déjà.",
    no_account="Vous n'avez pas de compte Comptoir à cette adresse : demandez-en un à un responsable.",
    too_late="Ce n'est plus possible : {why}",
    claim_first="Prenez-la d'abord.",
    customer_wrote="Le client a écrit entre-temps. Lisez, puis recommencez.",
    not_allowed="Votre rôle ne le permet pas. Demandez à un responsable.",
    the_customer="Le client",
    noted="Gardé comme note, seule votre équipe la voit.",
    send="Envoyer au client…",
    sent="Envoyé à {customer}.",
    sent_before="C'est déjà envoyé au client.",
    edited_after="Le client a ce message tel qu'il a été envoyé : ce qui est envoyé ne change plus. "
    "Envoyez-en un autre pour rectifier.",
    no_draft="Rien dans la base de connaissances pour un brouillon.",
    draft_for_you="Un brouillon tiré de la base de connaissances. Rien n'est encore envoyé.",
    no_other_team="Il n'y a pas d'autre équipe.",
    which_one="Quelle conversation ? `/comptoir reply NUMÉRO texte` ; le numéro est sur sa carte.",
    unknown_number="Aucune conversation ouverte ne porte ce numéro.",
    slow="C'était trop long ; appuyez encore une fois.",
    nobody_there="Il n'y a personne à qui l'attribuer.",
    not_a_note="Seuls les messages du fil d'une carte de client peuvent être envoyés.",
    on="Vous êtes de service.",
    off="Vous n'êtes plus de service.",
    done="Fait.",
    cancel="Annuler",
    save="Enregistrer",
    send_title="Envoyer au client",
    will_see="*{customer}* lira ceci{where}. Votre nom y est *{name}*.",
    reply_label="Votre réponse",
    correct_title="Corriger la réponse",
    correct_label="Ce qu'il aurait fallu dire",
    corrected="Merci. Un responsable peut en faire un article.",
    mark_label="La réponse était",
    wrong="fausse",
    incomplete="incomplète",
    assign_title="Attribuer",
    colleague="Collègue",
    snooze_title="Mettre de côté",
    until="Jusqu'à",
    hour="Dans une heure",
    four_hours="Dans quatre heures",
    tomorrow="Demain à 9 h",
    next_week="Dans une semaine",
    team_title="Pas pour nous",
    team="Équipe",
    missing_title="Que manquait-il ?",
    missing_label="En quelques mots",
    sources_title="Sources",
    mine="Vos conversations",
    queue="Attendent une personne",
    nothing="Rien ici.",
    on_duty="Vous êtes *de service*.",
    off_duty="Vous n'êtes *pas de service*.",
    go_on="Prendre le service",
    go_off="Quitter le service",
    home_stranger="Posez vos questions dans Messages : je réponds depuis le centre d'aide.",
    digest="Bonjour. Ces dernières 24 heures : {opened} sont venues à l'équipe, dont {closed} closes.",
    digest_open="{open} attendent, {claimed} sont en cours.",
    digest_late="{late} sont en retard.",
    and_more="et {number} de plus",
)


def words(language: str | None) -> Words:
    return FRENCH if language == "fr" else ENGLISH

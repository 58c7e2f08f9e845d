"""What the door says of its own, in English and French."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.http.codes import Code


@dataclass(frozen=True, slots=True)
class ProblemWords:
    title: str
    """What happened."""
    detail: str
    """What to do; may hold places such as {limit}."""


def problem_words(code: Code, language: str) -> ProblemWords:
    return (_FRENCH if language == "fr" else _ENGLISH)[code]


_ENGLISH: Mapping[Code, ProblemWords] = {
    Code.ADDRESS_INVALID: ProblemWords(
        "Not an e-mail address", "Check the address: it should look like name@example.com."
    ),
    Code.ANOTHER_CUSTOMER: ProblemWords(
        "Another customer's conversation", "Open a new conversation for the customer who is signed in now."
    ),
    Code.BODY_TOO_LARGE: ProblemWords("Too large", "Send less at once: at most {limit} bytes."),
    Code.BODY_TOO_SLOW: ProblemWords("Too slow", "The request did not arrive in time. Send it again."),
    Code.BODY_UNREADABLE: ProblemWords("Not JSON", "Send a JSON object in UTF-8, as the API's page shows."),
    Code.CLIENT_ID_INVALID: ProblemWords(
        "Wrong client id", "Give each message an id of 1 to 200 characters, such as a UUID."
    ),
    Code.CONFLICT: ProblemWords(
        "Not possible now", "The conversation has changed meanwhile. Read its events, then try again."
    ),
    Code.CONVERSATION_UNKNOWN: ProblemWords(
        "No such conversation", "This conversation is not kept any more. Open a new one."
    ),
    Code.IDENTITY_EXPIRED: ProblemWords(
        "Identity expired", "Have your server sign a new identity, with exp at most 24 hours ahead."
    ),
    Code.IDENTITY_INVALID: ProblemWords(
        "Identity refused",
        "Sign the identity on your server with the site's secret, as a JWT (HS256) with sub and exp, exp at "
        "most 24 hours ahead.",
    ),
    Code.IDENTITY_NOT_OFFERED: ProblemWords(
        "No identities here",
        "This site has no secret to check identities with. Set COMPTOIR_SITE_SECRETS, or send no identity.",
    ),
    Code.KEY_INVALID: ProblemWords("Key refused", "Check the key, or ask whoever runs Comptoir for one."),
    Code.KEY_MISSING: ProblemWords(
        "Key missing", "Send your key in the header: Authorization: Bearer KEY. Keys are in {variable}."
    ),
    Code.MAIL_NOT_OFFERED: ProblemWords(
        "No mail here", "No mail is sent from here. Save the conversation as a file instead."
    ),
    Code.MESSAGE_EMPTY: ProblemWords("Empty message", "Write something, then send it again."),
    Code.MESSAGE_TOO_LONG: ProblemWords(
        "Message too long", "Shorten it to {limit} characters, or send it in several messages."
    ),
    Code.METHOD_NOT_ALLOWED: ProblemWords(
        "Wrong method", "Use a method that the Allow header names; the API's page is at /api/docs."
    ),
    Code.NOT_FOUND: ProblemWords("Nothing here", "Check the address; the API's page is at /api/docs."),
    Code.NOT_THIS_CONVERSATION: ProblemWords(
        "Not your conversation", "Use the token that came with this conversation, or open a new one."
    ),
    Code.NOTHING_TO_JUDGE: ProblemWords(
        "Nothing to judge", "Give the position of one of the bot's answers in this conversation."
    ),
    Code.ORIGIN_NOT_ALLOWED: ProblemWords(
        "This page may not",
        "Whoever runs Comptoir must list the page's origin under `origins` of this site in comptoir.toml.",
    ),
    Code.REFUSED: ProblemWords("Refused", "Check the request against the API's page at /api/docs."),
    Code.REQUEST_INVALID: ProblemWords(
        "Request not understood", "Correct what `errors` lists; the API's page is at /api/docs."
    ),
    Code.SITE_UNKNOWN: ProblemWords(
        "No such site",
        "Check data-site in the page: it must be the id of one of the [[sites]] in comptoir.toml.",
    ),
    Code.STOPPING: ProblemWords("Restarting", "The service is being restarted. Try again in a moment."),
    Code.TOKEN_EXPIRED: ProblemWords("Token expired", "Open a new conversation."),
    Code.TOKEN_INVALID: ProblemWords(
        "Token refused", "Open a new conversation, and use the token that comes with it."
    ),
    Code.TOKEN_MISSING: ProblemWords(
        "Token missing", "Send the conversation's token in the header: Authorization: Bearer TOKEN."
    ),
    Code.TOO_MANY_REQUESTS: ProblemWords("Too many requests", "Wait {seconds} seconds, then try again."),
    Code.TOO_MANY_STREAMS: ProblemWords("Too many open tabs", "Close some of the tabs with this chat."),
    Code.UNAVAILABLE: ProblemWords(
        "Not available now", "Nothing was saved. Try again in a few seconds; the widget does so by itself."
    ),
    Code.UNEXPECTED: ProblemWords(
        "Something broke", "It is in our log. Try again; if it stays so, tell whoever runs Comptoir."
    ),
}

_FRENCH: Mapping[Code, ProblemWords] = {
    Code.ADDRESS_INVALID: ProblemWords(
        "Ce n'est pas une adresse e-mail", "Vérifiez l'adresse : elle doit ressembler à nom@exemple.fr."
    ),
    Code.ANOTHER_CUSTOMER: ProblemWords(
        "Conversation d'un autre client",
        "Ouvrez une nouvelle conversation pour le client connecté maintenant.",
    ),
    Code.BODY_TOO_LARGE: ProblemWords("Trop volumineux", "Envoyez moins à la fois : {limit} octets au plus."),
    Code.BODY_TOO_SLOW: ProblemWords("Trop lent", "La requête n'est pas arrivée à temps. Renvoyez-la."),
    Code.BODY_UNREADABLE: ProblemWords(
        "Ce n'est pas du JSON", "Envoyez un objet JSON en UTF-8, comme le montre la page de l'API."
    ),
    Code.CLIENT_ID_INVALID: ProblemWords(
        "Identifiant de message refusé",
        "Donnez à chaque message un identifiant de 1 à 200 caractères, par exemple un UUID.",
    ),
    Code.CONFLICT: ProblemWords(
        "Impossible maintenant",
        "La conversation a changé entre-temps. Relisez ses événements, puis réessayez.",
    ),
    Code.CONVERSATION_UNKNOWN: ProblemWords(
        "Conversation inconnue", "Cette conversation n'est plus conservée. Ouvrez-en une nouvelle."
    ),
    Code.IDENTITY_EXPIRED: ProblemWords(
        "Identité expirée",
        "Faites signer une nouvelle identité par votre serveur, avec exp dans 24\u00a0heures au plus.",
    ),
    Code.IDENTITY_INVALID: ProblemWords(
        "Identité refusée",
        "Signez l'identité sur votre serveur avec le secret du site : un JWT (HS256) avec sub et exp, exp "
        "dans 24\u00a0heures au plus.",
    ),
    Code.IDENTITY_NOT_OFFERED: ProblemWords(
        "Pas d'identités ici",
        "Ce site n'a pas de secret pour vérifier les identités. Définissez COMPTOIR_SITE_SECRETS, ou "
        "n'envoyez pas d'identité.",
    ),
    Code.KEY_INVALID: ProblemWords(
        "Clé refusée", "Vérifiez la clé, ou demandez-en une à la personne qui gère Comptoir."
    ),
    Code.KEY_MISSING: ProblemWords(
        "Clé absente",
        "Envoyez votre clé dans l'en-tête : Authorization: Bearer CLÉ. Les clés sont dans {variable}.",
    ),
    Code.MAIL_NOT_OFFERED: ProblemWords(
        "Pas d'e-mail ici",
        "Aucun e-mail ne part d'ici. Enregistrez plutôt la conversation dans un fichier.",
    ),
    Code.MESSAGE_EMPTY: ProblemWords("Message vide", "Écrivez quelque chose, puis renvoyez-le."),
    Code.MESSAGE_TOO_LONG: ProblemWords(
        "Message trop long", "Ramenez-le à {limit} caractères, ou envoyez-le en plusieurs messages."
    ),
    Code.METHOD_NOT_ALLOWED: ProblemWords(
        "Méthode refusée", "Prenez une méthode de l'en-tête Allow ; la page de l'API est à /api/docs."
    ),
    Code.NOT_FOUND: ProblemWords("Rien ici", "Vérifiez l'adresse ; la page de l'API est à /api/docs."),
    Code.NOT_THIS_CONVERSATION: ProblemWords(
        "Ce n'est pas votre conversation",
        "Utilisez le jeton reçu avec cette conversation, ou ouvrez-en une nouvelle.",
    ),
    Code.NOTHING_TO_JUDGE: ProblemWords(
        "Rien à juger", "Donnez la position d'une réponse du bot dans cette conversation."
    ),
    Code.ORIGIN_NOT_ALLOWED: ProblemWords(
        "Page non autorisée",
        "La personne qui gère Comptoir doit ajouter l'origine de la page à `origins` de ce site dans "
        "comptoir.toml.",
    ),
    Code.REFUSED: ProblemWords("Refusé", "Comparez la requête à la page de l'API, à /api/docs."),
    Code.REQUEST_INVALID: ProblemWords(
        "Requête non comprise", "Corrigez ce que `errors` énumère ; la page de l'API est à /api/docs."
    ),
    Code.SITE_UNKNOWN: ProblemWords(
        "Site inconnu",
        "Vérifiez data-site dans la page : ce doit être l'id de l'un des [[sites]] de comptoir.toml.",
    ),
    Code.STOPPING: ProblemWords("Redémarrage", "Le service redémarre. Réessayez dans un instant."),
    Code.TOKEN_EXPIRED: ProblemWords("Jeton expiré", "Ouvrez une nouvelle conversation."),
    Code.TOKEN_INVALID: ProblemWords(
        "Jeton refusé", "Ouvrez une nouvelle conversation, et utilisez le jeton qu'elle donne."
    ),
    Code.TOKEN_MISSING: ProblemWords(
        "Jeton absent",
        "Envoyez le jeton de la conversation dans l'en-tête : Authorization: Bearer JETON.",
    ),
    Code.TOO_MANY_REQUESTS: ProblemWords("Trop de requêtes", "Attendez {seconds} secondes, puis réessayez."),
    Code.TOO_MANY_STREAMS: ProblemWords(
        "Trop d'onglets ouverts", "Fermez quelques-uns des onglets où ce chat est ouvert."
    ),
    Code.UNAVAILABLE: ProblemWords(
        "Indisponible pour l'instant",
        "Rien n'a été enregistré. Réessayez dans quelques secondes ; le widget le fait de lui-même.",
    ),
    Code.UNEXPECTED: ProblemWords(
        "Une erreur s'est produite",
        "Elle est dans notre journal. Réessayez ; si cela persiste, prévenez la personne qui gère Comptoir.",
    ),
}

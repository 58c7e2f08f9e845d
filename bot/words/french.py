"""What the bot says in French: with vous, and what changes with tu. Adjectives agree with "le programme"."""

from __future__ import annotations

from collections.abc import Mapping

from bot.words.names import Phrase

PLAIN: Mapping[Phrase, str] = {
    Phrase.GREETING: "Bonjour ! Posez votre question, je cherche dans notre centre d'aide.",
    Phrase.THANKS: "Avec plaisir. Autre chose ?",
    Phrase.GOODBYE: "Au revoir, et merci de votre visite.",
    Phrase.WHO_ARE_YOU: (
        "Je suis {assistant} : un programme, pas une personne. Je réponds à partir de notre centre d'aide, "
        "et quand je ne suis pas sûr, je vous confie à un collègue."
    ),
    Phrase.HOW_ARE_YOU: "Tout va bien, merci. Que puis-je chercher pour vous ?",
    Phrase.NEEDS_HELP: "Bien sûr. De quoi s'agit-il ?",
    Phrase.GLAD: "Tant mieux ! Autre chose ?",
    Phrase.TELL_ME_MORE: "D'accord. Dites-moi ce que vous voulez savoir.",
    Phrase.UNREADABLE: (
        "Je n'ai pas pu lire ce message. Pouvez-vous poser votre question autrement ? "
        "Vous pouvez aussi demander une personne."
    ),
    Phrase.ONLY_HELP: (
        "Je ne peux répondre qu'aux questions que traite notre centre d'aide. Que voulez-vous savoir ?"
    ),
    Phrase.REFUSE: (
        "Je ne peux pas vous aider sur ce sujet ici. Une autre question sur votre commande ou nos produits ?"
    ),
    Phrase.HEDGE: "Ceci peut vous aider :",
    Phrase.DOUBT: "Je n'ai pas trouvé de réponse certaine, mais ceci peut vous aider :",
    Phrase.OFFER_PERSON: "Si ce n'est pas cela, dites-le-moi : je demanderai à un collègue.",
    Phrase.OTHER_LANGUAGE: "Cet article n'existe qu'en {language} :",
    Phrase.TRANSLATED: "Traduit par une machine (original en {language}, à lire dans la source) :",
    Phrase.ROUTE: "C'est ici que cela se passe :",
    Phrase.CLARIFY: "Parlez-vous de « {first} » ou de « {second} » ?",
    Phrase.SHORTLIST: "Est-ce au sujet de l'un de ces points ? Sinon, un collègue prend le relais.",
    Phrase.ASKED_FOR_PERSON: "Bien sûr, un collègue prend le relais.",
    Phrase.LOW_CONFIDENCE: "Je préfère passer la main à un collègue plutôt que de vous répondre à côté.",
    Phrase.NOT_IN_KNOWLEDGE_BASE: (
        "Je n'ai pas trouvé la réponse dans notre centre d'aide : je vous confie à un collègue."
    ),
    Phrase.SENSITIVE_TOPIC: "Ce sujet mérite une personne : je le transmets à un collègue.",
    Phrase.FRUSTRATED: "Je suis désolé. Un collègue prend le relais, avec tout ce que vous avez écrit.",
    Phrase.REPEATED_FAILURE: (
        "Je suis désolé de ne pas vous avoir aidé. "
        "Un collègue prend le relais, avec tout ce que vous avez écrit."
    ),
    Phrase.UNAVAILABLE: (
        "Je ne peux pas consulter notre centre d'aide pour le moment : je vous confie à un collègue."
    ),
    Phrase.ACTION_FAILED: "Je suis désolé, je n'arrive pas à le vérifier. Un collègue prend le relais.",
    Phrase.POLICY: "Je laisse un collègue vous répondre sur ce point.",
    Phrase.SELF_HARM: (
        "Je suis désolé que vous traversiez cela, et je ne suis qu'un programme. "
        "Parlez à quelqu'un maintenant : si vous êtes en danger, appelez le 15 ou le 112. "
        "Le 3114 écoute jour et nuit, gratuitement, en France (0800 32 123 en Belgique, 143 en Suisse). "
        "Je préviens aussi un collègue."
    ),
    Phrase.OUR_TEAM: "notre équipe",
    Phrase.TEAM_OPEN: "{team} est là jusqu'à {time} et vous répond dans cette conversation.",
    Phrase.TEAM_ALWAYS_OPEN: "{team} est là jour et nuit et vous répond dans cette conversation.",
    Phrase.TEAM_BACK: "{team} revient {moment}. Laissez-nous une adresse : la réponse vous y attendra.",
    Phrase.TEAM_NO_HOURS: (
        "Votre message est transmis, et {team} vous répondra dans cette conversation. "
        "Laissez-nous une adresse, au cas où la réponse arriverait après votre départ."
    ),
    Phrase.IN_LINE: "Vous êtes {place}.",
    Phrase.IN_LINE_MINUTES: "Vous êtes {place}, environ {minutes}.",
    Phrase.IN_LINE_LATER: "Vous êtes {place}. {team} devrait vous répondre {moment}.",
    Phrase.IN_LINE_CLOSED: "Vous êtes {place}. {team} revient {moment}.",
    Phrase.IN_LINE_AWAY: "Vous êtes {place}. Personne n'est à son poste pour l'instant.",
    Phrase.WILL_TAKE_IT: "{person} va prendre votre demande.",
    Phrase.PROMISE: (
        "Je suis désolé, c'est plus long que prévu : personne n'est encore libre. "
        "Votre question est gardée, et {team} vous répondra au plus tard {moment}."
    ),
    Phrase.PROMISE_NO_HOURS: (
        "Je suis désolé, c'est plus long que prévu : personne n'est encore libre. "
        "Votre question est gardée, et {team} vous répondra."
    ),
    Phrase.PROMISE_BROKEN: (
        "Je suis désolé : vous devriez déjà avoir une réponse, et {team} n'a pas pu vous la donner à temps. "
        "Votre question n'est pas oubliée et garde sa place."
    ),
    Phrase.LEAVE_ADDRESS: "Laissez-nous une adresse : inutile d'attendre ici, la réponse vous y parviendra.",
}

FORMAL: Mapping[Phrase, str] = {
    Phrase.GREETING: "Bonjour. Posez votre question : je cherche dans notre centre d'aide.",
    Phrase.THANKS: "Je vous en prie. Avez-vous une autre question ?",
    Phrase.GLAD: "J'en suis ravi. Avez-vous une autre question ?",
    Phrase.HOW_ARE_YOU: "Très bien, merci. Que puis-je chercher pour vous ?",
}

TU: Mapping[Phrase, str] = {
    Phrase.GREETING: "Bonjour ! Pose ta question, je cherche dans notre centre d'aide.",
    Phrase.GOODBYE: "Au revoir, et merci de ta visite.",
    Phrase.WHO_ARE_YOU: (
        "Je suis {assistant} : un programme, pas une personne. Je réponds à partir de notre centre d'aide, "
        "et quand je ne suis pas sûr, je te confie à un collègue."
    ),
    Phrase.THANKS: "Avec plaisir. Autre chose ?",
    Phrase.GLAD: "Tant mieux ! Autre chose ?",
    Phrase.HOW_ARE_YOU: "Tout va bien, merci. Que puis-je chercher pour toi ?",
    Phrase.TELL_ME_MORE: "D'accord. Dis-moi ce que tu veux savoir.",
    Phrase.UNREADABLE: (
        "Je n'ai pas pu lire ce message. Peux-tu poser ta question autrement ? "
        "Tu peux aussi demander une personne."
    ),
    Phrase.ONLY_HELP: (
        "Je ne peux répondre qu'aux questions que traite notre centre d'aide. Que veux-tu savoir ?"
    ),
    Phrase.REFUSE: (
        "Je ne peux pas t'aider sur ce sujet ici. Une autre question sur ta commande ou nos produits ?"
    ),
    Phrase.HEDGE: "Ceci peut t'aider :",
    Phrase.DOUBT: "Je n'ai pas trouvé de réponse certaine, mais ceci peut t'aider :",
    Phrase.OFFER_PERSON: "Si ce n'est pas cela, dis-le-moi : je demanderai à un collègue.",
    Phrase.CLARIFY: "Parles-tu de « {first} » ou de « {second} » ?",
    Phrase.LOW_CONFIDENCE: "Je préfère passer la main à un collègue plutôt que de te répondre à côté.",
    Phrase.NOT_IN_KNOWLEDGE_BASE: (
        "Je n'ai pas trouvé la réponse dans notre centre d'aide : je te confie à un collègue."
    ),
    Phrase.FRUSTRATED: "Je suis désolé. Un collègue prend le relais, avec tout ce que tu as écrit.",
    Phrase.REPEATED_FAILURE: (
        "Je suis désolé de ne pas t'avoir aidé. Un collègue prend le relais, avec tout ce que tu as écrit."
    ),
    Phrase.UNAVAILABLE: (
        "Je ne peux pas consulter notre centre d'aide pour le moment : je te confie à un collègue."
    ),
    Phrase.POLICY: "Je laisse un collègue te répondre sur ce point.",
    Phrase.SELF_HARM: (
        "Je suis désolé que tu traverses cela, et je ne suis qu'un programme. "
        "Parle à quelqu'un maintenant : si tu es en danger, appelle le 15 ou le 112. "
        "Le 3114 écoute jour et nuit, gratuitement, en France (0800 32 123 en Belgique, 143 en Suisse). "
        "Je préviens aussi un collègue."
    ),
    Phrase.TEAM_OPEN: "{team} est là jusqu'à {time} et te répond dans cette conversation.",
    Phrase.TEAM_ALWAYS_OPEN: "{team} est là jour et nuit et te répond dans cette conversation.",
    Phrase.TEAM_BACK: "{team} revient {moment}. Laisse-nous une adresse : la réponse t'y attendra.",
    Phrase.TEAM_NO_HOURS: (
        "Ton message est transmis, et {team} te répondra dans cette conversation. "
        "Laisse-nous une adresse, au cas où la réponse arriverait après ton départ."
    ),
    Phrase.IN_LINE: "Tu es {place}.",
    Phrase.IN_LINE_MINUTES: "Tu es {place}, environ {minutes}.",
    Phrase.IN_LINE_LATER: "Tu es {place}. {team} devrait te répondre {moment}.",
    Phrase.IN_LINE_CLOSED: "Tu es {place}. {team} revient {moment}.",
    Phrase.IN_LINE_AWAY: "Tu es {place}. Personne n'est à son poste pour l'instant.",
    Phrase.WILL_TAKE_IT: "{person} va prendre ta demande.",
    Phrase.PROMISE: (
        "Je suis désolé, c'est plus long que prévu : personne n'est encore libre. "
        "Ta question est gardée, et {team} te répondra au plus tard {moment}."
    ),
    Phrase.PROMISE_NO_HOURS: (
        "Je suis désolé, c'est plus long que prévu : personne n'est encore libre. "
        "Ta question est gardée, et {team} te répondra."
    ),
    Phrase.PROMISE_BROKEN: (
        "Je suis désolé : tu devrais déjà avoir une réponse, et {team} n'a pas pu te la donner à temps. "
        "Ta question n'est pas oubliée et garde sa place."
    ),
    Phrase.LEAVE_ADDRESS: "Laisse-nous une adresse : inutile d'attendre ici, la réponse t'y parviendra.",
}

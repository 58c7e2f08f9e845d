"""What mails say of their own, in English and French. `{…}` are places; the company's name is {company}."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.brief import Address, Brief


@dataclass(frozen=True, slots=True)
class CustomerWords:
    language: str
    hello: str
    hello_name: str
    you: str
    someone: str
    answer_subject: str
    answered: str
    your_question: str
    promise_subject: str
    closed_subject: str
    closed: str
    transcript_subject: str
    transcript: str
    edited: str
    withdrawn: str
    sources: str
    go_on: str
    link_until: str
    because_left: str
    because_known: str
    because_asked: str
    no_replies: str


@dataclass(frozen=True, slots=True)
class StaffWords:
    language: str
    given_subject: str
    given_by: str
    given: str
    warned_subject: dict[str, str]
    """By measure."""
    warned: dict[str, str]
    breached_subject: dict[str, str]
    breached: dict[str, str]
    nobody_has_it: str
    customer: str
    open: str
    because: str


def customer_words(brief: Brief, language: str | None) -> CustomerWords:
    """French for who writes it, English for all others; who wrote nothing is spoken to in the usual one."""
    if (language or brief.languages[0]) != "fr":
        return _ENGLISH
    return _FRENCH_TU if brief.address is Address.TU else _FRENCH


def staff_words(language: str) -> StaffWords:
    return _STAFF_FRENCH if language == "fr" else _STAFF_ENGLISH


_ENGLISH = CustomerWords(
    language="en",
    hello="Hello,",
    hello_name="Hello {name},",
    you="You",
    someone="our assistant",
    answer_subject="{company}: an answer for you",
    answered="{name} has answered you:",
    your_question="You wrote:",
    promise_subject="{company}: we will get back to you",
    closed_subject="{company}: your conversation is closed",
    closed="Our team has closed your conversation. If something is still open, just write there: we take it "
    "up again.",
    transcript_subject="{company}: your conversation of {day}",
    transcript="Here is your conversation, as you asked.",
    edited="edited",
    withdrawn="This message was withdrawn.",
    sources="Sources:",
    go_on="Go on with the conversation",
    link_until="The link opens your conversation until {day}. Keep it to yourself.",
    because_left="You get this e-mail because this address was left in a conversation with {company}. If "
    "that was not you, you can ignore it.",
    because_known="You get this e-mail because you wrote to {company} while signed in.",
    because_asked="You get this e-mail because somebody asked for it in a conversation with {company}. If "
    "that was not you, you can ignore it.",
    no_replies="Nobody reads replies to this e-mail: please use the link.",
)
_FRENCH = CustomerWords(
    language="fr",
    hello="Bonjour,",
    hello_name="Bonjour {name},",
    you="Vous",
    someone="notre assistant",
    answer_subject="{company} : une réponse pour vous",
    answered="{name} vous a répondu :",
    your_question="Vous avez écrit :",
    promise_subject="{company} : nous revenons vers vous",
    closed_subject="{company} : votre conversation est close",
    closed="Notre équipe a clos votre conversation. S'il reste une question, écrivez-la au même endroit : "
    "nous reprendrons.",
    transcript_subject="{company} : votre conversation du {day}",
    transcript="Voici votre conversation, comme vous l'avez demandé.",
    edited="modifié",
    withdrawn="Ce message a été retiré.",
    sources="Sources :",
    go_on="Reprendre la conversation",
    link_until="Le lien ouvre votre conversation jusqu'au {day}. Gardez-le pour vous.",
    because_left="Vous recevez cet e-mail parce que cette adresse a été laissée dans une conversation avec "
    "{company}. Si ce n'était pas vous, ignorez-le.",
    because_known="Vous recevez cet e-mail parce que vous avez écrit à {company} depuis votre compte.",
    because_asked="Vous recevez cet e-mail parce que quelqu'un l'a demandé dans une conversation avec "
    "{company}. Si ce n'était pas vous, ignorez-le.",
    no_replies="Personne ne lit les réponses à cet e-mail : passez par le lien.",
)
_FRENCH_TU = replace(
    _FRENCH,
    you="Toi",
    answer_subject="{company} : une réponse pour toi",
    answered="{name} t'a répondu :",
    your_question="Tu as écrit :",
    promise_subject="{company} : nous revenons vers toi",
    closed_subject="{company} : ta conversation est close",
    closed="Notre équipe a clos ta conversation. S'il reste une question, écris-la au même endroit : nous "
    "reprendrons.",
    transcript_subject="{company} : ta conversation du {day}",
    transcript="Voici ta conversation, comme tu l'as demandé.",
    link_until="Le lien ouvre ta conversation jusqu'au {day}. Garde-le pour toi.",
    because_left="Tu reçois cet e-mail parce que cette adresse a été laissée dans une conversation avec "
    "{company}. Si ce n'était pas toi, ignore-le.",
    because_known="Tu reçois cet e-mail parce que tu as écrit à {company} depuis ton compte.",
    because_asked="Tu reçois cet e-mail parce que quelqu'un l'a demandé dans une conversation avec "
    "{company}. Si ce n'était pas toi, ignore-le.",
    no_replies="Personne ne lit les réponses à cet e-mail : passe par le lien.",
)

_STAFF_ENGLISH = StaffWords(
    language="en",
    given_subject="A conversation for you (no. {number})",
    given_by="{name} has given you a conversation.",
    given="It is your turn: a conversation was given to you.",
    warned_subject={
        "first_response": "First reply due soon (no. {number})",
        "resolution": "To be settled soon (no. {number})",
    },
    warned={
        "first_response": "A first reply to this customer is due {moment}.",
        "resolution": "This conversation is due to be settled {moment}.",
    },
    breached_subject={
        "first_response": "First reply late (no. {number})",
        "resolution": "Not settled in time (no. {number})",
    },
    breached={
        "first_response": "A first reply to this customer was due {moment}.",
        "resolution": "This conversation was due to be settled {moment}.",
    },
    nobody_has_it="Nobody has claimed it yet.",
    customer="The customer wrote:",
    open="Open it in the console",
    because="You get this e-mail because you work with Comptoir at {company}.",
)
_STAFF_FRENCH = StaffWords(
    language="fr",
    given_subject="Une conversation pour vous (n° {number})",
    given_by="{name} vous a confié une conversation.",
    given="C'est votre tour : une conversation vous est confiée.",
    warned_subject={
        "first_response": "Première réponse attendue bientôt (n° {number})",
        "resolution": "À régler bientôt (n° {number})",
    },
    warned={
        "first_response": "Une première réponse est due à ce client au plus tard {moment}.",
        "resolution": "Cette conversation est à régler au plus tard {moment}.",
    },
    breached_subject={
        "first_response": "Première réponse en retard (n° {number})",
        "resolution": "Pas réglée à temps (n° {number})",
    },
    breached={
        "first_response": "Une première réponse était due à ce client au plus tard {moment}.",
        "resolution": "Cette conversation était à régler au plus tard {moment}.",
    },
    nobody_has_it="Personne ne l'a encore prise.",
    customer="Le client a écrit :",
    open="L'ouvrir dans la console",
    because="Vous recevez cet e-mail parce que vous travaillez avec Comptoir chez {company}.",
)

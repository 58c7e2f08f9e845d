"""Greetings, thanks, goodbyes, "who are you?": messages that ask nothing. Only a whole message counts."""

from __future__ import annotations

import re
from enum import StrEnum

from bot.recognisers.plain import any_of, plain, plain_by_letter


class Talk(StrEnum):
    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    WHO_ARE_YOU = "who_are_you"
    HOW_ARE_YOU = "how_are_you"


_HELLO = (
    r"(?:h+i+|he+y+|hello+|helo|hallo|hullo|hiya|howdy|yo|greetings|good ?(?:morning|afternoon|evening|day)|"
    r"bo?nj(?:ou)?r+|bjr|bonsoir|bsr|salut+|slt|coucou+|cc|hello)"
)
_YOU = (
    r"(?:there|all|everyone|team|guys|sir|madam|maison \w+|a tous|a toutes|a vous|tout le monde|l'equipe|"
    r"madame|"
    r"monsieur|mme|mr|messieurs|mesdames|bot|chatbot|robot|assistant|again|encore|et|and|dear|cher|chere|"
    r"support)"
)
_THANKS = (
    r"(?:thanks?(?: you)?|thank ?you|thx|thanx|tnx|ty|cheers|many thanks|much appreciated|appreciate it|"
    r"i appreciate (?:it|that|you|your)|i'?a?m (?:very |so )?(?:thankful|grateful)|merci+|mrc|mci|"
    r"je vous remercie|je te remercie|grand merci|"
    r"mille mercis)"
)
_THANKS_MORE = (
    r"(?:so|very|a lot|lot|lots|much|again|ok|okay|great|perfect|super|parfait|genial|top|bien|beaucoup|"
    r"infiniment|encore|d'avance|in advance|a vous|a toi|you|for|the|your|that|this|doing|chatting|chat|"
    r"with|me|talking|time|all|it|is|was|help|"
    r"helping|"
    r"answer|info|information|quick|response|reply|pour|votre|ton|la|cette|vos|l'|aide|reponse|l'aide|infos?|"
    r"tout|mille fois|bcp|everything|kindly|really|of|bunch|million|assistance|really|kind|friend)"
)
_BYE = (
    r"(?:(?:good)?bye+(?: bye)?|good ?night|see (?:you|ya|u)(?: later| soon| around| then| tomorrow)?|cya|"
    r"farewell|take care|"
    r"have a (?:nice|good|great|lovely) (?:day|one|evening|weekend|night|time)|later|so long|"
    r"talk (?:to you )?later|"
    r"(?:it|this) (?:was|has been) (?:a )?(?:pleasure|nice|lovely|great|good)(?: \w+){0,4}|"
    r"i enjoyed (?:talking|chatting|speaking)(?: \w+){0,3}|au revoir|a (?:bientot|plus(?: tard)?|\+|demain|"
    r"la prochaine)|ciao|adieu|tchao|"
    r"(?:bonne|bon) (?:journee|soiree|nuit|week-?end|apres-midi|fin de journee|continuation))"
)
_FILLER = r"(?:ok|okay|oki|d'accord|alors|well|so|oh|ah|euh|um|yes|oui|no|non|please|et|and|then|now|for)"
_NAME = r"(?:what(?:'s| is| was)|whats|tell me|(?:can|may) i (?:know|ask)|i'd like to know)"

_WHOLE: dict[Talk, re.Pattern[str]] = {
    Talk.GREETING: re.compile(rf"(?:{_FILLER} )?{_HELLO}(?: (?:{_HELLO}|{_YOU}))*"),
    Talk.THANKS: re.compile(
        rf"(?:(?:{_FILLER}|{_HELLO}|{_YOU}|{_THANKS_MORE}) )*(?:that you|{_THANKS})(?: (?:{_THANKS_MORE}|"
        rf"{_THANKS}|{_YOU}"
        rf"|{_FILLER}|{_BYE}))*"
    ),
    Talk.GOODBYE: re.compile(
        rf"(?:(?:{_FILLER}|{_THANKS}|{_THANKS_MORE}) )*(?:i (?:must|have to|need to|gotta|got to) (?:go|"
        rf"leave)|{_BYE})"
        rf"(?: (?:{_BYE}|{_THANKS}|{_YOU}|{_FILLER}))*"
    ),
    Talk.WHO_ARE_YOU: re.compile(
        rf"(?:(?:{_HELLO}|{_FILLER}) )?(?:"
        r"who (?:are|r) (?:you|u)|what are you|who am i (?:talking|speaking|chatting) (?:to|with)|"
        r"who is this|"
        rf"(?:{_NAME}) your (?:\w+ )?name(?: again| by the way)?|(?:do you have a|what is your) nickname|"
        rf"what (?:can|may|should|do) i call you|"
        r"(?:can you tell me (?:if|whether) |tell me (?:if|whether) |i am curious to know if |i(?:'d|"
        r" would) like to "
        r"know if )?(?:are you|you are|you were) (?:\w+ )?(?:a |an )?(?:real |actual |live )*(?:human|"
        r"person|bot|robot|chatbot|machine|"
        r"computer|ai)"
        r"(?: or (?:a |an )?(?:real |actual |live )?(?:human|person|bot|robot|chatbot|machine|computer|ai))?|"
        r"am i (?:talking|speaking|chatting) (?:to|with) (?:a |an )?(?:real |actual )?(?:human|person|bot|"
        r"robot|"
        r"computer|machine|ai)(?: or .{0,20})?|is this a (?:bot|robot|real person|human)|"
        r"what (?:\w+ ){0,3}can i ask(?: you| the \w+)?|what (?:\w+ ){0,3}can you answer(?: questions on)?|"
        r"what (?:can|do) you do|what can you help (?:me )?with|how can you help(?: me)?|"
        r"qui (?:es[- ]tu|etes[- ]vous)|(?:t'es|tu es|vous etes|c'est) qui|"
        r"(?:quel est |c'est quoi )(?:votre|ton) (?:nom|prenom)|comment (?:tu t'appelles|t'appelles[- ]tu|"
        r"vous "
        r"appelez[- ]vous|vous vous appelez)|"
        r"(?:es[- ]tu|etes[- ]vous|tu es|vous etes|t'es|est-ce que (?:tu es|vous etes)|c'est|je parle a|"
        r"suis-je en "
        r"(?:ligne|contact) avec) un[e]? (?:vrai[e]? )?(?:robot|humain|personne|bot|machine|ia|chatbot|"
        r"ordinateur)"
        r"(?: ou un[e]? .{0,20})?|que (?:peux[- ]tu|pouvez[- ]vous|sais[- ]tu|savez[- ]vous) faire|"
        r"a quoi (?:tu sers|sers[- ]tu|servez[- ]vous|vous servez))(?: exactly| please| svp| stp| au juste)?"
    ),
    Talk.HOW_ARE_YOU: re.compile(
        rf"(?:(?:{_HELLO}|{_FILLER}|{_YOU}) )*(?:how (?:are|r) (?:you|u|things)(?: doing| today| feeling|"
        rf" going)*|"
        r"how(?:'s| is) it going|how do you do|how(?:'s| is) (?:everything|your day)(?: going)?|what's up|"
        r"whats up|"
        r"sup|wassup|you (?:ok|good|alright)|"
        r"(?:comment )?(?:ca|tu|vous) (?:va|vas|allez)(?: bien)?|comment (?:allez|vas)[- ](?:vous|tu)|cv|"
        r"la forme|quoi de neuf|vous allez bien|tu vas bien)(?: (?:today|aujourd'hui|et (?:toi|vous)|bien|"
        r"toi|vous))*"
    ),
}

_NOT_WORDS = re.compile(r"[^\w' +-]+")
_OPENING = re.compile(rf"^(?:{_HELLO})(?:[ ,]+(?:{_HELLO}|{_YOU}))*\s*[,.!:;\n-]*\s*", re.IGNORECASE)


def talk_in(text: str) -> Talk | None:
    """Which small talk the whole message is, or None when it says anything more."""
    bare = " ".join(_NOT_WORDS.sub(" ", plain(text)).split()).strip("- ")
    return next((talk for talk, pattern in _WHOLE.items() if pattern.fullmatch(bare)), None)


def without_greeting(text: str) -> str:
    """The message after its "Hello," ; the whole message when nothing would be left."""
    stripped = text.lstrip()
    match = _OPENING.match(plain_by_letter(stripped))
    rest = stripped[match.end() :] if match else stripped
    return rest if any(c.isalnum() for c in rest) else text.strip()


_THANKS_AT_END = any_of(rf"[,.!\n ]+(?:{_THANKS})(?: (?:{_THANKS_MORE}))*\W*$")


def without_thanks(text: str) -> str:
    """The message before its closing "thanks in advance"; the whole message when nothing would be left."""
    match = _THANKS_AT_END.search(plain_by_letter(text))
    rest = text[: match.start()] if match else text
    return rest if any(c.isalnum() for c in rest) else text

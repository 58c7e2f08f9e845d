"""Greetings, thanks, "who are you?", "I have a question": what asks nothing. Only a whole message counts."""

from __future__ import annotations

import re
from enum import StrEnum

from bot.recognisers.plain import any_of, leading, plain, plain_by_letter, trailing


class Talk(StrEnum):
    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    WHO_ARE_YOU = "who_are_you"
    HOW_ARE_YOU = "how_are_you"
    NEEDS_HELP = "needs_help"
    """And says with the next message what about."""


_HELLO = (
    r"(?:h+i+|he+y+|hello+|helo|hallo|hullo|hiya|howdy|yo|greetings|good ?(?:morning|afternoon|evening|"
    r"day)|bo?nj(?:ou)?r+|bjr|bonsoir|bsr|salut+|slt|coucou+|cc|hello)"
)
_YOU = (
    r"(?:there|all|everyone|team|guys|sir|madam|maison \w+|a tous|a toutes|a vous|tout le monde|l'equipe|"
    r"madame|monsieur|mme|mr|messieurs|mesdames|bot|chatbot|robot|assistant|again|encore|et|and|dear|cher|"
    r"chere|support)"
)
_THANKS = (
    r"(?:thanks?(?: you)?|thank ?you|thx|thanx|tnx|ty|cheers|many thanks|much appreciated|appreciate it|"
    r"i appreciate (?:it|that|you|your)|i'?a?m (?:very |so )?(?:thankful|grateful)|merci+|mrc|mci|"
    r"je vous remercie|je te remercie|grand merci|mille mercis)"
)
_THANKS_MORE = (
    r"(?:so|very|a lot|lot|lots|much|again|ok|okay|great|perfect|super|parfait|genial|top|bien|beaucoup|"
    r"infiniment|encore|d'avance|in advance|a vous|a toi|you|for|the|your|that|this|doing|chatting|chat|"
    r"with|me|talking|time|all|it|is|was|help|helping|answer|info|information|quick|response|reply|pour|"
    r"votre|ton|la|cette|vos|l'|aide|reponse|l'aide|infos?|tout|mille fois|bcp|everything|kindly|really|of|"
    r"bunch|million|assistance|really|kind|friend)"
)
_BYE = (
    r"(?:(?:good)?bye+(?: bye)?|good ?night|see (?:you|ya|u)(?: later| soon| around| then| tomorrow)?|cya|"
    r"farewell|take care|have a (?:nice|good|great|lovely) (?:day|one|evening|weekend|night|time)|later|"
    r"so long|talk (?:to you )?later|(?:it|this) (?:was|has been) (?:a )?(?:pleasure|nice|lovely|great|"
    r"good)(?: \w+){0,4}|i enjoyed (?:talking|chatting|speaking)(?: \w+){0,3}|au revoir|a (?:bientot|"
    r"plus(?: tard)?|\+|demain|la prochaine)|ciao|adieu|tchao|(?:bonne|bon) (?:journee|soiree|nuit|"
    r"week-?end|apres-midi|fin de journee|continuation))"
)
_PLEASE = r"(?:please|pls|plz|svp|stp|s'?il (?:vous|te|t) plait)"
_FILLER = r"(?:ok|okay|oki|d'accord|alors|well|so|oh|ah|euh|um|yes|oui|no|non|please|et|and|then|now|for)"
_NAME = r"(?:what(?:'s| is| was)|whats|tell me|(?:can|may) i (?:know|ask)|i'd like to know)"

_A_BOT = r"(?:a |an )?(?:real |actual |live )*(?:human|person|bot|robot|chatbot|machine|computer|ai)"
_UN_ROBOT = r"une? (?:vraie? )?(?:robot|humain|personne|bot|machine|ia|chatbot|ordinateur)"
_TELL_ME = (
    r"(?:(?:can you )?tell me (?:if|whether) |i am curious to know if |i(?:'d| would) like to know if )?"
)
_WHO_ARE_YOU = (
    r"who (?:are|r) (?:you|u)|what are you|who is this|who am i (?:talking|speaking|chatting) (?:to|with)",
    rf"(?:{_NAME}) your (?:\w+ )?name(?: again| by the way)?|what (?:can|may|should|do) i call you",
    r"(?:do you have a|what is your) nickname",
    rf"{_TELL_ME}(?:are you|you are|you were) (?:\w+ )?{_A_BOT}(?: or {_A_BOT})?",
    rf"am i (?:talking|speaking|chatting) (?:to|with) {_A_BOT}(?: or .{{0,20}})?|is this {_A_BOT}",
    r"what (?:\w+ ){0,3}can i ask(?: you| the \w+)?|what (?:\w+ ){0,3}can you answer(?: questions on)?",
    r"what (?:can|do) you do|what can you help (?:me )?with|how can you help(?: me)?",
    r"qui (?:es[- ]tu|etes[- ]vous)|(?:t'es|tu es|vous etes|c'est) qui",
    r"(?:quel est |c'est quoi )(?:votre|ton) (?:nom|prenom)",
    r"comment (?:tu t'appelles|t'appelles[- ]tu|vous appelez[- ]vous|vous vous appelez)",
    rf"(?:es[- ]tu|etes[- ]vous|tu es|vous etes|t'es|est-ce que (?:tu es|vous etes)|c'est) {_UN_ROBOT}"
    r"(?: ou une? .{0,20})?",
    rf"(?:je parle a|suis-je en (?:ligne|contact) avec) {_UN_ROBOT}(?: ou une? .{{0,20}})?",
    r"que (?:peux[- ]tu|pouvez[- ]vous|sais[- ]tu|savez[- ]vous) faire",
    r"a quoi (?:tu sers|sers[- ]tu|servez[- ]vous|vous servez)",
)
_HOW_ARE_YOU = (
    r"how (?:are|r) (?:you|u|things)(?: doing| today| feeling| going)*|how(?:'s| is) it going|how do you do",
    r"how(?:'s| is) (?:everything|your day)(?: going)?|what's up|whats up|sup|wassup|you (?:ok|good|alright)",
    r"(?:comment )?(?:ca|tu|vous) (?:va|vas|allez)(?: bien)?|comment (?:allez|vas)[- ](?:vous|tu)|cv",
    r"la forme|quoi de neuf|vous allez bien|tu vas bien",
)

_SMALL_ONE = r"(?:quick |small |little |petite?s? |autre )?"
_NEEDS_HELP = (
    r"help(?: me)?(?: out)?",
    r"(?:can|could|would|will) (?:you|u|someone|somebody|anyone|anybody) (?:please )?help(?: me)?(?: out)?",
    r"i(?: would|'d)? (?:really )?(?:need|want|like) (?:some |your |a (?:little|bit of) )?help",
    rf"i(?:'ve| have)?(?: got)? (?:an?|one|some|another) {_SMALL_ONE}"
    r"(?:questions?|problems?|issues?|request)",
    rf"(?:just )?(?:(?:a|one|another|une) )?{_SMALL_ONE}question",
    r"(?:can|could|may) i ask (?:you )?(?:something|a (?:quick )?question)",
    r"(?:pouvez[- ]vous|peux[- ]tu|vous pouvez|tu peux|pourriez[- ]vous|pourrais[- ]tu|vous pourriez|"
    r"quelqu'un (?:peut|pourrait)|est[- ]ce que (?:vous pouvez|tu peux|quelqu'un peut)) "
    r"(?:m'aider?z?|me renseigner)",
    r"aidez?[- ]moi|a l'aide|(?:j'ai |j'aurais )?besoin d'(?:aide|un renseignement|une info(?:rmation)?)",
    rf"(?:j'ai|j'aurais) (?:une?|des|quelques|encore une?) {_SMALL_ONE}"
    r"(?:questions?|problemes?|pb|soucis?|demandes?)",
    r"(?:puis[- ]je|je peux|peux[- ]je) (?:vous|te) poser une (?:petite )?question",
)
"""Without a word about what."""

_TODAY = "aujourd'hui"

_WHOLE: dict[Talk, re.Pattern[str]] = {
    Talk.GREETING: re.compile(rf"(?:{_FILLER} )?{_HELLO}{trailing(_HELLO, _YOU)}"),
    Talk.THANKS: re.compile(
        rf"{leading(_FILLER, _HELLO, _YOU, _THANKS_MORE)}(?:that you|{_THANKS})"
        rf"{trailing(_THANKS_MORE, _THANKS, _YOU, _FILLER, _BYE)}"
    ),
    Talk.GOODBYE: re.compile(
        rf"{leading(_FILLER, _THANKS, _THANKS_MORE)}"
        rf"(?:i (?:must|have to|need to|gotta|got to) (?:go|leave)|{_BYE})"
        rf"{trailing(_BYE, _THANKS, _YOU, _FILLER)}"
    ),
    Talk.WHO_ARE_YOU: re.compile(
        rf"(?:(?:{_HELLO}|{_FILLER}) )?(?:{any_of(*_WHO_ARE_YOU).pattern})"
        r"(?: exactly| please| svp| stp| au juste)?"
    ),
    Talk.HOW_ARE_YOU: re.compile(
        rf"{leading(_HELLO, _FILLER, _YOU)}(?:{any_of(*_HOW_ARE_YOU).pattern})"
        rf"{trailing('today', _TODAY, 'et (?:toi|vous)', 'bien', 'toi', 'vous')}"
    ),
    Talk.NEEDS_HELP: re.compile(
        rf"{leading(_HELLO, _FILLER, _YOU)}(?:{any_of(*_NEEDS_HELP).pattern})"
        rf"{trailing(_PLEASE, 'now', 'urgent', _FILLER)}"
    ),
}

_NOT_WORDS = re.compile(r"[^\w' +-]+")
_OPENING = re.compile(rf"^(?:{_HELLO})\b(?:(?>[ ,]+(?:{_HELLO}|{_YOU})\b))*\s*[,.!:;\n-]*\s*")


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


_PLEASE_AROUND = re.compile(rf"^\W*{_PLEASE}\b[ ,]*|[ ,]*\b{_PLEASE}\W*$")


def without_please(text: str) -> str:
    """The message without the "please" before or after it, which is in no article; the whole message when
    nothing would be left."""
    folded = plain_by_letter(text)
    kept = [*range(len(text))]
    for match in _PLEASE_AROUND.finditer(folded):
        kept = [place for place in kept if not match.start() <= place < match.end()]
    rest = "".join(text[place] for place in kept)
    return rest if any(c.isalnum() for c in rest) else text


_WISH = any_of(
    r"(?:i|we)(?: would|'d|'m| am)? ?(?:just )?(?:want|need|wish|like|trying|looking) to",
    r"(?:i|we)(?:'d| would)? ?(?:just )?(?:want|need|like)(?= (?:a|an|the|my|some|our) )",
    r"je (?:veux|voulais|voudrais|souhaite|souhaitais|souhaiterais|desire|aimerais)",
    r"on (?:veut|voudrait|souhaite|souhaiterait|aimerait)",
    r"nous (?:voulons|voudrions|souhaitons|souhaiterions|aimerions)",
    r"j'aimerais",
)
_WISH_BEFORE = re.compile(
    rf"\W*(?:{_WISH.pattern})(?: bien)?(?: (?:know|find out|savoir|connaitre))? "
    r"(?!(?:pas|plus|rien|more|que|qu'|en|y|le|la|les|l'|this|that|it)\b)"
)


def without_wish(text: str) -> str:
    """The message without the "I want to" before what is wanted, which is in few articles; the whole message
    when nothing would be left."""
    match = _WISH_BEFORE.match(plain_by_letter(text))
    rest = text[match.end() :] if match else text
    return rest if any(c.isalnum() for c in rest) else text


_THANKS_AT_END = re.compile(rf"[,.!\n ]+(?:{_THANKS}){trailing(_THANKS_MORE)}\W*$")


def without_thanks(text: str) -> str:
    """The message before its closing "thanks in advance"; the whole message when nothing would be left."""
    match = _THANKS_AT_END.search(plain_by_letter(text))
    rest = text[: match.start()] if match else text
    return rest if any(c.isalnum() for c in rest) else text


_ENGLISH = frozenset(
    [
        "hi",
        "hello",
        "hey",
        "hiya",
        "howdy",
        "morning",
        "afternoon",
        "evening",
        "thanks",
        "thank",
        "thx",
        "help",
        "bye",
        "goodbye",
        "you",
        "how",
    ]
)
_FRENCH = frozenset(
    [
        "bonjour",
        "bjr",
        "bonsoir",
        "salut",
        "slt",
        "coucou",
        "merci",
        "aide",
        "aider",
        "aidez",
        "besoin",
        "revoir",
        "bientot",
        "journee",
        "soiree",
        "vous",
        "tu",
        "qui",
    ]
)


def spoken_in(text: str) -> str | None:
    """The language that small talk is in, by its words: such messages are too short to be detected."""
    said = set(re.findall(r"[a-z]+", plain(text)))
    english, french = len(said & _ENGLISH), len(said & _FRENCH)
    if english == french:
        return None
    return "en" if english > french else "fr"

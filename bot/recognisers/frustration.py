"""A customer who has had enough. One sign is a temper; two are a reason to get a person."""

from __future__ import annotations

import re

from bot.recognisers.plain import any_of, plain

ENOUGH = 2

_STRONG = {
    "insult": any_of(
        r"\b(?:you|u|you're|youre|ur|this bot|this chat ?bot|your (?:company|bot|service|shop|site|"
        r"support)|this (?:company|service|shop|site)|you (?:people|guys))\b(?: are| is|'re| r)?(?: (?:so|"
        r"all|a|an|bunch of|really|such a|completely|totally|utterly|fucking|just|the|absolutely|bloody|"
        r"freaking|pack of))* (?:useless|stupid|idiots?|morons?|dumb|pathetic|incompetent|scammers?|"
        r"thieves|crooks|liars?|worthless|rubbish|garbage|trash|crap|shit|a joke|worst|ridiculous|hopeless|"
        r"terrible|awful|disgrace(?:ful)?|imbeciles?|suck(?:s)?)\b",
        r"\b(?:stupid|useless|dumb|fucking|damn|bloody|shitty|crappy|idiotic) (?:bot|chat ?bot|robot|"
        r"machine|company|service|website|support|app)\b",
        r"\bfuck (?:you|off|this)\b|\bgo to hell\b|\bscrew you\b|\bpiss off\b|\bshut up\b",
        r"\b(?:vous etes|t'es|tu es|vous n'etes|c'est vraiment|bande d'|bande de)(?: (?:tous|vraiment|trop|"
        r"que|qu'|des|de|un|une|une bande|completement|juste|d'|franchement))* ?(?:nuls?|nulles?|inutiles?|"
        r"incompetents?|idiots?|imbeciles?|voleurs?|escrocs?|menteurs?|cons?\b|connards?|abrutis?|debiles?|"
        r"stupides?|merdiques?|guignols?|bras casses|charlots?|rigolos|clowns?|arnaqueurs?|incapables?)\b",
        r"\b(?:stupide|putain de|foutu|satane|saloperie de) (?:bot|robot|machine|site|service|chatbot)\b|"
        r"\b(?:bot|robot|site|service|boite|boutique) (?:de merde|pourri[e]?|nul(?:le)?|a chier)\b",
        r"\b(?:va te faire|allez vous faire|ferme ta|ta gueule|je vous emmerde|je t'emmerde|fuck vous)\b",
    ),
    "fed_up": any_of(
        r"\b(?:i(?:'m| am|'ve| have)?|so|really|just|getting|am) (?:\w+ ){0,2}(?:fed up|sick of (?:this|it|"
        r"you|waiting)|sick and tired|had enough|furious|at my wits' end|losing (?:my )?patience|outraged|"
        r"livid|beyond angry)\b",
        r"\b(?:this|it|that)(?:'s| is)(?: \w+){0,2} (?:unacceptable|outrageous|ridiculous|a (?:joke|"
        r"disgrace|scandal)|disgraceful|appalling|insane|absurd|infuriating|beyond a joke|bullshit)\b",
        r"\b(?:worst|terrible|horrible|appalling|shocking|disgraceful) (?:customer )?(?:service|support|"
        r"company|experience)\b",
        r"\bhow (?:many|much) (?:more )?(?:times|longer) (?:do|must|will|should) i (?:have to|need to|"
        r"repeat|wait)\b",
        r"\b(?:never|not) (?:order|buy|shop)(?:ing)? (?:from you|here|with you) again\b",
        r"\b(?:j'en (?:ai|peux) (?:plus|marre|assez|ras)|y en a marre|ras[- ]le[- ]bol|plein le (?:dos|"
        r"cul)|ca (?:me )?(?:saoule|gonfle|suffit|commence a bien faire)|je suis (?:furieu\w+|en colere|"
        r"hors de moi|excede\w*|a bout|scandalis\w+|outre\w*|degoute\w*|tres (?:mecontent\w*|"
        r"enerve\w*)))\b",
        r"\bc'est(?: \w+){0,2} (?:inadmissible|inacceptable|scandaleux|honteux|du foutage de gueule|abuse|"
        r"n'importe quoi|une honte|insupportable|lamentable|degueulasse|un scandale)\b",
        r"\b(?:foutage de gueule|vous vous (?:foutez|fichez|moquez) de (?:moi|nous|la gueule|vos clients)|"
        r"on se (?:fout|moque) de (?:moi|ma gueule|nous)|c'est (?:de )?la merde|quelle honte)\b",
        r"\bplus jamais je (?:ne )?(?:commande|achete)",
    ),
    "again_and_again": any_of(
        r"\b(?:this is|it's|that's|its|for) (?:now |already |like |literally )?(?:the |my )?(?:third|"
        r"fourth|fifth|sixth|tenth|umpteenth|hundredth|nth|3rd|4th|5th|\d{2,}th) (?:\w+ )?(?:time|e-?mail|"
        r"message|call|attempt)\b",
        r"\bi(?:'ve| have) (?:already )?(?:asked|told you|written|called|contacted you|emailed|"
        r"said (?:this|it|that)|repeated)(?: \w+){0,4} (?:(?:three|four|five|six|ten|several|many|so many|"
        r"\d+) times|over and over|again and again|a (?:hundred|thousand|million) times)\b",
        r"\b(?:ca fait|cela fait|c'est) (?:deja |maintenant )?(?:la )?(?:trois|quatre|cinq|six|dix|"
        r"dizaine de|mille|\d+|troisieme|quatrieme|cinquieme|enieme|n-?ieme|3e|4e|5e|3eme|4eme|5eme|"
        r"plusieurs) ?(?:fois|mails?|messages?|appels?)(?: que)?\b",
        r"\bje (?:vous )?(?:l'ai |ai |le |vous )?(?:deja )?(?:repete|redemande|relance|ecris|appelle|"
        r"demande)(?: \w+){0,3} pour la (?:troisieme|quatrieme|enieme|n-?ieme|3e|3eme|4eme) fois\b",
    ),
}
_WEAK = {
    "swearing": any_of(
        r"\b(?:fuck(?:ing|ed)?|shit(?:ty)?|bullshit|wtf|damn it|dammit|ffs|for god's sake|for fuck's sake|"
        r"goddamn)\b",
        r"\b(?:putain|merde|bordel|chier|bon sang|nom de dieu|ptn|tg|fait chier|mdr serieux|purée|"
        r"serieux la)\b",
    ),
    "despair": any_of(
        r"\b(?:are you (?:kidding|serious|joking)|seriously|come on|still (?:nothing|waiting|no (?:answer|"
        r"reply|news|response))|nobody (?:answers|replies|helps)|no one (?:answers|replies|helps)|"
        r"not helpful at all|this is (?:so )?(?:frustrating|annoying))\b",
        r"\b(?:c'est une blague|vous plaisantez|toujours (?:rien|pas de (?:reponse|nouvelles?))|"
        r"personne ne (?:repond|m'aide)|aucune reponse|ca (?:m'enerve|me rend fou)|c'est (?:enervant|"
        r"penible|agacant|lourd|relou|chiant|nul)|galere)\b",
    ),
}
_MARKS = re.compile(r"(?:!\s?){3,}|(?:\?\s?){3,}|[!?]{4,}")
_SHOUTED_WORDS = 4
_SHOUTED_LETTERS = 15


def frustration(text: str) -> tuple[str, ...]:
    """The names of the signs in this text."""
    folded = plain(text)
    signs = [name for name, pattern in {**_STRONG, **_WEAK}.items() if pattern.search(folded)]
    if _MARKS.search(text):
        signs.append("marks")
    if _is_shouted(text):
        signs.append("capitals")
    return tuple(signs)


def is_frustrated(signs: tuple[str, ...]) -> bool:
    """A strong sign, or two weak ones."""
    return sum(ENOUGH if sign in _STRONG else 1 for sign in signs) >= ENOUGH


def _is_shouted(text: str) -> bool:
    words = [word for word in re.findall(r"[^\W\d_]+", text) if len(word) > 1]
    letters = "".join(words)
    capitals = sum(c.isupper() for c in letters)
    return (
        len(words) >= _SHOUTED_WORDS and len(letters) >= _SHOUTED_LETTERS and capitals >= 0.8 * len(letters)
    )

"""Messages that only make sense after the ones before: "and for a gift?", « et pour la Suisse ? »."""

from __future__ import annotations

import re

from bot.recognisers.plain import any_of, plain

_GOES_ON = any_of(
    r"^(?:and|so|but|or|also|then|ok(?:ay)?,? (?:and|but|so)|what about|how about|what if|and if|same for|"
    r"same question|"
    r"even if|only if|except|unless|in (?:that|this) case|otherwise|why(?: not)?\W*$|how(?: so| come)?\W*$|"
    r"when\W*$|"
    r"where\W*$|how (?:much|long|many)\W*$|which one|for (?:a|an|the|my)\b|with(?:out)?\b|from\b|to\b|"
    r"if (?:it|i|not)\b)\b",
    r"^(?:et|ou alors|mais|donc|alors|aussi|sinon|pareil|idem|meme (?:chose|question|si)|dans ce cas|"
    r"dans le cas|qu'en est-il|"
    r"quid|et si|sauf si|a part|pour (?:un|une|le|la|les|des|mon|ma)\b(?!quoi)|avec|sans|depuis|vers|"
    r"si (?:c'est|je|on|il)|"
    r"pourquoi(?: pas)?\W*$|comment (?:ca|cela)?\W*$|quand\W*$|ou (?:ca)?\W*$|combien(?: de temps)?\W*$|"
    r"lequel|laquelle|"
    r"lesquels|lesquelles)\b",
)
_POINTS_BACK = any_of(
    r"\b(?:it|its|that|this|those|these|them|they|their|there|one|ones|the same|instead|either|both|too|"
    r"as well|he|she|his|"
    r"her)\b",
    r"\b(?:ca|cela|celui|celle|ceux|celles|celui-ci|celle-ci|y|en|lui|leur|le faire|la meme|le meme|"
    r"les memes|aussi|non plus|"
    r"la-bas|celui-la|l'(?:annuler|envoyer|avoir|utiliser|obtenir|imprimer|echanger|retourner|rendre|"
    r"modifier))\b",
    r"\b(?:le|la|les)[- ](?:faire|rendre|renvoyer|retourner|modifier|changer|annuler|payer|recevoir|garder|"
    r"trouver|avoir|"
    r"utiliser|mettre|donner)\b|-(?:le|la|les|ca|y|en)\b",
)
_ELLIPTIC_WORDS = 4
"""Up to so many words, a message without a verb of its own leans on what went before."""
_SHORT_WORDS = 9
"""Up to so many words, a pronoun points back to an earlier message rather than inside this one."""
_VERB = any_of(
    r"\b(?:is|are|was|do|does|did|can|could|will|would|should|may|must|have|has|had|want|need|get|make|"
    r"change|cancel|track|"
    r"return|pay|order|find|reset|delete|send|contact|use|know|see|buy|open|close|work|works|ship|deliver|"
    r"give|tell)\b",
    r"\b(?:est|sont|suis|puis|peux|peut|veux|voudrais|ai|as|a|avez|fait|faire|faut|dois|doit|changer|"
    r"annuler|suivre|"
    r"retourner|renvoyer|payer|commander|trouver|modifier|supprimer|envoyer|contacter|utiliser|savoir|"
    r"acheter|livrez|"
    r"recevoir|rendre|obtenir|telecharger|connecter|marche|fonctionne|existe|coute)\b",
)


def follows_up(text: str) -> bool:
    """Whether a message leans on earlier ones; to be asked only where there are any."""
    folded = plain(text)
    words = len(re.findall(r"\w+", folded))
    if _GOES_ON.search(folded):
        return True
    if words <= _SHORT_WORDS and _POINTS_BACK.search(folded):
        return True
    return words <= _ELLIPTIC_WORDS and not _VERB.search(folded)

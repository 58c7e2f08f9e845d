"""Messages that only make sense after the ones before: "and for a gift?", « et pour la Suisse ? »."""

from __future__ import annotations

import re

from bot.recognisers.plain import any_of, plain

_GOES_ON = any_of(
    r"^(?:and|so|but|or|also|then|ok(?:ay)?,? (?:and|but|so)|what about|how about|what if|and if|same for|"
    r"same question|even if|only if|except|unless|in (?:that|this) case|otherwise|why(?: not)?\W*$|"
    r"how(?: so| come)?\W*$|when\W*$|where\W*$|how (?:much|long|many)\W*$|which one|for (?:a|an|the|my)\b|"
    r"with(?:out)?\b|from\b|to\b|if (?:it|i|not)\b)\b",
    r"^(?:et|ou alors|mais|donc|alors|aussi|sinon|pareil|idem|meme (?:chose|question|si)|dans ce cas|"
    r"dans le cas|qu'en est-il|quid|et si|sauf si|a part|pour (?:un|une|le|la|les|des|mon|ma)\b(?!quoi)|"
    r"avec|sans|depuis|vers|si (?:c'est|je|on|il)|pourquoi(?: pas)?\W*$|comment (?:ca|cela)?\W*$|quand\W*$|"
    r"ou (?:ca)?\W*$|combien(?: de temps)?\W*$|lequel|laquelle|lesquels|lesquelles)\b",
)
_POINTS_BACK = any_of(
    r"\b(?:it|its|that|this|those|these|them|they|their|there|one|ones|the same|instead|either|both|too|"
    r"as well|he|she|his|her)\b",
    r"\b(?:ca|cela|celui|celle|ceux|celles|celui-ci|celle-ci|y|en|lui|leur|le faire|la meme|le meme|"
    r"les memes|aussi|non plus|la-bas|celui-la|l'(?:annuler|envoyer|avoir|utiliser|obtenir|imprimer|"
    r"echanger|retourner|rendre|modifier))\b",
    r"\b(?:le|la|les)[- ](?:faire|rendre|renvoyer|retourner|modifier|changer|annuler|payer|recevoir|garder|"
    r"trouver|avoir|utiliser|mettre|donner)\b|-(?:le|la|les|ca|y|en)\b",
)
_ELLIPTIC_WORDS = 4
"""Up to so many words, a message without a verb of its own leans on what went before."""
_SHORT_WORDS = 9
"""Up to so many words, a pronoun points back to an earlier message rather than inside this one."""
_VERB = any_of(
    r"\b(?:is|are|was|do|does|did|can|could|will|would|should|may|must|have|has|had|want|need|get|make|"
    r"change|cancel|track|return|pay|order|find|reset|delete|send|contact|use|know|see|buy|open|close|work|"
    r"works|ship|deliver|give|tell)\b",
    r"\b(?:est|sont|suis|puis|peux|peut|veux|voudrais|ai|as|a|avez|fait|faire|faut|dois|doit|changer|"
    r"annuler|suivre|retourner|renvoyer|payer|commander|trouver|modifier|supprimer|envoyer|contacter|"
    r"utiliser|savoir|acheter|livrez|recevoir|rendre|obtenir|telecharger|connecter|marche|fonctionne|"
    r"existe|coute)\b",
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

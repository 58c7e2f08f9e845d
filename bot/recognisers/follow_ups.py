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
_NO_INFINITIVE = (
    r"(?:hiver|fer|verre|papier|cuir|cuivre|acier|argent|osier|janvier|fevrier|\w+bre|premier|dernier|"
    r"arriere)\b"
)
"""What follows « en » where it is « in » or « of », for all its ending."""
_POINTS_BACK = any_of(
    r"\b(?:it|its|that|this|those|these|them|they|their|(?<!is )(?<!are )(?<!was )(?<!were )there|one|ones|"
    r"the same|instead|either|both|he|she|his|her)\b",
    r"\b(?:ca|cela|celui|celle|ceux|celles|celui-ci|celle-ci|lui|leur|le faire|la meme|le meme|les memes|"
    r"la-bas|celui-la|l'(?:annuler|envoyer|avoir|utiliser|obtenir|imprimer|echanger|retourner|rendre|"
    r"modifier))\b",
    r"\by\b(?!(?: |-)(?:a|avait|aura)\b)",
    rf"(?:\b[jmtsnl]'|\by )en\b|\ben (?:ai|as|a|avez|avons|ont|faut|suis|veux|voudrais|prends|reste)\b|"
    rf"\b(?:comment|ou|pour|de|sans|on|je|tu|vous|nous|lui|peux|peut|veux|voudrais|faut)[ -]en "
    rf"(?!{_NO_INFINITIVE})\w+(?:er|ir|re)\b",
    r"\b(?:le|la|les)[- ](?:faire|rendre|renvoyer|retourner|modifier|changer|annuler|payer|recevoir|garder|"
    r"trouver|avoir|utiliser|mettre|donner)\b|-(?:le|la|les|ca|y|en)\b",
)
_SHORT_WORDS = 9
"""Up to so many words, a pronoun points back to an earlier message rather than inside this one."""


def follows_up(text: str) -> bool:
    """Whether a message says itself that it leans on earlier ones; to be asked only where there are any.

    A few words without a verb may be such, or a search: what they find alone tells which.
    """
    folded = plain(text)
    if _GOES_ON.search(folded):
        return True
    return len(re.findall(r"\w+", folded)) <= _SHORT_WORDS and bool(_POINTS_BACK.search(folded))

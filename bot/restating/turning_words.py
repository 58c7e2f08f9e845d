"""The words that turn a sentence: lose one, or add one, and it says something else.

"Returns are free, only in France." without *only* is a promise that nobody made. The kinds are the same in
every language, so that a translation can be held to them too.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from bot.recognisers.plain import plain


class Turn(StrEnum):
    NOT = "not"
    REFUSED = "refused"
    """Said by a verb or an adjective: excluded, forbidden, refused, impossible."""
    ONLY = "only"
    EXCEPT = "except"
    IF = "if"
    UNLESS = "unless"
    MUST = "must"
    CAN = "can"
    BEFORE = "before"
    AFTER = "after"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    ABOUT = "about"
    SOME = "some"
    """Sometimes, usually, in certain cases."""
    ALWAYS = "always"
    INSTEAD = "instead"
    OUTSIDE = "outside"
    OR = "or"
    OFF = "off"
    WE_PAY = "we_pay"
    YOU_PAY = "you_pay"


SPOKEN = frozenset({"en", "fr"})
"""Languages whose turning words are known. In any other nothing is restated or translated, only quoted."""
MAY_BE_ADDED = frozenset({Turn.CAN})
"""« Vous disposez de 30 jours pour rendre un article » may become « Vous pouvez rendre … »."""


@lru_cache(maxsize=20_000)
def turns(text: str, language: str) -> frozenset[Turn]:
    """The kinds of turning words in a text of this language."""
    said = untwisted(text, language)
    return frozenset(turn for turn, pattern in _patterns(language).items() if pattern.search(said))


def untwisted(text: str, language: str) -> str:
    """Plain text in which what only looks like a turning word is gone, or is the one that it means."""
    said = plain(text)
    for pattern, meaning in _NEUTRAL.get(language, ()):
        said = re.sub(pattern, meaning, said)
    return said


@lru_cache(maxsize=8)
def _patterns(language: str) -> dict[Turn, re.Pattern[str]]:
    return {
        turn: re.compile(rf"(?<!\w)(?:{'|'.join(line.strip() for line in words.strip().splitlines())})(?!\w)")
        for turn, words in _WORDS.get(language, {}).items()
    }


_FIGURE = (
    r"(?:(?:the|les?|la) )?(?:[€$£] ?)?(?:\d+|two|three|four|five|six|ten|deux|trois|quatre|cinq|dix)\S*"
)
_COUNTED = r"\d+ ?(?:eur\w*|€|%|kg|articles?|jours?|fois|points?)"

_NEUTRAL = {
    # What looks like a turning word and is none, or says what another one says.
    "en": (
        (r"\bnot only\b|\bas soon as possible\b|\bat once\b|\bmore than once\b", ""),
        (r"\b(?:do not|don't) (?:hesitate|forget)\b", "please"),
        (r"\b(?:at )?no (?:extra |additional )?(?:cost|charge)s?\b", "free"),
        (r"\bno more than\b", "at most"),
        (r"\bno matter\b", "whatever"),
        (r"\bno one\b", "nobody"),
        (r"\b(drop(?:s|ped|ping)?)[- ](?:\w+ ){0,2}?off\b", r"\1"),
        (r"\b(?:click|press|choose|open|select) all\b", ""),
    ),
    "fr": (
        (r"\bnon seulement\b|\bpas a pas\b|\bpas de probleme\b|\btous les jours\b|\btout de suite\b", ""),
        (r"\bavant tout\b|\bavis de passage\b|\bs'il (?:vous|te) plait\b", ""),
        (r"\bn'(?:hesitez|oubliez|oublie|hesite) pas\b", "veuillez"),
        (r"\bsans (?:aucuns? )?frais(?: supplementaires?)?\b|\bne (?:vous )?coute(?:nt)? rien\b", "gratuit"),
        (r"\bpas plus de\b", "au plus"),
        (r"\bpas moins de\b", "au moins"),
        (r"\bou que vous soyez\b", "partout"),
    ),
}

# One pattern a line, of whole words.
_WORDS: dict[str, dict[Turn, str]] = {
    "en": {
        Turn.NOT: r"""
            not|\w*n't|cannot|cant|never|neither|nor|none|nothing|nobody|no|without
            non(?=-)
            """,
        Turn.REFUSED: r"""
            (?:exclud|refus|forbid|forbad|prohibit|reject|declin|deni|deny|disallow)\w*
            impossible|unable|unavailable|invalid|ineligible|void|lose|loses|lost|expire\w*
            """,
        Turn.ONLY: r"""
            only|solely|exclusively
            (?:limited|restricted) to
            reserved (?:for|to)
            """,
        Turn.EXCEPT: r"""
            except\w*|excluding
            (?:apart|aside) from|other than|save for|but (?:not )?for
            """,
        Turn.UNLESS: "unless",
        Turn.IF: r"""
            if|when|once|whenever|provided|as long as|as soon as|on condition|in case|subject to|depend\w*
            where(?= (?:applicable|possible))
            """,
        Turn.MUST: r"""
            must|should|ought|needs?|needed|required?|requires|mandatory|obligatory|compulsory|necessary
            (?:have|has|had) to
            """,
        Turn.CAN: r"""
            can|cannot|can't|may|might|could|possible|able to|allow\w*|permit\w*
            """,
        Turn.BEFORE: r"""
            before|prior to|until|till|no later than
            by(?= (?:midnight|noon|\d))
            """,
        Turn.AFTER: r"""
            after(?! (?:the )?(?:receipt|delivery|receiving|purchase))
            """,
        Turn.AT_LEAST: rf"""
            at least|minimum|more than|or more|above|exceed\w*
            (?:over|from)(?= {_FIGURE}(?! to(?!\w)))
            """,
        Turn.AT_MOST: rf"""
            up to|at most|maximum|less than|fewer than|below|or less|or fewer|within|no later than
            you (?:\w+ )?have(?= \d)
            under(?= {_FIGURE})
            """,
        Turn.ABOUT: rf"""
            (?:about|around)(?= {_FIGURE})
            approx\w*|roughly|estimated?
            """,
        Turn.SOME: r"""
            sometimes|certain|usually|generally|normally|often|most|mostly|rarely|perhaps|maybe|partly|partial\w*
            some(?! of (?:the|our))
            (?<!you )(?:may|might)
            """,
        Turn.ALWAYS: r"""
            always|every|all|each|whatever|anywhere|everywhere
            """,
        Turn.INSTEAD: r"""
            instead|rather than|in place of|replac\w+
            """,
        Turn.OUTSIDE: "outside|out of|beyond|external",
        Turn.OFF: r"off|unplug\w*|disconnect\w*",
        Turn.OR: "or(?! (?:more|less|fewer|later))",
        Turn.WE_PAY: r"""
            our (?:own )?(?:expense|cost)|we (?:cover|bear)|paid by us
            """,
        Turn.YOU_PAY: r"""
            your (?:own )?(?:expense|cost)|you (?:cover|bear)|(?:paid|payable) by you
            customer'?s?'? (?:expense|cost)
            """,
    },
    "fr": {
        Turn.NOT: r"""
            pas|jamais|aucun(?:e|s|es)?|ni|rien|non|sans|personne ne
            n(?:e |')(?:\w+[ ']){1,3}?(?:plus|point|guere)(?! (?:de |d'|que |qu')\w*\d)
            """,
        Turn.REFUSED: r"""
            (?:exclu|refus|interdi|rejet|prohib|perd|expir|invalid)\w*
            impossible|indisponible|irrecevable|inutilisable|ineligible
            """,
        Turn.ONLY: r"""
            seule?s?|seulement|uniquement|exclusivement
            (?:limite|reserve)e?s? (?:a|aux?)
            n(?:e |')(?:\w+[ ']){1,4}?que
            n(?:e |')(?:\w+[ ']){1,4}?qu'\w*
            """,
        Turn.EXCEPT: r"""
            sauf|hormis|excepte\w*|exceptions?|hors|autre que|en dehors d[eu]
            """,
        Turn.UNLESS: r"a moins(?! de \d)",
        Turn.IF: r"""
            si|s'ils?|a condition|pourvu|en cas|lorsque|lorsqu'\w*|quand|une fois|tant que|sous reserve
            depend\w*|selon|des (?:lors|reception|que)|des qu'\w*
            """,
        Turn.MUST: r"""
            doi(?:s|t|vent)|dev(?:ez|ons|ra|rez|ront|rait)|faut|faudra|besoin
            (?:obligatoire|necessaire|requis|exige|imperati|necessit)\w*
            tenue?s? de
            """,
        Turn.CAN: r"""
            pe(?:ux|ut|uvent)|pouv(?:ez|ons|oir)|pourr\w+|(?:possib|autoris|permi|permet)\w*
            """,
        Turn.BEFORE: rf"""
            avant|au plus tard|d'ici
            jusqu(?:e|'\w*)(?! {_COUNTED})
            """,
        Turn.AFTER: r"""
            au bout d[eu]
            apres(?! (?:(?:la |votre )?(?:reception|livraison)|(?:l'|votre )achat))|au-dela|au dela
            """,
        Turn.AT_LEAST: rf"""
            au moins|au minimum|minimum|minimal\w*|ou plus|et plus|superieure?s? a|au-dessus|exced\w+
            plus de(?= \d)
            plus que|plus qu'\w*|davantage
            (?:a partir de|des)(?= {_FIGURE})
            """,
        Turn.AT_MOST: rf"""
            jusqu'a(?= {_COUNTED})
            (?<!au )(?<!du )(?<!a )moins(?! de \d)
            au plus|au maximum|maximum|maximal\w*|inferieure?s? a|ou moins|sous (?:un|le) delai
            (?:moins de|sous|delai de|dans les?|dans un delai de|vous avez|tu as)(?= \d)
            dispos\w+ (?:\w+ )?de(?= \d)
            """,
        Turn.ABOUT: rf"""
            environ|a peu pres|(?:approximati|estim)\w+
            pres de(?= {_FIGURE})
            """,
        Turn.SOME: r"""
            certaine?s?|parfois|souvent|la plupart|en general|quelquefois|rarement
            peut-etre|en partie|partiel\w*
            (?:general|normal|habituel)lement|generalement
            """,
        Turn.ALWAYS: r"""
            toujours|tous|toutes|chaque|partout|quel(?:le)?s? que|n'importe
            tout (?:article|produit|achat|colis|client)|toute (?:commande|personne)
            """,
        Turn.INSTEAD: r"""
            au lieu d[eu]|plutot que|a la place|remplac\w+
            """,
        Turn.OUTSIDE: r"hors|en dehors|exterieur\w*",
        Turn.OFF: r"eteint\w*|eteign\w+|coup\w+|debranch\w+",
        Turn.OR: "ou(?! (?:plus|moins))",
        Turn.WE_PAY: r"""
            nos frais|a notre charge|nous prenons en charge|par nos soins
            """,
        Turn.YOU_PAY: r"""
            (?:vos|tes|ses) frais|a (?:votre|ta) charge|a la charge du client
            """,
    },
}

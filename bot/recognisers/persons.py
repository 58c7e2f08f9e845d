"""The customer wants a person: said in so many words, not asked about."""

from __future__ import annotations

import re

from bot.recognisers.plain import any_of, plain

_PERSON_EN = (
    r"(?:human(?: being)?|(?:real |actual |live |human |physical )+(?:person|agent|operator|human|people|"
    r"representative|rep|advis[oe]r|someone|somebody|support)|(?:customer (?:service|support|care)|support|"
    r"service|sales) (?:agent|representative|rep|person|team|advis[oe]r|staff)|agent|operator|"
    r"representative|rep|advis[oe]r|manager|supervisor|customer (?:service|support|care))"
)
_SOMEONE_EN = r"(?:someone|somebody|a person|anyone|anybody|people)"
_PERSON_FR = (
    r"(?:humain|etre humain|vraie personne|personne (?:reelle|physique|humaine)|conseiller|conseillere|"
    r"operateur|agent|responsable|superieur|manager|technicien|service clients?|service apres[- ]vente|sav|"
    r"membre de (?:votre|l') ?equipe|vendeur|teleconseiller)"
)
_END = (
    r"(?=\s*(?:$|[.,;!?)]|please|pls|plz|now|asap|instead|about|because|in (?:your|the)|from (?:your|the)|"
    r"at (?:your|the)|directly|urgently|right|today|svp|stp|s'il|maintenant|directement|rapidement|"
    r"au sujet|a propos|concernant|car|parce|pour|de (?:votre|chez)|vite|who|qui|for|to (?:help|solve|sort|"
    r"discuss)|d'urgence|par))"
)
_WANT_EN = (
    r"(?:i(?:'d| would)? (?:really |just |rather |only |still )?(?:want|need|wanna|like|wish|prefer|insist|"
    r"have)(?: to)?|i want|can i|could i|may i|please|let me|can you (?:please )?let me|pls|"
    r"is it possible to|give me|get me|connect me|put me|transfer me|pass me|i demand(?: to)?|i must|"
    r"(?:can|could|would|will) (?:you|someone) (?:please )?(?:connect|transfer|put|get|pass|hand) me)"
)
_WANT_FR = (
    r"(?:je (?:veux|voudrais|souhaite|souhaiterais|desire|prefere|prefererais|demande a|aimerais|dois)|"
    r"j'aimerais|j'ai besoin de|(?:puis|pourrais|peux)[- ]je|est-ce que je (?:peux|pourrais)|je peux|"
    r"on peut|pouvez[- ]vous me|peux[- ]tu me|laissez[- ]moi|j'exige de|il me faut|merci de me|possible de)"
)

_WANTS = any_of(
    rf"\b{_WANT_EN} (?:to |please |be |through )*(?:talk|speak|chat|spoke|connected|transferred|"
    rf"put through|communicate|discuss(?: this)?)(?: directly| again)? ?(?:to|with)? (?:an? |the |"
    rf"one of your |your |some )?(?:{_PERSON_EN}s?|{_SOMEONE_EN}{_END})\b",
    rf"\b(?:connect|transfer|put|pass|hand|get|give|escalate) (?:me|this|it|us)(?: over| through)? (?:to |"
    rf"with )?(?:an? |the |your )?(?:{_PERSON_EN}|{_SOMEONE_EN}{_END})\b",
    rf"\bi(?:'d| would)? (?:really |just )?(?:want|need|prefer|demand|like) (?:an? |the |"
    rf"your )?(?:human(?: being)?|(?:real|actual|live) (?:person|agent|human)|(?:support|"
    rf"customer service) agent|operator|supervisor){_END}",
    rf"\b(?:talk|speak|chat) (?:to|with) (?:an? )?(?:human|real person|live agent|live person|live chat|"
    rf"operator){_END}",
    r"\b(?:i (?:do not|don't|dont) want|stop giving me|no more|not) (?:to (?:talk|speak|chat) (?:to|"
    r"with) )?(?:an? |this |the |your )?(?:bot|robot|chatbot|machine|ai|computer)s?\b(?!\?)",
    r"\bhuman,? (?:please|pls|plz|now)\b|\b(?:real |live )?(?:agent|person|operator|"
    r"representative),? (?:please|pls|plz)\b",
    r"\bcan (?:a|some) (?:human|real person|agent|one) (?:call|contact|help|answer) me\b|"
    r"\bi want (?:a call ?back|someone to call me|to be called back)\b|\b(?:please )?call me back\b",
    rf"\b{_WANT_FR} (?:\w+ ){{0,3}}?(?:parler|discuter|echanger|communiquer|dialoguer|etre (?:mis|mise) en "
    r"(?:relation|contact)|etre rappele[e]?|mettre en (?:relation|contact)|passer|transferer|"
    r"entrer en contact|joindre)"
    rf"(?: directement)? (?:a |avec |au |aux |a un[e]? |avec un[e]? )?(?:un[e]? |le |la |l'|votre |au |"
    rf"quelqu'un de )?"
    rf"(?:{_PERSON_FR}\b|(?:quelqu'un|une personne){_END})",
    rf"\b(?:passez|transferez|mettez|passe|transfere|mets)[- ](?:moi|nous) (?:\w+ ){{0,3}}?(?:{_PERSON_FR}|"
    rf"(?:quelqu'un|une personne){_END})",
    rf"\b(?:je veux|je voudrais|il me faut|j'ai besoin d'|donnez[- ]moi) ?un[e]? (?:vrai[e]? )?(?:humain|"
    rf"conseiller|conseillere|operateur|vraie personne|personne humaine|etre humain|interlocuteur){_END}",
    r"\bje (?:ne )?veux pas (?:parler (?:a|avec) |d'|de )?(?:un |une |ce |cette )?(?:robot|bot|machine|"
    r"chatbot|ia)\b",
    r"\b(?:un|une) (?:humain|conseiller|vraie personne|operateur)[, ]+(?:svp|stp|s'il (?:vous|te) plait|"
    r"merci)\b",
    r"\b(?:rappelez|appelez|contactez|recontactez)[- ]moi\b(?! si)",
    rf"\bparler (?:a|avec) un (?:humain|vrai humain|etre humain|conseiller){_END}",
)
_WHOLE = re.compile(
    r"(?:(?:an? |un |une |real |live |vrai |vraie |the |)(?:human(?: being)?|agent|operator|representative|"
    r"real person|humain|conseiller|conseillere|operateur|vraie personne|person|live chat|"
    r"customer (?:service|support)|service client|customer care)(?: (?:please|pls|svp|stp|now|agent))*)"
)
_ONE = (
    r"(?:(?:an? |une )(?:real |actual |human |vraie )?(?:person|personne)|some(?:one|body)|any(?:one|body)|"
    r"quelqu'un)"
)
_WHOLE_WISH = re.compile(
    r"(?:(?:i(?:'d| would)? (?:really |just |only |still )?(?:want|need|like|prefer)"
    r"(?: to (?:have|see|get))?|(?:can|could) i (?:have|get|talk to)|(?:can|could) you get(?: me)?|"
    r"get me|give me|is there|is(?= any| some)|"
    r"je (?:veux|voudrais|souhaite|prefere)(?: avoir)?|j'aimerais(?: avoir)?|j'ai besoin d(?:e |')|"
    r"il me faut|donnez[- ]moi|passez[- ]moi|y a[- ]t[- ']il|il y a|est-ce qu'il y a) ?)?"
    r"(?:(?:a|une) (?:real |vraie )?personn?e? (?:for|about|regarding|pour|concernant) "
    r"m(?:y|on|a|es) .{1,60}|"
    rf"{_ONE}(?: (?:real|reel|reelle|there|here|la|de reel|please|pls|plz|svp|stp|s'il (?:vous|te) plait|now|"
    r"maintenant|instead|plutot|vite))*)"
)
"""All that the message says: "I want a person", « il y a quelqu'un ? ». With more behind, it is a question
("I need someone to install my lamp"), unless it only says about what of theirs a person is wanted."""
_ASKS_ABOUT = any_of(
    r"^(?:how|what|when|where|which|why|comment|quand|quel\w*|ou\b|pourquoi|a quelle)\b",
    r"\b(?:opening|phone|telephone) (?:hours|number)\b|\bnumero de telephone\b|\bhoraires\b",
)


def wants_person(text: str) -> bool:
    """ "How do I reach you?" is a question that the help centre answers; "get me a human" is not."""
    folded = plain(text)
    said = folded.strip(" .!?,")
    if _WHOLE.fullmatch(said) or _WHOLE_WISH.fullmatch(said):
        return True
    return any(_WANTS.search(clause) and not _ASKS_ABOUT.search(clause) for clause in _clauses(folded))


def _clauses(folded: str) -> list[str]:
    return [clause.strip() for clause in re.split(r"(?<=[.!?;])\s+|\n+", folded) if clause.strip()]

"""What a message says about the bot's last words: "no, that's not it", "yes", "the second one"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz.fuzz import ratio

from bot.recognisers.plain import any_of, plain, plain_by_letter
from knowledge.lexical import stems

_NO_FILLER = (
    r"(?:no+|nope|nah|non+|nan|sorry|desole[e]?|but|mais|well|ben|bah|hmm+|euh|um|ah|actually|merci|thanks)"
)
_OBJECTION = any_of(
    r"(?:that|this|it)(?:'?s| is| was)?(?: really| just| still| clearly| definitely)? (?:not|isn't|"
    r"wasn't)(?: at all| really| quite)? (?:it|right|what (?:i|we) (?:asked(?: for)?|meant|want(?:ed)?|"
    r"need(?:ed)?|was (?:asking|looking)(?: for)?|'m (?:asking|looking)(?: for)?|am (?:asking|"
    r"looking)(?: for)?)|my (?:question|problem|issue)|the (?:answer|question|right (?:one|answer|article)|"
    r"problem|issue)|helpful|correct|true|answering (?:my|the) question|useful|relevant|what i said)",
    r"(?:that|this|it)(?:'?s| is) (?:wrong|incorrect|irrelevant|useless|unhelpful|off[- ]topic|not it)",
    r"(?:that|this|it|you) (?:did not|didn't|didnt|does not|doesn't|doesnt|don't|do not|has not|hasn't|"
    r"haven't) (?:help(?: me)?(?: at all)?|work(?: at all| either| for me)?|answer(?:ed)? (?:my|"
    r"the) (?:question|query)|answer(?: me)?|solve (?:it|anything|my (?:problem|issue))|understand(?: me|"
    r" my question)?|get it)",
    r"(?:still )?(?:not|isn't|doesn't) (?:helpful|working|work|useful|what i (?:asked|meant|wanted|need)|"
    r"it)|wrong (?:answer|article|one|topic|question)|i(?:'ve| have)? (?:already )?tried (?:that|this|"
    r"it)(?: already)?(?: and it (?:did not|didn't|doesn't|does not) (?:work|help))?|"
    r"(?:it )?still (?:does not|doesn't|doesnt|is not|isn't) (?:work(?:ing)?)|you (?:misunderstood|"
    r"didn't understand|did not understand|got (?:it|me) wrong|don't get it)(?: me| my question)?|"
    r"i (?:did not|didn't|didnt) (?:ask|mean|say) (?:that|this|for that)|(?:try|think) again|"
    r"not that(?: one)?|neither(?: of (?:them|these|those))?|none(?: of (?:them|these|those|the above))?|"
    r"nothing to do with (?:it|that|my question)|that's not (?:at all )?(?:what i|it|my|the)(?: \w+){0,4}|"
    r"no it (?:doesn't|isn't|didn't|does not|is not)",
    r"(?:ce n'est|c'est|c|cest|ce nest|n'est|ca n'est|ca nest)(?: vraiment| toujours| absolument)? (?:pas|"
    r"plus)(?: du tout| vraiment| exactement)? (?:ca|cela|ce que (?:je|j'ai|j')(?: \w+'?){0,4}|"
    r"la (?:bonne )?(?:reponse|question)|ma question|mon (?:probleme|souci|cas)|bon|le (?:bon|sujet|"
    r"probleme)|utile|correct|juste|celui[- ]ci|ma demande|le bon article|exact|clair)",
    r"(?:ca|cela|c'est|sa|ceci) (?:ne |n')?(?:marche|fonctionne|aide|repond|change|resout|m'aide|"
    r"va)(?: pas| rien| toujours| plus| absolument)+(?: du tout| (?:a )?(?:ma|la) (?:question|demande)|"
    r" mieux)?|(?:toujours )?pas (?:ca|utile|du tout|la bonne reponse|ce que je (?:demande|veux|cherche)|"
    r"ma question)(?: du tout)?",
    r"(?:vous|tu) (?:n'avez|n'as|ne|n')? ?(?:avez |as )?(?:pas |rien )?(?:compris|repondez|repondu|reponds|"
    r"comprenez|comprends|repond)(?: pas| rien)?(?: (?:a )?(?:ma|la) (?:question|demande))?|"
    r"mauvaise (?:reponse|question)|a cote(?: de la plaque)?|rien a voir(?: avec (?:ma question|ca))?|"
    r"(?:c'est )?(?:faux|hors sujet|incorrect|inutile)|aucun(?:e)?(?: des (?:deux|2|trois|3)| d'entre eux| "
    r"de ces (?:sujets|choix|deux|trois))?|"
    r"ni l'un[e]? ni l'autre|ca ne repond pas.{0,30}|j'ai (?:deja )?(?:essaye|fait|tente)(?: ca|"
    r" cela)?(?: deja)?(?: (?:et |mais )?(?:ca|sa) (?:ne )?(?:marche|fonctionne) (?:pas|toujours pas))?|"
    r"je (?:n'ai|ne|parle|parlais|demandais) pas (?:demande |parle |de )?(?:ca|cela)",
)
_BARE_NO = re.compile(
    r"(?:no+|nope|nah|non+|nan|pas du tout|not at all|not really|pas vraiment)(?: (?:merci|thanks))?"
)
_BEFORE = rf"(?:(?>{_NO_FILLER}(?:[ ,.!]+|$)))*"
_AFTER = (
    r"(?: (?:either|non plus|again|encore|at all|du tout|though|sorry|merci|thanks|desole|et|and|but|mais))*"
)
_WHOLE_OBJECTION = re.compile(rf"{_BEFORE}(?:{_OBJECTION.pattern}){_AFTER}")
_LEADING_OBJECTION = any_of(
    rf"^{_BEFORE}(?:{_OBJECTION.pattern})\s*[,.;:!-]+\s*",
    r"^(?:no+|nope|non+|nan)\s*[,.;:!]+\s*(?=(?:i|my|for|the|what|je|mon|ma|pour|c'est|it's|in|en)\b)",
)
_CONFIRMS = re.compile(
    r"(?:(?>(?:yes|yeah|yep|yup|yea|sure|ok|okay|right|correct|exactly|absolutely|indeed|perfect|great|"
    r"good|excellent|awesome|fine|cool|nice|super|oui|ouais|ouep|exact|exactement|parfait|tout a fait|"
    r"voila|genial|top|impeccable|nickel|d'accord|dac|bien|si|merci|thanks|thank you|please|svp|volontiers|"
    r"it (?:works|worked|helped|helps|does|did)|(?:that|this)(?:'s| is| was)? (?:it|right|correct|helpful|"
    r"perfect|great|good|exactly (?:it|right)|what i (?:wanted|needed|meant|was looking for)|helps|helped|"
    r"worked|works|solved it|answers (?:my|the) question|all)|got it|understood|c'est (?:bien )?(?:ca|cela|"
    r"bon|parfait|clair|exact|note|tres clair)|ca (?:marche|m'aide|me va|fonctionne|repond a ma question)|"
    r"compris|j'ai compris|(?:thanks )?that helped|problem solved|probleme regle|c'est regle|a lot|"
    r"beaucoup|very|much|tres|you|vous)(?:[ ,.!]+|$)))+"
)


def _place(words: str) -> re.Pattern[str]:
    return re.compile(
        r"(?:(?:yes|oui|i mean|je parle de)[ ,]+)?(?:the |le |la |l'|option |number |numero |choix |n ?° ?)*"
        rf"(?:{words})(?: one| option| choice| choix| please| svp| stp)*"
    )


_PLACES = (
    _place("first|1st|one|1|un|une|premier|premiere|1er|1ere|former|a"),
    _place("second|2nd|two|2|deux|deuxieme|seconde|2e|2eme|b"),
    _place("third|3rd|three|3|trois|troisieme|3e|3eme|c"),
)
_LAST = _place("latter|last|dernier|derniere")
_OTHER = _place("other|autre")
_PUNCTUATION = re.compile(r"[^\w' ,.!;:°-]+")

_FILLER = 2
"""Words of so many letters name no title."""
_NAMED = 0.5
"""Share of a choice's own words (those no other choice has) that the message must say."""
_LONGER = 4
"""A message with so many words more than the title is a new question rather than a choice."""
_SAME_QUESTION = 95.0
"""Likeness (percent) from which a message repeats the one before."""


def objects(text: str) -> bool:
    """The whole message says that the last answer was not it."""
    return says_no(text) or _WHOLE_OBJECTION.fullmatch(_bare(text)) is not None


def says_no(text: str) -> bool:
    """ "No", and nothing else."""
    return _BARE_NO.fullmatch(_bare(text)) is not None


def after_objection(text: str) -> str | None:
    """What a message goes on to say after "No, that's not it," ; None when it does not begin so."""
    text = text.strip()
    match = _LEADING_OBJECTION.match(plain_by_letter(text))
    if match is None:
        return None
    rest = text[match.end() :].strip()
    return rest if len(re.findall(r"\w+", rest)) >= 2 else None


def confirms(text: str) -> bool:
    return _CONFIRMS.fullmatch(_bare(text)) is not None


def repeats(text: str, earlier: str) -> bool:
    """The same question once more: whoever repeats it was not answered."""
    return ratio(plain(text), plain(earlier)) >= _SAME_QUESTION


def chosen(text: str, titles: Sequence[str], language: str) -> int | None:
    """Which of the choices the message picks: by number, by place, or by its title; None when by none."""
    bare = _bare(text)
    last = (_LAST, _OTHER) if len(titles) == 2 else (_LAST,)
    if any(place.fullmatch(bare) for place in last):
        return len(titles) - 1
    for number, place in enumerate(_PLACES[: len(titles)]):
        if place.fullmatch(bare):
            return number
    return _named(text, titles, language)


def _named(text: str, titles: Sequence[str], language: str) -> int | None:
    said = stems(text, language)
    known = [stems(title, language) for title in titles]
    if not known or len(said) > max(map(len, known)) + _LONGER:
        return None
    shares = [_own_share(set(said), n, known) for n in range(len(known))]
    named = [n for n, share in enumerate(shares) if share >= _NAMED]
    return named[0] if len(named) == 1 else None


def _own_share(said: set[str], n: int, known: Sequence[Sequence[str]]) -> float:
    others = {stem for i, title in enumerate(known) if i != n for stem in title}
    own = {stem for stem in known[n] if stem not in others and _tells(stem)}
    return len(said & own) / len(own) if own else 0.0


def _tells(stem: str) -> bool:
    """Nobody names a gift with the article before it; a number may name what it stands in."""
    return len(stem) > _FILLER or stem.isdigit()


def _bare(text: str) -> str:
    return " ".join(_PUNCTUATION.sub(" ", plain(text)).split()).strip(" .,!;:-")

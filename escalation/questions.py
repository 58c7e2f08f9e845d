"""Questions that customers ask in like words, put together. Pure."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from escalation.reports import OpenQuestion
from knowledge.lexical import stems as stems_of

ALIKE = 0.6
"""Cosine of their words from which two questions are one: two words of three in common, say."""
COMMON = 0.2
"""A word in more of the questions than this says nothing of what they are about…"""
MANY = 20
"""…where there are at least so many questions to tell."""
ROOT = 4
"""Letters from which a stem that begins another one is the same word: « livr » and « livraison »."""

Words = frozenset[str]


@dataclass(frozen=True, slots=True)
class Group:
    questions: tuple[OpenQuestion, ...]
    """Latest first."""

    @property
    def headline(self) -> OpenQuestion:
        """The one that says most of what the others say; of equals the shortest."""
        counts = Counter(stem for question in self.questions for stem in question.stems)
        return min(self.questions, key=lambda question: (-_typical(question, counts), len(question.question)))

    @property
    def last_at(self) -> datetime:
        return self.questions[0].at

    @property
    def unanswered(self) -> tuple[OpenQuestion, ...]:
        """Those of which no entry was made yet."""
        return tuple(question for question in self.questions if question.entry_id is None)

    @property
    def entry_id(self) -> str | None:
        """The newest entry that was made of one of them."""
        return next((question.entry_id for question in self.questions if question.entry_id), None)


def grouped(questions: Sequence[OpenQuestion]) -> list[Group]:
    """The largest groups first, of equals the latest. `questions` come latest first."""
    contents = _contents([question.stems for question in questions])
    groups: list[list[OpenQuestion]] = []
    leaders: list[Words] = []
    leading: defaultdict[str, list[int]] = defaultdict(list)
    for question, content in zip(questions, contents, strict=True):
        nearest = _nearest(content, leaders, leading)
        if nearest is not None:
            groups[nearest].append(question)
            continue
        for word in content:
            leading[word].append(len(groups))
        leaders.append(content)
        groups.append([question])
    found = [Group(tuple(members)) for members in groups]
    return sorted(found, key=lambda group: (len(group.questions), group.last_at), reverse=True)


def like(stems: frozenset[str], questions: Sequence[OpenQuestion]) -> list[OpenQuestion]:
    """Those that ask the same, the most alike first."""
    mine, *others = _contents([stems, *(question.stems for question in questions)])
    scored = [(_similarity(mine, other), n) for n, other in enumerate(others)]
    return [
        questions[n] for score, n in sorted(scored, key=lambda pair: (-pair[0], pair[1])) if score >= ALIKE
    ]


def _nearest(content: Words, leaders: Sequence[Words], leading: Mapping[str, Sequence[int]]) -> int | None:
    """The group whose first question is the most alike, if one is alike at all."""
    sharing = {n for word in content for n in leading.get(word, ())}
    best, nearest = max(((_similarity(content, leaders[n]), -n) for n in sharing), default=(0.0, 0))
    return -nearest if best >= ALIKE else None


def _contents(questions: Sequence[frozenset[str]]) -> list[Words]:
    """What each is about: words of asking and words that nearly all have left out, roots instead of stems.
    What consists of nothing else is asked very often: it is about its words."""
    counts = Counter(stem for stems in questions for stem in stems)
    most = COMMON * len(questions) if len(questions) >= MANY else len(questions)
    telling = {stem for stem, count in counts.items() if count <= most and stem not in _asking()}
    roots = {stem: _root(stem, telling) for stem in telling}
    return [
        frozenset(roots[stem] for stem in stems if stem in roots) or stems - _asking() for stems in questions
    ]


def _root(stem: str, known: Collection[str]) -> str:
    return next((stem[:end] for end in range(ROOT, len(stem)) if stem[:end] in known), stem)


def _similarity(a: Words, b: Words) -> float:
    return len(a & b) / math.sqrt(len(a) * len(b)) if a and b else 0.0


def _typical(question: OpenQuestion, counts: Mapping[str, int]) -> float:
    stems = question.stems - _asking()
    return sum(counts[stem] for stem in stems) / math.sqrt(len(stems)) if stems else 0.0


_WORDS_OF_ASKING = {
    "fr": """
        a ai as au aux avec avez avoir bonjour bonsoir c ca car ce cela ces cet cette chez combien comment d
        dans de deja depuis des du elle en encore est et etes etre eu faire fais fait faites faut font il ils
        j je jamais l la le les leur lui m ma mais me merci mes moi mon n ne non nos notre nous on ont ou oui
        par pas peut peux plait plus possible pour pourquoi pouvez pouvoir pourrais pourriez qu quand que
        quel quelle quels quelles qui quoi s sa salut sans savoir se ses si sont souhaite souhaiterais sur svp
        t te tu un une voudrais vos votre vous voulais veux y
        """,
    "en": """
        a about am an and any anyone are as at be been but by can could d did do does doing don for from get
        give go had has have hello hey hi how i if in is it its just know ll m make may me much must my need
        no not of on one or our out please possible re s shall should so some someone still t tell thank
        thanks that the their them there they this to up us ve want was we were what when where which who why
        will with would yes you your
        """,
}


@cache
def _asking() -> frozenset[str]:
    """Stems of the words that make a sentence a question, in any language."""
    return frozenset(stem for language, text in _WORDS_OF_ASKING.items() for stem in stems_of(text, language))

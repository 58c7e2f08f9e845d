"""Sentences that belong to the one before: its condition, or what leans back on it. French and English."""

from __future__ import annotations

from bot.recognisers.plain import any_of, plain

LONGEST = 250
"""Characters: a condition of what stands before is short, or it is a text of its own."""


def is_condition(sentence: str) -> bool:
    """Whether what stands before would promise too much without it: "Only in France."."""
    return len(sentence) <= LONGEST and _CONDITION.search(plain(sentence)) is not None


def leans_back(sentence: str) -> bool:
    """Whether it is about something that only the sentence before names: "It can be extended once."."""
    return _LEANS_BACK.search(plain(sentence)) is not None


_LEANS_BACK = any_of(
    r"^(?:it|this|that|these|those|they|he|she|its|their|such|but|however|then|also|so|therefore|otherwise|"
    r"in (?:this|that) case|if (?:so|not)|instead|moreover|in addition|thus|yet|afterwards|both|each)\b",
    r"^(?:il|elle|ils|elles|ce|cela|ca|c'est|cette|ces|celui-ci|celle-ci|ceux-ci|mais|cependant|toutefois|"
    r"neanmoins|ensuite|alors|donc|ainsi|sinon|de plus|en outre|dans ce cas|par ailleurs|en revanche|puis|"
    r"leur|leurs|son|sa|ses|y|en|dans le cas contraire|a defaut|aussi)\b",
)
_CONDITION = any_of(
    r"^(?:\W*)(?:only|except|unless|however|but|not |this (?:does not|doesn't|only)|it (?:does not|doesn't|"
    r"only)|excluding|provided|note|please note|warning|important|caution|attention|exceptions?|otherwise|"
    r"if not)\b",
    r"^(?:\W*)(?:seul(?:e|s|es|ement)?|uniquement|sauf|excepte|hors|a moins|cependant|toutefois|mais|"
    r"neanmoins|en revanche|a condition|a noter|attention|important|ceci ne|cela ne|il ne|elle ne|"
    r"exceptions?|sinon|ne sont pas|n'est pas)\b",
)

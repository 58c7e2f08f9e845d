"""Whether a message only names what it is about: "my account", "carte cadeau"."""

from __future__ import annotations

from knowledge.lexical import words

MOST_WORDS = 2


def names_a_subject(text: str) -> bool:
    """So few words ask nothing about it yet; what comes next often does."""
    return 0 < len(words(text)) <= MOST_WORDS

"""What Comptoir says in Slack of its own, in English and French."""

from __future__ import annotations

from connectors.slack.words.english import ENGLISH
from connectors.slack.words.french import FRENCH
from connectors.slack.words.names import Words

__all__ = ["ENGLISH", "FRENCH", "Words", "words"]


def words(language: str | None) -> Words:
    return FRENCH if language == "fr" else ENGLISH

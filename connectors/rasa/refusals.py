"""What cannot be taken, as words of the chat: a widget made for Rasa shows nothing else."""

from __future__ import annotations

from bot.log import LogUnavailable
from bot.reception import ClientIdInvalid, MessageEmpty, MessageTooLong
from connectors.http.codes import STATUS, Code
from connectors.http.problems import DOMAIN, Refused
from connectors.http.words import problem_words
from connectors.rasa.words import words_in

NOT_TAKEN = (Refused, LogUnavailable, MessageEmpty, MessageTooLong, ClientIdInvalid)


def said_of(error: Exception, language: str | None, longest: int) -> tuple[int, str]:
    """The HTTP status, and the words. `error` is one of NOT_TAKEN; `longest` is how long a message may be."""
    if isinstance(error, LogUnavailable):
        return 503, words_in(language).not_kept
    code = error.code if isinstance(error, Refused) else DOMAIN[type(error)]
    places: dict[str, object] = dict(error.places) if isinstance(error, Refused) else {"limit": longest}
    detail = problem_words(Code(code), "fr" if language == "fr" else "en").detail
    return STATUS[code], detail.format(**places)

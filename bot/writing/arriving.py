"""Sentences as they become whole while a text arrives in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.recognisers.plain import visible
from bot.restating.grounds import LIST_MARK
from bot.sentences import is_one, sentences

LONGEST = 600
"""Characters: what goes on for longer without an end is no sentence."""

_CITED = re.compile(r"\s*\[\s*\d+(?:\s*[,;-]\s*\d+)*\s*\](?!\()")
"""What the model cites is its claim: where a sentence stands is found out anew."""
_OVER = re.compile(r"<\|(?:im_end|im_start|eot_id|end|endoftext)\|>|</?s>|<(?:end|start)_of_turn>")
"""Ends of a turn that servers of one's own let through: what follows is the model talking to itself."""
_ENDED = re.compile(r"[.!?…:;][\"'”’»)\]*_]*$")


@dataclass(frozen=True, slots=True)
class Arrived:
    text: str
    """One sentence, without citation marks."""
    lead: str = ""
    """ "- " or "1. " where it opens an item."""
    opens_paragraph: bool = False
    is_whole: bool = True
    """False for what was cut off, and for what is no sentence: a heading, a label, several in one."""


class Arriving:
    """Takes pieces, gives sentences, in order and each once."""

    def __init__(self) -> None:
        self.is_over = False
        """Whether the model has marked the end of its turn."""
        self._line = ""
        self._given = 0
        """Sentences of the line that were given already."""
        self._opens = True

    def feed(self, piece: str) -> Iterator[Arrived]:
        text = self._line + visible(piece)
        if match := _OVER.search(text):
            text, self.is_over = text[: match.start()], True
        *whole, rest = text.split("\n")
        for line in whole:
            yield from self._sentences(line, is_over=True)
            self._given = 0
            self._opens = self._opens or not line.strip()
        self._line = rest
        yield from self._sentences(rest, is_over=False)

    def finish(self) -> Iterator[Arrived]:
        """What is left when nothing more comes."""
        yield from self._sentences(self._line, is_over=True)
        self._line, self._given = "", 0

    @property
    def runs_on(self) -> bool:
        """Whether a sentence has gone on for too long to be one."""
        return len(self._line) > LONGEST and not self._given

    def _sentences(self, line: str, *, is_over: bool) -> Iterator[Arrived]:
        mark = LIST_MARK.match(line)
        body = _CITED.sub("", line[mark.end() :] if mark else line)
        found = [body[start:end] for start, end in sentences(body)]
        whole = found if is_over else found[:-1]
        for n, text in enumerate(whole[self._given :], self._given):
            lead = f"{mark.group().strip()} " if mark and n == 0 else ""
            # An item may do without a full stop; one that was cut off leaves something out.
            ends = bool(lead) or _ENDED.search(text) is not None
            yield Arrived(text, lead, self._opens, ends and is_one(text))
            self._opens = False
        self._given = max(self._given, len(whole))

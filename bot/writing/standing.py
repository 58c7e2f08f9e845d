"""Which sentences of a model stand: each is held to the passages, and to what was said before it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.conditions import leans_back
from bot.languages import Detector
from bot.markers import bare, unadorned
from bot.restating.difference import Difference
from bot.restating.grounds import Ground, grounds
from bot.restating.meaning import LearnedMeaning
from bot.restating.support import Support, compared, means_the_same, support
from bot.writing.arriving import Arrived
from knowledge.entries import Article, Citation

SHORTEST_TELLING = 4
"""Words from which the language of a sentence can be told."""

_MARKUP = re.compile(r"<[^\s\d]|&#?\w+;|!\[|^\s*(?:#|\||```|~~~|>)|javascript:|\bdata:", re.IGNORECASE)
_TARGET = re.compile(r"\]\(\s*<?([^)>\s]+)")
_YES_OR_NO = re.compile(
    r"^(?:(?:yes|sure|of course|certainly|oui|bien sûr|tout à fait)\b[\s,.!:;–—-]+"
    r"|(?:no|non)\s*[,.!:;–—]\s*)",
    re.IGNORECASE,
)
_HANGING = re.compile(r"\s*[;,]$")
"""How one side of a semicolon ends when the other is not told."""


class Fault(StrEnum):
    """Why a sentence was dropped, beside what it says otherwise than its source."""

    MARKUP = "markup"
    ASKS = "asks"
    REPEATS = "repeats"
    LEANS_ON_DROPPED = "leans_on_dropped"
    OTHER_LANGUAGE = "other_language"
    OTHER_MEANING = "other_meaning"
    UNFINISHED = "unfinished"


@dataclass(frozen=True, slots=True)
class Stood:
    """A sentence that stands, with the conditions of its source behind it."""

    text: str
    lead: str
    opens_paragraph: bool
    ground: Ground


class Standing:
    """Takes the sentences of one answer in their order."""

    def __init__(
        self,
        entry: Article,
        passages: Sequence[Citation],
        *,
        language: str,
        company: str,
        meaning: LearnedMeaning,
        detector: Detector,
        restore: Callable[[str], str] = str,
    ) -> None:
        """`passages` are what the model was shown, `language` is the customer's; `restore` puts personal data
        back where the model repeats what stood for it."""
        self.stood: list[Stood] = []
        self._entry = entry
        self._grounds = grounds(entry)
        self._shown = [
            ground
            for ground in self._grounds
            if any(passage.start <= ground.start and ground.end <= passage.end for passage in passages)
        ]
        self._language = language
        self._company = company
        self._meaning = meaning
        self._detector = detector
        self._restore = restore
        self._said: set[str] = set()
        self._used: set[tuple[int, int, str]] = set()
        self._last_stood = False

    async def take(self, arrived: Arrived) -> Stood | Fault | Difference:
        """What became of it. Raises what the embedder raises."""
        verdict = await self._verdict(arrived)
        self._last_stood = isinstance(verdict, Stood)
        if isinstance(verdict, Stood):
            self.stood.append(verdict)
            self._remember(verdict)
        return verdict

    async def _verdict(self, arrived: Arrived) -> Stood | Fault | Difference:
        fault = self._fault(arrived)
        if fault is not None:
            return fault
        text = self._restore(unadorned(arrived.text).strip())
        found = self._support(text)
        is_verbatim = isinstance(found, Support) and found.verbatim
        if not is_verbatim and (rest := _YES_OR_NO.sub("", text)) != text:
            # Whether "yes" is right stands in no passage; what follows it may.
            text = rest[:1].upper() + rest[1:]
            found = self._support(text)
        if isinstance(found, Difference):
            return Fault.OTHER_LANGUAGE if self._is_foreign(text) else found
        if _identity(found.ground) in self._used or bare(text) in self._said:
            return Fault.REPEATS
        if leans_back(text) and not self._follows(found.ground):
            return Fault.LEANS_ON_DROPPED
        if not found.verbatim and not await self._means_the_same(text, found.ground):
            return Fault.OTHER_MEANING
        return Stood(
            self._with_conditions(text, found.ground), arrived.lead, arrived.opens_paragraph, found.ground
        )

    def _fault(self, arrived: Arrived) -> Fault | None:
        if not arrived.is_whole:
            return Fault.UNFINISHED
        if _MARKUP.search(arrived.text) or any(
            target not in self._entry.text for target in _TARGET.findall(arrived.text)
        ):
            return Fault.MARKUP
        if arrived.text.rstrip("\"'”’»*_ ").endswith("?"):
            return Fault.ASKS
        return Fault.REPEATS if bare(arrived.text) in self._said else None

    def _support(self, text: str) -> Support | Difference:
        return support(text, self._shown, self._entry.language, self._company)

    def _is_foreign(self, text: str) -> bool:
        return (
            len(text.split()) >= SHORTEST_TELLING
            and self._detector.detect(text, self._language) != self._language
        )

    def _follows(self, ground: Ground) -> bool:
        """Whether the sentence before it, which it leans on, stands and is about the same."""
        if not self._last_stood:
            return False
        before = self.stood[-1].ground
        between = self._entry.text[before.whole[1] : ground.start]
        is_next = (
            ground.start >= before.whole[1] and ground.block is before.block and len(between.strip()) < 3
        )
        return ground.start == before.start or is_next

    async def _means_the_same(self, text: str, ground: Ground) -> bool:
        await self._meaning.learn(compared(text, ground, self._grounds, self._entry.title))
        return means_the_same(text, ground, self._grounds, self._entry.title, self._meaning)

    def _with_conditions(self, text: str, ground: Ground) -> str:
        """A condition goes along in the entry's own words, unless it was said."""
        text = _HANGING.sub(".", text)
        conditions = (unadorned(self._entry.text[start:end]).strip() for start, end in ground.conditions)
        return " ".join((text, *(words for words in conditions if bare(words) not in self._said)))

    def _remember(self, stood: Stood) -> None:
        self._said.add(bare(stood.text))
        self._used.add(_identity(stood.ground))
        for start, end in stood.ground.conditions:
            self._said.add(bare(unadorned(self._entry.text[start:end])))
            self._used.update(_identity(g) for g in self._grounds if (g.start, g.end) == (start, end))


def _identity(ground: Ground) -> tuple[int, int, str]:
    return ground.start, ground.end, ground.text

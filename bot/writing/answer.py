"""An answer in a model's words, of which only the sentences that stand are shown and kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing

from bot.asked import Draft, Shown
from bot.blocks import Form
from bot.composing import asks_figures, citation_of
from bot.decisions import Answer
from bot.markers import bare, unadorned
from bot.models.port import ModelFailed, Prompt
from bot.restating.vocabulary import are_one, telling
from bot.writing.account import Outcome, Use, Why
from bot.writing.arriving import Arrived, Arriving
from bot.writing.pen import Pen, note_failure
from bot.writing.rendering import Said, rendered
from bot.writing.standing import Standing, Stood
from knowledge.entries import Article

AS_MUCH = 0.8
"""Of what the quotation says of the question's words, so much at least must a written answer say."""
RAMBLES = 4
"""Sentences dropped in a row, after which no better ones are waited for."""
LOOPS = 3
"""Times that a sentence, or a run of words inside one, makes a loop."""
RUN = 5
"""Words."""
LONG_ENOUGH = 1.5
"""Times the brief's length."""
NONE = "none"
"""What the model is told to write when the passages do not answer."""


class _Loops(Exception):
    """It says the same again and again."""


class AnswerWriting:
    """One answer while it is being written."""

    def __init__(
        self,
        standing: Standing,
        quoted: Answer,
        question: str,
        entry: Article,
        *,
        room: int,
    ) -> None:
        """`quoted` is what is sent otherwise, and the measure; `room` is how long answers may be."""
        self._standing = standing
        self._quoted = quoted
        self._question = question
        self._entry = entry
        self._room = room * LONG_ENOUGH
        self._times: Counter[str] = Counter()
        self._dropped_in_a_row = 0

    async def write(self, pen: Pen, prompt: Prompt, use: Use, shown: Shown) -> Answer | None:
        """None when the quotation is to be sent; `use` says why. Raises what the embedder raises."""
        try:
            await self._listen(pen, prompt, use, shown)
        except ModelFailed as error:
            note_failure(use, error)
        except _Loops:
            use.why = Why.LOOPS
        else:
            use.why = self._wanting(use)
        if use.why is not None:
            return None
        use.outcome = Outcome.CARRIED
        return self._answer()

    async def _listen(self, pen: Pen, prompt: Prompt, use: Use, shown: Shown) -> None:
        arriving = Arriving()
        async with aclosing(pen.write(prompt, use, pen.patience.whole)) as pieces:
            async for piece in pieces:
                for arrived in arriving.feed(piece):
                    if not await self._heard(arrived, use, shown):
                        return
                if arriving.runs_on:
                    raise _Loops
                if arriving.is_over:
                    break
        for arrived in arriving.finish():
            await self._heard(arrived, use, shown)

    async def _heard(self, arrived: Arrived, use: Use, shown: Shown) -> bool:
        """Whether to go on listening."""
        if bare(arrived.text).casefold() == NONE:
            return False
        self._watch_for_loops(arrived.text)
        use.written += 1
        verdict = await self._standing.take(arrived)
        if isinstance(verdict, Stood):
            use.kept += 1
            self._dropped_in_a_row = 0
            answer = self._answer()
            shown(Draft(answer.text, answer.citations))
            return len(answer.text) < self._room
        use.dropped.append((arrived.text, verdict.value))
        self._dropped_in_a_row += 1
        return self._dropped_in_a_row < RAMBLES

    def _watch_for_loops(self, sentence: str) -> None:
        words = bare(sentence).casefold().split()
        runs = Counter(tuple(words[n : n + RUN]) for n in range(len(words) - RUN + 1))
        self._times[" ".join(words)] += 1
        if max(self._times.values()) >= LOOPS or max(runs.values(), default=0) >= LOOPS:
            raise _Loops

    def _answer(self) -> Answer:
        text, citations = rendered([_said(one, self._entry) for one in self._standing.stood])
        return Answer(text, citations, self._quoted.more, written=True)

    def _wanting(self, use: Use) -> Why | None:
        """What is missing for what stands to be the answer."""
        stood = self._standing.stood
        while stood and stood[-1].text.endswith(":"):
            stood.pop()  # it announces what was dropped
        if not use.written:
            return Why.EMPTY
        if not stood:
            return Why.NOTHING_STOOD
        if not _steps_are_whole(stood):
            return Why.STEPS_LEFT_OUT
        return None if self._answers(stood) else Why.DOES_NOT_ANSWER

    def _answers(self, stood: Sequence[Stood]) -> bool:
        """It comes from where the quotation comes from, and says as much to the question."""
        is_there = any(
            one.ground.start < citation.end and citation.start < one.ground.end
            for one in stood
            for citation in self._quoted.citations
        )
        said = " ".join(one.text for one in stood)
        quoted = " ".join(unadorned(citation.quote) for citation in self._quoted.citations)
        wants_figures = asks_figures(self._question) and _has_figures(quoted)
        return (
            is_there
            and self._told(said) >= AS_MUCH * self._told(quoted)
            and (_has_figures(said) or not wants_figures)
        )

    def _told(self, text: str) -> int:
        """How many of the question's telling words it says, but those of the title: all is about them."""
        language = self._entry.language
        title, here = telling(self._entry.title, language), telling(text, language)
        asked = {key for key in telling(self._question, language) if not _is_among(key, title)}
        return sum(_is_among(key, here) for key in asked)


def _said(one: Stood, entry: Article) -> Said:
    citation = citation_of(entry, *one.ground.whole, one.ground.block.heading)
    return Said(one.text, citation, one.lead, one.opens_paragraph)


def _steps_are_whole(stood: Sequence[Stood]) -> bool:
    """Of steps that it begins to tell it must tell each, in their order."""
    for block in {one.ground.block for one in stood if one.ground.block.form is Form.STEPS}:
        starts = [one.ground.start for one in stood if one.ground.block == block]
        told = all(any(start <= at < end for at in starts) for start, end in block.pieces)
        if not told or starts != sorted(starts):
            return False
    return True


def _is_among(key: str, keys: Sequence[str]) -> bool:
    return any(are_one(key, other) for other in keys)


def _has_figures(text: str) -> bool:
    return any(character.isdigit() for character in text)

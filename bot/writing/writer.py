"""What a language model does for one installation: a sheet for each turn, filled within bounds."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from bot.asked import Asked, Shown
from bot.brief import Brief, Length
from bot.composing import compose, sections
from bot.decisions import Answer
from bot.judging import Judgement
from bot.languages import Detector
from bot.masking import Masks
from bot.models.port import ChatModel
from bot.restating.meaning import LearnedMeaning
from bot.restating.turning_words import SPOKEN
from bot.understanding import Understanding
from bot.writing.account import Account, Outcome, Prices, Tally, Task, Use, Why
from bot.writing.answer import AnswerWriting
from bot.writing.faithful import adds_nothing, keeps_all_of
from bot.writing.pen import Patience, Pen
from bot.writing.prompting import (
    SUMMARY_CHARACTERS,
    Sign,
    answer_prompt,
    question_prompt,
    summary_prompt,
    translation_prompt,
)
from bot.writing.standing import Standing
from bot.writing.sure import is_sure_quotation
from bot.writing.translation import sentences_of, write_translation
from knowledge.entries import Article, Citation
from knowledge.evidence import Evidence, Hit
from knowledge.ports import Embedder

LONGEST_QUESTION = 300
"""Characters."""
SHORT_ARTICLE = 1500
"""Characters."""
SHORT = 160
"""Characters up to which what a customer wrote needs no summary."""

log_lines = logging.getLogger(__name__)


def random_sign() -> str:
    return secrets.token_hex(6)


class Writer:
    """Makes the sheets, and counts what became of them. Closing it closes the model."""

    def __init__(
        self,
        model: ChatModel,
        brief: Brief,
        embedder: Embedder,
        detector: Detector,
        *,
        patience: Patience | None = None,
        prices: Prices | None = None,
        sign: Sign = random_sign,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.model = model
        self.tally: Tally = Tally()
        self._brief = brief
        self._pen = Pen(model, patience or Patience(), clock)
        self._meaning = LearnedMeaning(embedder)
        self._detector = detector
        self._prices = prices or Prices()
        self._sign = sign

    def sheet(self) -> ModelSheet:
        return ModelSheet(
            self._brief,
            self._pen,
            self._meaning,
            self._detector,
            self._sign,
            self.tally,
            Account(self.model.name, self._prices),
        )

    async def close(self) -> None:
        await self.model.close()


@dataclass(slots=True)
class ModelSheet:
    """One turn's. See `Sheet`."""

    brief: Brief
    pen: Pen
    meaning: LearnedMeaning
    detector: Detector
    sign: Sign
    tally: Tally
    account: Account
    masks: Masks = field(default_factory=Masks)
    summed_up: str | None = None

    async def question(self, understood: Understanding) -> Understanding:
        is_checked = understood.language in SPOKEN and not understood.injection
        if not (understood.context and is_checked and self.brief.model.rewrite_questions):
            return understood
        use = self.account.opened(Task.QUESTION)
        earlier = [self.masks.mask(text) for text in understood.context]
        last = self.masks.mask(understood.question)
        prompt = question_prompt(earlier, last, understood.language, self.sign)
        line = self._unquoted(await self.pen.line(prompt, use, LONGEST_QUESTION))
        said = (*understood.context, understood.question)
        is_faithful = adds_nothing(line, said, understood.language) and keeps_all_of(
            line, understood.question, understood.language
        )
        if not self._settled(use, line, is_faithful):
            return understood
        return replace(understood, question=line, context=(), background=understood.context)

    async def answer(
        self,
        quoted: Answer,
        judgement: Judgement,
        evidence: Evidence,
        understood: Understanding,
        shown: Shown,
    ) -> Answer | None:
        entry = judgement.best.entry if judgement.best else None
        if judgement.best is None or not isinstance(entry, Article):
            return None
        if entry.language not in ("", understood.language):
            return await self._translated(quoted, entry, understood.language)
        use = self.account.opened(Task.ANSWER)
        use.why = self._why_not(quoted, judgement, entry, understood)
        if use.why is not None:
            use.outcome = Outcome.SKIPPED
            return self._counted(use, None)
        question = "\n".join((*understood.context, understood.question))
        passages = self._passages(quoted, judgement.best, evidence, entry)
        prompt = answer_prompt(
            passages, self.masks.mask(question), self.brief, understood.language, self.sign
        )
        standing = Standing(
            entry,
            passages,
            language=understood.language,
            company=self.brief.company,
            meaning=self.meaning,
            detector=self.detector,
            restore=self.masks.restore,
        )
        writing = AnswerWriting(standing, quoted, question, entry, room=self.brief.length.characters)
        return self._counted(use, await writing.write(self.pen, prompt, use, shown))

    def _passages(self, quoted: Answer, hit: Hit, evidence: Evidence, entry: Article) -> tuple[Citation, ...]:
        """What the model sees: a short article whole, of a long one what a long quotation would show. Of the
        entry that was judged alone: that it answers is what the confidence is about."""
        if len(entry.text) <= SHORT_ARTICLE:
            return sections(entry)
        wide = compose(hit, evidence, self.brief.model_copy(update={"length": Length.LONG}))
        return (wide or quoted).citations

    def _why_not(
        self, quoted: Answer, judgement: Judgement, entry: Article, understood: Understanding
    ) -> Why | None:
        if not self.brief.model.restate_answers:
            return Why.NOT_WANTED
        if entry.language not in SPOKEN:
            return Why.UNCHECKED_LANGUAGE
        if understood.injection:
            return Why.INJECTION
        room = self.brief.length.characters
        if self.brief.model.quote_when_sure and is_sure_quotation(
            judgement, quoted, understood.question, entry, room
        ):
            return Why.SURE_QUOTATION
        return None

    async def _translated(self, quoted: Answer, entry: Article, language: str) -> Answer | None:
        source = sentences_of(quoted)
        is_checked = {entry.language, language} <= SPOKEN
        if not (source and is_checked and self.brief.model.translate_passages):
            return None
        use = self.account.opened(Task.TRANSLATION)
        prompt = translation_prompt(
            [one.text for one in source], entry.language, language, self.brief, self.sign
        )
        answer = await write_translation(
            self.pen, prompt, use, source, quoted, entry, language, self.meaning, self.detector
        )
        return self._counted(use, answer)

    def refuse(self) -> None:
        use = self.account.uses[-1]
        self.tally[(use.task, use.outcome, use.why)] -= 1
        use.outcome, use.why = Outcome.FELL_BACK, Why.LAST_GATE
        self._counted(use, None)

    async def summary(self, asked: Asked, language: str) -> None:
        said = [*(exchange.question for exchange in asked.exchanges), *asked.messages]
        is_worth_it = language in SPOKEN and sum(map(len, said)) > SHORT
        if not (is_worth_it and self.brief.model.summarise_escalations):
            return
        use = self.account.opened(Task.SUMMARY)
        prompt = summary_prompt([self.masks.mask(text) for text in said], language, self.sign)
        line = self._unquoted(await self.pen.line(prompt, use, 2 * SUMMARY_CHARACTERS))
        if self._settled(use, line, adds_nothing(line, said, language)):
            self.summed_up = line

    def as_trace(self) -> dict[str, Any] | None:
        trace = self.account.as_trace()
        return {**trace, "summary": self.summed_up} if trace else None

    def _unquoted(self, line: str | None) -> str:
        return self.masks.restore(line or "").strip("\"'«»“” ")

    def _settled(self, use: Use, line: str, is_faithful: bool) -> bool:
        if not line:
            self._counted(use, None)
            return False
        use.written, use.kept = 1, int(is_faithful)
        if is_faithful:
            use.outcome = Outcome.CARRIED
        else:
            use.why = Why.UNFAITHFUL
            use.dropped.append((self.masks.mask(line), Why.UNFAITHFUL.value))
        self._counted(use, None)
        return is_faithful

    def _counted(self, use: Use, answer: Answer | None) -> Answer | None:
        """Said in the log as well: an operator must hear that a model fails."""
        self.tally[(use.task, use.outcome, use.why)] += 1
        if use.detail:
            log_lines.warning("%s: %s", use.task, use.detail)
        return answer

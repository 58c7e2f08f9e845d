"""The brief's part about a language model."""

from __future__ import annotations

from pydantic import Field

from bot.brief_parts import Part


class ModelUse(Part):
    """What a language model may do, where the settings name one. It never says what the articles do not."""

    restate_answers: bool = Field(
        default=True, description="Put quoted passages into its own words. Each sentence is checked first."
    )
    quote_when_sure: bool = Field(
        default=True,
        description="Do without it where a quotation serves: search is sure, the question is nearly the "
        "title or one of the article's own questions, and the quotation is short.",
    )
    translate_passages: bool = Field(
        default=True,
        description="Translate what is quoted when the only article is in another language, marked as such.",
    )
    rewrite_questions: bool = Field(
        default=True, description="Make a follow-up a question that stands alone, before searching."
    )
    summarise_escalations: bool = Field(
        default=True, description="One line for the colleague who takes over a longer conversation."
    )

"""What a model is told: the company's orders in the system prompt, everybody else's words as fenced data.

Neither a customer's words nor a passage ever stand in a system prompt, and the sign around them is drawn
anew for each prompt, so that no text can close its own fence. This lowers the odds of an injection; what
keeps one from a customer is the check of each sentence afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.resources import files

from bot.brief import Address, Brief, Format, Tone
from bot.models.port import Message, Prompt, Role
from bot.words.moments import language_name
from knowledge.entries import Citation

Sign = Callable[[], str]
"""Draws a sign that nobody can guess."""

CHARACTERS_A_SENTENCE = 90
SUMMARY_CHARACTERS = 140

_ADDRESS = {
    Address.TU: "Address the customer as « tu ».",
    Address.VOUS: "Address the customer as « vous ».",
}
_TONE = {
    Tone.FORMAL: "Be courteous and formal.",
    Tone.INFORMAL: "Be friendly and plain.",
    Tone.TECHNICAL: "Be precise and technical.",
}
_FORMAT = {
    Format.MARKDOWN: "Plain sentences; a Markdown list only for steps.",
    Format.PLAIN: "Plain text without Markdown.",
}


def answer_prompt(
    passages: Sequence[Citation], question: str, brief: Brief, language: str, sign: Sign
) -> Prompt:
    """The passages are numbered from 1 in their order."""
    data = [*(_passage(number, passage) for number, passage in enumerate(passages, 1)), question]
    fence = _fence(sign, data)
    orders = _orders(
        "answer",
        fence=fence,
        company=brief.company or "the company",
        goal=" ".join(brief.goal.split()),
        characters=str(brief.length.characters),
        sentences=str(max(brief.length.characters // CHARACTERS_A_SENTENCE, 1)),
        language=_named(language),
        address=_addressed(brief, language),
        tone=_TONE[brief.tone],
        format=_FORMAT[brief.format],
        company_rules="\n".join(_company_rules(brief, language)),
    )
    said = [
        "Passages:",
        *_fenced(data[:-1], fence),
        "The customer's message:",
        *_fenced(data[-1:], fence),
        f"Answer in {_named(language)}, from the passages only, each sentence with its number.",
    ]
    return _prompt(orders, said)


def question_prompt(earlier: Sequence[str], last: str, language: str, sign: Sign) -> Prompt:
    fence = _fence(sign, [*earlier, last])
    said = ["Earlier messages:", *_fenced(earlier, fence), "The last message:", *_fenced([last], fence)]
    return _prompt(_orders("question", fence=fence, language=_named(language)), said)


def summary_prompt(messages: Sequence[str], language: str, sign: Sign) -> Prompt:
    fence = _fence(sign, messages)
    orders = _orders("summary", fence=fence, language=_named(language), characters=str(SUMMARY_CHARACTERS))
    return _prompt(orders, ["The customer's messages:", *_fenced(messages, fence)])


def translation_prompt(
    sentences: Sequence[str], source: str, language: str, brief: Brief, sign: Sign
) -> Prompt:
    fence = _fence(sign, sentences)
    orders = _orders(
        "translation",
        fence=fence,
        source=_named(source),
        language=_named(language),
        address=_addressed(brief, language),
    )
    numbered = "\n".join(f"[{number}] {sentence}" for number, sentence in enumerate(sentences, 1))
    return _prompt(orders, _fenced([numbered], fence))


def _prompt(orders: str, said: Iterable[str]) -> Prompt:
    return Prompt((Message(Role.SYSTEM, orders), Message(Role.USER, "\n".join(said))))


def _orders(name: str, **values: str) -> str:
    text = (files("bot.writing") / "prompts" / f"{name}.txt").read_text(encoding="utf-8")
    return text.format_map(values).strip()


def _passage(number: int, passage: Citation) -> str:
    above = " > ".join((passage.title, *passage.heading))
    return f"[{number}] {above}\n{passage.quote}"


def _fence(sign: Sign, data: Sequence[str]) -> str:
    """One that does not stand in the data, as unlikely as that is."""
    fence = sign()
    while any(fence in text for text in data):
        fence = sign()
    return fence


def _fenced(data: Iterable[str], fence: str) -> list[str]:
    line = f"--- {fence}"
    return [line, *(part for text in data for part in (text, line))]


def _named(language: str) -> str:
    return language_name(language, "en")


def _addressed(brief: Brief, language: str) -> str:
    return _ADDRESS[brief.address] if language == "fr" else ""


def _company_rules(brief: Brief, language: str) -> Iterator[str]:
    if brief.limits:
        yield "\nThe company's limits:"
        yield from (f"- {limit}" for limit in brief.limits)
    if brief.quality_criteria:
        yield "\nA good answer, for the company:"
        yield from (f"- {criterion}" for criterion in brief.quality_criteria)
    examples = [example for example in brief.examples if example.language in (None, language)]
    if examples:
        yield "\nThe wanted style. What these say is no passage: never repeat it."
        for example in examples:
            yield f"Customer: {' '.join(example.question.split())}"
            yield f"Answer: {' '.join(example.answer.split())}"

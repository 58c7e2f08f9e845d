"""A quotation in the customer's language, sentence by sentence: all of it or none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace

from bot.decisions import Answer
from bot.languages import Detector
from bot.markers import escaped, unadorned
from bot.models.port import ModelFailed, Prompt
from bot.restating.grounds import LIST_MARK
from bot.restating.meaning import LearnedMeaning
from bot.restating.translating import translates
from bot.sentences import sentences
from bot.writing.account import Outcome, Use, Why
from bot.writing.pen import Pen, note_failure
from bot.writing.rendering import Said, rendered
from knowledge.entries import Article, Citation

MOST_SENTENCES = 12
"""A longer quotation is left as it is: nobody waits that long."""
TIMES_AS_LONG = 3
"""Text behind which nothing that is wanted comes any more."""
_NUMBERED = re.compile(r"^\s*\[?(\d+)[\].)]\s*(.+?)\s*$")


def sentences_of(quoted: Answer) -> list[Said]:
    """Those of a quotation, each citing its own place; none when they cannot be translated one by one."""
    found = [said for citation in quoted.citations for said in _sentences_in(citation)]
    is_prose = not any(_is_verbatim(citation.quote) for citation in quoted.citations)
    return found if is_prose and len(found) <= MOST_SENTENCES else []


async def write_translation(
    pen: Pen,
    prompt: Prompt,
    use: Use,
    source: Sequence[Said],
    quoted: Answer,
    entry: Article,
    language: str,
    meaning: LearnedMeaning,
    detector: Detector,
) -> Answer | None:
    """None when one sentence is missing or does not pass: a translation with holes has lost its conditions.

    Raises what the embedder raises."""
    try:
        lines = await _numbered(pen, prompt, use, source)
    except ModelFailed as error:
        note_failure(use, error)
        return None
    use.written = len(lines)
    translated = [lines.get(number, "") for number in range(1, len(source) + 1)]
    originals = [one.text for one in source]
    await meaning.learn([*translated, *originals, entry.title])
    for text, one in zip(translated, source, strict=True):
        is_faithful = translates(
            text, one.text, (entry.language, language), [*originals, entry.title], meaning
        )
        if not (text and is_faithful and detector.detect(text, language) == language):
            use.dropped.append((text, Why.UNFAITHFUL.value))
    use.kept = len(source) - len(use.dropped)
    if use.dropped:
        use.why = Why.UNFAITHFUL if use.written else Why.EMPTY
        return None
    use.outcome = Outcome.CARRIED
    text, citations = rendered(
        [replace(one, text=escaped(words)) for words, one in zip(translated, source, strict=True)]
    )
    return replace(quoted, text=text, citations=citations, translated=entry.language)


async def _numbered(pen: Pen, prompt: Prompt, use: Use, source: Sequence[Said]) -> dict[int, str]:
    """The lines by their numbers, the first of each."""
    text = ""
    most = TIMES_AS_LONG * sum(len(one.text) + len("[1] ") for one in source)
    async with aclosing(pen.write(prompt, use, pen.patience.whole)) as pieces:
        async for piece in pieces:
            text += piece
            if len(text) > most:
                break
    found: dict[int, str] = {}
    for line in text.splitlines():
        if match := _NUMBERED.match(line):
            found.setdefault(int(match.group(1)), unadorned(match.group(2)).strip())
    return found


def _sentences_in(citation: Citation) -> list[Said]:
    found: list[Said] = []
    start = 0
    opens = True
    for line in citation.quote.splitlines(keepends=True):
        mark = LIST_MARK.match(line)
        lead = f"{mark.group().strip()} " if mark else ""
        for span in sentences(citation.quote, start + (mark.end() if mark else 0), start + len(line)):
            quote = citation.quote[span[0] : span[1]]
            place = replace(
                citation, start=citation.start + span[0], end=citation.start + span[1], quote=quote
            )
            found.append(Said(unadorned(quote).strip(), place, lead, opens))
            lead, opens = "", False
        opens = opens or not line.strip()
        start += len(line)
    return found


def _is_verbatim(quote: str) -> bool:
    return any(line.lstrip().startswith(("|", "```", "~~~", ">")) for line in quote.splitlines())

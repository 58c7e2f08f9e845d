"""The last look at an answer, whoever composed it: what does not stand in a passage that this customer may
see, word for word, does not go out. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from bot.decisions import Answer
from bot.markers import bare, cited, unadorned
from bot.sentences import sentences
from knowledge.entries import Audience, Citation, Entry


def verify(answer: Answer, entries: Iterable[Entry], audiences: frozenset[Audience]) -> Answer | None:
    """The answer without the sentences that their citation does not carry, citations numbered anew.

    `entries` are what was found; a citation of any other entry, of one that `audiences` may not see, or
    with other words than the entry has at that place carries nothing. None when nothing is left."""
    visible = {entry.id: entry for entry in entries if entry.audience in audiences}
    if answer.more.entry_id not in visible:
        return None
    carried = list(_carried(answer, visible))
    if not carried:
        return None
    card = answer.card if answer.card is None or answer.card.entry_id in visible else None
    text = "\n\n".join(f"{words}{_gap(words)}[{number}]" for number, (words, _) in enumerate(carried, 1))
    return replace(answer, text=text, citations=tuple(citation for _, citation in carried), card=card)


def _carried(answer: Answer, visible: Mapping[str, Entry]) -> Iterator[tuple[str, Citation]]:
    for piece, number in cited(answer.text):
        citation = _citation(answer, number)
        if citation is None or not _is_true(citation, visible.get(citation.entry_id)):
            continue
        words = _standing(piece, citation.quote)
        if bare(words):
            yield words, citation


def _citation(answer: Answer, number: int | None) -> Citation | None:
    if number is None or not 1 <= number <= len(answer.citations):
        return None
    return answer.citations[number - 1]


def _is_true(citation: Citation, entry: Entry | None) -> bool:
    return (
        entry is not None
        and 0 <= citation.start < citation.end <= len(entry.text)
        and entry.text[citation.start : citation.end] == citation.quote
    )


def _standing(piece: str, quote: str) -> str:
    """The piece without the sentences that the quote does not have as sentences of its own."""
    known = _said_in(quote) | _said_in(unadorned(quote))
    if _said_in(piece) <= known:
        return piece
    kept = (
        " ".join(piece[s:e] for s, e in sentences(piece, *line) if bare(piece[s:e]) in known)
        for line in _lines(piece)
    )
    return "\n".join(line for line in kept if line)


def _said_in(text: str) -> set[str]:
    """Its sentences, line by line, as bare words."""
    return {bare(text[start:end]) for line in _lines(text) for start, end in sentences(text, *line)} - {""}


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.splitlines(keepends=True):
        yield start, start + len(line)
        start += len(line)


def _gap(words: str) -> str:
    """Tables and code end on a line of their own."""
    last = words.rstrip().rsplit("\n", 1)[-1].lstrip()
    return "\n\n" if last.startswith(("|", "```", "~~~", ">", "    ")) else " "

"""The last look at an answer, whoever composed it: what does not stand in a passage that this customer may
see does not go out. A quotation stands word for word; what a model restated or translated stands by the
rules of `bot.restating`. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.decisions import Answer
from bot.markers import Piece, bare, pieces, unadorned
from bot.restating.grounds import LIST_MARK, Ground, grounds
from bot.restating.meaning import Meaning, NoMeaning
from bot.restating.support import Support, means_the_same, support
from bot.restating.translating import translates
from bot.sentences import sentences
from knowledge.entries import Article, Audience, Citation, Entry


def verify(
    answer: Answer,
    entries: Iterable[Entry],
    audiences: frozenset[Audience],
    *,
    language: str = "",
    company: str = "",
    meaning: Meaning | None = None,
) -> Answer | None:
    """The answer without the sentences that their citation does not carry, citations numbered anew.

    `entries` are what was found; a citation of any other entry, of one that `audiences` may not see, or
    with other words than the entry has at that place carries nothing. None when nothing is left.
    `language` is the customer's, `company` may be named although no passage does; without a `meaning`
    nothing but the entry's own words stands."""
    visible = {entry.id: entry for entry in entries if entry.audience in audiences}
    if answer.more.entry_id not in visible:
        return None
    look = _Look(answer, visible, language, company, meaning or NoMeaning())
    carried = list(look.carried())
    if not carried:
        return None
    card = answer.card if answer.card is None or answer.card.entry_id in visible else None
    text, citations = _numbered(carried)
    return replace(answer, text=text, citations=citations, card=card)


@dataclass(frozen=True, slots=True)
class _Look:
    answer: Answer
    visible: Mapping[str, Entry]
    language: str
    company: str
    meaning: Meaning

    def carried(self) -> Iterator[tuple[Piece, Citation]]:
        """The pieces with what of them stands."""
        for piece in pieces(self.answer.text):
            citation = self._citation(piece.number)
            entry = self.visible.get(citation.entry_id) if citation else None
            if citation is None or not _is_true(citation, entry):
                continue
            words = self._standing(piece.text, citation, entry)
            if bare(words):
                yield replace(piece, text=words), citation

    def _citation(self, number: int | None) -> Citation | None:
        if number is None or not 1 <= number <= len(self.answer.citations):
            return None
        return self.answer.citations[number - 1]

    def _standing(self, piece: str, citation: Citation, entry: Entry | None) -> str:
        if self.answer.translated:
            return piece if self._is_translated(piece, citation, entry) else ""
        if self.answer.written and isinstance(entry, Article):
            return _Restated(entry, citation, self.company, self.meaning).standing(piece)
        return _quoted(piece, citation.quote)

    def _is_translated(self, piece: str, citation: Citation, entry: Entry | None) -> bool:
        """The neighbours that it must not mean rather are the other passages of this answer."""
        words = LIST_MARK.sub("", piece, count=1) if LIST_MARK.match(piece) else piece
        others = [unadorned(other.quote).strip() for other in self.answer.citations if other != citation]
        languages = (self.answer.translated or "", self.language)
        title = entry.title if entry else ""
        return translates(words, unadorned(citation.quote).strip(), languages, [title, *others], self.meaning)


class _Restated:
    """Sentences against the part of one entry that they cite."""

    def __init__(self, entry: Article, citation: Citation, company: str, meaning: Meaning) -> None:
        self._entry = entry
        self._grounds = grounds(entry)
        self._cited = [g for g in self._grounds if citation.start <= g.start and g.end <= citation.end]
        self._company = company
        self._meaning = meaning

    def standing(self, piece: str) -> str:
        """The piece without the sentences that nothing carries, or that come without their condition."""
        said = _said_in(piece)
        spans = {
            span: _unlisted(piece[slice(*span)]) for line in _lines(piece) for span in sentences(piece, *line)
        }
        carrying = {span: self._carrying(sentence) for span, sentence in spans.items()}
        conditions = {span: self._conditions(ground) for span, ground in carrying.items() if ground}
        stand = {span for span, words in conditions.items() if words <= said}
        along = set().union(*(conditions[span] for span in stand))
        kept = (
            " ".join(
                piece[slice(*span)]
                for span in sentences(piece, *line)
                if span in stand or bare(spans[span]) in along
            )
            for line in _lines(piece)
        )
        return "\n".join(line for line in kept if line)

    def _carrying(self, sentence: str) -> Ground | None:
        found = support(sentence, self._cited, self._entry.language, self._company)
        if isinstance(found, Support) and (found.verbatim or self._means_the_same(sentence, found.ground)):
            return found.ground
        return None

    def _conditions(self, ground: Ground) -> set[str]:
        """What must be said along with it."""
        spans = ground.conditions
        return set().union(*(_said_in(unadorned(self._entry.text[start:end])) for start, end in spans))

    def _means_the_same(self, sentence: str, ground: Ground) -> bool:
        return means_the_same(sentence, ground, self._grounds, self._entry.title, self._meaning)


def _numbered(carried: Iterable[tuple[Piece, Citation]]) -> tuple[str, tuple[Citation, ...]]:
    citations: list[Citation] = []
    text = ""
    for piece, citation in carried:
        if citation not in citations:
            citations.append(citation)
        gap = (piece.gap or " ") if text else ""
        text += f"{gap}{piece.text}{_gap(piece.text)}[{citations.index(citation) + 1}]"
    return text, tuple(citations)


def _is_true(citation: Citation, entry: Entry | None) -> bool:
    return (
        entry is not None
        and 0 <= citation.start < citation.end <= len(entry.text)
        and entry.text[citation.start : citation.end] == citation.quote
    )


def _quoted(piece: str, quote: str) -> str:
    """The piece without the sentences that the quote does not have as sentences of its own."""
    if piece == quote.strip():
        return piece
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


def _unlisted(sentence: str) -> str:
    mark = LIST_MARK.match(sentence)
    return sentence[mark.end() :] if mark else sentence


def _gap(words: str) -> str:
    """Tables and code end on a line of their own."""
    last = words.rstrip().rsplit("\n", 1)[-1].lstrip()
    return "\n\n" if last.startswith(("|", "```", "~~~", ">", "    ")) else " "

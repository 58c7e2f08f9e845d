"""Questions to the demo shop as customers type them: short, without accents, in shorthand, some about what it
does not say, some in two goes. Read by the real model, decided by the real turn, one conversation each."""

import csv
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.asked import Asked, Exchange
from bot.brief_file import read_brief
from bot.decisions import Answer, Clarify, Decision, Route
from connectors.assembly import Service, assemble
from connectors.settings import load_settings
from knowledge.entries import Audience

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Europe/Paris"))
TYPED = Path(__file__).with_name("as_typed.csv")
IN_TWO_GOES = Path(__file__).with_name("as_talked.csv")
"""A word or two, and what is typed under whatever came of it."""
PUBLIC = frozenset({Audience.PUBLIC})


@dataclass(frozen=True)
class Typed:
    language: str
    question: str
    answered_by: tuple[str, ...]
    """Twins, or the beginnings of ids."""

    def holds(self, entry_id: str, twin: str | None) -> bool:
        return any(twin == name or entry_id.startswith(f"{name}-") for name in self.answered_by)


@dataclass(frozen=True)
class Told:
    typed: Typed
    decision: Decision
    right: bool
    """What was shown, or one of the choices, answers."""


@pytest.fixture
async def service(loaded_demo: Path, tmp_path: Path) -> AsyncIterator[Service]:
    shutil.copytree(loaded_demo, tmp_path / "data")
    settings = load_settings(ROOT / "deploy/demo/comptoir.toml", data=tmp_path / "data")
    brief = read_brief(ROOT / "deploy/demo/brief.yaml")
    async with await assemble(settings, brief=brief) as service:
        await service.knowledge.prepare()
        yield service


async def test_what_customers_type_is_answered_rightly_or_narrowed_down(service: Service) -> None:
    told = [await _told(service, typed) for typed in _read(TYPED)]
    sure = [t for t in told if isinstance(t.decision, Answer | Route) and not _is_doubtful(t.decision)]
    asked_back = [t for t in told if isinstance(t.decision, Clarify)]
    answerable = [t for t in told if t.typed.answered_by]

    assert _share_right(sure) >= service.settings.target_precision, _not_right(sure)
    assert len(asked_back) >= 10
    assert _share_right(asked_back) >= 0.8, _not_right(asked_back)
    assert _share_right(answerable) >= 0.75, _not_right(answerable)


async def test_what_is_typed_under_what_came_of_a_word_or_two_narrows_it_down(service: Service) -> None:
    told = [await _told(service, typed) for typed in _read(IN_TWO_GOES)]
    sure = [t for t in told if isinstance(t.decision, Answer | Route) and not _is_doubtful(t.decision)]

    assert _share_right(sure) >= service.settings.target_precision, _not_right(sure)
    assert _share_right(told) >= 0.85, _not_right(told)


def _read(file: Path) -> list[Typed]:
    with file.open(encoding="utf-8") as rows:
        return [
            Typed(row["language"], row["question"], tuple(row["answered by"].split()))
            for row in csv.DictReader(rows)
        ]


async def _told(service: Service, typed: Typed) -> Told:
    """What came of the last message."""
    exchanges: tuple[Exchange, ...] = ()
    for number, message in enumerate(typed.question.split(" > "), 1):
        asked = Asked(typed.question, (message,), exchanges, TUESDAY, language=typed.language)
        outcome = (await service.turn.respond(asked)).outcome
        exchanges = (*exchanges, Exchange(message, outcome, number))
    entries = await service.knowledge.get(_shown(outcome), PUBLIC)
    right = any(typed.holds(each.entry.id, each.entry.twin) for each in entries)
    return Told(typed, outcome, right)


def _shown(decision: Decision) -> list[str]:
    match decision:
        case Answer(more=more):
            return [more.entry_id]
        case Route(card=card):
            return [card.entry_id]
        case Clarify(choices=choices):
            return [choice.entry_id for choice in choices]
        case _:
            return []


def _is_doubtful(decision: Decision) -> bool:
    return isinstance(decision, Answer) and decision.doubtful


def _share_right(told: list[Told]) -> float:
    return sum(each.right for each in told) / len(told)


def _not_right(told: list[Told]) -> list[str]:
    return [each.typed.question for each in told if not each.right]

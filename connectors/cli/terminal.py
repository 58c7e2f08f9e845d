"""How the service speaks on a terminal; plain text, without wrapping or colours, where the output is none."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.decisions import Answer, Card, Clarify, Decision, Escalate, Performed, Route, SmallTalk
from connectors.cli.words import Words, words_for
from knowledge.entries import Citation

WIDEST = 100
"""Longer lines are hard to read."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """`out` carries results, `err` what is said about them; a pipe gets only the first."""

    out: Console
    err: Console
    language: str

    @property
    def words(self) -> Words:
        return words_for(self.language)

    def say(self, text: str = "", style: str = "") -> None:
        """A result, wrapped on a terminal and left as it is in a pipe."""
        if self.out.is_terminal:
            self.out.print(Text(text, style))
        else:
            self.out.file.write(text + "\n")

    def note(self, text: str, style: str = "dim") -> None:
        self.err.print(Text(text, style), soft_wrap=True)

    def fail(self, text: str) -> None:
        """One line: what happened and what to do next."""
        self.err.print(Text("comptoir: ", "bold red") + Text(" ".join(text.split())), soft_wrap=True)

    def number(self, value: float) -> str:
        """With one decimal, as the language writes it."""
        return f"{value:.1f}".replace(".", "," if self.language == "fr" else ".")

    def json(self, value: object) -> None:
        self.out.file.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
        """Aligned on a terminal; separated by tabs in a pipe, so that `cut` and `awk` can read it."""
        if not self.out.is_terminal:
            for row in [columns, *rows]:
                self.out.file.write("\t".join(" ".join(cell.split()) for cell in row) + "\n")
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for n, column in enumerate(columns):
            table.add_column(column, justify="right" if n in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        self.out.print(table)


def make_terminal(language: str, colour: bool | None = None) -> Terminal:
    """Colours only on a terminal, and none where NO_COLOR is set (rich sees to both)."""
    out = Console(file=sys.stdout, highlight=False, no_color=colour is False or None)
    if out.is_terminal:
        out.width = min(out.width, WIDEST)
    return Terminal(out, Console(file=sys.stderr, highlight=False), language)


def show_outcome(terminal: Terminal, outcome: Decision) -> None:
    """The answer first; what carries it, and how sure it is, below."""
    show_markdown(terminal, outcome.text)
    match outcome:
        case Answer():
            if outcome.card is not None:
                show_card(terminal, outcome.card)
            show_sources(terminal, outcome)
        case Route():
            show_card(terminal, outcome.card)
        case Clarify():
            for n, choice in enumerate(outcome.choices, start=1):
                terminal.say(f"  {n}. {choice.title}")
        case Performed(choices=answers):
            for n, answer in enumerate(answers, start=1):
                terminal.say(f"  {n}. {answer}")
        case SmallTalk() | Escalate():
            pass
        case _:
            assert_never(outcome)
    if certainty := certainty_of(outcome, terminal.words):
        terminal.say(f"({certainty})", _COLOURS.get(type(outcome), "green"))


def choices_of(outcome: Decision) -> tuple[str, ...]:
    """What may be typed as a number instead."""
    match outcome:
        case Clarify(choices=links):
            return tuple(link.title for link in links)
        case Performed(choices=choices):
            return choices
        case _:
            return ()


_COLOURS = {Escalate: "yellow", Clarify: "yellow"}


def certainty_of(outcome: Decision, words: Words) -> str:
    """Confidence as a word, never a percentage; "" for small talk."""
    match outcome:
        case Answer(hedged=True) | Clarify():
            return words.less_sure
        case Answer() | Route():
            return words.sure
        case Escalate():
            why = words.passed_on.format(reason=words.reasons[outcome.reason])
            return f"{words.not_sure}, {why}"
        case SmallTalk() | Performed():
            return ""
        case _:
            assert_never(outcome)


def show_markdown(terminal: Terminal, text: str) -> None:
    if terminal.out.is_terminal:
        from rich.markdown import Markdown

        terminal.out.print(Markdown(text))
    else:
        terminal.say(text)


def show_card(terminal: Terminal, card: Card) -> None:
    words = terminal.words
    hours = card.hours_text or {True: words.open_now, False: words.closed_now, None: ""}[card.open_now]
    terminal.say(f"  [{words.kinds[card.kind]}] {card.title}" + (f", {hours}" if hours else ""), "bold")
    for line in (card.text, card.target):
        if line:
            terminal.say(f"  {line}")


def show_sources(terminal: Terminal, answer: Answer) -> None:
    if answer.citations:
        terminal.say(f"\n{terminal.words.sources}", "bold")
    for n, citation in enumerate(answer.citations, start=1):
        terminal.say(f"  [{n}] {_source_line(citation, terminal.words)}")
    terminal.say(f"  {terminal.words.more_in}: {answer.more.title}" + _behind(answer.more.url), "dim")


def _source_line(citation: Citation, words: Words) -> str:
    place = " › ".join([citation.title, *(h for h in citation.heading if h != citation.title)])
    updated = f", {words.updated} {citation.updated.isoformat()}" if citation.updated else ""
    return place + _behind(citation.source or citation.url) + updated


def _behind(place: str | None) -> str:
    return f" — {place}" if place else ""


def show_trace(terminal: Terminal, trace: Mapping[str, Any]) -> None:
    """What led to an outcome: single values first, then each part under its name. `--json` has all of it."""
    parts = {name: value for name, value in trace.items() if isinstance(value, Mapping | list) and value}
    single = {name: value for name, value in trace.items() if name not in parts}
    terminal.say("\nturn", "bold")
    _show_values(terminal, single, "  ")
    for name, value in parts.items():
        terminal.say(f"\n{name}", "bold")
        if isinstance(value, Mapping):
            _show_values(terminal, value, "  ")
        else:
            _show_records(terminal, value)


def _show_values(terminal: Terminal, values: Mapping[str, Any], indent: str) -> None:
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            terminal.say(f"{indent}{name}")
            _show_values(terminal, value, indent + "  ")
        else:
            terminal.say(f"{indent}{name:<24}{_plain(value)}")


def _show_records(terminal: Terminal, rows: Sequence[Any]) -> None:
    """Records that look alike as a table, their inner values as columns of their own."""
    if not all(isinstance(row, Mapping) for row in rows):
        terminal.say(f"  {_plain(rows)}")
        return
    flat = [dict(_cells(row)) for row in rows]
    columns = list(dict.fromkeys(name for row in flat for name in row))
    cells = [[row.get(name, "") for name in columns] for row in flat]
    if not terminal.out.is_terminal:
        terminal.table(columns, cells)
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column, no_wrap=True, overflow="ellipsis", max_width=_WIDEST_CELL)
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    terminal.out.print(Padding(table, (0, 0, 0, 2)))


_WIDEST_CELL = 16


def _cells(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in row.items():
        match value:
            case Mapping():
                yield from _cells(value)
            case list():
                yield name, str(len(value))
            case _:
                yield name, _plain(value)


def _plain(value: object) -> str:
    match value:
        case float():
            return f"{value:.2f}"
        case None | "" | [] | {}:
            return "-"
        case Mapping():
            return ", ".join(f"{name} {_plain(part)}" for name, part in value.items())
        case list() | tuple():
            return ", ".join(_plain(part) for part in value)
        case _:
            return " ".join(str(value).split())

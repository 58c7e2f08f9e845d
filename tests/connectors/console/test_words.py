"""Everything that the console says is there in French, and nothing is translated for nothing."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, nodes

import connectors.console
from connectors.console.words import FRENCH, Words, french_spaces

ROOT = Path(connectors.console.__file__).parent
SAYS = {"_", "words", "count"}
"""By these names the console says something: `_("…")`, `visit.words("…")`, `words.count(n, "…", "…")`."""


def test_every_sentence_is_there_in_french() -> None:
    assert sorted(said() - set(FRENCH)) == []


def test_nothing_is_translated_that_nobody_says() -> None:
    assert sorted(set(FRENCH) - said()) == []


def test_a_translation_has_the_same_places() -> None:
    differ = [e for e, f in FRENCH.items() if places(f) != places(e.partition("|")[0])]
    assert differ == []


def test_french_puts_its_spaces_where_french_wants_them() -> None:
    assert french_spaces("Vraiment ? « Oui » : 5 %") == "Vraiment\u202f? «\u00a0Oui\u00a0»\u00a0: 5\u00a0%"


def test_french_counts_zero_in_the_singular() -> None:
    english, french = Words("en"), Words("fr")
    one, other = "Show {number} earlier line", "Show {number} earlier lines"
    assert english.count(0, one, other) == "Show 0 earlier lines"
    assert french.count(0, one, other) == french(one, number="0")
    assert french.count(1234, one, other).count("1\u202f234") == 1


def said() -> set[str]:
    return set(_in_templates()) | set(_in_python())


def _in_templates() -> Iterator[str]:
    environment = Environment()
    for file in (ROOT / "templates").rglob("*.html"):
        for call in environment.parse(file.read_text("utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in SAYS:
                yield from (arg.value for arg in call.args if _is_sentence(arg))


def _is_sentence(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Const) and isinstance(node.value, str)


def _in_python() -> Iterator[str]:
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in SAYS:
                yield from (
                    a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)
                )


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def places(text: str) -> set[str]:
    text = re.sub(r"\{n\}", "", text)
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}

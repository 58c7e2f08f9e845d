"""Short names for what nobody outside can tell apart: variables, functions, classes, and private members.

This reads tokens, not JavaScript. So it goes by words, in all of a module at once: a word that is declared
somewhere gets one short name wherever it stands for a variable; properties, keys and members keep theirs.
Left as they are: words that are a key and a variable in one (`{ name }`), and what browsers call their own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import count, product
from string import ascii_letters

_TOKEN = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|/(?! )(?:\\.|\[(?:\\.|[^]])*]|[^/\\\n])+/\w*)"""
    r"""|(?P<number>\d\w*)|(?P<private>\#\w+)|(?P<word>[A-Za-z_$][\w$]*)|(?P<space>\s+)|(?P<sign>\.\.\.|=>|.)"""
)
_TEMPLATE = re.compile(r"(?:\\.|[^`\\$]|\$(?!\{))+", re.DOTALL)
_DECLARED = re.compile(r"\b(?:class|const|function\*?|let) (\w+)")
_PARAMETERS = re.compile(
    r"\(([^()]*)\) =>|\bfunction\*? \w+\(([^()]*)\)|^  (?:async |static )?#?\w+\(([^()]*)\) \{", re.MULTILINE
)
_PARAMETER = re.compile(r"(?:^|,)\s*(?:\.\.\.)?(\w+)")

BROWSERS_OWN = frozenset({"close", "event", "name", "status", "valueOf"})
"""Words that we declare and that mean something in every page, where nobody has declared them."""
_SHORT_KEYWORDS = frozenset({"as", "do", "for", "get", "if", "in", "let", "new", "of", "set", "try", "var"})
_MODIFIERS = frozenset({"async", "get", "set", "static", "*"})
_OPENING, _CLOSING = frozenset({"(", "[", "{", "`", "${"}), frozenset(")]}")
_CLASS = "class"
"""Stands for the brace that opens the body of a class."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    inside: str
    """The bracket that it stands in."""


def with_short_names(text: str) -> str:
    """`text` is without comments, and laid out as our formatter does."""
    tokens = list(_tokens(text))
    private = Counter(token.text for token in tokens if token.kind == "private")
    short = _short_names(text, tokens)
    short.update(
        (name, f"#{letters}") for (name, _), letters in zip(private.most_common(), _letters(()), strict=False)
    )
    variables = {index for index, _ in _variables(tokens)}
    return "".join(
        short.get(token.text, token.text) if token.kind == "private" or index in variables else token.text
        for index, token in enumerate(tokens)
    )


def short_names(text: str) -> dict[str, str]:
    """For the variables of a module: the more often one is named, the shorter."""
    return _short_names(text, list(_tokens(text)))


def _short_names(text: str, tokens: list[_Token]) -> dict[str, str]:
    named = Counter(word for _, word in _variables(tokens))
    ours = _declared(text) - BROWSERS_OWN - _keys_and_variables(tokens)
    chosen = [word for word, _ in named.most_common() if word in ours and len(word) > 1]
    taken = _SHORT_KEYWORDS | {token.text for token in tokens if token.kind == "word"}
    return dict(zip(chosen, _letters(taken), strict=False))


def _letters(taken: Container[str]) -> Iterator[str]:
    """a, b, …, Z, aa, ab, …"""
    every = ("".join(letters) for length in count(1) for letters in product(ascii_letters, repeat=length))
    return (letters for letters in every if letters not in taken)


def _declared(text: str) -> set[str]:
    parameters = {
        word for lists in _PARAMETERS.findall(text) for one in lists for word in _PARAMETER.findall(one)
    }
    return parameters | set(_DECLARED.findall(text))


def _variables(tokens: list[_Token]) -> Iterator[tuple[int, str]]:
    """Where a word is neither a property nor a key nor a member of a class."""
    for index, before, after in _words(tokens):
        word = tokens[index]
        is_key = word.inside == "{" and before in ("{", ",") and after == ":"
        is_member = word.inside == _CLASS and (before in ("{", "}", ";") or before in _MODIFIERS)
        if before != "." and not is_key and not is_member:
            yield index, word.text


def _keys_and_variables(tokens: list[_Token]) -> set[str]:
    """In an object or its pattern, without a key of their own. Methods of an object look much like calls."""
    found = set()
    for index, before, after in _words(tokens):
        alone = before in ("{", ",") and after in (",", "}", "=")
        method = after == "(" and (before == "," or before in _MODIFIERS)
        if tokens[index].inside == "{" and (alone or method):
            found.add(tokens[index].text)
    return found


def _words(tokens: list[_Token]) -> Iterator[tuple[int, str, str]]:
    """Each word's index, with what stands before and after it."""
    shown = [index for index, token in enumerate(tokens) if token.kind != "space"]
    texts = ["", *(tokens[index].text for index in shown), ""]
    for at, index in enumerate(shown, start=1):
        if tokens[index].kind == "word":
            yield index, texts[at - 1], texts[at + 1]


def _tokens(text: str) -> Iterator[_Token]:
    at, brackets, next_brace = 0, [""], "{"
    while at < len(text):
        token = _token(text, at, brackets[-1])
        at += len(token.text)
        if token.text == "class" and text[at] == " ":
            next_brace = _CLASS
        if token.kind == "sign" and (token.text in _CLOSING or token.text == brackets[-1] == "`"):
            brackets.pop()
        elif token.kind == "sign" and token.text in _OPENING:
            brackets.append(next_brace if token.text == "{" else token.text)
            next_brace = "{" if token.text == "{" else next_brace
        yield token


def _token(text: str, at: int, inside: str) -> _Token:
    if inside != "`":
        found = _TOKEN.match(text, at)
        assert found, "any sign is a token"
        return _Token(str(found.lastgroup), found[0], inside)
    if template := _TEMPLATE.match(text, at):
        return _Token("text", template[0], inside)
    return _Token("sign", "`" if text[at] == "`" else "${", inside)

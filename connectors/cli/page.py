"""docs/cli.md, made from the verbs themselves: `python -m connectors.cli.page > docs/cli.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import typer

from connectors.cli.app import app
from connectors.cli.session import MEANINGS

_INTRODUCTION = """\
# The command line

<!-- Made from connectors/cli by `make docs`; a test fails when it is not current. -->

Results go to the standard output, what is said about them to the standard error. On a terminal, text is
wrapped and coloured (not with `NO_COLOR`); in a pipe it is plain, and the columns of tables are separated by
tabs. The language is that of the locale, French or English.
"""


def cli_page() -> str:
    return "\n".join([_INTRODUCTION, *_command(typer.main.get_command(app), "comptoir"), *_exit_codes(), ""])


def _command(command: Any, path: str) -> Iterator[str]:
    """A verb and those below it. `Any`: typer does not export the types of its commands."""
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    yield f"## `{' '.join([path, *map(_shown, arguments)])}`\n"
    yield f"{command.help}\n"
    rows = [*((_shown(argument), argument.help) for argument in arguments), *map(_option, options)]
    if rows:
        yield from ("| | |", "|---|---|")
        yield from (f"| `{name}` | {text} |" for name, text in rows)
        yield ""
    for name, below in sorted(getattr(command, "commands", {}).items()):
        yield from _command(below, f"{path} {name}")


def _shown(argument: Any) -> str:
    name = (argument.metavar or argument.name.upper()) + ("…" if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _option(option: Any) -> tuple[str, str]:
    flag = isinstance(option.default, bool)
    takes = "" if flag else f" {option.metavar or option.name.upper()}"
    standard = f" Default: {option.default}." if option.default is not None and not flag else ""
    return ", ".join(option.opts) + takes, (option.help or "") + standard


def _exit_codes() -> Iterator[str]:
    yield "## Exit codes\n"
    yield from ("| code | meaning |", "|---|---|")
    yield from (f"| {code.value} | {meaning} |" for code, meaning in MEANINGS.items())


if __name__ == "__main__":
    sys.stdout.write(cli_page())

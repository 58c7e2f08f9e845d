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
    usage = " ".join([path, *(a.make_metavar(typer.Context(command)) for a in arguments)])
    yield f"## `{usage}`\n"
    yield f"{command.help}\n"
    rows = [
        (f"`{name}`", text) for name, text in (*map(_argument, arguments), *map(_option, options)) if text
    ]
    if rows:
        yield from ("| | |", "|---|---|")
        yield from (f"| {name} | {text} |" for name, text in rows)
        yield ""
    for name, below in sorted(getattr(command, "commands", {}).items()):
        yield from _command(below, f"{path} {name}")


def _argument(argument: Any) -> tuple[str, str]:
    return argument.make_metavar(typer.Context(typer.main.get_command(app))), argument.help or ""


def _option(option: Any) -> tuple[str, str]:
    takes = "" if option.is_flag else f" {option.name.upper()}"
    default = option.default if option.show_default and not option.is_flag else None
    standard = "" if default in (None, (), []) or callable(default) else f" Default: {default}."
    return ", ".join(option.opts) + takes, (option.help or "") + standard


def _exit_codes() -> Iterator[str]:
    yield "## Exit codes\n"
    yield from ("| code | meaning |", "|---|---|")
    yield from (f"| {code.value} | {meaning} |" for code, meaning in MEANINGS.items())


if __name__ == "__main__":
    sys.stdout.write(cli_page())

"""docs/settings.md and the commented comptoir.toml, both written from the settings' class."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from connectors.settings.loading import FILE_NAME
from connectors.settings.names import PREFIX, is_secret, variable
from connectors.settings.settings import BLOCKS, TABLES, Settings

_INTRODUCTION = f"""\
# Settings

<!-- Made from connectors/settings/ by `make docs`; a test fails when it is not current. -->

Comptoir reads `{FILE_NAME}` in the working folder (or the file named by `--settings` or
`COMPTOIR_SETTINGS`) and then the environment, which wins. `comptoir init DIR` writes a commented file.
Relative paths count from the file's folder. A name or value that is not understood is refused at start,
with its place and the reason. Secrets are read from the environment only.
"""


def settings_page() -> str:
    """docs/settings.md."""
    blocks = {"sources": "place to read from", "sites": "website with the widget"}
    return "\n".join(
        [
            _INTRODUCTION,
            *_rows(Settings, "", skip=(*BLOCKS, *TABLES)),
            *(line for name, what in blocks.items() for line in _block(name, what)),
            *(line for name in TABLES for line in _section(name)),
            "",
        ]
    )


def _block(name: str, what: str) -> list[str]:
    note = f"One block for each {what}. In the environment: `{variable(name)}`, a JSON list."
    return [f"\n## `[[{name}]]`\n\n{note}\n", *_rows(BLOCKS[name], None)]


def _section(name: str) -> list[str]:
    return [f"\n## `[{name}]`\n", *_rows(TABLES[name], f"{name}__")]


def _rows(model: type[BaseModel], prefix: str | None, skip: tuple[str, ...] = ()) -> Iterator[str]:
    """A Markdown table of a model's fields; no column for the environment where prefix is None."""
    heads = ["setting", "default", *([] if prefix is None else ["environment"]), "meaning"]
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    for name, field in model.model_fields.items():
        if name in skip:
            continue
        named = f" `{variable(prefix + name)}` |" if prefix is not None else ""
        only = " Environment only." if is_secret(field) else ""
        yield f"| `{name}` | {_default(field)} |{named} {field.description}{only} |"


def settings_template(brief: str, public: str, internal: str) -> str:
    """A comptoir.toml in which each setting is explained and stands commented out with its default.

    Set are only the brief's file and the two folders that entries are read from.
    """
    given = {"brief": brief}
    apart = BLOCKS | TABLES
    plain = [name for name, f in Settings.model_fields.items() if name not in apart and not is_secret(f)]
    return (
        "\n\n".join(
            [
                f"# Comptoir's settings. Each may also be given in the environment as {PREFIX}NAME.\n"
                "# What stands behind a # is the default. Passwords and tokens go into the environment only.",
                *(_setting(name, Settings.model_fields[name], given) for name in plain),
                *(_table(name, section) for name, section in TABLES.items()),
                _commented_site(),
                f"{_commented(Settings.model_fields['sources'].description)}\n"
                f"{_source(public, 'public')}\n\n{_source(internal, 'internal')}",
            ]
        )
        + "\n"
    )


def _table(name: str, model: type[BaseModel]) -> str:
    return "\n".join([f"[{name}]", *(_setting(n, field, {}) for n, field in model.model_fields.items())])


def _commented_site() -> str:
    """As an example: the names to put into it are the engineer's."""
    described = _commented(Settings.model_fields["sites"].description)
    example = ["[[sites]]", 'id = "shop"', 'origins = ["https://shop.example"]']
    return "\n".join([described, *(f"#   {line}" for line in example)])


def _setting(name: str, field: FieldInfo, given: Mapping[str, str]) -> str:
    line = f"{name} = {_toml(given[name])}" if name in given else f"# {name} = {_toml(_plain(field))}"
    return f"{_commented(field.description)}\n{line}"


def _source(path: str, audience: str) -> str:
    return f"[[sources]]\npath = {_toml(path)}\naudience = {_toml(audience)}"


def _commented(description: str | None) -> str:
    return textwrap.fill(
        description or "", 90, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False
    )


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "(needed)"
    value = _plain(field)
    return "" if value in (None, "", [], {}) else f"`{_toml(value)}`"


def _plain(field: FieldInfo) -> object:
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, Path):
        return value.as_posix()
    return list(value) if isinstance(value, tuple) else value


def _toml(value: object) -> str:
    return json.dumps("" if value is None else value, ensure_ascii=False)


if __name__ == "__main__":
    print(settings_page(), end="")  # noqa: T201 - `make docs` sends it to docs/settings.md

"""`brief.yaml` → Brief. What is wrong in it is said with file, line, field, and what is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bot.brief import Brief, BriefRefused, DoesNotFitTogether

Location = tuple[int | str, ...]


def read_brief(path: Path) -> Brief:
    """Raises BriefRefused, also for a file that cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BriefRefused([f"{path}: the file is not UTF-8 text; save it as UTF-8"]) from error
    except OSError as error:
        raise BriefRefused([f"{path}: {error.strerror or error}"]) from error
    return parse_brief(text, str(path))


def parse_brief(text: str, name: str = "brief.yaml") -> Brief:
    """`name` is the file as problems call it. Raises BriefRefused."""
    document = _document(text, name)
    try:
        return Brief.model_validate(document)
    except ValidationError as error:
        problems = [
            (_line(document, place), _said(name, _line(document, place), place, what))
            for details in error.errors()
            for place, what in _problems(details)
        ]
        raise BriefRefused([said for _, said in sorted(problems)]) from error


def _document(text: str, name: str) -> Any:
    try:
        document = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}, line {mark.line + 1}" if mark else name
        problem = (error.problem or "it cannot be read").splitlines()[0]
        raise BriefRefused([f"{where}: this is not YAML: {problem}"]) from error
    except YAMLError as error:
        raise BriefRefused([f"{name}: this is not YAML: {error}"]) from error
    if document is None:
        return CommentedMap()
    if not isinstance(document, CommentedMap):
        raise BriefRefused(
            [f"{name}, line 1: a brief is a list of fields, such as `company: Maison Tilleul`"]
        )
    return document


def _said(name: str, line: int, place: Location, what: str) -> str:
    field = ".".join(str(part) for part in place)
    return f"{name}, line {line}, {field}: {what}" if field else f"{name}, line {line}: {what}"


def _problems(details: ErrorDetails) -> Iterator[tuple[Location, str]]:
    """One error of pydantic in our words; one about several fields becomes several."""
    place = tuple(part for part in details["loc"] if part != "[key]")
    context = details.get("ctx", {})
    given = details["input"]
    match details["type"]:
        case "value_error" if isinstance(context.get("error"), DoesNotFitTogether):
            yield from context["error"].problems
        case "value_error":
            yield place, str(context["error"])
        case "enum":
            yield place, f"{given!r} is not allowed; {_alternatives(str(context['expected']))}"
        case "extra_forbidden":
            yield place, _unknown_field(place)
        case "missing":
            yield place, "this field is missing"
        case "string_pattern_mismatch":
            yield place, f"{given!r} does not look right; it must match {context['pattern']}"
        case _:
            yield place, f"{details['msg'][:1].lower()}{details['msg'][1:]}"


def _alternatives(expected: str) -> str:
    return f"allowed: {expected.replace(chr(39), '').replace(' or ', ', ')}"


def _unknown_field(place: Location) -> str:
    allowed = _fields_at(place[:-1])
    close = get_close_matches(str(place[-1]), allowed, n=1)
    hint = f"did you mean {close[0]}?" if close else f"allowed: {', '.join(allowed)}"
    return f"there is no such field; {hint}"


def _fields_at(place: Location) -> list[str]:
    """The fields of the part of the brief at this place."""
    model: type[BaseModel] = Brief
    for part in place:
        field = model.model_fields.get(str(part))
        model = (_model_in(field.annotation) if field else None) or model
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(argument) for argument in getattr(annotation, "__args__", ()))
    return next((model for model in inner if model), None)


def _line(document: Any, place: Location) -> int:
    """Line (from 1) of the deepest part of the place that the file has."""
    line = 0
    for part in place:
        if isinstance(document, CommentedMap) and part in document:
            line = document.lc.key(part)[0]
        elif isinstance(document, CommentedSeq) and isinstance(part, int) and part < len(document):
            line = document.lc.item(part)[0]
        else:
            break
        document = document[part]
    return line + 1

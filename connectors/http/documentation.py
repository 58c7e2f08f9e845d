"""The API's own page, made from its OpenAPI description: no script, nothing from elsewhere."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from connectors.http.codes import STATUS, Code
from connectors.http.headers import PAGE_POLICY
from connectors.http.html import rendered
from connectors.http.words import problem_words

INTRODUCTION = """\
The door through which websites and programs reach Comptoir. JSON in and out, UTF-8, no cookies.

A customer's page opens a conversation, keeps the token that comes with it, writes messages, and follows the
event stream, where the answers arrive: the bot's, and those of the people who take over. The widget
(`/widget.js`) does all this by itself.

Whatever is refused is answered with a problem (`application/problem+json`, RFC 9457) that has a `code` for
programs and says in `detail` what to do, in French or English as `Accept-Language` asks. `429` and `503`
carry `Retry-After`. Repeating a message with its `client_id` is always harmless.
"""

_STYLE = Path(__file__).with_name("documentation.css")
Json = Mapping[str, Any]


def add_page(app: FastAPI, address: str) -> None:
    """`address` is the service's public one; "" takes that of the request."""

    async def page(request: Request) -> HTMLResponse:
        origin = address or f"{request.url.scheme}://{request.url.netloc}"
        content = "".join(_page(app.openapi(), origin))
        return HTMLResponse(content, headers={"Content-Security-Policy": PAGE_POLICY})

    async def style(request: Request) -> Response:
        return Response(_STYLE.read_bytes(), media_type="text/css")

    app.add_route("/api/docs", page, methods=["GET"])
    app.add_route("/api/docs.css", style, methods=["GET"])


def _page(description: Json, origin: str) -> Iterator[str]:
    operations = list(_operations(description))
    schemas: Json = description["components"]["schemas"]
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<title>Comptoir API</title><link rel="icon" href="data:,">'
    yield '<link rel="stylesheet" href="/api/docs.css"></head><body>'
    yield from _navigation(operations)
    yield "<main><h1>Comptoir API</h1>"
    yield f'<p class="soft">Version {escape(description["info"]["version"])} · '
    yield '<a href="/api/v1/openapi.json">OpenAPI description</a></p>'
    yield rendered(description["info"]["description"])
    for tag, of_tag in _by_tag(operations).items():
        yield f'<h2 id="{_anchor(tag)}">{escape(tag)}</h2>'
        for operation in of_tag:
            yield from _operation(operation, schemas, origin)
    yield '<h2 id="schemas">Schemas</h2>'
    for name, schema in sorted(schemas.items()):
        yield from _schema(name, schema)
    yield '<h2 id="problems">Problems</h2>'
    yield from _problems()
    yield "</main></body></html>"


def _operations(description: Json) -> Iterator[dict[str, Any]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield {**operation, "path": path, "method": method.upper()}


def _by_tag(operations: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for operation in operations:
        found.setdefault(operation["tags"][0], []).append(operation)
    return found


def _navigation(operations: Iterable[dict[str, Any]]) -> Iterator[str]:
    yield '<nav aria-label="Contents"><strong>Comptoir API</strong>'
    for tag, of_tag in _by_tag(operations).items():
        yield f'<p class="soft">{escape(tag)}</p><ul>'
        for operation in of_tag:
            anchor = _anchor(operation["operationId"])
            yield f'<li><a href="#{anchor}">{escape(operation["summary"])}</a></li>'
        yield "</ul>"
    yield '<ul><li><a href="#schemas">Schemas</a></li><li><a href="#problems">Problems</a></li></ul></nav>'


def _operation(operation: Json, schemas: Json, origin: str) -> Iterator[str]:
    yield f'<section id="{_anchor(operation["operationId"])}"><h3>{escape(operation["summary"])}</h3>'
    yield f'<p><code><span class="method">{operation["method"]}</span> {escape(operation["path"])}</code></p>'
    yield rendered(operation.get("description", ""))
    yield f"<pre>{escape(_curl(operation, schemas, origin))}</pre>"
    if parameters := operation.get("parameters"):
        yield "<h4>Parameters</h4>"
        yield from _table(("name", "in", "type", "meaning"), map(_parameter, parameters))
    if body := operation.get("requestBody"):
        yield f"<h4>Body</h4><p>{_type(body['content']['application/json']['schema'])}</p>"
    yield "<h4>Answers</h4>"
    yield from _table(
        ("status", "meaning"),
        (_answer(status, told, schemas) for status, told in operation["responses"].items()),
    )
    yield "</section>"


def _curl(operation: Json, schemas: Json, origin: str) -> str:
    """The call as one would type it; $ID and $TOKEN are what opening a conversation gave."""
    follows = "text/event-stream" in operation["responses"].get("200", {}).get("content", {})
    flags = "-N " * follows + f"-X {operation['method']} " * (operation["method"] != "GET")
    path = operation["path"].replace("{conversation}", "$ID").replace("{site}", "demo")
    parts = [f'curl {flags}"{origin}{path}"']
    for scheme in operation.get("security", ()):
        parts.append(f'-H "Authorization: Bearer {_VARIABLES[next(iter(scheme))]}"')
    if example := _body_example(operation, schemas):
        said = json.dumps(example, ensure_ascii=False).replace("'", "’")
        parts += ["-H 'Content-Type: application/json'", f"-d '{said}'"]
    return " \\\n  ".join(parts)


_VARIABLES = {"conversation": "$TOKEN", "api_key": "$KEY", "staff_key": "$STAFF_KEY"}


def _body_example(operation: Json, schemas: Json) -> Any:
    if "requestBody" not in operation:
        return None
    return _example(operation["requestBody"]["content"]["application/json"]["schema"], schemas)


def _parameter(parameter: Json) -> tuple[str, ...]:
    name = f"<code>{escape(parameter['name'])}</code>" + (" (needed)" if parameter.get("required") else "")
    return name, parameter["in"], _type(parameter["schema"]), rendered(parameter.get("description", ""))


def _answer(status: str, told: Json, schemas: Json) -> tuple[str, str]:
    content: Json = told.get("content", {})
    kinds = [f"<code>{escape(kind)}</code> {_type(what.get('schema', {}))}" for kind, what in content.items()]
    if "application/problem+json" in content and len(content) == 1:
        codes = content["application/problem+json"]["examples"]
        return status, " ".join(f'<a href="#problem-{code}"><code>{code}</code></a>' for code in codes)
    return status, _with_links(rendered(told["description"]), schemas) + "<br>".join(kinds)


def _with_links(html: str, schemas: Json) -> str:
    """Names of schemas lead to them."""

    def link(found: re.Match[str]) -> str:
        return f'<a href="#schema-{found[1]}">{found[0]}</a>' if found[1] in schemas else found[0]

    return re.sub(r"<code>(\w+)</code>", link, html)


def _schema(name: str, schema: Json) -> Iterator[str]:
    yield f'<section id="schema-{escape(name)}"><h3>{escape(name)}</h3>'
    yield rendered(schema.get("description", ""))
    if "enum" in schema:
        yield f"<p>{_type(schema)}</p>"
    if properties := schema.get("properties"):
        needed = schema.get("required", ())
        yield from _table(
            ("field", "type", "meaning"),
            (
                (
                    f"<code>{escape(field)}</code>" + (" (needed)" if field in needed else ""),
                    _type(of_field),
                    rendered(of_field.get("description", "")),
                )
                for field, of_field in properties.items()
            ),
        )
    yield "</section>"


def _problems() -> Iterator[str]:
    def rows() -> Iterator[tuple[str, ...]]:
        for code in Code:
            yield (
                f'<code id="problem-{code.value}">{code.value}</code>',
                str(STATUS[code]),
                *(f'<span lang="{language}">{_said(code, language)}</span>' for language in ("en", "fr")),
            )

    yield from _table(("code", "status", "in English", "en français"), rows())


def _said(code: Code, language: str) -> str:
    """HTML; what is only known at the moment it happens is left open."""
    words = problem_words(code, language)
    detail = words.detail.format_map(defaultdict(lambda: "…"))
    return f"<strong>{escape(words.title)}</strong><br>{escape(detail)}"


def _table(heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Cells are HTML."""
    yield '<div class="table"><table><thead><tr>'
    yield "".join(f'<th scope="col">{escape(head)}</th>' for head in heads) + "</tr></thead><tbody>"
    for row in rows:
        yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>"
    yield "</tbody></table></div>"


def _type(schema: Json) -> str:
    """HTML."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#schema-{escape(name)}">{escape(name)}</a>'
    for alternatives in ("anyOf", "oneOf"):
        if alternatives in schema:
            return " or ".join(_type(one) for one in schema[alternatives])
    if "const" in schema:
        return f"<code>{escape(json.dumps(schema['const']))}</code>"
    if "enum" in schema:
        return " or ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    return escape(schema.get("format") or schema.get("type") or "anything")


def _example(schema: Json, schemas: Json) -> Any:
    if "$ref" in schema:
        return _example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "examples" in schema:
        return schema["examples"][0]
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], schemas)
    if "default" in schema:
        return schema["default"]
    match schema.get("type"):
        case "object":
            needed = schema.get("required", ())
            return {
                name: _example(of_field, schemas)
                for name, of_field in schema.get("properties", {}).items()
                if name in needed or "examples" in of_field
            }
        case "array":
            return [_example(schema["items"], schemas)]
        case "boolean":
            return True
        case "integer" | "number":
            return 1
        case _:
            return "…"


def _anchor(name: str) -> str:
    return escape("".join(sign if sign.isalnum() else "-" for sign in name.lower()))

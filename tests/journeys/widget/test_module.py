"""The widget is one small module, and its parts run as they are too."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx
import pytest
from playwright.async_api import expect

from connectors.widget.module import STATIC, PartsClash, in_one, joined, widget_module
from connectors.widget.names import short_names, with_short_names
from tests.journeys.widget.elsewhere import Elsewhere
from tests.journeys.widget.people import Customer, Customers
from tests.journeys.widget.running import Service

LARGEST = 20_000
"""Bytes of all that a page loads for the widget, compressed: styles and both languages included."""


def test_it_is_small_with_its_styles_and_both_languages() -> None:
    module = widget_module()
    assert len(gzip.compress(module.encode())) <= LARGEST
    assert "Talk to a person" in module
    assert "Parler à une personne" in module
    assert ".launcher" in module


def test_it_needs_nothing_else() -> None:
    assert "import " not in widget_module()
    assert "://" not in widget_module().replace("http://www.w3.org/2000/svg", "")


def test_comments_stay_with_us() -> None:
    assert "/**" not in widget_module()
    assert "WCAG" not in widget_module()


def test_parts_that_use_the_same_name_are_told_of(tmp_path: Path) -> None:
    (tmp_path / "one.js").write_text('import { a } from "./two.js";\n\nconst SAME = a;\n')
    (tmp_path / "two.js").write_text("export const a = 1;\nconst SAME = 2;\n")
    with pytest.raises(PartsClash, match="SAME"):
        joined(tmp_path / "one.js")


def test_what_a_part_imports_stands_before_it(tmp_path: Path) -> None:
    (tmp_path / "one.js").write_text('import { a } from "./two.js";\n\n/** Why. */\nconst b = a;\n')
    (tmp_path / "two.js").write_text("// Where from.\nexport const a = {\n  x: 1,\n};\n")
    assert joined(tmp_path / "one.js") == "const a={x:1};const b=a;"


def test_spaces_go_where_they_say_nothing(tmp_path: Path) -> None:
    (tmp_path / "one.js").write_text(
        "const a = b / c + d / e;\n"
        'const said = "x = 1, y" + `in ${a ? 1 : 2} = 3`;\n'
        "const found = /[(] = (a, b)/g.test(said);\n"
    )
    assert joined(tmp_path / "one.js") == (
        'const a=b / c+d / e;const f="x = 1, y"+`in ${a ? 1 : 2} = 3`;const g=/[(] = (a, b)/g.test(f);'
    )


def test_private_names_are_short_and_colours_are_none(tmp_path: Path) -> None:
    (tmp_path / "one.js").write_text(
        'class A {\n  #secret = "#secret";\n\n  get #other() {\n    return `${this.#secret}`;\n  }\n}\n'
        "const S = `\n:host > b {\n  color: rgb(1, 2, 3);\n}\n.a :is(p, b) {\n  color: #fff;\n}\n`;\n"
    )
    assert joined(tmp_path / "one.js") == (
        'class A{#a="#secret";get #b(){return `${this.#a}`}}'
        "const S=`:host>b{color:rgb(1,2,3)}.a :is(p,b){color:#fff}`;"
    )


@pytest.mark.parametrize(
    ("written", "served"),
    [
        ("const total = 1;\nf(total);", "const a = 1;\nf(a);"),
        ("const shown = (total) => total * 2;", "const b = (a) => a * 2;"),
        (
            "function said(...parts) {\n  return [said, ...parts];\n}",
            "function a(...b) {\n  return [a, ...b];\n}",
        ),
        ("const [first, second] = pair;", "const [first, second] = pair;"),
        ("const part = of.part?.part ?? part.x;", "const a = of.part?.part ?? a.x;"),
        ("const part = { part: part, at: { part } };", "const part = { part: part, at: { part } };"),
        ("const part = { part: part, at: a ? part : 0 };", "const b = { part: b, at: a ? b : 0 };"),
        (
            "const { part, other = part } = x;\nlet part;",
            "const { part, other = part } = x;\nlet part;",
        ),
        (
            "let part = `part ${part} {${f({ part: `${part}` })}} part`;",
            "let a = `part ${a} {${f({ part: `${a}` })}} part`;",
        ),
        (
            'let part = f("part", \'part\', /[/]part"/g, part / 2);',
            'let a = f("part", \'part\', /[/]part"/g, a / 2);',
        ),
        ("let part = { class: `${x}`, of: { part: 1 } };", "let a = { class: `${x}`, of: { part: 1 } };"),
        (
            "class Part {\n  static part = part;\n  part = 1;\n  async part(part) {\n    f(part);\n  }\n}",
            "class b {\n  static part = a;\n  part = 1;\n  async part(a) {\n    f(a);\n  }\n}",
        ),
        (
            "let part;\nf({ a: 1, part() {}, get other() {} });",
            "let part;\nf({ a: 1, part() {}, get other() {} });",
        ),
        ("const event = 1;\nconst a = event;", "const event = 1;\nconst a = event;"),
    ],
)
def test_a_name_is_shortened_only_where_it_is_a_variable(written: str, served: str) -> None:
    assert with_short_names(written) == served


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="session")
async def test_a_page_loads_one_file_and_asks_the_service_for_its_site(customer: Customer) -> None:
    loaded: list[str] = []
    customer.page.on("request", lambda request: loaded.append(request.url))
    await customer.page.reload()
    await customer.launcher.wait_for()
    assert [url.partition("/")[2].partition("/")[2].partition("/")[2] for url in loaded] == [
        "",
        "widget.js",
        "api/v1/sites/shop",
    ]


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="session")
async def test_no_shortened_name_is_one_that_every_page_has(customer: Customer) -> None:
    await customer.page.goto("about:blank")
    shortened = list(short_names(in_one(STATIC / "widget.js")))
    assert "view" in shortened
    assert await customer.page.evaluate("names => names.filter(name => name in window)", shortened) == []


@pytest.mark.slow
def test_it_is_sent_as_small_as_it_is_measured(service: Service) -> None:
    with httpx.stream("GET", f"{service.address}/widget.js", headers={"Accept-Encoding": "gzip"}) as sent:
        size = sum(len(piece) for piece in sent.iter_raw())
    assert sent.headers["content-encoding"] == "gzip"
    assert size <= LARGEST


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="session")
async def test_the_parts_run_as_they_are(
    customers: Customers, elsewhere: Elsewhere, service: Service
) -> None:
    for part in STATIC.rglob("*.js"):
        elsewhere.put(f"/parts/{part.relative_to(STATIC)}", part.read_text("utf-8"), "text/javascript")
    page = elsewhere.put(
        "/parts",
        f"""<!doctype html><html lang="en"><title>A shop</title><body><script type="module"
        src="/parts/widget.js" data-site="shop" data-server="{service.address}/"></script></body></html>""",
    )
    customer = await customers.new(page)
    await customer.opens()
    await customer.asks("How do I reset my password?")
    await expect(await customer.hears("answer")).to_contain_text("valid for 1 hour")

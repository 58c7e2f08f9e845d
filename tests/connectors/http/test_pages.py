"""The files of the widget, our own pages, and the page of the API."""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.assembly import Service
from connectors.http.codes import Code
from connectors.widget.module import widget_module
from tests.web import a_service, indoors, web_settings


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    async with a_service(web_settings(tmp_path)) as service:
        yield service


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with indoors(service) as client:
        yield client


async def test_every_website_may_load_the_widget(client: httpx.AsyncClient) -> None:
    response = await client.get("/widget.js")
    assert response.text == widget_module()
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"
    assert response.headers["cache-control"] == "public, max-age=300"


async def test_the_widget_travels_packed_and_once(client: httpx.AsyncClient) -> None:
    async with client.stream("GET", "/widget.js", headers={"Accept-Encoding": "gzip"}) as response:
        packed = b"".join([piece async for piece in response.aiter_raw()])
    assert gzip.decompress(packed).decode() == widget_module()
    assert "Accept-Encoding" in response.headers["vary"]
    known = {"If-None-Match": response.headers["etag"]}
    again = await client.get("/widget.js", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["access-control-allow-origin"] == "*"
    plain = await client.get("/widget.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == widget_module()


async def test_the_parts_of_the_widget_can_be_read_and_nothing_beside_them(client: httpx.AsyncClient) -> None:
    part = await client.get("/widget/widget.js")
    assert part.status_code == 200
    assert part.headers["access-control-allow-origin"] == "*"
    for path in ("/widget/../module.py", "/widget/%2e%2e/module.py", "/widget/..%2fmodule.py", "/widget/"):
        assert (await client.get(path)).status_code == 404, path


async def test_the_demo_page_is_shown_where_the_settings_ask_for_it(tmp_path: Path) -> None:
    settings = web_settings(tmp_path, demo_page=True)
    async with a_service(settings) as service, indoors(service) as client:
        page = await client.get("/")
        assert page.status_code == 200
        policy = page.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy


async def test_elsewhere_the_root_leads_to_the_api(client: httpx.AsyncClient) -> None:
    response = await client.get("/")
    assert (response.status_code, response.headers["location"]) == (307, "/api/docs")


class Outline(HTMLParser):
    """The ids and links of a page; complains of what is not closed or not ours."""

    VOID = frozenset({"meta", "link", "br", "hr"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "style", "iframe", "img")
        given = dict(attrs)
        assert "style" not in given
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [given["href"] or ""] if "href" in given else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def test_the_page_of_the_api_explains_each_call_and_each_problem(client: httpx.AsyncClient) -> None:
    page = await client.get("/api/docs")
    assert page.status_code == 200
    outline = Outline(page.text)
    assert len(set(outline.ids)) == len(outline.ids)
    for link in outline.links:
        if link == "data:,":
            continue
        if link.startswith("#"):
            assert link[1:] in outline.ids, link
        else:
            assert (await client.get(link)).status_code == 200, link
    description: dict[str, Any] = (await client.get("/api/v1/openapi.json")).json()
    for methods in description["paths"].values():
        for operation in methods.values():
            assert operation["operationId"].replace("_", "-") in outline.ids
    assert {f"problem-{code.value}" for code in Code} <= set(outline.ids)
    assert "Ouvrez une nouvelle conversation." in page.text, "problems are explained in French, too"


async def test_the_description_is_complete(client: httpx.AsyncClient) -> None:
    description: dict[str, Any] = (await client.get("/api/v1/openapi.json")).json()
    schemas = description["components"]["schemas"]
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            call = f"{method} {path}"
            assert operation["summary"], call
            assert operation["description"], call
            for parameter in operation.get("parameters", ()):
                assert parameter["schema"], call
            problems = {s: r for s, r in operation["responses"].items() if s >= "4"}
            assert {"429", "500"} <= set(problems), call
            for status, response in problems.items():
                content = response["content"]
                assert "application/problem+json" in content or (call, status) == (
                    "get /api/v1/health",
                    "503",
                )
            if "conversation" in path and path != "/api/v1/conversations":
                assert operation["security"] == [{"conversation": []}], call
                assert {"401", "403", "404"} <= set(problems), call
    referred = set(re.findall(r"#/components/schemas/(\w+)", str(description)))
    assert referred <= set(schemas)
    assert "HTTPValidationError" not in schemas


async def test_examples_of_the_description_are_accepted(client: httpx.AsyncClient) -> None:
    """What the page shows can be typed as it is."""
    page = (await client.get("/api/docs")).text
    shown = re.search(r"conversations&quot; \\\n.*?-d &#x27;(.*?)&#x27;", page, re.DOTALL)
    assert shown
    body = shown[1].replace("&quot;", '"').replace("demo", "shop")
    headers = {"Content-Type": "application/json"}
    response = await client.post("/api/v1/conversations", content=body.encode(), headers=headers)
    assert response.status_code == 201, response.text

"""Markdown files with front matter: one file, one article."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import frontmatter
from frontmatter.default_handlers import YAMLHandler
from markdown_it import MarkdownIt
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from knowledge.ports import Loaded, Rejected
from knowledge.sources.fields import ARTICLE_FIELDS, article, named
from knowledge.sources.reading import SourceFile, Unreadable, title_from_name
from knowledge.sources.text import decode

_MARKDOWN = MarkdownIt("commonmark")


def read_markdown(file: SourceFile) -> Iterable[Loaded | Rejected]:
    """One article. The title is the front matter's, else the first `# heading`'s, else the file's name."""
    raw, text = split_front_matter(decode(file.data))
    if not text:
        raise Unreadable("has no text: write the answer below the front matter, or delete the file")
    yield Loaded(
        article(
            named(raw, ARTICLE_FIELDS),
            id=file.id,
            title=first_heading(text) or title_from_name(file.name),
            text=text,
            audience=file.audience,
            url=file.url,
            source=file.name,
        )
    )


def split_front_matter(document: str) -> tuple[Mapping[str, object], str]:
    """Names and values between the two `---` lines, and the text below. Raises Unreadable."""
    handler = _FrontMatter()
    document = document.strip()
    if not handler.detect(document):
        return {}, document
    if len(re.findall(r"^-{3,}\s*?$", document, re.MULTILINE)) < 2:
        raise Unreadable("begins with --- but the front matter does not end: add a line with --- below it")
    metadata, text = frontmatter.parse(document, handler=handler)
    return metadata, text


def first_heading(text: str) -> str:
    """The words of the first level-one heading, "" when there is none."""
    tokens = _MARKDOWN.parse(text)
    for token, inline in pairwise(tokens):
        if token.type == "heading_open" and token.tag == "h1":
            return "".join(part.content for part in inline.children or () if part.content).strip()
    return ""


class _FrontMatter(YAMLHandler):
    """YAML 1.2, so that `language: no` is Norwegian and not false; a wrong line is named by its number."""

    def load(self, fm: str, **kwargs: object) -> Any:
        try:
            metadata = YAML(typ="safe", pure=True).load(fm)
        except YAMLError as error:
            raise Unreadable(f"front matter{where(error)}: {what(error)}") from error
        if metadata is not None and not isinstance(metadata, dict):
            raise Unreadable("front matter is no list of “name: value” lines")
        return metadata


def where(error: YAMLError) -> str:
    """ ", line 3", counted from the top of the file, when the parser knows."""
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    return f", line {mark.line + 1}" if mark else ""


def what(error: YAMLError) -> str:
    problem = error.problem if isinstance(error, MarkedYAMLError) else None
    return f"{problem or 'is no valid YAML'}; put quotes around values that hold a colon or a quote"

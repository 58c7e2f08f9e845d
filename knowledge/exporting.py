"""Entries → files that the folder source reads back as the same entries."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from ruamel.yaml import YAML

from knowledge.entries import Article, Audience, Entry, Resource
from knowledge.sources.reading import slug

_COLUMNS = (
    "id", "title", "description", "kind", "target", "hours", "language", "audience", "twin", "url", "updated",
    "tags", "questions",
)  # fmt: skip


def archive(entries: Iterable[Entry]) -> bytes:
    """A zip: one Markdown file an article, one CSV table for the resources of each table."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, text in files(entries).items():
            folder.writestr(name, text)
    return packed.getvalue()


def files(entries: Iterable[Entry]) -> dict[str, str]:
    """Texts by their path in the folder, in the order of the ids."""
    written: dict[str, str] = {}
    names: set[str] = set()
    tables: defaultdict[str, list[Resource]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: entry.id):
        if isinstance(entry, Article):
            name = _free_name(_path(entry.id), names)
            written[name] = as_markdown(entry, name)
        else:
            tables[entry.id.partition("#")[0]].append(entry)
    for table, resources in tables.items():
        written[_free_name(_path(table, ".csv"), names)] = _as_table(resources)
    return written


def as_markdown(article: Article, name: str = "") -> str:
    """Front matter and text. The id is said where it is not what the file's name says anyway."""
    front = io.StringIO()
    writer = YAML()
    writer.default_flow_style = False
    writer.width = 1_000_000
    writer.dump(dict(_front_matter(article, name)), front)
    return f"---\n{front.getvalue()}---\n\n{article.text.strip()}\n"


def _front_matter(article: Article, name: str) -> Iterator[tuple[str, object]]:
    if not name or article.id != PurePosixPath(name).with_suffix("").as_posix():
        yield "id", article.id
    yield "title", article.title
    yield "language", article.language
    if article.audience is not Audience.PUBLIC:
        yield "audience", article.audience.value
    fields: Mapping[str, object] = {
        "tags": list(article.tags),
        "twin": article.twin,
        "url": article.url,
        "updated": article.updated,
        "questions": list(article.questions),
    }
    yield from ((field, value) for field, value in fields.items() if value)


def _as_table(resources: Iterable[Resource]) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(_COLUMNS)
    for each in resources:
        rows.writerow(
            (
                each.id.partition("#")[2], each.title, each.text, each.kind.value, each.target,
                each.hours or "", each.language, each.audience.value, each.twin or "", each.url or "",
                each.updated or "", " | ".join(each.tags), " | ".join(each.questions),
            )
        )  # fmt: skip
    return text.getvalue()


def _path(id: str, suffix: str = ".md") -> str:
    """A file name that every system takes: the id itself where it is one."""
    parts = [part if _is_plain(part) else slug(part) or "entry" for part in id.split("/")]
    return "/".join(parts) + suffix


def _is_plain(part: str) -> bool:
    return bool(part) and part[0] != "." and all(c.isalnum() or c in "-_." for c in part) and len(part) < 100


def _free_name(name: str, taken: set[str]) -> str:
    """Also on systems that do not tell capitals from small letters. It is taken from then on."""
    stem, suffix = name.rsplit(".", 1)
    number, free = 1, name
    while free.casefold() in taken:
        number += 1
        free = f"{stem}-{number}.{suffix}"
    taken.add(free.casefold())
    return free

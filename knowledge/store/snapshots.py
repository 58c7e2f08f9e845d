"""An entry as one JSON value, in which all of it comes back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from knowledge.entries import Article, Audience, Entry, Resource, ResourceKind


def snapshot(entry: Entry) -> dict[str, Any]:
    """JSON-able."""
    fields = asdict(entry)
    fields["type"] = "resource" if isinstance(entry, Resource) else "article"
    fields["questions"], fields["tags"] = list(entry.questions), list(entry.tags)
    fields["updated"] = entry.updated.isoformat() if entry.updated else None
    return fields


def restored(fields: dict[str, Any]) -> Entry:
    """The entry of a snapshot."""
    common: dict[str, Any] = {
        **fields,
        "audience": Audience(fields["audience"]),
        "questions": tuple(fields["questions"]),
        "tags": tuple(fields["tags"]),
        "updated": date.fromisoformat(fields["updated"]) if fields["updated"] else None,
    }
    if common.pop("type") == "article":
        return Article(**common)
    return Resource(**common | {"kind": ResourceKind(common["kind"])})

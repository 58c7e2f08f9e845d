"""The knowledge base's tables.

A vector belongs to a text, not to an entry: it is kept once under (model, hash of the text). So what did not
change is never embedded again, and another model's vectors can be made beside the present ones.
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, Date, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from knowledge.store.database import metadata
from knowledge.store.moments import UtcTime

_Id = String().with_variant(String(collation="C"), "postgresql")
"""Ordered by code point everywhere, as Python and SQLite do."""

entries = Table(
    "knowledge_entries",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("type", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", String, nullable=False),
    Column("audience", String, nullable=False),
    Column("questions", JSON, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("url", Text),
    Column("twin", String),
    Column("updated", Date),
    Column("source", Text, nullable=False),
    Column("kind", String),
    Column("target", Text),
    Column("hours", Text),
    Column("origin", String, nullable=False, index=True),
    Column("content_hash", String, nullable=False),
)

heads = Table(
    "knowledge_heads",
    metadata,
    Column("entry_id", _Id, ForeignKey("knowledge_entries.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("text_hash", String, nullable=False, index=True),
)
"""Title (position 0) and alternative questions; their texts stand in `knowledge_entries`."""

passages = Table(
    "knowledge_passages",
    metadata,
    Column("entry_id", _Id, ForeignKey("knowledge_entries.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("heading", JSON, nullable=False),
    Column("start_offset", Integer, nullable=False),
    Column("end_offset", Integer, nullable=False),
    Column("text_hash", String, nullable=False, index=True),
)
"""Offsets count characters of the entry's text, which is the only copy of the words."""

vectors = Table(
    "knowledge_vectors",
    metadata,
    Column("model", String, primary_key=True),
    Column("text_hash", String, primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)
"""float32, little-endian."""

state = Table(
    "knowledge_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("model", String),
    Column("dimensions", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
)
"""One row (id 1): what the vectors in use were made with. No model: nothing was ever ingested."""

notes = Table(
    "knowledge_notes",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)

versions = Table(
    "knowledge_versions",
    metadata,
    Column("entry_id", _Id, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("origin", String, nullable=False),
    Column("entry", JSON(none_as_null=True)),
    Column("at", UtcTime),
    Column("by", String),
    Column("why", Text, nullable=False),
    Index("ix_knowledge_versions_at", "at"),
)
"""What entries said before, and what the changed ones say now; without an entry: it was removed. No foreign
key: the versions of a removed entry stay."""

overrides = Table(
    "knowledge_overrides",
    metadata,
    Column("entry_id", _Id, primary_key=True),
    Column("origin", String, nullable=False),
    Column("base", JSON, nullable=False),
    Column("theirs", JSON(none_as_null=True)),
    Column("conflict", String),
    Column("noticed_at", UtcTime),
)
"""Entries that people changed or removed while a source still gives them."""

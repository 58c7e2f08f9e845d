"""The log's tables. `conversation_events` is the truth; the others can be made from it again."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from knowledge.store.database import metadata
from knowledge.store.moments import UtcTime as UtcTime

log_head = Table(
    "log_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, nullable=False),
)
"""One row: the last sequence given. Its lock makes sequences appear in the order of their commits, without
gaps, so that a reader with a cursor misses nothing (a database's own sequences do not promise that)."""

conversations = Table(
    "conversations",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("owner_name", String),
    Column("epoch", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("first_unanswered", Integer),
    Column("opened_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("snapshot", Text),
    Index("ix_conversations_owner", "owner", "first_unanswered"),
)
"""What the events of each conversation add up to; `snapshot` is the whole state, as JSON."""

conversation_events = Table(
    "conversation_events",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("author", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("client_id", String),
    Column("payload", JSON, nullable=False),
    UniqueConstraint("conversation_id", "position"),
    UniqueConstraint("conversation_id", "kind", "client_id"),
)

answered_messages = Table(
    "answered_messages",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id"), primary_key=True),
    Column("message", Integer, primary_key=True),
    Column("answered_by", Integer, nullable=False),
)
"""Positions of a message and of the event that answered it: the key lets there be one."""

derived_tables = Table(
    "derived_tables",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", String, nullable=False),
)
"""One row: by which version of the code all that is derived from the log was made."""

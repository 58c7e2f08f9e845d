"""What the reports count, made from the conversation log and rebuilt from it at will."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from bot.store.tables import UtcTime
from knowledge.store.database import metadata

conversation_facts = Table(
    "conversation_facts",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id"), primary_key=True),
    Column("opened_at", UtcTime, nullable=False),
    Column("slot", Integer, nullable=False),
    Column("door", String, nullable=False),
    Column("site", String),
    Column("language", String),
    Column("messages", Integer, nullable=False),
    Column("last_said_at", UtcTime),
    Column("with_people", Boolean, nullable=False),
    Column("last_outcome", String),
    Column("last_position", Integer),
    Column("useful", Boolean),
    Column("thanked", Boolean, nullable=False),
    Column("escalated_at", UtcTime),
    Column("closed_at", UtcTime),
    Column("dismissed", Boolean, nullable=False),
    Column("stars", Integer),
    Column("coming_back_at", UtcTime),
    Column("came_back_at", UtcTime),
    Index("ix_conversation_facts_opened_at", "opened_at"),
    Index("ix_conversation_facts_site", "site"),
    Index("ix_conversation_facts_language", "language"),
)
"""`slot` only says `opened_at` again, in quarters of an hour, to be counted by."""

answer_facts = Table(
    "answer_facts",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("site", String),
    Column("language", String),
    Column("kind", String, nullable=False),
    Column("hedged", Boolean, nullable=False),
    Column("reason", String),
    Column("confidence", Float, nullable=False),
    Column("question", Text, nullable=False),
    Column("stems", Text, nullable=False),
    Column("useful", Boolean),
    Column("comment", Text, nullable=False),
    Column("escalated", Boolean, nullable=False),
    Column("published_as", String),
    Column("entry_id", String),
    Column("uncorrected", Float),
    Column("threshold", Float),
    Index("ix_answer_facts_at", "at", "site", "language", "kind", "hedged", "useful"),
)
"""The index holds all that the overview counts answers by, so that no row is looked up for it."""

entry_uses = Table(
    "entry_uses",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("entry_id", String, primary_key=True),
    Column("cited", Boolean, nullable=False),
    Index("ix_entry_uses_entry_id", "entry_id"),
)

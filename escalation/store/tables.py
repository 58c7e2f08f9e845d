"""The queue's table, made from the conversation log and rebuilt from it at will."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from bot.store.tables import UtcTime
from knowledge.store.database import metadata

tickets = Table(
    "tickets",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("reason", String, nullable=False),
    Column("topic", String),
    Column("team", String),
    Column("question", Text, nullable=False),
    Column("language", String),
    Column("opened_at", UtcTime, nullable=False),
    Column("position", Integer, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("candidates", JSON, nullable=False),
    Column("status", String, nullable=False),
    Column("claimed_by", String),
    Column("claimed_at", UtcTime),
    Column("closed_at", UtcTime),
    Index("ix_tickets_status", "status", "number"),
)

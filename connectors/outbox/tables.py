"""The outbox's tables. They cannot be made from the log again: it does not know what has been delivered."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, String, Table, Text

from bot.store.tables import UtcTime
from knowledge.store.database import metadata

delivery_doors = Table(
    "delivery_doors",
    metadata,
    Column("door", String, primary_key=True),
    Column("cursor", BigInteger, nullable=False),
    Column("switched_on_at", UtcTime, nullable=False),
)
"""How far each door has read the log."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String, primary_key=True),
    Column("door", String, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("conversation_id", String, nullable=False),
    Column("position", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("recipient", String, nullable=False),
    Column("lane", String, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("status", String, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("claimed_by", String),
    Column("claimed_until", UtcTime),
    Column("reason", Text),
    Column("finished_at", UtcTime),
    Index("ix_deliveries_due_at", "door", "status", "due_at"),
    Index("ix_deliveries_lane", "door", "lane", "status", "sequence"),
    Index("ix_deliveries_finished_at", "finished_at"),
)
"""One row a job. `id` is made of door, sequence, kind and recipient, so that each is there once."""

TABLES = (deliveries, delivery_doors)

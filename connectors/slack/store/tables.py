"""The tables of Slack's door."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, String, Table, Text

from bot.store.tables import UtcTime
from knowledge.store.database import metadata

slack_asks = Table(
    "slack_asks",
    metadata,
    Column("conversation_id", String, primary_key=True),
    Column("channel", String, nullable=False),
    Column("thread", String),
    Column("user", String, nullable=False),
    Column("team", String, nullable=False),
    Column("internal", Boolean, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("pane", Boolean, nullable=False),
    Column("respond_at", Text),
)

slack_posts = Table(
    "slack_posts",
    metadata,
    Column("id", String, primary_key=True),
    Column("conversation_id", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("thread", String),
    Column("ts", String),
    Column("began_at", UtcTime, nullable=False),
    Index("ix_slack_posts_channel", "channel", "ts"),
    Index("ix_slack_posts_conversation_id", "conversation_id"),
)
"""Cannot be made from the log again: it does not know where Slack has put what."""

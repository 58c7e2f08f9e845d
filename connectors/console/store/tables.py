"""The console's own tables: none of them can be made from the log."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, String, Table, Text

from bot.store.tables import UtcTime
from knowledge.store.database import metadata

accounts = Table(
    "console_accounts",
    metadata,
    Column("name", String, primary_key=True),
    Column("created_at", UtcTime, nullable=False),
    Column("password", String),
    Column("password_set_at", UtcTime),
    Column("signed_in_at", UtcTime),
    Column("preferences", JSON, nullable=False),
)

sessions = Table(
    "console_sessions",
    metadata,
    Column("key", String, primary_key=True),
    Column("account", ForeignKey("console_accounts.name", ondelete="CASCADE"), nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("browser", String, nullable=False),
    Column("address", String, nullable=False),
    Index("ix_console_sessions_account", "account", "seen_at"),
)

links = Table(
    "console_links",
    metadata,
    Column("key", String, primary_key=True),
    Column("account", ForeignKey("console_accounts.name", ondelete="CASCADE"), nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Index("ix_console_links_account", "account"),
)

drafts = Table(
    "console_drafts",
    metadata,
    Column("account", ForeignKey("console_accounts.name", ondelete="CASCADE"), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String, primary_key=True),
    Column("text", Text, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
)

saved_views = Table(
    "console_saved_views",
    metadata,
    Column("id", String, primary_key=True),
    Column("account", ForeignKey("console_accounts.name", ondelete="CASCADE"), nullable=False),
    Column("name", String, nullable=False),
    Column("query", Text, nullable=False),
    Column("shared", Boolean, nullable=False),
    Index("ix_console_saved_views_account", "account"),
)

canned_replies = Table(
    "console_canned_replies",
    metadata,
    Column("id", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("language", String),
    Column("by", String, nullable=False),
    Column("updated_at", UtcTime),
)

TABLES = (canned_replies, saved_views, drafts, links, sessions, accounts)
"""Those that refer to others first: the order to empty them in."""

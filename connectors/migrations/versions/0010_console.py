"""What the console keeps: accounts, sessions, one-time links, drafts, saved views, canned replies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision: str | None = "0003"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "console_accounts",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("password", sa.String()),
        sa.Column("password_set_at", moment),
        sa.Column("signed_in_at", moment),
        sa.Column("preferences", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_console_accounts"),
    )
    op.create_table(
        "console_sessions",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("seen_at", moment, nullable=False),
        sa.Column("browser", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_console_sessions"),
        _of_an_account("console_sessions"),
    )
    op.create_index("ix_console_sessions_account", "console_sessions", ["account", "seen_at"])
    op.create_table(
        "console_links",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_console_links"),
        _of_an_account("console_links"),
    )
    op.create_index("ix_console_links_account", "console_links", ["account"])
    op.create_table(
        "console_drafts",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("account", "conversation_id", "kind", name="pk_console_drafts"),
        _of_an_account("console_drafts"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_console_drafts_conversation_id_conversations",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "console_saved_views",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_console_saved_views"),
        _of_an_account("console_saved_views"),
    )
    op.create_index("ix_console_saved_views_account", "console_saved_views", ["account"])
    op.create_table(
        "console_canned_replies",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String()),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("updated_at", moment),
        sa.PrimaryKeyConstraint("id", name="pk_console_canned_replies"),
    )


def _of_an_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account"],
        ["console_accounts.name"],
        name=f"fk_{table}_account_console_accounts",
        ondelete="CASCADE",
    )


def downgrade() -> None:
    raise NotImplementedError("put back the backup from before the upgrade")

"""What Slack's door remembers: where a conversation is in Slack, and what was posted there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision: str | None = "0031"


def upgrade() -> None:
    op.create_table(
        "slack_asks",
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("thread", sa.String()),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("pane", sa.Boolean(), nullable=False),
        sa.Column("respond_at", sa.Text()),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_slack_asks"),
    )
    op.create_table(
        "slack_posts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("thread", sa.String()),
        sa.Column("ts", sa.String()),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_slack_posts"),
    )
    op.create_index("ix_slack_posts_channel", "slack_posts", ["channel", "ts"])
    op.create_index("ix_slack_posts_conversation_id", "slack_posts", ["conversation_id"])


def downgrade() -> None:
    raise NotImplementedError("put back the backup from before the upgrade")

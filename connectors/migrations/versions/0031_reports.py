"""What the reports count. `SqlLog.renew`, which the service calls after migrating, fills it from the log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision: str | None = "0030"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "conversation_facts",
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("site", sa.String()),
        sa.Column("language", sa.String()),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("last_said_at", moment),
        sa.Column("with_people", sa.Boolean(), nullable=False),
        sa.Column("last_outcome", sa.String()),
        sa.Column("last_position", sa.Integer()),
        sa.Column("useful", sa.Boolean()),
        sa.Column("thanked", sa.Boolean(), nullable=False),
        sa.Column("escalated_at", moment),
        sa.Column("closed_at", moment),
        sa.Column("dismissed", sa.Boolean(), nullable=False),
        sa.Column("stars", sa.Integer()),
        sa.Column("coming_back_at", moment),
        sa.Column("came_back_at", moment),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_conversation_facts"),
        _of_a_conversation("conversation_facts"),
    )
    for column in ("opened_at", "site", "language"):
        op.create_index(f"ix_conversation_facts_{column}", "conversation_facts", [column])
    op.create_table(
        "answer_facts",
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("site", sa.String()),
        sa.Column("language", sa.String()),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("hedged", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("stems", sa.Text(), nullable=False),
        sa.Column("useful", sa.Boolean()),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("escalated", sa.Boolean(), nullable=False),
        sa.Column("published_as", sa.String()),
        sa.PrimaryKeyConstraint("conversation_id", "position", name="pk_answer_facts"),
        _of_a_conversation("answer_facts"),
    )
    op.create_index("ix_answer_facts_at", "answer_facts", ["at"])
    op.create_table(
        "entry_uses",
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("cited", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "position", "entry_id", name="pk_entry_uses"),
        _of_a_conversation("entry_uses"),
    )
    op.create_index("ix_entry_uses_entry_id", "entry_uses", ["entry_id"])


def _of_a_conversation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["conversation_id"], ["conversations.id"], name=f"fk_{table}_conversation_id_conversations"
    )


def downgrade() -> None:
    raise NotImplementedError("put back the backup from before the upgrade")

"""Entries, their passages and their vectors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None

_ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "knowledge_entries",
        sa.Column("id", _ID, nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("url", sa.Text()),
        sa.Column("twin", sa.String()),
        sa.Column("updated", sa.Date()),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.String()),
        sa.Column("target", sa.Text()),
        sa.Column("hours", sa.Text()),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_knowledge_entries"),
    )
    op.create_index("ix_knowledge_entries_origin", "knowledge_entries", ["origin"])
    op.create_table(
        "knowledge_heads",
        sa.Column("entry_id", _ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "position", name="pk_knowledge_heads"),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["knowledge_entries.id"],
            name="fk_knowledge_heads_entry_id_knowledge_entries",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_knowledge_heads_text_hash", "knowledge_heads", ["text_hash"])
    op.create_table(
        "knowledge_passages",
        sa.Column("entry_id", _ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("heading", sa.JSON(), nullable=False),
        sa.Column("start_offset", sa.Integer(), nullable=False),
        sa.Column("end_offset", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "position", name="pk_knowledge_passages"),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["knowledge_entries.id"],
            name="fk_knowledge_passages_entry_id_knowledge_entries",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_knowledge_passages_text_hash", "knowledge_passages", ["text_hash"])
    op.create_table(
        "knowledge_vectors",
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("text_hash", sa.String(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("model", "text_hash", name="pk_knowledge_vectors"),
    )
    op.create_table(
        "knowledge_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("model", sa.String()),
        sa.Column("dimensions", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_knowledge_state"),
    )
    op.create_table(
        "knowledge_notes",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_knowledge_notes"),
    )


def downgrade() -> None:
    for table in ("notes", "state", "vectors", "passages", "heads", "entries"):
        op.drop_table(f"knowledge_{table}")

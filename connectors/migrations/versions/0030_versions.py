"""What entries said before, and where people changed what a source gives."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision: str | None = "0020"

_ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "knowledge_versions",
        sa.Column("entry_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("entry", sa.JSON()),
        sa.Column("at", sa.DateTime(timezone=True)),
        sa.Column("by", sa.String()),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "number", name="pk_knowledge_versions"),
    )
    op.create_index("ix_knowledge_versions_at", "knowledge_versions", ["at"])
    op.create_table(
        "knowledge_overrides",
        sa.Column("entry_id", _ID, nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("base", sa.JSON(), nullable=False),
        sa.Column("theirs", sa.JSON()),
        sa.Column("conflict", sa.String()),
        sa.Column("noticed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("entry_id", name="pk_knowledge_overrides"),
    )


def downgrade() -> None:
    raise NotImplementedError("put back the backup from before the upgrade")

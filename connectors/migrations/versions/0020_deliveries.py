"""What is to be delivered by mail and other doors: how far each has read the log, and its jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision: str | None = "0010"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "delivery_doors",
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("switched_on_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("door", name="pk_delivery_doors"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String()),
        sa.Column("claimed_until", moment),
        sa.Column("reason", sa.Text()),
        sa.Column("finished_at", moment),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
    )
    for name, columns in _INDEXES.items():
        op.create_index(name, "deliveries", columns)


_INDEXES = {
    "ix_deliveries_due_at": ["door", "status", "due_at"],
    "ix_deliveries_lane": ["door", "lane", "status", "sequence"],
    "ix_deliveries_finished_at": ["finished_at"],
}


def downgrade() -> None:
    raise NotImplementedError("put back the backup from before the upgrade")

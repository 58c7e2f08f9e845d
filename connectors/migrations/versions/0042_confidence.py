"""How sure each answer was and how it came to be judged. `SqlLog.renew`, after migrating, fills it anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision: str | None = "0041"


def upgrade() -> None:
    op.add_column(
        "judgements", sa.Column("by_chance", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("answer_facts", sa.Column("entry_id", sa.String()))
    op.add_column("answer_facts", sa.Column("uncorrected", sa.Float()))
    op.add_column("answer_facts", sa.Column("threshold", sa.Float()))


def downgrade() -> None:
    for column in ("threshold", "uncorrected", "entry_id"):
        op.drop_column("answer_facts", column)
    op.drop_column("judgements", "by_chance")

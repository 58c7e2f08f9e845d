"""The index of answers by time holds what the overview counts them by."""

from __future__ import annotations

from alembic import op

revision = "0043"
down_revision: str | None = "0042"


def upgrade() -> None:
    op.drop_index("ix_answer_facts_at", "answer_facts")
    op.create_index(
        "ix_answer_facts_at", "answer_facts", ["at", "site", "language", "kind", "hedged", "useful"]
    )


def downgrade() -> None:
    op.drop_index("ix_answer_facts_at", "answer_facts")
    op.create_index("ix_answer_facts_at", "answer_facts", ["at"])

"""Which reply a ticket's answer is: an edit or a withdrawal of that one changes it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision: str | None = "0040"


def upgrade() -> None:
    op.add_column("tickets", sa.Column("answer_position", sa.Integer()))


def downgrade() -> None:
    raise NotImplementedError("put back the backup from before the upgrade")

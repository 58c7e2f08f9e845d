"""What people do: a queue that carries teams, clocks and satisfaction, the roster, states kept ready.

The queue is made anew from the log by `SqlLog.renew`, which the service calls after migrating.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    op.create_table(
        "derived_tables",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_derived_tables"),
    )
    op.add_column("conversations", sa.Column("snapshot", sa.Text()))
    with op.batch_alter_table("conversation_events") as table:
        table.drop_constraint("uq_conversation_events_conversation_id_client_id", type_="unique")
        table.create_unique_constraint(
            "uq_conversation_events_conversation_id_kind_client_id",
            ["conversation_id", "kind", "client_id"],
        )
    op.create_table(
        "agents",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("display", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("teams", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("email", sa.String()),
        sa.Column("on_duty", sa.Boolean(), nullable=False),
        sa.Column("duty_changed_at", sa.DateTime(timezone=True)),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("capacity", sa.Integer()),
        sa.Column("handles", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_agents"),
    )
    _create_cards()
    _create_judgements()
    op.drop_table("tickets")
    _create_tickets()


def _create_cards() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "conversation_cards",
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("held", sa.String(), nullable=False),
        sa.Column("owner", sa.String()),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("site", sa.String()),
        sa.Column("language", sa.String()),
        sa.Column("customer", sa.JSON()),
        sa.Column("customer_id", sa.String()),
        sa.Column("contact", sa.String()),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("last_message", sa.Text(), nullable=False),
        sa.Column("searched", sa.Text(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("outcomes", sa.Integer(), nullable=False),
        sa.Column("escalations", sa.Integer(), nullable=False),
        sa.Column("replies", sa.Integer(), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("last_outcome", sa.String()),
        sa.Column("last_reason", sa.String()),
        sa.Column("confidence", sa.Float()),
        sa.Column("thumbs", sa.JSON(), nullable=False),
        sa.Column("not_useful", sa.Integer(), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("reviews", sa.Integer(), nullable=False),
        sa.Column("stars", sa.Integer()),
        sa.Column("reopenings", sa.Integer(), nullable=False),
        sa.Column("closed_at", moment),
        sa.Column("spam", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_conversation_cards"),
        _of_a_conversation("conversation_cards"),
    )
    for column in ("customer_id", "contact", "held"):
        op.create_index(f"ix_conversation_cards_{column}", "conversation_cards", [column, "updated_at"])
    op.create_index(
        "ix_conversation_cards_updated_at", "conversation_cards", ["updated_at", "conversation_id"]
    )
    op.create_index("ix_conversation_cards_opened_at", "conversation_cards", ["opened_at"])


def _create_judgements() -> None:
    op.create_table(
        "judgements",
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("review", sa.String(), nullable=False),
        sa.Column("correction", sa.Text()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("published_as", sa.String()),
        sa.PrimaryKeyConstraint("conversation_id", "position", "by", name="pk_judgements"),
        _of_a_conversation("judgements"),
    )
    op.create_index("ix_judgements_sequence", "judgements", ["sequence"])


def _of_a_conversation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["conversation_id"], ["conversations.id"], name=f"fk_{table}_conversation_id_conversations"
    )


def _create_tickets() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "tickets",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("topic", sa.String()),
        sa.Column("team", sa.String()),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("language", sa.String()),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("tag_words", sa.Text(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("site", sa.String()),
        sa.Column("customer", sa.JSON()),
        sa.Column("customer_id", sa.String()),
        sa.Column("contact", sa.String()),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("queued_at", moment),
        sa.Column("waiting_since", moment),
        sa.Column("customers_turn_since", moment),
        sa.Column("pauses", sa.JSON(), nullable=False),
        sa.Column("snoozed_until", moment),
        sa.Column("claimed_by", sa.String()),
        sa.Column("claimed_as", sa.String()),
        sa.Column("claimed_at", moment),
        sa.Column("heard_at", moment),
        sa.Column("picked_up_at", moment),
        sa.Column("first_reply_at", moment),
        sa.Column("replies", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text()),
        sa.Column("released_from", sa.JSON(), nullable=False),
        sa.Column("warned", sa.JSON(), nullable=False),
        sa.Column("breached", sa.JSON(), nullable=False),
        sa.Column("is_breached", sa.Boolean(), nullable=False),
        sa.Column("searched", sa.Text(), nullable=False),
        sa.Column("promised_at", moment),
        sa.Column("promised_for", moment),
        sa.Column("closed_at", moment),
        sa.Column("closed_how", sa.String()),
        sa.Column("closed_by", sa.String()),
        sa.Column("merged_into", sa.String()),
        sa.Column("came_back_at", moment),
        sa.Column("reopenings", sa.Integer(), nullable=False),
        sa.Column("stars", sa.Integer()),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_tickets"),
        _of_a_conversation("tickets"),
    )
    for name, columns in _INDEXES.items():
        op.create_index(name, "tickets", columns)


_INDEXES = {
    "ix_tickets_conversation_id": ["conversation_id", "number"],
    "ix_tickets_status": ["status", "number"],
    "ix_tickets_urgency": ["status", "urgency", "number"],
    "ix_tickets_claimed_by": ["claimed_by", "status", "claimed_at"],
    "ix_tickets_team": ["team", "status", "urgency", "number"],
    "ix_tickets_picked_up": ["team", "picked_up_at"],
    "ix_tickets_closed_how": ["closed_how", "status", "number"],
    "ix_tickets_customer_id": ["customer_id", "number"],
    "ix_tickets_opened_at": ["opened_at"],
}


def downgrade() -> None:
    raise NotImplementedError("put back the backup from before the upgrade")

"""Events that several sources list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0067"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the column and make the tables."""
    with op.batch_alter_table("event") as table:
        table.add_column(sa.Column("source_body", sa.Text(), nullable=True, comment="the event as its own source lists it; NULL: as in body"))
    op.create_table(
        "merge",
        sa.Column("event_id", ROW_ID, autoincrement=False, nullable=False, comment="folded event"),
        sa.Column("first_id", ROW_ID, nullable=False, comment="the event it is one with"),
        sa.Column("leader_source", sa.String(length=80), nullable=False, comment="the source whose words count"),
        sa.Column("by", sa.String(length=120), nullable=False, comment="who said so: service, or a person"),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="when"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_merge_event_id_event")),
        sa.ForeignKeyConstraint(["first_id"], ["event.id"], name=op.f("fk_merge_first_id_event")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_merge")),
        comment="events that several sources list: in feeds is the first one alone",
    )
    op.create_index(op.f("ix_merge_first_id"), "merge", ["first_id"])
    op.create_table(
        "not_same",
        sa.Column("lower_id", ROW_ID, autoincrement=False, nullable=False, comment="one event"),
        sa.Column("higher_id", ROW_ID, autoincrement=False, nullable=False, comment="the other one"),
        sa.Column("by", sa.String(length=120), nullable=False, comment="who said so"),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="when"),
        sa.ForeignKeyConstraint(["higher_id"], ["event.id"], name=op.f("fk_not_same_higher_id_event")),
        sa.ForeignKeyConstraint(["lower_id"], ["event.id"], name=op.f("fk_not_same_lower_id_event")),
        sa.PrimaryKeyConstraint("lower_id", "higher_id", name=op.f("pk_not_same")),
        comment="events that a person said are not one, whatever their words",
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("not_same")
    op.drop_table("merge")
    with op.batch_alter_table("event") as table:
        table.drop_column("source_body")

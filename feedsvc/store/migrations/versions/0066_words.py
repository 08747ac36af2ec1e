"""Search: the words of events, and the names of calendars. They are filled at the next start."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0022"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "word",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False, comment="row number"),
        sa.Column("text", BYTEWISE, nullable=False, comment="the word, folded by core.words"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_word")),
        sa.UniqueConstraint("text", name=op.f("uq_word_text")),
        comment="every word by which an event was ever found",
    )
    op.create_table(
        "event_word",
        sa.Column("word_id", ROW_ID, nullable=False, comment="the word"),
        sa.Column("start_at", sa.BigInteger(), nullable=False, comment="the event's start, in seconds since 1970 UTC"),
        sa.Column("event_id", ROW_ID, nullable=False, comment="the event"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_word_event_id")),
        sa.ForeignKeyConstraint(["word_id"], ["word.id"], name=op.f("fk_event_word_word_id")),
        sa.PrimaryKeyConstraint("word_id", "start_at", "event_id", name=op.f("pk_event_word")),
        comment="the words of each event that is in feeds, in the order of starts",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_event_word_event_id", "event_word", ["event_id"], unique=False)
    op.create_table(
        "calendar_name",
        sa.Column("name", BYTEWISE, nullable=False, comment="a name of it in some language, or a code, folded"),
        sa.Column("dimension", sa.String(length=40), nullable=False, comment="the dimension"),
        sa.Column("value", sa.String(length=80), nullable=False, comment="the value in addresses"),
        sa.PrimaryKeyConstraint("name", "dimension", "value", name=op.f("pk_calendar_name")),
        comment="the names by which calendars are found, in every language that the service knows",
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take the tables away."""
    op.execute(sa.text("DELETE FROM meta WHERE key = 'calendar_names'"))
    for name in ("calendar_name", "event_word", "word"):
        op.drop_table(name)

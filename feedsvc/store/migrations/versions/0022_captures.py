"""What sources sent, raw. The pages that are stored become the first capture of their source."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from feedsvc.core.secrets import masked_url
from feedsvc.core.serialize import digest

revision = "0022"
down_revision = "0080"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables, and the first captures."""
    op.create_table(
        "blob",
        sa.Column("digest", sa.String(length=32), nullable=False, comment="fingerprint of the content"),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="the content as it came, compressed by zlib"),
        sa.Column("bytes", sa.BigInteger(), nullable=False, comment="size of the body as it is kept"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_blob")),
        comment="contents of captured pages, each once",
    )
    op.create_table(
        "capture",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False, comment="row number"),
        sa.Column("source_id", sa.String(length=80), nullable=False, comment="the source"),
        sa.Column("run_id", ROW_ID, nullable=True, comment="the refresh that asked last; NULL for what an upgrade found"),
        sa.Column("asked_at", sa.BigInteger(), nullable=False, comment="start of that refresh"),
        sa.Column("digest", sa.String(length=32), nullable=False, comment="fingerprint of its addresses and contents"),
        sa.Column("bytes", sa.BigInteger(), nullable=False, comment="size of its pages as they are kept"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capture")),
        comment="what a source sent at a refresh, raw: the last five different ones",
    )
    op.create_index(op.f("ix_capture_source_id"), "capture", ["source_id"])
    op.create_table(
        "capture_page",
        sa.Column("capture_id", ROW_ID, autoincrement=False, nullable=False, comment="the capture"),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False, comment="its place in the order of asking, from 0"),
        sa.Column("address", sa.Text(), nullable=False, comment="as asked for, without secrets; empty for the source's own file"),
        sa.Column("found_at", sa.Text(), nullable=False, comment="the address after redirects, without secrets"),
        sa.Column("content_type", sa.Text(), nullable=False, comment="as the server states it"),
        sa.Column("charset", sa.String(length=40), nullable=True, comment="as the server states it; NULL when it does not"),
        sa.Column("blob", sa.String(length=32), nullable=False, comment="its content"),
        sa.ForeignKeyConstraint(["blob"], ["blob.digest"], name=op.f("fk_capture_page_blob_blob")),
        sa.ForeignKeyConstraint(["capture_id"], ["capture.id"], name=op.f("fk_capture_page_capture_id_capture")),
        sa.PrimaryKeyConstraint("capture_id", "number", name=op.f("pk_capture_page")),
        comment="the pages of captures",
    )
    op.create_index(op.f("ix_capture_page_blob"), "capture_page", ["blob"])
    _first_captures()


def _first_captures() -> None:
    connection = op.get_bind()
    page, source, capture, capture_page, blob = (sa.table(name, *map(sa.column, columns)) for name, columns in _COLUMNS)
    refreshed = dict(connection.execute(sa.select(source.c.id, source.c.refreshed_at)).all())
    columns = ("source_id", "url", "found_at", "content_type", "charset", "digest", "body")
    pages = connection.execute(sa.select(*(page.c[name] for name in columns)).order_by(page.c.source_id, page.c.url)).all()
    kept: set[str] = set()
    for source_id in dict.fromkeys(one.source_id for one in pages):
        own = [one for one in pages if one.source_id == source_id]
        told = digest("\n".join(f"{masked_url(one.url)} {one.digest}" for one in own))
        row = {"source_id": source_id, "asked_at": refreshed.get(source_id) or 0, "digest": told}
        number = connection.execute(
            sa.insert(capture).values(bytes=sum(len(one.body) for one in own), **row).returning(capture.c.id)
        ).scalar_one()
        for at, one in enumerate(own):
            if one.digest not in kept:
                kept.add(one.digest)
                connection.execute(sa.insert(blob).values(digest=one.digest, body=one.body, bytes=len(one.body)))
            addresses = {"address": masked_url(one.url), "found_at": masked_url(one.found_at)}
            stated = {"content_type": one.content_type, "charset": one.charset, "blob": one.digest}
            connection.execute(sa.insert(capture_page).values(capture_id=number, number=at, **addresses, **stated))


_COLUMNS = (
    ("page", ("source_id", "url", "found_at", "content_type", "charset", "digest", "body")),
    ("source", ("id", "refreshed_at")),
    ("capture", ("id", "source_id", "asked_at", "digest", "bytes")),
    ("capture_page", ("capture_id", "number", "address", "found_at", "content_type", "charset", "blob")),
    ("blob", ("digest", "body", "bytes")),
)


def downgrade() -> None:
    """Drop the tables."""
    for name in ("capture_page", "capture", "blob"):
        op.drop_table(name)

"""The tables of administration: accounts and how they get in, and what people did.

account ──< login          a row for each browser that is signed in
one_time                   links that work once: the first account, an invitation, a way in
attempt                    failed log-ins, counted to slow guessing down
audit                      one row for each action of a person, with its undo
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from feedsvc.store.types import ROW_ID, Instant, LongText, ShortText, metadata

account = Table(
    "account",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True, comment="row number"),
    Column("login", String(80), nullable=False, unique=True, comment="the name to sign in with, folded"),
    Column("name", ShortText(80), nullable=False, comment="the name that others see"),
    Column("role", String(10), nullable=False, comment="owner or editor"),
    Column("password", String(200), comment="services.passwords.hashed; NULL: no password, only links"),
    Column("clock", String(60), nullable=False, comment="IANA zone in which times are shown"),
    Column("made_at", Instant, nullable=False, comment="when it was made"),
    Column("closed_at", Instant, comment="when it was closed; NULL while it may be used"),
    Column("seen_on", Integer, comment="day it was last used, in days since 1970 UTC; NULL: never"),
    comment="people who may administer",
)

login = Table(
    "login",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True, comment="SHA-256 of the cookie's random value"),
    Column("account_id", ROW_ID, ForeignKey("account.id"), nullable=False, index=True, comment="whose it is"),
    Column("made_at", Instant, nullable=False, comment="when it began; it ends 7 days later"),
    Column("seen_at", Instant, nullable=False, comment="when it was last used, written once a minute; ends after 8 h"),
    Column("proved_at", Instant, nullable=False, comment="when the password was last given"),
    Column("agent", ShortText(80), nullable=False, comment="the browser, as it calls itself, cut"),
    comment="browsers that are signed in",
)

one_time = Table(
    "one_time",
    metadata,
    Column("hash", LargeBinary, primary_key=True, comment="SHA-256 of the code in the link"),
    Column("purpose", String(10), nullable=False, comment="first, invite or link"),
    Column("account_id", ROW_ID, ForeignKey("account.id"), comment="whose it is; NULL for the first"),
    Column("until", Instant, nullable=False, comment="when it ends"),
    comment="links that work once; a used or ended one is deleted",
)

attempt = Table(
    "attempt",
    metadata,
    Column("bucket", LargeBinary, primary_key=True, comment="visitor, or account and visitor, hashed; 16 bytes"),
    Column("quarter", Integer, primary_key=True, autoincrement=False, comment="quarters of an hour since 1970 UTC"),
    Column("count", Integer, nullable=False, comment="failed log-ins"),
    comment="failed log-ins of the last quarters of an hour",
)

audit = Table(
    "audit",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True, comment="row number, in the order of the actions"),
    Column("at", Instant, nullable=False, comment="when it was done"),
    Column("account_id", ROW_ID, ForeignKey("account.id"), comment="who did it; NULL for the command line and service"),
    Column("actor", ShortText(80), nullable=False, comment="the name at that time; cli:<system user> for commands"),
    Column("action", String(30), nullable=False, comment="what was done, in one word: pause, resume, pace …"),
    Column("object", ShortText(80), nullable=False, comment="the source or account that it was done to"),
    Column("before", LongText(), nullable=False, comment="how it was, in words"),
    Column("after", LongText(), nullable=False, comment="how it became, in words"),
    Column("why", LongText(), nullable=False, comment="the reason that was given; empty without one"),
    Column("undo", Text, comment="what would take it back, as JSON; NULL where nothing does"),
    Column("undoes", BigInteger, comment="the action that it took back; NULL for any other"),
    Column("undone_by", BigInteger, comment="the action that took it back; NULL while it stands"),
    Index("ix_audit_object", "object"),
    comment="what people did, kept for 400 days, never edited",
)

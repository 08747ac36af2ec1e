"""Administrators: their accounts and how they get in, and the log of what people did, written with the action itself
and never edited. Knows no HTTP, hashes nothing.

account ──< login          a row for each browser that is signed in
one_time                   links that work once: the first account, an invitation, a way in
attempt                    failed log-ins, counted to slow guessing down
audit                      one row for each action of a person, with its undo
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from feedsvc.store.dialects import ROW_ID, Instant, LongText, ShortText, metadata, upsert

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

KEPT = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Account:
    """See the columns of the table `account`."""

    id: int
    login: str
    name: str
    role: str
    password: str | None = field(repr=False)
    clock: str
    made_at: datetime
    closed_at: datetime | None
    seen_on: int | None


@dataclass(frozen=True, slots=True)
class Login:
    """A browser that is signed in; see the columns of the table `login`."""

    token_hash: bytes = field(repr=False)
    account: Account
    made_at: datetime
    seen_at: datetime
    proved_at: datetime
    agent: str


class Accounts:
    """Accounts of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[Account]:
        """Every account, closed ones too, by name."""
        rows = self._connection.execute(select(account).order_by(account.c.name, account.c.id))
        return [Account(**row._mapping) for row in rows]

    def exist(self) -> bool:
        """Return True once there is an account, closed or not."""
        return self._connection.execute(select(account.c.id).limit(1)).first() is not None

    def by_login(self, name: str) -> Account | None:
        """The account that signs in with a name, closed or not."""
        return self._one(account.c.login == name)

    def by_id(self, account_id: int) -> Account | None:
        """The account with an id."""
        return self._one(account.c.id == account_id)

    def make(self, name: str, shown: str, role: str, password: str | None, clock: str, now: datetime) -> int:
        """Add an account that signs in with `name`. Returns its id."""
        values = {"login": name, "name": shown, "role": role, "password": password, "clock": clock, "made_at": now}
        made = self._connection.execute(insert(account).values(**values).returning(account.c.id))
        return int(made.scalar_one())

    def change(self, account_id: int, **columns: Any) -> None:
        """Set these columns of an account."""
        self._connection.execute(update(account).where(account.c.id == account_id).values(**columns))

    def owners(self) -> int:
        """Count the owners whose accounts are open."""
        query = select(func.count()).where(account.c.role == "owner", account.c.closed_at.is_(None))
        return int(self._connection.execute(query).scalar_one())

    def sign_in(self, token_hash: bytes, account_id: int, agent: str, now: datetime) -> None:
        """Remember a browser as signed in."""
        moments = {"made_at": now, "seen_at": now, "proved_at": now}
        values = {"token_hash": token_hash, "account_id": account_id, "agent": agent, **moments}
        self._connection.execute(insert(login).values(**values))

    def signed_in(self, token_hash: bytes) -> Login | None:
        """The log-in with a token, whatever its age."""
        row = self._connection.execute(select(login).where(login.c.token_hash == token_hash)).first()
        owner = None if row is None else self.by_id(row.account_id)
        if row is None or owner is None:
            return None
        return Login(row.token_hash, owner, row.made_at, row.seen_at, row.proved_at, row.agent)

    def seen(self, token_hash: bytes, **moments: datetime) -> None:
        """Set `seen_at` or `proved_at` of a log-in."""
        self._connection.execute(update(login).where(login.c.token_hash == token_hash).values(**moments))

    def sign_out(self, token_hash: bytes) -> None:
        """Forget one log-in."""
        self._connection.execute(delete(login).where(login.c.token_hash == token_hash))

    def sign_out_everywhere(self, account_id: int) -> None:
        """Forget every log-in and link of an account."""
        self._connection.execute(delete(login).where(login.c.account_id == account_id))
        self._connection.execute(delete(one_time).where(one_time.c.account_id == account_id))

    def forget_ended(self, made_before: datetime, seen_before: datetime, now: datetime) -> None:
        """Forget log-ins and links that have had their time."""
        ended = (login.c.made_at <= made_before) | (login.c.seen_at <= seen_before)
        self._connection.execute(delete(login).where(ended))
        self._connection.execute(delete(one_time).where(one_time.c.until <= now))

    def put_link(self, code_hash: bytes, purpose: str, account_id: int | None, until: datetime) -> None:
        """Keep a link that works once; the one before for the same purpose and account no longer works."""
        self._connection.execute(
            delete(one_time).where(
                one_time.c.purpose == purpose,
                one_time.c.account_id.is_(None) if account_id is None else one_time.c.account_id == account_id,
            )
        )
        values = {"hash": code_hash, "purpose": purpose, "account_id": account_id, "until": until}
        self._connection.execute(insert(one_time).values(**values))

    def link(self, code_hash: bytes, purpose: str, now: datetime) -> tuple[int | None] | None:
        """The account of a link that still works, as a tuple of one; None when there is no such link."""
        good = (one_time.c.hash == code_hash) & (one_time.c.purpose == purpose) & (one_time.c.until > now)
        row = self._connection.execute(select(one_time.c.account_id).where(good)).first()
        return None if row is None else (row.account_id,)

    def use_link(self, code_hash: bytes) -> bool:
        """Take a link away. Return False if somebody used it first."""
        used = delete(one_time).where(one_time.c.hash == code_hash).returning(one_time.c.hash)
        return self._connection.execute(used).first() is not None

    def failed(self, bucket: bytes, quarter: int) -> None:
        """Count a failed log-in, and forget those of other quarters of an hour."""
        self._connection.execute(delete(attempt).where(attempt.c.quarter != quarter))
        added = upsert(self._connection, attempt).values(bucket=bucket, quarter=quarter, count=1)
        key = [attempt.c.bucket, attempt.c.quarter]
        self._connection.execute(added.on_conflict_do_update(index_elements=key, set_={"count": attempt.c.count + 1}))

    def failures(self, bucket: bytes, quarter: int) -> int:
        """Count the failed log-ins of a quarter of an hour."""
        query = select(attempt.c.count).where(attempt.c.bucket == bucket, attempt.c.quarter == quarter)
        return int(self._connection.execute(query).scalar() or 0)

    def _one(self, where: ColumnElement[bool]) -> Account | None:
        row = self._connection.execute(select(account).where(where)).first()
        return None if row is None else Account(**row._mapping)


@dataclass(frozen=True, slots=True)
class Actor:
    """The person behind an action. `account_id` is None for the command line and the service itself."""

    name: str
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """See the columns of the table `audit`. `undo` is None where nothing takes it back."""

    id: int
    at: datetime
    account_id: int | None
    actor: str
    action: str
    object: str
    before: str
    after: str
    why: str
    undo: dict[str, Any] | None
    undoes: int | None
    undone_by: int | None

    @property
    def can_be_undone(self) -> bool:
        """Return True while it stands and can be taken back."""
        return self.undo is not None and self.undone_by is None


class Audit:
    """Actions of one open transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def write(
        self,
        by: Actor,
        action: str,
        what: str,
        now: datetime,
        *,
        before: str = "",
        after: str = "",
        why: str = "",
        undo: dict[str, Any] | None = None,
        undoes: int | None = None,
    ) -> int:
        """Add an action and forget those older than 400 days. Returns its number."""
        values = {
            "at": now,
            "account_id": by.account_id,
            "actor": by.name,
            "action": action,
            "object": what,
            "before": before,
            "after": after,
            "why": why,
            "undo": None if undo is None else json.dumps(undo),
            "undoes": undoes,
        }
        number = int(self._connection.execute(insert(audit).values(**values).returning(audit.c.id)).scalar_one())
        if undoes is not None:
            self._connection.execute(update(audit).where(audit.c.id == undoes).values(undone_by=number))
        self._connection.execute(delete(audit).where(audit.c.at <= now - KEPT))
        return number

    def find(self, number: int) -> Action | None:
        """One action."""
        row = self._connection.execute(select(audit).where(audit.c.id == number)).first()
        return None if row is None else _action(row._mapping)

    def last(self, count: int, what: str | None = None, before: int | None = None) -> list[Action]:
        """The last actions, newest first: of one object, and older than a number, where these are given."""
        query = select(audit).order_by(audit.c.id.desc()).limit(count)
        if what is not None:
            query = query.where(audit.c.object == what)
        if before is not None:
            query = query.where(audit.c.id < before)
        return [_action(row._mapping) for row in self._connection.execute(query)]


def _action(row: Any) -> Action:
    return Action(**{**row, "undo": None if row["undo"] is None else json.loads(row["undo"])})
